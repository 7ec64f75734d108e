"""One address of somebody refuses mail or is dead: that one is silent, the others go on."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Contact, contacts, db, system
from crm.plugin_api.outside import ASKED, end_mail
from crm.plugin_api.records import DoNotContact, Email
from crm_media.models import Recipient, Reporter
from crm_media.services import addresses, refusals, returns
from crm_media.tests.test_bounces import COMPLAINT
from crm_media.tests.test_outreach import begin, mail_to, outbox, reporters, returned, rows, staff, work

__all__ = ["reporters", "staff"]
HOME = "ada.home@press.example"


@pytest.fixture
def two(app: Flask, reporters: list[int]) -> int:
    """Ada has a second address; her number as a contact."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        contact_id = db.session().get_one(Reporter, reporters[0]).contact_id
        db.session().add(Email(contact_id=contact_id, address=HOME, address_key=HOME, source="press.csv"))
    return contact_id


def send(app: Flask, staff: Any, number: int = 1) -> None:
    staff.post(f"/media/releases/{number}/send", data={"looked": "1", "number": "1"})
    work(app)


def again(app: Flask, staff: Any, reporters: list[int], number: int) -> str:
    """Another release to the same people; what the page says before it goes."""
    staff.post("/media/releases/new", data={"name": "Next", "kind": "release", "follow_ups": "1"})
    at = f"/media/releases/{number}"
    staff.post(f"{at}/text", data={"subject": "Next", "body": "Dear {given_name}"})
    staff.post(f"{at}/move", data={"to": "approved", "number": "1"})
    staff.post("/media/releases/add", data={"ids": [str(each) for each in reporters], "release_id": number})
    page: str = staff.get(f"{at}/send").text
    send(app, staff, number)
    return page


def to_ada(app: Flask) -> list[str]:
    return [each[0] for each in outbox(app) if each[0].startswith("ada")]


def test_no_other_address_is_a_way_round_a_refusal_until_staff_choose_it(
    app: Flask, staff: Any, reporters: list[int], two: int
) -> None:
    begin(staff, reporters)
    send(app, staff)
    link = re.search(r"(/media/no-mail/\S+?)>?$", mail_to(app, "ada@press.example")["List-Unsubscribe"])
    assert link
    out = link[1].rstrip(">")
    stranger = app.test_client()
    assert "to any address of mine" in stranger.get(out).text
    assert "at ada@press.example" in stranger.post(out).text
    assert rows(app, DoNotContact.id) == []
    chased = staff.post("/media/releases/1/recipients/1/chase", data={"words": "Well?"})
    assert chased.status_code == 422  # A reminder does not come round by the other address.
    assert "They want no mail at this address." in again(app, staff, reporters, 2)
    assert to_ada(app) == ["ada@press.example"]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        addresses.become_main(db.session().get_one(Contact, two), HOME)
    again(app, staff, reporters, 3)
    assert to_ada(app) == ["ada@press.example", HOME]
    assert "Nor at any other address" in stranger.post(out).text
    assert "You get no more mail from us." in stranger.post(out, data={"everywhere": "1"}).text
    assert rows(app, DoNotContact.contact_id, DoNotContact.channel) == [(two, "email")]
    assert "They do not want mail." in again(app, staff, reporters, 4)
    assert to_ada(app) == ["ada@press.example", HOME]


def test_who_refuses_at_each_of_their_addresses_refuses_as_a_whole(
    app: Flask, reporters: list[int], two: int
) -> None:
    for address, whole in (("ada@press.example", False), ("ada@press.example", False), (HOME, True)):
        with app.app_context(), db.transaction(Actor.system(), "media.no_mail"):
            assert refusals.refuse_mail(two, address)
        assert bool(rows(app, DoNotContact.id)) == whole


def test_an_address_that_is_dead_is_passed_over_until_somebody_finds_it_works(
    app: Flask, staff: Any, reporters: list[int], two: int
) -> None:
    begin(staff, reporters)
    send(app, staff)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        returns.take(returned(app, "ada@press.example").encode(), returns.Noted())
    panel = staff.get(f"/media/contact/{two}").text
    assert "Mail to this address came back." in panel
    assert "From: press.csv" in panel
    assert "came back" in staff.get(f"/contacts/{two}").text
    assert "ada@press.example: Mail to this address came back." in again(app, staff, reporters, 2)
    assert to_ada(app) == ["ada@press.example", HOME]
    first = rows(app, Email.id, Email.address)[0][0]
    assert staff.post(f"/media/contact/{two}/addresses/{first}", data={"to": "mail"}).status_code == 303
    again(app, staff, reporters, 3)
    assert to_ada(app) == ["ada@press.example", HOME, "ada@press.example"]


def test_a_wish_about_an_address_counts_for_whoever_shares_it(
    app: Flask, staff: Any, reporters: list[int], two: int
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        about = {"kind": "person", "given_name": "Desk", "emails": [{"address": "ADA@press.example"}]}
        other = contacts.create(about, Actor.system()).id
        end_mail(db.session().scalars(select(Email).where(Email.contact_id == other)), ASKED)
    begin(staff, reporters)
    send(app, staff)
    assert to_ada(app) == []


def test_strangers_end_no_mail(app: Flask, two: int, sign_in: Any) -> None:
    first = rows(app, Email.id)[0][0]
    assert sign_in(role="viewer").post(f"/media/contact/{two}/addresses/{first}").status_code == 403
    assert sign_in().post(f"/media/contact/{two}/addresses/{first}").status_code in {403, 404}
    assert set(rows(app, Email.no_mail_since)) == {(None,)}


def test_who_complains_of_our_mail_gets_none_any_more_and_no_undo_brings_it_back(
    app: Flask, staff: Any, reporters: list[int], two: int, sign_in: Any
) -> None:
    begin(staff, reporters)
    send(app, staff)
    number = mail_to(app, "ada@press.example")["Message-ID"]
    forged = COMPLAINT.format("abuse", "<rollcall-1-ff@x>")
    assert staff.post("/media/returns", data={"text": forged}).status_code == 422
    said = staff.post("/media/returns", data={"text": COMPLAINT.format("abuse", number)})
    assert said.status_code == 303
    assert rows(app, DoNotContact.contact_id, DoNotContact.channel) == [(two, "email")]
    assert (1, "sent") in rows(app, Recipient.id, Recipient.status)  # It did arrive.
    assert "They do not want mail." in again(app, staff, reporters, 2)
    assert to_ada(app) == ["ada@press.example"]
    with app.app_context(), system("the test looks"):
        change = db.Base.metadata.tables["change_set"]
        wanted = select(change.c.id).where(change.c.action == "media.no_mail")
        (last,) = db.session().scalars(wanted)
    sign_in(role="administrator").post(f"/changes/{last}/undo")
    assert len(rows(app, DoNotContact.id)) == 1
