"""The main path in a real browser: a coalition, its members, a promise, kept; readable for everybody."""

import re

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from crm import db
from crm.access.actor import Actor
from crm.contacts import services
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, is_too_wide, problems_in_both, settled

pytestmark = on_sqlite
PAGES = (
    "/coalitions/tree",
    "/coalitions/1/health",
    "/coalitions/1/health/districts",
    "/coalitions/1/groups/new",
    "/coalitions/members",
    "/coalitions/members/1",
    "/coalitions/commitments",
    "/coalitions/hand-over/3",
    "/contacts/3",
    "/contacts/1",
    "/",
)


@pytest.fixture
def people(live_server: LiveServer, context: BrowserContext) -> None:
    """Two organizations and somebody of one of them, seen by an organizer."""
    app: Flask = live_server.app
    user = make_user_in(app, role="organizer", name="Olga Owner")
    sign_in_browser(context, app, live_server.url, user)
    actor = Actor.system()
    with app.app_context(), db.transaction(actor, "contacts.create", "Added three"):
        for values in (
            {"kind": "organization", "name": "Lincoln School", "sector": "school"},
            {"kind": "organization", "name": "Maple Schools", "sector": "district"},
            {"given_name": "Ana", "family_name": "Ruiz", "organization": "Lincoln School"},
        ):
            services.create(values, actor)


def look(page: Page, address: str = "") -> None:
    """Axe finds nothing in light and in dark."""
    if address:
        page.goto(address)
    settled(page)
    assert problems_in_both(page) == [], page.url


def open_coalition(page: Page) -> Locator:
    """A first coalition, made in its dialog; returns the place of dialogs."""
    page.goto("/coalitions")
    expect(page.get_by_text("No coalition yet")).to_be_visible()
    look(page)
    page.locator("header").get_by_role("link", name="New coalition").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Maple Coalition")
    look(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Maple Coalition", level=1)).to_be_visible()
    return dialog


def add_members(page: Page, dialog: Locator) -> None:
    page.get_by_role("link", name="Add members").click()
    dialog.get_by_label("Name 1").fill("Lincoln School")
    dialog.get_by_role("button", name="Another").click()
    dialog.get_by_label("Name 2").fill("Ana Ruiz")
    look(page)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Added 2 members to Maple Coalition.")).to_be_visible()


def choose_delegate(page: Page, dialog: Locator) -> None:
    page.get_by_role("link", name="Change: Lincoln School").click()
    offered = dialog.locator("#delegate_id-offers option").first
    expect(offered).to_have_attribute("value", re.compile("Ana Ruiz · Lincoln School"))
    dialog.get_by_label("Delegate").fill(offered.get_attribute("value") or "")
    look(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("delegate: Ana Ruiz")).to_be_visible()
    look(page)


def write_down_a_promise(page: Page, dialog: Locator) -> None:
    page.locator("header").get_by_role("link", name="New commitment").click()
    dialog.get_by_label("Who promises it?").fill("Lincoln School")
    dialog.get_by_label("What do they promise?").fill("Host the October meeting")
    look(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Host the October meeting", level=1)).to_be_visible()
    look(page)


def test_a_coalition_from_its_first_member_to_a_kept_promise(page: Page, people: None) -> None:
    dialog = open_coalition(page)
    add_members(page, dialog)
    choose_delegate(page, dialog)
    write_down_a_promise(page, dialog)
    page.get_by_role("link", name="It was kept").click()
    dialog.get_by_label("How do we know?").fill("40 people came.")
    dialog.get_by_role("button", name="Mark as kept").click()
    expect(page.get_by_text("40 people came.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Open")).to_be_visible()
    for address in PAGES:
        look(page, address)


def test_a_phone_shows_the_pages_without_scrolling_sideways(page: Page, people: None) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/coalitions/new")
    page.get_by_label("Name").fill("Maple Coalition")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Maple Coalition", level=1)).to_be_visible()
    for address in ("/coalitions/1", "/coalitions/1/health", "/coalitions", "/coalitions/commitments/new"):
        page.goto(address)
        settled(page)
        assert not is_too_wide(page), address
