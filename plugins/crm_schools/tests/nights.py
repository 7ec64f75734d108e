"""A district's nightly files in a school year that runs, and what people write meanwhile."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.keeping.services import keep_enrolment
from crm_schools.models import Enrolment, School, Student, Year
from crm_schools.tests.made_up import make
from crm_schools.tests.support import scalars

TODAY = date(2026, 11, 27)
FIRST, LAST = date(2026, 9, 1), date(2027, 6, 11)
CLASSES = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate"
)
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,givenName,familyName,identifier,"
    "email,phone,agentSourcedIds,grades"
)
ORGS = (
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    "d,,,Harbor Public Schools,district,HPS,\ne,,,Dune Elementary,school,1,d\nw,,,Pier Middle,school,2,d\n"
)
SESSIONS = (
    "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
    f"y,,,Year,schoolYear,{FIRST},{LAST},,2027\n"
)


class Clock(datetime):
    """It is today, whenever a test runs."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        return cls(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=tz)


@dataclass
class Nights:
    """Imports files into the district, and tells what became of one student."""

    app: Flask
    folder: Path

    def begin(self) -> None:
        """The district, its two schools and the year; nobody is enrolled in it yet."""
        made = make(self.app, students=1)
        with self.app.app_context(), db.transaction(Actor.system(), "test"):
            db.session().add(
                Year(district_id=made.district_id, school_year=2027, begins_on=FIRST, ends_on=LAST)
            )

    def on(self, day: date) -> None:
        """It is this day from now on."""
        global TODAY  # noqa: PLW0603  # The clock of a test, which its fixture sets back.
        TODAY = day

    def table(self, head: str, rows: Sequence[str]) -> Outcome:
        path = self.folder / "students.csv"
        path.write_text("\n".join([head, *rows, ""]))
        return self._bring(path)

    def archive(self, users: Sequence[str], classes: Sequence[str], kind: str = "bulk") -> Outcome:
        files = {
            "orgs": ORGS, "academicSessions": SESSIONS,
            "users": "\n".join([USERS, *users, ""]), "enrollments": "\n".join([CLASSES, *classes, ""]),
        }  # fmt: skip
        manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
        files["manifest"] = manifest + "".join(f"file.{name},{kind}\n" for name in files)
        path = self.folder / "roster.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                moment = TODAY.year, TODAY.month, TODAY.day, 2, 0, 0
                archive.writestr(zipfile.ZipInfo(f"{name}.csv", moment), text)
        return self._bring(path)

    def ed_fi(self, students: Sequence[tuple[str, str, str]], stays: Sequence[tuple[str, ...]]) -> Outcome:
        """Students (number, given and family name) and their stays (number, school, entry, exit)."""
        found: list[dict[str, Any]] = [
            {"studentUniqueId": number, "firstName": given, "lastSurname": family}
            for number, given, family in students
        ]
        for number, school, entry, left in stays:
            stay: dict[str, Any] = {
                "studentReference": {"studentUniqueId": number},
                "schoolReference": {"schoolId": school},
                "schoolYearTypeReference": {"schoolYear": 2027},
                "entryDate": entry,
            }
            found.append(stay | ({"exitWithdrawDate": left} if left else {}))
        path = self.folder / "roster.json"
        path.write_text(json.dumps(found))
        return self._bring(path)

    def _bring(self, path: Path) -> Outcome:
        with self.app.app_context():
            return bring_in("roster", path, {})

    def attend(self, *rows: str) -> None:
        """Days that somebody missed: number, school, day."""
        path = self.folder / "days.csv"
        path.write_text("student_id,school_id,date,code\n" + "".join(f"{row},U\n" for row in rows))
        with self.app.app_context():
            bring_in("attendance", path, {"codes": "U,unexcused\n"})

    def write(self, number: str, begins: date, school: str, first: date, last: date | None) -> None:
        """On the page of a student: the stay that begins on a day has other days now, or
        is at another school."""
        with self.app.app_context(), db.transaction(Actor.system(), "schools.keep"), system("test"):
            student = scalars(select(Student).where(Student.local_id == number))[0]
            stay = select(Enrolment).where(Enrolment.student_id == student.id, Enrolment.begins_on == begins)
            at = scalars(select(School.id).where(School.name.startswith(school)))[0]
            rows = scalars(stay)
            row = next((each for each in rows if each.school_id == at), rows[0])
            keep_enrolment(row, student, at, "3", first, last)

    def add(self, number: str, school: str, first: date, last: date | None = None) -> None:
        """On the page of a student: a stay is added."""
        with self.app.app_context(), db.transaction(Actor.system(), "schools.keep"), system("test"):
            student = scalars(select(Student).where(Student.local_id == number))[0]
            at = scalars(select(School.id).where(School.name.startswith(school)))[0]
            keep_enrolment(None, student, at, "3", first, last)

    def stays(self, number: str) -> list[tuple[str, date, date | None]]:
        with self.app.app_context(), system("a test looks"):
            statement = (
                select(School.name, Enrolment.begins_on, Enrolment.ends_on)
                .join(Enrolment, Enrolment.school_id == School.id)
                .join(Student, Student.id == Enrolment.student_id)
                .where(Student.local_id == number)
                .order_by(Enrolment.begins_on)
            )
            return [(row[0].split()[0], row[1], row[2]) for row in db.session().execute(statement)]


def changes(outcome: Outcome) -> int:
    """How much an import made or changed."""
    return int(outcome.counts["create"] + outcome.counts["update"])
