"""Hide what is small, then as much more as keeps it hidden."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crm_schools.suppression import between, groups
from crm_schools.suppression.network import Cost, Network
from crm_schools.suppression.rule import Rule, is_sensitive
from crm_schools.suppression.table import ALL, Cell, Numbers, Release, Sum, together

TOTAL = Cell(ALL, ALL, ALL)
TRIED = 8
"""So many places are tried, the cheapest first, to keep a group from being told."""


class Unsafe(Exception):
    """No choice of hidden places protects all that must be hidden, because of what earlier releases show."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(f"{len(cells)} places cannot be protected")
        self.cells = cells


@dataclass(frozen=True)
class Elsewhere:
    """Places whose students and first `measures` counts some readers of a report see on other pages, by the
    `rule` of these pages."""

    cells: frozenset[Cell]
    measures: int
    rule: Rule


def protect(
    numbers: Numbers,
    rule: Rule,
    earlier: Iterable[Release] = (),
    *,
    complementary: bool = True,
    differing: bool = True,
    known: Iterable[Cell] = (),
    elsewhere: Elsewhere | None = None,
) -> Release:
    """The release of these numbers that protects every place that is too small.

    `earlier` are the releases of the same year: a place hidden there stays hidden while its numbers are the
    same, and one shown there with the same numbers hides nothing any more, since everybody has it. One shown
    there with numbers that differ a little is hidden, since the difference is about few students, and so are
    more places where it is those that a sum leaves out that differ a little together, unless `differing` is
    false. Places `known` to the readers hide nothing either, and what others know from
    `elsewhere` must not tell them what is hidden. Raises Unsafe where that leaves no way, or would hide the
    total. Without `complementary` only what is small is hidden, which protects nothing: it shows that the
    audit can find something."""
    hidden = {cell for cell, group in numbers.groups.items() if is_sensitive(group, rule)}
    told, earlier = set(known), list(earlier)
    for release in earlier:
        same = {cell for cell, group in numbers.groups.items() if release.numbers.groups.get(cell) == group}
        hidden |= same & release.hidden
        told |= same - release.hidden
        little = {each[0] for each in between.differences(release, Release(numbers), rule)}
        if differing and TOTAL in little:
            raise Unsafe([TOTAL])
        hidden |= little if differing else set()
    if complementary:
        before_it = between.really_hidden(earlier) if differing else []
        _Protector(numbers, hidden, told, rule, before_it).run()
        while elsewhere is not None:
            before = len(hidden)
            seen = told | elsewhere.cells
            _Protector(numbers.first(elsewhere.measures), hidden, seen, elsewhere.rule).run()
            _Protector(numbers, hidden, told, rule, before_it).run()
            if len(hidden) == before:
                break
    return Release(numbers, frozenset(hidden))


def told_together(
    numbers: Numbers, hidden: Collection[Cell], rule: Rule, known: Collection[Cell] = ()
) -> Iterator[tuple[Sum, list[Cell]]]:
    """Sums whose whole is told and whose hidden parts, by what the others leave of it, are as one group so
    small that it tells of single students. (NCES SLDS Technical Brief 3, 2011-603: what is hidden must not be
    a small group together either.) Sums of which all that is told was `known` before are left out: nothing
    that is hidden now takes that back."""
    for sum_ in numbers.sums():
        parts = [part for part in sum_.parts if part in hidden]
        if not parts or sum_.whole in hidden or not is_sensitive(together(numbers, parts), rule):
            continue
        if any(cell not in known for cell in (sum_.whole, *sum_.parts) if cell not in hidden):
            yield sum_, parts


