"""The list of students behind a number: how many they are, and of which school."""

import re
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.marks import pack
from crm_schools.models import Attempt, Attendance, District, Enrolment, Look, Rating, School, Student
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import roster_zip

pytestmark = on_sqlite


def _absent(app: Flask, made: MadeUp, count: int) -> None:
    """So many students miss twelve days, and the others none."""
    missing = set(made.students[:count])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            missed = school_days()[:12] if row.student_id in missing else []
            row.marks = pack([(day, 2, None) for day in missed])


def test_each_page_of_a_list_says_how_many_there_are(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=140)
    _absent(app, made, 115)
    staff = sign_in(role="administrator")
    page: str | None = f"/schools/students?district_id={made.district_id}&year=2026&band=chronic"
    seen = []
    while page:
        text = staff.get(page).text
        assert "<b>115 students</b>" in text
        seen += re.findall(r"/schools/student/(\d+)\?", text)
        more = re.search(r'class="btn" href="([^"]+)">Next students', text)
        page = more[1].replace("&amp;", "&") if more else None
    assert sorted(map(int, seen)) == made.students[:115]
    few = f"/schools/students?district_id={made.district_id}&year=2026&grade=K&at_school={made.schools[0]}"
    assert "<b>20 students</b>" in staff.get(f"{few}&band=chronic").text
    own = sign_in(role="school", scope=made.school_contacts[1])
    mine = own.get(f"/schools/students?school_id={made.schools[1]}&year=2026&band=chronic").text
    assert "<b>57 students</b>" in mine


def test_what_is_often_needed_stays_at_the_school(app: Flask, sign_in: SignIn) -> None:
    made = make(app)
    _absent(app, made, 30)
    staff = sign_in(role="administrator")
    page = (
        f"/schools/students?district_id={made.district_id}&year=2026&band=rated&at_school={made.schools[0]}"
    )
    presets = re.findall(r'class="btn btn-sm" href="(/schools/students\?[^"]+)"', staff.get(page).text)
    assert len(presets) > 6
    assert all(f"at_school={made.schools[0]}" in each for each in presets)
    nothing_done = next(each for each in presets if "no_action" in each).replace("&amp;", "&")
    assert "<b>15 students</b>" in staff.get(nothing_done).text


def test_students_of_a_roster_are_listed_before_attendance_comes(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        with system("test"):
            district = db.session().scalars(select(District)).one().id
            east = db.session().scalars(select(School).where(School.local_id == "E1")).one()
            school, contact = east.id, east.contact_id
    page = f"/schools/students?district_id={district}"
    text = sign_in(role="administrator").get(page).text
    assert "Nothing counted yet" in text
    assert "empty-title" not in text
    assert [each in text for each in ("Ibáñez, Ana", "Oak, Ben", "Ash, Cleo", "Elm, Dov")] == [True] * 4
    own = sign_in(role="school", scope=contact)
    text = own.get(f"/schools/students?school_id={school}").text
    assert "Ibáñez, Ana" in text
    assert "Ash, Cleo" not in text
    with app.app_context(), system("test"):
        ways = db.session().scalars(select(Look.what).where(Look.what == "list")).all()
        last = db.session().scalars(select(Student.id).where(Student.family_name == "Elm")).one()
    assert len(ways) >= 4, "each look at a name is written down"
    behind = sign_in(role="administrator").get(f"{page}&later={last}").text
    assert "Ibáñez, Ana" in behind
    assert "Ash, Cleo" not in behind
    assert "Nothing counted yet" not in sign_in(role="administrator").get(f"{page}&band=severe").text
    assert sign_in(role="viewer").get(page).status_code == 403


def test_whether_a_family_was_reached_is_of_the_year_that_is_shown(app: Flask, sign_in: SignIn) -> None:
    """As an agenda counts it: a call of last May is no help now."""
    made = make(app, students=24)
    page = f"/schools/students?district_id={made.district_id}&year=2026"
    for year, day in ((2025, date(2025, 5, 6)), (2026, date(2025, 10, 7))):
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            call = {"student_id": made.absent, "school_year": year, "on_date": day, "way": "call"}
            db.session().add(Attempt(**call, outcome="reached"))
        row = sign_in(role="administrator").get(page).text.partition("Family0, ")[2].partition("</tr>")[0]
        assert ("May 6, 2025" in row, "Oct 7, 2025" in row) == (False, year == 2026)
    assert "Family reached in 2025–26" in sign_in(role="administrator").get(page).text


def test_before_anybody_is_in_a_rate_lists_lead_to_who_needs_early_help(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=24)
    staff = sign_in(role="administrator")
    overview = f"/schools/district/{made.district_id}?year=2026"
    chronic = f"/schools/students?district_id={made.district_id}&year=2026&band=chronic"
    assert "Who is flagged" in staff.get(f"/schools/school/{made.schools[0]}?year=2026").text
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for rating in db.session().scalars(select(Rating)):
            rating.band, rating.is_chronic = "short", False
            rating.tier = {made.students[0]: 3, made.students[2]: 2}.get(rating.student_id, 1)
    shown = staff.get(overview).text
    assert "Who is flagged" not in shown
    early = re.search(r'href="([^"]+)">.*?Who needs early help', shown.partition("rc-page-actions")[2])
    assert early
    listed = staff.get(early[1].replace("&amp;", "&")).text
    assert "<b>2 students</b>" in listed
    assert "Without “Needs early help (tiers 2 and 3)”" in listed
    assert "2 students need early help" in staff.get(chronic).text
    assert "Take away a filter" not in staff.get(chronic).text
    assert "Take away a filter" in staff.get(f"{chronic}&truant=1").text
    assert "Take away a filter" in staff.get(f"{chronic}&at_school={made.schools[1]}").text
    assert "2 students need early help" in staff.get(f"{chronic}&at_school={made.schools[0]}").text


def test_a_list_says_why_it_has_fewer_students_than_the_number_of_the_school(
    app: Flask, sign_in: SignIn
) -> None:
    made = make(app, students=24)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    said = "Those who have moved on since are not yours to see"
    where = f"/schools/students?school_id={made.schools[0]}&year=2026"
    pages = (f"{where}&band=rated", f"{where}&band=rated&grade=K")
    assert all(said not in staff.get(page).text for page in pages)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        student = db.session().get_one(Student, made.absent)
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == student.id)).one()
        stay.grade, begins = "K", stay.begins_on + timedelta(days=60)
        stay.ends_on, student.school_id = begins - timedelta(days=3), made.schools[1]
        values = {"school_id": made.schools[1], "school_year": 2026, "grade": "K", "begins_on": begins}
        db.session().add(Enrolment(student_id=student.id, **values))
    for page in pages:
        assert said in staff.get(page).text, page
        assert said not in sign_in(role="administrator").get(page).text, page
    for other in ("", "&band=rated&grade=5", "&early=1", "&band=rated&mine=1"):
        assert said not in staff.get(where + other).text, other
