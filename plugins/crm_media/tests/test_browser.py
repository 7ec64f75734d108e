"""A week of media staff in a real browser: a press list, a pitch under embargo, an answer, a clip from a
feed, the report for the board. Every page is looked at, wide and on a phone, light and dark."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from crm.plugin_api import Actor, now, system
from crm.plugin_api.running import run_waiting
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from crm_media import demo
from tests.infrastructure.browser import SCHEMES, LiveServer, accessibility_problems, is_too_wide

pytestmark = on_sqlite
PAGES = (
    "/media/coverage", "/media/coverage/2", "/media/coverage/new", "/media/coverage/by-hand", "/media/inbox",
    "/media/releases", "/media/releases/1", "/media/releases/1/edit", "/media/releases/1/text",
    "/media/releases/1/send", "/media/returns", "/media/opinions", "/media/plans", "/media/report",
    "/media/reporters", "/media/", "/media/messages", "/media/messages/1", "/media/messages/1/edit",
    "/media/spokespeople", "/media/spokespeople/1", "/media/spokespeople/1/bookings/new", "/media/feeds",
    "/media/feeds/new", "/media/before", "/media/queries/new", "/media/opinions/new", "/media/plans/new",
)  # fmt: skip


@pytest.fixture
def office(live_server: LiveServer, context: BrowserContext) -> Flask:
    """The demo's press office; Robin of media staff is signed in."""
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="media", name="Robin Vale"))
    with app.app_context(), system("the demo writes"):
        demo.load(Actor.system())
    return app


def work(app: Flask) -> None:
    with app.app_context():
        run_waiting(app)


def test_a_week_of_media_staff(page: Page, office: Flask) -> None:  # noqa: PLR0915  # A week is long.
    page.goto("/media/releases/new")
    page.get_by_label("Name", exact=True).fill("Buses pilot")
    page.get_by_label("Topics").fill("education")
    page.get_by_label("Embargo until").fill((now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Write its text").click()
    page.get_by_label("Subject").fill("Buses bring children back to school")
    page.get_by_role("textbox", name="Text").fill("Dear {given_name}, four bus lines cut chronic absence.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Approve version 1").click()
    expect(page.get_by_text("Buses pilot: Approved")).to_be_visible()

    page.goto("/media/reporters?f=beats:contains:education")
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Add to a release").click()
    page.get_by_label("Release", exact=True).select_option(label="Buses pilot · Approved")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Waits for the end of the embargo.").first).to_be_visible()
    page.get_by_role("button", name="May have it early Delphine Marchetti").click()
    page.get_by_role("link", name="Send", exact=True).click()
    expect(page.get_by_text("1 reporter gets it now")).to_be_visible()
    expect(page.get_by_text("Dear Delphine, four bus lines")).to_be_visible()
    expect(page.get_by_text("They write in: Spanish.")).to_be_visible()
    page.get_by_label("I looked at the warning").check()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("“Buses pilot” is on its way")).to_be_visible()
    work(office)
    page.goto("/media/releases/2")
    page.get_by_role("link", name="Answer Delphine Marchetti").click()
    page.get_by_label("What became of it").select_option(label="Replied")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Replied").first).to_be_visible()

    page.goto("/media/inbox")
    page.get_by_role("button", name="Keep Bus drivers help county cut chronic absence").click()
    expect(page.get_by_role("button", name="Keep Bus drivers help county")).to_have_count(0)
    page.goto("/media/coverage")
    page.get_by_role("link", name="Bus drivers help county").click()
    expect(page.get_by_text("Chronic absence", exact=True).first).to_be_visible()

    page.goto("/media/report")
    expect(page.get_by_text("with one of our messages")).to_be_visible()
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")


def test_every_page_is_whole_and_open_to_everybody(page: Page, office: Flask) -> None:
    problems = []
    for address in PAGES:
        page.goto(address)
        for scheme, width in zip(SCHEMES, (1280, 390), strict=True):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 844})
            problems += [f"{address} {scheme}: {each}" for each in accessibility_problems(page)]
            if is_too_wide(page):
                problems.append(f"{address} is wider than {width}")
    assert not problems, "\n".join(problems)


def test_bars_that_are_compared_are_as_long(page: Page, office: Flask) -> None:
    page.goto("/media/report")
    bars = page.locator("section[aria-labelledby=perspectives] .med-bar")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        expect(bars.first).to_be_visible()
        wide = bars.evaluate_all("found => found.map(each => Math.round(each.getBoundingClientRect().width))")
        assert len(wide) > 1
        assert len(set(wide)) == 1, wide
