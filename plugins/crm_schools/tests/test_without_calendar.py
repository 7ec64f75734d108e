"""Without a calendar every weekday counts, and every page that shows a rate says so."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Attendance, Calendar, Day, Enrolment, Year
from crm_schools.rate_commands import rate_data, text_of
from crm_schools.rating.settling import settle
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite

SAID = "no calendar is known, so every weekday counts as a day of school"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=60)


def _lose_calendar(app: Flask, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().execute(delete(Day))
        db.session().execute(delete(Calendar))
        settle(made.students)


def test_every_page_with_a_rate_says_that_weekdays_are_counted(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client, of = sign_in(role="administrator"), f"district_id={made.district_id}&year=2026"
    pages = [
        f"/schools/district/{made.district_id}",
        f"/schools/school/{made.schools[0]}",
        f"/schools/kindergarten?{of}",
        f"/schools/public-report?{of}",
    ]
    assert not any(SAID in client.get(page).text for page in pages)
    _lose_calendar(app, made)
    missing = [page for page in pages if SAID not in client.get(page).text]
    assert missing == []
    school = client.get(pages[1]).text
    assert "Dune Elementary. Add a calendar" in school
    assert "Pier Middle. Add" not in school
    preview = client.get(f"/schools/public-report/preview?{of}").text
    assert "every weekday counts there as a day of school" in preview
    with app.app_context():
        assert "so every weekday counts as a day of school" in text_of(rate_data("district", None))


def test_years_of_which_one_has_no_calendar_are_not_set_side_by_side_without_a_word(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        days, of = [day.replace(year=2024) for day in school_days()[:60]], {"school_year": 2025}
        bounds = {"begins_on": days[0], "ends_on": date(2025, 6, 12), "through_on": days[-1]}
        db.session().add(Year(district_id=made.district_id, **of, **bounds))
        for student, school in zip(made.students, made.schools * 30, strict=True):
            about = {"student_id": student, "school_id": school, **of}
            db.session().add_all([Attendance(**about, marks=""), Enrolment(**about, begins_on=days[0])])
    page = f"/schools/compare?district_id={made.district_id}&year=2026"
    assert "Of 2024–25 no calendar is known of some schools" in sign_in(role="administrator").get(page).text


def test_the_calendar_of_a_school_begins_from_that_of_all(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="administrator")
    address = f"/schools/district/{made.district_id}/years/2026/calendars/new"
    form = client.get(address).text
    assert "2026-01-20 to 2026-06-12" in form, "the made-up year has a hundred days of school"
    both = {"school_id": str(made.schools[0]), "grade": "", "off": "2025-10-13", "extra": "2025-10-13"}
    assert "both one without school and a make-up day" in client.post(address, data=both).text
    with app.app_context(), system("test"):
        assert len(db.session().scalars(select(Calendar)).all()) == 1
