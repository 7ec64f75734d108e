"""Reasons in words, and the rows that were left out as a file that can be corrected and imported again."""

from collections.abc import Iterator, Sequence
from typing import IO, Final

import orjson
from flask_babel import gettext as _

from crm import db
from crm.transfer import rows, writers
from crm.transfer.kinds import ImportHandler, Reason
from crm.transfer.layout import REASON_HEADER
from crm.transfer.messages import SENTENCES, Problem
from crm.transfer.models import ImportRun

LEFT_OUT: Final = ("rejected", "skipped")


def sentence(handler: ImportHandler, reason: Reason) -> str:
    """A reason in words: one of ours, or one of the kind."""
    code, column, value = reason
    if code in SENTENCES:
        return Problem(code, column, value).sentence
    try:
        return handler.sentence(code, column, value)
    except KeyError:
        return value or code


def write_left_out(run: ImportRun, handler: ImportHandler, out: IO[bytes]) -> int:
    """The rows that were not imported, as they stood, with the reason in a last column; returns how many."""
    headers = [*run.headers, REASON_HEADER] if run.headers else [_("Card"), _("Name"), REASON_HEADER]
    return writers.write_rows("csv", headers, _left_out(run, handler), out)


def _left_out(run: ImportRun, handler: ImportHandler) -> Iterator[Sequence[str]]:
    statement = rows.of_run(run.id, *LEFT_OUT).execution_options(yield_per=1000)
    for row in db.session().connection().execute(statement):
        words = " ".join(sentence(handler, reason) for reason in orjson.loads(row.reasons or "[]"))
        if run.headers:
            cells = orjson.loads(row.cells) if row.cells else []
            width = len(run.headers)
            yield [*cells[:width], *[""] * (width - len(cells)), words, *cells[width:]]
        else:
            name = handler.label(handler.load(row.record)) if row.record else ""
            yield [str(row.line), name, words]
