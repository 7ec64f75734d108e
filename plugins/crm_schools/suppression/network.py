"""Whether a hidden number could as well be another one.

Within one dimension the report is a network: students flow from the total to schools, from schools to values,
from values back to the total, and every sum says that what comes into a place goes out of it. Along a closed
way over hidden places one can add one student and take away one elsewhere, and all that is shown stays as it
is; so a place on such a way cannot be told. (Cox, "Network models for complementary cell suppression", JASA
90, 1995.)"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from crm_schools.suppression.table import ALL, Cell, Numbers

Node = tuple[str, str]
TOTAL: Final[Node] = ("total", "")
Cost = Callable[[Cell], float | None]
"""What it costs to go over a place: 0 where it is hidden, more where it would have to be, None where it
cannot."""


def ends(cell: Cell) -> tuple[Node, Node]:
    """Between which two sums a place stands, in the direction of the flow."""
    if cell.is_school:
        return TOTAL, ("school", cell.school)
    if not cell.school:
        return ("value", cell.value), TOTAL
    return ("school", cell.school), ("value", cell.value)


class Network:
    """The places of one dimension, for one measure.

    A place can grow up to the number of its students, which an attacker may know from elsewhere (enrolment is
    published by the government), and shrink down to nothing. The number of students itself can grow freely,
    and shrink down to one: a place without anybody would not be listed.
    """

    def __init__(self, numbers: Numbers, dimension: str, measure: int) -> None:
        self.numbers, self.dimension, self.measure = numbers, dimension, measure
        self.least = 0 if measure else 1
        self.around: dict[Node, list[tuple[Node, Cell]]] = {}
        for cell in numbers.groups:
            if cell.dimension == dimension:
                self._add(cell)

    def _add(self, cell: Cell) -> None:
        group = self.numbers.groups[cell]
        begin, end = ends(cell)
        if self.measure == 0 or group.number(self.measure) < group.students:
            self.around.setdefault(begin, []).append((end, cell))
        if group.number(self.measure) > self.least:
            self.around.setdefault(end, []).append((begin, cell))

    def way(self, start: Node, goal: Node, cost: Cost, without: Cell | None = None) -> list[Cell] | None:
        """The cheapest way from one node to another, or None. (Dijkstra.)"""
        best: dict[Node, float] = {start: 0.0}
        came: dict[Node, tuple[Node, Cell]] = {}
        queue = [(0.0, start)]
        while queue:
            spent, node = heapq.heappop(queue)
            if node == goal:
                return list(_back(came, start, goal))
            if spent > best[node]:
                continue
            for other, cell in self.around.get(node, ()):
                price = None if cell == without else cost(cell)
                if price is not None and spent + price < best.get(other, float("inf")):
                    best[other] = spent + price
                    came[other] = (node, cell)
                    heapq.heappush(queue, (spent + price, other))
        return None

    def closed_way(self, cell: Cell, cost: Cost) -> list[Cell] | None:
        """The cheapest closed way through a place, without the place itself; None when there is none."""
        begin, end = ends(cell)
        group = self.numbers.groups[cell]
        ways = []
        if self.measure == 0 or group.number(self.measure) < group.students:
            ways.append(self.way(end, begin, cost, cell))
        if group.number(self.measure) > self.least:
            ways.append(self.way(begin, end, cost, cell))
        found = [way for way in ways if way is not None]
        return min(found, key=lambda way: sum(cost(each) or 0 for each in way)) if found else None


def _back(came: Mapping[Node, tuple[Node, Cell]], start: Node, goal: Node) -> Iterator[Cell]:
    node = goal
    while node != start:
        node, cell = came[node]
        yield cell


def school_total(school: str) -> Cell:
    return Cell(ALL, school, ALL)
