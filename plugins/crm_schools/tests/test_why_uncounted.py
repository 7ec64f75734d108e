"""Days of a student that count for nothing: the page says of each why."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, Enrolment, Reached
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite
DAYS = school_days()
SUNDAY = DAYS[10] + timedelta(6 - DAYS[10].weekday())
WHY = {
    "U": {
        DAYS[1]: "not counted: not enrolled here that day",
        SUNDAY: "not counted: no day of school here",
        DAYS[60]: "not counted: attendance of the school ends before that day",
    },
    "ZZ": {DAYS[30]: "not counted: nobody said what the code means"},
}


@pytest.fixture
def made(app: Flask) -> MadeUp:
    """Enrolled from the sixth day, attendance complete up to the fifty-fifth; and one day that counts."""
    made = make(app, students=2)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        came = {"school_id": made.schools[0], "school_year": 2026, "through_on": DAYS[54]}
        db.session().add(Reached(**came))
        mine = Enrolment.student_id == made.absent
        db.session().execute(update(Enrolment).where(mine).values(begins_on=DAYS[5]))
        db.session().add(Code(district_id=made.district_id, code="ZZ", code_key="zz", kind="", halves=0))
        db.session().flush()
        ids = {code.code: code.id for code in db.session().scalars(select(Code))}
        missed = [(DAYS[50], ids["U"], None)]
        missed += [(day, ids[code], None) for code, days in WHY.items() for day in days]
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        row.marks = pack(sorted(missed))
    return made


def test_each_day_that_does_not_count_says_why(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    page = sign_in(role="administrator").get(f"/schools/student/{made.absent}/why?year=2026").text
    rows = page.partition('id="days-title"')[2].split("<tfoot>", 1)[0].split("<tbody>")[1].split("</tr>")[:-1]
    said = [(found[1] if (found := re.search("(not counted:[^<]*)", row)) else "") for row in rows]
    wanted = {day: reason for days in WHY.values() for day, reason in days.items()} | {DAYS[50]: ""}
    assert said == [reason for _day, reason in sorted(wanted.items())]
    assert "on which the student was not enrolled at that school" in page
    assert "that no calendar knows as days of school" in page


def test_where_all_days_count_no_calendar_and_no_stay_is_doubted(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    other = next(each for each in made.students if each != made.absent)
    page = sign_in(role="administrator").get(f"/schools/student/{other}/why?year=2026").text
    assert "that no calendar knows as days of school" not in page
    assert "was not enrolled at that school" not in page
