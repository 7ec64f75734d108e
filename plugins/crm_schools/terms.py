"""On which days there was school: what days enrolled are counted by, and which absences count."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools.models import Calendar, Day, Session

Basis = Literal["calendar", "stated", "weekdays"]
COUNTED_DAYS: Final = ("instruction", "makeup")
FEWEST_DAYS: Final = 20
"""A calendar with fewer days, where nothing says how many there should be, is no school year's."""
SATURDAY: Final = 5
SPAN: Final = 30
"""Days of school on each side of something, before and after which absence is compared."""
FEWEST: Final = 10
"""Fewer days than that say nothing."""


def month_index(day: date) -> int:
    """The place of a month in a school year: July is 0, June 11."""
    return (day.month - 7) % 12


@dataclass
class Term:
    """The days of school of one school and grade in one year, sorted.

    `days` is what enrolment is counted by. Where only terms state how many days they have, `days` are as many
    weekdays, spread evenly, so that the whole term counts exactly what it states and a part of it its share;
    which of the weekdays they were nobody knows, so an absence counts on any of them."""

    basis: Basis
    days: Sequence[date]
    open_days: frozenset[date]
    _counted: dict[tuple[date, date], tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def open_ordinals(self) -> frozenset[int]:
        """The same days as `open_days`, as ordinals."""
        return frozenset(day.toordinal() for day in self.open_days)

    @cached_property
    def open_sorted(self) -> Sequence[date]:
        """The same days in order."""
        return sorted(self.open_days)

    def is_school(self, day: date) -> bool:
        """Whether an absence on that day can count."""
        return day in self.open_days

    def between(self, begins: date, ends: date) -> int:
        """How many days of school there are from one day to another, both included."""
        return max(0, bisect_right(self.days, ends) - bisect_left(self.days, begins))

    def by_month(self, begins: date, ends: date) -> tuple[int, ...]:
        """The same for each month, July to June."""
        known = self._counted.get((begins, ends))
        if known is None:
            months = [0] * 12
            for day in self.days[bisect_left(self.days, begins) : bisect_right(self.days, ends)]:
                months[month_index(day)] += 1
            known = self._counted[begins, ends] = tuple(months)
        return known


class Terms:
    """All terms of one district and school year; `year` is a `models.Year` or a row of its table. Raises
    nothing: what is not known is counted by weekdays, and `Term.basis` says so."""

    def __init__(self, district_id: int, year: Any) -> None:
        self.year = year
        self._calendars = _calendars(district_id, year.school_year)
        self._sessions = _sessions(district_id, year.school_year)
        self._made: dict[tuple[int, str], Term] = {}
        self._of_calendar: dict[int, Term] = {}
        self._of_weekdays: Term | None = None

    def of(self, school_id: int, grade: str) -> Term:
        """The term of a grade in a school."""
        key = (school_id, grade)
        if key not in self._made:
            self._made[key] = self._make(school_id, grade)
        return self._made[key]

    def _make(self, school_id: int, grade: str) -> Term:
        sessions = self._sessions.get(school_id, [])
        stated = sum(session.stated_days or 0 for session in sessions)
        days = self._calendar(school_id, grade)
        # A calendar that names less than half of the days that the terms state is a fragment.
        if days and (2 * len(days) >= stated if stated else len(days) >= FEWEST_DAYS):
            # Schools and grades that share a calendar share what was counted by it.
            if id(days) not in self._of_calendar:
                self._of_calendar[id(days)] = Term("calendar", days, frozenset(days))
            return self._of_calendar[id(days)]
        if stated:
            return _stated(sessions)
        if self._of_weekdays is None:
            days = weekdays(self.year.begins_on, self.year.ends_on)
            self._of_weekdays = Term("weekdays", days, frozenset(days))
        return self._of_weekdays

    def _calendar(self, school_id: int, grade: str) -> list[date]:
        """The narrowest calendar that there is."""
        for key in ((school_id, grade), (school_id, ""), (None, grade), (None, "")):
            if days := self._calendars.get(key):
                return days
        return []


def _stated(sessions: Sequence[Any]) -> Term:
    days: list[date] = []
    open_days: set[date] = set()
    for session in sessions:
        if session.stated_days:
            found = weekdays(session.begins_on, session.ends_on)
            open_days.update(found)
            days += spread(found, session.stated_days)
    return Term("stated", sorted(set(days)), frozenset(open_days))


def spread(days: Sequence[date], wanted: int) -> list[date]:
    """`wanted` of the days, evenly; all of them where there are not as many."""
    if wanted >= len(days):
        return list(days)
    count = len(days)
    return [day for i, day in enumerate(days) if (i + 1) * wanted // count > i * wanted // count]


class Around(NamedTuple):
    """Equally many days of school, `length`, on both sides of something: the first day of the days before it,
    the first and the last from then on. Of a term whose days nobody knows absences between them count on any
    weekday."""

    first: date
    begins_on: date
    last: date
    length: int

    def missed(self, absences: Mapping[date, int]) -> tuple[int, int]:
        """Half days missed before and after, of those by day."""
        before = sum(halves for day, halves in absences.items() if self.first <= day < self.begins_on)
        after = sum(halves for day, halves in absences.items() if self.begins_on <= day <= self.last)
        return before, after


Stays = Sequence[tuple[date, date | None]]


def around(days: Sequence[date], begins_on: date, stays: Stays) -> Around | None:
    """Equally many of the days of school on which a student was enrolled, before something began and from
    then on; None if too few. `stays` are their first and last days; None while one lasts."""
    enrolled: list[date] = []
    for begins, ends in stays:
        last = len(days) if ends is None else bisect_right(days, ends)
        enrolled += days[bisect_left(days, begins) : last]
    enrolled = sorted(set(enrolled)) if len(stays) > 1 else enrolled
    place = bisect_left(enrolled, begins_on)
    length = min(SPAN, place, len(enrolled) - place)
    if length < FEWEST:
        return None
    return Around(enrolled[place - length], begins_on, enrolled[place + length - 1], length)


def weekdays(begins: date, ends: date) -> list[date]:
    """Mondays to Fridays from one day to another, both included."""
    found = (begins + timedelta(number) for number in range((ends - begins).days + 1))
    return [day for day in found if day.weekday() < SATURDAY]


def _calendars(district_id: int, school_year: int) -> Mapping[tuple[int | None, str], list[date]]:
    statement = (
        select(Calendar.school_id, Calendar.grade, Day.on_date)
        .join(Day, Day.calendar_id == Calendar.id)
        .where(
            Calendar.district_id == district_id,
            Calendar.school_year == school_year,
            Day.kind.in_(COUNTED_DAYS),
        )
    )
    found: dict[tuple[int | None, str], set[date]] = defaultdict(set)
    with system("days of school are counted for everybody"):
        for school_id, grade, day in db.session().execute(statement):
            found[school_id, grade].add(day)
    return {key: sorted(days) for key, days in found.items()}


def _sessions(district_id: int, school_year: int) -> Mapping[int, list[Any]]:
    from crm_schools.models import School

    statement = (
        select(Session.school_id, Session.begins_on, Session.ends_on, Session.stated_days)
        .join(School, School.id == Session.school_id)
        .where(School.district_id == district_id, Session.school_year == school_year)
        .order_by(Session.begins_on)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    with system("days of school are counted for everybody"):
        for session in db.session().execute(statement):
            found[session.school_id].append(session)
    return found
