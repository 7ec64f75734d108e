"""Two people type into the same record: whoever saves last sees what the first one wrote, and chooses."""

import re
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_media.services import press

FORMS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "clip": ("/media/coverage/by-hand", "/media/coverage/1/edit", "quote",
             {"title": "Two days a month", "medium": "print", "piece": "news"}),
    "message": ("/media/messages/new", "/media/messages/1/edit", "wording",
                {"name": "It starts early", "active": "y"}),
    "op-ed": ("/media/opinions/new", "/media/opinions/1", "body",
              {"title": "Two days", "kind": "oped", "standing": "draft"}),
    "release": ("/media/releases/new", "/media/releases/1/edit", "topics",
                {"name": "September", "kind": "pitch"}),
    "query": ("/media/queries/new", "/media/queries/1", "without", {"name": "Absence", "words": "absen*"}),
}  # fmt: skip


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def seen(page: Any) -> str:
    found = re.search(r'name="_shown" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


@pytest.mark.parametrize("kind", FORMS)
def test_whoever_saves_last_sees_what_the_first_one_wrote(staff: Any, kind: str) -> None:
    new, address, field, values = FORMS[kind]
    assert staff.post(new, data={**values, field: "at first"}).status_code == 303
    opened = seen(staff.get(address))
    assert staff.post(address, data={**values, field: "the one", "_shown": opened}).status_code == 303
    late = staff.post(address, data={**values, field: "the other", "_shown": opened})
    assert late.status_code == 409
    assert "Somebody else changed this meanwhile" in late.text
    assert "the one" in late.text
    assert "the other" in late.text  # What was typed is still in the form.
    assert "the one" in staff.get(address).text
    assert staff.post(address, data={**values, field: "the other", "_shown": seen(late)}).status_code == 303
    assert "the other" in staff.get(address).text


def test_a_text_that_must_be_mended_first_still_knows_what_was_seen(staff: Any) -> None:
    staff.post("/media/messages/new", data={"name": "It starts early", "wording": "at first"})
    opened = seen(staff.get("/media/messages/1/edit"))
    staff.post(
        "/media/messages/1/edit", data={"name": "It starts early", "wording": "the one", "_shown": opened}
    )
    mended = staff.post("/media/messages/1/edit", data={"name": "", "wording": "the other", "_shown": opened})
    assert mended.status_code == 422
    again = {"name": "It starts early", "wording": "the other", "_shown": seen(mended)}
    assert staff.post("/media/messages/1/edit", data=again).status_code == 409


def test_a_release_text_is_not_written_over_another_version(staff: Any) -> None:
    staff.post("/media/releases/new", data={"name": "September", "kind": "pitch"})
    address = "/media/releases/1/text"
    staff.post(address, data={"subject": "Two days", "body": "at first"})
    opened = seen(staff.get(address))
    staff.post(address, data={"subject": "Two days", "body": "the one", "_shown": opened})
    late = staff.post(address, data={"subject": "Two days", "body": "the other", "_shown": opened})
    assert late.status_code == 409
    assert "the one" in late.text


def test_an_outlet_and_a_reporter_too(app: Flask, staff: Any) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        outlet = {
            "name": "Ledger",
            "kind": "newspaper",
            "audience": "",
            "areas": "",
            "languages": "",
            "owner": "",
        }
        row = press.new_outlet(
            {**outlet, "circulation": None, "circulation_source": "", "note": ""}, Actor.system()
        )
        address = f"/media/contact/{row.contact_id}/edit"
    opened = seen(staff.get(address))
    assert (
        staff.post(address, data={"kind": "newspaper", "owner": "One", "_shown": opened}).status_code == 303
    )
    late = staff.post(address, data={"kind": "newspaper", "owner": "Other", "_shown": opened})
    assert late.status_code == 409
    assert "One" in late.text
