"""Pages promise nothing that cannot be: no truants without a law, no days that the year does not have."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm_schools import rate_commands
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, District, Year
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.reading import sheets


def truants(html: str) -> list[str]:
    """What the first table of a page says under “Truant”."""
    sheet = sheets(html)[0]
    return [row[sheet.heads.index("Truant")] for row in sheet.rows]


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def test_nobody_is_called_truant_where_no_law_is_known(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    lead = sign_in(role="administrator")
    page = f"/schools/district/{made.district_id}"
    assert "truant (unexcused days alone)" in lead.get(page).text
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().get_one(District, made.district_id).state = "TX"
    shown = lead.get(page).text
    assert "truant (unexcused days alone)" not in shown
    assert "truancy alone would overlook" not in shown
    assert "No law of truancy is set for this district, so nobody is called truant." in shown
    assert "–" in truants(lead.get(f"/schools/reports/risks?school_id={made.schools[0]}").text)
    with app.app_context():
        rows = rate_commands.rate_data("school", None)["rows"]
    assert {row["truant"] for row in rows} == {None}


def test_what_would_change_it_reckons_with_the_days_that_the_year_has_left(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff, days = sign_in(role="school", scope=made.school_contacts[0]), school_days()
    why = f"/schools/student/{made.absent}/why"
    assert "No day of school of this year is to come" in staff.get(why).text
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        year = db.session().scalars(select(Year)).one()
        year.ends_on, year.through_on = day_here() + timedelta(30), days[59]
        code = db.session().scalars(select(Code.id).where(Code.code == "E")).one()
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        row.marks = pack((day, code, None) for day in days[:15])
    shown = staff.get(why).text
    assert "With 16 days at school without an absence: Moderate chronic absence." in shown
    assert "At risk. That takes 91 days without an absence, and the year has 40 left." in shown


def test_a_letter_to_no_one_guardian_is_to_the_family(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    form = f"/schools/student/{made.absent}/letter"
    for language, greeting in (("en", "Dear family of "), ("es", "Apreciable familia de ")):
        values = {"stage": "nudge", "guardian_id": "", "language": language, "person": "May", "phone": "5"}
        written = staff.post(form, data=values)
        assert greeting in staff.get(written.headers["Location"]).text
