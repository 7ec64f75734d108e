"""A district that has no system to export from: everything is written by hand, and counts."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Contact, db, system
from crm.plugin_api.records import Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import (
    Calendar,
    Correction,
    District,
    Enrolment,
    Guardian,
    Rating,
    School,
    Student,
    Year,
)
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=12)


def one(app: Flask, statement):  # type: ignore[no-untyped-def]  # Whatever is selected.
    with app.app_context(), system("test"):
        return db.session().scalars(statement).one()


def test_a_district_its_schools_year_and_calendar_are_written_by_hand(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in(role="administrator")
    assert (
        admin.post("/schools/districts/new", data={"name": "Elm Schools", "state": "Conn"}).status_code == 422
    )
    assert (
        admin.post("/schools/districts/new", data={"name": "Elm Schools", "state": "ct"}).status_code == 303
    )
    district = one(app, select(District))
    assert (district.name, district.state) == ("Elm Schools", "CT")
    new_school = f"/schools/district/{district.id}/schools/new"
    school = {"name": "Elm Primary", "local_id": "007", "grades": "2, K, first grade"}
    assert admin.post(new_school, data={**school, "grades": "K, banana"}).status_code == 422
    assert admin.post(new_school, data=school).status_code == 303
    again = admin.post(new_school, data={**school, "name": "Another"})
    assert "Another school of this district has the number “007”" in again.text
    assert one(app, select(School)).grades == "K,1,2"
    with app.app_context(), system("test"):
        organization = db.session().get_one(Contact, one(app, select(School)).contact_id)
        assert organization.parent_id == district.contact_id
    years = f"/schools/district/{district.id}/years"
    assert (
        admin.post(f"{years}/new", data={"begins_on": "2025-09-01", "ends_on": "2025-09-05"}).status_code
        == 422
    )
    assert (
        admin.post(f"{years}/new", data={"begins_on": "2025-09-01", "ends_on": "2025-12-19"}).status_code
        == 303
    )
    calendar = {"school_id": "", "off": "2025-09-01\n2025-11-26 to 2025-11-28", "extra": "2025-12-06"}
    wrong = admin.post(f"{years}/2025/calendars/new", data={**calendar, "off": "Thanksgiving"})
    assert "“Thanksgiving” is no day" in wrong.text
    assert admin.post(f"{years}/2025/calendars/new", data=calendar).status_code == 303
    assert "77 days" in admin.get(f"/schools/district/{district.id}/settings").text
    calendar_id = one(app, select(Calendar)).id
    page = admin.get(f"/schools/calendar/{calendar_id}").text
    assert "2025-11-26 to 2025-11-28" in page
    assert admin.post(f"/schools/calendar/{calendar_id}", data={"off": "", "extra": ""}).status_code == 303
    assert "80 days" in admin.get(f"/schools/district/{district.id}/settings").text


def test_a_student_a_family_and_a_day_are_written_by_hand_and_count(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    new = f"/schools/school/{made.schools[0]}/students/new"
    child = {"given_name": "Ivy", "family_name": "Stone", "local_id": "00000", "grade": "1"}
    child |= {"begins_on": "2025-09-02"}
    assert "has this number" in staff.post(new, data=child).text
    assert staff.post(new, data={**child, "local_id": "0777", "english_learner": "yes"}).status_code == 303
    student = one(app, select(Student).where(Student.local_id == "0777"))
    assert (student.school_id, student.grade, student.english_learner) == (made.schools[0], "1", True)
    page = f"/schools/student/{student.id}"
    rated = select(Rating).where(Rating.student_id == student.id)
    assert (one(app, rated).absent, one(app, rated).enrolled) == (0, 200)

    day = school_days()[20]
    code = {"code_id": "2", "reason": "The teacher's sheet says so"}
    assert staff.post(f"{page}/day", data={"on_date": day.isoformat(), "code_id": "2"}).status_code == 422
    assert staff.post(f"{page}/day", data={"on_date": day.isoformat(), **code}).status_code == 303
    assert (one(app, rated).absent, one(app, rated).unexcused) == (2, 2)
    why = staff.get(f"{page}/why").text
    assert "Corrected by hand" in why
    assert "The teacher&#39;s sheet says so" in why
    assert staff.post(f"{page}/day", data={"on_date": "2024-10-01", **code}).status_code == 422
    staff.post(f"{page}/day", data={"on_date": day.isoformat(), "code_id": "0", "reason": "She was there"})
    assert one(app, rated).absent == 0
    with app.app_context(), system("test"):
        assert len(db.session().scalars(select(Correction.id)).all()) == 2


def test_a_family_and_the_stays_of_a_student_are_written_by_hand(  # noqa: PLR0915  # One story.
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    page = f"/schools/student/{made.absent}"
    guardian = {"given_name": "Luz", "family_name": "Piedra", "relation": "Aunt", "language": "español"}
    guardian |= {"phone": "203-555-0142", "is_primary": "y", "custody": "Court order of 2024"}
    assert staff.post(f"{page}/guardian", data={**guardian, "phone": "call me"}).status_code == 422
    assert staff.post(f"{page}/guardian", data=guardian).status_code == 303
    row = one(app, select(Guardian))
    with app.app_context(), system("test"):
        person = db.session().get_one(Contact, row.contact_id)
        assert (person.name, person.language) == ("Luz Piedra", "es")
        assert db.session().scalars(select(Phone.number)).one() == "+12035550142"
    assert "Luz Piedra" in staff.get(page).text
    barred = {**guardian, "contact_prohibited": "y"}
    opened = staff.get(f"/schools/guardian-of/{row.id}").text
    shown_first = re.findall(r'name="_shown" value="(\w+)"', opened)[0]
    assert staff.post(f"/schools/guardian-of/{row.id}", data=barred).status_code == 303
    older = {**guardian, "custody": "", "_shown": shown_first}
    clash = staff.post(f"/schools/guardian-of/{row.id}", data=older)
    assert "Somebody else changed this meanwhile" in clash.text
    assert one(app, select(Guardian)).contact_prohibited is True
    shown = staff.get(page).text
    assert "Must not be contacted" in shown
    assert "5550142" not in shown
    assert "Luz Piedra" not in staff.get(f"{page}/letter").text

    stay = one(app, select(Enrolment).where(Enrolment.student_id == made.absent)).id
    rated = select(Rating).where(Rating.student_id == made.absent)
    ended = {
        "school_id": str(made.schools[0]),
        "grade": "1",
        "begins_on": "2025-09-02",
        "ends_on": "2025-09-26",
    }
    assert staff.post(f"/schools/enrolment/{stay}", data=ended).status_code == 303
    assert one(app, rated).enrolled == 2 * sum(1 for each in school_days() if each <= date(2025, 9, 26))
    over = {**ended, "begins_on": "2025-09-20", "ends_on": ""}
    assert "already" in staff.post(f"{page}/enrolment", data=over).text
    other = {**ended, "school_id": str(made.schools[1])}
    assert staff.post(f"{page}/enrolment", data=other).status_code == 422


def test_the_page_of_a_school_offers_a_new_student_to_whoever_may_add_one(
    sign_in: SignIn, made: MadeUp
) -> None:
    page, other = (f"/schools/school/{school_id}" for school_id in made.schools[:2])
    district = f"/schools/district/{made.district_id}"
    staff = sign_in(role="school", scope=made.school_contacts[0])
    assert f'href="{page}/students/new"' in staff.get(page).text
    assert "/students/new" not in staff.get(district).text, "a student is added to one school"
    for client in (sign_in(role="organizer"), sign_in(role="viewer")):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "/students/new" not in answer.text
    neighbor = sign_in(role="school", scope=made.school_contacts[1])
    assert f'href="{other}/students/new"' in neighbor.get(other).text
    assert "/students/new" not in neighbor.get(page).text


def test_who_only_sees_changes_nothing(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    outsider = sign_in(role="school", scope=made.school_contacts[1])
    organizer, viewer = sign_in(role="organizer"), sign_in(role="viewer")
    student = f"/schools/student/{made.absent}"
    for address in (f"{student}/change", f"{student}/day", f"{student}/guardian", f"{student}/enrolment"):
        assert outsider.get(address).status_code == 404, address
        assert outsider.post(address, data={}).status_code == 404, address
        assert organizer.post(address, data={}).status_code == 403, address
    assert outsider.post(f"/schools/school/{made.schools[0]}/students/new", data={}).status_code == 404
    for address in (
        "districts/new",
        f"district/{made.district_id}/change",
        f"school/{made.schools[0]}/change",
    ):
        assert viewer.post(f"/schools/{address}", data={"name": "Mine"}).status_code == 403, address
        assert organizer.get(f"/schools/{address}").status_code == 200, address
    assert one(app, select(Year)).begins_on == date(2025, 9, 2)
