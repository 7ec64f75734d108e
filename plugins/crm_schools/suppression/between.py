"""What two releases of one year tell when one is taken from the other: of few who came, left or were counted.

Both tell a place by showing it. Of places that a release hides it tells what a sum leaves for them together,
where it shows the whole; so the same places are told together twice, though no single one is."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from crm_schools.suppression.rule import Rule
from crm_schools.suppression.table import Cell, Numbers, Release, Sum

Change = tuple[Sum, list[Cell], int, int]
"""A sum, some of its parts, a measure (0 for students) and by how much they changed together."""


def differences(earlier: Release, later: Release, rule: Rule) -> list[tuple[Cell, int, int]]:
    """Places that both show, a measure (0 for students) and by how much it changed, where that is so little
    that it tells of the few who came, left or were counted since."""
    found, shown = [], earlier.shown()
    for cell, group in later.shown().items():
        before = shown.get(cell)
        if before is None:
            continue
        for measure in range(later.numbers.measures + 1):
            change = group.number(measure) - before.number(measure)
            if 0 < abs(change) < (rule.count if measure else rule.students):
                found.append((cell, measure, change))
    return found


def places_told(release: Release, others: Iterable[Release]) -> set[Cell]:
    """Places that a release shows, or that another one shows with the same numbers."""
    groups = release.numbers.groups
    found = set(groups) - release.hidden
    for other in others:
        found |= {cell for cell, group in other.shown().items() if groups.get(cell) == group}
    return found


def really_hidden(releases: Sequence[Release]) -> list[Release]:
    """The same releases without what another one of them tells of a hidden place."""
    return [Release(each.numbers, each.hidden - places_told(each, releases)) for each in releases]


def differences_of_sums(earlier: Release, later: Release, rule: Rule) -> Iterator[Change]:
    """The same of places that are told together, by what a sum leaves for them."""
    for sum_ in common_sums(earlier.numbers, later.numbers):
        yield from differences_in(sum_, earlier, later, rule)


def differences_in(sum_: Sum, earlier: Release, later: Release, rule: Rule) -> Iterator[Change]:
    """Those of one sum."""
    for cells in _told_twice(sum_, earlier.hidden, later.hidden):
        for measure in range(later.numbers.measures + 1):
            change = _number(later.numbers, cells, measure) - _number(earlier.numbers, cells, measure)
            if 0 < abs(change) < (rule.count if measure else rule.students):
                yield sum_, sorted(cells), measure, change


def common_sums(earlier: Numbers, later: Numbers) -> Iterator[Sum]:
    """Sums of both, with the parts of either: a place that one does not list has nobody there. Of a
    dimension that one does not have nothing is told."""
    parts: dict[tuple[Cell, str], set[Cell]] = {}
    known = [{"", *numbers.dimensions} for numbers in (earlier, later)]
    for numbers in (earlier, later):
        for sum_ in numbers.sums():
            for part in sum_.parts:
                if all(part.dimension in dimensions for dimensions in known):
                    parts.setdefault((sum_.whole, part.dimension), set()).add(part)
    for (whole, _dimension), cells in parts.items():
        yield Sum(whole, tuple(sorted(cells)))


def _told_twice(sum_: Sum, before: Collection[Cell], now: Collection[Cell]) -> list[set[Cell]]:
    """Parts of a sum that are hidden in one release at least and told together by both, as few as can be."""
    old, new = ({part for part in sum_.parts if part in hidden} for hidden in (before, now))
    tells_old, tells_new = sum_.whole not in before, sum_.whole not in now
    if old & new:
        return [old | new] if tells_old and tells_new else []
    return [cells for cells, tells in ((old, tells_old), (new, tells_new)) if cells and tells]


def _number(numbers: Numbers, cells: Iterable[Cell], measure: int) -> int:
    groups = numbers.groups
    return sum(groups[cell].number(measure) for cell in cells if cell in groups)
