"""Dashboards, reports, students, teams, letters and the public report, as people use them."""

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm_schools.models import (
    AgendaItem,
    Attempt,
    Calendar,
    Day,
    Enrolment,
    Intervention,
    Letter,
    Look,
    PublicReport,
    Rating,
    Student,
    Year,
)
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import work_off

NAME = "Given0 Family0"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def school_staff(sign_in: SignIn, made: MadeUp, school: int = 0):  # type: ignore[no-untyped-def]  # A client.
    return sign_in(role="school", scope=made.school_contacts[school])


def test_the_dashboard_counts_bands_and_opens_students(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    page = (
        sign_in(role="school", scope=made.district_contact).get(f"/schools/district/{made.district_id}").text
    )
    with app.app_context(), system("test"):
        chronic = len(
            db.session().scalars(select(Rating.id).where(Rating.is_chronic, Rating.part != "school")).all()
        )
    assert "Harbor Public Schools" in page
    assert f'band=chronic">{chronic}</a>' in page
    assert "As a table" in page
    assert "Family" not in page
    weekdays = sign_in(role="organizer").get(f"/schools/weekdays?district_id={made.district_id}")
    assert "Monday" in weekdays.text


def test_every_report_of_both_kinds_opens(sign_in: SignIn, made: MadeUp) -> None:
    organizer = sign_in(role="administrator")
    for place, count in ((f"district_id={made.district_id}", 9), (f"school_id={made.schools[0]}", 10)):
        listed = organizer.get(f"/schools/reports?{place}").text
        names = sorted({part.split("?")[0] for part in listed.split('href="/schools/reports/')[1:]})
        assert len(names) == count
        for name in names:
            page = organizer.get(f"/schools/reports/{name}?{place}", follow_redirects=True)
            assert page.status_code == 200, name
    assert organizer.get(f"/schools/reports/risks?district_id={made.district_id}").status_code == 404
    assert organizer.get(f"/schools/compare?district_id={made.district_id}").status_code == 200
    assert "Kindergarten" in organizer.get(f"/schools/kindergarten?district_id={made.district_id}").text


def test_a_school_that_a_student_left_for_another_sees_them_no_more(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context(), system("test"):
        school_id = db.session().get_one(Student, made.absent).school_id
        assert school_id is not None
        old = made.schools.index(school_id)
    new = 1 - old
    page = f"/schools/student/{made.absent}"
    before, after = school_staff(sign_in, made, old), school_staff(sign_in, made, new)
    assert (before.get(page).status_code, after.get(page).status_code) == (200, 404)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        first = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        moved = first.begins_on + timedelta(days=40)
        first.ends_on = moved - timedelta(days=3)
        values = {"school_year": first.school_year, "grade": first.grade}
        school_id = made.schools[new]
        db.session().add(Enrolment(student_id=made.absent, school_id=school_id, begins_on=moved, **values))
        db.session().get_one(Student, made.absent).school_id = school_id
    for path in (page, f"{page}/why"):
        assert (before.get(path).status_code, after.get(path).status_code) == (404, 200), path


def test_exactly_ten_percent_is_explained_to_the_day(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Year)).one().ends_on = day_here() + timedelta(days=30)
        calendar_id = db.session().scalars(select(Calendar.id)).one()
        db.session().add(Day(calendar_id=calendar_id, on_date=school_days(101)[-1]))
    page = school_staff(sign_in, made).get(f"/schools/student/{made.absent}/why").text
    assert "Missed 10 of 100 days enrolled: 10.0%." in page
    assert "200 ≥ 200" in page
    assert page.count("<code>") == 11
    assert "With one day at school without an absence: At risk." in page


def test_names_are_for_those_who_have_the_school_and_looks_are_logged(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    address = f"/schools/student/{made.absent}"
    staff = school_staff(sign_in, made)
    page = staff.get(address)
    assert NAME in page.text
    assert "sch-day-" in page.text
    assert school_staff(sign_in, made, 1).get(address).status_code == 404
    assert sign_in(role="viewer").get(address).status_code == 403
    assert sign_in().get(address).status_code in {403, 404}
    listed = staff.get(f"/schools/students?school_id={made.schools[0]}&band=chronic").text
    assert "Family0, Given0" in listed
    with app.app_context(), system("test"):
        looks = db.session().scalars(select(Look.what).where(Look.student_id == made.absent)).all()
    assert sorted(looks) == ["list", "page"]


def test_a_team_meets_on_an_agenda_made_from_the_data(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = school_staff(sign_in, made)
    day = school_days()[-1].isoformat()
    sent = staff.post(
        f"/schools/meetings/new?school_id={made.schools[0]}",
        data={"held_on": day, "people": "Chair: A. Reed"},
        follow_redirects=True,
    )
    assert "Flagged, and nothing is being done yet" in sent.text
    with app.app_context(), system("test"):
        item = db.session().scalars(select(AgendaItem).where(AgendaItem.student_id == made.absent)).one()
        meeting_id, item_id = item.meeting_id, item.id
        assert (
            db.session().query(AgendaItem).filter(AgendaItem.student_id.in_(made.students[1::2])).count() == 0
        )
    kept = staff.post(
        f"/schools/meeting/{meeting_id}/save",
        data={f"decision-{item_id}": "Call the family this week", "held": "on"},
        follow_redirects=True,
    )
    assert "Call the family this week" in kept.text
    assert school_staff(sign_in, made, 1).get(f"/schools/meeting/{meeting_id}").status_code == 404
    assert sign_in(role="viewer").get(f"/schools/meeting/{meeting_id}").status_code == 403


def test_contacts_interventions_plans_and_letters_are_written(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff, page = school_staff(sign_in, made), f"/schools/student/{made.absent}"
    begins = school_days()[40].isoformat()
    assert (
        staff.post(
            f"{page}/add/contact",
            data={"on_date": begins, "way": "call", "outcome": "message", "guardian_id": ""},
        ).status_code
        == 303
    )
    assert (
        staff.post(
            f"{page}/add/intervention", data={"kind": "mentor", "begins_on": begins, "each_week": "2"}
        ).status_code
        == 303
    )
    assert staff.post(f"{page}/add/cause", data={"kind": "barriers", "detail": "Asthma"}).status_code == 303
    wrong = staff.post(
        f"{page}/add/plan",
        data={"goal": "Two days at most", "begins_on": begins, "state": "open", "checkpoints-0": "soon"},
    )
    assert wrong.status_code in {200, 422}
    assert "“soon” is no day" in wrong.text
    staff.post(
        f"{page}/add/plan",
        data={
            "goal": "Two days at most",
            "begins_on": begins,
            "state": "open",
            "checkpoints-0": "2026-03-02",
            "checkpoints-1": "4/6/2026",
        },
    )
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Attempt.outcome)).all() == ["message"]
        intervention_id = db.session().scalars(select(Intervention.id)).one()
    staff.post(f"/schools/intervention/{intervention_id}/dose", data={"given_on": begins, "minutes": "20"})
    shown = staff.get(page).text
    for words in ("Left a message", "Mentor who checks in", "Took place once", "Asthma", "Two days at most"):
        assert words in shown, words
    early = staff.post(
        f"{page}/letter",
        data={"stage": "plan", "language": "es", "person": "A", "phone": "555", "guardian_id": ""},
    )
    assert "First send" in early.text
    sent = staff.post(
        f"{page}/letter",
        data={"stage": "nudge", "language": "es", "person": "Ana", "phone": "555", "guardian_id": ""},
        follow_redirects=True,
    )
    assert "Extrañamos a Given0" in sent.text
    assert "ha faltado 10 días" in sent.text
    assert sign_in(role="viewer").post(f"{page}/add/cause", data={"kind": "barriers"}).status_code == 403
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Letter.status)).one() == "draft"
    helped = staff.get(f"/schools/results?school_id={made.schools[0]}").text
    assert "Mentor who checks in" in helped
    assert "gets better by itself" in helped


