"""Whoever signs in an organization's name changes nothing of what others sent; decisions hold."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm import db, public_pages
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.accounts.limits import Limit
from crm.accounts.models import OutgoingMail
from crm.errors import Conflict, UserError
from crm.journal.models import ChangeSet, JournalEntry
from crm.journal.undo import undo
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.runtime import runtime
from crm.signons import services
from crm.signons.models import Letter, LetterText, Signature
from tests.access.walking import everything
from tests.signons.conftest import HARBOR, LETTER, act, approve, link, rows, send

SIGNED = select(Signature.signer_name, Signature.status).order_by(Signature.id)
MALLORY = {"signer_name": "Mallory", "signer_email": "mallory@example.org"}


@pytest.mark.parametrize("state", ["unconfirmed", "refused", "withdrawn", "spam"])
def test_signing_in_an_organizations_name_overwrites_nobodys_signature(
    state: str, app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    send(app, client, letter[1])
    act(app, lambda: setattr(db.session().get_one(Signature, 1), "status", state))
    send(app, client, letter[1], organization="HARBOR NINOS", **MALLORY)
    assert rows(app, SIGNED) == [("Ana Núñez", state), ("Mallory", "unconfirmed")]
    client.post(link(app, "mallory@example.org"), data={"what": "confirm"})
    assert rows(app, SIGNED) == [("Ana Núñez", state), ("Mallory", "waiting")]


def test_only_one_signature_of_an_organization_is_published(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    for person in ({}, MALLORY):
        send(app, client, letter[1], **person)
    for address in ("ana@example.org", "mallory@example.org"):
        client.post(link(app, address), data={"what": "confirm"})
    staff = sign_in(role="organizer")
    assert "Another signature is in this organization’s name" in staff.get(f"/signons/{letter[0]}").text
    staff.post(f"/signons/{letter[0]}/signatures/1", data={"what": "approved"})
    late = staff.post(f"/signons/{letter[0]}/signatures/2", data={"what": "approved"})
    assert (late.status_code, "has signed this letter already" in late.text) == (422, True)
    assert rows(app, SIGNED) == [("Ana Núñez", "approved"), ("Mallory", "waiting")]
    with pytest.raises(IntegrityError):
        act(app, lambda: setattr(db.session().get_one(Signature, 2), "status", "approved"))


def test_who_confirms_after_the_organization_signed_is_told(
    app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    send(app, client, letter[1])
    send(app, client, letter[1], **MALLORY)
    approve(app, 1)
    answer = client.post(link(app, "mallory@example.org"), data={"what": "confirm"})
    assert (answer.status_code, "has signed this letter already" in answer.text) == (422, True)
    assert rows(app, SIGNED) == [("Ana Núñez", "approved"), ("Mallory", "unconfirmed")]


ALLOWED = {
    ("waiting", "approved"), ("refused", "approved"), ("waiting", "refused"), ("waiting", "withdrawn"),
    ("approved", "withdrawn"), ("unconfirmed", "spam"), ("waiting", "spam"), ("refused", "spam"),
    ("spam", "unconfirmed"),
}  # fmt: skip


@on_sqlite
def test_only_steps_that_lead_on_are_taken(app: Flask, client: PageClient, letter: tuple[int, str]) -> None:
    send(app, client, letter[1])
    taken = set()

    def step(state: str, what: str) -> None:
        row = db.session().get_one(Signature, 1)
        row.status = state
        db.session().flush()
        services.decide(row, db.session().get_one(Letter, letter[0]), what)
        taken.add((state, what))

    for state in ("unconfirmed", "waiting", "approved", "refused", "withdrawn", "spam"):
        for what in ("unconfirmed", "waiting", "approved", "refused", "withdrawn", "spam", "", "nonsense"):
            with suppress(Conflict, UserError):
                act(app, lambda state=state, what=what: step(state, what))  # type: ignore[misc]  # A lambda.
    assert taken == ALLOWED


@on_sqlite
def test_what_a_robot_sends_is_seen_by_staff_and_can_be_restored(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    assert send(app, client, letter[1], website="https://spam.example").status_code == 200
    assert rows(app, SIGNED) == [("Ana Núñez", "spam")]
    assert rows(app, select(func.count(OutgoingMail.id))) == [0]
    staff = sign_in(role="organizer")
    page = staff.get(f"/signons/{letter[0]}").text
    assert "Harbor Niños" in page
    assert "Not spam" in page
    staff.post(f"/signons/{letter[0]}/signatures/1", data={"what": "unconfirmed"})
    client.post(link(app), data={"what": "confirm"})
    assert rows(app, SIGNED) == [("Ana Núñez", "waiting")]


@on_sqlite
def test_staff_send_a_signer_the_link_again_while_it_leads_somewhere(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    send(app, client, letter[1])
    staff, address = sign_in(role="organizer"), f"/signons/{letter[0]}"
    again = {"what": "unconfirmed"}
    assert staff.post(f"{address}/signatures/1", data=again).status_code == 422, "it has not left yet"

    def fail() -> None:
        for row in db.session().scalars(select(OutgoingMail)):
            row.status, row.body = "failed", ""

    act(app, fail)
    assert "Send the link again" in staff.get(address).text
    assert staff.post(f"{address}/signatures/1", data=again).status_code == 303
    client.post(link(app), data={"what": "confirm"})
    assert rows(app, SIGNED) == [("Ana Núñez", "waiting")]
    act(app, lambda: setattr(db.session().get_one(Signature, 1), "status", "unconfirmed"))
    act(app, fail)
    staff.post(f"{address}/status", data={"status": "closed"})
    assert "Send the link again" not in staff.get(address).text
    closed = staff.post(f"{address}/signatures/1", data=again)
    assert (closed.status_code, "This letter is closed" in closed.text) == (422, True)


@on_sqlite
def test_sent_twice_is_one_signature_and_too_long_loses_nothing(
    app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    with app.app_context():
        once = public_pages.stamp(letter[1])
    assert "One step more" in send(app, client, letter[1], stamp=once).text
    assert "We have it already" in send(app, client, letter[1], stamp=once).text
    long = send(app, client, letter[1], signer_title="x" * 10_001)
    assert (long.status_code, "10,000" in long.text, "x" * 10_001 in long.text) == (422, True, True)
    line = send(app, client, letter[1], signer_title="x" * 201)
    assert (line.status_code, "At most 200 characters" in line.text) == (422, True)
    assert rows(app, select(func.count(Signature.id))) == [1]


@on_sqlite
def test_links_end_when_a_backup_is_brought_back(
    app: Flask, client: PageClient, letter: tuple[int, str]
) -> None:
    send(app, client, letter[1])
    address = link(app)
    act(app, lambda: runtime().plugins.all("crm_restored"))
    before = everything(app)
    assert client.post(address, data={"what": "confirm"}).status_code == 404
    assert everything(app) == before


def test_undo_revives_no_link_that_was_ended(app: Flask, client: PageClient, letter: tuple[int, str]) -> None:
    send(app, client, letter[1])
    address = link(app)
    with app.test_request_context(), system("test"):
        with db.transaction(Actor.system(), "test", "Ended the link") as change:
            row = db.session().scalars(select(Signature)).one()
            row.organization, row.link_version = "Pier", row.link_version + 1
        undo(change.require_id(), Actor.system())
    assert rows(app, select(Signature.organization)) == [HARBOR["organization"]]
    assert client.post(address, data={"what": "confirm"}).status_code == 404


def test_a_closed_letter_that_nobody_signed_is_removed_and_comes_back(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    staff = sign_in(role="administrator")
    assert staff.post(f"/signons/{letter_id}/remove").status_code == 422
    staff.post(f"/signons/{letter_id}/status", data={"status": "closed"})
    assert "Remove the letter" in staff.get(f"/signons/{letter_id}").text
    assert staff.post(f"/signons/{letter_id}/remove").status_code == 303
    assert client.get(f"/letters/{key}").status_code == 404
    removed = max(rows(app, select(ChangeSet.id).where(ChangeSet.action == "signons.remove")))
    with app.test_request_context(), system("test"):
        undo(removed, Actor.system())
    assert client.get(f"/letters/{key}").status_code == 200


def test_what_somebody_signed_stays_where_they_and_erasing_find_it(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    send(app, client, key)
    staff = sign_in(role="administrator")
    client.post(link(app), data={"what": "confirm"})
    staff.post(f"/signons/{letter_id}/status", data={"status": "closed"})
    refused = staff.post(f"/signons/{letter_id}/remove")
    assert (refused.status_code, "Somebody signed this letter" in refused.text) == (422, True)
    assert len(rows(app, select(Signature.id))) == 1


@on_sqlite
def test_what_nobody_confirmed_keeps_no_letter(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    send(app, client, key)
    send(app, client, key, website="https://spam.example", **MALLORY)
    staff = sign_in(role="administrator")
    staff.post(f"/signons/{letter_id}/status", data={"status": "closed"})
    assert f"/signons/{letter_id}/remove" in staff.get(f"/signons/{letter_id}").text
    assert staff.post(f"/signons/{letter_id}/remove").status_code == 303
    assert rows(app, select(Letter.id)) == []
    said = select(JournalEntry.after["signer_name"].as_string()).where(
        JournalEntry.table_name == "signon_signature"
    )
    assert rows(app, said) == [], "whose names they were, no history says"


@on_sqlite
def test_two_who_change_a_letter_at_once_lose_nothing(
    app: Flask, letter: tuple[int, str], sign_in: SignIn
) -> None:
    staff, address = sign_in(role="organizer"), f"/signons/{letter[0]}"
    typed = {name: value or "" for name, value in LETTER.items() if name != "body"}
    seen = {**typed, "version": "1"}
    staff.post(f"{address}/edit", data={**seen, "title": "Theirs"})
    clash = staff.post(f"{address}/edit", data={**seen, "title": "Mine"})
    assert clash.status_code == 409
    assert "Title: Theirs" in clash.text
    assert 'value="Mine"' in clash.text
    assert rows(app, select(Letter.title)) == ["Theirs"]
    staff.post(f"{address}/edit", data={**seen, "title": "Mine", "version": "2"})
    assert rows(app, select(Letter.title)) == ["Mine"]
    first = {"body": "Their text", "changes": "All of it", "seen": "1"}
    staff.post(f"{address}/version", data=first)
    late = staff.post(f"{address}/version", data={**first, "body": "My text", "changes": "The end"})
    assert late.status_code == 409
    assert all(text in late.text for text in ("Their text", "My text", "The end"))
    assert rows(app, select(LetterText.body).order_by(LetterText.number)) == [
        "We ask for buses.",
        "Their text",
    ]
    for _each in range(2):
        staff.post(f"{address}/status", data={"status": "closed"})
    assert rows(app, select(Letter.status)) == ["closed"]


@on_sqlite
def test_after_its_last_day_a_letter_says_so(app: Flask, letter: tuple[int, str], sign_in: SignIn) -> None:
    yesterday = db.now().date() - timedelta(days=2)
    act(app, lambda: setattr(db.session().get_one(Letter, letter[0]), "closes_on", yesterday))
    staff: Any = sign_in(role="organizer")
    page = staff.get(f"/signons/{letter[0]}").text
    assert "The last day to sign is over" in page
    assert "/invite" not in page


def test_a_withdrawal_is_not_undone_where_another_signature_stands(
    app: Flask, client: PageClient, letter: tuple[int, str], organizer_client: PageClient, sign_in: SignIn
) -> None:
    letter_id, key = letter
    send(app, client, key)
    approve(app, 1)
    organizer_client.post(f"/signons/{letter_id}/signatures/1", data={"what": "withdrawn"})
    withdrawn = rows(app, select(ChangeSet.id).order_by(ChangeSet.id))[-1]
    send(app, client, key, signer_email="bo@example.org")
    approve(app, 2)
    administrator = sign_in(role="administrator")
    assert "Something newer stands in the way" in administrator.get(f"/changes/{withdrawn}/undo").text
    administrator.post(f"/changes/{withdrawn}/undo", data={"seen": "yes"})
    assert rows(app, select(Signature.status).order_by(Signature.id)) == ["withdrawn", "approved"]


@on_sqlite
@pytest.mark.parametrize(
    "decision, told", [("approved", "Signed “Every day counts”"), ("refused", ""), ("spam", "")]
)
def test_what_was_refused_is_no_signature_in_the_history_of_an_organization(
    app: Flask,
    client: PageClient,
    letter: tuple[int, str],
    add: Callable[..., int],
    sign_in: SignIn,
    decision: str,
    told: str,
) -> None:
    organization = add(organization="Harbor Niños")
    send(app, client, letter[1], **MALLORY)
    client.post(link(app, "mallory@example.org"), data={"what": "confirm"})
    staff, timeline = sign_in(role="administrator"), f"/contacts/{organization}/timeline"
    assert "waits to be approved" in staff.get(timeline).text
    staff.post(f"/signons/{letter[0]}/signatures/1", data={"what": decision})
    page = staff.get(timeline).text
    assert "waits to be approved" not in page
    assert ("Signed “" in page) is bool(told)
    assert told in page


@on_sqlite
def test_a_letter_as_a_file_is_not_for_search_engines_nor_without_end(
    client: PageClient, letter: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/letters/{letter[1]}/letter.pdf"
    assert client.get(address).headers["X-Robots-Tag"] == "noindex"
    monkeypatch.setattr(limits, "PUBLIC_HERE", Limit("public_here", 2, timedelta(hours=1)))
    assert [client.get(address).status_code for _each in range(2)] == [200, 429]


@on_sqlite
def test_reading_a_letter_as_a_file_keeps_nobody_from_signing(
    app: Flask, client: PageClient, letter: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PUBLIC_FORM", Limit("public_form", 1, timedelta(hours=1)))
    assert client.get(f"/letters/{letter[1]}/letter.pdf").status_code == 200
    send(app, client, letter[1])
    assert rows(app, SIGNED) == [("Ana Núñez", "unconfirmed")]


def test_nobody_is_kept_from_signing_by_who_uses_their_address(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    pages = [send(app, client, letter[1], organization=f"Harbor {number}") for number in range(5)]
    assert {page.status_code for page in pages} == {200}
    assert len({page.data for page in pages}) == 1, "the page tells that there were too many"
    assert rows(app, select(func.count(OutgoingMail.id))) == [3], "their inbox is filled"
    assert rows(app, select(Signature.status)) == ["unconfirmed"] * 5
    assert "Send the link again" in sign_in(role="organizer").get(f"/signons/{letter[0]}").text
