"""How far the attendance of a school year is known: the last day that counts, for all and by school."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools.models import Reached, School, Year

TO_THE_END: Final = timedelta(14)


def is_over(year: Year, today: date) -> bool:
    """Whether all days of a year count, whatever came."""
    return year.is_closed or today > year.ends_on


def reached_in(district_id: int, school_year: int) -> Mapping[int, date]:
    """By school of a district, the last day for which attendance came."""
    statement = (
        select(Reached.school_id, Reached.through_on)
        .join(School, School.id == Reached.school_id)
        .where(School.district_id == district_id, Reached.school_year == school_year)
    )
    with system("how far attendance has come"):
        return {row[0]: row[1] for row in db.session().execute(statement)}


def last_days(year: Year, today: date, came: Mapping[int, date]) -> Mapping[int, date]:
    """By school, the last day that counts, of those of which attendance `came`; where it came of none, the
    year's `through_of` holds for all. What a school never sent counts for nobody, and what it stopped sending
    long before the end only once somebody says that the year is complete.

    Source: EDU (edanalytics) counts the full calendar of a school that submitted through the year."""
    if year.is_closed:
        return dict.fromkeys(came, year.ends_on)
    if not is_over(year, today):
        return came
    return {school_id: year.ends_on if is_to_the_end(year, day) else day for school_id, day in came.items()}


def is_to_the_end(year: Year, day: date) -> bool:
    """Whether attendance up to a day is that of the whole year: in its last two weeks all may be present."""
    return day >= year.ends_on - TO_THE_END


def through_of(year: Year, today: date) -> date | None:
    """The last day that counts: of a year that is over, its last; else the last for which attendance came.

    Source: EDU (edanalytics) counts to the last date that the school submitted anything, or the full calendar
    once the year has ended."""
    if is_over(year, today):
        return year.ends_on if year.through_on or year.is_closed else None
    return year.through_on


def last_day_at(year: Year, today: date) -> Callable[[int], date | None]:
    """Gives the last day that counts at a school of a district and year; None where nothing came from it."""
    came = reached_in(year.district_id, year.school_year)
    by_school, of_all = last_days(year, today, came), through_of(year, today)
    return by_school.get if came else lambda school_id: of_all
