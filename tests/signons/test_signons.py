"""Open letters: signing, confirming, approving, new versions, withdrawing, and the published list."""

import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.accounts.models import OutgoingMail
from crm.contacts import services as contacts
from crm.contacts.duplicates import uniting
from crm.contacts.files import storage
from crm.contacts.models import Organization
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.signons import services
from crm.signons.models import Letter, LetterText, Signature
from tests.access.walking import everything
from tests.signons.conftest import act, approve, link, rows, send


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


def test_staff_see_to_whom_no_link_was_mailed_and_send_it(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    for number in range(4):
        send(app, client, key, organization=f"Harbor {number}")
    staff = sign_in(role="organizer")
    seen = staff.get(f"/signons/{letter_id}").text
    assert (seen.count("No link was mailed"), seen.count("At most 3 messages an hour go to one")) == (1, 1)
    assert (seen.count("Send the link again<"), seen.count("Send the link<")) == (3, 1)
    act(app, lambda: db.session().execute(update(OutgoingMail).values(status="sent")))
    staff.post(f"/signons/{letter_id}/signatures/4", data={"what": "unconfirmed"})
    assert "No link was mailed" not in staff.get(f"/signons/{letter_id}").text
    client.post(link(app), data={"what": "confirm"})
    assert rows(app, select(Signature.status).where(Signature.organization == "Harbor 3")) == ["waiting"]


def test_a_new_text_asks_signers_again(app: Flask, client: PageClient, letter: tuple[int, str]) -> None:
    letter_id, key = letter
    send(app, client, key)
    approve(app, 1)
    with app.app_context(), db.transaction(Actor.system(), "test", "New text"):
        with system("test"):
            found = db.session().get_one(Letter, letter_id)
        assert services.publish(found, "We ask for more buses.", "More buses.", 1) == (1, 0)
    assert "No organization has signed this text yet." in client.get(f"/letters/{key}").text
    again = link(app)
    page = client.get(again).text
    assert ("More buses." in page, "We ask for more buses." in page) == (True, True), (
        "what is signed is there"
    )
    client.post(again, data={"what": "confirm"})
    assert rows(app, select(Signature.status).order_by(Signature.id)) == ["approved", "waiting"]


def test_who_confirms_after_a_new_text_reads_it_and_signs_that_one(
    app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    letter_id, key = letter
    send(app, client, key)
    address = link(app)
    old = re.search(r'name="text" value="(\d+)"', client.get(address).text)
    assert old is not None
    with app.app_context(), db.transaction(Actor.system(), "test", "New text"):
        with system("test"):
            found = db.session().get_one(Letter, letter_id)
        services.publish(found, "We ask for more buses.", "More buses.", 1)
    late = client.post(address, data={"what": "confirm", "text": old[1]})
    assert late.status_code == 422, "nobody signs what they have not seen"
    assert rows(app, select(Signature.status)) == ["unconfirmed"]
    for page in (late.text, client.get(address).text):
        assert ("More buses." in page, "We ask for more buses." in page) == (True, True)
    new = re.search(r'name="text" value="(\d+)"', late.text)
    assert new is not None
    assert client.post(address, data={"what": "confirm", "text": new[1]}).status_code == 200
    signed = select(Signature.status, Signature.organization, LetterText.number)
    assert rows(app, signed.join(LetterText, LetterText.id == Signature.text_id)) == [
        ("waiting", "Harbor Niños", 2)
    ]


def test_a_signer_withdraws_from_every_text_by_whichever_link_they_find(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    send(app, client, key)
    first = link(app)
    client.post(first, data={"what": "confirm"})
    send(app, client, key, organization="Pier", signer_email="pier@example.org")
    approve(app, 2)
    act(app, lambda: services.publish(db.session().get_one(Letter, letter_id), "More buses.", "More.", 1))
    staff = sign_in(role="administrator")
    assert "to the earlier text, version 1" in staff.get(f"/signons/{letter_id}").text
    mailed = len(rows(app, select(OutgoingMail.id)))
    staff.post(f"/signons/{letter_id}/signatures/1", data={"what": "approved"})
    assert len(rows(app, select(OutgoingMail.id))) == mailed, "told of what is not published"
    page = client.get(first).text
    assert "signed an earlier text" in page
    assert "open the link in our message about the new text" in page
    client.post(link(app), data={"what": "confirm"})
    staff.post(f"/signons/{letter_id}/signatures/3", data={"what": "approved"})
    assert "Your organization has signed that one, too." in client.get(first).text
    assert "Harbor Niños" in client.get(f"/letters/{key}").text
    page = client.post(first, data={"what": "withdraw"}).text
    assert "no longer published" in page
    assert "Harbor Niños" not in client.get(f"/letters/{key}").text
    wanted = ["withdrawn", "approved", "withdrawn", "unconfirmed"]
    assert rows(app, select(Signature.status).order_by(Signature.id)) == wanted
    withdrawn = max(rows(app, select(ChangeSet.id).where(ChangeSet.action == "signons.withdraw")))
    assert f"/changes/{withdrawn}/undo" not in staff.get(f"/changes/{withdrawn}").text
    refused = staff.get(staff.post(f"/changes/{withdrawn}/undo").location).text
    assert "Only they can give it again" in refused
    assert "Harbor Niños" not in client.get(f"/letters/{key}").text


@on_sqlite
def test_organizations_without_an_address_are_asked_by_staff(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    staff, (letter_id, key) = sign_in(role="organizer"), letter
    for name in ("Harbor", "Pier"):
        data = {"organization": name, "signer_name": "Ana", "evidence": "Their vote."}
        assert staff.post(f"/signons/{letter_id}/sign-for", data=data).status_code == 303
    form = staff.get(f"/signons/{letter_id}/version").text
    assert "2 organizations that signed the earlier text stand apart" in form
    new = {"body": "More.", "changes": "More.", "seen": "1"}
    staff.post(f"/signons/{letter_id}/status", data={"status": "closed"})
    closed = staff.post(f"/signons/{letter_id}/version", data=new)
    assert (closed.status_code, "nobody could sign the new text now" in closed.text) == (422, True)
    staff.post(f"/signons/{letter_id}/status", data={"status": "open"})
    staff.post(f"/signons/{letter_id}/version", data=new)
    page = staff.get(f"/signons/{letter_id}").text
    assert "2 have no email address with us" in page
    assert page.count("Not asked: no email address") == 2
    address = f"/signons/{letter_id}/sign-for?signature=3"
    assert address in page
    assert 'value="Harbor"' in staff.get(address).text
    said = {"organization": "Harbor", "signer_name": "Ana", "evidence": "A call."}
    assert staff.post(address, data=said).status_code == 303
    staff.post(f"/signons/{letter_id}/signatures/4", data={"what": "refused"})
    statuses = rows(app, select(Signature.status).order_by(Signature.id))
    assert statuses == ["approved", "approved", "approved", "refused"]
    newest, _heading, before = client.get(f"/letters/{key}").text.partition("Signed the earlier text of")
    assert ("Harbor" in newest, "Pier" in newest, "Pier" in before) == (True, False, True)


@on_sqlite
def test_whoever_has_not_answered_is_asked_about_the_newest_text(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    staff, (letter_id, key) = sign_in(role="organizer"), letter
    send(app, client, key)
    approve(app, 1)
    said = {"organization": "Pier", "signer_name": "Ana", "evidence": "Their vote."}
    staff.post(f"/signons/{letter_id}/sign-for", data=said)
    for number in (1, 2):
        new = {"body": f"Text {number + 1}.", "changes": f"Change {number}.", "seen": str(number)}
        staff.post(f"/signons/{letter_id}/version", data=new)
        send(app, client, key, organization="Harbor Niños", signer_email="mallory@example.org")
    page = staff.get(f"/signons/{letter_id}").text
    assert page.count("Not asked: no email address") == 1
    assert "Sign for them" in page
    told = rows(app, select(OutgoingMail.body).where(OutgoingMail.recipient == "ana@example.org"))[-1]
    assert "Change 1." in told
    assert "Change 2." in told
    client.post(link(app), data={"what": "confirm"})
    states = select(Signature.signer_email, Signature.text_id, Signature.status).order_by(Signature.id)
    assert rows(app, states) == [
        ("ana@example.org", 1, "approved"), ("", 1, "approved"), ("ana@example.org", 3, "waiting"),
        ("", 3, "unconfirmed"), ("mallory@example.org", 2, "unconfirmed"),
        ("mallory@example.org", 3, "unconfirmed"),
    ]  # fmt: skip


def test_of_two_organizations_that_were_merged_one_stands_below_the_letter(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    staff, (letter_id, key) = sign_in(role="administrator"), letter
    for name in ("Harbour", "Harbor School"):
        said = {"organization": name, "signer_name": "Ana", "evidence": "Their vote."}
        staff.post(f"/signons/{letter_id}/sign-for", data=said)
    assert "2 organizations signed" in client.get(f"/letters/{key}").text
    first, second = rows(app, select(Signature.contact_id).order_by(Signature.id))
    with (
        app.test_request_context(),
        system("test"),
        db.transaction(Actor.system(), "contacts.merge") as change,
    ):
        uniting.merge(second, [first, second], {}, Actor.system())
    page = client.get(f"/letters/{key}").text
    assert "1 organization signed" in page
    assert ("Harbor School" in page, "Harbour" in page) == (True, False), "by the name that it has"
    assert re.search(r"Every day counts.*?<td[^>]*>\s*1\s*</td>", staff.get("/signons").text, re.DOTALL)
    with app.test_request_context():
        undo(change.require_id(), Actor.system())
    assert "2 organizations signed" in client.get(f"/letters/{key}").text


@on_sqlite
def test_what_staff_signed_goes_with_the_word_of_an_approved_signer(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    staff, (letter_id, key) = sign_in(role="organizer"), letter
    send(app, client, key)
    first = link(app)
    approve(app, 1)
    act(app, lambda: services.publish(db.session().get_one(Letter, letter_id), "More buses.", "More.", 1))
    send(app, client, key, signer_email="mallory@example.org")
    strange = link(app, "mallory@example.org")
    said = {"organization": "Harbor Niños", "signer_name": "Ana", "evidence": "A call."}
    staff.post(f"/signons/{letter_id}/sign-for", data=said)
    page = client.post(strange, data={"what": "withdraw"}).text
    assert "that signature is still published" in page
    assert "Harbor Niños" in client.get(f"/letters/{key}").text, "nobody else takes it back"
    page = client.post(first, data={"what": "withdraw"}).text
    assert "no longer published" in page
    assert "Harbor Niños" not in client.get(f"/letters/{key}").text


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
    app: Flask, client: PageClient, letter: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _id, key = letter
    monkeypatch.setattr(limits, "PUBLIC_HERE", limits.Limit("public_here", 3, limits.PUBLIC_HERE.window))
    with app.app_context():
        folder = storage.folder()
    for _each in range(5):
        send(app, client, key, logo=png(), shows_logo="yes")
    kept = len(rows(app, select(Signature.logo_key).where(Signature.logo_key.is_not(None))))
    assert len([file for file in folder.rglob("*") if file.is_file()]) == kept == 3


@on_sqlite
def test_our_mail_advertises_nothing(app: Flask, client: PageClient, letter: tuple[int, str]) -> None:
    _id, key = letter
    sent = send(app, client, key, organization="You won! Claim at https://prize.example")
    assert sent.status_code == 422
    assert "leave web addresses out" in sent.text
    assert rows(app, select(OutgoingMail.id)) == []
