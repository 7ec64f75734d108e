"""What one report hides is not told by taking another report of the same year from it."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_schools.suppression import ALL, Cell, Group, Numbers, Release, Rule, Unsafe, attack, protect

SCHOOLS = "ABCD"
FIRST = ((200, 40), (100, 20), (100, 20), (100, 20))
LATER = ((211, 47), (101, 21), (101, 21), (100, 20))
Students = list[tuple[str, str, str, bool]]


def schools(*groups: tuple[int, int]) -> Numbers:
    pairs = zip(SCHOOLS, groups, strict=True)
    return Numbers.from_parts({"grade": {(name, "1"): Group(n, (count,)) for name, (n, count) in pairs}})


def cells(names: str) -> frozenset[Cell]:
    return frozenset(Cell(*each) for name in names for each in ((ALL, name, ALL), ("grade", name, "1")))


def test_two_hidden_schools_do_not_tell_together_of_the_two_who_came() -> None:
    """The total less the schools that are shown is 200 of whom 40 are absent, then 202 of whom 42 are."""
    first = protect(schools(*FIRST), Rule())
    assert not first.hidden
    told = attack([first, Release(schools(*LATER), cells("BC"))])
    assert {(each.how, each.measure, each.value) for each in told} == {
        ("difference", 0, 2),
        ("difference", 1, 2),
    }
    later = protect(schools(*LATER), Rule(), [first])
    assert attack([first, later]) == []
    assert later.hidden == cells("ABC"), "the school that changed most blurs the change of the two"


def test_nor_do_two_that_the_first_report_hid_and_the_second_shows() -> None:
    first = Release(schools(*FIRST), cells("BC"))
    told = attack([first, Release(schools(*LATER))])
    assert {each.how for each in told} == {"difference"}
    assert attack([first, protect(schools(*LATER), Rule(), [first])]) == []


def numbers(students: Students) -> Numbers:
    parts: dict[str, dict[tuple[str, str], Group]] = {"grade": {}, "race": {}}
    for school, grade, race, absent in students:
        for dimension, value in (("grade", grade), ("race", race)):
            before = parts[dimension].get((school, value), Group(0, (0,)))
            after = Group(before.students + 1, (before.counts[0] + absent,))
            parts[dimension][school, value] = after
    return Numbers.from_parts(parts)


def some(dice: random.Random, number: int) -> Students:
    return [
        (dice.choice(SCHOOLS), dice.choice("K123"), dice.choice("vwwwwwxy"), dice.random() < 0.2)
        for _ in range(number)
    ]


def few_left_over(earlier: Release, later: Release) -> list[int]:
    """What a reader finds with a pencil: for each total that both reports show, the total less the parts that
    both show, then and now."""
    found = []
    for sum_ in later.numbers.sums():
        both = [part for part in sum_.parts if part in earlier.shown() and part in later.shown()]
        shown = [each.shown() for each in (earlier, later) if sum_.whole in each.shown()]
        rests = [each[sum_.whole].students - sum(each[part].students for part in both) for each in shown]
        if len(rests) == 2 and any(part not in both for part in sum_.parts):
            found.append(abs(rests[1] - rests[0]))
    return [each for each in found if 0 < each < 10]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.sampled_from([300, 2000]), st.sampled_from([15, 60]))
def test_a_district_that_grew_a_little_tells_of_no_few(seed: int, size: int, came: int) -> None:
    dice = random.Random(seed)
    students = some(dice, size)
    try:
        first = protect(numbers(students), Rule())
        later = protect(numbers(students + some(dice, came)), Rule(), [first])
    except Unsafe:
        return  # Refusing is the other honest answer.
    assert attack([first, later]) == []
    assert few_left_over(first, later) == []
