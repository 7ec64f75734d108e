"""Try to find out what a report hides, with nothing but the report, a pencil and what is known elsewhere.

The attacker knows what each release shows, that every sum adds up, that no count is below nothing or above
its group, and (from the government's enrolment files) how many students each group has. Three ways are
tried: narrowing bounds sum by sum, solving all sums together, and comparing the last release with those
before it, place by place and by what sums leave for hidden ones. And nothing hidden may be a small group
together with what is hidden beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm_schools.suppression import groups
from crm_schools.suppression.between import differences, differences_of_sums, places_told, really_hidden
from crm_schools.suppression.protect import told_together
from crm_schools.suppression.rule import Rule
from crm_schools.suppression.solving import reduced
from crm_schools.suppression.table import Cell, Numbers, Release, together


@dataclass(frozen=True)
class Finding:
    """A hidden number that can be told: its release (0 is the first), place and measure (0 for students)."""

    release: int
    cell: Cell
    measure: int
    value: int
    how: str


def attack(
    releases: Sequence[Release], rule: Rule | None = None, known: Iterable[Cell] = ()
) -> list[Finding]:
    """Every hidden number of these releases of one year that can be recovered; none is what must come out.
    `rule` says from when on a difference between releases is about too few; by default that of `Rule`. What
    places `known` before tell together is no finding."""
    found = _compared(releases, rule or Rule())
    for number, release in enumerate(releases):
        for measure in range(release.numbers.measures + 1):
            found += _attack(number, release, places_told(release, releases), measure)
    return found + _together(releases, rule or Rule(), set(known))


def _together(releases: Sequence[Release], rule: Rule, known: set[Cell]) -> list[Finding]:
    """What sums of the last release leave for hidden places together, where that is a small group; the cell
    is the first of them, and the value how many students they have."""
    if not releases:
        return []
    number, numbers = len(releases) - 1, releases[-1].numbers
    hidden = releases[-1].hidden - places_told(releases[number], releases)
    for earlier in releases[:-1]:
        known |= {cell for cell, group in earlier.shown().items() if numbers.groups.get(cell) == group}
    found = [
        Finding(number, parts[0], 0, together(numbers, parts).students, "together")
        for _sum, parts in told_together(numbers, hidden, rule, known)
    ]
    return found + [
        Finding(number, each.cells[0], 0, each.of(numbers).students, "together")
        for each in groups.told(numbers, hidden, rule, known)
    ]


def _compared(releases: Sequence[Release], rule: Rule) -> list[Finding]:
    """What the last release tells beside one before it; of places together the cell is the first of them."""
    found, number = [], len(releases) - 1
    for earlier in releases[:-1]:
        for cell, measure, change in differences(earlier, releases[-1], rule):
            found.append(Finding(number, cell, measure, change, "difference"))
    hidden = really_hidden(releases)
    for earlier in hidden[:-1]:
        for _sum, cells, measure, change in differences_of_sums(earlier, hidden[-1], rule):
            found.append(Finding(number, cells[0], measure, change, "difference"))
    return found


def _attack(number: int, release: Release, told: set[Cell], measure: int) -> list[Finding]:
    numbers = release.numbers
    wanted = release.hidden - told
    if measure and not _total(numbers, measure):
        return []  # The report itself says that nobody is counted.
    equations = [
        ({sum_.whole: 1} if sum_.whole not in told else {})
        | {part: -1 for part in sum_.parts if part not in told}
        for sum_ in numbers.sums()
    ]
    rights = [
        sum(numbers.groups[part].number(measure) for part in sum_.parts if part in told)
        - (numbers.groups[sum_.whole].number(measure) if sum_.whole in told else 0)
        for sum_ in numbers.sums()
    ]
    bounds = _narrowed(equations, rights, _bounds(numbers, wanted, measure))
    found = [
        Finding(number, cell, measure, low, "bounds") for cell, (low, high) in bounds.items() if low == high
    ]
    fixed = {each.cell for each in found}
    rows = reduced({c: k for c, k in equation.items() if c not in fixed} for equation in equations)
    solved = {pivot for pivot, row in rows.items() if len(row) == 1}
    value = {cell: numbers.groups[cell].number(measure) for cell in solved}
    return found + [Finding(number, cell, measure, value[cell], "sums") for cell in sorted(solved)]


def _total(numbers: Numbers, measure: int) -> int:
    return sum(group.number(measure) for cell, group in numbers.groups.items() if cell.is_total)


def _bounds(numbers: Numbers, hidden: Iterable[Cell], measure: int) -> dict[Cell, tuple[int, int]]:
    """What is known of a hidden number beforehand. A place that is listed has a student at least."""
    most = 2 * _total(numbers, 0) + 2
    if measure == 0:
        return {cell: (min(1, numbers.groups[cell].students), most) for cell in hidden}
    return {cell: (0, numbers.groups[cell].students) for cell in hidden}


def _narrowed(
    equations: Sequence[Mapping[Cell, int]], rights: Sequence[int], bounds: dict[Cell, tuple[int, int]]
) -> dict[Cell, tuple[int, int]]:
    """Narrow bounds by each sum in turn until nothing changes: a term lies between what others leave."""
    changed = True
    while changed:
        changed = False
        for equation, right in zip(equations, rights, strict=True):
            least = sum(k * bounds[c][0 if k > 0 else 1] for c, k in equation.items())
            most = sum(k * bounds[c][1 if k > 0 else 0] for c, k in equation.items())
            for cell, k in equation.items():
                low, high = bounds[cell]
                ends = sorted((low * k, high * k))
                begin, end = right - (most - ends[1]), right - (least - ends[0])
                values = sorted((begin * k, end * k))
                narrow = (max(low, values[0]), min(high, values[1]))
                if narrow != (low, high):
                    after = sorted((narrow[0] * k, narrow[1] * k))
                    least += after[0] - ends[0]
                    most += after[1] - ends[1]
                    bounds[cell] = narrow
                    changed = True
    return bounds
