"""Where the page of all districts leads whoever brings in files."""

from flask import Flask

from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.tests.made_up import make
from crm_schools.views.places import grade_label
from crm_schools.words import grade_of, grade_order

pytestmark = on_sqlite


def test_rosters_are_brought_in_as_rosters(sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    page = client.get("/schools/").text
    assert page.count('href="/imports/new?kind=roster"') == 2
    assert "a spreadsheet has students alone" in page
    assert '<option value="roster" selected>' in client.get("/imports/new?kind=roster").text


def test_a_thirteenth_year_is_a_grade(app: Flask, sign_in: SignIn) -> None:
    assert [grade_of(word) for word in ("13", "Grade 13", "13th grade", "Thirteenth grade")] == ["13"] * 4
    assert [grade_of(word) for word in ("14", "00", "000", "")] == [None, "K", None, ""]
    assert sorted(("13", "2", "", "K", "12"), key=grade_order) == ["K", "2", "12", "13", ""]
    with app.test_request_context():
        assert grade_label("13") == "Grade 13"
    made = make(app, students=6)
    client = sign_in(role="school", scope=made.school_contacts[0])
    form = client.get(f"/schools/student/{made.absent}/enrolment").text
    assert '<option value="13">Grade 13</option>' in form
