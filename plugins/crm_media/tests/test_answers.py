"""Where reporters' answers go: chosen before, shown before sending, and what the mail says."""

from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.contacts import erasing
from crm.plugin_api import Actor, Contact, contacts, db, jobs, now, system
from crm.plugin_api.records import User
from crm.plugin_api.testing import SignIn
from crm_media.models import Recipient, Release, Spokesperson
from crm_media.services import sending
from crm_media.tests.test_outreach import (
    begin,
    mail_files,
    mail_to,
    reporters,
    soon,
    work,
)

__all__ = ["reporters"]

SENT = {"looked": "1", "number": "1"}


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media", name="Robin Vale", email="robin@northside.example")


def mails(app: Flask) -> list[Any]:
    return [message_from_bytes(each, policy=policy.default) for each in mail_files(app)]


def speaker(app: Flask) -> int:
    """A parent who speaks for us, with an address."""
    with app.app_context(), db.transaction(Actor.system(), "test.speaker"), system("the test writes"):
        about = {"kind": "person", "given_name": "Marisol", "family_name": "Vance"}
        person = contacts.create({**about, "emails": [{"address": "marisol@family.example"}]}, Actor.system())
        row = Spokesperson(contact_id=person.id)
        db.session().add(row)
        db.session().flush()
        return row.id


def test_answers_go_to_whoever_sends_it(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    page = staff.get("/media/releases/1/send").text
    assert page.count("Robin Vale &lt;robin@northside.example&gt;") == 2  # How it goes, and in the mail.
    assert staff.post("/media/releases/1/send", data=SENT).status_code == 303
    work(app)
    assert {each["Reply-To"] for each in mails(app)} == {"robin@northside.example"}
    for each in mails(app):
        assert each["From"] == "rollcall@localhost"  # Bounces go where they went before.
        assert each["Auto-Submitted"] is None  # Programs may answer what a person wrote.
        assert each["Precedence"] is None
        assert "One-Click" in each["List-Unsubscribe-Post"]


def test_what_goes_later_by_itself_has_the_same_sender(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    assert mails(app) == []
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        db.session().get_one(Release, 1).embargo_until = now()
        jobs.enqueue(sending.DUE, {}, "due", Actor.system())
    work(app)
    work(app)
    assert [each["Reply-To"] for each in mails(app)] == ["robin@northside.example"] * 3


def test_somebody_else_can_get_the_answers(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    key = f"speaker:{speaker(app)}"
    form = staff.get("/media/releases/1/answers").text
    assert "Whoever sends it" in form
    assert "All of us: rollcall@localhost" in form
    assert "Marisol Vance, who speaks for us" in form
    assert staff.post("/media/releases/1/answers", data={"answers_to": "user:999"}).status_code == 422
    assert staff.post("/media/releases/1/answers?to=send", data={"answers_to": key}).status_code == 303
    assert "Marisol Vance &lt;marisol@family.example&gt;" in staff.get("/media/releases/1/send").text
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    assert {each["Reply-To"] for each in mails(app)} == {"marisol@family.example"}


def test_the_address_of_all_can_get_the_answers(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/answers", data={"answers_to": "house"})
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    assert {(each["Reply-To"], each["Auto-Submitted"]) for each in mails(app)} == {
        ("rollcall@localhost", None)
    }


def test_a_change_after_the_page_was_shown_is_seen_first(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    page = staff.get("/media/releases/1/send").text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    staff.post("/media/releases/1/answers", data={"answers_to": "house"})
    refused = staff.post("/media/releases/1/send", data={**SENT, "seen": seen})
    assert refused.status_code == 409
    assert "who gets the answers" in refused.text


def test_who_left_gets_no_answers(app: Flask, staff: Any, reporters: list[int], sign_in: SignIn) -> None:
    begin(staff, reporters)
    sign_in(role="media", name="Toni Gray", email="toni@northside.example")
    with app.app_context(), system("the test looks"):
        toni = db.session().scalar(select(User.id).where(User.name == "Toni Gray"))
    assert "Toni Gray" in staff.get("/media/releases/1/answers").text
    staff.post("/media/releases/1/answers", data={"answers_to": f"user:{toni}"})
    assert "toni@northside.example" in staff.get("/media/releases/1").text
    with app.app_context(), db.transaction(Actor.system(), "test.leave"), system("they leave"):
        db.session().get_one(User, toni).active = False
    page = staff.get("/media/releases/1/send").text
    assert "cannot get them any more" in page
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    assert {each["Reply-To"] for each in mails(app)} == {"rollcall@localhost"}


def test_a_reminder_is_answered_to_whoever_reminds(
    app: Flask,
    staff: Any,
    reporters: list[int],
    sign_in: SignIn,
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        for each in db.session().scalars(select(Recipient)):
            each.sent_at = now() - timedelta(days=3)
    other = sign_in(role="media", name="Toni Gray", email="toni@northside.example")
    assert other.post("/media/releases/1/recipients/1/chase", data={"words": "Hello"}).status_code == 303
    work(app)
    assert mail_to(app, "ada@press.example")["Reply-To"] == "toni@northside.example"


def test_a_viewer_chooses_nothing(staff: Any, reporters: list[int], sign_in: SignIn) -> None:
    begin(staff, reporters)
    viewer = sign_in(role="viewer")
    assert viewer.get("/media/releases/1/answers").status_code == 403
    assert viewer.post("/media/releases/1/answers", data={"answers_to": "house"}).status_code == 403
    assert "rollcall@localhost" not in staff.get("/media/releases/1").text


def test_whoever_is_erased_stands_in_no_message(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    key = speaker(app)
    staff.post("/media/releases/1/answers", data={"answers_to": f"speaker:{key}"})
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    table = db.Base.metadata.tables["outgoing_mail"]
    with app.app_context(), db.transaction(Actor.system(), "test.erase"), system("they are forgotten"):
        person = db.session().get_one(Spokesperson, key).contact_id
        erasing.erase(db.session().get_one(Contact, person))
    with app.app_context(), system("the test looks"):
        assert set(db.session().scalars(select(table.c.reply_to))) == {None}
    assert "cannot get them any more" in staff.get("/media/releases/1").text
