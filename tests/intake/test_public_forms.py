"""Public forms: what everybody can send, what becomes of it, and who may read it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import db, public_pages
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.accounts.models import OutgoingMail
from crm.contacts import services as contacts
from crm.contacts.models import Contact, Email, Person
from crm.intake import noticing, services, words
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.access.walking import everything

Build = Callable[..., tuple[int, str]]
ANA = {"given_name": "Ana", "family_name": "Núñez", "email": "ana@example.org", "consent": "yes"}


@pytest.fixture
def build(app: Flask) -> Build:
    """An open form: its id and public key."""

    def make(kind: str = "sign_up", **changes: Any) -> tuple[int, str]:
        with app.test_request_context(), db.transaction(Actor.system(), "intake.create", "For a test"):
            begun = words.template(kind)
            values = {
                **begun, "kind": kind, "sites": [], "tags": ["News"], "unknown": "create",
                "coalition_id": None, "campaign_id": None, "notify_user_id": None, **changes,
            }  # fmt: skip
            form = services.save(None, values, Actor.system())
            form.status = "open"
            return form.id, form.public_key

    return make


@pytest.fixture(autouse=True)
def _slow_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_pages, "FASTEST", 0)


def rows(app: Flask, statement: Any) -> list[Any]:
    with app.app_context(), system("test"):
        return [row[0] if len(row) == 1 else tuple(row) for row in db.session().execute(statement).all()]


def stamp(app: Flask, key: str) -> str:
    with app.app_context():
        return public_pages.stamp(key)


def link(app: Flask) -> str:
    body = rows(app, select(OutgoingMail.body).where(OutgoingMail.purpose == "form_confirm_link"))[-1]
    return "/forms/confirm/" + re.search(r"/forms/confirm/(\S+)", body)[1]  # type: ignore[index]  # It is there.


def send(app: Flask, client: PageClient, key: str, **changes: str) -> Any:
    return client.post(f"/forms/{key}", data={**ANA, "stamp": stamp(app, key), **changes})


def test_somebody_new_becomes_a_contact_once_confirmed(app: Flask, client: PageClient, build: Build) -> None:
    _id, key = build()
    assert "ana@example.org" in send(app, client, key).text
    assert rows(app, select(func.count(Contact.id))) == [0]
    address, before = link(app), everything(app)
    assert client.get(address).status_code == 200
    assert everything(app) == before, "opening the link changed something"
    assert "Thank you" in client.post(address).text
    client.post(address)
    assert rows(app, select(Person.name)) == ["Ana Núñez"]
    assert rows(app, select(FormAnswer.status)) == ["accepted"]


def test_who_is_here_already_waits_and_nothing_is_overwritten(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test", "Added"):
        known = contacts.create(
            {"given_name": "Ana", "family_name": "Nunez", "emails": [{"address": "ana@example.org"}]},
            Actor.system(),
        ).id
    _id, key = build(asked=["phone"])
    send(app, client, key, phone="(212) 555-0123")
    client.post(link(app))
    assert rows(app, select(FormAnswer.status, FormAnswer.contact_id)) == [("waiting", None)]
    staff = sign_in(role="organizer")
    answer = rows(app, select(FormAnswer.id))[0]
    assert "Perhaps here already" in staff.get(f"/intake/answers/{answer}").text
    staff.post(f"/intake/answers/{answer}/decide", data={"what": "add", "contact_id": known})
    assert rows(app, select(Person.name)) == ["Ana Nunez"]
    assert rows(app, select(Email.address)) == ["ana@example.org"]
    assert rows(app, select(FormAnswer.status)) == ["accepted"]


@on_sqlite
def test_twice_by_a_robot_too_fast_and_too_long(
    app: Flask, client: PageClient, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    _id, key = build("join")
    once = stamp(app, key)
    assert "One step more" in send(app, client, key, stamp=once).text
    assert "We have it already" in send(app, client, key, stamp=once).text
    assert rows(app, select(func.count(FormAnswer.id))) == [1]
    send(app, client, key, website="https://spam.example", email="bot@example.org")
    assert rows(app, select(FormAnswer.status).where(FormAnswer.email == "bot@example.org")) == ["spam"]
    assert rows(app, select(func.count(OutgoingMail.id))) == [1]
    long = send(app, client, key, message="x" * 10_001)
    assert long.status_code == 422
    assert "10,000" in long.text
    assert "x" * 10_001 in long.text, "what was written is lost"
    monkeypatch.setattr(public_pages, "FASTEST", 3)
    fast = send(app, client, key).text
    assert ("very fast" in fast, 'value="yes" required checked' in fast) == (True, True), "the tick is lost"
    unticked = send(app, client, key, consent="").text
    assert "required checked" not in unticked
    assert send(app, client, key, stamp="forged").status_code == 422
    assert rows(app, select(func.count(FormAnswer.id))) == [2]


@on_sqlite
def test_a_form_is_shown_on_named_sites_alone_and_sets_no_cookie(
    app: Flask, client: PageClient, build: Build
) -> None:
    _id, key = build(sites=["https://schools.example"])
    page = client.get(f"/forms/{key}/embed")
    assert "frame-ancestors https://schools.example;" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers
    alone = client.get(f"/forms/{key}?language=es")
    assert "frame-ancestors 'none'" in alone.headers["Content-Security-Policy"]
    assert '<html lang="es"' in alone.text


@on_sqlite
def test_requests_for_help_are_for_those_who_may_read_them(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    form_id, key = build("help", unknown="create")
    send(app, client, key, message="The bus never comes")
    client.post(link(app))
    assert rows(app, select(HelpRequest.status)) == ["waiting"]
    assert rows(app, select(func.count(Contact.id))) == [0]
    assert "The bus never comes" in sign_in(role="organizer").get("/intake/requests/1").text
    for address in ("/intake/requests", "/intake/requests/1", "/intake/answers"):
        assert sign_in(role="policy").get(address).status_code == 403
        assert sign_in().get(address).status_code in {403, 404}
    assert sign_in(role="policy").get(f"/intake/{form_id}").status_code == 200
    assert sign_in(role="organizer").get("/search?q=bus").text.count("never comes") == 0


@on_sqlite
def test_who_has_a_phone_only_can_ask_for_help(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build("help")
    refused = send(app, client, key, email="", message="No bus.")
    assert (refused.status_code, "an email address or a phone number" in refused.text) == (422, True)
    sent = send(app, client, key, email="", phone="212 555 0123", message="No bus.")
    assert (sent.status_code, "We have it" in sent.text) == (200, True)
    assert rows(app, select(HelpRequest.status)) == ["waiting"]
    assert rows(app, select(OutgoingMail.id)) == []
    staff = sign_in(role="administrator")
    assert staff.post("/intake/requests/1/decide", data={"what": "new", "take": "phone"}).status_code == 303
    assert rows(app, select(Email.address)) == []


@on_sqlite
def test_whom_nobody_recognised_is_chosen_by_name(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        contacts.create({"kind": "person", "given_name": "Rosa", "family_name": "Field"}, Actor.system())
    _id, key = build(unknown="queue")
    send(app, client, key)
    client.post(link(app))
    staff, address = sign_in(role="administrator"), "/intake/answers/1/decide"
    assert "It is somebody else who is here already" in staff.get("/intake/answers/1").text
    unknown = staff.post(address, data={"what": "add", "somebody": "Nobody at all"})
    assert (unknown.status_code, "Nobody is called" in unknown.text) == (422, True)
    chosen = {"what": "add", "somebody": "Rosa Field", "take": "email"}
    assert staff.post(address, data=chosen).status_code == 303
    assert rows(app, select(Email.address).where(Email.contact_id == 1)) == ["ana@example.org"]
    assert rows(app, select(func.count(Person.id)).where(Person.name == "Ana Núñez")) == [0]


@on_sqlite
def test_a_page_that_was_open_too_long_can_be_sent_once_more(
    app: Flask, client: PageClient, build: Build
) -> None:
    _id, key = build()
    late = client.post(f"/forms/{key}", data={**ANA, "stamp": "something old"})
    assert (late.status_code, "Please send it once more" in late.text) == (422, True)
    again = re.search(r'name="stamp" value="([^"]+)"', late.get_data(as_text=True))[1]  # type: ignore[index]  # It is there.
    assert client.post(f"/forms/{key}", data={**ANA, "stamp": again}).status_code == 200
    assert rows(app, select(FormAnswer.given_name)) == ["Ana"]


@on_sqlite
def test_a_form_that_nobody_answered_is_removed(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    staff = sign_in(role="administrator")
    forms = (build(), build())
    for number, key in forms:
        assert staff.post(f"/intake/{number}/remove").status_code == 422, "it is open"
        if number == 2:
            send(app, client, key)
        staff.post(f"/intake/{number}/status", data={"status": "closed"})
    assert staff.post("/intake/1/remove").status_code == 303
    late = client.post(f"/forms/{forms[0][1]}", data={"given_name": "Ana"})
    assert (late.status_code, "taken away while you were writing" in late.text) == (410, True)
    kept = staff.post("/intake/2/remove")
    assert (kept.status_code, "it says what people agreed to" in kept.text) == (422, True)
    assert rows(app, select(PublicForm.id)) == [2]


@on_sqlite
def test_staff_build_change_open_and_close_a_form(app: Flask, sign_in: SignIn, client: PageClient) -> None:
    staff = sign_in(role="organizer")
    assert staff.get("/intake").status_code == 200
    assert "Ask for help" in staff.get("/intake/new").text
    assert "consent_es" in staff.get("/intake/new?kind=join").text
    data = {
        "name": "Join us",
        "title_en": "Join",
        "title_es": "Únase",
        "unknown": "queue",
        "ask_phone": "required",
    }
    wrong = staff.post("/intake/new?kind=join", data={**data, "sites": "not a site!"})
    assert wrong.status_code == 422
    staff.post("/intake/new?kind=join", data=data)
    key, form_id = rows(app, select(PublicForm.public_key, PublicForm.id))[0]
    assert client.get(f"/forms/{key}").status_code == 404
    staff.post(f"/intake/{form_id}/status", data={"status": "open"})
    assert "Únase" in client.get(f"/forms/{key}?language=es").text
    assert f"/forms/{key}" in staff.get(f"/intake/{form_id}").text
    staff.post(f"/intake/{form_id}/edit", data={**data, "title_en": "Join now", "version": "2"})
    assert "Join now" in client.get(f"/forms/{key}?language=en").text
    staff.post(f"/intake/{form_id}/status", data={"status": "closed"})
    assert client.get(f"/forms/{key}").status_code == 410


@on_sqlite
def test_without_a_stamp_or_from_another_site_nothing_is_written_even_with_the_real_key(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn
) -> None:
    _id, key = build(sites=["https://schools.example"])
    staff = sign_in(role="organizer")
    staff.get("/account")
    good, before = stamp(app, key), everything(app, frozenset({"sign_in_session.used_at"}))
    for address in (f"/forms/{key}", f"/forms/{key}/embed"):
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert staff.post(address, data={**ANA, "stamp": good}, headers=elsewhere).status_code == 403
        for forged in ("", "forged", stamp(app, "of another form")):
            assert staff.post(address, data={**ANA, "stamp": forged}).status_code == 422
    assert everything(app, frozenset({"sign_in_session.used_at"})) == before
    assert staff.post(f"/forms/{key}/embed", data={**ANA, "stamp": good}).status_code == 200
    assert rows(app, select(FormAnswer.decided_by_user_id, FormAnswer.status)) == [(None, "unconfirmed")]


@pytest.mark.parametrize("kind", ["sign_up", "help"])
def test_the_public_does_not_learn_whose_address_was_used(
    app: Flask, client: PageClient, build: Build, sign_in: SignIn, kind: str
) -> None:
    """Somebody fills in forms with another's address: that one can answer as before, and staff see it."""
    form_id, key = build(kind)
    _other, stranger = build()
    pages = [send(app, client, key, given_name="Mallory", message="Call me") for _time in range(5)]
    assert {page.status_code for page in pages} == {200}
    assert len({page.data for page in pages}) == 1, "the page tells that there were too many"
    assert send(app, client, stranger).data.count(b"We sent a message") == 1
    assert rows(app, select(func.count(OutgoingMail.id))) == [3], "their inbox is filled"
    model = noticing.MODELS[kind == "help"]
    assert rows(app, select(func.count(model.id)).where(model.form_id == form_id)) == [5], "an answer is lost"
    newest = rows(app, select(func.max(model.id)))[0]
    place = "requests" if kind == "help" else "answers"
    assert (
        "No link to confirm it was mailed" in sign_in(role="organizer").get(f"/intake/{place}/{newest}").text
    )


