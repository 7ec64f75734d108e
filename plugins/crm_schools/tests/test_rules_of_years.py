"""A rule that holds from a school year on leaves the years before as they were counted."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_schools.models import Attendance, Calendar, Day, Enrolment, Rating, Setting, Year
from crm_schools.tests.made_up import MadeUp, make, school_days


@pytest.fixture
def made(app: Flask) -> MadeUp:
    """The first student missed ten of a hundred days in the year before, too."""
    found, days = make(app, students=4), [day.replace(year=day.year - 1) for day in school_days()]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        about = {"district_id": found.district_id, "school_year": 2025}
        ends = {"begins_on": days[0], "ends_on": date(2025, 6, 12), "through_on": days[-1]}
        calendar = Calendar(**about)
        db.session().add_all([Year(**about, **ends), calendar])
        db.session().flush()
        db.session().add_all([Day(calendar_id=calendar.id, on_date=day) for day in days])
        of = {"student_id": found.absent, "school_id": found.schools[0], "school_year": 2025}
        marks = db.session().scalars(select(Attendance.marks).where(Attendance.student_id == found.absent))
        db.session().add_all([Attendance(**of, marks=marks.one()), Enrolment(**of, begins_on=days[0])])
    return found


def _bands(app: Flask, made: MadeUp) -> dict[int, str]:
    with app.app_context(), system("test"):
        of = select(Rating.school_year, Rating.band).where(Rating.student_id == made.absent)
        return {row[0]: row[1] for row in db.session().execute(of)}


def _send(client: FlaskClient, made: MadeUp, value: str, from_year: str, **more: str) -> str:
    data = {"value": value, "source": f"Rule {value}", "dated_on": "", "from_year": from_year, **more}
    address = f"/schools/district/{made.district_id}/rule/minimum_days"
    return client.post(address, data=data, follow_redirects=True).text


def _page(client: FlaskClient, made: MadeUp) -> str:
    return client.get(f"/schools/district/{made.district_id}/settings").text


def test_a_rule_from_a_year_on_keeps_the_years_before(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="administrator")
    assert _bands(app, made) == {2025: "moderate", 2026: "moderate"}
    said = _send(client, made, "120", "2026")
    assert _bands(app, made) == {2025: "moderate", 2026: "short"}
    assert "2025–26: " in said
    assert "2024–25: " not in said
    page = _page(client, made)
    assert "Before 2025–26: 10 (Maine Department of Education: at least 10 days enrolled)" in page
    address = f"/schools/student/{made.absent}/why?year="
    assert "Fewest days enrolled: 120" in client.get(f"{address}2026").text
    assert "Fewest days enrolled: 10<" in client.get(f"{address}2025").text


def test_a_rule_for_every_year_takes_the_place_of_those_of_some(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client = sign_in(role="administrator")
    _send(client, made, "120", "2026")
    _send(client, made, "150", "2027")
    assert "Before 2026–27: 120 (Rule 120)" in _page(client, made)
    assert _bands(app, made) == {2025: "moderate", 2026: "short"}
    _send(client, made, "130", "")
    assert _bands(app, made) == {2025: "short", 2026: "short"}
    assert "Before 20" not in _page(client, made)
    with app.app_context(), system("test"):
        assert [(row.value, row.from_year) for row in db.session().scalars(select(Setting))] == [
            ("130", None)
        ]


def test_a_rule_of_a_year_is_undone(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="administrator")
    _send(client, made, "120", "2026")
    _send(client, made, "130", "")
    newest = client.get(f"/schools/district/{made.district_id}/settings")
    assert "Rule 130" in newest.text
    with app.app_context(), system("test"):
        last = db.session().scalar(select(func.max(ChangeSet.id)))
    client.post(f"/changes/{last}/undo")
    assert _bands(app, made) == {2025: "moderate", 2026: "short"}
    assert "Before 2025–26: 10" in _page(client, made)


def test_years_that_are_none_and_old_pages_are_refused(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="administrator")
    for year in ("2025", "1999", "next"):
        assert "Choose for which school years the rule holds." in _send(client, made, "120", year)
    _send(client, made, "10", "2026")
    # The same number as before, yet from a year on: who opened the page earlier is told.
    assert "Somebody else changed this rule" in _send(client, made, "120", "", was="10")
    assert _bands(app, made) == {2025: "moderate", 2026: "moderate"}


def test_years_of_other_rules_are_not_set_side_by_side_without_a_word(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client, page = sign_in(role="administrator"), f"/schools/compare?district_id={made.district_id}"
    assert "another rule counts" not in client.get(page).text
    _send(client, made, "11", "2026")
    said = "From 2025–26 on another rule counts (Fewest days enrolled: 11; before: 10)"
    assert said in client.get(page).text


def test_the_form_of_a_rule_shows_from_which_year_on_it_holds(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client = sign_in(role="administrator")

    def chosen() -> str:
        form = _page(client, made).partition('id="from-minimum_days"')[2].partition("</select>")[0]
        found = re.search(r'value="(\d*)" selected', form)
        return found[1] if found else ""

    _send(client, made, "12", "2026")
    assert chosen() == "2026"
    _send(client, made, "13", "")
    assert chosen() == ""
