"""Whoever has left is nobody's work any more: neither counted for a point person nor due for a look."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Checkpoint, Enrolment, Look, Plan, Student, Year
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.views import parts

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def look_after(app: Flask, user: User, students: list[int]) -> None:
    """Make somebody the point person of students, each with a checkpoint of ten days ago."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        day = day_here()
        for student_id in students:
            db.session().get_one(Student, student_id).point_user_id = user.id
            plan = Plan(student_id=student_id, school_year=2026, goal="On time", begins_on=day)
            db.session().add(plan)
            db.session().flush()
            point = Checkpoint(student_id=student_id, plan_id=plan.id, due_on=day - timedelta(10))
            db.session().add(point)


def next_year(app: Flask, made: MadeUp, stays: list[int]) -> None:
    """A new year, in which these students are enrolled."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        begins = day_here() - timedelta(30)
        ends = begins + timedelta(280)
        of = {"district_id": made.district_id, "school_year": 2027}
        db.session().add(Year(**of, begins_on=begins, ends_on=ends))
        db.session().flush()
        for student_id in stays:
            stay = {"school_id": made.schools[0], "school_year": 2027, "begins_on": begins}
            db.session().add(Enrolment(student_id=student_id, **stay))


def test_a_point_person_looks_after_who_is_enrolled_now(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    user = make_user(role="school", scope=made.school_contacts[0])
    mine = made.students[:6:2]
    look_after(app, user, mine)
    staff = sign_in(user)
    card = staff.get("/schools/mine").text
    assert "point person of 3 students" in card
    assert "3 checkpoints are due" in card
    assert "Family" not in card, "the home page names nobody"
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == mine[0])).one()
        stay.ends_on = stay.begins_on + timedelta(20)
    assert "point person of 2 students" in staff.get("/schools/mine").text
    next_year(app, made, mine[2:])
    card = staff.get("/schools/mine").text
    assert "point person of 1 student" in card
    assert "1 checkpoint is due" in card
    listed = staff.get("/schools/checkpoints").text
    assert "Family4, Given4" in listed
    assert "Family2, Given2" not in listed


def test_in_summer_who_stayed_to_the_end_is_still_there(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    """The last day of school differs by school, and the year ends with June."""
    user = make_user(role="school", scope=made.school_contacts[0])
    look_after(app, user, made.students[:1])
    for left, day, seen in (
        (date(2026, 6, 5), date(2026, 6, 8), True),
        (date(2026, 6, 5), date(2026, 7, 10), True),
        (date(2026, 3, 13), date(2026, 6, 8), False),
        (date(2026, 6, 5), date(2026, 11, 2), False),
        (date(2026, 5, 16), date(2026, 5, 25), False),
        (date(2026, 5, 16), date(2026, 8, 20), False),
    ):
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
            stay.ends_on = left
        monkeypatch.setattr(parts, "today", lambda day=day: day)
        assert ("point person of 1 student" in sign_in(user).get("/schools/mine").text) is seen


def test_students_of_a_school_that_closed_have_left(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    user = make_user(role="school", scope=made.school_contacts[1])
    look_after(app, user, made.students[1:6:2])
    next_year(app, made, made.students[:1])
    for days, count in ((20, 3), (40, 0)):
        monkeypatch.setattr(parts, "today", lambda days=days: day_here() + timedelta(days))
        assert f"point person of {count} students" in sign_in(user).get("/schools/mine").text


def test_whoever_left_in_the_first_days_of_a_year_has_left(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    user = make_user(role="school", scope=made.school_contacts[0])
    look_after(app, user, made.students[:1])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        begins, of = date(2026, 8, 25), {"district_id": made.district_id, "school_year": 2027}
        db.session().add(Year(**of, begins_on=begins, ends_on=date(2027, 6, 12)))
        stay = {"student_id": made.absent, "school_id": made.schools[0], "school_year": 2027}
        db.session().add(Enrolment(**stay, begins_on=begins, ends_on=date(2026, 9, 4)))
    for day, seen in ((date(2026, 9, 4), True), (date(2026, 9, 29), False)):
        monkeypatch.setattr(parts, "today", lambda day=day: day)
        assert ("point person of 1 student" in sign_in(user).get("/schools/mine").text) is seen


def test_a_pupil_of_another_school_or_added_by_hand_ends_nobody_s_work(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    """Until the roster of the new year is here, those of the year before are a school's students."""
    user = make_user(role="school", scope=made.school_contacts[1])
    look_after(app, user, made.students[1:6:2])
    staff = sign_in(user)
    next_year(app, made, made.students[:1])
    assert "point person of 3 students" in staff.get("/schools/mine").text
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        new = db.session().scalars(select(Enrolment).where(Enrolment.school_year == 2027)).one()
        new.school_id, new.source = made.schools[1], "hand"
    assert "3 checkpoints are due" in staff.get("/schools/mine").text
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Enrolment).where(Enrolment.school_year == 2027)).one().source = "roster"
    assert "point person of 0 students" in staff.get("/schools/mine").text


def test_checkpoints_by_name_are_for_whoever_may_see_the_student_and_looks_are_kept(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    user = make_user(role="school", scope=made.school_contacts[0])
    look_after(app, user, made.students[:2])
    listed = sign_in(user).get("/schools/checkpoints").text
    assert "Family0, Given0" in listed
    assert "Family1, " not in listed, "of the other school"
    with app.app_context(), system("test"):
        looks = db.session().scalars(select(Look.student_id).where(Look.what == "list")).all()
    assert looks == [made.students[0]]
    assert sign_in(role="organizer").get("/schools/checkpoints").status_code == 403


def test_the_calendar_counts_checkpoints_and_leads_to_them(
    app: Flask, make_user: MakeUser, made: MadeUp
) -> None:
    from crm_schools.acting import offers

    user = make_user(role="school", scope=made.school_contacts[0])
    mine = made.students[:4:2]
    look_after(app, user, mine)

    def titles() -> list[tuple[str, str]]:
        with app.test_request_context():
            actor, day = actor_for(db.session().get_one(User, user.id)), day_here()
            begins, ends = (datetime.combine(day + timedelta(at), time()) for at in (-20, 1))
            found = offers.calendar_entries(actor, begins, ends, mine=True)
            return [(str(each.title), each.url) for each in found]

    assert titles() == [("2 checkpoints", "/schools/checkpoints")]
    next_year(app, made, mine[:1])
    assert titles() == [("1 checkpoint", "/schools/checkpoints")]
