"""A release on its way through a mail server that accepts, delays, refuses and drops by turn."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.plugin_api import Actor, db, jobs, now, system
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm_media.models import Recipient, Reporter
from crm_media.services import press, sending
from crm_media.tests.test_outreach import TEXT, work
from tests.accounts.smtp_server import Mailbox, serving

KINDS = ("accept", "delay", "refuse", "drop", "lost")
"""Taken; 450 and taken later; 550; hangs up before the message; takes the message and never answers."""


class Turns(dict[str, str]):
    """The answers of a server that treats one message after the other in another way; what it delayed or
    dropped it takes the second time."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = -1

    def __contains__(self, command: object) -> bool:
        self._turn += command == "MAIL"
        return self._answer(str(command)) is not None

    def __getitem__(self, command: str) -> str:
        return self._answer(command) or ""

    def get(self, command: str, otherwise: Any = None) -> Any:
        found = self._answer(command)
        return otherwise if found is None else found

    def _answer(self, command: str) -> str | None:
        if self._turn >= 3 * len(KINDS):
            return None
        wanted = {"delay": ("RCPT", "450 greylisted"), "refuse": ("RCPT", "550 no such user"),
                  "drop": ("RCPT", ""), "lost": (".", "")}.get(KINDS[self._turn % len(KINDS)])  # fmt: skip
        return wanted[1] if wanted and wanted[0] == command else None


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    with serving(Mailbox(answers=Turns())) as box:
        runtime = app.extensions["crm"]
        config = replace(runtime.config, smtp_url=f"smtp://127.0.0.1:{box.port}")
        app.extensions["crm"] = replace(runtime, config=config)
        yield box


def mails(app: Flask) -> list[Any]:
    table = db.Base.metadata.tables["outgoing_mail"]
    with app.app_context(), system("the test looks into the outbox"):
        wanted = select(table.c.recipient, table.c.status, table.c.last_error)
        return list(db.session().execute(wanted.order_by(table.c.id)))


def later(app: Flask) -> None:
    """What waits for its next try is due."""
    table = db.Base.metadata.tables["outgoing_mail"]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test lets time pass"):
        db.session().execute(update(table).values(next_try_at=now() - timedelta(minutes=1)))
        jobs.enqueue("accounts.send_waiting_mail", {}, "Send what waits", Actor.system())
    work(app)


def test_everybody_gets_it_once_or_is_listed_with_the_reason(
    app: Flask, box: Mailbox, sign_in: SignIn
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        empty = dict.fromkeys(("phone", "outlet", "role", "beats", "areas"), "")
        for number in range(15):
            about = {
                "given_name": "R",
                "family_name": f"Lane {number:02}",
                "email": f"r{number:02}@press.example",
            }
            press.new_reporter({**empty, **about}, Actor.system())
        ids = [str(each) for each in db.session().scalars(select(Reporter.id))]
    staff = sign_in(role="media")
    staff.post("/media/releases/new", data={"name": "September", "kind": "release"})
    staff.post("/media/releases/1/text", data=TEXT)
    staff.post("/media/releases/1/move", data={"to": "approved", "number": "1"})
    staff.post("/media/releases/add", data={"ids": ids, "release_id": "1"})
    assert staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"}).status_code == 303
    work(app)
    assert Counter(each.status for each in mails(app)) == {
        "sent": 3, "waiting": 6, "failed": 3, "unclear": 3,
    }  # fmt: skip
    later(app)
    got = Counter(str(each["To"]) for each in box.messages)
    assert set(got.values()) == {1}
    ended = Counter(each.status for each in mails(app))
    assert ended == {"sent": 9, "failed": 3, "unclear": 3}
    assert len(got) == 12  # The unclear ones were taken, too, and are not sent again.
    page = staff.get("/media/releases/1").text
    assert page.count("550 no such user") == 3
    assert page.count("Nobody knows whether it arrived") == 3
    later(app)
    assert len(box.messages) == 12
    _what_was_refused_is_noted(app)


def _what_was_refused_is_noted(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        jobs.enqueue(sending.DUE, {}, "Look what became of it", Actor.system())
    work(app)
    with app.app_context(), system("the test looks"):
        standing = Counter(db.session().scalars(select(Recipient.status)))
        dead = db.session().scalars(select(Email.address).where(Email.no_mail_why == "bounced")).all()
    assert standing == {"sent": 12, "bounced": 3}  # What the server would not take is no sent message.
    assert len(dead) == 3
