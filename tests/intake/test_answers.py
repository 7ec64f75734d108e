"""What of an answer reaches a contact, whose it is when somebody is erased, and what a link still opens."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail, Role
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, Membership
from crm.contacts import erasing
from crm.contacts import services as contacts
from crm.contacts.models import Address, Affiliation, Contact, Note, Organization, Person, Phone
from crm.intake import offers
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.plugin_api.types import Heirs
from crm.runtime import runtime
from tests.access.walking import everything
from tests.intake.test_public_forms import Build, _slow_writer, build, link, rows, send

__all__ = ["_slow_writer", "build"]  # Fixtures.

ALL = {
    "phone": "(212) 555-0123", "organization": "Harbor School", "role": "Teacher", "city": "Newark",
    "interests": "Buses", "message": "I can drive.",
}  # fmt: skip


def act(app: Flask, what: Any) -> Any:
    with app.test_request_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        return what()


def known(app: Flask, **values: Any) -> int:
    named = {"given_name": "Ana", "family_name": "Núñez", "emails": [{"address": "ana@example.org"}]}
    return int(act(app, lambda: contacts.create({**named, **values}, Actor.system()).id))


def test_what_somebody_wrote_is_theirs_also_untied_renamed_or_deleted(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    ana = known(app, phones=[{"number": "(212) 555-0123"}])
    _id, help_key = build("help", asked=["phone", "message"])
    send(app, client, help_key, email="", phone="(212) 555-0123", message="one")
    send(app, client, help_key, email="", phone="(212) 555-0199", message="of another")
    _id, key = build("sign_up", asked=["message"], unknown="queue")
    for number in (1, 2):
        send(app, client, key, message="two")
        client.post(link(app))
        what = {"what": "declined"} if number == 1 else {"what": "add", "contact_id": ana}
        sign_in(role="organizer").post(f"/intake/answers/{number}/decide", data=what)

    def rename() -> None:
        contacts.rename_person(db.session().get_one(Person, ana), "family_name", "Ruiz")

    def held() -> str:
        parts = runtime().plugins.collect("crm_contact_export", contact=db.session().get_one(Contact, ana))
        return str([section.rows for _plugin, section in parts])

    act(app, rename)
    told = act(app, held)
    assert (told.count("'one'"), told.count("'two'"), "of another" in told) == (1, 2, False)
    act(app, lambda: contacts.delete([ana]))

    def erase() -> None:
        contact = erasing.deleted(ana)
        assert contact is not None
        erasing.erase(contact)

    act(app, erase)
    assert rows(app, select(FormAnswer.message)) == []
    assert rows(app, select(HelpRequest.message)) == ["of another"]


@on_sqlite
def test_who_looks_after_one_coalition_takes_over_what_its_forms_bring(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    def made() -> tuple[int, int]:
        north = Coalition(name="North", sort_name="north", level="local")
        db.session().add(north)
        db.session().flush()
        campaign = Campaign(name="Buses", sort_name="buses", kind="state_policy", coalition_id=north.id)
        db.session().add(campaign)
        db.session().flush()
        return north.id, campaign.id

    north, campaign = act(app, made)
    staff = sign_in(role="organizer", scope=north, scope_kind="coalition")
    built = {"name": "News", "title_en": "News", "unknown": "create", "coalition_id": str(north)}
    refused = staff.post("/intake/new?kind=sign_up", data=built)
    assert (refused.status_code, "wait to be looked at" in refused.text) == (422, True)
    forms = [("join", north, None), ("sign_up", north, None), ("sign_up", None, campaign)]
    for number, (kind, coalition, of_campaign) in enumerate(forms, 1):
        _id, key = build(kind, unknown="queue", coalition_id=coalition, campaign_id=of_campaign)
        send(app, client, key, given_name=f"Ana {number}", email=f"ana{number}@example.org")
        client.post(link(app))
        address = f"/intake/answers/{number}"
        told = "Put into the coalition “North”" in staff.get(address).text
        assert told == (kind != "join")
        if told:
            outside = staff.post(f"{address}/decide", data={"what": "new"})
            assert (outside.status_code, "tick the coalition “North”" in outside.text) == (403, True)
        assert staff.post(f"{address}/decide", data={"what": "new", "take": "coalition"}).status_code == 303
        contact = rows(app, select(FormAnswer.contact_id).where(FormAnswer.id == number))[0]
        assert staff.get(f"/contacts/{contact}").status_code == 200


@on_sqlite
def test_answers_whose_address_names_no_tab_are_all_of_them(sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    for address, open_tab in (("/intake/answers", "all"), ("/intake/answers?list=waiting", "waiting")):
        page = staff.get(address).text
        marked = [tab for tab in ("waiting", "all") if f'list={tab}" aria-current="page"' in page]
        assert marked == [open_tab]


@on_sqlite
def test_only_who_may_change_its_members_puts_somebody_into_the_coalition(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    def made() -> int:
        north = Coalition(name="North", sort_name="north", level="local")
        db.session().add(north)
        db.session().flush()
        return north.id

    ana = known(app)
    _id, key = build("sign_up", unknown="queue", coalition_id=act(app, made))
    send(app, client, key)
    client.post(link(app))
    staff, address = sign_in(role="organizer"), "/intake/answers/1"
    adds = {"what": "add", "contact_id": ana, "take": "coalition"}
    role = select(Role).where(Role.name == "organizer")

    def may(permissions: list[str]) -> None:
        db.session().scalars(role).one().permissions = permissions

    everything_they_may = list(act(app, lambda: db.session().scalars(role).one().permissions))
    act(app, lambda: may([each for each in everything_they_may if each != "coalitions.edit"]))
    assert "Put into the coalition" not in staff.get(address).text
    for data in (adds, {"what": "new", "take": "coalition"}):
        assert staff.post(f"{address}/decide", data=data).status_code == 403
    assert rows(app, select(FormAnswer.status)) == ["waiting"]
    act(app, lambda: may(everything_they_may))
    offered = staff.get(address).text
    assert offered.count("Put into the coalition “North”") == 3, (
        "for who is likely, somebody else, somebody new"
    )
    assert staff.post(f"{address}/decide", data=adds).status_code == 303
    assert rows(app, select(Membership.contact_id, Membership.status)) == [(ana, "prospect")]


def test_erasing_takes_nothing_that_was_theirs_by_a_mistake_only(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    bea = known(app, given_name="Bea", emails=[])
    ana = known(app, family_name="Cole", emails=[])
    _id, key = build("sign_up", asked=["message"], unknown="queue")
    send(app, client, key, message="my word")
    client.post(link(app))
    admin = sign_in(role="administrator")
    newest = select(ChangeSet.id).order_by(ChangeSet.id.desc())

    def take_back() -> None:
        change_set_id = rows(app, newest)[0]
        with app.test_request_context():
            undo(change_set_id, Actor.system())

    def erase(contact_id: int) -> None:
        contact = erasing.deleted(contact_id) or db.session().get_one(Contact, contact_id)
        erasing.erase(contact)

    for contact in (bea, ana):
        told = {"what": "add", "contact_id": contact}
        assert admin.post("/intake/answers/1/decide", data=told).status_code == 303
        if contact == bea:
            take_back()
    act(app, lambda: contacts.delete([ana]))
    deleted = rows(app, newest)[0]
    act(app, lambda: erase(bea))
    assert rows(app, select(FormAnswer.message, FormAnswer.contact_id)) == [("my word", None)]
    with app.test_request_context():
        undo(deleted, Actor.system())
    assert rows(app, select(FormAnswer.contact_id)) == [ana], "her deletion is still undone whole"
    take_back()  # Undoing that undo deletes her once more.
    assert rows(app, select(FormAnswer.contact_id)) == [None]
    act(app, lambda: erase(ana))
    assert rows(app, select(FormAnswer.message)) == []


@pytest.mark.parametrize("unknown", ["create", "queue"])
def test_everything_somebody_new_wrote_reaches_the_contact(
    unknown: str, app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("join", asked=list(ALL), unknown=unknown)
    send(app, client, key, **ALL)
    client.post(link(app))
    if unknown == "queue":
        data = {"what": "new", "take": ["phone", "organization", "city", "interests", "message"]}
        sign_in(role="organizer").post("/intake/answers/1/decide", data=data)
    assert rows(app, select(Person.name, Address.city).join(Address, Address.contact_id == Person.id)) == [
        ("Ana Núñez", "Newark")
    ]
    place = select(Organization.name, Affiliation.role)
    joined = place.join(Affiliation, Affiliation.organization_id == Organization.id)
    assert rows(app, joined) == [("Harbor School", "Teacher")]
    assert rows(app, select(Phone.number)) == ["+12125550123"]
    (note,) = rows(app, select(Note.body))
    assert "Buses" in note
    assert "I can drive." in note


@on_sqlite
def test_staff_choose_what_goes_to_somebody_who_is_here(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    contact_id = known(app, addresses=[{"city": "Trenton"}], organization="Harbor School")
    _id, key = build("join", asked=list(ALL))
    send(app, client, key, **ALL)
    client.post(link(app))
    staff = sign_in(role="organizer")
    page = staff.get("/intake/answers/1").text
    assert "known: Trenton" in page
    assert re.search(r'value="organization" disabled', page)
    data = {"what": "add", "contact_id": contact_id, "take": ["city", "interests", "organization"]}
    staff.post("/intake/answers/1/decide", data=data)
    assert rows(app, select(Address.city).order_by(Address.id)) == ["Trenton", "Newark"]
    assert rows(app, select(Phone.number)) == []
    assert rows(app, select(Affiliation.role)) == [""]
    (note,) = rows(app, select(Note.body))
    assert "Buses" in note
    assert "drive" not in note
    again = staff.post("/intake/answers/1/decide", data=data)
    assert again.status_code == 409
    assert "/intake/answers/1" in staff.get(f"/contacts/{contact_id}/timeline").text


@on_sqlite
def test_what_somebody_wrote_who_needs_help_stays_in_the_request(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("help", asked=["city", "message"], required=["message"])
    empty = send(app, client, key, city="Newark")
    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)
    send(app, client, key, city="Newark", message="The bus never comes")
    staff = sign_in(role="organizer")
    staff.post("/intake/requests/1/decide", data={"what": "waiting"})
    staff.post("/intake/requests/1/decide", data={"what": "new", "take": ["city", "message"]})
    assert rows(app, select(HelpRequest.status)) == ["accepted"]
    assert rows(app, select(Address.city)) == ["Newark"]
    assert rows(app, select(Note.body)) == []


@on_sqlite
def test_what_is_not_confirmed_is_not_taken_over_and_spam_is_asked_to_confirm(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("join")
    send(app, client, key, website="https://spam.example")
    staff = sign_in(role="organizer")
    assert staff.post("/intake/answers/1/decide", data={"what": "new"}).status_code == 409
    staff.post("/intake/answers/1/decide", data={"what": "waiting"})
    assert rows(app, select(FormAnswer.status)) == ["unconfirmed"]
    assert staff.post("/intake/answers/1/decide", data={"what": "new"}).status_code == 409
    client.post(link(app))
    assert rows(app, select(FormAnswer.status)) == ["accepted"]


@on_sqlite
def test_staff_send_the_link_again_that_never_arrived(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("join")
    send(app, client, key)
    staff, address = sign_in(role="organizer"), "/intake/answers/1"
    assert "Send the link again" in staff.get(address).text
    early = staff.post(f"{address}/decide", data={"what": "again"})
    assert (early.status_code, "on its way to this address already" in early.text) == (422, True)

    def fail() -> None:
        for row in db.session().scalars(select(OutgoingMail)):
            row.status, row.body = "failed", ""
        db.session().get_one(FormAnswer, 1).created_at -= timedelta(days=27, hours=6)

    assert "deleted after 30 days" in rows(app, select(OutgoingMail.body))[0]
    act(app, fail)
    assert staff.post(f"{address}/decide", data={"what": "again"}).status_code == 303
    sent = rows(app, select(OutgoingMail.status, OutgoingMail.body).order_by(OutgoingMail.id))
    assert [status for status, _body in sent] == ["failed", "queued"]
    assert "deleted after 3 days" in sent[1][1], "it is kept no longer than from when it was written"
    client.post(link(app))
    assert rows(app, select(FormAnswer.status)) == ["accepted"]
    assert "Send the link again" not in staff.get(address).text
    assert staff.post(f"{address}/decide", data={"what": "again"}).status_code == 409


def test_erasing_somebody_leaves_answers_of_others_at_the_same_address(
    app: Flask, client: PageClient, build: Build
) -> None:
    contact_id = known(app, emails=[{"address": "Info@example.org"}])
    _id, key = build("join")
    for given, family in (("Ana", "Nunez"), ("Bo", "Lee")):
        send(app, client, key, given_name=given, family_name=family, email="info@example.org")
    act(app, lambda: erasing.erase(db.session().get_one(Contact, contact_id)))
    assert rows(app, select(FormAnswer.given_name)) == ["Bo"]
    assert "Nunez" not in str(everything(app))


@on_sqlite
def test_erasing_somebody_takes_what_was_mailed_to_them(app: Flask, client: PageClient, build: Build) -> None:
    contact_id = known(app, emails=[{"address": "Ana@example.org"}])
    _id, key = build("join")
    for given, family, email in (("Ana", "Nunez", "ana@example.org"), ("Bo", "Lee", "bo@example.org")):
        send(app, client, key, given_name=given, family_name=family, email=email)
    act(app, lambda: erasing.erase(db.session().get_one(Contact, contact_id)))
    assert rows(app, select(OutgoingMail.recipient)) == ["bo@example.org"]
    assert "ana@example.org" not in str(everything(app)).lower()


@on_sqlite
def test_a_link_that_confirms_ends_when_a_backup_is_brought_back(
    app: Flask, client: PageClient, build: Build
) -> None:
    _id, key = build("join")
    send(app, client, key)
    address = link(app)
    act(app, lambda: runtime().plugins.all("crm_restored"))
    assert client.post(address).status_code == 404
    assert rows(app, select(FormAnswer.status)) == ["unconfirmed"]


def test_undo_revives_no_link_that_was_ended(app: Flask, client: PageClient, build: Build) -> None:
    _id, key = build("join")
    send(app, client, key)
    address = link(app)
    with app.test_request_context(), system("test"):
        with db.transaction(Actor.system(), "test", "Ended the link") as change:
            row = db.session().scalars(select(FormAnswer)).one()
            row.city, row.link_version = "Elsewhere", row.link_version + 1
        undo(change.require_id(), Actor.system())
    assert rows(app, select(FormAnswer.city)) == [""]
    assert client.post(address).status_code == 404


@on_sqlite
def test_two_who_change_a_form_at_once_lose_nothing(app: Flask, build: Build, sign_in: SignIn) -> None:
    form_id, _key = build("join")
    staff = sign_in(role="organizer")
    data = {"name": "Theirs", "title_en": "Join", "unknown": "queue", "version": "1", "ask_city": "required"}
    staff.post(f"/intake/{form_id}/edit", data=data)
    late = staff.post(f"/intake/{form_id}/edit", data={**data, "name": "Mine", "ask_city": "no"})
    assert late.status_code == 409
    assert "Theirs" in late.text
    assert "City: must be answered" in late.text
    assert 'value="Mine"' in late.text
    assert rows(app, select(PublicForm.name, PublicForm.required)) == [("Theirs", ["city"])]
    staff.post(f"/intake/{form_id}/edit", data={**data, "name": "Mine", "version": "2"})
    assert rows(app, select(PublicForm.name)) == ["Mine"]


@on_sqlite
def test_forms_are_found_counted_on_the_home_page_and_handed_over(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn, make_user: MakeUser
) -> None:
    leaving, heir = make_user(role="organizer"), make_user(role="organizer", email="heir@example.org")
    form_id, key = build("join", unknown="queue", notify_user_id=leaving.id)
    send(app, client, key)
    client.post(link(app))
    staff = sign_in(role="organizer")
    assert f"/intake/{form_id}" in staff.get("/search?q=join").text
    assert "1 answer waits to be looked at" in staff.get("/intake/card").text
    assert "/intake/card" in staff.get("/").text
    assert "waits" not in sign_in(role="policy").get("/intake/card").text

    def hand_over() -> None:
        items = list(offers.responsibilities(leaving.id, Actor.system()))
        offers.hand_over(items, Heirs(None, heir.id))

    act(app, hand_over)
    assert rows(app, select(PublicForm.notify_user_id)) == [heir.id]
