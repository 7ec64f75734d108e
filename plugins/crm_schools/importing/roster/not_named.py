"""Who is enrolled in the schools of a table and does not stand in it, or not at one of their schools.

A table may be a list of new students, so it ends nobody's stay; but most districts send all who are enrolled
today, without whoever left, and somebody has to be told that those stay enrolled here."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from crm.plugin_api import db, system
from crm_schools.importing.places import Places
from crm_schools.importing.roster import by_hand
from crm_schools.importing.roster.records import Record
from crm_schools.models import Enrolment, Student


class NotNamed:
    """Takes the rows of a table, then counts whom they leave out."""

    def __init__(self, places: Places, today: date) -> None:
        self._places, self._today = places, today
        self._named: dict[tuple[str, str], set[int]] = {}
        self._schools: set[int] = set()
        self._years = {
            (district, year)
            for (district, year), row in places.years.items()
            if row.begins_on <= today <= row.ends_on
        }

    def take(self, record: Record) -> None:
        """A row, of whatever school and year, names its student; of a stay in the year that runs it names the
        school."""
        named = self._named.setdefault((record["district_id"], record["key"].lstrip("0")), set())
        for word, school_year, *_days in record["spans"]:
            school = self._places.school(word)
            if school is not None and (self._places.district_of[school], school_year) in self._years:
                named.add(school)
                self._schools.add(school)

    def count(self) -> int:
        """How many students of schools of which the table has at least half: of others it is a part."""
        rows = self._enrolled() if self._schools else ()
        enrolled: dict[int, set[int]] = defaultdict(set)
        schools: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            enrolled[row.school_id].add(row.id)
            schools[row.id].add(row.school_id)
        missing: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            if self._is_missing(row, schools[row.id]):
                missing[row.school_id].add(row.id)
        return len(set().union(*(ids for at, ids in missing.items() if 2 * len(ids) <= len(enrolled[at]))))

    def _is_missing(self, row: Any, schools: Collection[int]) -> bool:
        """Whether the table does not name a student, or names them only at others of the `schools` where they
        are; whom it names at one that is new has moved."""
        found = [self._named[each] for each in _ways(row) if each in self._named]
        named = set().union(*found)
        return not found or bool(named and row.school_id not in named and named.issubset(schools))

    def _enrolled(self) -> Any:
        """Who is enrolled today by a roster: whom people added by hand no table names."""
        statement = (
            select(Student.id, Student.district_id, Student.local_id, Student.state_id, Enrolment.school_id)
            .join(Enrolment, Enrolment.student_id == Student.id)
            .where(
                db.among(Enrolment.school_id, self._schools),
                db.among(Enrolment.school_year, {year for _district, year in self._years}),
                by_hand.of_a_roster(),
                Enrolment.begins_on <= self._today,
                or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= self._today),
            )
        )
        with system("how many are enrolled whom a table does not name"):
            return db.session().execute(statement).all()


def _ways(row: Any) -> Iterator[tuple[str, str]]:
    """How a row may name a student: in a school of the district, or in one that nobody knows, by a number
    that may have lost its zeros."""
    for number in filter(None, (row.local_id, row.state_id)):
        yield str(row.district_id), number.lstrip("0")
        yield "", number.lstrip("0")
