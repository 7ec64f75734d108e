"""Where things stand in the drawings: positions only, the templates draw."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crm.campaigns.goals import Moment
from crm.campaigns.models import Target

COLUMNS: Final = (None, -2, -1, 0, 1, 2)
"""Support from left to right, what nobody knows first."""
WIDE, HIGH, LEFT = 88, 68, 34
IN_ROW, IN_CELL = 3, 6


@dataclass(frozen=True)
class Dot:
    """A target on the power map. `number` is its place in the table beside it; `more` stands for so many that
    found no room."""

    x: int
    y: int
    number: int
    support: int | None
    name: str = ""
    more: int = 0


@dataclass(frozen=True)
class PowerMap:
    """Influence upwards, support to the right."""

    width: int
    height: int
    dots: Sequence[Dot]
    columns: Sequence[tuple[int, int | None]]
    rows: Sequence[tuple[int, int]]


def power_map(targets: Sequence[tuple[Target, str]]) -> PowerMap:
    """Targets with their names, numbered from 1 in the order given."""
    cells: dict[tuple[int | None, int], list[tuple[int, Target, str]]] = defaultdict(list)
    for number, (target, name) in enumerate(targets, start=1):
        cells[target.support, target.influence].append((number, target, name))
    dots: list[Dot] = []
    for (support, influence), inside in cells.items():
        left, top = LEFT + COLUMNS.index(support) * WIDE, (5 - influence) * HIGH
        shown = inside if len(inside) <= IN_CELL else inside[: IN_CELL - 1]
        for place, (number, _target, name) in enumerate(shown):
            x, y = _place(left, top, place, len(inside))
            dots.append(Dot(x, y, number, support, name))
        if len(shown) < len(inside):
            x, y = _place(left, top, IN_CELL - 1, len(inside))
            dots.append(Dot(x, y, 0, support, more=len(inside) - len(shown)))
    return PowerMap(
        LEFT + len(COLUMNS) * WIDE,
        5 * HIGH,
        sorted(dots, key=lambda dot: dot.number or 10**9),
        [(LEFT + number * WIDE, each) for number, each in enumerate(COLUMNS)],
        [(number * HIGH, 5 - number) for number in range(5)],
    )


def _place(left: int, top: int, place: int, count: int) -> tuple[int, int]:
    """The middle of a dot in its cell: alone in the middle, else in two rows of three."""
    in_row = min(count, IN_ROW)
    x = left + (place % IN_ROW + 1) * WIDE // (in_row + 1)
    y = top + (HIGH // 2 if count <= IN_ROW else HIGH // 4 + 4 + (place // IN_ROW) * (HIGH // 2 - 8))
    return x, y


@dataclass(frozen=True)
class Growth:
    """The bars of a goal's chart, and how high its target lies, between 0 and 1."""

    bars: Sequence[tuple[float, Moment, bool]]
    line: float
    wide: int


def growth(moments: Sequence[Moment], target: int) -> Growth:
    """Each moment with its height and whether its name is shown beside it (there is room for four)."""
    most = max([target, *(each.total for each in moments)])
    every = max(1, -(-len(moments) // 4))
    last = len(moments) - 1
    bars = [(each.total / most, each, (last - number) % every == 0) for number, each in enumerate(moments)]
    return Growth(bars, target / most, max(10, min(40, 240 // max(len(moments), 1))))
