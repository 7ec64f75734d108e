"""What nobody confirmed goes for good after a month, with its history and its mail; confirming twice at the
same moment is once; history says what came in in the reader's language."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.contacts.models import Contact
from crm.intake import tidying
from crm.intake.models import FormAnswer, HelpRequest
from crm.jobs import inline
from crm.jobs.services import enqueue
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.signons import services
from crm.signons.models import Letter, Signature
from tests.intake.test_public_forms import ANA, Build, _slow_writer, build, link, rows, send, stamp
from tests.signons import conftest as signing

__all__ = ["_slow_writer", "build"]  # Fixtures.
letter = signing.letter


def _age(app: Flask, *models: Any, days: int = 31) -> None:
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        for model in models:
            table = db.table(model)
            db.session().execute(update(table).values(created_at=db.now() - timedelta(days=days)))


def _night(app: Flask, *kinds: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test", "For a test"):
        for kind in kinds:
            enqueue(kind, {}, "Tidying up", Actor.system())
    inline.run_waiting(app)


def _together(*work: Callable[[], Any]) -> None:
    """All begin at the same moment; what one raises, the test raises."""
    start, errors = Barrier(len(work)), []

    def run(each: Callable[[], Any]) -> None:
        try:
            start.wait()
            each()
        except Exception as error:  # noqa: BLE001  # Raised again by the test.
            errors.append(error)

    threads = [Thread(target=run, args=(each,)) for each in work]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not errors, errors


def test_what_nobody_confirmed_is_forgotten_after_a_month_with_all_its_traces(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "AT_ONCE", 2)
    _id, key = build()
    _id, help_key = build("help", required=[])
    said = send(app, client, key, given_name="Kept").text
    assert "What is not confirmed within 30 days is deleted." in said
    client.post(link(app))
    for number in range(3):
        send(app, client, key, given_name="Strange", email=f"stranger{number}@example.org")
    send(app, client, key, given_name="Robot", email="robot@example.org", website="https://x.example")
    send(app, client, help_key, given_name="Strange", email="helped@example.org")
    _age(app, FormAnswer, HelpRequest, OutgoingMail, days=29)
    _night(app, "intake.tidy")
    assert rows(app, select(func.count(FormAnswer.id))) == [5]
    _age(app, FormAnswer, HelpRequest, OutgoingMail)
    _night(app, "intake.tidy")
    assert rows(app, select(FormAnswer.given_name)) == ["Kept"]
    assert rows(app, select(HelpRequest.given_name)) == ["Strange"], "nobody has looked at it yet"
    sign_in(role="organizer").post("/intake/requests/1/decide", data={"what": "spam"})
    _night(app, "intake.tidy")
    assert rows(app, select(HelpRequest.id)) == []
    assert rows(app, select(OutgoingMail.recipient)) == ["ana@example.org"]
    kept = rows(app, select(JournalEntry.before, JournalEntry.after))
    assert not [each for each in kept if "Strange" in str(each) or "robot@" in str(each)]
    empty = select(ChangeSet.summary).where(ChangeSet.entries == 0, ChangeSet.action == "intake.answer")
    assert set(rows(app, empty)) == {"An answer that was never confirmed"}


def test_an_unconfirmed_signature_is_forgotten_but_not_one_that_is_asked_again(
    app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    signing.send(app, client, letter[1])
    signing.approve(app, 1)
    other = {"organization": "Stranger", "signer_email": "stranger@example.org", "signer_name": "Strange"}
    assert "within 30 days" in signing.send(app, client, letter[1], **other).text
    signing.act(app, lambda: _publish(letter[0]))
    _age(app, Signature, OutgoingMail)
    _night(app, "signons.tidy")
    again = rows(app, select(Signature.organization, Signature.status).order_by(Signature.id))
    assert again == [("Harbor Niños", "approved"), ("Harbor Niños", "unconfirmed")]
    assert "Strange" not in str(rows(app, select(JournalEntry.after)))
    assert "stranger@example.org" not in rows(app, select(OutgoingMail.recipient))


def _publish(letter_id: int) -> None:
    services.publish(db.session().get_one(Letter, letter_id), "We ask for more buses.", "More.", 1)


def test_two_confirm_the_same_answer_and_the_same_signature_at_once(
    app: Flask, client: PageClient, build: Build, letter: tuple[int, str]
) -> None:
    _id, key = build()
    send(app, client, key)
    address = link(app)
    _together(*[lambda: app.test_client().post(address)] * 4)
    assert rows(app, select(Contact.name)) == ["Ana Núñez"]
    assert rows(app, select(FormAnswer.status)) == ["accepted"]
    signing.send(app, client, letter[1])
    address = signing.link(app)
    _together(*[lambda: app.test_client().post(address, data={"what": "confirm"})] * 4)
    confirmed = select(func.count(ChangeSet.id)).where(
        ChangeSet.action == "signons.confirm", ChangeSet.entries > 0
    )
    assert rows(app, select(Signature.status)) == ["waiting"]
    assert rows(app, confirmed) == [1]


def test_two_send_the_same_page_at_once(app: Flask, client: PageClient, build: Build) -> None:
    _id, key = build()
    data = {**ANA, "stamp": stamp(app, key)}
    _together(*[lambda: app.test_client().post(f"/forms/{key}", data=data)] * 3)
    assert rows(app, select(func.count(FormAnswer.id))) == [1]
    assert rows(app, select(func.count(OutgoingMail.id))) == [1]


@on_sqlite
def test_what_a_visitor_sent_in_spanish_stands_in_english_among_recent_changes(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build()
    client.post(f"/forms/{key}?language=es", data={**ANA, "stamp": stamp(app, key)})
    made = rows(app, select(ChangeSet.summary).where(ChangeSet.action == "intake.answer"))
    assert made == ["Una respuesta a un formulario público"]
    page = sign_in(role="administrator").get("/changes").text
    assert "An answer to a public form" in page
    assert "Una respuesta" not in page
