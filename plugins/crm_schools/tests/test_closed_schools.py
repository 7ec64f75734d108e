"""A school that closed stands in no table of the years after, and its page says why it is empty."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Organization, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Enrolment, School
from crm_schools.tests.made_up import MadeUp, make

pytestmark = on_sqlite
NAME = "Closed Elementary"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def close(app: Flask, made: MadeUp) -> int:
    """A third school, without any student in the year; its id."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        contact = Organization(name=NAME, sort_name=NAME.lower(), name_key=NAME.lower(), custom={})
        db.session().add(contact)
        db.session().flush()
        school = School(district_id=made.district_id, contact_id=contact.id, name=NAME, local_id="9")
        db.session().add(school)
        db.session().flush()
        return school.id


def test_a_school_without_students_is_in_no_table_of_the_year(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    school_id = close(app, made)
    whole = f"district_id={made.district_id}&year=2026"
    pages = (
        f"/schools/district/{made.district_id}?year=2026",
        f"/schools/reports/schools?{whole}",
        f"/schools/compare?{whole}",
    )
    for client in (sign_in(role="administrator"), sign_in(role="organizer")):
        for page in pages:
            assert NAME not in client.get(page).text, page
        assert "Dune Elementary" in client.get(pages[2]).text
        assert "no student is enrolled in 2025–26 are left out" in client.get(pages[2]).text
        own = client.get(f"/schools/school/{school_id}?year=2026").text
        assert "No student is enrolled here in 2025–26" in own
        assert "As soon as attendance" not in own
        assert "numbers are hidden" not in own
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        stay = db.session().scalars(select(Enrolment)).first()
        assert stay is not None
        stay.school_id = school_id
    for page in pages:
        assert NAME in sign_in(role="administrator").get(page).text, page
    own = sign_in(role="administrator").get(f"/schools/school/{school_id}?year=2026").text
    assert "No student is enrolled" not in own


def test_the_page_of_a_closed_school_leads_to_its_last_year(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    page = sign_in(role="administrator").get(f"/schools/school/{made.schools[0]}?year=2027").text
    assert "No student is enrolled here in 2026–27" in page
    assert f"/schools/school/{made.schools[0]}?year=2026" in page
