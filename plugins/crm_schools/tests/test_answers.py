"""The sentences above reports: true of their tables, and of what these leave out."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Attendance, Enrolment, Rating, Student
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def _absent(app: Flask, days: dict[int, int]) -> None:
    """Give these students that many days without an excuse, and nobody else any."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            row.marks = pack([(day, 2, None) for day in school_days()[: days.get(row.student_id, 0)]])


def _described(app: Flask, values: dict[int, dict[str, object]]) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for student_id, told in values.items():
            for name, value in told.items():
                setattr(db.session().get_one(Student, student_id), name, value)


def _says(page: str) -> str:
    return " ".join(re.findall(r"<li>(.*?)</li>", page.split("sch-answer", 1)[-1].split("</ul>", 1)[0]))


def test_kindergarten_that_is_hidden_is_not_called_none(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Two chronically absent children of a school hide it and the other; all twenty together are shown."""
    kindergarten = made.students[::3]
    others = [each for each in made.students if each not in kindergarten]
    _absent(app, dict.fromkeys([*kindergarten[1:17:2], *kindergarten[:4:2], *others[:24]], 12))
    page = f"/schools/kindergarten?district_id={made.district_id}&year=2026"
    hidden, seen = sign_in(role="organizer").get(page).text, sign_in(role="administrator").get(page).text
    assert "The numbers of each school are hidden" in hidden
    assert "No kindergarten here" not in hidden
    assert "50.0%" in hidden, "the district's, as on its dashboard"
    assert "are hidden" not in seen
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for stay in db.session().scalars(select(Enrolment).where(Enrolment.grade == "K")):
            stay.grade = "3"
    assert "No kindergarten here" in sign_in(role="organizer").get(page).text


def test_hidden_schools_are_not_counted_as_worse_or_low(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _absent(app, dict.fromkeys([*made.students[1:31:2], *made.students[:3:2]], 12))
    page = f"/schools/reports/schools?district_id={made.district_id}&year=2026"
    assert "1 school has a rate of 20 % or more." in _says(sign_in(role="administrator").get(page).text)
    says = _says(sign_in(role="organizer").get(page).text)
    assert "2 schools are hidden" in says
    assert "20 %" not in says
    _absent(app, dict.fromkeys(made.students[:30], 12))
    says = _says(sign_in(role="organizer").get(page).text)
    assert "hidden" not in says
    assert "2 schools have a rate of 20 % or more." in says


def test_a_report_of_which_nothing_may_be_shown_says_so(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _absent(app, dict.fromkeys([*made.students[1:31:2], *made.students[:3:2]], 12))
    organizer, staff = sign_in(role="organizer"), sign_in(role="administrator")
    of_school = f"school_id={made.schools[0]}&year=2026"
    pages = [f"/schools/reports/{name}?{of_school}" for name in ("race", "grade", "over-time", "risks")]
    for page in (*pages, f"/schools/reports/schools?district_id={made.district_id}&year=2026"):
        assert "These numbers are hidden" in organizer.get(page).text, page
        assert "<table" not in organizer.get(page).text, page
        assert "<table" in staff.get(page).text, page
        assert "hidden</" not in staff.get(page).text, page


def test_highest_and_lowest_say_among_which_groups(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _described(
        app, {each: {"race": "black" if at < 30 else "white"} for at, each in enumerate(made.students)}
    )
    _absent(app, dict.fromkeys(made.students[:15], 12))
    page = f"/schools/reports/race?district_id={made.district_id}&year=2026"
    staff, organizer = sign_in(role="administrator"), sign_in(role="organizer")
    assert _says(staff.get(page).text).startswith(
        "Highest: Black or African American with 50.0%. Lowest: White"
    )
    _described(app, {each: {"race": "pacific"} for each in made.students[:3]})
    said = _says(staff.get(page).text)
    assert said.startswith("Of groups of 10 students or more, the highest rate is 44.4% (Black")
    _described(app, {each: {"race": ""} for each in made.students[55:]})
    said = _says(staff.get(page).text)
    assert said.startswith("Of groups of 10 students or more, “Not said” aside, the highest rate is 44.4%")
    _described(app, {each: {"race": "black"} for each in [*made.students[:3], *made.students[55:]]})
    said = _says(organizer.get(page).text)
    assert said.startswith("Of those shown here, the highest rate is")


@pytest.mark.parametrize(
    "report, field, group",
    [
        ("disability", "disability", "Students with disabilities"),
        ("lunch", "disadvantaged", "Economically disadvantaged"),
        ("english-learner", "english_learner", "English learners"),
    ],
)
def test_who_is_something_stands_beside_the_others(
    app: Flask, sign_in: SignIn, made: MadeUp, report: str, field: str, group: str
) -> None:
    _described(app, {each: {field: at < 20} for at, each in enumerate(made.students)})
    _absent(app, dict.fromkeys(made.students[:30], 12))
    page = sign_in(role="administrator").get(
        f"/schools/reports/{report}?district_id={made.district_id}&year=2026"
    )
    assert _says(page.text).startswith(f"{group}: 100.0%; others: 25.0%.")


def test_a_group_without_anybody_who_is_counted_is_no_row(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """A student who came yesterday without a gender, and is in no rate yet."""
    _described(app, {made.students[0]: {"gender": ""}})
    staff = sign_in(role="administrator")
    pages = (
        f"/schools/district/{made.district_id}?year=2026",
        f"/schools/reports/gender?district_id={made.district_id}&year=2026",
    )
    assert all("Not said" in staff.get(page).text for page in pages)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.students[0])).one()
        stay.begins_on = school_days()[-1]
    for page in pages:
        assert "Not said" not in staff.get(page).text
        assert "Female" in staff.get(page).text


def test_the_newest_year_stands_first_where_a_report_has_several(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """A phone shows no more than the columns of one year. The bar stands beside the year that it shows."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for rating in db.session().scalars(select(Rating).where(Rating.student_id.in_(made.students[:40]))):
            rating.school_year = 2025
    page = sign_in(role="administrator").get(
        f"/schools/reports/grade-years?district_id={made.district_id}&year=2026"
    )
    head = page.text.partition("<thead>")[2].partition("</tr>")[0]
    assert re.findall(r"20\d\d–\d\d|sch-barcell", head) == ["2025–26", "sch-barcell", "2024–25"]
    rows = page.text.partition("</thead>")[2].partition("</table>")[0].split("</tr>")[:-1]
    for row in rows:
        cells = re.findall(r"<t[dh][^>]*>", row)
        assert [number for number, cell in enumerate(cells) if "sch-barcell" in cell] == [4]
