"""Somebody who tries every address with the number of a child that is not theirs to see."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm_schools.models import (
    AgendaItem,
    Attempt,
    Cause,
    Checkpoint,
    Dose,
    Enrolment,
    Guardian,
    Intervention,
    Letter,
    Look,
    Meeting,
    Milestone,
    Plan,
    Student,
)
from crm_schools.tests.made_up import MadeUp, make, school_days

DAY = school_days()[40]
NAME = re.compile("Zoraida|Quixano|Ahorn")
CHILD = re.compile("Zoraida|Quixano")
OPEN_TO_ALL = {"schools.static", "schools.public_report", "schools.public_embed", "schools.public_csv"}


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@pytest.fixture
def ids(app: Flask, made: MadeUp) -> dict[str, int]:
    """A child of the first school about whom everything is written that can be."""
    child = {"student_id": made.absent}
    year = {"school_year": 2026}
    with app.app_context(), db.transaction(Actor.system(), "test.all"), system("test"):
        person = Person(name="Rosa Ahorn", sort_name="ahorn rosa", name_key="rosa ahorn", custom={})
        db.session().add(person)
        db.session().flush()
        named = db.session().get_one(Student, made.absent)
        named.given_name, named.family_name, named.sort_name = "Zoraida", "Quixano", "quixano zoraida"
        school_id = named.school_id
        assert school_id is not None
        guardian = Guardian(**child, contact_id=person.id, relation="Mother")
        meeting = Meeting(district_id=made.district_id, school_id=school_id, **year, held_on=DAY)
        plan = Plan(**child, **year, goal="Ahorn", begins_on=DAY)
        intervention = Intervention(
            **child, **year, school_id=school_id, tier=2, kind="mentor", begins_on=DAY
        )
        letter = Letter(
            **child, **year, stage="nudge", language="en", title="Zoraida", text="Quixano", made_on=DAY
        )
        attempt = Attempt(**child, **year, on_date=DAY, way="call", outcome="reached", note="Quixano")
        cause = Cause(**child, **year, kind="barriers", detail="Quixano", noted_on=DAY)
        milestone = Milestone(**child, **year, kind="two_weeks", reached_on=DAY)
        rows = [guardian, meeting, plan, intervention, letter, attempt, cause, milestone]
        db.session().add_all(rows)
        db.session().flush()
        item = AgendaItem(meeting_id=meeting.id, **child, reason="new", decision="Call Quixano")
        checkpoint = Checkpoint(plan_id=plan.id, **child, due_on=DAY)
        dose = Dose(intervention_id=intervention.id, **child, given_on=DAY)
        db.session().add_all([item, checkpoint, dose])
        db.session().flush()
        enrolment = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        return {
            "student_id": made.absent,
            "meeting_id": meeting.id,
            "intervention_id": intervention.id,
            "plan_id": plan.id,
            "checkpoint_id": checkpoint.id,
            "letter_id": letter.id,
            "last_id": letter.id,
            "guardian_id": guardian.id,
            "enrolment_id": enrolment.id,
            "contact_id": person.id,
            "record_id": attempt.id,
            "school_id": school_id,
            "district_id": made.district_id,
        }


def addresses(app: Flask, ids: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and address of each route of the plugin, with the numbers of the child."""
    values = {**ids, "name": "students", "part": "contact", "stage": "nudge", "language": "en"}
    values |= {"report_id": 1, "year": 2026, "day": DAY.isoformat(), "calendar_id": 1}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if not rule.endpoint.startswith("schools.") or rule.endpoint in OPEN_TO_ALL:
                continue
            values["name"] = "letters" if rule.endpoint == "schools.bulk" else "students"
            filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
            query = f"?school_id={ids['school_id']}&year=2026"
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule.endpoint, method, filled + query


BODY = {
    "wanted": "quixano",
    "kind": "barriers",
    "on_date": DAY.isoformat(),
    "way": "call",
    "outcome": "reached",
    "stage": "nudge",
    "person": "Reed",
    "phone": "203-555-0100",
    "step": "plan",
}


