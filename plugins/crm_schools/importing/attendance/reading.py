"""Rows of a file as few numbers, made column by column: what stands in many rows is made out once."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any, Final

from crm_schools.importing.attendance.stage import HALVES_BITS, NOT_SAID, Bad, Row
from crm_schools.importing.dates import day_of

REMEMBERED: Final = 20_000
"""Different cells of one column that are kept at most: a file of nonsense fills no memory."""
_COUNTED: Final = itemgetter(2, 4)


class RowError(Exception):
    """What is wrong with one row: a code of `messages`, the column and the value."""

    def __init__(self, code: str, column: str = "", value: str = "") -> None:
        super().__init__(code)
        self.code, self.column, self.value = code, column, value


@dataclass(frozen=True)
class Cells:
    """Which cells of a row say what. `state` is the cell that names the student where `student` is empty,
    `said` are the cells on which it depends what `meaning` says: the code, and half days where the row
    states them. `meaning` raises RowError."""

    headers: Sequence[str]
    student: int
    state: int
    school: int | None
    day: int
    said: Sequence[int]
    meaning: Callable[[Sequence[str]], tuple[str, int | None]]


class Reading:
    """Makes rows of cells. `schools` and `codes` give each word its place in the order of the file."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.schools: dict[str, int] = {}
        self.codes: dict[str, int] = {}
        self._totals: Counter[tuple[int, int]] = Counter()
        self._places: dict[str, int] = {} if cells.school is not None else {"": self._school("")}
        self._days: dict[str, int] = {}
        self._said: dict[Hashable, int] = {}

    def rows(self, lines: Sequence[int], columns: Sequence[Sequence[str]]) -> tuple[list[Row], list[Bad]]:
        """The rows of some lines, and those that cannot be read at all: a row of which not everything is
        known yet is looked at by itself."""
        if not lines:
            return [], []
        names = self._cells
        on_day, said_by = columns[names.day], self._said_by(columns)
        self._look_ahead(columns, said_by, on_day)
        who = list(map(str.strip, columns[names.student]))
        words = repeat("", len(lines)) if names.school is None else columns[names.school]
        places = list(map(self._places.get, words))
        days = list(map(self._days.get, on_day))
        said = list(map(self._said.get, said_by))
        good: list[Any] = list(zip(lines, who, places, days, said, strict=True))
        bad: list[Bad] = []
        if not all(who) or None in {*places, *days, *said}:
            good = list(self._made_out_alone(good, columns, bad))
        self._totals.update(map(_COUNTED, good))
        return good, bad

    def _said_by(self, columns: Sequence[Sequence[str]]) -> Sequence[Hashable]:
        """By line the cells on which it depends what it means."""
        first, *more = (columns[place] for place in self._cells.said)
        return list(zip(first, *more, strict=True)) if more else first

    def _made_out_alone(
        self, rows: Sequence[Any], columns: Sequence[Sequence[str]], bad: list[Bad]
    ) -> Iterator[Row]:
        for place, row in enumerate(rows):
            if row[1] and None not in row:
                yield row
                continue
            try:
                yield (row[0], *self.made_out([column[place] for column in columns]))
            except RowError as error:
                bad.append((row[0], error.code, error.column, error.value))

    def _look_ahead(
        self, columns: Sequence[Sequence[str]], said_by: Sequence[Hashable], on_day: Sequence[str]
    ) -> None:
        """Make out the days and codes of a chunk that are new, each once: whatever is wrong with one is said
        of its rows."""
        for known in (self._days, self._said):
            if len(known) >= REMEMBERED:
                known.clear()
        for cell in {*on_day}.difference(self._days):
            if (day := day_of(cell)) is not None:
                self._days[cell] = day.toordinal()
        if {*said_by} <= self._said.keys():
            return
        found = dict(zip(said_by, range(len(said_by)), strict=True))
        for key in [key for key in found if key not in self._said]:
            with suppress(RowError):
                self._said[key] = self._meant([column[found[key]] for column in columns])

    def made_out(self, cells: Sequence[str]) -> tuple[str, int, int, int]:
        """One row, whose cells are remembered; RowError for what is none."""
        names = self._cells
        who = cells[names.student].strip() or cells[names.state].strip()
        if not who:
            raise RowError("no_student", names.headers[names.student])
        day = day_of(cells[names.day])
        if day is None:
            raise RowError("no_day", names.headers[names.day], cells[names.day])
        meant = self._meant(cells)
        return who, self._place(cells), day.toordinal(), meant

    def _meant(self, cells: Sequence[str]) -> int:
        code, halves = self._cells.meaning(cells)
        place = self.codes.setdefault(code, len(self.codes))
        return place << HALVES_BITS | (NOT_SAID if halves is None else halves)

    def _place(self, cells: Sequence[str]) -> int:
        if self._cells.school is None:
            return self._places[""]
        word = cells[self._cells.school]
        self._places[word] = self._school(word.strip())
        return self._places[word]

    def _school(self, word: str) -> int:
        return self.schools.setdefault(word, len(self.schools))

    @property
    def totals(self) -> Mapping[tuple[int, int], int]:
        """By the places of a school and a code, how many rows there are."""
        found: Counter[tuple[int, int]] = Counter()
        for (school, meant), count in self._totals.items():
            found[school, meant >> HALVES_BITS] += count
        return found
