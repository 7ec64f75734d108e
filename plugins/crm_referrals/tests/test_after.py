"""What comes after: reminders, following up, attendance around help, answers by FHIR, files on the command
line."""

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.cli import run
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Consent, Need, Reminder, Service
from crm_referrals.services import consenting, effect, portal, stepping, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, ticked, values_of_consent
from crm_schools.public import Rating, School, Student


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def mails(app: Flask) -> list[tuple[str, str]]:
    """(recipient, subject) of all that was written."""
    with app.app_context(), system("test"):
        rows = (
            db.session()
            .connection()
            .exec_driver_sql("select recipient, subject from outgoing_mail order by id")
        )
        return [(row[0], row[1]) for row in rows]


def a_run() -> Any:
    """A job that is run here."""
    return SimpleNamespace(actor=Actor.system(), cursor={})


def given(app: Flask, made: MadeUp) -> int:
    """A referral whose help was given in October."""
    referral_id = sent(app, made)
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        referral = referral_of(referral_id)
        desk = portal.Desk(frozenset(made.agencies), "Alder")
        portal.move(desk, referral, "accept", {"assignee": "Ines", "next_on": db.now().date()}, None)
        portal.move(desk, referral, "start", {"started_on": db.now().date()}, None)
        referral.started_on = date(2026, 10, 6)
        portal.move(desk, referral, "complete", {"outcome": "enrolled"}, None)
    return referral_id


@on_sqlite
def test_a_family_is_reminded_after_three_and_seven_days_once_each(app: Flask, made: MadeUp) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        values = values_of_consent(method="link", email="family@example.org")
        consent_id = consenting.write(need, [made.agencies[0]], values, "Test").id
        stepping.take(drafted(made), "ask_consent", stepping.By("school", "Test"), {})
    count = []
    for days in (0, 3, 3, 7, 7):
        with app.test_request_context():
            with db.transaction(Actor.system(), "test"), system("test"):
                consent = db.session().get_one(Consent, consent_id)
                consent.link_ends_at = db.now() + timedelta(days=consenting.LINK_DAYS - days)
            timers.consents(a_run())
        count.append(sum(to == "family@example.org" for to, _subject in mails(app)))
    assert count == [0, 1, 1, 2, 2]


