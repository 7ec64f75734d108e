"""Why a student with many days without an excuse is not truant, and another with few is: the page says it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, District, Rating, Student
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite
DAYS = school_days()
NOT = "Not truant by the rule of the state."


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=2)


def _set(
    app: Flask, made: MadeUp, days: list[date], born: date | None, halves: int = 2, state: str = "CT"
) -> None:
    """The first student misses these days without an excuse, and no other."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        code = db.session().scalars(select(Code.id).where(Code.code == "U")).one()
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        row.marks = pack([(day, code, None if halves == 2 else halves) for day in days])
        db.session().get_one(Student, made.absent).birth_date = born
        db.session().get_one(District, made.district_id).state = state


def _truant(app: Flask, made: MadeUp) -> bool:
    with app.app_context(), system("test"):
        of_student = select(Rating.is_truant).where(Rating.student_id == made.absent)
        return db.session().scalars(of_student).one()


def test_days_before_the_age_of_the_rule_are_said(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Eleven days, nine of them before the fifth birthday."""
    staff, page = sign_in(role="administrator"), f"/schools/student/{made.absent}/why?year=2026"
    _set(app, made, DAYS[:44:4], DAYS[34].replace(year=DAYS[34].year - 5))
    text = staff.get(page).text
    assert not _truant(app, made)
    assert "Days without an excuse: 11." in text
    assert NOT in text
    assert "four full days without an excuse in one month or ten in a school year, from 5 to 18" in text
    assert "9 of these days were before the student was 5 years old; the rule does not hold then." in text
    assert "2 full days count for the rule" in text
    _set(app, made, DAYS[:44:4], date(2015, 1, 1))
    text = staff.get(page).text
    assert _truant(app, made)
    assert "Ten or more days without an excuse in the school year." in text
    assert NOT not in text
    assert "full days count for the rule" not in text


def test_days_after_the_age_and_half_days_are_said(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff, page = sign_in(role="administrator"), f"/schools/student/{made.absent}/why?year=2026"
    _set(app, made, DAYS[:44:4], date(2000, 1, 1))
    text = staff.get(page).text
    assert "On 11 of these days the student was 19 years old or more" in text
    assert "No day is left that counts for the rule." in text
    _set(app, made, DAYS[:12], date(2015, 1, 1), halves=1)
    text = staff.get(page).text
    assert not _truant(app, made)
    assert "12 days were missed only in part, and the rule counts full days." in text


def test_the_rule_of_another_state_has_no_age(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff, page = sign_in(role="administrator"), f"/schools/student/{made.absent}/why?year=2026"
    _set(app, made, DAYS[:20:10], None, state="SC")
    text = staff.get(page).text
    assert "three full days of school in a row without an excuse, or five in all" in text
    assert "2 full days count for the rule: not as many, or not as close together, as it asks for." in text
    assert "years old" not in text
