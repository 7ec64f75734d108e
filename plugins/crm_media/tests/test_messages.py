"""Messages and who speaks to them, as media staff use them."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.plugin_api import Actor, contacts, db, now, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Booking, Carries, Message, Spokesperson

MESSAGE = {
    "name": "It starts in kindergarten", "wording": "Absence starts early.", "active": "y",
    "proof": "One\nTwo", "do_words": "early grades,  early grades, kindergarten", "phrases": "kindergarten*",
}  # fmt: skip


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def person(app: Flask, name: str = "Marisol") -> int:
    with app.app_context(), db.transaction(Actor.system(), "test.person"), system("the test writes"):
        about = {"kind": "person", "given_name": name, "family_name": "Vance"}
        return contacts.create(about, Actor.system()).id


def speaker(app: Flask, staff: Any, contact_id: int, **values: Any) -> int:
    about = {"perspective": "parent", "languages": "English, Spanish", "available": "yes", **values}
    sent = staff.post("/media/spokespeople/new", data={"contact_id": f"Vance #{contact_id}", **about})
    assert sent.status_code == 303, sent.text
    return int(sent.headers["Location"].rsplit("/", 1)[1])


def count(app: Flask, model: Any) -> int:
    with app.app_context(), system("the test counts"):
        return int(db.session().execute(select(func.count(model.id))).scalar_one())


def test_a_message_is_written_once_and_shown_with_who_speaks_to_it(app: Flask, staff: Any) -> None:
    number = speaker(app, staff, person(app))
    sent = staff.post("/media/messages/new", data={**MESSAGE, "speakers": [str(number)]})
    assert sent.status_code == 303
    page = staff.get("/media/messages/1").text
    assert "Marisol Vance" in page
    assert page.count("early grades") == 1
    again = staff.post("/media/messages/new", data={**MESSAGE, "name": "it starts in KINDERGARTEN"})
    assert again.status_code == 422
    assert "There is a message" in again.text
    assert "It starts in kindergarten" in staff.get(f"/media/spokespeople/{number}").text
    staff.post("/media/messages/1/edit", data=MESSAGE)
    assert count(app, Carries) == 0


def test_the_messages_to_begin_with_come_once(app: Flask, staff: Any) -> None:
    assert "Begin with these five" in staff.get("/media/messages").text
    staff.post("/media/messages/begin")
    staff.post("/media/messages/begin")
    assert count(app, Message) == 5
    assert "Chronic absence is not truancy" in staff.get("/media/messages").text


def test_whoever_has_enough_to_do_is_said_to(app: Flask, staff: Any) -> None:
    number = speaker(app, staff, person(app), at_most="1")
    place = f"/media/spokespeople/{number}"
    assert "Available" in staff.get(place).text
    day = (now().date() + timedelta(days=2)).isoformat()
    booking = {"title": "Morning show", "on_day": day, "standing": "agreed", "outlet": "Channel 6"}
    assert staff.post(f"{place}/bookings/new", data=booking).status_code == 303
    assert "Has enough to do" in staff.get(place).text
    assert "They have 1 of 1 interviews a month" in staff.get(f"{place}/bookings/new").text
    assert staff.post(f"{place}/bookings/1", data={**booking, "standing": "declined"}).status_code == 303
    assert "Has enough to do" not in staff.get(place).text
    refused = staff.post(f"{place}/bookings/new", data={**booking, "on_day": ""})
    assert refused.status_code == 422
    assert "Write the day" in refused.text
    assert count(app, Booking) == 1


def test_taking_somebody_out_can_be_undone(app: Flask, staff: Any) -> None:
    number = speaker(app, staff, person(app))
    staff.post("/media/messages/new", data={**MESSAGE, "speakers": [str(number)]})
    staff.post(f"/media/spokespeople/{number}/remove")
    assert count(app, Spokesperson) == count(app, Carries) == 0
    assert "Somebody speaks for us now" in staff.get("/history/").text


def test_each_page_keeps_out_whom_it_must(app: Flask, staff: Any, sign_in: SignIn) -> None:
    contact_id = person(app)
    number = speaker(app, staff, contact_id)
    staff.post("/media/messages/new", data={**MESSAGE, "speakers": [str(number)]})
    day = {"title": "Show", "on_day": "2026-09-01", "standing": "asked"}
    staff.post(f"/media/spokespeople/{number}/bookings/new", data=day)
    place = f"/media/spokespeople/{number}"
    viewer, outsider = sign_in(role="viewer"), sign_in(role="media", scope=contact_id + 999)
    writing = ["edit", "remove", "bookings/new", "bookings/1", "bookings/1/remove"]
    for address in writing:
        assert viewer.post(f"{place}/{address}").status_code == 403, address
        assert outsider.post(f"{place}/{address}").status_code == 404, address
    for address in (
        "/media/messages/new",
        "/media/messages/1/edit",
        "/media/messages/1/remove",
        "/media/messages/begin",
    ):
        assert viewer.post(address).status_code == 403, address
    panel = f"/media/spokespeople/of/{contact_id}"
    assert outsider.get(place).status_code == outsider.get(panel).status_code == 404
    assert panel in viewer.get(f"/contacts/{contact_id}").text
    assert viewer.get(panel).status_code == 200
    assert viewer.get(place).status_code == 200
    for address in ("/media/messages", "/media/messages/1", "/media/spokespeople"):
        assert "Marisol" not in outsider.get(address).text, address


def test_saving_a_message_leaves_those_whom_one_does_not_see(app: Flask, staff: Any, sign_in: SignIn) -> None:
    contact_id = person(app)
    number = speaker(app, staff, contact_id)
    staff.post("/media/messages/new", data={**MESSAGE, "speakers": [str(number)]})
    elsewhere = sign_in(role="media", scope=contact_id + 999)
    assert elsewhere.post("/media/messages/1/edit", data=MESSAGE).status_code in {303, 403}
    assert count(app, Carries) == 1
