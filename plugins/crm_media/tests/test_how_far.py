"""How far a release is: every recipient counts once, whatever became of their message."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from crm.plugin_api import Actor, day_here, db, now, system
from crm.plugin_api.records import DoNotContact
from crm.plugin_api.testing import SignIn
from crm_media.models import Recipient, Reporter
from crm_media.tests.test_outreach import begin, reporters, soon, work

__all__ = ["reporters"]

SENT = {"looked": "1", "number": "1"}


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def said(staff: Any, **how: Any) -> str:
    """What the page of the release says of how far it is."""
    page = staff.get("/media/releases/1", **how).text
    found = re.search(r"Of \d+: [^<]*?(?= · exclusive| · Nothing|<)", page)
    text = " ".join(found[0].split()) if found else ""
    total, _colon, parts = text.removeprefix("Of ").partition(": ")
    numbers = [int(each) for each in re.findall(r"(?:^|· )(\d+)", parts)]
    assert not text or sum(numbers) == int(total), text  # It adds up at each moment.
    return text


def outbox(app: Flask, address: str, status: str) -> None:
    table = db.Base.metadata.tables["outgoing_mail"]
    with app.app_context(), db.transaction(Actor.system(), "test.outbox"), system("what the server does"):
        db.session().execute(update(table).where(table.c.recipient == address).values(status=status))


def test_the_numbers_add_up_from_the_first_message_to_the_last(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    begin(staff, reporters)
    assert said(staff) == ""
    staff.post("/media/releases/1/send", data=SENT)
    assert said(staff) == "Of 3: 3 are still to go"
    work(app)
    assert said(staff) == "Of 3: 3 have left"
    outbox(app, "ada@press.example", "queued")
    assert said(staff) == "Of 3: 2 have left · 1 is in the outbox"
    outbox(app, "ada@press.example", "waiting")
    outbox(app, "ben@press.example", "failed")
    outbox(app, "cleo@press.example", "unclear")
    assert said(staff) == "Of 3: 1 is in the outbox · 1 did not leave · 1 is unclear"
    outbox(app, "ada@press.example", "sent")
    outbox(app, "ben@press.example", "sent")
    outbox(app, "cleo@press.example", "sent")
    staff.post("/media/releases/1/recipients/1", data={"standing": "replied"})
    staff.post("/media/releases/1/recipients/2", data={"standing": "bounced"})
    assert said(staff) == "Of 3: 2 have left · 1 came back"
    assert 'data-label="Sent" class="rc-num text-end">2<' in staff.get("/media/releases").text


def test_who_waits_and_who_cannot_get_it_are_told_apart(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    begin(staff, reporters, exclusive_outlet_id="1", exclusive_until=soon(days=2))
    with app.app_context(), db.transaction(Actor.system(), "test.refuse"), system("in the meantime"):
        ada = db.session().get_one(Reporter, reporters[0]).contact_id
        db.session().add(DoNotContact(contact_id=ada, channel="email", since=day_here()))
    staff.post("/media/releases/1/send", data=SENT)
    assert said(staff) == "Of 3: 1 is still to go · 1 waits for its moment · 1 cannot get it"
    work(app)
    assert said(staff) == "Of 3: 1 has left · 1 waits for its moment · 1 was left out"
    page = staff.get("/media/releases/1").text
    assert "exclusive for Ledger, until" in page
    staff.post("/media/releases/1/hold")
    assert "Nothing leaves by itself: press Send." in staff.get("/media/releases/1").text


def test_who_is_no_press_contact_any_more_still_counts(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test.out"), system("they left the press"):
        db.session().delete(db.session().get_one(Reporter, reporters[0]))
    assert said(staff) == "Of 3: 2 have left · 1 is not shown"


def test_the_page_looks_again_by_itself_while_something_moves(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    begin(staff, reporters)
    assert 'hx-trigger="every' not in staff.get("/media/releases/1").text
    staff.post("/media/releases/1/send", data=SENT)
    assert 'hx-trigger="every 3s"' in staff.get("/media/releases/1").text
    part = staff.get("/media/releases/1", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'id="how-far"' in part
    assert 'hx-swap-oob="outerMorph"' in part
    work(app)
    assert 'hx-trigger="every' not in staff.get("/media/releases/1").text


def test_what_is_unclear_stays_unclear_in_the_list_and_says_so_without_a_reason(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    outbox(app, "ada@press.example", "unclear")
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        db.session().execute(update(Recipient).values(sent_at=now() - timedelta(days=9)))
    assert said(staff) == "Of 3: 2 have left · 1 is unclear"
    assert 'data-label="Sent" class="rc-num text-end">2<' in staff.get("/media/releases").text
    assert "Nobody knows whether it arrived.<" in staff.get("/media/releases/1").text
