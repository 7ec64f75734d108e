"""What is being done for students, and how many of one's own are chronically absent, as of today."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.words import today
from crm_schools.models import Intervention, Plan, Rating, Student
from crm_schools.tests.made_up import BEGINS, MadeUp, make

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def _add(app: Flask, row: Intervention | Plan) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().add(row)


def _help(app: Flask, made: MadeUp, begins: date, ends: date | None) -> None:
    where = {"student_id": made.absent, "school_id": made.schools[0], "school_year": 2026}
    _add(app, Intervention(**where, tier=2, kind="mentor", begins_on=begins, ends_on=ends))


def _is_without_help(app: Flask, sign_in: SignIn, made: MadeUp) -> bool:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    address = f"/schools/students?school_id={made.schools[0]}&year=2026&no_action=1"
    return "Family0, " in staff.get(address).text


def test_help_with_a_last_day_to_come_is_being_done(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with app.app_context():
        day = today()
    assert _is_without_help(app, sign_in, made)
    _help(app, made, day + timedelta(3), None)
    _help(app, made, day - timedelta(9), day - timedelta(3))
    assert _is_without_help(app, sign_in, made)
    _help(app, made, day - timedelta(9), day + timedelta(90))
    assert not _is_without_help(app, sign_in, made)


def test_an_open_plan_is_something_that_is_being_done(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _add(app, Plan(student_id=made.absent, school_year=2026, goal="On time", begins_on=BEGINS))
    assert not _is_without_help(app, sign_in, made)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    listed = staff.get(f"/schools/students?school_id={made.schools[0]}&year=2026").text
    row = listed.partition("Family0, ")[2].partition("</tr>")[0]
    assert "A plan is open, no intervention goes on" in row


def test_my_students_are_chronically_absent_by_this_year(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    """Whoever was two years ago and misses nothing now is not."""
    user = make_user(role="school", scope=made.school_contacts[0])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        mine = db.session().get_one(Student, made.students[2])
        mine.point_user_id = user.id
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        now = db.session().scalars(select(Rating).where(Rating.student_id == made.students[2])).one()
        now.is_chronic = False
        names = [column.name for column in Rating.__table__.columns if column.name != "id"]
        before = Rating(**{name: getattr(now, name) for name in names})
        before.school_year, before.is_chronic = 2024, True
        db.session().add(before)
    page = sign_in(user).get("/schools/mine").text
    assert "point person of 1 student" in page
    assert "chronically absent" not in page