def test_nobody_reaches_a_child_that_is_not_theirs_by_any_address(
    app: Flask, sign_in: SignIn, made: MadeUp, ids: dict[str, int]
) -> None:
    other = next(contact for school, contact in zip(made.schools, made.school_contacts, strict=True)
                 if school != ids["school_id"])  # fmt: skip
    strangers = {
        "another school": sign_in(role="school", scope=other),
        "organizer": sign_in(role="organizer"),
        "viewer": sign_in(role="viewer"),
        "media": sign_in(role="media"),
        "agency": sign_in(role="agency", scope=other) if _has_role(app, "agency") else sign_in(),
        "no role": sign_in(),
    }
    before = _all_of_child(app, made.absent)
    tried = 0
    for who, client in strangers.items():
        for endpoint, method, address in addresses(app, ids):
            for htmx in ({}, {"HX-Request": "true"}):
                send = client.get if method == "GET" else client.post
                body = {} if method == "GET" else {"data": {**BODY, "ids": str(made.absent)}}
                answer = send(address, headers=htmx, **body)
                tried += 1
                assert answer.status_code < 500, (who, endpoint)
                # A guardian is among the contacts; whose guardian, stands there for nobody else.
                needle = CHILD if endpoint == "schools.of_contact" else NAME
                assert not needle.search(answer.text), (who, endpoint, method)
    assert tried > 500
    assert _all_of_child(app, made.absent) == before
    with app.app_context(), system("test"):
        seen = select(Look.what).where(Look.student_id == made.absent)
        assert db.session().scalars(seen).all() == []


def test_pages_of_the_core_name_no_child(
    app: Flask, sign_in: SignIn, made: MadeUp, ids: dict[str, int]
) -> None:
    """History, undo, search, calendar, the guardian's page, the home page: an organizer finds no child there,
    and in the search nobody does."""
    with app.app_context(), db.transaction(Actor.system(), "test.change"), system("test"):
        db.session().get_one(Student, made.absent).preferred_name = "Zoraida"
    pages = ["/", "/changes", f"/history/schools_student/{made.absent}", "/calendar", "/imports"]
    pages += [f"/contacts/{ids['contact_id']}", f"/contacts/{made.district_contact}"]
    pages += [f"/changes/{number}" for number in range(1, 12)]
    pages += [f"/changes/{number}/undo" for number in range(1, 12)]
    organizer, viewer = sign_in(role="organizer"), sign_in(role="viewer")
    for address in pages:
        for client in (organizer, viewer):
            found = CHILD.search(client.get(address, follow_redirects=True).text)
            assert not found, address
    for role in ("organizer", "administrator"):
        answer = sign_in(role=role).get("/search?q=Zorai", follow_redirects=True)
        assert answer.status_code == 200
        assert not re.search("Quixano", answer.text)


def _has_role(app: Flask, name: str) -> bool:
    from crm.accounts import services

    with app.app_context():
        return services.role_named(name) is not None


def _all_of_child(app: Flask, student_id: int) -> dict[str, int]:
    models = (AgendaItem, Attempt, Cause, Checkpoint, Dose, Guardian, Intervention, Letter, Milestone, Plan)
    with app.app_context(), system("test"):
        return {
            model.__name__: db.session().query(model).filter(model.student_id == student_id).count()
            for model in models
        }


def test_every_page_that_names_a_child_is_a_look(
    app: Flask, sign_in: SignIn, made: MadeUp, ids: dict[str, int]
) -> None:
    """Whoever reads the name of the child on a page of the plugin stands in its log for that page."""
    staff = sign_in(role="school", scope=made.district_contact)
    unlogged = []
    for endpoint, method, address in addresses(app, ids):
        if method == "POST" and endpoint != "schools.find":
            continue
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            db.session().query(Look).delete()
        send = staff.get if method == "GET" else staff.post
        page = send(address, **({} if method == "GET" else {"data": {"wanted": "quixano"}}))
        assert page.status_code < 500, endpoint
        named = NAME.search(page.text) is not None
        title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
        assert title is None or not NAME.search(title[1]), endpoint
        with app.app_context(), system("test"):
            rows = select(Look.id).where(Look.student_id == made.absent)
            if named and not db.session().scalars(rows).all():
                unlogged.append(endpoint)
    assert unlogged == []


