"""Joining by the Spanish form and signing a letter in a real browser, with the mail's link."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm import db, public_pages
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.intake import services as intake
from crm.intake import words
from crm.intake.models import FormAnswer
from crm.plugin_api.testing.databases import on_sqlite
from crm.signons import services as signons
from crm.signons.models import Letter, Signature
from tests.infrastructure.browser import LiveServer, accessibility_problems

pytestmark = on_sqlite
PHONE = {"width": 390, "height": 844}


def mailed_link(app: Flask) -> str:
    with app.app_context(), system("test"):
        body = db.session().scalars(select(OutgoingMail.body).order_by(OutgoingMail.id.desc())).first()
    return re.search(r"/(?:forms|letters)/\S+", body or "")[0]  # type: ignore[index]  # It is there.


def fine(page: Page) -> None:
    assert not accessibility_problems(page)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_joining_by_the_spanish_form(
    page: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setattr(public_pages, "FASTEST", 0)
    app = live_server.app
    with app.test_request_context(), db.transaction(Actor.system(), "test", "For a test"):
        values = {
            **words.template("join"), "kind": "join", "sites": [], "tags": [], "unknown": "create",
            "coalition_id": None, "campaign_id": None, "notify_user_id": None,
        }  # fmt: skip
        values["texts"]["es"]["title"] = "Unirse"
        form = intake.save(None, values, Actor.system())
        form.status = "open"
        key = form.public_key
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # A size.
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"/forms/{key}")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", name="Unirse")).to_be_visible()
    fine(page)
    page.locator("#given_name").fill("Ana")
    page.locator("#family_name").fill("Núñez")
    page.locator("#email").fill("ana@example.org")
    page.locator("[name=consent]").check()
    page.locator("button").click()
    expect(page.get_by_role("status")).to_contain_text("ana@example.org")
    page.goto(mailed_link(app))
    fine(page)
    page.locator("button").click()
    expect(page.get_by_role("status")).to_be_visible()


def test_signing_for_an_organization(
    page: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_pages, "FASTEST", 0)
    app = live_server.app
    with app.app_context(), db.transaction(Actor.system(), "test", "For a test"):
        values = {
            "title": "Every day counts", "addressee": "", "language": "en", "closes_on": None,
            "coalition_id": None, "campaign_id": None, "body": "We ask for buses.",
        }  # fmt: skip
        key = signons.create(values, Actor.system()).public_key
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # A size.
    page.goto(f"/letters/{key}")
    fine(page)
    page.get_by_label("Organization", exact=True).fill("Harbor")
    page.get_by_label("Authorized signer").fill("Ana Núñez")
    page.get_by_role("textbox", name="Title").fill("Director")
    page.get_by_label("Email").fill("ana@example.org")
    page.get_by_label("I am authorized").check()
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_role("status")).to_contain_text("ana@example.org")
    page.goto(mailed_link(app))
    page.get_by_role("button", name="Confirm our signature").click()
    expect(page.get_by_text("The signature is confirmed")).to_be_visible()
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test", "Approved"):
        signons.decide(db.session().get_one(Signature, 1), db.session().get_one(Letter, 1), "approved")
    page.goto(f"/letters/{key}")
    expect(page.get_by_text("1 organization signed")).to_be_visible()
    expect(page.get_by_text("Ana Núñez, Director")).to_be_visible()


def test_a_form_works_within_the_site_that_was_named_and_no_other(
    page: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_pages, "FASTEST", 0)
    app = live_server.app
    with app.test_request_context(), db.transaction(Actor.system(), "test", "For a test"):
        values = {
            **words.template("sign_up"), "kind": "sign_up", "sites": ["http://schools.example"], "tags": [],
            "unknown": "create", "coalition_id": None, "campaign_id": None, "notify_user_id": None,
        }  # fmt: skip
        form = intake.save(None, values, Actor.system())
        form.status = "open"
        key = form.public_key
    frame = (
        f'<iframe src="{live_server.url}/forms/{key}/embed" title="Form" width="600" height="900"></iframe>'
    )
    for site in ("http://schools.example/", "http://other.example/"):
        page.route(site, lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.goto("http://other.example/")
    expect(page.frame_locator("iframe").locator("#email")).to_have_count(0)
    page.goto("http://schools.example/")
    inside = page.frame_locator("iframe")
    inside.locator("#given_name").fill("Ana")
    inside.locator("#family_name").fill("Núñez")
    inside.locator("#email").fill("ana@example.org")
    inside.locator("[name=consent]").check()
    inside.locator("button").click()
    expect(inside.get_by_role("status")).to_contain_text("ana@example.org")
    with app.app_context(), system("test"):
        assert db.session().scalar(select(FormAnswer.status)) == "unconfirmed"
