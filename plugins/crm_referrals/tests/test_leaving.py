"""A message that asks for a consent and waits in the outbox: whether it may leave is asked when it leaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, db, jobs, system
from crm.plugin_api.records import Email
from crm_referrals.models import Consent, Need
from crm_referrals.services import consenting, notices, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, values_of_consent
from crm_referrals.tests.test_forgetting import guardian
from crm_referrals.tests.test_old_reach import bar, writing
from crm_schools.public import Guardian
from tests.accounts.smtp_server import Mailbox, serving

BOB = "bob@example.org"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@pytest.fixture
def busy(app: Flask) -> Iterator[Mailbox]:
    """A mail server that takes nothing for now."""
    with serving(Mailbox(answers={"RCPT": "450 try later"})) as box:
        runtime = app.extensions["crm"]
        config = replace(runtime.config, smtp_url=f"smtp://127.0.0.1:{box.port}")
        app.extensions["crm"] = replace(runtime, config=config)
        yield box


def asked(app: Flask, made: MadeUp) -> tuple[int, int]:
    """Bob is asked by mail, which does not get through for now: his contact and the consent."""
    with writing(app):
        bob = guardian("Bob Quartz", made.student)
        db.session().add(Email(contact_id=bob, address=BOB, address_key=BOB))
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        consent = consenting.write(
            need, made.agencies[:1], values_of_consent(method="link", email=BOB), "Test"
        )
        notices.ask_for_consent(consent, BOB)
        stepping.take(drafted(made), "ask_consent", stepping.By.school(Actor.system()), {})
        consent_id = consent.id
    with app.app_context():
        run_waiting(app)
    return bob, consent_id


def later(app: Flask, box: Mailbox) -> list[str]:
    """The server takes mail again, and what waits is due: to whom it went."""
    box.answers = {}
    table = db.Base.metadata.tables["outgoing_mail"]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test lets time pass"):
        db.session().execute(update(table).values(next_try_at=db.now() - timedelta(minutes=1)))
        jobs.enqueue("accounts.send_waiting_mail", {}, "Send what waits", Actor.system())
    with app.app_context():
        run_waiting(app)
    return [str(each["To"]) for each in box.messages]


def test_a_question_that_waited_leaves_while_it_is_still_asked(
    app: Flask, busy: Mailbox, made: MadeUp
) -> None:
    asked(app, made)
    assert busy.messages == []
    assert later(app, busy) == [BOB]


def test_a_question_that_waits_never_reaches_who_was_barred_meanwhile(
    app: Flask, busy: Mailbox, made: MadeUp
) -> None:
    """No job of ours ran between the order and the mail server's coming back."""
    bob, consent_id = asked(app, made)
    bar(app, bob)
    assert later(app, busy) == []
    with app.app_context(), system("test"):
        assert not db.session().get_one(Consent, consent_id).mail_ids
    with writing(app):  # What was taken out of the outbox comes back by no order that is lifted.
        db.session().execute(update(Guardian).values(contact_prohibited=False))
    assert later(app, busy) == []


def test_a_question_that_was_being_handed_over_when_it_ended_is_not_tried_again(
    app: Flask, busy: Mailbox, made: MadeUp
) -> None:
    _bob, consent_id = asked(app, made)
    with writing(app):  # It could not be taken back just then, so nobody knows it any more.
        db.session().get_one(Consent, consent_id).mail_ids = None
    assert later(app, busy) == []