def test_the_next_report_is_seen_by_the_count_that_is_chosen(sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="administrator")
    address = f"/schools/public-report?district_id={made.district_id}&year=2026"
    assert "See it as everybody would" in staff.get(address).text
    hidden = []
    for count in ("3", "20"):
        seen = staff.post(address, data={"smallest_count": count, "see": "yes"}).headers["Location"]
        page = staff.get(seen).text
        assert f"counts below {count}" in page
        hidden.append(page.count("sch-hidden"))
    assert hidden[0] < hidden[1]
    assert staff.get(seen.replace("count=20", "count=2")).status_code == 404
    assert staff.post(address, data={"smallest_count": "2", "see": "yes"}).status_code == 422
    organizer = sign_in(role="organizer")
    assert "several such reports together tell" in organizer.get(seen).text
    assert "counts below 6" in organizer.get(seen.replace("count=20", "count=6")).text


def test_the_public_report_hides_survives_its_audit_and_needs_no_account(
    app: Flask,
    client: PageClient,
    sign_in: SignIn,
    made: MadeUp,
) -> None:
    staff = sign_in(role="organizer")
    address = f"/schools/public-report?district_id={made.district_id}&year=2026"
    assert "found none" in staff.get(address).text
    seen = staff.post(address, data={"smallest_count": "6", "see": "yes"}).headers["Location"]
    before = staff.get(seen).text
    assert "Nobody else sees this yet" in before
    assert sign_in(role="viewer").get(seen).status_code == 403
    asked = staff.post(address, data={"smallest_count": "6"})
    assert work_off(app, asked.headers["Location"]) == "done"
    with app.app_context(), system("test"):
        report = db.session().scalars(select(PublicReport)).one()
        report_id, hidden = report.id, len(report.numbers["hidden"])
    tables = re.findall(r"<table.*?</table>", before, re.DOTALL)
    assert tables == re.findall(
        r"<table.*?</table>", client.get(f"/schools/public/{report_id}?lang=en").text, re.DOTALL
    )
    page = client.get(f"/schools/public/{report_id}?lang=es")
    assert page.status_code == 200
    assert "Ausentismo" in page.text or "Chronic absence" in page.text
    assert "Family" not in page.text
    rows = list(csv.DictReader(StringIO(client.get(f"/schools/public/{report_id}/report.csv").text)))
    assert sum(1 for row in rows if row["students"] == "*") == hidden > 0
    for row in rows:
        if row["students"] != "*":
            assert int(row["students"]) >= 10
            assert row["chronically_absent"] == "0" or int(row["chronically_absent"]) >= 6
    embed = client.get(f"/schools/public/{report_id}/embed")
    assert "frame-ancestors *" in embed.headers["Content-Security-Policy"]
    assert sign_in(role="viewer").post(address, data={"smallest_count": "6"}).status_code in {200, 403}
    staff.post(f"/schools/public-report/{report_id}/withdraw")
    assert client.get(f"/schools/public/{report_id}").status_code == 404