def test_work_is_given_only_to_those_who_may_see_the_child(
    app: Flask,
    sign_in: SignIn,
    make_user: MakeUser,
    made: MadeUp,
    ids: dict[str, int],
) -> None:
    index = made.schools.index(ids["school_id"])
    mine = make_user(role="school", scope=made.school_contacts[index], name="Reed of this school")
    other = make_user(role="school", scope=made.school_contacts[1 - index], name="Hale of another")
    organizer = make_user(role="organizer", name="Olsen the organizer")
    staff = sign_in(mine)
    for part in ("intervention", "point-person"):
        page = staff.get(f"/schools/student/{made.absent}/add/{part}").text
        assert "Reed of this school" in page
        assert "Hale of another" not in page
        assert "Olsen the organizer" not in page
    sent = staff.post(f"/schools/student/{made.absent}/add/point-person", data={"user_id": str(other.id)})
    assert sent.status_code == 422
    with app.app_context(), system("test"):
        item = db.session().scalars(select(AgendaItem.id)).one()
    meeting = f"/schools/meeting/{ids['meeting_id']}"
    assert "Hale of another" not in staff.get(meeting).text
    staff.post(f"{meeting}/save", data={f"who-{item}": str(organizer.id)})
    with app.app_context(), system("test"):
        assert db.session().get_one(AgendaItem, item).user_id is None
    staff.post(f"{meeting}/save", data={f"who-{item}": str(mine.id)})
    with app.app_context(), system("test"):
        assert db.session().get_one(AgendaItem, item).user_id == mine.id


def test_small_groups_are_kept_from_those_who_may_see_numbers_alone(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for student in db.session().scalars(select(Student)):
            student.race = "white" if student.id % 4 < 2 else "black"
        for student_id in made.students[:3]:
            db.session().get_one(Student, student_id).race = "pacific"
    address = f"/schools/reports/race?district_id={made.district_id}&year=2026"
    organizer, staff = sign_in(role="organizer").get(address), sign_in(role="administrator").get(address)
    assert "Pacific Islander" in staff.text
    assert "Pacific Islander" not in organizer.text
    # A second group goes with it, or the total would tell how many the first has.
    assert [each in organizer.text for each in (">White<", ">Black or African American<")].count(True) == 1
    assert "Groups of fewer than 10 students are left out" in organizer.text


def test_a_list_can_be_taken_along_and_found_and_its_looks_read(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff, admin = sign_in(role="school", scope=made.district_contact), sign_in(role="administrator")
    rows = staff.get(f"/schools/students.csv?district_id={made.district_id}&band=chronic").text.splitlines()
    assert any(row.startswith('"Family0, Given0",00000,') for row in rows)
    found = staff.post("/schools/find", data={"wanted": "given0 family0"}).text
    assert "Family0, Given0" in found
    looks = admin.get(f"/schools/student/{made.absent}/looks").text
    assert "a file" in looks
    assert "a search" in looks
    assert staff.get(f"/schools/student/{made.absent}/looks").status_code == 403


def test_many_names_leave_only_for_whoever_has_lately_shown_who_they_are(
    sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = sign_in(role="administrator")
    place = f"district_id={made.district_id}"
    addresses = [f"/schools/students{way}{place}" for way in (".csv?", "?report=1&", "?")]
    assert [staff.get(address).status_code for address in addresses] == [200, 200, 200]
    monkeypatch.setattr("crm.accounts.sessions.is_fresh", lambda: False)
    asked = [staff.get(address) for address in addresses]
    assert [each.status_code for each in asked] == [303, 303, 200]
    assert all(each.location.startswith("/confirm?next=") for each in asked[:2])
