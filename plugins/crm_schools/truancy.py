"""Truancy: unexcused days alone, by the law of a state. It stands beside chronic absence and is another
thing."""

from collections.abc import Sequence
from datetime import date
from typing import Final

Unexcused = Sequence[tuple[date, int]]
"""Days with unexcused half days, in order."""

FULL_DAY = 2
LAWS: Final = frozenset({"ct", "ca", "sc"})
"""The laws by which `reason` finds anybody truant."""

AGES: Final = {"ct": (5, 18)}
"""From which age to which, both included, a law holds, where it says so. Source: Conn. Gen. Stat.
§10-198a."""

YOUNG: Final = frozenset({"PK", "TK"})
"""Grades whose children are mostly younger than such a law says."""


def of_age(law: str, unexcused: Unexcused, born: date | None, grade: str) -> list[tuple[date, int]]:
    """The days on which a law of AGES held for somebody. Whose birth date nobody knows is of age, but before
    kindergarten."""
    first, last = AGES[law]
    if born is None:
        return [] if grade in YOUNG else list(unexcused)
    return [each for each in unexcused if first <= age_on(born, each[0]) <= last]


def age_on(born: date, day: date) -> int:
    """How many years old somebody is on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


FEWEST: Final = 3 * FULL_DAY
"""No law asks less: unexcused half days, and as many as of a full day for each long tardy."""


def reason(law: str, unexcused: Unexcused, long_tardies: int, school_days: Sequence[date]) -> str:
    """Why somebody is truant by a law (`ct`, `ca`, `sc`), as a code that `words.TRUANCY` says in words;
    empty when they are not, or where no law is known."""
    if law == "ct":
        return _connecticut(unexcused)
    if law == "ca":
        return _california(unexcused, long_tardies)
    return _south_carolina(unexcused, school_days) if law == "sc" else ""


def of_total(law: str, halves: int) -> str:
    """The same where only a summary came, which says how many half days in all: what that alone decides."""
    most = {"ct": (10, "ct_year"), "ca": (3, "ca_days"), "sc": (5, "sc_total")}
    days, why = most.get(law, (0, ""))
    return why if days and halves >= days * FULL_DAY else ""


def _connecticut(unexcused: Unexcused) -> str:
    """Four unexcused absences in any month or ten in a school year, ages 5 to 18. Source: Conn. Gen.
    Stat. §10-198a as stated by truancyprevention.org. Present for half a day is in attendance, so only
    full days."""
    days = [day for day, halves in unexcused if halves >= FULL_DAY]
    if len(days) >= 10:
        return "ct_year"
    if len(days) < 4:
        return ""
    months = [(day.year, day.month) for day in days]
    return "ct_month" if any(months.count(month) >= 4 for month in set(months)) else ""


def _california(unexcused: Unexcused, long_tardies: int) -> str:
    """Three full days without a valid excuse, or three tardies of more than 30 minutes, or a mixture of
    both. Source: California Education Code §48260 as stated by district pages."""
    full = sum(1 for _day, halves in unexcused if halves >= FULL_DAY)
    if full >= 3:
        return "ca_days"
    return "ca_mixed" if full + long_tardies >= 3 else ""


def _south_carolina(unexcused: Unexcused, school_days: Sequence[date]) -> str:
    """Three unexcused days in a row or five in all. Source: S.C. Code Regs. 43-274 as stated by district
    pages."""
    days = {day for day, halves in unexcused if halves >= FULL_DAY}
    if len(days) >= 5:
        return "sc_total"
    run = 0
    for day in school_days if len(days) >= 3 else ():
        run = run + 1 if day in days else 0
        if run >= 3:
            return "sc_row"
    return ""
