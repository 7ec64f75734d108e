"""The numbers of a report: groups of students, and how they add up.

A report has a total, a total for each school and, for each dimension (grade, gender, …), a group for each
value and one for each school and value. Every dimension divides the same students, so its groups add up to
the schools' totals and to the district's: that is what makes a hidden number recoverable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

ALL: Final = ""


class Cell(NamedTuple):
    """A place in the report. `ALL` stands for every school or every value."""

    dimension: str
    school: str
    value: str

    @property
    def is_total(self) -> bool:
        return not self.dimension and not self.school

    @property
    def is_school(self) -> bool:
        return not self.dimension and bool(self.school)


class Group(NamedTuple):
    """How many students, and how many of them are counted by each measure (chronically absent, truant, …)."""

    students: int
    counts: tuple[int, ...]

    def number(self, measure: int) -> int:
        """The students (measure 0) or one of the counts (from 1)."""
        return self.students if measure == 0 else self.counts[measure - 1]


@dataclass(frozen=True)
class Sum:
    """`whole` is the sum of `parts`: what anybody with the report and a pencil knows."""

    whole: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True)
class Numbers:
    """The true numbers. `from_parts` makes all sums, so they are always right."""

    groups: Mapping[Cell, Group]
    measures: int

    @classmethod
    def from_parts(cls, parts: Mapping[str, Mapping[tuple[str, str], Group]]) -> "Numbers":
        """From the groups of each school and value, by dimension. Raises ValueError when two dimensions do
        not divide the same students."""
        groups: dict[Cell, Group] = {}
        measures = len(next(iter(next(iter(parts.values())).values())).counts) if any(parts.values()) else 0
        for dimension, atoms in parts.items():
            for name, total in _totals(dimension, atoms, measures).items():
                if groups.setdefault(name, total) != total:
                    raise ValueError(f"{dimension} does not divide the same students as another dimension")
        groups.setdefault(Cell(ALL, ALL, ALL), Group(0, (0,) * measures))
        return cls(groups, measures)

    def first(self, measures: int) -> "Numbers":
        """The same with the first counts alone."""
        groups = {cell: Group(group.students, group.counts[:measures]) for cell, group in self.groups.items()}
        return Numbers(groups, measures)

    def only(self, measure: int) -> "Numbers":
        """The same with one count alone; the first is 1."""
        return Numbers(
            {cell: Group(group.students, (group.number(measure),)) for cell, group in self.groups.items()}, 1
        )

    @property
    def dimensions(self) -> list[str]:
        return sorted({cell.dimension for cell in self.groups if cell.dimension})

    @property
    def schools(self) -> list[str]:
        return sorted({cell.school for cell in self.groups if cell.is_school})

    def sums(self) -> Iterable[Sum]:
        """Every sum that the report implies."""
        total = Cell(ALL, ALL, ALL)
        yield Sum(total, tuple(cell for cell in self.groups if cell.is_school))
        by_whole: dict[tuple[Cell, str], list[Cell]] = {}
        for cell in self.groups:
            if not cell.dimension:
                continue
            if cell.school:
                by_whole.setdefault((Cell(ALL, cell.school, ALL), cell.dimension), []).append(cell)
                by_whole.setdefault((Cell(cell.dimension, ALL, cell.value), ""), []).append(cell)
            else:
                by_whole.setdefault((total, cell.dimension), []).append(cell)
        for (whole, _dimension), parts in by_whole.items():
            yield Sum(whole, tuple(parts))


def _totals(dimension: str, atoms: Mapping[tuple[str, str], Group], measures: int) -> Mapping[Cell, Group]:
    found: dict[Cell, Group] = {}
    for (school, value), group in atoms.items():
        if not group.students:
            continue
        found[Cell(dimension, school, value)] = group
        for whole in (Cell(dimension, ALL, value), Cell(ALL, school, ALL), Cell(ALL, ALL, ALL)):
            before = found.get(whole, Group(0, (0,) * measures))
            counts = tuple(a + b for a, b in zip(before.counts, group.counts, strict=True))
            found[whole] = Group(before.students + group.students, counts)
    return found


@dataclass(frozen=True)
class Release:
    """What was or is to be published: the numbers and which places are hidden. A hidden place shows neither
    its students nor its counts nor its rates, since a rate beside its group is the count."""

    numbers: Numbers
    hidden: frozenset[Cell] = field(default_factory=frozenset)

    def shown(self) -> Mapping[Cell, Group]:
        return {cell: group for cell, group in self.numbers.groups.items() if cell not in self.hidden}


def together(numbers: Numbers, cells: Iterable[Cell]) -> Group:
    """These groups as one."""
    groups = [numbers.groups[cell] for cell in cells]
    counts = zip(*(group.counts for group in groups), strict=True)
    return Group(sum(group.students for group in groups), tuple(map(sum, counts)))
