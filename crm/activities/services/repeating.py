"""When a repeated task is due again. Days only: no clock, no time zone, no change of either moves them."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

LAST_DAY: Final = date(2200, 12, 31)
MOST: Final = 365
"""The largest number that stands in “every … days”."""


def due_again(begun: date, due: date, repeat: str, every: int, not_before: date) -> date | None:
    """The first day of the repetition after `due` and not before `not_before`; None when it never comes.

    The days are counted from `begun`, so that the 31st comes back to the 31st after a shorter month, and
    February 29th after three years without one.
    """
    if not repeat:
        return None
    wanted = max(due + timedelta(days=1), not_before)
    step = max(every, 1)
    number = max(_at_least(begun, wanted, repeat) // step, 0)
    try:
        while (found := _occurrence(begun, repeat, number * step)) < wanted:
            number += 1
    except (OverflowError, ValueError):
        return None
    return found if found <= LAST_DAY else None


def _at_least(begun: date, wanted: date, repeat: str) -> int:
    """A number of days, weekdays, weeks, months or years that does not lead beyond `wanted`."""
    days = (wanted - begun).days
    months = (wanted.year - begun.year) * 12 + wanted.month - begun.month
    return {
        "day": days,
        "weekday": days // 7 * 5 - 5,
        "week": days // 7,
        "month": months - 1,
        "year": months // 12 - 1,
    }[repeat]


def _occurrence(begun: date, repeat: str, number: int) -> date:
    if repeat == "weekday":
        return _weekdays_after(begun, number)
    if repeat in {"month", "year"}:
        return months_after(begun, number * (12 if repeat == "year" else 1))
    return begun + timedelta(days=number * (7 if repeat == "week" else 1))


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last one of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _weekdays_after(day: date, number: int) -> date:
    """So many weekdays later; from a Saturday or Sunday it is counted from the Friday before."""
    weekday = min(day.weekday(), 4)
    monday = day - timedelta(days=day.weekday())
    weeks, rest = divmod(weekday + number, 5)
    return monday + timedelta(days=weeks * 7 + rest)
