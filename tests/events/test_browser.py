"""An event from plan to minutes in a real browser, with the guest's page on a phone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services as contacts
from crm.events import links
from crm.events.models import Guest
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, is_too_wide, problems_in_both, settled

pytestmark = on_sqlite
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def organizer(live_server: LiveServer, context: BrowserContext) -> Flask:
    """Signed in, with two people to invite."""
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="organizer", name="Marisol Vega"))
    with app.app_context(), db.transaction(Actor.system(), "test", "Added for a test"):
        for given, family in (("Amina", "Okafor"), ("Rosa", "Vega")):
            values = {"given_name": given, "family_name": family, "organization": "Harbor"}
            address = {"address": f"{given.lower()}@example.org"}
            contacts.create({**values, "emails": [address]}, Actor.system())
    return app


def link_of(app: Flask, number: int) -> str:
    with app.app_context(), system("test"):
        guest = db.session().scalars(select(Guest).order_by(Guest.id)).all()[number]
        return f"/events/answer/{links.token_of(guest)}"


def plan_event(page: Page) -> None:
    page.goto("/events/new")
    page.get_by_label("Title").fill("Board of schools")
    page.get_by_label("Day", exact=True).fill((datetime.now(UTC).date() + timedelta(days=9)).isoformat())
    page.get_by_label("Begin").fill("16:00")
    page.get_by_label("End", exact=True).fill("17:30")
    page.get_by_label("Place").fill("Town Hall")
    page.get_by_label("Seats").fill("1")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name="Board of schools")).to_be_visible()


def invite_both(page: Page) -> None:
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_label("Name 1").fill("Amina Okafor")
    page.get_by_role("button", name="Another").click()
    page.get_by_label("Name 2").fill("Rosa Vega")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name="Invite 2 guests").click()
    expect(page.get_by_text("2 invitations are mailed.")).to_be_visible()


def test_from_plan_to_minutes(
    page: Page, organizer: Flask, browser: Browser, live_server: LiveServer
) -> None:
    plan_event(page)
    address = page.url.split("?")[0]
    invite_both(page)
    guests = browser.new_context(base_url=live_server.url, viewport=PHONE)  # type: ignore[arg-type]  # A size.
    phone = guests.new_page()
    phone.goto(link_of(organizer, 0))
    phone.get_by_role("button", name="Yes").click()
    expect(phone.get_by_text("You come.")).to_be_visible()
    phone.goto(link_of(organizer, 1))
    expect(phone.get_by_text("All seats are taken. If you say yes")).to_be_visible()
    phone.get_by_role("button", name="Yes").click()
    expect(phone.get_by_text("You are number 1 on the waiting list")).to_be_visible()
    assert not is_too_wide(phone)
    guests.close()
    page.goto(address)
    expect(page.get_by_role("row", name=re.compile("Rosa Vega.*On the waiting list"))).to_be_visible()
    page.get_by_role("link", name="Check in").click()
    page.get_by_label("Search the guests").fill("okaf")
    expect(page.get_by_text("Rosa Vega")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Amina Okafor")).click()
    expect(page.get_by_role("button", name=re.compile("Amina Okafor"), pressed=True)).to_be_visible()
    expect(page.locator("#door-counter")).to_contain_text("1 here")
    page.goto(address)
    write_down(page)


def write_down(page: Page) -> None:
    page.get_by_role("link", name="Action", exact=True).click()
    page.get_by_label("In words").fill("Write to the depot")
    page.get_by_label("Who does it").select_option(label="Marisol Vega")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#decisions").get_by_text("Write to the depot")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).last.click()
    page.get_by_role("textbox", name="Minutes").fill("All agreed.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("All agreed.")).to_be_visible()


def test_the_calendar_goes_on_by_keys(page: Page, organizer: Flask) -> None:
    page.goto("/calendar?day=2026-11-15")
    expect(page.get_by_role("heading", name="November 2026")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_role("link", name="Week")).to_have_attribute("aria-current", "true")
    page.keyboard.press("t")
    expect(page.locator("[aria-current=date]")).to_be_visible()


PAGES = (
    "/events?list=coming", "/events/new", "/events/1", "/events/1/edit", "/events/1/invite",
    "/events/1/print", "/events/1/check-in", "/events/1/check-in/walk-in", "/events/1/cancel",
    "/events/1/delete",
    "/events/1/clone", "/events/1/minutes", "/events/1/decisions/new", "/events/1/guests",
    "/events/1/guests/1", "/events/card", "/calendar", "/calendar?view=week", "/calendar?view=agenda",
    "/calendar/feed",
)  # fmt: skip


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(page: Page, organizer: Flask) -> None:
    plan_event(page)
    invite_both(page)
    found = []
    for address in (*PAGES, link_of(organizer, 0), "/events/answer/x"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(address)
        settled(page)
        found += [f"{address}: {each}" for each in problems_in_both(page)]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # A size.
        if is_too_wide(page):
            found.append(f"{address} is wider than a phone")
    assert not found, "\n".join(found)
