"""School years of an archive, by the rows of its academicSessions.csv."""

import sqlite3
from collections.abc import Iterable
from datetime import date

from crm_schools.importing.dates import day_of, school_year_of
from crm_schools.importing.places import Places
from crm_schools.importing.roster.years import Years
from crm_schools.words import year_of


def stored_years(places: Places) -> Years:
    """The school years that are set up; of several districts from the earliest day to the latest."""
    return joined_years((row.school_year, (row.begins_on, row.ends_on)) for row in places.years.values())


def at_least(terms: Years, known: Years) -> dict[int, tuple[date, date]]:
    """The years of terms, each from the earliest day to the latest of both."""
    return joined_years([*terms.items(), *((year, days) for year, days in known.items() if year in terms)])


def joined_years(spans: Iterable[tuple[int, tuple[date, date]]]) -> dict[int, tuple[date, date]]:
    """By school year, from the earliest first day to the latest last one."""
    found: dict[int, tuple[date, date]] = {}
    for school_year, (begins, ends) in spans:
        first, last = found.get(school_year, (begins, ends))
        found[school_year] = min(first, begins), max(last, ends)
    return found


def days_of(row: sqlite3.Row) -> tuple[date, date] | None:
    """The first and last day of a year or term; None where it does not say them, in this order."""
    begins, ends = day_of(row["startDate"]), day_of(row["endDate"])
    return (begins, ends) if begins is not None and ends is not None and begins <= ends else None


def spans_of_years(sessions: Iterable[sqlite3.Row]) -> dict[int, tuple[date, date]]:
    """By school year, from the first day of these to the last."""
    return joined_years(map(_in_year, sessions))


def _in_year(row: sqlite3.Row) -> tuple[int, tuple[date, date]]:
    """The school year of a year or term that says its days, and those."""
    days = days_of(row)
    assert days is not None
    return school_year_of(row["schoolYear"]) or year_of(days[0].month, days[0].year), days


def is_year(row: sqlite3.Row) -> bool:
    return str(row["type"]).strip().casefold() == "schoolyear"
