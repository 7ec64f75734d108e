"""A policy person's Monday in a real browser: what came in, where we stand, who is met, what changed."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from crm.plugin_api import Actor, db
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from crm.settings.services import change as set_values
from crm_policy import demo
from crm_policy.reading.source import neutral
from crm_policy.services import elements, syncing
from tests.infrastructure.browser import LiveServer, accessibility_problems

pytestmark = on_sqlite
PLACE = {"id": "ocd-jurisdiction/country:us/state:mi/government"}


def bill(number: int, title: str, **more: Any) -> dict[str, Any]:
    action = {"description": "Introduced", "date": "2026-02-01", "organization": {"classification": "lower"}}
    return {
        "id": f"ocd-bill/{number}",
        "identifier": f"HB {number}",
        "session": "2025-2026",
        "title": title,
        "jurisdiction": PLACE,
        "actions": [action],
        **more,
    }


@pytest.fixture
def session(live_server: LiveServer, context: BrowserContext) -> Flask:
    """Two bills and a legislator; Dana of policy staff is signed in."""
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="policy", name="Dana Wu"))
    role = {"type": "lower", "district": "12", "jurisdiction": PLACE["id"], "start_date": "2025-01-01"}
    person = {"id": "ocd-person/1", "name": "Ada Lane", "family_name": "Lane", "roles": [role]}
    sponsor = [{"name": "Ada Lane", "primary": True, "person": {"id": "ocd-person/1"}}]
    found = [
        person,
        bill(12, "Attendance: chronic absence; define", sponsorships=sponsor),
        bill(13, "Elections: absent voters; attendance of inspectors"),
    ]
    with app.app_context(), db.transaction(Actor.system(), "policy.test") as change:
        syncing.take([neutral(each) for each in found], Actor.system(), change)
        elements.begin()
    return app


def test_a_monday_of_policy_staff(page: Page, session: Flask) -> None:
    page.goto("/policy/searches/new")
    page.get_by_label("Name").fill("Chronic absence")
    page.get_by_label("Any of these", exact=True).fill("attendance, absen*")
    page.get_by_label("But none of these").fill("elections")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("1 more are kept away by the words against it")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Track HB 12").click()
    expect(page.get_by_text("Nothing to look at")).to_be_visible()

    page.goto("/policy/")
    page.get_by_role("link", name="HB 12").click()
    page.get_by_role("link", name="Position", exact=True).click()
    page.get_by_label("Position", exact=True).select_option(label="Support")
    page.get_by_label("Priority").select_option(label="High")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Support").first).to_be_visible()
    assert not accessibility_problems(page)

    page.get_by_role("link", name="Whip sheet").click()
    page.get_by_role("link", name="Note Ada Lane").click()
    page.get_by_label("How they lean").select_option(label="Firm yes")
    page.get_by_label("Who says so").fill("Told us at the capitol")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Told us at the capitol")).to_be_visible()

    page.goto("/policy/monday")
    expect(page.get_by_role("link", name="MI HB 12")).to_be_visible()
    assert not accessibility_problems(page)


def test_testimony_and_meetings_are_written_in_a_dialog(page: Page, session: Flask) -> None:
    page.goto("/policy/bills/1")
    page.get_by_role("link", name="Write testimony").click()
    page.get_by_label("Title").fill("Why it matters")
    page.get_by_label("Text").fill("Children first.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Why it matters").click()
    expect(page.get_by_text("Children first.")).to_be_visible()
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("approved by Dana Wu")).to_be_visible()

    page.goto("/policy/legislators/1")
    page.get_by_role("link", name="Log a meeting").click()
    page.get_by_label("Minutes").fill("45")
    page.get_by_label("What was said").fill("Met the clerk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Met the clerk")).to_be_visible()


def test_the_map_of_states_is_for_everybody(page: Page, session: Flask) -> None:
    page.goto("/policy/states/CT/definition")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Value").fill("10pct")
    page.get_by_label("Citation").fill("Conn. Gen. Stat. § 10-198c")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="10% of days absent")).to_be_visible()
    page.goto("/policy/states?element=definition")
    expect(page.locator("svg title", has_text="Connecticut: 10% of days absent (In force)")).to_have_count(1)
    assert not accessibility_problems(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert not accessibility_problems(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_public_map_fits_a_phone_in_spanish(
    browser: Browser, live_server: LiveServer, session: Flask
) -> None:
    with session.app_context():
        demo.load(Actor.system())
        with db.transaction(Actor.system(), "policy.test"):
            set_values({"policy.public": "1"}, Actor.system())
    stranger = browser.new_context(base_url=live_server.url, locale="es-MX")
    page = stranger.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/policy/public/states?element=definition")
    expect(page.get_by_role("columnheader", name="Situación legal")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stranger.close()


def test_paper_has_no_buttons_and_what_is_folded_in(page: Page, session: Flask) -> None:
    page.goto("/policy/bills/1")
    add = page.get_by_role("link", name="Add what is missing")
    expect(add).to_be_visible()
    page.emulate_media(media="print")
    expect(add).to_be_hidden()
    expect(page.get_by_role("link", name="Write testimony")).to_be_hidden()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.goto("/policy/states/scorecard")
    expect(page.get_by_text("Only what is enacted or in force counts.")).to_be_visible()


PAGES = (
    "/policy/bills/1",
    "/policy/bills/1/sheet",
    "/policy/bills/1/whip",
    "/policy/bills/1/board",
    "/policy/legislators/1",
    "/policy/legislators/1/district",
    "/policy/committees",
    "/policy/votes",
    "/policy/stances",
    "/policy/lobbying",
    "/policy/lobbying/log",
    "/policy/feeds",
    "/policy/states/scorecard",
)


def test_each_page_reads_on_a_phone_and_in_the_dark(page: Page, session: Flask) -> None:
    with session.app_context():
        demo.load(Actor.system())
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    for address in PAGES:
        page.goto(address)
        assert not accessibility_problems(page), address
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