@on_sqlite
def test_help_is_followed_up_thirty_days_later(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = given(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    assert "Wilhelmina" not in school.get("/referrals/?view=follow_up").text
    with app.test_request_context():
        with db.transaction(Actor.system(), "test"), system("test"):
            row = referral_of(referral_id)
            row.ended_at = db.now() - timedelta(days=31)
        timers.consents(a_run())
        with system("test"):
            assert db.session().scalars(select(Reminder.kind)).all() == ["follow_up"]
    assert "Wilhelmina" in school.get("/referrals/?view=follow_up").text
    page = f"/referrals/{referral_id}/follow-up"
    assert school.post(page, data={"follow_up": "helped", "note": "On time"}).status_code == 303
    assert "Still gets the help, and is at school more" in school.get(f"/referrals/{referral_id}").text
    assert "Wilhelmina" not in school.get("/referrals/?view=follow_up").text
    assert school.post(page, data={"follow_up": "stopped"}).status_code == 409


def rated(student: Student, school: School, absent: str) -> Rating:
    """A school year of twenty half days a month from September to January."""
    enrolled = "  0  0" + " 40" * 5 + "  0" * 5
    return Rating(
        student_id=student.id, district_id=student.district_id, school_id=school.id, school_year=2027,
        part="only", grade="7", enrolled=200, absent=0, months_enrolled=enrolled, months_absent=absent,
    )  # fmt: skip


@on_sqlite
def test_attendance_stands_beside_that_of_the_same_grade(app: Flask, made: MadeUp) -> None:
    referral_id = given(app, made)
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        student = db.session().get_one(Student, made.student)
        school = db.session().get_one(School, student.school_id)
        before = "  0  0 20  0  8  8  8" + "  0" * 5
        db.session().add(_whole(rated(student, school, before)))
        for number in range(10):
            other = Student(
                district_id=student.district_id, local_id=f"b{number}", grade="7", school_id=school.id
            )
            db.session().add(other)
            db.session().flush()
            db.session().add(_whole(rated(other, school, "  0  0  4  0  4  4  4" + "  0" * 5)))
        db.session().flush()
        found = effect.of_referral(referral_of(referral_id))
        assert found is not None
        assert (found.before, found.after) == (50.0, 20.0)  # September; November to January.
        assert (found.beside_before, found.beside_after) == (10.0, 10.0)
        assert effect.together().by_agency == []  # One student is nobody's number.


def _whole(rating: Rating) -> Rating:
    """With what the table demands beyond what is looked at here."""
    plain = {"String": "", "Integer": 0, "Boolean": False, "Text": "", "BigInteger": 0}
    for column in rating.__table__.columns:
        if (
            not column.nullable
            and column.name not in {"id", "made_at"}
            and getattr(rating, column.name) is None
        ):
            setattr(rating, column.name, plain.get(type(column.type).__name__, ""))
    return rating


def task(referral_id: int, status: str, **more: object) -> tuple[io.BytesIO, str]:
    text = json.dumps({"resourceType": "Task", "id": f"task-{referral_id}", "status": status, **more})
    return io.BytesIO(text.encode()), "task.json"


@on_sqlite
def test_answers_come_in_as_fhir_tasks(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    other = sign_in(role="agency", scope=made.agency_contacts[1])

    def bring(client, status: str, **more: object) -> None:  # type: ignore[no-untyped-def]  # A signed-in client.
        client.post("/referrals/inbox/tasks", data={"file": task(referral_id, status, **more)})

    def state() -> str:
        with app.app_context():
            return referral_of(referral_id).state

    bring(other, "accepted", owner={"display": "Thief"})
    assert state() == "sent"
    bring(agency, "completed", output=[])
    assert state() == "sent"  # Out of order.
    bring(agency, "accepted", owner={"display": "Ines"})
    assert state() == "accepted"
    bring(agency, "in-progress")
    coded = {"coding": [{"code": "one_off"}]}
    bring(agency, "completed", output=[{"type": {"text": "outcome"}, "valueCodeableConcept": coded}])
    assert state() == "completed"
    with app.app_context():
        assert (referral_of(referral_id).outcome, referral_of(referral_id).assignee) == ("one_off", "Ines")
    exported = agency.get(f"/referrals/inbox/{referral_id}/fhir").get_json()
    assert (
        exported["entry"][1]["resource"]["output"][0]["valueCodeableConcept"]["coding"][0]["code"]
        == "one_off"
    )
    refused = agency.post("/referrals/inbox/tasks", data={"file": (io.BytesIO(b"{"), "task.json")})
    assert refused.status_code == 422
    assert "This is not JSON" in refused.text


@on_sqlite
def test_a_family_ends_a_referral_by_its_link(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    with app.app_context():
        address = f"/referrals/family/{links.token(links.FAMILY, referral_id, 1)}"
    family = sign_in()
    page = family.get(address).text
    assert "Wilhelmina" not in page
    assert "Tick that you are sure" in family.post(f"{address}/end?language=en").text
    ended = family.post(f"{address}/end", data={"sure": "1"})
    assert "Retirada" in family.get(ended.location).text  # The family's language is Spanish.
    with app.app_context():
        assert referral_of(referral_id).state == "withdrawn"
    assert family.get(address).status_code == 404


@on_sqlite
def test_the_signed_paper_is_kept(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    school.post(f"/referrals/needs/{made.need}/match", data={"service_id": made.services[0]})
    paper = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    values = values_of_consent(signed_on="2026-11-20", expires_on="2027-06-01") | ticked(made, 0)
    address = f"/referrals/needs/{made.need}/consent"
    wrong = school.post(address, data={**values, "scan": (io.BytesIO(b"MZ"), "paper.exe")})
    assert wrong.status_code in {400, 422}
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.id)).all() == []
    assert school.post(address, data={**values, "scan": (io.BytesIO(paper), "paper.pdf")}).status_code == 303
    with app.app_context(), system("test"):
        consent_id = db.session().scalars(select(Consent.id)).one()
    with school.get(f"/referrals/consents/{consent_id}/scan") as kept:
        assert kept.data == paper
    stranger = sign_in(role="agency", scope=made.agency_contacts[0])
    assert stranger.get(f"/referrals/consents/{consent_id}/scan").status_code in {403, 404}


@on_sqlite
def test_agencies_are_asked_once_a_year_whether_it_is_right(app: Flask, made: MadeUp) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        for service_id in made.services:
            db.session().get_one(Service, service_id).assured_on = db.now().date() - timedelta(days=400)
    for _twice in range(2):
        with app.test_request_context():
            assert timers.assure(a_run())
    asked = [to for to, subject in mails(app) if "still right" in subject]
    assert sorted(asked) == ["a@example.org", "b@example.org"]


def test_directories_come_and_go_on_the_command_line(
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CRM_DATABASE_URL", empty_database_url)
    assert run(("db", "upgrade")) == 0
    (tmp_path / "in").mkdir()
    (tmp_path / "in/organizations.csv").write_text("key,called\n1,Alder\n2,\n")
    (tmp_path / "in/services.csv").write_text("key,owner,called\ns1,1,Rides\n")
    (tmp_path / "map.json").write_text(
        json.dumps(
            {
                "organizations.csv": {"key": "organization.id", "called": "organization.name"},
                "services.csv": {
                    "key": "service.id",
                    "owner": "service.organization_id",
                    "called": "service.name",
                },
            }
        )
    )

    def come(*more: str) -> int:
        files = (str(tmp_path / name) for name in ("in", "map.json"))
        path, mapping = files
        return run(("import", "services", path, "--map", mapping, *more))

    capfd.readouterr()
    assert come("--plan", "--json") == 0
    planned = json.loads(capfd.readouterr().out)
    assert come("--json") == 0
    written = json.loads(capfd.readouterr().out)
    assert planned["created"] == written["created"] == 2
    assert any("no name" in each for each in written["rejected"])
    assert run(("export", "services", "--format", "hsds", "--output", str(tmp_path / "out.zip"))) == 0
    assert b"Alder" in zipfile.ZipFile(tmp_path / "out.zip").read("organizations.csv")
    assert run(("referrals", "due", "--json")) == 0
