"""What somebody who may see numbers, yet no student, can tell from them: nothing of a few."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Attendance, Enrolment, PublicReport, Student
from crm_schools.rate_commands import rate_data, text_of
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import work_off

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def test_students_in_no_rate_do_not_make_a_small_group_look_large(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for student_id in made.students[:15]:
            db.session().get_one(Student, student_id).race = "pacific"
        for stay in db.session().scalars(
            select(Enrolment).where(Enrolment.student_id.in_(made.students[3:15]))
        ):
            stay.ends_on = date(2025, 9, 4)
    address = f"/schools/reports/race?district_id={made.district_id}&year=2026"
    page = f"/schools/district/{made.district_id}?year=2026"
    organizer, staff = sign_in(role="organizer"), sign_in(role="administrator")
    assert "Pacific Islander" in staff.get(address).text
    assert "Pacific Islander" not in organizer.get(address).text
    assert "in no rate" in staff.get(page).text
    assert "in no rate" not in organizer.get(page).text


def _absent_from(app: Flask, made: MadeUp, days: dict[int, int]) -> None:
    """Give these students that many unexcused days, and nobody else any."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            missed = school_days()[: days.get(row.student_id, 0)]
            row.marks = pack([(day, 2, None) for day in missed])


def test_a_few_among_many_are_not_counted_out_loud(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Of sixty students two are severely absent, and of a place with two alone nothing is said at all."""
    everybody = dict.fromkeys(made.students[:28], 12)
    _absent_from(app, made, everybody | {made.students[0]: 40, made.students[1]: 40})
    page = f"/schools/district/{made.district_id}?year=2026"
    organizer, staff = sign_in(role="organizer"), sign_in(role="administrator")
    assert ">Severe" in staff.get(page).text
    shown = organizer.get(page).text
    assert "chronically absent" in shown
    for part in (">Severe", "tiers-title", "truancy-title"):
        assert part in staff.get(page).text, part
    for part in (">Severe", "tiers-title"):
        assert part not in shown, part

    _absent_from(app, made, dict.fromkeys(made.students[:2], 40))
    place = f"district_id={made.district_id}&year=2026"
    assert "<svg" in staff.get(f"/schools/weekdays?{place}").text
    assert "As a table" in staff.get(f"/schools/weekdays?{place}").text
    assert "As a table" not in organizer.get(f"/schools/weekdays?{place}").text
    assert "These numbers are hidden" in organizer.get(page).text
    school = f"school_id={made.schools[0]}&year=2026"
    assert ">2025–26<" in staff.get(f"/schools/reports/risks?{school}").text
    for name in ("risks", "over-time", "grade", "race"):
        text = organizer.get(f"/schools/reports/{name}?{school}").text
        assert not re.search(r"<td[^>]*>\s*(1|2)\s*</td>", text), name


def test_undo_does_not_make_anybody_forget_what_was_public(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    admin = sign_in(role="administrator")
    address = f"/schools/public-report?district_id={made.district_id}&year=2026"
    asked = admin.post(address, data={"smallest_count": "6"})
    assert work_off(app, asked.headers["Location"]) == "done"
    with app.app_context(), system("test"):
        kept = db.session().scalar(select(func.count(PublicReport.id)))
        changes = list(
            db.session().scalars(select(ChangeSet.id).where(ChangeSet.action == "schools.publish"))
        )
        assert "schools_public_report" not in set(db.session().scalars(select(JournalEntry.table_name)))
    assert kept == 1
    for change_id in changes:
        admin.post(f"/changes/{change_id}/undo")
    assert admin.get("/schools/public/1").status_code == 200
    assert admin.post("/schools/public-report/1/withdraw").status_code == 303
    assert admin.get("/schools/public/1").status_code == 404


def test_what_one_page_hides_no_other_shows(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """The first school has two chronically absent students: its rate is hidden, and the second one's with it,
    or the district's would tell it; on the second school's own page, too."""
    missed = dict.fromkeys(made.students[1:31:2], 12) | dict.fromkeys(made.students[:3:2], 12)
    _absent_from(app, made, missed)
    organizer, staff = sign_in(role="organizer"), sign_in(role="administrator")
    district = f"/schools/district/{made.district_id}?year=2026"
    assert "chronically absent" in organizer.get(district).text
    second = f"/schools/school/{made.schools[1]}?year=2026"
    assert "50.0%" in staff.get(second).text
    assert "These numbers are hidden" in organizer.get(second).text
    assert "50.0%" not in organizer.get(second).text
    of_school = f"school_id={made.schools[1]}&year=2026"
    for address in (
        f"/schools/kindergarten?district_id={made.district_id}&year=2026",
        f"/schools/compare?district_id={made.district_id}&year=2026",
        *(f"/schools/reports/{name}?{of_school}" for name in ("grade-years", "race", "grade", "risks")),
        f"/schools/kindergarten?{of_school}",
    ):
        text = organizer.get(address).text
        assert "50.0%" not in text, address
        assert not re.search(r"<td[^>]*>\s*15\s*</td>", text), address


def test_a_table_that_one_school_hides_is_not_told_by_the_others(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Three students of one group at the first school: neither school shows its groups, the district does."""
    _absent_from(app, made, dict.fromkeys(made.students[:30], 12))
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for number, student_id in enumerate(made.students):
            race = "white" if number % 4 < 2 or number in {2, 6, 10} else "black"
            db.session().get_one(Student, student_id).race = race
        for student_id in made.students[0:24:2]:
            db.session().get_one(Student, student_id).race = "white"
    organizer, staff = sign_in(role="organizer"), sign_in(role="administrator")
    for school_id in made.schools:
        page = f"/schools/school/{school_id}?year=2026"
        assert ">White<" in staff.get(page).text
        assert ">White<" not in organizer.get(page).text
        assert "chronically absent" in organizer.get(page).text
    assert ">White<" in organizer.get(f"/schools/district/{made.district_id}?year=2026").text


def test_rates_of_the_command_line_say_whose_they_are(app: Flask, made: MadeUp) -> None:
    with app.app_context():
        of_groups = text_of(rate_data("subgroup", 2026, "harbor public schools"))
        of_grades = text_of(rate_data("grade", None))
        with pytest.raises(UserError, match="no district “Nowhere”"):
            rate_data("grade", None, "Nowhere")
    assert "Harbor Public Schools:\nRace and ethnicity: " in of_groups
    assert "English learners: No: " in of_groups
    assert "Harbor Public Schools:\nKindergarten: " in of_grades
