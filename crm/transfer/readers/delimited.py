"""CSV and its relatives: any common encoding and separator, streamed."""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Final

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.messages import Notice
from crm.transfer.readers.encodings import NAMES, Decoder, Encoding, find_encoding
from crm.transfer.readers.limits import Limits
from crm.transfer.readers.plain import columns_of, lines_behind, longest
from crm.transfer.readers.source import Columns, Row, TableSource, by_columns

DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_CHARS: Final = 64 * 1024
_SAMPLE_ROWS: Final = 200
_DECLARED: Final = re.compile(r"sep=(.)\r?\n?")
# What our writer puts before a cell that a spreadsheet program would take for a formula, and only that.
ESCAPED: Final = re.compile(r"'+[=+\-@\t\r＝＋－＠]")  # Full-width signs count as formulas, too.
_MANY_LINES: Final = 20


class DelimitedTable(TableSource):
    """A text file of rows. `delimiter` and `encoding` are found unless they are given."""

    kind = "csv"

    def __init__(
        self,
        path: Path,
        name: str,
        limits: Limits,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> None:
        super().__init__(name, limits)
        self.encoding = Encoding(encoding, forced=True) if encoding else find_encoding(path, limits.row_chars)
        self.encoding_name = NAMES.get(self.encoding.name, self.encoding.name)
        self._size = max(path.stat().st_size, 1)
        self._decoder = Decoder(path, self.encoding, limits.row_chars)
        self._escapes = False
        self._quotes = 0
        sample = self._sample_text()
        declared = _DECLARED.fullmatch(sample.split("\n", 1)[0])
        self._declared = declared is not None
        self.delimiter = delimiter or (declared[1] if declared else _best_delimiter(sample))
        self._spaced = _spaced(sample, self.delimiter)
        self._find_header()

    def _sample_text(self) -> str:
        text = next(self._decoder.blocks(), "")
        if len(text) <= _SAMPLE_CHARS:
            return text
        cut = text.rfind("\n", 0, _SAMPLE_CHARS)
        return text[: cut + 1] if cut > 0 else text[:_SAMPLE_CHARS]

    def columns(self, size: int = 20_000) -> Iterator[Columns]:
        """See `TableSource`. Lines that hold nothing but plain cells are taken apart many at once, which
        takes a fraction of the time; from the first block on that holds anything else, row by row."""
        self._begin_anew()
        first = max(self._first_row, 1)
        last, blocks = 0, self._blocks()
        for text in blocks:
            plain = text if last else lines_behind(text, first - 1)
            found = None if self._is_odd(plain) else columns_of(plain, self.delimiter, len(self.headers))
            if found is None or longest(plain) > self.limits.cell_chars:
                rows = self._rows_of(chain((text,), blocks), last)
                yield from map(by_columns, self._chunks_of(rows, size, first))
                return
            begins = (last or first - 1) + 1
            last = begins + len(found[0]) - 1
            self._refuse_too_many(last)
            yield range(begins, last + 1), found
        self.fraction = 1.0

    def _is_odd(self, text: str) -> bool:
        """Whether the lines need a closer look than at their separators."""
        header = self.delimiter.join(self._raw_header or ())
        return bool(self._spaced or self._escapes or (header and header in text))

    def _read(self) -> Iterator[tuple[int, Row]]:
        return self._rows_of(self._blocks(), 0)

    def _rows_of(self, blocks: Iterable[str], number: int) -> Iterator[tuple[int, Row]]:
        """The rows of some blocks, behind that of a number."""
        lines = chain.from_iterable(StringIO(text, newline="") for text in blocks)
        line = 0
        if self._declared and not number:
            next(lines, None)
            number = 1
        cells: Row = []
        reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=self._spaced)
        try:
            for cells in reader:
                number += 1
                if reader.line_num > line + 1:
                    self._refuse_open_quote(number, cells, reader.line_num - line)
                line = reader.line_num
                yield number, self._unescaped(cells) if self._escapes else cells
        except csv.Error as error:
            raise BadFile(
                _(
                    "Row %(row)s of “%(name)s” has a cell of more than %(longest)s characters. "
                    "Perhaps a quote is opened there and never closed: correct it and choose the file again.",
                    row=number + 1,
                    name=self.name,
                    longest=self.limits.cell_chars,
                )
            ) from error
        if self._quotes % 2 and self._swallows_rows(cells):
            raise self._open_quote(number)

    def _blocks(self) -> Iterator[str]:
        self._escapes, self._quotes = False, 0
        for text in self._decoder.blocks():
            self.fraction = min(self._decoder.position / self._size, 1.0)
            self._escapes = self._escapes or any(mark in text for mark in _ESCAPE_MARKS)
            self._quotes += text.count('"')
            yield text

    def _unescaped(self, cells: Row) -> Row:
        """The cells without the apostrophes that our writer puts before what looks like a formula."""
        return [cell[1:] if cell[:1] == "'" and ESCAPED.match(cell) else cell for cell in cells]

    def _refuse_open_quote(self, number: int, cells: Row, lines: int) -> None:
        """Raise where a quote that is never closed has swallowed rows into a cell."""
        if (len(cells) < len(self.headers) or lines >= _MANY_LINES) and self._swallows_rows(cells):
            raise self._open_quote(number)

    def _swallows_rows(self, cells: Row) -> bool:
        """Whether a cell of several lines looks as if its lines were rows of this table."""
        if not self.headers:
            return False
        separators = max(len(self.headers) - 1, 1)
        for cell in cells:
            if "\n" not in cell:
                continue
            inside = cell.split("\n")[1:]
            inside = [line for line in inside[:-1] or inside if line.strip()]
            if inside and all(line.count(self.delimiter) >= separators for line in inside):
                return True
        return False

    def _open_quote(self, number: int) -> BadFile:
        return BadFile(
            _(
                "In row %(row)s of “%(name)s” a quote is opened and never closed, so that the rows "
                "below it cannot be told apart. Correct it and choose the file again.",
                row=number,
                name=self.name,
            )
        )

    def _reading_notices(self) -> list[Notice]:
        found: list[Notice] = []
        name = NAMES.get(self.encoding.fallback, self.encoding.fallback)
        if self.encoding.name == self.encoding.fallback and not self.encoding.forced:
            found.append(Notice("encoding_guessed", {"encoding": name}))
        if self.encoding.strays:
            values: dict[str, str | int] = {
                "count": self.encoding.strays,
                "line": self.encoding.first_stray,
                "encoding": name,
            }
            found.append(Notice("encoding_mixed", values))
        if self._decoder.nuls:
            found.append(Notice("nul_removed", {"count": self._decoder.nuls}))
        if self._decoder.undecodable:
            found.append(Notice("undecodable", {"count": self._decoder.undecodable}))
        return found


_ESCAPE_MARKS: Final = ("'=", "'+", "'-", "'@", "'\t", "'\r")


def _best_delimiter(sample: str) -> str:
    """The separator by which most rows have the same number of cells, more than one; else a comma."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, spaced=False)
        if not widths:
            continue
        common = max(set(widths), key=widths.count)
        if common > 1:
            score = (round(widths.count(common) / len(widths), 1), common)
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _spaced(sample: str, delimiter: str) -> bool:
    """Whether quotes follow `, ` rather than `,`: then the space is no part of the cell."""
    if f'{delimiter} "' not in sample:
        return False
    plain, spaced = (_widths(sample, delimiter, spaced=spaced) for spaced in (False, True))
    return len(set(spaced)) < len(set(plain))


def _widths(sample: str, delimiter: str, *, spaced: bool) -> list[int]:
    reader = csv.reader(StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=spaced)
    widths: list[int] = []
    try:
        for row in reader:
            if any(row):
                widths.append(len(row))
            if len(widths) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    return widths
