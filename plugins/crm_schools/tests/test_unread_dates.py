"""Terms, days of calendars and enrolments whose dates cannot be read are refused with line and reason."""

import json
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import Enrolment, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip, scalars

pytestmark = on_sqlite
DISTRICT: list[dict[str, Any]] = [
    {"localEducationAgencyId": 77, "nameOfInstitution": "D"},
    {
        "schoolId": 771,
        "nameOfInstitution": "S",
        "localEducationAgencyReference": {"localEducationAgencyId": 77},
    },
]


def _term(name: str, begins: str, ends: str) -> dict[str, Any]:
    about = {"sessionName": name, "beginDate": begins, "endDate": ends, "totalInstructionalDays": 170}
    return {"schoolReference": {"schoolId": 771}, "schoolYearTypeReference": {"schoolYear": 2026}, **about}


def _student(key: str, **days: str) -> list[dict[str, Any]]:
    of = {"studentReference": {"studentUniqueId": key}, "schoolReference": {"schoolId": 771}}
    return [
        {"studentUniqueId": key, "firstName": "A", "lastSurname": "B", "birthDate": "2015-01-01"},
        {**of, "schoolYear": 2026, **days},
    ]


def test_edfi_says_the_line_of_each_date_that_cannot_be(app: Flask, tmp_path: Path) -> None:
    make(app, students=2)
    day = {"calendarReference": {"schoolId": 771, "schoolYear": 2026}, "date": "13/45/2025"}
    rows = [
        *DISTRICT,
        _term("Year", "2025-09-01", "2026-06-10"), _term("Fall", "2026-01-10", "2025-09-01"),
        *_student("s1", entryDate="not a day"),
        *_student("s2", entryDate="2025-10-01", exitWithdrawDate="2025-09-10"),
        *_student("s3", entryDate="2025-09-01"),
        {**day, "calendarEvents": [{"calendarEventDescriptor": "x#Instructional day"}]},
    ]  # fmt: skip
    path = tmp_path / "roster.json"
    path.write_text(json.dumps(rows))
    with app.app_context():
        outcome = bring_in("roster", path, {})
        assert outcome.counts["rejected"] == 3
        said = " ".join(text for _line, text in outcome.noticed)
        assert "Line 4: a term" in said
        assert "Fall – 2026 – 2026-01-10 – 2025-09-01" in said
        assert "Line 6: an enrolment" in said
        assert "not a day" in said
        assert "The student left on Sep 10, 2025, before the first day, so they never came" in said
        assert "Line 11: “13/45/2025” is not a day" in said
        with system("test"):
            stays = select(Student.local_id).join(Enrolment, Enrolment.student_id == Student.id)
            assert scalars(stays.where(Student.local_id.like("s%"))) == ["s3"]


def test_a_term_of_an_archive_without_its_days_is_refused(app: Flask, tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        files["academicSessions.csv"] += "t,,,Fall,term,2024-09-02,someday,y,2025\n"

    with app.app_context():
        outcome = bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})
        assert outcome.counts["rejected"] == 1
        assert "Line academicSessions.csv:3" in str(outcome.noticed)
        assert "someday" in str(outcome.noticed)
        with system("test"):
            assert db.session().scalars(select(Enrolment)).first() is not None
