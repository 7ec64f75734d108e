"""What a public report hides cannot be found out, whatever the district looks like."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_schools.suppression import ALL, Cell, Group, Numbers, Release, Rule, Unsafe, attack, protect

Parts = dict[str, dict[tuple[str, str], Group]]


def district(seed: int, schools: int, most: int, chronic: float) -> Numbers:
    """Students of made-up schools, each in a grade, a group and a gender; two measures are counted."""
    dice = random.Random(seed)
    weights = {"race": [dice.random() ** 2 + 0.01 for _ in range(5)], "gender": [0.49, 0.49, 0.02]}
    parts: Parts = {"grade": {}, "race": {}, "gender": {}}
    for number in range(schools):
        first = dice.choice([0, 0, 6])
        for _ in range(dice.randint(1, most)):
            counted = (int(dice.random() < chronic), int(dice.random() < chronic / 2))
            values = {"grade": str(first + dice.randint(0, 5))}
            values |= {name: str(dice.choices(range(len(w)), w)[0]) for name, w in weights.items()}
            for dimension, value in values.items():
                before = parts[dimension].get((f"s{number}", value), Group(0, (0, 0)))
                counts = tuple(a + b for a, b in zip(before.counts, counted, strict=True))
                parts[dimension][f"s{number}", value] = Group(before.students + 1, counts)
    return Numbers.from_parts(parts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 10**6), st.integers(2, 8), st.sampled_from([5, 40, 200]), st.sampled_from([0.02, 0.2, 0.6])
)
def test_nothing_hidden_can_be_recovered(seed: int, schools: int, most: int, chronic: float) -> None:
    numbers = district(seed, schools, most, chronic)
    try:
        release = protect(numbers, Rule())
    except Unsafe:
        return  # Refusing is the other honest answer.
    assert attack([release]) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(2, 6), st.sampled_from([40, 200]))
def test_a_second_release_betrays_nothing_of_the_first(seed: int, schools: int, most: int) -> None:
    first, second = district(seed, schools, most, 0.2), district(seed, schools + 1, most, 0.2)
    try:
        earlier = protect(first, Rule())
        later = protect(second, Rule(), [earlier])
    except Unsafe:
        return
    assert attack([earlier, later]) == []


def test_ordinary_districts_are_not_refused() -> None:
    for seed in range(12):
        protect(district(seed, 6, 150, 0.2), Rule())


def test_the_audit_finds_what_is_only_hidden_because_it_is_small() -> None:
    found = [attack([protect(district(seed, 6, 150, 0.2), Rule(), complementary=False)]) for seed in range(6)]
    assert all(found), "an audit that cannot fail proves nothing"
    for each in found:
        assert {finding.how for finding in each} <= {"bounds", "sums", "together"}


def test_what_the_audit_says_is_the_true_number() -> None:
    numbers = district(3, 5, 120, 0.2)
    for finding in attack([protect(numbers, Rule(), complementary=False)]):
        if finding.how != "together":
            assert numbers.groups[finding.cell].number(finding.measure) == finding.value


def two_schools(first: Mapping[str, Group], second: Mapping[str, Group]) -> Numbers:
    atoms = {("north", value): group for value, group in first.items()}
    return Numbers.from_parts({"grade": atoms | {("south", value): group for value, group in second.items()}})


def test_one_small_grade_hides_a_square_and_no_total() -> None:
    large = Group(60, (12,))
    rows = {"K": large, "1": large, "2": large}
    release = protect(two_schools(rows | {"K": Group(8, (2,))}, rows), Rule())
    assert Cell("grade", "north", "K") in release.hidden
    assert len(release.hidden) == 4
    assert all(cell.dimension and cell.school and cell.value for cell in release.hidden)


def test_a_place_that_was_hidden_is_not_shown_later_with_the_same_numbers() -> None:
    large, small = Group(60, (12,)), Group(8, (2,))
    before = two_schools({"K": small, "1": large, "2": large}, {"K": large, "1": large, "2": large})
    earlier = protect(before, Rule())
    after = two_schools({"K": Group(30, (9,)), "1": large, "2": large}, {"K": large, "1": large, "2": large})
    assert attack([earlier, Release(after)]), "showing all of the second release tells of the first"
    assert attack([earlier, protect(after, Rule(), [earlier])]) == []


def test_what_changed_a_little_since_the_last_release_is_not_shown_again() -> None:
    large = Group(60, (12,))
    rows = {"K": large, "1": large, "2": large}
    earlier = protect(two_schools(rows, rows), Rule())
    assert not earlier.hidden
    one_more = two_schools(rows | {"K": Group(61, (13,))}, rows)
    assert {finding.how for finding in attack([earlier, Release(one_more)])} == {"difference"}
    with pytest.raises(Unsafe):
        protect(one_more, Rule(), [earlier])
    moved = two_schools(rows | {"K": Group(61, (13,)), "1": Group(80, (24,))}, rows)
    later = protect(moved, Rule(), [earlier])
    assert Cell("grade", "north", "K") in later.hidden
    assert attack([earlier, later]) == []
    other = two_schools(rows | {"K": Group(80, (24,)), "1": Group(80, (24,))}, rows)
    assert not protect(other, Rule(), [earlier]).hidden


def test_a_place_that_is_listed_has_somebody_in_it() -> None:
    """Two hidden places with two students together have one each, though a square hides them."""
    large, one = Group(60, (12,)), Group(1, (0,))
    numbers = two_schools({"K": one, "1": one, "2": large}, {"K": large, "1": large, "2": large})
    square = frozenset(Cell("grade", school, grade) for school in ("north", "south") for grade in ("K", "1"))
    told = {finding.cell for finding in attack([Release(numbers, square)]) if finding.measure == 0}
    assert told == square
    assert attack([protect(numbers, Rule())]) == []


def test_what_is_hidden_is_no_small_group_together() -> None:
    """Two groups of 6 students hide one another, and the total less the others would tell of the twelve."""
    large, six = Group(60, (12,)), Group(6, (2,))
    rows = {"a": large, "b": six, "c": six, "d": Group(40, (9,))}
    numbers = two_schools(rows, rows)
    small = {cell for cell in numbers.groups if cell.value in {"b", "c"}}
    told = {finding.how for finding in attack([Release(numbers, frozenset(small))])}
    assert told == {"together"}
    release = protect(numbers, Rule())
    assert Cell("grade", "north", "d") in release.hidden
    assert Cell("grade", "north", "a") in release.shown()
    assert attack([release]) == []


def test_a_district_of_very_few_students_shows_nothing() -> None:
    numbers = two_schools({"K": Group(3, (1,))}, {"K": Group(4, (0,))})
    assert protect(numbers, Rule()).shown() == {}


def test_everybody_absent_is_hidden_too() -> None:
    """A group of 30 of whom all are absent says of each of them that they are."""
    rows = {"K": Group(60, (12,)), "1": Group(60, (12,)), "2": Group(60, (12,))}
    release = protect(two_schools(rows | {"1": Group(30, (30,))}, rows), Rule())
    assert Cell("grade", "north", "1") in release.hidden


def test_dimensions_must_divide_the_same_students() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        Numbers.from_parts({"grade": {("a", "K"): Group(20, (3,))}, "gender": {("a", "f"): Group(19, (3,))}})
    assert Numbers.from_parts({"grade": {}}).groups[Cell(ALL, ALL, ALL)].students == 0
