"""Small groups that several sums together tell of, though each sum for itself does not.

A sum leaves for its hidden parts what the others do not take; a second one may leave for some of them a part
of that, and then the rest is told, too: two or three hidden places as one group, or one without another that
is a part of it. (NCES SLDS Technical Brief 3, 2011-603: what is hidden must not be a small group together
either.) Groups of more places that no single sum tells of are not looked for, and of three only where fewer
than `MOST` places are hidden, for they are many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Final, NamedTuple

from crm_schools.suppression.rule import Rule, is_sensitive
from crm_schools.suppression.solving import PRIME, reduced
from crm_schools.suppression.table import Cell, Group, Numbers, together

MOST: Final = 200
Marks = frozenset[tuple[Cell, int]]
"""How a hidden place follows from those of which nothing is told; the same for two that differ by what is."""


class Some(NamedTuple):
    """Hidden places as one group; or the first without the second, which `is_part` of it."""

    cells: tuple[Cell, ...]
    is_part: bool = False

    def of(self, numbers: Numbers) -> Group:
        """The students of the group and how many of them are counted."""
        if not self.is_part:
            return together(numbers, self.cells)
        one, other = (numbers.groups[cell] for cell in self.cells)
        counts = zip(one.counts, other.counts, strict=True)
        return Group(one.students - other.students, tuple(a - b for a, b in counts))


def told(
    numbers: Numbers, hidden: Collection[Cell], rule: Rule, known: Collection[Cell] = ()
) -> Iterator[Some]:
    """Groups of hidden places that the sums tell and that are too small. What places `known` before tell
    alone is left out: nothing that is hidden now takes that back."""
    before = marks_of(numbers, numbers.groups.keys() - set(known)) if known else {}
    for some in _groups(marks_of(numbers, hidden)):
        group = some.of(numbers)
        if group.students > 0 and is_sensitive(group, rule) and not is_told(some, before):
            yield some


def marks_of(numbers: Numbers, hidden: Collection[Cell]) -> dict[Cell, Marks]:
    """The marks of each hidden place."""
    hidden = set(hidden)
    rows = reduced(
        {
            **({each.whole: 1} if each.whole in hidden else {}),
            **{part: -1 for part in each.parts if part in hidden},
        }
        for each in numbers.sums()
    )
    return {
        cell: frozenset((other, PRIME - k) for other, k in rows[cell].items() if other != cell)
        if cell in rows
        else frozenset({(cell, 1)})
        for cell in hidden
    }


def is_told(some: Some, marks: Mapping[Cell, Marks]) -> bool:
    """Whether the sums tell of a group, by the marks of hidden places."""
    if any(cell not in marks for cell in some.cells):
        return False
    own = [marks[cell] for cell in some.cells]
    return own[0] == own[1] if some.is_part else not _added(*own)


def _groups(marks: Mapping[Cell, Marks]) -> Iterator[Some]:
    by_marks: dict[Marks, list[Cell]] = defaultdict(list)
    for cell in sorted(marks):
        if marks[cell]:  # Without any a place is told alone, which is looked for elsewhere.
            by_marks[marks[cell]].append(cell)
    for cells in by_marks.values():
        for whole, part in permutations(cells, 2):
            if _holds(whole, part):
                yield Some((whole, part), is_part=True)
    yield from _completed([(cell,) for cell in sorted(marks)], marks, by_marks)
    if len(marks) < MOST:
        pairs = (pair for pair in combinations(sorted(marks), 2) if _are_apart(*pair))
        yield from _completed(pairs, marks, by_marks)


def _completed(
    begun: Iterable[tuple[Cell, ...]], marks: Mapping[Cell, Marks], by_marks: Mapping[Marks, Sequence[Cell]]
) -> Iterator[Some]:
    """Groups of which the sums tell, by one place more, which comes after those with which they begin."""
    for cells in begun:
        if wanted := _opposite(_added(*(marks[cell] for cell in cells))):
            for last in by_marks.get(wanted, ()):
                if last > cells[-1] and all(_are_apart(cell, last) for cell in cells):
                    yield Some((*cells, last))


def _added(*several: Marks) -> Marks:
    found: dict[Cell, int] = defaultdict(int)
    for marks in several:
        for cell, k in marks:
            found[cell] = (found[cell] + k) % PRIME
    return frozenset((cell, k) for cell, k in found.items() if k)


def _opposite(marks: Marks) -> Marks:
    return frozenset((cell, PRIME - k) for cell, k in marks)


def _holds(whole: Cell, part: Cell) -> bool:
    """Whether the students of one place are among those of another by what the places are."""
    if whole == part or whole.is_total:
        return whole != part
    if whole.is_school:
        return whole.school == part.school
    return not whole.school and (whole.dimension, whole.value) == (part.dimension, part.value)


def _are_apart(one: Cell, other: Cell) -> bool:
    """Whether no student is in both places: another school, or another value of one dimension."""
    schools = bool(one.school and other.school) and one.school != other.school
    values = bool(one.dimension) and one.dimension == other.dimension and one.value != other.value
    return schools or values
