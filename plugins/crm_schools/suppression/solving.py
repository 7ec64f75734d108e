"""Solve sums of places for those that nobody tells."""

from collections.abc import Iterable, Mapping
from typing import Final

from crm_schools.suppression.table import Cell

PRIME: Final = (1 << 61) - 1


def reduced(equations: Iterable[Mapping[Cell, int]]) -> dict[Cell, dict[Cell, int]]:
    """The sums once all are solved: for each unknown that they tell by others, a row in which it stands with
    1 beside those; one that stands alone is determined. Reckoned modulo `PRIME`: no fraction grows."""
    rows: dict[Cell, dict[Cell, int]] = {}
    users: dict[Cell, set[Cell]] = {}
    for equation in equations:
        row = {cell: k % PRIME for cell, k in equation.items()}
        for pivot in [cell for cell in row if cell in rows]:
            _subtract(row, rows[pivot], row[pivot])
        if not row:
            continue
        pivot = min(row, key=lambda cell: len(users.get(cell, ())))
        factor = pow(row[pivot], -1, PRIME)
        row = {cell: k * factor % PRIME for cell, k in row.items()}
        for other in list(users.get(pivot, ())):
            before = set(rows[other])
            _subtract(rows[other], row, rows[other][pivot])
            _index(users, other, before, set(rows[other]))
        rows[pivot] = row
        _index(users, pivot, set(), set(row))
    return rows


def _subtract(row: dict[Cell, int], other: Mapping[Cell, int], times: int) -> None:
    for cell, k in other.items():
        value = (row.get(cell, 0) - times * k) % PRIME
        if value:
            row[cell] = value
        else:
            row.pop(cell, None)


def _index(users: dict[Cell, set[Cell]], row: Cell, before: set[Cell], after: set[Cell]) -> None:
    for cell in before - after:
        users[cell].discard(row)
    for cell in after - before:
        users.setdefault(cell, set()).add(row)