class _Protector:
    """Adds to `hidden` until each hidden place lies on a closed way, for every measure, and those that a sum
    leaves out are large enough together, and differ enough from what `earlier` releases tell of the same."""

    def __init__(
        self,
        numbers: Numbers,
        hidden: set[Cell],
        known: set[Cell],
        rule: Rule,
        earlier: Sequence[Release] = (),
    ) -> None:
        self.numbers, self.hidden, self.known, self.rule = numbers, hidden, known, rule
        self.earlier = earlier
        self.networks = {
            (dimension, measure): Network(numbers, dimension, measure)
            for dimension in numbers.dimensions
            for measure in range(numbers.measures + 1)
        }

    def run(self) -> None:
        if TOTAL in self.hidden and TOTAL not in self.known:
            self.hidden |= set(self.numbers.groups)
            return
        done: set[tuple[Cell, int]] = set()
        count = -1
        while count < len(self.hidden):
            count = len(self.hidden)
            for cell, measure in [each for each in self._pairs() if each not in done]:
                self._protect(cell, measure)
                done.add((cell, measure))
            for sum_, small in told_together(self.numbers, self.hidden - self.known, self.rule, self.known):
                self._enlarge(sum_, small)
            for release in self.earlier:
                self._blur(release)
            if count == len(self.hidden):
                self._separate()

    def _separate(self) -> None:
        """Hide one more place where several sums tell of a small group: the cheapest with which they do not;
        where there is none, the dearest beside it. Raises Unsafe where nothing is left to hide."""
        some = next(groups.told(self.numbers, self.hidden - self.known, self.rule, self.known), None)
        if some is None:
            return
        beside = [
            {each.whole, *each.parts}
            for each in self.numbers.sums()
            if set(some.cells) & {each.whole, *each.parts}
        ]
        others = set().union(*beside) - self.hidden - self.known - {TOTAL}
        tried = sorted(others, key=lambda cell: (self._price(cell), cell))[:TRIED]
        enough = (cell for cell in tried if not self._tells(some, cell))
        if (more := next(enough, tried[-1] if tried else None)) is None:
            raise Unsafe([*some.cells])
        self.hidden.add(more)

    def _tells(self, some: groups.Some, more: Cell) -> bool:
        """Whether the sums still tell of a group with one place more that is hidden."""
        marks = groups.marks_of(self.numbers, (self.hidden | {more}) - self.known)
        return groups.is_told(some, marks)

    def _blur(self, earlier: Release) -> None:
        """Hide more parts of the sums that tell, beside an earlier release, of a small change."""
        for sum_ in between.common_sums(earlier.numbers, self.numbers):
            if self._differs(sum_, earlier):
                self._widen(sum_, earlier)

    def _differs(self, sum_: Sum, earlier: Release, more: Collection[Cell] = ()) -> bool:
        hidden = frozenset(self.hidden - self.known).union(more)
        return any(between.differences_in(sum_, earlier, Release(self.numbers, hidden), self.rule))

    def _widen(self, sum_: Sum, earlier: Release) -> None:
        """Hide one more part of a sum, the cheapest with which no small change is told; where there is none,
        its whole. Raises Unsafe where that would be the total."""
        listed = [part for part in sum_.parts if part in self.numbers.groups]
        others = [part for part in listed if part not in self.hidden and part not in self.known]
        others.sort(key=self._price)
        enough = (part for part in others if not self._differs(sum_, earlier, [part]))
        more = next(enough, others[-1] if others else sum_.whole)
        if more in self.known or more == TOTAL or more not in self.numbers.groups:
            raise Unsafe([sum_.whole])
        self.hidden.add(more)

    def _enlarge(self, sum_: Sum, small: Sequence[Cell]) -> None:
        """Hide one more part of a sum, the cheapest with which the hidden ones tell of no few students; where
        there is none, its whole. Raises Unsafe where that would be the total."""
        others = [part for part in sum_.parts if part not in self.hidden and part not in self.known]
        others.sort(key=self._price)
        enough = (
            part for part in others if not is_sensitive(together(self.numbers, [*small, part]), self.rule)
        )
        more = next(enough, others[-1] if others else sum_.whole)
        if more in self.known or more == TOTAL:
            raise Unsafe([sum_.whole])
        self.hidden.add(more)

    def _pairs(self) -> Iterator[tuple[Cell, int]]:
        """Hidden places that everybody does not already know, smallest first, schools before their parts."""
        order = sorted(self.hidden - self.known, key=lambda cell: (bool(cell.dimension), cell))
        return ((cell, measure) for cell in order for measure in range(self.numbers.measures + 1))

    def _protect(self, cell: Cell, measure: int) -> None:
        if measure and not self.numbers.groups[TOTAL].number(measure):
            return  # The total says that nobody is counted, so nobody is anywhere.
        if cell.is_school:
            self.hidden |= self._exchange(cell, measure)
            return
        way = self.networks[cell.dimension, measure].closed_way(cell, self._cost())
        if way is not None:
            self.hidden.update(way)
        elif cell.school and (school := Cell(ALL, cell.school, ALL)) not in self.known:
            self.hidden |= {school} | self._exchange(school, measure, cell)
        else:
            raise Unsafe([cell])

    def _exchange(self, cell: Cell, measure: int, through: Cell | None = None) -> set[Cell]:
        """A school's total can be another one if a student could as well be in another hidden school: in
        every dimension there must be a way from one school to the other, in that of `through` over that
        place."""
        best: tuple[float, set[Cell]] | None = None
        for other in sorted(self.numbers.schools, key=lambda each: self._price(Cell(ALL, each, ALL))):
            partner = Cell(ALL, other, ALL)
            if partner == cell or partner in self.known:
                continue
            for back in (False, True):
                found = self._shift((cell, partner), measure, through, back)
                if found is not None and (best is None or found[0] < best[0]):
                    best = found
            if best is not None and best[0] <= self._price(partner):
                break
        if best is None:
            raise Unsafe([through or cell])
        return best[1]

    def _shift(
        self, schools: tuple[Cell, Cell], measure: int, through: Cell | None, back: bool
    ) -> tuple[float, set[Cell]] | None:
        """What must be hidden so that one student of the first school could be in the second instead (or the
        other way round with `back`), and what that costs; None when it cannot be."""
        cost, places = self._cost(), {schools[1]}
        spent = self._price(schools[1])
        for dimension in self.numbers.dimensions:
            over = through if through is not None and through.dimension == dimension else None
            way = self._passage(self.networks[dimension, measure], schools, over, back)
            if way is None:
                return None
            spent += sum(cost(each) or 0 for each in way)
            places.update(way)
        return spent, places

    def _passage(
        self, network: Network, schools: tuple[Cell, Cell], over: Cell | None, back: bool
    ) -> list[Cell] | None:
        start, goal = (("school", each.school) for each in schools)
        if over is None:
            return network.way(*((goal, start) if back else (start, goal)), self._cost())
        group = self.numbers.groups[over]
        count, value = group.number(network.measure), ("value", over.value)
        if back:
            return network.way(goal, value, self._cost(), over) if count > network.least else None
        open_upwards = network.measure == 0 or count < group.students
        return network.way(value, goal, self._cost(), over) if open_upwards else None

    def _price(self, cell: Cell) -> float:
        """Hiding takes information away: large groups cost more, totals much more."""
        if cell in self.hidden:
            return 0.0
        return 1.0 + self.numbers.groups[cell].students + (10_000 if not cell.school or cell.is_school else 0)

    def _cost(self) -> Cost:
        return lambda cell: None if cell in self.known else self._price(cell)
