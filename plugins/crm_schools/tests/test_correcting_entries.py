"""Whatever staff wrote about a student by mistake they correct or take out again, on the student's page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import (
    Attempt,
    Attendance,
    Cause,
    Checkpoint,
    Code,
    Dose,
    Enrolment,
    Intervention,
    Milestone,
    Plan,
    Rating,
    Student,
    Year,
)
from crm_schools.rating.settling import absences
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite
DAYS = school_days()


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=12)


@pytest.fixture
def staff(sign_in: SignIn, made: MadeUp) -> PageClient:
    return sign_in(role="school", scope=made.school_contacts[0])


@pytest.fixture
def page(made: MadeUp) -> str:
    return f"/schools/student/{made.absent}"


def the(app: Flask, model: Any, name: str = "id") -> Any:
    """What a column of the only row of a kind holds."""
    with app.app_context(), system("test"):
        return db.session().scalars(select(getattr(model, name))).one()


def count(app: Flask, *models: Any) -> list[int]:
    with app.app_context(), system("test"):
        return [len(db.session().scalars(select(model.id)).all()) for model in models]


def test_the_log_of_contacts_says_whom_staff_spoke_to(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    staff.post(
        f"{page}/guardian", data={"given_name": "Marisela", "family_name": "Ash", "relation": "mother"}
    )
    shown = staff.get(f"{page}/add/contact").text
    guardian = shown.partition('name="guardian_id"')[2].partition("Marisela")[0].rpartition('value="')[2]
    staff.post(
        f"{page}/add/contact",
        data={"on_date": str(DAYS[3]), "way": "call", "outcome": "reached",
              "guardian_id": guardian.partition('"')[0]},
    )  # fmt: skip
    assert "Marisela Ash" in staff.get(page).text.partition("attempts-title")[2].partition("</section>")[0]


def test_a_contact_and_a_cause_are_corrected(app: Flask, staff: PageClient, made: MadeUp, page: str) -> None:
    said = {"on_date": str(DAYS[3]), "way": "call", "outcome": "message", "guardian_id": ""}
    staff.post(f"{page}/add/contact", data=said)
    address = f"/schools/change/contact/{the(app, Attempt)}"
    shown = staff.get(address).text
    assert "checked" in shown.partition("Left a message")[0].rpartition("<input")[2]
    assert (
        staff.post(address, data={**said, "outcome": "reached", "note": "She called back"}).status_code == 303
    )
    assert (the(app, Attempt, "outcome"), the(app, Attempt, "note")) == ("reached", "She called back")
    staff.post(f"{page}/add/cause", data={"kind": "barriers", "detail": "Asthma"})
    staff.post(f"/schools/change/cause/{the(app, Cause)}", data={"kind": "barriers", "detail": "No bus"})
    assert the(app, Cause, "detail") == "No bus"


def test_an_intervention_is_opened_again_and_removed_with_its_doses(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    said = {"kind": "mentor", "begins_on": str(DAYS[40]), "minutes": "20"}
    staff.post(f"{page}/add/intervention", data=said)
    id_ = the(app, Intervention)
    early = staff.post(f"/schools/intervention/{id_}/dose", data={"given_on": str(DAYS[39])})
    assert "The intervention began on" in early.text
    staff.post(f"/schools/intervention/{id_}/dose", data={"given_on": str(DAYS[41]), "minutes": "15"})
    assert "15 minutes" in staff.get(page).text.partition('id="int-title"')[2].partition("</section>")[0]
    staff.post(f"/schools/change/dose/{the(app, Dose)}", data={"given_on": str(DAYS[42]), "minutes": "25"})
    assert (the(app, Dose, "given_on"), the(app, Dose, "minutes")) == (DAYS[42], 25)
    later = staff.post(f"/schools/change/intervention/{id_}", data={**said, "begins_on": str(DAYS[50])})
    assert "It took place on" in later.text
    ended = staff.post(f"/schools/intervention/{id_}/end", data={"ends_on": str(DAYS[41])})
    assert "It took place on" in ended.text
    staff.post(f"/schools/intervention/{id_}/end", data={"ends_on": str(DAYS[60]), "ended_because": "Moved"})
    staff.post(f"/schools/change/intervention/{id_}", data={**said, "ends_on": ""})
    assert (the(app, Intervention, "ends_on"), the(app, Intervention, "ended_because")) == (None, "")
    staff.post(f"/schools/remove/intervention/{id_}")
    assert count(app, Intervention, Dose) == [0, 0]


def test_what_became_of_a_student_since_help_began_stands_on_their_page(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    staff.post(f"{page}/add/intervention", data={"kind": "mentor", "begins_on": str(DAYS[50])})
    shown = staff.get(page).text
    assert "of the 30 days of school before" in shown


def test_checkpoints_are_moved_and_removed_and_a_plan_goes_with_them(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    plan = {"goal": "Two days at most", "begins_on": str(DAYS[40]), "state": "open"}
    days = {"checkpoints-0": str(DAYS[50]), "checkpoints-1": str(DAYS[60])}
    staff.post(f"{page}/add/plan", data=plan | days)
    assert "nobody has looked yet" in staff.get(page).text
    with app.app_context(), system("test"):
        first, second = db.session().scalars(select(Checkpoint.id).order_by(Checkpoint.due_on)).all()
    taken = staff.post(f"/schools/checkpoint/{first}", data={"due_on": str(DAYS[60]), "result": ""})
    assert "has a checkpoint on this day already" in taken.text
    staff.post(f"/schools/checkpoint/{first}", data={"due_on": str(DAYS[55]), "result": ""})
    staff.post(f"/schools/remove/checkpoint/{second}")
    assert (the(app, Checkpoint, "due_on"), the(app, Checkpoint, "done_on")) == (DAYS[55], None)
    staff.post(f"/schools/checkpoint/{first}",
               data={"due_on": str(DAYS[55]), "result": "met", "done_on": str(DAYS[55])})  # fmt: skip
    assert (the(app, Checkpoint, "result"), the(app, Checkpoint, "done_on")) == ("met", DAYS[55])
    staff.post(f"/schools/remove/plan/{the(app, Plan)}")
    assert count(app, Plan, Checkpoint) == [0, 0]


def test_a_milestone_that_attendance_contradicts_is_not_written(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    day = str(last_missed(app, made) + timedelta(3))
    wrong = staff.post(f"{page}/add/milestone", data={"kind": "two_weeks", "reached_on": day})
    assert "a day was missed on" in wrong.text
    other = {
        "kind": "other",
        "reached_on": str(last_missed(app, made) + timedelta(3)),
        "celebrated": "A song",
    }
    assert staff.post(f"{page}/add/milestone", data=other).status_code == 303
    staff.post(f"/schools/change/milestone/{the(app, Milestone)}", data={**other, "celebrated": "A card"})
    assert the(app, Milestone, "celebrated") == "A card"


def last_missed(app: Flask, made: MadeUp) -> Any:
    with app.app_context():
        return max(each.on_date for each in absences({made.absent}) if each.counted and each.halves)


def test_whoever_may_not_act_changes_and_removes_nothing(
    app: Flask, staff: PageClient, sign_in: SignIn, made: MadeUp, page: str
) -> None:
    staff.post(f"{page}/add/cause", data={"kind": "barriers", "detail": "Asthma"})
    cause = the(app, Cause)
    other_school = sign_in(role="school", scope=made.school_contacts[1])
    for address in (f"/schools/change/cause/{cause}", f"/schools/remove/cause/{cause}"):
        assert other_school.post(address, data={"kind": "aversion"}).status_code == 404
        assert sign_in(role="viewer").post(address, data={"kind": "aversion"}).status_code == 403
    assert the(app, Cause, "kind") == "barriers"
    assert staff.get("/schools/change/plan/1").status_code == 404


def test_a_letter_that_was_not_sent_after_all_is_a_draft_again(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    said = {"stage": "nudge", "language": "en", "person": "Ana", "phone": "555", "guardian_id": ""}
    letter = staff.post(f"{page}/letter", data=said).headers["Location"]
    staff.post(f"{letter}/sent")
    assert "Sent on" in staff.get(letter).text
    number = letter.rpartition("/")[2]
    assert "This letter was sent" in staff.post(f"/schools/remove/letter/{number}").text
    staff.post(f"{letter}/not-sent")
    assert "Sent on" not in staff.get(letter).text


def test_a_day_without_school_cannot_be_missed(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    with app.app_context(), system("test"):
        code = db.session().scalars(select(Code.id).where(Code.code == "E")).one()
    saturday = next(DAYS[4] + timedelta(n) for n in range(1, 8) if (DAYS[4] + timedelta(n)).weekday() == 5)
    said = {"on_date": str(saturday), "code_id": str(code), "reason": "A call"}
    assert "There was no school on this day" in staff.post(f"{page}/day", data=said).text


def test_the_home_page_names_the_school_whose_number_it_tells(
    app: Flask, staff: PageClient, sign_in: SignIn, made: MadeUp
) -> None:
    card = staff.get("/schools/card").text
    assert "Dune Elementary" in card
    assert "Harbor Public Schools" not in card
    assert "Harbor Public Schools" in sign_in(role="administrator").get("/schools/card").text
    note = "of the schools that are yours to see"
    assert note in staff.get(f"/schools/compare?district_id={made.district_id}").text


def test_a_file_of_students_has_numbers_that_add_up_and_those_without_any(
    app: Flask, staff: PageClient, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        code = db.session().scalars(select(Code.id).where(Code.code == "E")).one()
        row.marks = pack([(DAYS[0], code, 1), (DAYS[1], code, 2)])
        new = {"given_name": "Nia", "family_name": "Newcomb", "sort_name": "newcomb nia", "local_id": "N1"}
        student = Student(district_id=made.district_id, school_id=made.schools[0], grade="1", **new)
        db.session().add(student)
        db.session().flush()
        db.session().add(
            Enrolment(student_id=student.id, school_id=made.schools[0], school_year=2026, grade="1",
                      begins_on=DAYS[0])
        )  # fmt: skip
        db.session().flush()
        db.session().execute(delete(Rating).where(Rating.student_id == student.id))
    text = staff.get(f"/schools/students.csv?school_id={made.schools[0]}&year=2026").text
    assert ",1.5," in next(line for line in text.splitlines() if "Family0," in line)
    assert "Newcomb, Nia" in text
    narrowed = staff.get(f"/schools/students.csv?school_id={made.schools[0]}&year=2026&band=chronic").text
    assert "Newcomb, Nia" not in narrowed


def test_no_letter_tells_of_the_days_of_another_year_as_of_this_one(
    app: Flask, staff: PageClient, made: MadeUp, page: str
) -> None:
    said = {"stage": "nudge", "language": "en", "person": "Ana", "phone": "555", "guardian_id": ""}
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        today = day_here()
        following = Year(
            district_id=made.district_id, school_year=2027, begins_on=today, ends_on=today + timedelta(99)
        )
        db.session().add(following)
        db.session().get_one(Student, made.absent).grade = "8"
    written = staff.post(f"{page}/letter", data=said)
    assert "The days known of this student are of 2025–26" in written.text
    assert "Grade 8 · Dune Elementary · numbers of 2025–26" in re.sub(r"\s+", " ", staff.get(page).text)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().delete(db.session().scalars(select(Year).where(Year.school_year == 2027)).one())
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        row.marks = ""
    assert "has missed no day this year" in staff.post(f"{page}/letter", data=said).text
