"""Tables that write the first day of the term, for everybody, as the day of entry.

Such a day says nothing of when anybody came. It is known by what is stored: of most of a school the table
says one day, and it is long after the first day that most have there."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import db, system
from crm_schools.importing.dates import day_of
from crm_schools.importing.places import Places
from crm_schools.importing.roster.by_hand import PUT_RIGHT_WITHIN
from crm_schools.models import Enrolment
from crm_schools.words import fold, year_of

FEWEST: Final = 3
"""So many rows of a school are a list of it at least, and no single students who came on one day."""


class FirstDays:
    """Looks through the rows of a table; `settle` finds the first days of terms in them."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._entries: dict[str, Counter[str]] = defaultdict(Counter)
        self._of_terms: dict[int, date] = {}

    def take(self, school: str, entry: str) -> None:
        """What a row calls its school and its day of entry."""
        self._entries[fold(school)][entry] += 1

    def settle(self) -> None:
        """All rows were taken."""
        commonest = {
            school_id: (day, count)
            for school, entries in self._entries.items()
            if (school_id := self._places.school(school)) is not None
            for entry, count in entries.most_common(1)
            if count >= FEWEST
            and 2 * count > entries.total()
            and (day := day_of(entry) if entry else None) is not None
        }
        known = _known({school_id: day for school_id, (day, _count) in commonest.items()})
        for school_id, (day, count) in commonest.items():
            first, students = known.get(school_id, (day, 0))
            if day - first > PUT_RIGHT_WITHIN and 2 * count >= students:
                self._of_terms[school_id] = day

    def is_of_term(self, school_id: int | None, day: date | None) -> bool:
        return day is not None and self._of_terms.get(school_id or 0) == day

    def __bool__(self) -> bool:
        """Whether any is one of a term."""
        return bool(self._of_terms)


def _known(days: Mapping[int, date]) -> dict[int, tuple[date, int]]:
    """By school, in the school year of a day: the first day that most have there, and how many students."""
    years = {school_id: year_of(day.month, day.year) for school_id, day in days.items()}
    statement = (
        select(Enrolment.school_id, Enrolment.school_year, Enrolment.begins_on, func.count())
        .where(db.among(Enrolment.school_id, days), db.among(Enrolment.school_year, {*years.values()}))
        .where(Enrolment.ends_on.is_(None))
        .group_by(Enrolment.school_id, Enrolment.school_year, Enrolment.begins_on)
    )
    with system("a table is compared with the first days that are known"):
        rows: list[Any] = list(db.session().execute(statement)) if days else []
    found: dict[int, Counter[date]] = defaultdict(Counter)
    for school_id, year, begins, count in rows:
        if years[school_id] == year:
            found[school_id][begins] += count
    return {school_id: (begun.most_common(1)[0][0], begun.total()) for school_id, begun in found.items()}
