"""Tables out: CSV and XLSX, streamed, with nothing in them that a spreadsheet program would run."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from io import StringIO
from itertools import chain
from typing import IO, Any, Final, Literal

from flask_babel import gettext as _

from crm.errors import UserError

Format = Literal["csv", "xlsx"]
Cell = object

_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # Full-width signs count as formulas, too.
_BLOCK: Final = 500
_BOM: Final = "\ufeff"  # without it Excel reads a CSV file in the machine's old encoding
_EXCEL_ROWS: Final = 1_048_576
_EXCEL_COLUMNS: Final = 16_384
_EXCEL_CELL: Final = 32_767
_EVERYWHERE: Final = "A1:XFD1048576"


def write_rows(kind: Format, headers: Sequence[str], rows: Iterable[Sequence[Cell]], out: IO[bytes]) -> int:
    """Write the headers and rows to a binary file; returns the number of rows.

    Cells may be text, numbers, dates, booleans or None. Raises UserError where XLSX has no room for what
    is there; the file is then incomplete.
    """
    writers: dict[str, Callable[..., int]] = {"csv": _write_csv, "xlsx": _write_xlsx}
    return writers[kind](headers, rows, out)


def csv_blocks(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The CSV file in blocks, for an answer that is sent while it is made: UTF-8, RFC 4180 line ends."""
    buffer = StringIO()
    # Quoted without exception: where lists are separated by semicolons, a cell would begin at one in a text.
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write(_BOM)
    for number, row in enumerate(chain([headers], rows), 1):
        writer.writerow([safe_text(cell_text(cell)) for cell in row])
        if number % _BLOCK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def cell_text(value: Cell) -> str:
    """A value as text: dates in ISO 8601, nothing for None, no NUL characters."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value.isoformat() if isinstance(value, date) else str(value)


def safe_text(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet program would take for a formula.

    `=1+1` → `'=1+1`, and a text that looks protected already gets one more (`'=x` → `''=x`), so that the
    reader, which takes one away from exactly these, gives back what was written.
    """
    return "'" + text if _DANGEROUS.match(text) else text


def _taken(buffer: StringIO) -> bytes:
    data = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return data


def _write_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]], out: IO[bytes]) -> int:
    count = 0

    def counted() -> Iterator[Sequence[Cell]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    for block in csv_blocks(headers, counted()):
        out.write(block)
    return count


def _write_xlsx(headers: Sequence[str], rows: Iterable[Sequence[Cell]], out: IO[bytes]) -> int:
    """One sheet, written row by row; text is always text, never a formula, a link or a number."""
    from xlsxwriter import Workbook

    if len(headers) > _EXCEL_COLUMNS:
        raise UserError(_("Excel has no room for %(count)s columns. Export CSV instead.", count=len(headers)))
    with Workbook(out, {"constant_memory": True}) as book:
        sheet = _Sheet(book)
        sheet.write(0, headers, book.add_format({"bold": True}))
        number = 0
        for number, row in enumerate(rows, 1):
            sheet.write(number, row)
    return number


class _Sheet:
    """The sheet of an export."""

    def __init__(self, book: Any) -> None:
        self._sheet = book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, _EXCEL_COLUMNS - 1, 18)
        self._sheet.ignore_errors({"number_stored_as_text": _EVERYWHERE})
        # The mark of text that begins like a formula: the apostrophe that Excel keeps beside the cell.
        self._quoted = book.add_format({"quote_prefix": True})

    def write(self, number: int, row: Sequence[Cell], style: Any = None) -> None:
        if number >= _EXCEL_ROWS:
            raise UserError(
                _("Excel has room for %(count)s rows and no more. Export CSV instead.", count=_EXCEL_ROWS - 1)
            )
        for column, cell in enumerate(row):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                self._sheet.write_number(number, column, cell)
            elif text := cell_text(cell):
                self._write_text(number, column, text, style)

    def _write_text(self, number: int, column: int, text: str, style: Any) -> None:
        if len(text) > _EXCEL_CELL:
            raise UserError(
                _(
                    "Row %(row)s has a text of %(count)s characters; a cell of Excel holds %(limit)s. "
                    "Export CSV instead.",
                    row=number + 1,
                    count=len(text),
                    limit=_EXCEL_CELL,
                )
            )
        quoted = style or (self._quoted if _DANGEROUS.match(text) else None)
        self._sheet.write_string(number, column, text, quoted)
