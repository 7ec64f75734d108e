"""A day that two schools report: one for the district, and the page of the student says so."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, Enrolment, Student
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite
DAYS = school_days()


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=2)


def _of_both(app: Flask, made: MadeUp, *codes: str) -> int:
    """A student of both schools, who has one of these codes in each on the same six days."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        ids = {code.code: code.id for code in db.session().scalars(select(Code))}
        of = {"school_id": made.schools[0], "grade": "1"}
        student = Student(
            district_id=made.district_id, local_id="two", given_name="A", family_name="B", sort_name="b", **of
        )
        db.session().add(student)
        db.session().flush()
        for school, code in zip(made.schools, codes, strict=True):
            where = {"student_id": student.id, "school_id": school, "school_year": 2026}
            marks = pack([(day, ids[code], None) for day in DAYS[5:11]])
            db.session().add(Enrolment(**where, grade="1", begins_on=DAYS[0]))
            db.session().add(Attendance(**where, marks=marks))
        return student.id


def test_the_days_add_up_to_the_sum(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    student = _of_both(app, made, "U", "E")
    page = sign_in(role="administrator").get(f"/schools/student/{student}/why?year=2026").text
    rows, foot = page.partition('id="days-title"')[2].split("<tfoot>", 1)
    together = re.search(r"<td>(\d+)</td></tr></tfoot>", foot)
    assert together is not None
    assert together[1] == "6"
    assert sum(map(int, re.findall(r"<td>(\d+)</td></tr>", rows))) == 6
    assert rows.count("counted once, with the other school") == 6


def test_the_calendar_draws_the_absence_and_not_the_tardy_of_the_other_school(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    student = _of_both(app, made, "U", "T")
    page = sign_in(role="administrator").get(f"/schools/student/{student}?year=2026").text
    assert page.count("No excuse") >= 6
    assert "· Late" not in page
