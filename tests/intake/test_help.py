"""Requests for help: staff see and hear of one at once, whether or not its address is confirmed; what is not
confirmed proves nothing, and nobody is told twice."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.accounts.models import OutgoingMail
from crm.contacts import services as contacts
from crm.contacts.models import Email, Person
from crm.intake import noticing
from crm.intake.models import FormAnswer, HelpRequest
from crm.jobs import inline
from crm.jobs.services import enqueue
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.intake.test_public_forms import Build, _slow_writer, build, link, rows, send

__all__ = ["_slow_writer", "build"]  # Fixtures.
MARK = "Address not confirmed yet"
NEED = {"message": "The bus never comes", "phone": ""}


def told(app: Flask) -> list[str]:
    """The messages to staff about new answers."""
    mails = select(OutgoingMail.body).where(OutgoingMail.purpose == "form_notice")
    return rows(app, mails.order_by(OutgoingMail.id))


def _weeks_later(app: Flask) -> None:
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        for model in (HelpRequest, FormAnswer):
            table = db.table(model)
            db.session().execute(update(table).values(created_at=db.now() - timedelta(days=40)))
        enqueue("intake.tidy", {}, "Tidying up", Actor.system())
    inline.run_waiting(app)


def test_who_asks_for_help_is_seen_and_told_of_at_once_and_only_once(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser, sign_in: SignIn
) -> None:
    helper = make_user(role="organizer", email="helper@example.org")
    _id, key = build("help", notify_user_id=helper.id)
    page = send(app, client, key, **NEED).text
    assert ("We have it" in page, "deleted" in page, "only then" in page) == (True, False, False)
    assert "with us already" in rows(app, select(OutgoingMail.body).order_by(OutgoingMail.id))[0]
    assert ["not confirmed" in each for each in told(app)] == [True]
    assert "bus" not in told(app)[0]
    staff, address = sign_in(role="organizer"), link(app)
    waiting = staff.get("/intake/requests?list=waiting").text
    assert ("Ana Núñez" in waiting, "Not confirmed yet" in waiting) == (True, True)
    card = staff.get("/intake/card").text
    assert ("1 request for help waits" in card, "an address that is not confirmed yet" in card) == (
        True,
        True,
    )
    assert MARK in staff.get("/intake/requests/1").text
    _weeks_later(app)
    assert rows(app, select(HelpRequest.status)) == ["waiting"], "nobody has looked at it yet"
    assert "Thank you" in client.post(address).text
    assert rows(app, select(HelpRequest.status)) == ["waiting"]
    assert MARK not in staff.get("/intake/requests/1").text
    assert len(told(app)) == 1, "staff are told twice"


@on_sqlite
def test_who_confirms_after_staff_took_the_request_over_has_confirmed(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("help")
    send(app, client, key, **NEED)
    sign_in(role="administrator").post("/intake/requests/1/decide", data={"what": "declined"})
    assert "Confirm" in client.get(link(app)).text
    client.post(link(app))
    assert rows(app, select(HelpRequest.status, HelpRequest.confirmed_at.is_not(None))) == [
        ("declined", True)
    ]


def test_an_address_that_is_not_confirmed_proves_nothing(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test", "Added"):
        known = {"given_name": "Ana", "family_name": "Núñez", "emails": [{"address": "ana@school.example"}]}
        contacts.create(known, Actor.system())
    _id, key = build("help")
    stranger = send(app, client, key, **NEED, given_name="Nobody", email="nobody@example.org")
    page = send(app, client, key, **NEED, email="ana@school.example")
    assert page.text == stranger.text.replace("nobody@example.org", "ana@school.example")
    staff = sign_in(role="administrator")
    seen = staff.get("/intake/requests/1").text
    assert "not confirmed yet: it may be somebody else’s" in seen
    staff.post("/intake/requests/1/decide", data={"what": "new"})
    staff.post("/intake/requests/2/decide", data={"what": "add", "contact_id": 1})
    assert rows(app, select(Person.name).order_by(Person.id)) == ["Ana Núñez", "Nobody Núñez"]
    assert rows(app, select(Email.address)) == ["ana@school.example"], "nobody ticked the new address"


def test_a_flood_of_requests_does_not_fill_the_inbox_of_staff(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOTICE", limits.Limit("notice", 2, limits.NOTICE.window))
    helper = make_user(role="organizer", email="helper@example.org")
    _id, key = build("help", notify_user_id=helper.id)
    _id, other = build("help", notify_user_id=helper.id)
    for number in range(4):
        send(app, client, key, **NEED, email=f"robot{number}@example.org")
    assert ["look at the whole list" in each for each in told(app)] == [False, True]
    assert rows(app, select(func.count(HelpRequest.id)).where(HelpRequest.status == "waiting")) == [4]
    send(app, client, other, **NEED)
    assert len(told(app)) == 3, "another form is told of as before"


@pytest.mark.parametrize("kind", ["join", "help"])
def test_staff_see_that_no_link_was_mailed_and_which_are_of_the_same_address(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn, kind: str
) -> None:
    _id, key = build(kind)
    for _time in range(4):
        send(app, client, key, **NEED)
    send(app, client, key, **NEED, email="ANA2@example.org")
    send(app, client, key, **NEED, website="https://spam.example")
    staff, place = sign_in(role="organizer"), "requests" if kind == "help" else "answers"
    fourth = staff.get(f"/intake/{place}/4").text
    assert ("No link to confirm it was mailed" in fourth, "at most 3 messages an hour" in fourth) == (
        True,
        True,
    )
    assert "No link to confirm it was mailed" not in staff.get(f"/intake/{place}/3").text
    for number in (1, 2, 3):
        assert f'href="/intake/{place}/{number}"' in fourth
    assert "The same address sent 3 more" in fourth
    listed = staff.get(f"/intake/{place}?list=unconfirmed").text
    assert listed.count(">3 more</a>") == 4
    assert f'href="/intake/{place}/4#others"' in listed
    with app.app_context(), db.transaction(Actor.system(), "test", "For a test"), system("test"):
        for row in db.session().scalars(select(OutgoingMail)):
            row.status = "sent"
    assert staff.post(f"/intake/{place}/4/decide", data={"what": "again"}).status_code == 303
    assert "No link to confirm it was mailed" not in staff.get(f"/intake/{place}/4").text


@on_sqlite
def test_who_looks_after_one_coalition_learns_of_no_answers_to_forms_of_others(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn, make_user: MakeUser
) -> None:
    _id, key = build("help")
    send(app, client, key, **NEED)
    assert sign_in(role="policy").get("/intake/requests").status_code == 403
    assert "Ana" not in sign_in(role="policy").get("/intake/card").text


def test_a_request_that_came_in_a_flood_is_told_of_once_its_address_is_confirmed(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOTICE_HERE", limits.Limit("notice_here", 2, limits.NOTICE.window))
    helper = make_user(role="organizer", email="helper@example.org")
    _id, key = build("help", notify_user_id=helper.id)
    for number in range(3):
        send(app, client, key, **NEED, email=f"robot{number}@example.org")
    send(app, client, key, **NEED, email="real@example.org")
    assert ["look at the whole list" in each for each in told(app)] == [False, True], "one network address"
    client.post(link(app))
    assert len(told(app)) == 3
    client.post(link(app))
    assert len(told(app)) == 3, "confirmed twice is told of once"


def test_the_link_of_an_answer_that_is_looked_at_again_still_confirms_the_address(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("join")
    send(app, client, key, message="Hello", phone="")
    staff = sign_in(role="administrator")
    for what in ("declined", "waiting"):
        staff.post("/intake/answers/1/decide", data={"what": what})
    page = staff.get("/intake/answers/1").text
    assert ("nothing can be taken over" in page, "Make a new contact" in page) == (False, True)
    client.post(link(app))
    assert rows(app, select(FormAnswer.status, FormAnswer.confirmed_at.is_not(None))) == [("waiting", True)]


def test_nobody_is_told_of_a_message_that_may_not_have_gone_out(
    app: Flask, client: PageClient, build: Build
) -> None:
    _id, key = build("help")
    pages = {send(app, client, key, **NEED).text for _time in range(4)}
    assert len(pages) == 1
    assert "unless several went there" in pages.pop()


def _an_hour_passes(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test", "For a test"):
        enqueue("intake.more", {}, "More requests", Actor.system())
    inline.run_waiting(app)


def test_who_was_not_mailed_one_by_one_is_told_of_by_one_message_an_hour(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser, sign_in: SignIn
) -> None:
    """Families without email write from one school; nobody of them can confirm anything."""
    helper = make_user(role="organizer", email="helper@example.org")
    _id, key = build("help", notify_user_id=helper.id)
    for number in range(8):
        send(app, client, key, **{**NEED, "email": "", "phone": f"(212) 555-010{number}"})
    assert len(told(app)) == 5
    assert ["Several came within an hour" in each for each in told(app)] == [False] * 4 + [True]
    sign_in(role="administrator").post("/intake/requests/8/decide", data={"what": "spam"})
    for _hour in range(2):
        _an_hour_passes(app)
    assert len(told(app)) == 6, "told of once"
    assert "2 more requests for help came" in told(app)[-1]
    assert "/intake/requests?list=waiting" in told(app)[-1]
    assert "555" not in told(app)[-1]


def test_who_was_counted_in_a_message_of_the_hour_is_told_of_when_the_address_is_confirmed(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOTICE_HERE", limits.Limit("notice_here", 1, limits.NOTICE.window))
    helper = make_user(role="organizer", email="helper@example.org")
    _id, key = build("help", notify_user_id=helper.id)
    for name in ("robot", "real"):
        send(app, client, key, **NEED, email=f"{name}@example.org")
    address = link(app)
    _an_hour_passes(app)
    assert "1 more request for help came" in told(app)[-1]
    client.post(address)
    assert (len(told(app)), "/intake/answer/1/2" in told(app)[-1]) == (3, True)


@on_sqlite
def test_who_may_not_read_requests_any_more_is_told_of_none(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser
) -> None:
    other = make_user(role="policy", email="policy@example.org")
    _id, key = build("help", notify_user_id=other.id)
    send(app, client, key, **NEED)
    _an_hour_passes(app)
    assert told(app) == []


@on_sqlite
def test_others_of_the_same_address_are_found_without_reading_all_who_ever_asked(
    app: Flask, client: PageClient, build: Build
) -> None:
    _id, key = build("help")
    for email in ("ana@example.org", "ANA@Example.org", "ben@example.org"):
        send(app, client, key, **NEED, email=email)
    asked: list[tuple[str, Any]] = []
    with app.test_request_context(), system("test"):
        connection = db.session().connection()
        event.listen(connection, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3])))
        assert noticing.others_of(HelpRequest, [1, 2, 3], Actor.system()) == {1: 1, 2: 1}
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", with_).all()
            for each, with_ in asked[-1:]
        ]
    assert "USING INDEX ix_intake_request_email" in str(plans)
