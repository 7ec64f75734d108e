"""Reasons in words, and the rows that were left out as a file that can be corrected and imported again."""

from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import orjson
from flask_babel import gettext as _

from crm import db
from crm.transfer import rows, writers
from crm.transfer.kinds import ImportHandler, Reason
from crm.transfer.layout import REASON_HEADER, ROW_HEADER
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
    """The rows that were not imported, as they stood, with their row in the file and the reason in the last
    columns; returns how many."""
    where = [_("Card") if handler.cards else _("Line"), _("Name")]
    headers = [*run.headers, ROW_HEADER, REASON_HEADER] if run.headers else [*where, REASON_HEADER]
    return writers.write_rows("csv", headers, _left_out(run, handler), out)


def _left_out(run: ImportRun, handler: ImportHandler) -> Iterator[Sequence[str]]:
    for row in _rows_left_out(run.id):
        words = " ".join(sentence(handler, reason) for reason in orjson.loads(row.reasons or "[]"))
        if run.headers:
            cells = orjson.loads(row.cells) if row.cells else []
            width = len(run.headers)
            yield [*cells[:width], *[""] * (width - len(cells)), str(row.line), words, *cells[width:]]
        else:
            yield [*_where(row, handler), words]


def _where(row: Any, handler: ImportHandler) -> tuple[str, str]:
    """Where what is no row of a table stands in its file, and what it is called, else what stands there. The
    number of a row of the plan of an archive says nothing to whoever looks for the line."""
    cells = orjson.loads(row.cells) if row.cells else []
    at, *stood = cells or [str(row.line) if handler.cards else ""]
    name = handler.label(handler.load(row.record)) if row.record else ", ".join(filter(None, stood))
    return at, name


def _rows_left_out(run_id: int) -> Iterator[Any]:
    """Some at a time, for a file may have been turned down whole."""
    last, some = -1, rows.of_run(run_id, *LEFT_OUT).limit(AT_ONCE)
    while found := db.session().connection().execute(some.where(rows.ROWS.c.line > last)).all():
        yield from found
        last = found[-1].line
