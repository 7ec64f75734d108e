"""Rows of a file as few numbers: what stands in many rows of a column is made out once."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from crm_schools.importing.attendance.stage import HALVES_BITS, NOT_SAID, Bad, Row
from crm_schools.importing.dates import day_of

REMEMBERED: Final = 20_000
"""Different cells of one column that are kept at most: a file of nonsense fills no memory."""
_COUNTED: Final = itemgetter(2, 3, 4)


class RowError(Exception):
    """What is wrong with one row: a code of `messages`, the column and the value."""

    def __init__(self, code: str, column: str = "", value: str = "") -> None:
        super().__init__(code)
        self.code, self.column, self.value = code, column, value


@dataclass(frozen=True)
class Cells:
    """Which cells of a row say what. `state` is the cell that names the student where `student` is empty,
    `said` gives the cells on which it depends what `meaning` says: the code, and half days where the row
    states them. `meaning` raises RowError."""

    headers: Sequence[str]
    student: int
    state: int
    school: int | None
    day: int
    said: Callable[[Sequence[str]], Hashable]
    meaning: Callable[[Sequence[str]], tuple[str, int | None]]


class Reading:
    """Makes rows of cells. `schools` and `codes` give each word its place in the order of the file."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.schools: dict[str, int] = {}
        self.codes: dict[str, int] = {}
        self._totals: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._places: dict[str, int] = {} if cells.school is not None else {"": self._school("")}
        self._days: dict[str, int] = {}
        self._said: dict[Hashable, int] = {}

    def rows(self, chunk: Sequence[tuple[int, Sequence[str]]]) -> tuple[list[Row], list[Bad]]:
        """The rows of a chunk, and those that cannot be read at all."""
        good: list[Row] = []
        bad: list[Bad] = []
        student, day, school, said_of = (
            self._cells.student, self._cells.day, self._cells.school, self._cells.said,
        )  # fmt: skip
        places, days, said = self._places, self._days, self._said
        add = good.append
        for line, cells in chunk:
            who = cells[student].strip()
            place = places.get("" if school is None else cells[school])
            ordinal, meant = days.get(cells[day]), said.get(said_of(cells))
            if not who or place is None or ordinal is None or meant is None:
                try:
                    add((line, *self.made_out(cells)))
                except RowError as error:
                    bad.append((line, error.code, error.column, error.value))
            else:
                add((line, who, place, ordinal, meant))
        self._count(good)
        return good, bad

    def made_out(self, cells: Sequence[str]) -> tuple[str, int, int, int]:
        """One row, whose cells are remembered; RowError for what is none."""
        names = self._cells
        who = cells[names.student].strip() or cells[names.state].strip()
        if not who:
            raise RowError("no_student", names.headers[names.student])
        day = day_of(cells[names.day])
        if day is None:
            raise RowError("no_day", names.headers[names.day], cells[names.day])
        code, halves = names.meaning(cells)
        meant = self.codes.setdefault(code, len(self.codes)) << HALVES_BITS
        meant |= NOT_SAID if halves is None else halves
        if len(self._days) >= REMEMBERED:
            self._days.clear()
        if len(self._said) >= REMEMBERED:
            self._said.clear()
        self._days[cells[names.day]] = day.toordinal()
        self._said[names.said(cells)] = meant
        return who, self._place(cells), day.toordinal(), meant

    def _place(self, cells: Sequence[str]) -> int:
        if self._cells.school is None:
            return self._places[""]
        word = cells[self._cells.school]
        self._places[word] = self._school(word.strip())
        return self._places[word]

    def _school(self, word: str) -> int:
        return self.schools.setdefault(word, len(self.schools))

    def _count(self, rows: Sequence[Row]) -> None:
        for (school, day, meant), count in Counter(map(_COUNTED, rows)).items():
            known = self._totals.get((school, meant >> HALVES_BITS), (0, day, day))
            self._totals[school, meant >> HALVES_BITS] = (
                known[0] + count, min(known[1], day), max(known[2], day),
            )  # fmt: skip

    @property
    def totals(self) -> Mapping[tuple[int, int], tuple[int, int, int]]:
        """By the places of a school and a code: how many rows, their first and their last day."""
        return self._totals
