"""The table that a file holds, however it is stored."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, Literal

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.messages import Notice
from crm.transfer.readers.limits import Limits

Row = list[str]
Chunk = list[tuple[int, Row]]
Columns = tuple[Sequence[int], Sequence[Sequence[str]]]
"""The numbers of rows, and for each header its cells in these rows."""

LOOKED_AT: Final = 20
_CONTACT_CELL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}|\+?[\d ()./-]{10,20}")


class TableSource(ABC):
    """A table: unique `headers`, and rows in chunks, read again from the start each time they are asked for.

    `headers[i]` is the header of cell i. `notices` tells what was odd; those about rows are complete once
    all rows were read. `fraction` goes from 0 to 1 while they are. Nothing stays open between two readings.
    A workbook has `sheets` and the name of the `sheet` that is read, a text its `delimiter` and
    `encoding_name`.
    """

    kind: Literal["csv", "xlsx"]
    sheet = ""
    sheets: Sequence[str] = ()
    delimiter = ""
    encoding_name = ""
    short_rows_matter = True

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.headers: list[str] = []
        self.fraction = 0.0
        self._fixed_notices: list[Notice] = []
        self._first_row = 0
        self._raw_header: Row | None = None
        self._short: list[int] = []
        self._short_count = 0
        self._repeated: list[int] = []

    @property
    def notices(self) -> list[Notice]:
        found = [*self._fixed_notices, *self._reading_notices()]
        if self._short_count:
            found.append(Notice("rows_short", {"count": self._short_count, "row": self._short[0]}))
        if self._repeated:
            found.append(Notice("header_repeated", {"count": len(self._repeated), "row": self._repeated[0]}))
        return found

    def rows(self, after: int = 0) -> Iterator[tuple[int, Row]]:
        """`(row number, cells)` for each row that holds anything, as `chunks` gives them."""
        for chunk in self.chunks(after=after):
            yield from chunk

    def sample(self, count: int = 200) -> list[Row]:
        """The cells of the first rows."""
        return [cells for _number, cells in islice(self.rows(), count)]

    def chunks(self, size: int = 2000, after: int = 0) -> Iterator[Chunk]:
        """Lists of at most `size` pairs of row number and cells; empty rows are left out.

        The number is the one that a spreadsheet program shows: the first row is 1, whatever it is, and
        a line break inside a cell does not count. Only rows above `after` are given, so that reading goes
        on where it stopped. A row has as many cells as there are headers; more only where the file has
        more and they hold something, which the mapping rejects. Raises BadFile where the file cannot
        be read further.
        """
        self._begin_anew()
        yield from self._chunks_of(self._read(), size, max(self._first_row, after + 1))

    def _begin_anew(self) -> None:
        self._short, self._short_count, self._repeated = [], 0, []
        self.fraction = 0.0

    def _chunks_of(self, rows: Iterator[tuple[int, Row]], size: int, first: int) -> Iterator[Chunk]:
        """The rows from the number `first` on, as `chunks` gives them."""
        chunk: Chunk = []
        width, header = len(self.headers), self._raw_header
        for number, cells in rows:
            if number < first:
                continue
            if len(cells) != width:
                cells = self._fitted(number, cells)  # noqa: PLW2901 - the same row, as wide as the header
            if not any(cells):
                continue
            if header is not None and cells[0] == header[0] and cells == header:
                self._repeated.append(number)
                continue
            chunk.append((number, cells))
            if len(chunk) >= size:
                self._refuse_too_many(number)
                yield chunk
                chunk = []
        if chunk:
            self._refuse_too_many(chunk[-1][0])
            yield chunk
        self.fraction = 1.0

    def columns(self, size: int = 20_000) -> Iterator[Columns]:
        """What `chunks` gives from the start, column by column: for whoever looks at a few cells of millions
        of rows. What a row has more than there are headers is left out."""
        return map(by_columns, self.chunks(size))

    @abstractmethod
    def _read(self) -> Iterator[tuple[int, Row]]:
        """All rows of the file with their numbers, cells as they stand."""

    def _reading_notices(self) -> list[Notice]:
        """What this kind of file noticed while it was read."""
        return []

    def _fitted(self, number: int, cells: Row) -> Row:
        width = len(self.headers)
        if len(cells) > self.limits.columns:
            raise too_many_columns(self.name, len(cells), number, self.limits)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) < width:
            if self.short_rows_matter and any(cells):
                self._short_count += 1
                self._short = self._short or [number]
            cells.extend([""] * (width - len(cells)))
        return cells

    def _refuse_too_many(self, number: int) -> None:
        if number > self.limits.rows:
            raise BadFile(
                _(
                    "“%(name)s” has more than %(limit)s rows. "
                    "Split it and import the parts one after the other.",
                    name=self.name,
                    limit=self.limits.rows,
                )
            )

    def _find_header(self) -> None:
        """Read the header from the first rows: fills `headers`; raises BadFile when there is none."""
        first = [pair for pair in islice(self._read(), LOOKED_AT) if any(cell.strip() for cell in pair[1])]
        if not first:
            raise BadFile(_("“%(name)s” is empty. Choose a file that holds a list.", name=self.name))
        at = _header_position([cells for _number, cells in first])
        number, cells = first[at]
        if at:
            self._fixed_notices.append(Notice("title_skipped", {"count": number - 1, "row": number}))
        if len(cells) > self.limits.columns:
            raise too_many_columns(self.name, len(cells), number, self.limits)
        if any(_CONTACT_CELL.fullmatch(cell.strip()) for cell in cells):
            self._fixed_notices.append(Notice("header_missing"))
            self._first_row = number
            width = max(len(row) for _number, row in first)
            self.headers = [unnamed_header(i) for i in range(width)]
            return
        self._first_row = number + 1
        if len(first) == at + 1 and not any(True for _row in self.rows()):
            raise BadFile(
                _(
                    "“%(name)s” has a header but no rows under it. Add the rows and choose it again.",
                    name=self.name,
                )
            )
        self.headers, notices = unique_headers(cells)
        self._fixed_notices += notices
        self._raw_header = list(cells) if any(cells) else None


def by_columns(chunk: Sequence[tuple[int, Sequence[str]]]) -> Columns:
    """Rows, each with its number, as columns."""
    if not chunk:
        return (), ()
    numbers, rows = zip(*chunk, strict=True)
    return numbers, list(zip(*rows, strict=False))


def unnamed_header(index: int) -> str:
    """A header for a column without one: data that mappings are remembered by, the same in every language."""
    return f"Column {index + 1}"


def unique_headers(cells: Sequence[str]) -> tuple[list[str], list[Notice]]:
    """Headers made unique: a second `Email` becomes `Email (2)`, an empty one is named by its number."""
    notices: list[Notice] = []
    unnamed = [i for i, cell in enumerate(cells) if not cell.strip()]
    named = [" ".join(cell.split()) or unnamed_header(i) for i, cell in enumerate(cells)]
    if unnamed:
        notices.append(Notice("header_empty", {"count": len(unnamed), "first": named[unnamed[0]]}))
    taken = set(named)
    seen: dict[str, list[str]] = {}
    headers: list[str] = []
    for header in named:
        others = seen.get(header)
        if others is None:
            seen[header] = []
            headers.append(header)
            continue
        number = len(others) + 2
        while (unique := f"{header} ({number})") in taken:
            number += 1
        taken.add(unique)
        others.append(unique)
        headers.append(unique)
    notices += [
        Notice("header_duplicate", {"header": header, "names": ", ".join(others[:5])})
        for header, others in seen.items()
        if others
    ]
    return headers, notices


def too_many_columns(name: str, count: int, number: int, limits: Limits) -> BadFile:
    return BadFile(
        _(
            "Row %(row)s of “%(name)s” has %(count)s columns; at most %(limit)s can be read. "
            "Remove the columns that you do not need and choose it again.",
            row=number,
            name=name,
            count=count,
            limit=limits.columns,
        )
    )


def _header_position(rows: Sequence[Row]) -> int:
    """The header is the first row, unless rows of one cell (a title) stand above a row of three or more."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    for at, count in enumerate(filled):
        if count > 1:
            return at if count >= 3 else 0
    return 0