def test_too_much_from_one_place_is_still_refused(
    app: Flask, client: PageClient, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    _id, key = build()
    monkeypatch.setattr(limits, "PUBLIC_HERE", limits.Limit("public_here", 2, limits.PUBLIC_HERE.window))
    seen = [send(app, client, key, email=f"a{number}@example.org").status_code for number in range(3)]
    assert seen == [200, 200, 429]
    assert rows(app, select(func.count(FormAnswer.id))) == [2]


@pytest.mark.parametrize("way", [{"email": "", "phone": "(212) 555-0123"}, {"email": "p@example.org"}])
def test_staff_hear_of_who_needs_help_however_often_their_address_was_used(
    app: Flask, client: PageClient, build: Build, make_user: MakeUser, way: dict[str, str]
) -> None:
    staff = make_user(role="organizer", email="staff@example.org")
    _id, key = build("help", asked=["phone", "message"], notify_user_id=staff.id)
    for _time in range(3):
        send(app, client, key, **way, message="Not by them")
    told = select(func.count(OutgoingMail.id)).where(OutgoingMail.recipient == "staff@example.org")
    before = rows(app, told)[0]
    page = send(app, client, key, **way, message="My child does not dare to go to school")
    assert page.status_code == 200
    assert rows(app, told) == [before + 1]
