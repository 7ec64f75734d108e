"""Open letters: signing, confirming, approving, new versions, withdrawing, and the published list."""

from io import BytesIO

from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.contacts import services as contacts
from crm.contacts.files import storage
from crm.contacts.models import Organization
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.signons import services
from crm.signons.models import Letter, Signature
from tests.access.walking import everything
from tests.signons.conftest import approve, link, rows, send


def png() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (40, 20), "green").save(out, "PNG")
    out.seek(0)
    return out, "logo.png"


def test_from_signing_to_withdrawing(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    assert send(app, client, key, logo=png(), shows_logo="yes").status_code == 200
    address, before = link(app), everything(app)
    assert client.get(address).status_code == 200
    assert everything(app) == before, "opening the link changed something"
    assert "Harbor Niños" not in client.get(f"/letters/{key}").text
    client.post(address, data={"what": "confirm"})
    assert rows(app, select(Signature.status)) == ["waiting"]
    staff = sign_in(role="organizer")
    assert "To approve" in staff.get(f"/signons/{letter_id}").text
    staff.post(f"/signons/{letter_id}/signatures/1", data={"what": "approved"})
    page = client.get(f"/letters/{key}").text
    assert "Harbor Niños" in page
    assert "1 organization signed" in page
    assert client.get(f"/letters/{key}/logos/1").data[:4] == b"\x89PNG"
    assert client.get(f"/letters/{key}/letter.pdf").data[:5] == b"%PDF-"
    assert rows(app, select(Organization.name)) == ["Harbor Niños"]
    assert "has signed this letter already" in send(app, client, key, organization="HARBOR NINOS").text
    client.post(address, data={"what": "withdraw"})
    assert "Harbor Niños" not in client.get(f"/letters/{key}").text
    assert client.get(f"/letters/{key}/logos/1").status_code == 404


def test_a_new_text_asks_signers_again(app: Flask, client: PageClient, letter: tuple[int, str]) -> None:
    letter_id, key = letter
    send(app, client, key)
    approve(app, 1)
    with app.app_context(), db.transaction(Actor.system(), "test", "New text"):
        with system("test"):
            found = db.session().get_one(Letter, letter_id)
        assert services.publish(found, "We ask for more buses.", "More buses.", 1) == 1
    assert "0 organizations signed" in client.get(f"/letters/{key}").text
    again = link(app)
    assert "More buses." in client.get(again).text
    client.post(again, data={"what": "confirm"})
    assert rows(app, select(Signature.status).order_by(Signature.id)) == ["approved", "waiting"]


@on_sqlite
def test_staff_write_invite_remind_sign_for_and_close(
    app: Flask, client: PageClient, sign_in: SignIn
) -> None:
    staff = sign_in(role="organizer")
    with app.app_context(), db.transaction(Actor.system(), "test", "Added"):
        email = [{"address": "office@example.org"}]
        contacts.create({"kind": "organization", "name": "Depot", "emails": email}, Actor.system())
    assert staff.get("/signons").status_code == 200
    staff.post("/signons/new", data={"title": "Buses", "language": "es", "body": "Pedimos autobuses."})
    key = rows(app, select(Letter.public_key))[0]
    for part in ("", "/edit", "/version", "/invite", "/sign-for"):
        assert staff.get(f"/signons/1{part}").status_code == 200
    staff.post("/signons/1/invite", data={"organizations": "Depot"})
    staff.post("/signons/1/remind")
    staff.post("/signons/1/remind")
    assert rows(app, select(func.count(OutgoingMail.id))) == [2]
    signed = {"organization": "Depot", "signer_name": "Bo Lee", "evidence": ""}
    assert "how you know" in staff.post("/signons/1/sign-for", data=signed).text
    staff.post("/signons/1/sign-for", data={**signed, "evidence": "Vote of the board, May 4"})
    assert "Depot" in client.get(f"/letters/{key}").text
    assert staff.get("/signons/of-contact/1").status_code == 200
    staff.post("/signons/1/status", data={"status": "closed"})
    assert send(app, client, key).status_code == 422
    assert sign_in().get("/signons/1").status_code in {403, 404}
    assert sign_in(role="media").post("/signons/1/remind").status_code == 403


@on_sqlite
def test_a_refused_signature_leaves_no_picture_behind(
    app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    _id, key = letter
    with app.app_context():
        folder = storage.folder()
    for _each in range(30):
        send(app, client, key, logo=png(), shows_logo="yes")
    kept = len(rows(app, select(Signature.logo_key).where(Signature.logo_key.is_not(None))))
    assert len([file for file in folder.rglob("*") if file.is_file()]) == kept < 30


@on_sqlite
def test_our_mail_advertises_nothing(app: Flask, client: PageClient, letter: tuple[int, str]) -> None:
    _id, key = letter
    sent = send(app, client, key, organization="You won! Claim at https://prize.example")
    assert sent.status_code == 422
    assert "leave web addresses out" in sent.text
    assert rows(app, select(OutgoingMail.id)) == []
