"""Inviting by name, a coalition, a list; who gets mail and what it says."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.delivery import as_message
from crm.accounts.models import OutgoingMail
from crm.accounts.sessions import actor_for
from crm.contacts.models import DoNotContact
from crm.events.models import Event, Guest
from crm.events.services import inviting, mailing
from crm.jobs import inline
from crm.jobs.models import Job
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser
from tests.events.conftest import Add, Invite, Plan, Rows, answers, token


def ask_not(app: Flask, contact_id: int, channel: str = "email") -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        row = DoNotContact(contact_id=contact_id, channel=channel, since=datetime.now(UTC).date())
        db.session().add(row)


def guests_of(rows: Rows) -> list[tuple[int, int | None]]:
    return sorted(rows(select(Guest.contact_id, Guest.organization_id)))


def posted(preview: str) -> list[str]:
    return re.findall(r'name="guest" value="([^"]*)"', preview)


def test_several_names_are_shown_first_then_invited_and_mailed(
    app: Flask, organizer_client: PageClient, plan: Plan, add: Add, rows: Rows
) -> None:
    event = plan()
    amina, quiet, silent = (
        add("Amina", "Okafor", at="Harbor"),
        add("Quiet", "One"),
        add("Silent", "Two", email=""),
    )
    ask_not(app, quiet, "all")
    data = {"people": [f"#{each}" for each in (amina, quiet, silent)], "mail": "y"}
    preview = organizer_client.post(f"/events/{event}/invite", data=data)
    assert rows(select(Guest.id)) == []
    for sentence in (
        "They have asked not to be mailed.",
        "No email address is known.",
        "for Harbor",
        "Invite 3 guests",
    ):
        assert sentence in preview.text
    sent = {"guest": posted(preview.text), "mail": "1"}
    done = organizer_client.post(f"/events/{event}/invite/apply", data=sent, follow_redirects=True)
    assert "Invited 3 guests to “Steering committee”. 1 invitation is mailed." in done.text
    assert len(guests_of(rows)) == 3
    assert rows(select(OutgoingMail.recipient, OutgoingMail.contact_id)) == [
        ("amina.okafor@example.org", amina)
    ]
    assert [bool(each) for each in rows(select(Guest.invited_at).order_by(Guest.contact_id))] == [
        True,
        False,
        False,
    ]
    again = organizer_client.post(f"/events/{event}/invite", data=data)
    assert "There is nobody new to invite." in again.text
    last = rows(select(func.max(ChangeSet.id)))[0]
    organizer_client.post(f"/changes/{last}/undo")
    assert guests_of(rows) == []


def test_a_coalition_sends_its_people_and_delegates(
    organizer_client: PageClient, plan: Plan, add: Add, coalition: Callable[..., int], rows: Rows
) -> None:
    lincoln, harbor, alone = (add(organization=name) for name in ("Lincoln", "Harbor", "Alone"))
    delegate, alternate, member = add("Del", "Egate"), add("Alt", "Ernate"), add("Mem", "Ber")
    members = {lincoln: (delegate, alternate), harbor: (None, alternate), alone: None, member: None}
    north = coalition("North", members)
    event = plan(coalition_id=north)
    preview = organizer_client.post(f"/events/{event}/invite", data={"coalition": str(north)})
    assert "Nobody speaks for these organizations yet" in preview.text
    assert "Alone" in preview.text
    organizer_client.post(f"/events/{event}/invite/apply", data={"guest": posted(preview.text)})
    assert guests_of(rows) == sorted([(delegate, lincoln), (alternate, harbor), (member, None)])
    assert rows(select(OutgoingMail.id)) == []


def test_what_is_posted_by_hand_reaches_nobody_outside_of_ones_scope(
    app: Flask,
    plan: Plan,
    add: Add,
    coalition: Callable[..., int],
    rows: Rows,
    make_user: Callable[..., object],
) -> None:
    from crm.plugin_api.testing.people import sign_in_client

    inside, outside, foreign = add("In", "Side"), add("Out", "Side"), add(organization="Foreign")
    north = coalition("North", {inside: None})
    event = plan(coalition_id=north)
    client = sign_in_client(app, make_user("organizer", north, scope_kind="coalition"))  # type: ignore[arg-type]  # A fixture of any shape.
    data = {"guest": [f"{inside}-{foreign}", f"{outside}-", "999999-", "x-y", "-"]}
    client.post(f"/events/{event}/invite/apply", data=data)
    assert guests_of(rows) == [(inside, None)]


@on_sqlite
def test_nobody_is_made_to_speak_for_an_organization_that_is_not_theirs(
    organizer_client: PageClient, plan: Plan, add: Add, coalition: Callable[..., int], rows: Rows
) -> None:
    lincoln, harbor = add(organization="Lincoln"), add(organization="Harbor")
    delegate, worker, stranger = add("Del", "Egate"), add("Wor", "Ker", at="Harbor"), add("Str", "Anger")
    coalition("North", {lincoln: (delegate, None)})
    pairs = (
        (delegate, lincoln), (worker, harbor), (harbor, harbor), (stranger, stranger), (lincoln, harbor),
    )  # fmt: skip
    event = plan()
    data = {"guest": [f"{each}-{organization}" for each, organization in pairs]}
    organizer_client.post(f"/events/{event}/invite/apply", data=data)
    rightful = {(delegate, lincoln), (worker, harbor), (harbor, harbor)}
    assert set(rows(select(Guest.contact_id, Guest.organization_id))) == rightful | {
        (stranger, None),
        (lincoln, None),
    }


def test_an_invitation_says_it_all_in_the_guests_language(
    app: Flask, organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(title="Día de <todos>", description="Bring & share", online_url="https://meet.example.org/x")
    rosa = add("Rosa", "D'Ángelo", language="es")
    (guest,) = invite(event, rosa)
    assert (
        "The invitation is on its way."
        in organizer_client.post(f"/events/{event}/guests/{guest}/send", follow_redirects=True).text
    )
    (row,) = rows(select(OutgoingMail))
    with app.app_context():
        message: EmailMessage = as_message(row)
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    link = f"/events/answer/{token(app, guest)}"
    assert plain is not None
    assert html is not None
    text, marked = plain.get_content(), html.get_content()
    assert "Rosa D'Ángelo" in text
    assert "Día de <todos>" in text
    assert "Bring & share" in text
    assert link in text
    assert '<html lang="es">' in marked
    assert "Día de &lt;todos&gt;" in marked
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "PUBLISH"
    content = attached.get_content()
    calendar = Calendar.from_ical(content)
    (found,) = calendar.walk("VEVENT")
    assert str(found["summary"]) == "Día de <todos>"
    assert link in str(found["url"])


def test_the_mail_of_a_large_list_is_background_work(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "AT_ONCE", 2)
    event = plan()
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(5)))
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        found = db.session().get_one(Event, event)
        assert mailing.to_guests(found, guests, mailing.INVITATION, Actor.system()) == 5
    assert rows(select(OutgoingMail.id)) == []
    inline.run_waiting(app)
    assert len(set(rows(select(OutgoingMail.recipient)))) == 5
    assert None not in rows(select(Guest.invited_at))


def wait_for_mail(app: Flask, event_id: int, guests: list[int], what: str, actor: Actor) -> None:
    with app.app_context(), db.transaction(actor, "test"), system("test"):
        mailing.to_guests(db.session().get_one(Event, event_id), guests, what, actor)


def test_asking_twice_invites_everybody_once(
    app: Flask,
    organizer_client: PageClient,
    plan: Plan,
    add: Add,
    invite: Invite,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing, "AT_ONCE", 2)
    event = plan()
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(3)))
    organizer_client.post(f"/events/{event}/send")
    organizer_client.post(f"/events/{event}/send")
    assert len(rows(select(Job.id).where(Job.kind == mailing.JOB))) == 1
    wait_for_mail(app, event, guests, mailing.INVITATION, Actor.system())
    inline.run_waiting(app)
    assert len(rows(select(OutgoingMail.id))) == 3


def test_nobody_is_invited_to_what_was_cancelled_meanwhile(
    app: Flask,
    organizer_client: PageClient,
    plan: Plan,
    add: Add,
    invite: Invite,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing, "AT_ONCE", 2)
    event = plan()
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(3)))
    organizer_client.post(f"/events/{event}/send")
    for what in (mailing.CHANGED, mailing.SEAT):
        wait_for_mail(app, event, guests, what, Actor.system())
    organizer_client.post(f"/events/{event}/cancel", data={"tell": "y"})
    inline.run_waiting(app)
    assert rows(select(OutgoingMail.id)) == []


def test_a_seat_that_was_given_back_is_not_announced(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "AT_ONCE", 2)
    event = plan()
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(3)), answer="yes")
    wait_for_mail(app, event, guests, mailing.SEAT, Actor.system())
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().get_one(Guest, guests[0]).answer = "no"
    inline.run_waiting(app)
    assert sorted(rows(select(OutgoingMail.recipient))) == [
        "guest1.chen@example.org",
        "guest2.chen@example.org",
    ]


def test_the_mail_of_somebody_who_lost_the_event_is_not_written(  # noqa: PLR0917  # Fixtures.
    app: Flask,
    make_user: MakeUser,
    plan: Plan,
    add: Add,
    invite: Invite,
    coalition: Callable[..., int],
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing, "AT_ONCE", 2)
    north = coalition("North")
    event = plan(coalition_id=coalition("South"))
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(3)))
    user = make_user("organizer", north, scope_kind="coalition")
    with app.app_context():
        actor = actor_for(user)
    wait_for_mail(app, event, guests, mailing.INVITATION, actor)
    inline.run_waiting(app)
    assert rows(select(OutgoingMail.id)) == []


def test_the_chosen_of_a_list_are_planned_invited_and_undone(
    app: Flask, organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    amina, wei, quiet = add("Amina", "Okafor"), add("Wei", "Chen"), add("Quiet", "One")
    ask_not(app, quiet)
    invite(event, wei)
    assert "Invite to an event" in organizer_client.get("/contacts").text
    chosen = organizer_client.post("/events/invite-many", data={"ids": [amina, wei, quiet]})
    asked = organizer_client.get(chosen.location).text
    assert "Steering committee" in asked
    preview = organizer_client.post(
        chosen.location, data={"event": str(event), "mail": "y"}, follow_redirects=True
    ).text
    assert "will be invited" in preview
    assert "They have asked not to be mailed. They are invited, but get no mail." in preview
    assert "Invite 2 contacts" in preview
    done = organizer_client.post(f"{chosen.location}/apply", follow_redirects=True).text
    assert "Invited 2 contacts to “Steering committee”" in done
    assert len(answers(rows, event)) == 3
    assert rows(select(OutgoingMail.recipient)) == ["amina.okafor@example.org"]
    last = rows(select(func.max(ChangeSet.id)))[0]
    organizer_client.post(f"/changes/{last}/undo")
    assert len(answers(rows, event)) == 1


@on_sqlite
def test_an_event_that_is_over_takes_no_more_invitations(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(starts_at=datetime(2020, 1, 1, tzinfo=UTC))
    (guest,) = invite(event, add("Amina", "Okafor"))
    sent = organizer_client.post(f"/events/{event}/guests/{guest}/send")
    assert sent.status_code == 422
    assert organizer_client.post(f"/events/{event}/send").status_code == 422
    assert organizer_client.get(f"/events/{event}/invite").status_code == 422
    late = organizer_client.post(f"/events/{event}/invite/apply", data={"guest": [f"{add('Wei', 'Chen')}-"]})
    assert late.status_code == 422
    assert "nobody is invited to it any more" in late.text
    assert len(rows(select(Guest.id))) == 1
    assert rows(select(OutgoingMail.id)) == []


def test_an_answer_told_on_the_phone_counts_like_any_other(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(capacity=1)
    first, second = invite(event, add("Amina", "Okafor"), add("Wei", "Chen"))
    for guest in (first, second):
        organizer_client.post(f"/events/{event}/guests/{guest}", data={"answer": "yes", "note": "by phone"})
    assert answers(rows, event) == ["yes", "waiting"]
    organizer_client.post(f"/events/{event}/guests/{first}/remove")
    assert answers(rows, event) == ["yes"]
    assert rows(select(OutgoingMail.purpose)) == ["event_seat"]
    last = rows(select(func.max(ChangeSet.id)))[0]
    organizer_client.post(f"/changes/{last}/undo")
    assert answers(rows, event) == ["yes", "waiting"]


@on_sqlite
def test_organizations_of_the_coalition_are_invited_through_their_delegate(
    app: Flask, plan: Plan, add: Add, coalition: Callable[..., int]
) -> None:
    lincoln, stranger = add(organization="Lincoln"), add(organization="Stranger")
    delegate = add("Del", "Egate", at="Lincoln")
    event = plan(coalition_id=coalition("North", {lincoln: (delegate, None)}))
    with app.test_request_context(), system("test"):
        found, voiceless = inviting.of_contacts([lincoln, stranger], db.session().get_one(Event, event))
    assert found == {delegate: lincoln, stranger: stranger}
    assert voiceless == []
