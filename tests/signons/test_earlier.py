"""Who signed an earlier text of a letter stays named, apart, on the public page and in the file, until they
sign the new one; staff are asked before they publish one, and see each organization once."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.contacts.duplicates import uniting
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.signons import pdf, services
from crm.signons.models import Letter, Signature
from tests.signons.conftest import act, approve, link, rows, send

Key = tuple[int, str]
PIER = {"organization": "Pier", "signer_email": "pier@example.org", "signer_name": "Ben Ode"}


def publish(app: Flask, letter_id: int, number: int = 1) -> None:
    text = "We ask for more buses." + " More." * number
    act(app, lambda: services.publish(db.session().get_one(Letter, letter_id), text, "More.", number))


def parts(page: str) -> tuple[str, str]:
    """What stands below the newest text, and what below the earlier ones."""
    newest, _heading, before = page.partition("Signed the earlier text of")
    return newest, before


def test_who_signed_before_stays_named_until_they_sign_the_new_text(
    app: Flask, client: PageClient, letter: Key
) -> None:
    send(app, client, letter[1])
    send(app, client, letter[1], **PIER)
    for number in (1, 2):
        approve(app, number)
    publish(app, letter[0])
    newest, before = parts(client.get(f"/letters/{letter[1]}").text)
    assert ("Harbor Niños" in newest, "Harbor Niños" in before) == (False, True)
    assert "2 organizations" in before
    assert "No organization has signed this text yet." in newest
    assert "Be the first to sign" not in newest + before
    assert "0 organizations" not in newest + before
    approve(app, 3)
    newest, before = parts(client.get(f"/letters/{letter[1]}").text)
    assert ("Harbor Niños" in newest, "Harbor Niños" in before) == (True, False)
    assert ("1 organization signed" in newest, "Pier" in before) == (True, True)
    publish(app, letter[0], 2)
    page = client.get(f"/letters/{letter[1]}").text
    assert page.count("Signed the earlier text of") == 2
    assert page.count("Harbor Niños") == 1, "an organization stands below the last text that it signed, alone"


@on_sqlite
def test_the_file_names_earlier_signers_apart(
    app: Flask, client: PageClient, letter: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(app, client, letter[1])
    approve(app, 1)
    publish(app, letter[0])
    written: list[str] = []
    monkeypatch.setattr(pdf._Paper, "write", lambda _paper, text, *_how, **_more: written.append(text))
    assert client.get(f"/letters/{letter[1]}/letter.pdf").status_code == 200
    at = next(index for index, text in enumerate(written) if text.startswith("Signed the earlier text of"))
    assert written[at + 1] == "Harbor Niños"
    assert "No organization has signed this text yet." in written[:at]


def test_who_took_their_word_back_is_named_nowhere_and_no_stranger_does_it_for_them(
    app: Flask, client: PageClient, letter: Key, sign_in: SignIn
) -> None:
    send(app, client, letter[1])
    approve(app, 1)
    send(app, client, letter[1], **PIER)
    approve(app, 2)
    publish(app, letter[0])
    stranger = {"signer_email": "stranger@example.org", "signer_name": "Mallory"}
    send(app, client, letter[1], **stranger)
    theirs = link(app, "stranger@example.org")
    for what in ("confirm", "withdraw"):
        client.post(theirs, data={"what": what})
    assert "Harbor Niños" in client.get(f"/letters/{letter[1]}").text, "a stranger took it off"
    client.post(link(app), data={"what": "confirm"})
    staff = sign_in(role="administrator")
    for what in ("approved", "withdrawn"):
        staff.post(f"/signons/{letter[0]}/signatures/3", data={"what": what})
    page = client.get(f"/letters/{letter[1]}").text
    assert ("Harbor Niños" in page, "Pier" in page) == (False, True), "staff withdrew it for them"
    client.post(link(app, "pier@example.org"), data={"what": "withdraw"})


def test_the_panel_of_an_organization_says_who_signed_only_before(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    letter_id, key = letter
    send(app, client, key)
    approve(app, 1)
    contact = rows(app, select(Signature.contact_id))[0]
    staff = sign_in(role="organizer")
    assert "1 organization signed<" in staff.get(f"/signons/of-contact/{contact}").text
    act(app, lambda: services.publish(db.session().get_one(Letter, letter_id), "More.", "More.", 1))
    assert (
        "0 organizations signed · 1 only an earlier text" in staff.get(f"/signons/of-contact/{contact}").text
    )


def test_staff_are_asked_before_the_public_list_begins_anew(
    app: Flask, client: PageClient, letter: Key, sign_in: SignIn
) -> None:
    staff = sign_in(role="administrator")
    assert "data-confirm" not in staff.get(f"/signons/{letter[0]}/version").text
    send(app, client, letter[1])
    approve(app, 1)
    asked = staff.get(f"/signons/{letter[0]}/version").text
    assert 'data-confirm="Publish the new text? The public list begins anew: 1 organization' in asked


def test_the_page_for_staff_shows_each_organization_once_and_old_texts_apart(
    app: Flask, client: PageClient, letter: Key, sign_in: SignIn
) -> None:
    send(app, client, letter[1])
    client.post(link(app), data={"what": "confirm"})
    publish(app, letter[0])
    staff = sign_in(role="administrator")
    page = staff.get(f"/signons/{letter[0]}").text
    newest, _summary, before = page.partition("Earlier texts (1)")
    assert ("Harbor Niños" in newest, "Email not confirmed" in newest) == (True, True)
    assert ("Approve" in newest, "Approve" in before) == (False, True)
    assert "1 to approve" in before, "whom the home page sends here finds it"
    assert "btn-primary" not in before, "approving what is outdated is not what is to be done"
    assert "<details" in newest[-400:]
    assert " open>" not in newest[-200:]
    chosen = staff.get(f"/signons/{letter[0]}?signature=1").text.partition("Earlier texts (1)")[0]
    assert " open>" in chosen[-200:], "who comes for that signature sees it"


@on_sqlite
def test_whoever_looks_after_a_letter_is_told_who_signed_what_and_what_to_do(
    app: Flask, client: PageClient, letter: Key, make_user: MakeUser
) -> None:
    owner = make_user(role="organizer", email="owner@example.org")
    act(app, lambda: setattr(db.session().get_one(Letter, letter[0]), "owner_user_id", owner.id))
    send(app, client, letter[1])
    client.post(link(app), data={"what": "confirm"})
    client.post(link(app), data={"what": "withdraw"})
    told = select(OutgoingMail.body).where(OutgoingMail.recipient == "owner@example.org")
    waits = rows(app, told)[0]
    for part in ("Ana Núñez, Director", "“Every day counts”", "Harbor Niños", "approve the signature"):
        assert part in waits


@on_sqlite
@pytest.mark.parametrize(
    "browser, own, shown",
    [("es-MX,es;q=0.9,en;q=0.5", "en", "es"), ("en-US,en;q=0.9", "es", "es"), ("en-US", "en", "en")],
)
def test_the_page_around_a_letter_speaks_the_language_of_its_reader(
    app: Flask, client: PageClient, letter: Key, browser: str, own: str, shown: str
) -> None:
    act(app, lambda: setattr(db.session().get_one(Letter, letter[0]), "language", own))
    page: Any = client.get(f"/letters/{letter[1]}", headers={"Accept-Language": browser}).text
    assert f'<html lang="{shown}"' in page
    assert f'<article class="card mb-3" lang="{own}"' in page
    chosen = client.get(f"/letters/{letter[1]}?language=en", headers={"Accept-Language": browser}).text
    assert '<html lang="en"' in chosen


@on_sqlite
def test_logos_are_not_for_search_engines(
    app: Flask, client: PageClient, letter: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.signons.test_signons import png

    send(app, client, letter[1], logo=png(), shows_logo="yes")
    approve(app, 1)
    found = client.get(f"/letters/{letter[1]}/logos/1")
    assert (found.status_code, found.headers["X-Robots-Tag"]) == (200, "noindex")
    with app.app_context(), system("test"):
        assert services.earlier(db.session().get_one(Letter, letter[0])) == []


def test_who_withdrew_and_signed_the_same_text_again_stays_among_its_signers(
    app: Flask, client: PageClient, letter: Key
) -> None:
    send(app, client, letter[1])
    approve(app, 1)
    client.post(link(app), data={"what": "withdraw"})
    send(app, client, letter[1])
    approve(app, 2)
    assert "Harbor Niños" in client.get(f"/letters/{letter[1]}").text
    publish(app, letter[0])
    _newest, before = parts(client.get(f"/letters/{letter[1]}").text)
    assert "Harbor Niños" in before


def test_of_two_people_of_an_organization_the_one_whose_word_stands_keeps_it_named(
    app: Flask, client: PageClient, letter: Key
) -> None:
    """The later one, published first, withdraws; then staff publish the earlier one."""
    send(app, client, letter[1])
    send(app, client, letter[1], signer_email="ben@example.org", signer_name="Ben Ode")
    approve(app, 2)
    client.post(link(app, "ben@example.org"), data={"what": "withdraw"})
    approve(app, 1)
    assert "Harbor Niños" in client.get(f"/letters/{letter[1]}").text
    publish(app, letter[0])
    _newest, before = parts(client.get(f"/letters/{letter[1]}").text)
    assert "Harbor Niños" in before


def test_of_two_organizations_that_were_merged_the_name_that_stays_is_shown(
    app: Flask, client: PageClient, letter: Key
) -> None:
    send(app, client, letter[1])
    send(app, client, letter[1], **PIER)
    for number in (1, 2):
        approve(app, number)
    harbor, pier = rows(app, select(Signature.contact_id).order_by(Signature.id))
    act(app, lambda: uniting.merge(harbor, [harbor, pier], {}, Actor.system()))
    publish(app, letter[0])
    _newest, before = parts(client.get(f"/letters/{letter[1]}").text)
    assert ("Harbor Niños" in before, "Pier" in before) == (True, False)
