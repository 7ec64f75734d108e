"""Checking in: one tap, two phones, walk-ins, and who came for whom."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread

from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.events.models import Event, Guest
from crm.events.services import door
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn, sign_in_client
from tests.events.conftest import Add, Invite, Plan, Rows


def came(rows: Rows) -> list[bool]:
    return [each is not None for each in rows(select(Guest.checked_in_at).order_by(Guest.id))]


def test_one_tap_in_and_one_out(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    first, _second = invite(event, add("Amina", "Okafor", at="Harbor"), add("Wei", "Chen"))
    address = f"/events/{event}/guests/{first}/check-in"
    answer = organizer_client.post(address, data={"state": "in"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' in answer.text
    assert 'hx-swap-oob="true"><strong class="rc-num">1</strong>' in answer.text
    assert came(rows) == [True, False]
    at = rows(select(Guest.checked_in_at))[0]
    organizer_client.post(address, data={"state": "in"})
    assert rows(select(Guest.checked_in_at))[0] == at
    assert rows(select(Guest.organization_id)) != [None, None]
    organizer_client.post(address, data={"state": "out"})
    assert came(rows) == [False, False]
    last = rows(select(func.max(ChangeSet.id)))[0]
    organizer_client.post(f"/changes/{last}/undo")
    assert came(rows) == [True, False]


@on_sqlite
def test_guests_are_found_by_any_part_of_name_or_organization(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite
) -> None:
    event = plan()
    invite(event, add("Amina", "Okafor"), add("Wei", "Chen"))
    page = organizer_client.get(f"/events/{event}/check-in?q=okaf", headers={"HX-Request": "true"}).text
    assert "Amina Okafor" in page
    assert "Wei Chen" not in page
    assert "<html" not in page
    nobody = organizer_client.get(f"/events/{event}/check-in?q=100%25").text
    assert "Nobody on the list is called that." in nobody


def test_somebody_known_and_somebody_new_walk_in(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    known, guest = add("Amina", "Okafor"), add("Wei", "Chen")
    invite(event, guest)
    address = f"/events/{event}/check-in/walk-in"
    organizer_client.post(address, data={"person": f"#{known}"})
    organizer_client.post(address, data={"person": "Wei Chen"})
    assert rows(select(Guest.is_walk_in, Guest.checked_in_at.is_not(None)).order_by(Guest.id)) == [
        (False, True), (True, True),
    ]  # fmt: skip
    new = {"given_name": "Nia", "family_name": "New", "email": "nia@example.org", "organization": "Harbor"}
    done = organizer_client.post(address, data=new, follow_redirects=True)
    assert "Nia New is here." in done.text
    organization = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    assert rows(select(Guest.organization_id).order_by(Guest.id.desc()))[0] == organization
    assert organizer_client.post(address, data={}).status_code == 422
    last = rows(select(func.max(ChangeSet.id)))[0]
    organizer_client.post(f"/changes/{last}/undo")
    assert rows(select(Contact.id).where(Contact.name == "Nia New")) == []


@on_sqlite
def test_who_is_typed_anew_may_be_here_already(organizer_client: PageClient, plan: Plan, add: Add) -> None:
    event = plan()
    known = add("Amina", "Okafor", email="amina@example.org")
    page = organizer_client.get(f"/events/{event}/check-in/likely?given_name=Amina&family_name=Okafer").text
    assert "Amina Okafor" in page
    assert f'value="#{known}"' in page
    assert (
        "Nobody who is alike" in organizer_client.get(f"/events/{event}/check-in/likely?given_name=Zed").text
    )


def test_who_came_for_which_organization(
    app: Flask,
    organizer_client: PageClient,
    plan: Plan,
    add: Add,
    invite: Invite,
    coalition: Callable[..., int],
    rows: Rows,
) -> None:
    lincoln, harbor, absent = (add(organization=name) for name in ("Lincoln", "Harbor", "Absent"))
    delegate, other = add("Del", "Egate"), add("Oth", "Er", at="Harbor")
    north = coalition("North", {lincoln: (delegate, None), harbor: None, absent: None})
    event = plan(coalition_id=north)
    first, second = invite(event, delegate, other)
    for guest in (first, second):
        organizer_client.post(f"/events/{event}/guests/{guest}/check-in", data={"state": "in"})
    represents = f"/events/{event}/guests/{first}/represents"
    assert organizer_client.post(represents, data={"organization": str(harbor)}).status_code == 422
    organizer_client.post(represents, data={"organization": str(lincoln)})
    with app.test_request_context():
        with system("test"):
            found = door.attendance(db.session().get_one(Event, event), Actor.system())
        there = [(each.name, each.people) for each in found]
    assert there == [
        ("Harbor", [("Oth Er", "Somebody else")]), ("Lincoln", [("Del Egate", "Delegate")]), ("Absent", []),
    ]  # fmt: skip
    page = organizer_client.get(f"/events/{event}").text
    assert "Del Egate · Delegate" in page
    assert "1 member has nobody there yet" in page
    assert rows(select(Guest.organization_id).where(Guest.id == first)) == [lincoln]


def test_an_event_seen_through_its_campaign_names_no_member_of_a_hidden_coalition(
    app: Flask,
    make_user: MakeUser,
    plan: Plan,
    add: Add,
    invite: Invite,
    coalition: Callable[..., int],
    campaign: Callable[..., int],
) -> None:
    lincoln, quiet = add(organization="Lincoln"), add(organization="Quiet Hall")
    delegate = add("Del", "Egate", at="Harbor")
    north, south = coalition("North", {lincoln: (delegate, None), quiet: None}), coalition("South")
    event = plan(coalition_id=north, campaign_id=campaign(south))
    invite(event, delegate, organization=lincoln, checked_in_at=datetime.now(UTC))
    client = sign_in_client(app, make_user("organizer", south, scope_kind="coalition"))
    for page in (f"/events/{event}", f"/events/{event}/print"):
        shown = client.get(page)
        assert shown.status_code == 200
        assert "Quiet Hall" not in shown.text
        assert "Delegate" not in shown.text
    assert "Harbor</option>" not in client.get(f"/events/{event}/check-in").text
    everybody = sign_in_client(app, make_user("organizer"))
    assert "Harbor</option>" in everybody.get(f"/events/{event}/check-in").text
    assert "Del Egate · Delegate" in everybody.get(f"/events/{event}").text


@on_sqlite
def test_a_cancelled_event_checks_nobody_in(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    (guest,) = invite(event, add("Amina", "Okafor"))
    organizer_client.post(f"/events/{event}/cancel")
    sent = organizer_client.post(f"/events/{event}/guests/{guest}/check-in", data={"state": "in"})
    assert sent.status_code == 422
    assert came(rows) == [False]


@on_sqlite
def test_whoever_may_not_add_people_checks_in_known_ones_only(
    app: Flask, sign_in: SignIn, plan: Plan, make_user: Callable[..., object], rows: Rows
) -> None:
    from crm.accounts.services import roles
    from crm.plugin_api.testing.people import sign_in_client

    event = plan()
    with app.app_context(), db.transaction(Actor.system(), "test"):
        role = roles.make_role(Actor.system(), "Door")
        role.permissions = ["events.view", "events.check_in", "contacts.view"]
        name = role.name
    client = sign_in_client(app, make_user(name))  # type: ignore[arg-type]  # A fixture of any shape.
    page = client.get(f"/events/{event}/check-in/walk-in").text
    assert "walk-in-known" in page
    assert "walk-in-new" not in page
    sent = client.post(f"/events/{event}/check-in/walk-in", data={"given_name": "Nia", "family_name": "New"})
    assert sent.status_code in {403, 422}
    assert rows(select(Contact.id)) == []


def test_two_phones_check_in_at_the_same_moment(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(4)))
    barrier, errors = Barrier(4), []

    def tap(guest: int) -> None:
        barrier.wait()
        try:
            with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
                door.check(db.session().get_one(Event, event), guest, came=True)
        except Exception as error:  # noqa: BLE001  # The test looks at it.
            errors.append(error)

    threads = [Thread(target=tap, args=(each,)) for each in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert came(rows) == [True] * 4
