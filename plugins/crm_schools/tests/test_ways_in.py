"""Where whoever brings in files is led, and what they may name."""

import pytest
from flask import Flask

from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.tests.made_up import make
from crm_schools.tests.support import upload
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


@pytest.mark.parametrize(
    "headers, is_warned_of",
    [
        ("Student Number,Last Name,First Name,Grade Level", True),
        ("STUDENT_ID,Name,Entry Date,Exit Date", True),
        ("SSID,Name,Grade", True),
        ("Last Name,First Name,Email,School,Grade", False),
        ("ID Number,Name,School,Start Date", False),
        ("Student Number,Name,Phone", False),
    ],
)
def test_a_list_of_students_that_was_chosen_as_contacts_is_warned_of(
    sign_in: SignIn, headers: str, is_warned_of: bool
) -> None:
    client = sign_in(role="administrator")
    cells = ",".join(["1"] * (headers.count(",") + 1))
    page = client.get(upload(client, "contacts", "people.csv", f"{headers}\n{cells}\n")).text
    assert ("The columns look like those of “Roster of a district”" in page) is is_warned_of
