"""When a repeated task is due again: months of every length, weekends, clocks, the end of time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.activities.services.repeating import LAST_DAY, due_again, months_after

LONG_AGO = date(1990, 1, 1)
UNITS = ["day", "weekday", "week", "month", "year"]
DAYS = st.dates(date(1990, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    "begun, due, repeat, every, expected",
    [
        ("2026-01-31", "2026-01-31", "month", 1, "2026-02-28"),
        ("2026-01-31", "2026-02-28", "month", 1, "2026-03-31"),
        ("2026-01-31", "2026-03-31", "month", 1, "2026-04-30"),
        ("2028-01-31", "2028-01-31", "month", 1, "2028-02-29"),
        ("2026-11-30", "2026-11-30", "month", 3, "2027-02-28"),
        ("2026-11-30", "2027-02-28", "month", 3, "2027-05-30"),
        ("2024-02-29", "2024-02-29", "year", 1, "2025-02-28"),
        ("2024-02-29", "2027-02-28", "year", 1, "2028-02-29"),
        ("2026-03-07", "2026-03-07", "day", 1, "2026-03-08"),
        ("2026-10-31", "2026-10-31", "day", 1, "2026-11-01"),
        ("2026-10-31", "2026-11-01", "day", 1, "2026-11-02"),
        ("2026-03-04", "2026-03-04", "week", 2, "2026-03-18"),
        ("2026-03-06", "2026-03-06", "weekday", 1, "2026-03-09"),
        ("2026-03-07", "2026-03-07", "weekday", 1, "2026-03-09"),
        ("2026-03-04", "2026-03-04", "weekday", 3, "2026-03-09"),
        ("2026-12-31", "2026-12-31", "weekday", 1, "2027-01-01"),
    ],
)
def test_the_next_day(begun: str, due: str, repeat: str, every: int, expected: str) -> None:
    found = due_again(date.fromisoformat(begun), date.fromisoformat(due), repeat, every, LONG_AGO)
    assert found == date.fromisoformat(expected)


def test_what_was_missed_is_not_made_up_for() -> None:
    """A weekly task of January done in March is due on the next of its weekdays, not in January again."""
    monday = date(2026, 1, 5)
    assert due_again(monday, monday, "week", 1, date(2026, 3, 4)) == date(2026, 3, 9)
    assert due_again(monday, monday, "week", 1, date(2026, 3, 9)) == date(2026, 3, 9)
    assert due_again(monday, monday, "day", 1, date(2026, 3, 4)) == date(2026, 3, 4)


def test_what_is_done_early_comes_after_the_day_it_was_due() -> None:
    friday = date(2026, 3, 6)
    assert due_again(friday, friday, "week", 1, date(2026, 3, 2)) == date(2026, 3, 13)


def test_it_ends_somewhere() -> None:
    assert due_again(LAST_DAY, LAST_DAY, "year", 1, LONG_AGO) is None
    assert due_again(date(2026, 1, 1), date(2026, 1, 1), "", 1, LONG_AGO) is None


@given(
    DAYS,
    st.integers(0, 3000),
    st.sampled_from(["day", "weekday", "week", "month", "year"]),
    st.integers(1, 365),
)
def test_the_next_day_is_always_later_and_of_the_rhythm(
    begun: date, later: int, repeat: str, every: int
) -> None:
    due = begun + timedelta(days=later)
    found = due_again(begun, due, repeat, every, LONG_AGO)
    if found is None:
        return
    assert found > due
    if repeat == "month":
        assert (
            found.day == begun.day
            or found.day
            == (found.replace(day=28) + timedelta(days=4)).replace(day=1).toordinal()
            - found.replace(day=1).toordinal()
        )
    if repeat in {"day", "week"}:
        assert (found - begun).days % (every * (7 if repeat == "week" else 1)) == 0
    if repeat == "weekday":
        assert found.weekday() < 5


@given(DAYS, st.integers(0, 600))
def test_months_are_counted_like_people_do(day: date, months: int) -> None:
    found = months_after(day, months)
    assert (found.year - day.year) * 12 + found.month - day.month == months
    assert found.day <= day.day
