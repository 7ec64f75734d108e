"""The queue of duplicates in a real browser: one pair is told apart, another becomes one, and two again."""

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from crm import db
from crm.access.actor import Actor
from crm.contacts import services
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.contacts.test_duplicates import look
from tests.infrastructure.browser import LiveServer, accessibility_problems

pytestmark = on_sqlite


@pytest.fixture
def pairs(live_server: LiveServer, context: BrowserContext) -> None:
    """Two pairs in the queue, seen by an administrator."""
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="administrator"))
    with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
        for given, family, title in (
            ("Robert", "Okafor", "Principal"),
            ("Bob", "Okafor", "Head of school"),
            ("Wei", "Chen", ""),
            ("Wei", "Chen", ""),
        ):
            phones = [{"number": "+12025550143"}] if family == "Okafor" else []
            values = {"given_name": given, "family_name": family, "description": title, "phones": phones}
            services.create({"kind": "person", **values}, Actor.system())
    look(app)


@pytest.mark.usefixtures("pairs")
def test_one_pair_is_told_apart_and_another_becomes_one_and_two_again(page: Page) -> None:
    page.goto("/contacts/duplicates/queue")
    okafor = page.get_by_role("article", name="Robert Okafor")
    expect(okafor).to_contain_text("same family name, one given name is short for the other, same phone")
    assert accessibility_problems(page) == []
    page.get_by_role("article", name="Wei Chen").get_by_role("button", name="Not duplicates").click()
    expect(page.get_by_role("article")).to_have_count(1)
    address = okafor.get_by_role("link", name="Bob Okafor", exact=False).first.get_attribute("href")
    assert address is not None
    okafor.get_by_role("link", name="Compare and merge").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    assert accessibility_problems(page) == []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"sideways at {width}"
    page.get_by_role("radio", name="Head of school").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", name="Robert Okafor")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Head of school")
    undo = page.get_by_role("button", name="Undo").first
    old = page.context.new_page()
    old.goto(address)
    expect(old.get_by_role("heading", name="Robert Okafor")).to_be_visible()
    expect(old.get_by_text("was merged with another")).to_be_visible()
    undo.click()
    expect(page.get_by_role("button", name="Redo")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="Bob Okafor")).to_be_visible()
    page.goto("/contacts?list=people&q=Okafor")
    expect(page.locator("main")).to_contain_text("Bob Okafor")
    expect(page.locator("main")).to_contain_text("Robert Okafor")
