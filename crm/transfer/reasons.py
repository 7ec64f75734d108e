"""Reasons in words, and the rows that were left out as a file that can be corrected and imported again."""

from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import orjson
from flask_babel import gettext as _

from crm import db
from crm.transfer import rows, writers
from crm.transfer.kinds import ImportHandler, Reason
from crm.transfer.layout import REASON_HEADER
from crm.transfer.messages import SENTENCES, Problem
from crm.transfer.models import ImportRun

LEFT_OUT: Final = ("rejected", "skipped")
AT_ONCE: Final = 1000


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
    for row in _rows_left_out(run.id):
        words = " ".join(sentence(handler, reason) for reason in orjson.loads(row.reasons or "[]"))
        if run.headers:
            cells = orjson.loads(row.cells) if row.cells else []
            width = len(run.headers)
            yield [*cells[:width], *[""] * (width - len(cells)), words, *cells[width:]]
        else:
            name = handler.label(handler.load(row.record)) if row.record else ""
            yield [str(row.line), name, words]


def _rows_left_out(run_id: int) -> Iterator[Any]:
    """Some at a time, for a file may have been turned down whole."""
    last, some = -1, rows.of_run(run_id, *LEFT_OUT).limit(AT_ONCE)
    while found := db.session().connection().execute(some.where(rows.ROWS.c.line > last)).all():
        yield from found
        last = found[-1].line
