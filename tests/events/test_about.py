"""Events and the rest of the program: contacts that are merged or erased, panels, measures, handing over."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.accounts.sessions import actor_for
from crm.campaigns.models import Campaign
from crm.contacts import erasing
from crm.contacts.models import Contact
from crm.events import handing_over, measures, offers
from crm.events.models import Event, Guest
from crm.events.services import about, mailing
from crm.journal.models import ChangeSet, JournalEntry
from crm.journal.undo import undo
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, sign_in_client
from crm.plugin_api.types import Heirs
from tests.events.conftest import Add, Invite, Plan, Rows, answers, event_of

NOBODY = Contact(id=0)
PAST = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    with app.test_request_context():
        yield app


def contact(contact_id: int) -> Contact:
    with system("test"):
        return db.session().get_one(Contact, contact_id)


def merge(survivor: int, loser: int) -> None:
    with db.transaction(Actor.system(), "contacts.merge"):
        about.merge(contact(survivor), contact(loser))


def test_two_guests_of_one_event_become_one_with_the_stronger_facts(
    inside: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event, other = plan(), plan()
    kept, gone, home = add("Amina", "Okafor"), add("A.", "Okafor"), add(organization="Harbor")
    invite(event, kept, answer="maybe", note="Late", invited_at=PAST)
    early = PAST + timedelta(days=1)
    invite(event, gone, organization=home, answer="yes", checked_in_at=early, note="Bike")
    invite(other, gone, answer="no")
    merge(kept, gone)
    (one,) = rows(select(Guest).where(Guest.event_id == event))
    assert (one.contact_id, one.answer, one.checked_in_at, one.invited_at) == (kept, "yes", early, PAST)
    assert (one.note, one.organization_id) == ("Late\nBike", home)
    assert rows(select(Guest.contact_id).where(Guest.event_id == other)) == [kept]


def test_organizations_that_become_one_keep_who_stood_for_them(
    inside: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    kept, gone = add(organization="Harbor"), add(organization="Harbour")
    invite(plan(), add("Amina", "Okafor"), organization=gone)
    merge(kept, gone)
    assert rows(select(Guest.organization_id)) == [kept]


def test_whoever_is_erased_leaves_no_trace_in_events_mail_or_history(
    app: Flask, organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event, name = plan(), "Zuleika Quatermain"
    zuleika, other = add("Zuleika", "Quatermain"), add("Wei", "Chen")
    guest, _other = invite(event, zuleika, other)
    organizer_client.post(f"/events/{event}/guests/{guest}", data={"answer": "yes", "note": "Canary words"})
    organizer_client.post(f"/events/{event}/guests/{guest}/send")
    organizer_client.post(f"/events/{event}/guests/{guest}/check-in", data={"state": "in"})
    organizer_client.post(f"/events/{event}/guests/{guest}/remove")
    invite(event, zuleika)
    assert any(name in each for each in rows(select(ChangeSet.summary)))
    assert "Canary words" in str(rows(select(JournalEntry.before)))
    assert len(rows(select(OutgoingMail.id))) == 1
    with app.test_request_context(), db.transaction(Actor.system(), "contacts.erase"):
        erasing.erase(contact(zuleika))
    assert rows(select(Guest.contact_id)) == [other]
    assert rows(select(OutgoingMail.id)) == []
    assert not any(name in each for each in rows(select(ChangeSet.summary)))
    images = str(rows(select(JournalEntry.before, JournalEntry.after)))
    assert "Canary words" not in images
    assert "Quatermain" not in images


def test_an_erased_organization_leaves_those_who_stood_for_it(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    home = add(organization="Harbor")
    invite(plan(), add("Amina", "Okafor"), organization=home)
    with app.test_request_context(), db.transaction(Actor.system(), "contacts.erase"):
        erasing.erase(contact(home))
    assert rows(select(Guest.organization_id)) == [None]


def test_what_is_held_about_somebody_can_be_handed_over(
    inside: Flask, plan: Plan, add: Add, invite: Invite
) -> None:
    amina = add("Amina", "Okafor")
    invite(plan(title="Winter training"), amina, answer="maybe", note="On crutches")
    shown = str([(str(each.title), list(each.rows)) for each in about.held_about(contact(amina))])
    for word in ("Winter training", "maybe", "On crutches"):
        assert word in shown


def test_a_contact_shows_invitations_in_panel_and_timeline(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite
) -> None:
    amina = add("Amina", "Okafor")
    invite(
        plan(title="Winter training"),
        amina,
        invited_at=PAST,
        answered_at=PAST,
        answer="yes",
        checked_in_at=PAST,
    )
    panel = organizer_client.get(f"/events/of-contact/{amina}").text
    assert "Winter training" in panel
    assert "Came" in panel
    timeline = organizer_client.get(f"/contacts/{amina}/timeline").text
    for sentence in ("Invited to “Winter training”", "“Winter training”: Comes", "Came to “Winter training”"):
        assert sentence in timeline
    assert "/events/of-contact/" in organizer_client.get(f"/contacts/{amina}").text


@on_sqlite
def test_parts_on_other_pages(
    app: Flask,
    organizer_client: PageClient,
    plan: Plan,
    coalition: Callable[..., int],
    viewer_client: PageClient,
) -> None:
    north = coalition("North")
    plan(title="Board", coalition_id=north)
    plan(title="Long ago", coalition_id=north, starts_at=PAST)
    panel = organizer_client.get(f"/events/of-coalition/{north}").text
    assert "Board" in panel
    assert "Long ago" in panel
    assert f"/events/new?coalition_id={north}" in panel
    assert "/events/new" not in viewer_client.get(f"/events/of-coalition/{north}").text
    assert "Board" in organizer_client.get("/events/card").text
    assert 'selected value="' + str(north) in organizer_client.get(f"/events/new?coalition_id={north}").text


def test_the_morning_mail_names_ones_own_events_of_today_and_tomorrow(
    inside: Flask, plan: Plan, add: Add, invite: Invite, make_user: MakeUser
) -> None:
    user = make_user(role="organizer")
    actor = Actor(user.id, user.name, Actor.system().grants)
    now = datetime.now(UTC)
    plan(title="Mine", owner_user_id=user.id, starts_at=now + timedelta(minutes=1))
    plan(title="Not mine", starts_at=now + timedelta(minutes=1))
    plan(title="Later", owner_user_id=user.id, starts_at=now + timedelta(days=9))
    from flask_babel import get_timezone

    found = list(offers.digest(actor, now.astimezone(get_timezone()).date()))
    assert [each.title for each in found] == ["Mine"]


def test_events_of_somebody_who_leaves_are_handed_over(
    inside: Flask, plan: Plan, make_user: MakeUser, rows: Rows
) -> None:
    leaver, heir = make_user(role="organizer"), make_user(role="organizer")
    event = plan(owner_user_id=leaver.id)
    plan(owner_user_id=leaver.id, starts_at=PAST)
    items = list(handing_over.responsibilities(NOBODY, leaver.id, None, Actor.system()))
    assert [each.record_id for each in items] == [event]
    assert list(handing_over.responsibilities(NOBODY, leaver.id, 5, Actor.system())) == []
    with db.transaction(Actor.system(), "test"):
        handing_over.hand_over(items, Heirs(user_id=heir.id), Actor.system())
    assert event_of(rows, event, "owner_user_id") == heir.id


def test_invitations_go_to_the_heir_who_answers_anew(
    inside: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    leaver, heir, event, both = add("Lea", "Ver"), add("He", "Ir"), plan(title="One"), plan(title="Both")
    (guest,) = invite(event, leaver, answer="yes", invited_at=PAST, note="Vegetarian")
    invite(both, leaver)
    (kept,) = invite(both, heir)
    invite(plan(starts_at=PAST), leaver)
    items = list(handing_over.responsibilities(contact(leaver), None, None, Actor.system()))
    assert sorted((each.title, each.heir) for each in items) == [("Both", "person"), ("One", "person")]
    with db.transaction(Actor.system(), "test", "Handed over") as change:
        handing_over.hand_over(items, Heirs(contact_id=heir), Actor.system())
    found = {row.id: row for row in rows(select(Guest).where(Guest.event_id.in_([event, both])))}
    assert found.keys() == {guest, kept}
    assert (found[guest].contact_id, found[guest].answer, found[guest].invited_at) == (heir, "none", None)
    assert (found[guest].note, found[guest].link_version) == ("", 2)
    undo(change.require_id(), Actor.system())
    (again,) = rows(select(Guest).where(Guest.id == guest))
    assert (again.contact_id, again.note) == (leaver, "Vegetarian")
    assert again.link_version == 3, "neither the link that was ended nor the heir's opens what is not theirs"


def test_nobody_hands_over_events_that_they_may_not_change(
    inside: Flask, plan: Plan, make_user: MakeUser, coalition: Callable[..., int], rows: Rows
) -> None:
    leaver, heir, north = make_user(role="organizer"), make_user(role="organizer"), coalition("North")
    event = plan(owner_user_id=leaver.id, coalition_id=north)
    items = list(handing_over.responsibilities(NOBODY, leaver.id, None, Actor.system()))
    elsewhere = make_user("organizer", coalition("South"), scope_kind="coalition")
    viewer = make_user("viewer", north, scope_kind="coalition")
    for user in (elsewhere, viewer):
        actor = actor_for(user)
        assert list(handing_over.responsibilities(NOBODY, leaver.id, None, actor)) == []
        with db.transaction(actor, "test"):
            handing_over.hand_over(items, Heirs(user_id=heir.id), actor)
    assert event_of(rows, event, "owner_user_id") == leaver.id


def test_measures_count_what_was_held_who_came_and_for_whom(
    app: Flask, plan: Plan, add: Add, invite: Invite
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        made = Campaign(name="Buses", sort_name="buses", kind="state_policy")
        db.session().add(made)
        db.session().flush()
        campaign = made.id
    home, amina, wei = add(organization="Harbor"), add("Amina", "Okafor"), add("Wei", "Chen")
    for _each in range(2):
        event = plan(campaign_id=campaign, starts_at=PAST)
        invite(event, amina, organization=home, checked_in_at=PAST)
    invite(event, wei, organization=home)
    plan(campaign_id=campaign)
    expected = {"events.held": 2, "events.came": 1, "events.represented": 1}
    with app.test_request_context(), system("test"):
        for measure in measures.measures():
            ids = list(db.session().execute(measure.rows(campaign, {})).scalars())
            assert len(ids) == expected[measure.name]
            shown = measure.show(ids, Actor.system())
            assert len(shown) == len(ids)
            assert all(each.url for each in shown)


@on_sqlite
def test_a_guest_with_an_account_finds_the_event_among_their_own(
    app: Flask, plan: Plan, add: Add, invite: Invite, make_user: MakeUser
) -> None:
    amina = add("Amina", "Okafor")
    user = make_user(role="viewer")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        db.session().execute(
            text("UPDATE user_account SET contact_id = :c WHERE id = :u"), {"c": amina, "u": user.id}
        )
    event = plan(title="For Amina")
    invite(event, amina)
    plan(title="For others")
    page = sign_in_client(app, user).get("/calendar?view=agenda&mine=1").text
    assert "For Amina" in page
    assert "For others" not in page


def test_mail_goes_to_nobody_who_asked_for_none_even_later(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    (guest,) = invite(event, add("Quiet", "One", email=""))
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        found = db.session().get_one(Event, event)
        assert mailing.to_guests(found, [guest], mailing.SEAT, Actor.system()) == 0
    assert rows(select(func.count(OutgoingMail.id))) == [0]
    assert answers(rows, event) == ["none"]
