"""The small forms over a page: about whom they are, what is chosen in them, and how days are written."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Attempt, Checkpoint, Guardian, Plan
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite
NAME = "Given0 Family0"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=6)


@pytest.fixture
def staff(sign_in: SignIn, made: MadeUp) -> PageClient:
    return sign_in(role="school", scope=made.school_contacts[0])


def test_forms_name_whom_they_are_about(staff: PageClient, made: MadeUp) -> None:
    student = f"/schools/student/{made.absent}"
    for address in ("add/contact", "add/intervention", "add/plan", "letter"):
        page = staff.get(f"{student}/{address}").text
        assert f"{NAME}</h1>" in page, address
        assert NAME not in page.partition("</title>")[0], address
    new = staff.get(f"/schools/meetings/new?school_id={made.schools[0]}").text
    assert "Plan a team meeting · Dune Elementary</h1>" in new


def test_nobody_records_by_accident_that_a_family_was_reached(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    form = f"/schools/student/{made.absent}/add/contact"
    assert "checked" not in staff.get(form).text.partition("What came of it")[2].partition("</fieldset>")[0]
    day = school_days()[40].isoformat()
    sent = staff.post(form, data={"on_date": day, "way": "call", "guardian_id": ""})
    assert sent.status_code == 422
    assert "Choose one." in sent.text
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Attempt.id)).all() == []


def test_checkpoints_are_days_as_people_write_them(app: Flask, staff: PageClient, made: MadeUp) -> None:
    form = f"/schools/student/{made.absent}/add/plan"
    assert staff.get(form).text.partition("Checkpoints")[2].count('type="date"') == 4
    said = {"goal": "Two days at most", "begins_on": "2026-01-05", "state": "open"}
    days = {"checkpoints-0": "12/11/2026", "checkpoints-1": "2026-11-06", "checkpoints-2": ""}
    wrong = staff.post(form, data={**said, **days, "checkpoints-2": "soon"})
    assert "“soon” is no day. Write it as 12/11/2026 or 2026-12-11." in wrong.text
    assert staff.post(form, data={**said, **days}).status_code == 303
    with app.app_context(), system("test"):
        plan_id = db.session().scalars(select(Plan.id)).one()
    more = {"checkpoints-0": "2026-12-11", "checkpoints-1": "2027-01-08"}
    assert "Further checkpoints" in staff.get(f"/schools/plan/{plan_id}").text
    assert staff.post(f"/schools/plan/{plan_id}", data={**said, **more}).status_code == 303
    with app.app_context(), system("test"):
        found = db.session().scalars(select(Checkpoint.due_on).order_by(Checkpoint.due_on)).all()
    assert found == [date(2026, 11, 6), date(2026, 12, 11), date(2027, 1, 8)]


def test_letters_that_have_to_wait_say_for_what(staff: PageClient, made: MadeUp) -> None:
    form = f"/schools/student/{made.absent}/letter"
    page = staff.get(form).text
    assert '<option disabled value="personal">Personal letter – first send “Nudge”</option>' in page
    assert page.partition('name="stage"')[2].partition("</select>")[0].count("disabled") == 3
    said = {"stage": "nudge", "language": "en", "person": "Ana", "phone": "555", "guardian_id": ""}
    letter = staff.post(form, data=said).headers["Location"]
    staff.post(f"{letter}/sent")
    page = staff.get(form).text
    assert '<option selected value="personal">Personal letter</option>' in page
    assert "Invitation to a meeting – first send “Personal letter”" in page


def test_a_plan_is_printed_in_the_language_of_the_family(app: Flask, staff: PageClient, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        mother = Person(name="Luz Piedra", sort_name="piedra", name_key="piedra", custom={}, language="es")
        plan = Plan(student_id=made.absent, school_year=2026, goal="On time", begins_on=date(2026, 1, 5))
        db.session().add_all([mother, plan])
        db.session().flush()
        db.session().add(Guardian(student_id=made.absent, contact_id=mother.id))
        paper = f"/schools/student/{made.absent}/plan-on-paper/{plan.id}"
    page = staff.get(paper).text.partition("<article")[2]
    assert f"Un plan para {NAME}" in page
    assert "10 de 100 días" in page
    assert "Dune Elementary" in page
    assert f"A plan for {NAME}" in staff.get(f"{paper}?language=en").text


@pytest.mark.parametrize(
    "written, read",
    [("Mother", "Madre"), ("Step-Mother", "Madrastra"), ("Godmother of the aunt", "Godmother of the aunt")],
)
def test_who_cares_for_a_student_is_named_in_the_language_of_the_reader(
    app: Flask, staff: PageClient, made: MadeUp, written: str, read: str
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        person = Person(name="Eva Oak", sort_name="oak", name_key="eva oak", custom={})
        db.session().add(person)
        db.session().flush()
        db.session().add(Guardian(student_id=made.absent, contact_id=person.id, relation=written))
    student = f"/schools/student/{made.absent}"
    assert f"Eva Oak · {read}<" in staff.get(f"{student}/letter", headers={"Accept-Language": "es"}).text
    assert f">{read}<" in staff.get(student, headers={"Accept-Language": "es"}).text
    assert f"Eva Oak · {written}<" in staff.get(f"{student}/letter").text or written == "Step-Mother"
