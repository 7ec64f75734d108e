"""In the first days of a year nobody is in a rate, and pages say that rather than that nothing came."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Rating, Year
from crm_schools.tests.made_up import MadeUp, make

pytestmark = on_sqlite
NOT_YET = "nobody has been enrolled for the fewest days that a rate needs (10) yet"
NO_CHILD_YET = "no child in prekindergarten or kindergarten has been enrolled for the fewest days"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def begin(app: Flask, *grades: str) -> None:
    """The year has only begun for students of these grades, or for all."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for rating in db.session().scalars(select(Rating)):
            if not grades or rating.grade in grades:
                rating.band, rating.is_chronic, rating.months_band = "short", False, "-" * 12


def test_pages_and_reports_say_that_nobody_is_enrolled_long_enough(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    begin(app)
    whole = f"district_id={made.district_id}&year=2026"
    for role in ("administrator", "organizer"):
        client = sign_in(role=role)
        overview = client.get(f"/schools/district/{made.district_id}?year=2026").text
        assert NOT_YET in overview
        assert "numbers are hidden" not in overview
        assert "summaries alone do not" not in overview.partition("years-title")[0]
        kindergarten = client.get(f"/schools/kindergarten?{whole}").text
        assert NO_CHILD_YET in kindergarten
        assert "No kindergarten here" not in kindergarten
    assert NOT_YET in sign_in(role="organizer").get(f"/schools/public-report?{whole}").text


def test_without_any_attendance_nobody_waits_for_days(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    begin(app)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for year in db.session().scalars(select(Year)):
            year.through_on = None
    client, whole = sign_in(role="administrator"), f"district_id={made.district_id}&year=2026"
    assert "No kindergarten here" in client.get(f"/schools/kindergarten?{whole}").text


def test_a_later_beginning_of_kindergarten_is_for_those_who_see_students(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    begin(app, "K")
    page = f"/schools/kindergarten?district_id={made.district_id}&year=2026"
    assert NO_CHILD_YET in sign_in(role="administrator").get(page).text
    assert NO_CHILD_YET not in sign_in(role="organizer").get(page).text
