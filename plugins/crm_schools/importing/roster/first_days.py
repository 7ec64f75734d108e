"""Tables that write the first day of the term, for everybody, as the day of entry.

Such a day says nothing of when anybody came. It is known by what is stored: of most of a school, or of a
grade in it, the table says one day, and it is long after the first day that most have there."""

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
from crm_schools.words import fold, grade_of, year_of

Place = tuple[str, str]
"""What a table calls a school, and a grade, empty for all of them."""
FEWEST: Final = 3
"""So many rows of a school are a list of it at least, and no single students who came on one day."""


class FirstDays:
    """Looks through the rows of a table; `settle` finds the first days of terms in them."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._days: dict[Place, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._of_terms: set[tuple[int, date]] = set()

    def take(self, school: str, grade: str, entry: str, last: str) -> None:
        """What a row calls its school and its grade, and its days of entry and exit."""
        for of in {"", grade_of(grade) or ""}:
            self._days[fold(school), of][entry, last] += 1

    def settle(self) -> None:
        """All rows were taken. In a school of all grades only the upper ones may have terms."""
        said = {
            (school_id, grade): found
            for (school, grade), days in self._days.items()
            if (school_id := self._places.school(school)) is not None
            if (found := _commonest(days)) is not None
        }
        known = _known({school_id: day for (school_id, _grade), (day, _count) in said.items()})
        for (school_id, grade), (day, count) in said.items():
            first, students = known.get((school_id, grade), (day, 0))
            if day - first > PUT_RIGHT_WITHIN and 2 * count >= students:
                self._of_terms.add((school_id, day))

    def is_of_term(self, school_id: int | None, day: date | None) -> bool:
        return (school_id, day) in self._of_terms

    def __bool__(self) -> bool:
        """Whether any is one of a term."""
        return bool(self._of_terms)


def _commonest(days: Mapping[tuple[str, str], int]) -> tuple[date, int] | None:
    """The day of entry of most rows of a place, without those who had left by then or came later, and of how
    many."""
    entries = Counter[str]()
    for (entry, _last), count in days.items():
        entries[entry] += count
    entry, count = entries.most_common(1)[0]
    day = day_of(entry) if entry else None
    if day is None or count < FEWEST:
        return None
    there = sum(
        count for (came, last), count in days.items() if (day_of(came) or day) <= day <= (day_of(last) or day)
    )
    return (day, count) if 2 * count > there else None


def _known(days: Mapping[int, date]) -> dict[tuple[int, str], tuple[date, int]]:
    """By school and grade, and by school, in the school year of a day: the first day that most have there who
    are there on that day, and how many students."""
    years = {school_id: year_of(day.month, day.year) for school_id, day in days.items()}
    of = Enrolment.school_id, Enrolment.school_year, Enrolment.grade, Enrolment.begins_on, Enrolment.ends_on
    statement = (
        select(*of, func.count())
        .where(db.among(Enrolment.school_id, days), db.among(Enrolment.school_year, {*years.values()}))
        .group_by(*of)
    )
    with system("a table is compared with the first days that are known"):
        rows: list[Any] = list(db.session().execute(statement)) if days else []
    found: dict[tuple[int, str], Counter[date]] = defaultdict(Counter)
    for school_id, year, grade, begins, ends, count in rows:
        is_there = years[school_id] == year and begins <= days[school_id] <= (ends or date.max)
        for each in {"", grade} if is_there else ():
            found[school_id, each][begins] += count
    return {place: (begun.most_common(1)[0][0], begun.total()) for place, begun in found.items()}
