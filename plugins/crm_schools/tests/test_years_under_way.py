"""A year that still goes on is never set against a whole one without a word."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Rating, Year
from crm_schools.tests.made_up import MadeUp, make

pytestmark = on_sqlite
CAVEAT = "2025–26 still goes on: its numbers are to date"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    made = make(app)
    year_before(app)
    return made


def year_before(app: Flask) -> None:
    """Beside the year a whole one, in which everybody was chronically absent in the end, and nobody in
    December."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        names = [column.name for column in Rating.__table__.columns if column.name != "id"]
        for now in db.session().scalars(select(Rating)).all():
            before = Rating(**{name: getattr(now, name) for name in names})
            before.school_year, before.band, before.is_chronic = 2025, "moderate", True
            before.months_band = "--" + "a" * 4 + "m" * 6
            db.session().add(before)


def goes_on(app: Flask) -> None:
    """Let the year not have ended, which makes all ratings anew."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Year)).one().ends_on = day_here() + timedelta(100)
    year_before(app)


def pages(made: MadeUp) -> list[str]:
    whole, one = f"district_id={made.district_id}&year=2026", f"school_id={made.schools[0]}&year=2026"
    return [
        f"/schools/district/{made.district_id}?year=2026",
        f"/schools/school/{made.schools[0]}?year=2026",
        f"/schools/school/{made.schools[0]}?year=2025",
        f"/schools/compare?{whole}",
        *(f"/schools/reports/{name}?{whole}" for name in ("grade-years", "schools", "race")),
        *(f"/schools/reports/{name}?{one}" for name in ("over-time", "risks", "gender")),
    ]


def test_a_year_that_goes_on_is_said_to_be_to_date(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="administrator")
    for page in pages(made):
        assert CAVEAT not in staff.get(page).text, page
    assert "after 100.0%" in staff.get("/schools/card").text
    report = f"/schools/reports/schools?district_id={made.district_id}&year=2026"
    assert "2 of 2 schools have a lower rate than the year before" in staff.get(report).text
    by_grade = f"/schools/reports/grade-years?district_id={made.district_id}&year=2026"
    assert "Better than 2024–25 in 3 of 3 groups" in staff.get(by_grade).text
    goes_on(app)
    for page in pages(made):
        assert CAVEAT in staff.get(page).text, page
    assert "to date, after 100.0% in the whole year before" in staff.get("/schools/card").text
    assert "2 of 2 schools have a lower rate so far than in the whole year before" in staff.get(report).text
    shown = staff.get(by_grade).text
    assert "So far lower than in all of 2024–25 in 3 of 3 groups" in shown
    assert "Better" not in shown
    compared = staff.get(f"/schools/compare?district_id={made.district_id}&year=2026").text
    assert "sch-badge-better" not in compared


def test_it_is_compared_with_the_same_month_of_the_year_before(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Attendance came up to January 19, so that December is the last whole month."""
    goes_on(app)
    page = f"/schools/district/{made.district_id}?year=2026"
    shown = sign_in(role="administrator").get(page).text
    found = re.search(r"at the end of (\w+) the rate was ([\d.]+)%, a year before it was ([\d.]+)%", shown)
    assert found
    assert found[1] == "December"
    assert found[3] == "0.0"
    assert found[2] != "0.0"
