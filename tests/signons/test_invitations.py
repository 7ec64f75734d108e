"""Each invited organization has a link of its own; erasing a signer keeps the organization's word; offers."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import OutgoingMail
from crm.contacts import erasing
from crm.contacts import services as contacts
from crm.contacts.models import Contact
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.plugin_api.types import Heirs
from crm.runtime import runtime
from crm.signons import invitations, offers
from crm.signons.models import Letter, Signature, SignInvitation
from tests.access.walking import everything
from tests.signons.conftest import HARBOR, act, approve, link, rows, send

Key = tuple[int, str]


def organization(app: Flask, name: str, email: str) -> int:
    values = {"kind": "organization", "name": name, "emails": [{"address": email}]}
    return int(act(app, lambda: contacts.create(values, Actor.system()).id))


def invite(app: Flask, letter_id: int, *ids: int) -> None:
    act(app, lambda: invitations.invite(db.session().get_one(Letter, letter_id), ids))


def test_each_organization_signs_by_its_own_link_and_the_others_are_reminded(
    app: Flask, client: PageClient, letter: Key, sign_in: SignIn
) -> None:
    depot = organization(app, "Depot", "depot@example.org")
    pier = organization(app, "Pier", "pier@example.org")
    invite(app, letter[0], depot, pier)
    address = link(app, "depot@example.org")
    assert address != link(app, "pier@example.org")
    before = everything(app)
    page = client.get(address)
    assert 'value="Depot"' in page.text
    assert "Set-Cookie" not in page.headers
    assert everything(app) == before, "opening the link was recorded"
    token = address.rsplit("/", 1)[1]
    send(app, client, letter[1], organization="The Depot, Inc.", invitation=token)
    assert rows(app, select(Signature.contact_id)) == [depot]
    approve(app, 1)
    staff = sign_in(role="organizer")
    page_of_letter = staff.get(f"/signons/{letter[0]}").text
    assert "1 of 2 signed" in page_of_letter
    assert "Not yet" in page_of_letter
    for _each in range(2):
        staff.post(f"/signons/{letter[0]}/remind")
    reminded = select(OutgoingMail.recipient).where(OutgoingMail.subject.startswith("A reminder"))
    assert rows(app, reminded) == ["pier@example.org"]
    harbor = organization(app, HARBOR["organization"], "harbor@example.org")
    send(app, client, letter[1], signer_email="harbor@example.org")
    approve(app, 2)
    chosen = [depot, pier, harbor]
    asked = act(app, lambda: invitations.invite(db.session().get_one(Letter, letter[0]), chosen))
    assert asked == (0, [], 2), "who has signed is asked to sign"
    second = send(app, client, letter[1], organization="Depot Again", invitation=token)
    assert "has signed this letter already" in second.text


@on_sqlite
def test_a_forged_or_ended_invitation_says_nothing(app: Flask, client: PageClient, letter: Key) -> None:
    depot = organization(app, "Depot", "depot@example.org")
    invite(app, letter[0], depot)
    address = link(app, "depot@example.org")
    act(app, lambda: runtime().plugins.all("crm_restored"))
    for wrong in (address, f"{address}x", "/letters/invitation/1"):
        answer = client.get(wrong)
        assert (answer.status_code, "Depot" in answer.text) == (404, False)
    send(app, client, letter[1], invitation="forged")
    assert rows(app, select(Signature.contact_id)) == [None]


def test_erasing_a_signer_keeps_the_organizations_signature(
    app: Flask, client: PageClient, letter: Key
) -> None:
    person = {"given_name": "Ana", "family_name": "Núñez", "emails": [{"address": "ana@example.org"}]}
    person_id = act(app, lambda: contacts.create(person, Actor.system()).id)
    send(app, client, letter[1])
    send(app, client, letter[1], organization="Pier", signer_name="Bo Lee")
    for number in (1, 2):
        approve(app, number)
    address = link(app)
    act(app, lambda: erasing.erase(db.session().get_one(Contact, person_id)))
    page = client.get(f"/letters/{letter[1]}").text
    assert ("Harbor Niños" in page, "Ana Núñez" in page, "Bo Lee" in page) == (True, False, True)
    assert rows(app, select(Signature.signer_email).order_by(Signature.id)) == ["", "ana@example.org"]
    tables = {name: text for name, text in everything(app).items() if "outgoing_mail" not in name}
    assert "Ana Núñez" not in str(tables)
    assert client.get(address).status_code == 200


def test_erasing_a_signer_takes_what_was_mailed_to_them(app: Flask, client: PageClient, letter: Key) -> None:
    person = {"given_name": "Ana", "family_name": "Núñez", "emails": [{"address": "ana@example.org"}]}
    person_id = act(app, lambda: contacts.create(person, Actor.system()).id)
    send(app, client, letter[1])
    act(app, lambda: erasing.erase(db.session().get_one(Contact, person_id)))
    assert "ana@example.org" not in str(everything(app))


def test_erasing_an_organization_takes_its_signatures_and_invitations(
    app: Flask, client: PageClient, letter: Key
) -> None:
    harbor = organization(app, HARBOR["organization"], "office@example.org")
    invite(app, letter[0], harbor)
    send(app, client, letter[1])
    approve(app, 1)
    act(app, lambda: erasing.erase(db.session().get_one(Contact, harbor)))
    assert rows(app, select(func.count(Signature.id))) == [0]
    assert rows(app, select(func.count(SignInvitation.id))) == [0]


@on_sqlite
def test_letters_are_found_dated_counted_and_handed_over(
    app: Flask, client: PageClient, letter: Key, sign_in: SignIn, make_user: MakeUser
) -> None:
    leaving, heir = make_user(role="organizer"), make_user(role="organizer", email="heir@example.org")
    soon = db.now() + timedelta(days=3)

    def dated() -> None:
        row = db.session().get_one(Letter, letter[0])
        row.closes_on, row.owner_user_id = soon.date(), leaving.id

    act(app, dated)
    send(app, client, letter[1])
    client.post(link(app), data={"what": "confirm"})
    assert "A signature waits" in str(rows(app, select(OutgoingMail.subject)))
    staff = sign_in(role="organizer")
    assert f"/signons/{letter[0]}" in staff.get("/search?q=buses").text
    assert "Last day to sign: Every day counts" in staff.get(f"/calendar?day={soon.date()}").text
    assert "1 signature waits to be approved" in staff.get("/intake/card").text
    with app.test_request_context():
        items = list(offers.responsibilities(leaving.id, Actor.system()))
    act(app, lambda: offers.hand_over(items, Heirs(None, heir.id)))
    assert rows(app, select(Letter.owner_user_id)) == [heir.id]
