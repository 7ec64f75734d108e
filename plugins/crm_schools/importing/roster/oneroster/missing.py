"""Students who are enrolled and whom a whole archive does not name any more: they have left."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import or_, select

from crm.plugin_api import current_actor, db, system
from crm.plugin_api.transfer import Notice
from crm_schools.importing.roster import by_hand, enrolments
from crm_schools.importing.roster.records import Record
from crm_schools.models import Enrolment, Student
from crm_schools.permissions import STUDENTS

FEW: Final = 20
PART: Final = 10
"""More than FEW students and than one in PART do not leave between two rosters: then the archive is not
whole, or of other schools, and nobody's enrolment is ended."""
Stays = dict[int, list[list[Any]]]


class Missing:
    """`stays` are those that end, by student, each as school, school year and its last day; `count` is how
    many students are missing, whether or not they are few enough to have left, and `held` how many more
    people wrote to be there still."""

    def __init__(
        self,
        database: sqlite3.Connection,
        schools: Collection[int],
        years: Collection[int],
        districts: Mapping[str, int],
    ) -> None:
        """`districts` are those of the schools of an archive of several, by what it calls a school."""
        self._database, self._schools, self._years = database, schools, years
        self._districts = districts
        names = {row[1] for row in database.execute("PRAGMA table_info(users)")}
        self._number = "identifier" if "identifier" in names else "sourcedId"
        # Numbers that lost their leading zeros still name somebody.
        database.execute(f"CREATE INDEX named_so ON users (ltrim(trim({self._number}), '0'))")
        self.stays: Stays = {}
        self.count = 0
        self.held = 0

    def look(self, day: date) -> None:
        """Find who is missing in an archive that was made on a `day`."""
        enrolled, missing = 0, []
        for school_id in self._schools:
            for row in self._enrolled(school_id, day):
                enrolled += 1
                if not self._names(row):
                    missing.append(row)
        held = self._held([row.id for row in missing if row.source == by_hand.CORRECTED])
        found, last = Stays(), (day - timedelta(1)).isoformat()
        for row in missing:
            if (row.id, row.school_id, row.school_year) not in held:
                found.setdefault(row.id, []).append([row.school_id, row.school_year, last])
        self.count, self.held = len(found), len(held)
        self.stays = found if self.count <= max(FEW, enrolled // PART) else {}

    def notices(self, day: date) -> Iterator[Notice]:
        """What is to be said of those who are missing in an archive that was made on a `day`."""
        if self.count > len(self.stays):
            yield Notice("schools_many_missing", {"count": self.count})
        elif self.count:
            yield Notice("schools_missing", {"count": self.count, "day": day.isoformat()})
        # Who may not see students learns nothing of what people wrote about them.
        if self.held and current_actor().can_everywhere(STUDENTS):
            yield Notice("schools_missing_still_there", {"count": self.held})

    def _enrolled(self, school_id: int, day: date) -> Any:
        """Who was enrolled on that day by a roster: what people added and no roster names none ends."""
        statement = (
            select(
                Student.id,
                Student.district_id,
                Student.local_id,
                Student.state_id,
                Student.source_id,
                Enrolment.school_id,
                Enrolment.school_year,
                Enrolment.source,
            )
            .join(Enrolment, Enrolment.student_id == Student.id)
            .where(
                Enrolment.school_id == school_id,
                db.among(Enrolment.school_year, self._years),
                by_hand.of_a_roster(),
                Enrolment.begins_on < day,
                or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= day),
            )
        )
        with system("a whole roster says who is not enrolled any more"):
            return db.session().execute(statement).all()

    def _held(self, ids: Collection[int]) -> set[by_hand.Place]:
        """The stays of these students that a roster ended and people opened again, or wrote a later last day
        of: an archive that does not name them says no more than before."""
        stored = enrolments.of(list(ids))
        old = by_hand.corrections(stored, ids)
        rows = (row for some in stored.values() for row in some if by_hand.wrote_last(row, old))
        return {(row.student_id, row.school_id, row.school_year) for row in rows}

    def _names(self, row: Any) -> bool:
        numbers = [each.lstrip("0") for each in (row.local_id, row.state_id) if each]
        sources = [each for each in (row.source_id, row.local_id) if each]
        found = self._database.execute(
            f"SELECT sourcedId FROM users WHERE ltrim(trim({self._number}), '0') IN ({_marks(numbers)})"  # noqa: S608  # Names of ours.
            f" OR sourcedId IN ({_marks(sources)})",
            (*numbers, *sources),
        )
        return any(self._is_of(user, row.district_id) for (user,) in found)

    def _is_of(self, user: str, district: int) -> bool:
        """Whether a user is of a district: in an archive of several, who has its number may be another one,
        or the same in another district. Whoever is in no class may be of any."""
        if not self._districts:
            return True
        taken = self._database.execute(
            "SELECT DISTINCT schoolSourcedId FROM enrollments "
            "WHERE userSourcedId = ? AND lower(trim(role)) = 'student'",
            (user,),
        )
        of = {self._districts[school] for (school,) in taken if school in self._districts}
        return not of or district in of

    def records(self) -> Iterator[Record]:
        """Lines as `records.student` makes them, by the student's id: the archive has no number for them."""
        for student_id, stays in sorted(self.stays.items()):
            yield {
                "kind": "student",
                "key": "",
                "district": "",
                "fields": {},
                "spans": [],
                "delta": True,
                "student": student_id,
                "left": stays,
            }


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))


def current_years(years: Mapping[int, tuple[date, date]], day: date) -> list[int]:
    """The school years that had begun and not ended on a day."""
    return [school_year for school_year, (begins, ends) in years.items() if begins <= day <= ends]
