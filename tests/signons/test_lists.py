"""Many signatures and invitations: the page of a letter begins, their lists go on, and are files."""

from typing import Any

from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.contacts import services as contacts
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from crm.signons import invitations, services
from crm.signons.models import Letter
from crm.signons.views import letters
from tests.signons.conftest import act, approve, send


def test_lists_go_on_where_the_page_of_a_letter_ends(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn, monkeypatch: Any
) -> None:
    monkeypatch.setattr(letters, "SHOWN", 1)

    def prepare() -> list[int]:
        found = db.session().get_one(Letter, letter[0])
        made = []
        for name in ("Apple", "Pear"):
            values = {"kind": "organization", "name": name, "emails": [{"address": f"{name}@example.org"}]}
            made.append(contacts.create(values, Actor.system()).id)
        invitations.invite(found, made)
        services.create({"title": "Another", "body": "Text", "language": "en"}, Actor.system())
        return made

    act(app, prepare)
    for name in ("Apple", "Pear"):
        send(app, client, letter[1], organization=name, signer_email=f"{name.lower()}@example.org")
    approve(app, 2)
    staff = sign_in(role="organizer")
    page = staff.get(f"/signons/{letter[0]}").text
    assert "The first 1 are shown." in page
    assert f"/signons/signatures?f=letter:is:{letter[0]}" in page
    found = staff.get(f"/signons/signatures?f=letter:is:{letter[0]}").text
    assert found.index("Apple") < found.index("Pear")
    assert "Apple" not in staff.get("/signons/signatures?list=approved").text
    assert "Apple" not in staff.get(f"/signons/signatures?f=letter:is:{letter[0] + 1}").text
    assert staff.get("/signons/signatures/1").location.endswith(f"/signons/{letter[0]}?signature=1")
    asked = staff.get("/signons/invitations?list=open").text
    assert "Apple" not in asked
    signed = staff.get("/signons/invitations?list=signed").text
    assert ("Pear" in signed, "Apple" in signed) == (True, False)
    assert sign_in(role="viewer").get("/signons/signatures").text.count("apple@example.org") == 0
    assert sign_in(role="agency").get("/signons/signatures").status_code in {403, 404}
