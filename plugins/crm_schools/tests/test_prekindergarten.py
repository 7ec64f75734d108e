"""Chronic absence is measured from kindergarten on: what becomes of prekindergarten."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools import figures, settings
from crm_schools.models import District, Enrolment, Intervention, PublicReport, Rating
from crm_schools.publishing import publish
from crm_schools.rate_commands import rate_data
from crm_schools.rating.settling import settle
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.words import grade_of

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    """The first twenty students, one of whom misses exactly 10 %, are in prekindergarten."""
    found = make(app, students=60)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        young = update(Enrolment).where(Enrolment.student_id.in_(found.students[:20]))
        db.session().execute(young.values(grade="PK"))
        settle(found.students)
    return found


def _decide(app: Flask, made: MadeUp, value: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        district = db.session().get_one(District, made.district_id)
        settings.decide(district, "prekindergarten", value, source="The board", dated_on=None)


def _rates(app: Flask) -> tuple[int, int, int]:
    """Students in a rate, chronically absent, and apart."""
    with app.app_context():
        (row,) = rate_data("district", None)["rows"]
    return row["students"], row["chronic"], row["pre_k"]


def test_prekindergarten_stands_in_no_rate_unless_the_district_says_so(app: Flask, made: MadeUp) -> None:
    students, chronic, apart = _rates(app)
    assert (students, apart) == (40, 20)
    _decide(app, made, "counts")
    everybody, of_all, nobody = _rates(app)
    assert (everybody, nobody) == (60, 0)
    assert of_all > chronic
    _decide(app, made, "apart")
    assert _rates(app) == (students, chronic, 20)


def test_pages_agree_and_say_why(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client, of = sign_in(role="administrator"), f"district_id={made.district_id}"
    students, chronic, _apart = _rates(app)
    shown = client.get(f"/schools/district/{made.district_id}").text
    assert "Prekindergarten" in shown
    assert f"<b>{students} students</b>" in client.get(f"/schools/students?band=rated&{of}").text
    assert f"<b>{chronic} students</b>" in client.get(f"/schools/students?band=chronic&{of}").text
    assert "<b>20 students</b>" in client.get(f"/schools/students?band=pre_k&{of}").text
    why = client.get(f"/schools/student/{made.absent}/why").text
    assert "Prekindergarten stands in no rate here" in why
    assert "Prekindergarten: stands in no rate" in why
    assert "Missed 10 of 100 days enrolled" in why
    assert "20 children in prekindergarten stand in no rate" in client.get(f"/schools/kindergarten?{of}").text


def test_early_help_goes_by_the_days_all_the_same(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with app.app_context(), system("test"):
        row = db.session().scalars(select(Rating).where(Rating.student_id == made.absent)).one()
        assert (row.band, row.is_chronic, row.tier, row.tier_reason) == ("pre_k", False, 2, "rate_10")
        assert set(row.months_band) == {"p", "-"}
    listed = sign_in(role="administrator").get(f"/schools/students?early=1&district_id={made.district_id}")
    assert f"/schools/student/{made.absent}" in listed.text


def test_both_ways_of_rating_agree(app: Flask, made: MadeUp) -> None:
    """Of whoever has early help every day is looked at; of others days are added up as one number."""

    def row() -> tuple[object, ...]:
        with app.app_context(), system("test"):
            found = db.session().scalars(select(Rating).where(Rating.student_id == made.absent)).one()
            return found.band, found.is_chronic, found.months_band, found.absent, found.enrolled

    plain = row()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        enrolled = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        about = {"student_id": made.absent, "school_year": 2026, "begins_on": enrolled.begins_on}
        about["school_id"] = enrolled.school_id
        db.session().add(Intervention(**about, kind="mentor", tier=2))
    assert row() == plain


def test_the_public_report_leaves_it_out_and_says_so(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="administrator")
    page = f"/schools/public-report/preview?district_id={made.district_id}&year=2026"
    shown = client.get(page)
    assert shown.status_code == 200, shown.status
    assert "Students count from kindergarten on" in shown.text
    assert "Prekindergarten</th>" not in shown.text
    with app.app_context(), system("test"):
        assert db.session().scalars(select(PublicReport)).all() == []


def test_transitional_kindergarten_is_a_grade_of_its_own(app: Flask) -> None:
    assert grade_of("TK") == grade_of("Transitional Kindergarten") == "TK"
    assert grade_of("PK") == grade_of("Preschool/Prekindergarten") == grade_of("-1") == "PK"


def test_what_the_rule_changes_in_the_total_tells_nobody_of_a_class(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """A public report, and the total on pages once prekindergarten counts, differ by its children."""
    viewer, page = sign_in(role="viewer"), f"/schools/district/{made.district_id}?year=2026"
    _decide(app, made, "counts")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        often = select(Rating.student_id).where(Rating.is_chronic, Rating.grade == "PK")
        others = db.session().scalars(often.order_by(Rating.student_id)).all()[3:]
        in_first = update(Enrolment).where(Enrolment.student_id.in_(others))
        db.session().execute(in_first.values(grade="1"))
        settle(others)
    _decide(app, made, "apart")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        district = db.session().get_one(District, made.district_id)
        publish(figures.place_of(Actor.system(), district, None, 2026), Actor.system())
    before = _rates(app)
    assert "days attended" in viewer.get(page).text
    _decide(app, made, "counts")
    assert _rates(app)[1] - before[1] == 3, "so few of the class are chronically absent"
    shown = viewer.get(page).text
    assert "These numbers are hidden" in shown
    assert "days attended" not in shown
    assert "days attended" in sign_in(role="administrator").get(page).text
    for report in ("schools", "race", "grade"):
        told = viewer.get(f"/schools/reports/{report}?district_id={made.district_id}&year=2026").text
        cells = set(re.findall(r"<td>([\d,]+)</td>", told))
        assert not cells & {str(each) for each in (*before[:2], *_rates(app)[:2])}, report


def test_weekdays_are_of_those_in_a_rate(app: Flask, made: MadeUp) -> None:
    def missed() -> int:
        with app.test_request_context(), system("test"):
            district = db.session().get_one(District, made.district_id)
            place = figures.place_of(Actor.system(), district, None, 2026)
            return sum(halves for halves, _days in figures.by_weekday(place).values())

    def counted() -> int:
        with app.app_context(), system("test"):
            of_all = select(func.sum(Rating.absent)).where(Rating.band != "pre_k")
            return int(db.session().scalar(of_all) or 0)

    apart = missed()
    assert apart == counted()
    _decide(app, made, "counts")
    assert missed() == counted() > apart
