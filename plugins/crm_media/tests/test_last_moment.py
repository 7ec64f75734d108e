"""Whether a message of a release may leave is asked when it leaves, however long it waited in the outbox."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Contact, day_here, db, now, system
from crm_media.models import Recipient, Release, Reporter
from crm_media.services import press
from crm_media.tests.test_approval import EDIT
from crm_media.tests.test_mail_server import box, later, mails
from crm_media.tests.test_outreach import begin, reporters, rows, soon, staff, work
from tests.accounts.smtp_server import Mailbox

__all__ = ["box", "reporters", "staff"]
SENT = {"looked": "1", "number": "1"}


@pytest.fixture
def busy(box: Mailbox) -> Mailbox:
    """A mail server that takes nothing for now."""
    box.answers = {"RCPT": "450 try later"}
    return box


def standing(app: Flask) -> list[Any]:
    return rows(app, Recipient.id, Recipient.status, Recipient.mail_id)


def test_hold_takes_back_what_waits_and_it_goes_anew_with_its_embargo(
    app: Flask, busy: Mailbox, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    assert [each.status for each in mails(app)] == ["waiting"] * 3
    refused = staff.post("/media/releases/1/edit", data={**EDIT, "embargo_until": soon(days=3)})
    assert "Press Hold first" in refused.text
    assert "/releases/1/hold" in staff.get("/media/releases/1").text
    assert staff.post("/media/releases/1/hold").status_code == 303
    assert mails(app) == []
    assert standing(app) == [(1, "chosen", None), (2, "chosen", None), (3, "chosen", None)]
    moved = {**EDIT, "embargo_until": soon(days=3)}
    assert staff.post("/media/releases/1/edit", data=moved).status_code == 303
    busy.answers = {}
    staff.post("/media/releases/1/recipients/1/early")
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    later(app)
    assert [str(each["To"]) for each in busy.messages] == ["ada@press.example"]
    assert "Embargo until" in str(busy.messages[0]["Subject"])


def test_who_went_to_another_paper_meanwhile_does_not_get_what_is_not_theirs(
    app: Flask, busy: Mailbox, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters[:2], exclusive_outlet_id="1", exclusive_until=soon(days=2))
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test.move"), system("in the meantime"):
        row = db.session().get_one(Reporter, reporters[0])
        person = db.session().get_one(Contact, row.contact_id)
        press.move(row, person, "Radio", "", day_here(), Actor.system())
    busy.answers = {}
    later(app)
    assert [str(each["To"]) for each in busy.messages] == ["ben@press.example"]
    assert standing(app)[0] == (1, "chosen", None)
    assert "Ledger has it alone" in staff.get("/media/releases/1").text


def test_who_may_not_have_it_early_any_more_waits_after_all(
    app: Flask, busy: Mailbox, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters[:1], embargo_until=soon(days=3))
    staff.post("/media/releases/1/recipients/1/early")
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    staff.post("/media/releases/1/recipients/1/early")
    busy.answers = {}
    later(app)
    assert busy.messages == []
    assert standing(app) == [(1, "chosen", None)]
    assert rows(app, Release.status) == [("approved",)]


def test_hold_takes_back_a_reminder_that_waits_too(
    app: Flask, box: Mailbox, staff: Any, reporters: list[int]
) -> None:
    box.answers = {}
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        for each in db.session().scalars(select(Recipient)):
            each.sent_at = now() - timedelta(days=3)
    assert "/releases/1/hold" not in staff.get("/media/releases/1").text
    box.answers = {"RCPT": "450 try later"}
    staff.post("/media/releases/1/recipients/1/chase", data={"words": "Hello"})
    work(app)
    assert "/releases/1/hold" in staff.get("/media/releases/1").text
    assert staff.post("/media/releases/1/hold").status_code == 303
    box.answers = {}
    later(app)
    assert [str(each["Subject"]) for each in box.messages] == ["Two days a month"] * 3
    assert rows(app, Recipient.id, Recipient.status, Recipient.chased)[0] == (1, "sent", 0)
    assert "Remind" in staff.get("/media/releases/1").text  # It can go after all.
