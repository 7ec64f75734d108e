"""Several sums of a public report together tell of no small group; looked for in another way."""

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Final

import pytest

from crm_schools.suppression import Cell, Group, Release, Rule, Unsafe, attack, is_sensitive, protect
from crm_schools.suppression.protect import _Protector
from crm_schools.tests.test_suppression import district

PRIME: Final = 10_007
SEEDS: Final = (9, 10, 20, 34)


def rank(rows: list[list[int]]) -> int:
    """Of a matrix, by elimination column by column."""
    rows, found = [row[:] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[column] % PRIME), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        inverse = pow(pivot[column], -1, PRIME)
        rows = [
            [(a - b * row[column] * inverse) % PRIME for a, b in zip(row, pivot, strict=True)] for row in rows
        ]
        rows.insert(found, pivot)
        found += 1
    return found


def small_groups(release: Release) -> list[tuple[Cell, ...]]:
    """Two or three hidden places of different students, or one without another that is a part of it, that
    follow from what is shown and are too few."""
    hidden, groups = sorted(release.hidden), release.numbers.groups
    place = {cell: number for number, cell in enumerate(hidden)}
    rows = []
    for each in release.numbers.sums():
        row = [0] * len(hidden)
        for cell, sign in ((each.whole, 1), *((part, -1) for part in each.parts)):
            if cell in place:
                row[place[cell]] += sign
        rows.append(row)
    known, found = rank(rows), []
    for cells, signs in candidates(hidden):
        students = sum(sign * groups[cell].students for cell, sign in zip(cells, signs, strict=True))
        count = sum(sign * groups[cell].counts[0] for cell, sign in zip(cells, signs, strict=True))
        asked = [0] * len(hidden)
        for cell, sign in zip(cells, signs, strict=True):
            asked[place[cell]] = sign
        is_small = students > 0 and is_sensitive(Group(students, (count,)), Rule())
        if is_small and rank([*rows, asked]) == known:
            found.append(cells)
    return found


def candidates(hidden: list[Cell]) -> Iterator[tuple[tuple[Cell, ...], tuple[int, ...]]]:
    for size in (2, 3):
        for cells in combinations(hidden, size):
            if all(are_apart(one, other) for one, other in combinations(cells, 2)):
                yield cells, (1,) * size
    for whole, part in permutations(hidden, 2):
        of_value = (whole.dimension, whole.value) == (part.dimension, part.value) and not whole.school
        of_school = whole.is_school and part.school == whole.school
        if of_value or of_school:
            yield (whole, part), (1, -1)


def are_apart(one: Cell, other: Cell) -> bool:
    if one.school and other.school and one.school != other.school:
        return True
    return bool(one.dimension) and one.dimension == other.dimension and one.value != other.value


def released(seed: int) -> Release | None:
    """A report of two schools; None where nothing can be told of them."""
    try:
        return protect(district(seed, 2, 200, 0.2).only(1), Rule())
    except Unsafe:
        return None


def test_no_two_or_three_hidden_places_are_told_as_a_small_group() -> None:
    made = [release for release in map(released, SEEDS) if release is not None]
    assert len(made) == len(SEEDS)
    assert [small_groups(release) for release in made] == [[]] * len(made)


def test_small_groups_are_found_by_both_ways_where_they_are_not_kept_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_Protector, "_separate", lambda self: None)
    made = [release for release in map(released, SEEDS) if release is not None]
    found = [bool(attack([release])) for release in made]
    assert found == [False, True, True, True]
    assert found == [bool(small_groups(release)) for release in made]