def test_pages_make_as_many_statements_for_many_students_as_for_few(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    from sqlalchemy import event

    def counted() -> int:
        seen: list[str] = []
        engine = app.extensions["crm"].engine

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        client.get(f"/schools/district/{made.district_id}?year=2026")
        event.remove(engine, "before_cursor_execute", note)
        return len([each for each in seen if each.startswith("SELECT") and "schools_" in each])

    client = sign_in(role="organizer")
    client.get(f"/schools/district/{made.district_id}?year=2026")
    assert counted() <= 16
    with app.app_context():
        assert Actor.system().can("schools.view")


def test_parts_of_other_pages_show_numbers_to_viewers_and_names_to_staff(
    sign_in: SignIn, made: MadeUp
) -> None:
    viewer, staff = sign_in(role="organizer"), school_staff(sign_in, made)
    assert "Harbor Public Schools" in viewer.get("/schools/card").text
    assert "chronically absent in 2025" in viewer.get(f"/schools/contact/{made.school_contacts[0]}").text
    assert staff.get("/schools/mine").status_code == 200
    assert "Attendance" in viewer.get(f"/contacts/{made.school_contacts[0]}").text
    letters = sign_in(role="administrator").get(f"/schools/district/{made.district_id}/letters").text
    assert "Extrañamos a {student}" in letters
