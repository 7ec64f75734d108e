"""Rows of a file as few numbers, made column by column: what stands in many rows is made out once."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from operator import or_
from typing import Any, Final

from crm_schools.importing.attendance.stage import (
    DAY_SHIFT,
    HALVES_BITS,
    LINE_BITS,
    MOST_CODES,
    NOT_SAID,
    Bad,
    Read,
)
from crm_schools.importing.dates import day_of
from crm_schools.importing.day_orders import Shown

REMEMBERED: Final = 20_000
"""Different cells of one column that are kept at most: a file of nonsense fills no memory."""


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
    """Makes rows of cells. `schools` and `codes` give each word its place in the order of the file, and
    `shown` is what its days show of how they are written."""

    def __init__(self, cells: Cells, *, day_first: bool = False) -> None:
        self._cells, self._is_day_first = cells, day_first
        self.shown = Shown()
        self.schools: dict[str, int] = {}
        self.codes: dict[str, int] = {}
        self._totals: Counter[tuple[int, int]] = Counter()
        self._places: dict[str, int] = {} if cells.school is not None else {"": self._school("")}
        self._days: dict[str, int] = {}
        self._said: dict[Hashable, int] = {}

    def rows(self, lines: Sequence[int], columns: Sequence[Sequence[str]]) -> tuple[Read, list[Bad]]:
        """The rows of some lines, and those that cannot be read at all: a row of which not everything is
        known yet is looked at by itself."""
        if not lines:
            return ((), (), ()), []
        names = self._cells
        on_day, said_by = columns[names.day], self._said_by(columns)
        self._look_ahead(columns, said_by, on_day)
        who = list(map(str.strip, columns[names.student]))
        words = repeat("", len(lines)) if names.school is None else columns[names.school]
        places = list(map(self._places.get, words))
        days = list(map(self._days.get, on_day))
        said = list(map(self._said.get, said_by))
        bad: list[Bad] = []
        read: Any = who, places, days, said, lines
        if not all(who) or None in {*places, *days, *said}:
            alone = list(self._made_out_alone(read, columns, bad))
            read = tuple(zip(*alone, strict=True)) if alone else ((),) * 5
        who, places, days, said, lines = read
        self._totals.update(zip(places, said, strict=True))
        return (who, places, list(map(or_, map(or_, days, said), lines))), bad

    def _said_by(self, columns: Sequence[Sequence[str]]) -> Sequence[Hashable]:
        """By line the cells on which it depends what it means."""
        first, *more = (columns[place] for place in self._cells.said)
        return list(zip(first, *more, strict=True)) if more else first

    def _made_out_alone(
        self, read: Sequence[Sequence[Any]], columns: Sequence[Sequence[str]], bad: list[Bad]
    ) -> Iterator[tuple[str, int, int, int, int]]:
        for place, row in enumerate(zip(*read, strict=True)):
            if row[0] and None not in row:
                yield row
                continue
            try:
                yield (*self.made_out([column[place] for column in columns]), row[4])
            except RowError as error:
                bad.append((row[4], error.code, error.column, error.value))

    def _look_ahead(
        self, columns: Sequence[Sequence[str]], said_by: Sequence[Hashable], on_day: Sequence[str]
    ) -> None:
        """Make out the days and codes of a chunk that are new, each once: whatever is wrong with one is said
        of its rows."""
        for known in (self._days, self._said):
            if len(known) >= REMEMBERED:
                known.clear()
        for cell in sorted({*on_day}.difference(self._days)):
            self.shown.take(cell)
            if (day := self._day(cell)) is not None:
                self._days[cell] = day.toordinal() << DAY_SHIFT
        if {*said_by} <= self._said.keys():
            return
        found = dict(zip(said_by, range(len(said_by)), strict=True))
        for key in [key for key in found if key not in self._said]:
            with suppress(RowError):
                self._said[key] = self._meant([column[found[key]] for column in columns])

    def made_out(self, cells: Sequence[str]) -> tuple[str, int, int, int]:
        """The student, school, and day and meaning as parts of a mark, of one row, whose cells are
        remembered; RowError for what is none."""
        names = self._cells
        who = cells[names.student].strip() or cells[names.state].strip()
        if not who:
            raise RowError("no_student", names.headers[names.student])
        day = self._day(cells[names.day])
        if day is None:
            raise RowError("no_day", names.headers[names.day], cells[names.day])
        meant = self._meant(cells)
        return who, self._place(cells), day.toordinal() << DAY_SHIFT, meant

    def _day(self, cell: str) -> date | None:
        return day_of(cell, day_first=self._is_day_first)

    def _meant(self, cells: Sequence[str]) -> int:
        code, halves = self._cells.meaning(cells)
        if code not in self.codes and len(self.codes) >= MOST_CODES:
            raise RowError("too_many_codes", self._cells.headers[self._cells.said[0]], code)
        place = self.codes.setdefault(code, len(self.codes))
        return (place << HALVES_BITS | (NOT_SAID if halves is None else halves)) << LINE_BITS

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
            found[school, meant >> LINE_BITS + HALVES_BITS] += count
        return found
