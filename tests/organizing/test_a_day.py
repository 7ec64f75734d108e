"""An organizer's day across all features, through the pages alone: from a spreadsheet to a hand-over."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer

pytestmark = on_sqlite
MEMBERS = (
    "First Name,Last Name,Organization,Role,Email\n"
    ",,Lincoln School,,office@lincoln.example.org\n"
    ",,Harbor Clinic,,desk@harbor.example.org\n"
    ",,Maple Library,,desk@library.example.org\n"
    "Ana,Ruiz,Lincoln School,Principal,ana@lincoln.example.org\n"
    "Ben,Ode,Lincoln School,Counselor,ben@lincoln.example.org\n"
    "Wei,Chen,Harbor Clinic,Nurse,wei@harbor.example.org\n"
)
ORGANIZATIONS = ("Harbor Clinic", "Lincoln School", "Maple Library")
COALITION, CAMPAIGN, EVENT = "Maple County Coalition", "Every day counts", "October meeting"


@pytest.fixture
def organizer(live_server: LiveServer, context: BrowserContext) -> Flask:
    """Signed in, with nothing yet."""
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="organizer", name="Marisol Vega"))
    return app


def open_list(page: Page, place: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=place, exact=True).click()


def go(page: Page, place: str, name: str) -> None:
    """To a record by the navigation and its list, as somebody who does not know addresses."""
    open_list(page, place)
    expect(page.get_by_role("heading", name=place, level=1)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def from_menu(page: Page, name: str) -> None:
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name=name, exact=True).click()


def make_coalition(page: Page) -> None:
    page.goto("/")
    open_list(page, "Coalitions")
    page.locator("header").get_by_role("link", name="New coalition").click()
    dialog(page).get_by_label("Name").fill(COALITION)
    dialog(page).get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=COALITION, level=1)).to_be_visible()
    expect(page.get_by_text("No active members yet.")).to_be_visible()


def import_members(page: Page, app: Flask, file: Path) -> None:
    file.write_text(MEMBERS)
    open_list(page, "Contacts")
    page.get_by_role("link", name="Import", exact=True).first.click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#preview")).to_contain_text("Harbor Clinic")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(app)
    page.get_by_role("button", name="Import 6 rows").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(app)
    expect(page.get_by_text("Imported as planned")).to_be_visible()


def let_them_join(page: Page) -> None:
    """The organizations are ticked in the list of what was imported."""
    page.get_by_role("link", name="See the contacts").click()
    for name in ORGANIZATIONS:
        page.get_by_label(f"Choose {name}").check()
    bar = page.locator(".rc-bulk")
    expect(bar).to_contain_text("3 chosen")
    bar.get_by_text("More", exact=True).click()
    bar.get_by_role("button", name="Add to a coalition").click()
    page.get_by_label("Coalition", exact=True).select_option(label=COALITION)
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("Nothing has changed yet.")).to_be_visible()
    page.get_by_role("button", name="Change 3 contacts").click()
    expect(page.get_by_text(f"Added 3 members to {COALITION}")).to_be_visible()


def choose_delegate(page: Page, organization: str, delegate: str) -> None:
    """Somebody of the organization is offered before anything is typed."""
    page.get_by_role("link", name=f"Change: {organization}").click()
    offered = dialog(page).locator(f"#delegate_id-offers option[value^='{delegate}']")
    dialog(page).get_by_label("Delegate").fill(offered.get_attribute("value") or "")
    dialog(page).get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"delegate: {delegate}")).to_be_visible()


def plan_campaign(page: Page) -> None:
    panel = page.get_by_role("region", name="Campaigns")
    panel.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name").fill(CAMPAIGN)
    expect(page.get_by_label("Coalition", exact=True)).to_have_value("1")
    page.get_by_role("button", name="Add campaign").click()
    expect(page.get_by_role("heading", name=CAMPAIGN)).to_be_visible()
    add_goal(page, "Organizations that are active members", 4)
    expect(page.get_by_role("link", name="3 of 4")).to_be_visible()
    add_goal(page, "Commitments kept", 1)
    expect(page.get_by_role("link", name="0 of 1")).to_be_visible()
    page.get_by_role("link", name="3 of 4").click()
    counted = page.get_by_role("region", name="What is counted")
    expect(counted.get_by_role("link")).to_have_text(ORGANIZATIONS)


def add_goal(page: Page, what: str, target: int) -> None:
    page.get_by_role("link", name="Add a goal").click()
    dialog(page).get_by_label("What is counted").select_option(label=what)
    dialog(page).get_by_label("How many").fill(str(target))
    dialog(page).get_by_role("button", name="Save").click()


def plan_event(page: Page) -> None:
    go(page, "Coalitions", COALITION)
    from_menu(page, "New event")
    page.get_by_label("Title").fill(EVENT)
    page.get_by_label("Day", exact=True).fill((datetime.now(UTC).date() + timedelta(days=9)).isoformat())
    page.get_by_label("Begin").fill("16:00")
    page.get_by_label("End", exact=True).fill("17:30")
    page.get_by_label("Place").fill("Maple Library")
    page.get_by_label("Campaign").select_option(label=CAMPAIGN)
    expect(page.get_by_label("Coalition", exact=True).locator("option:checked")).to_have_text(COALITION)
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name=EVENT)).to_be_visible()


def invite_the_coalition(page: Page) -> None:
    """Delegates are invited for their organizations; one has none, and the plan says so."""
    page.get_by_role("link", name="Invite the whole coalition").click()
    expect(page.get_by_label("All active members of").locator("option:checked")).to_have_text(COALITION)
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("Nobody speaks for these organizations yet")).to_be_visible()
    plan = page.get_by_role("form", name="What will happen")
    expect(plan.get_by_role("listitem").filter(has_text="Ana Ruiz")).to_contain_text("for Lincoln School")
    page.get_by_role("button", name="Invite 2 guests").click()
    expect(page.get_by_text("2 invitations are mailed.")).to_be_visible()


def check_in(page: Page) -> None:
    page.get_by_role("link", name="Check in").click()
    page.get_by_label("Search the guests").fill("wei")
    expect(page.get_by_text("Ana Ruiz")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Wei Chen")).click()
    expect(page.get_by_role("button", name=re.compile("Wei Chen"), pressed=True)).to_be_visible()
    go(page, "Events", EVENT)
    there = page.get_by_role("region", name="Organizations there")
    expect(there).to_contain_text("1 of 3")
    expect(there).to_contain_text("Wei Chen")


def log_meeting(page: Page) -> None:
    go(page, "Campaigns", CAMPAIGN)
    page.get_by_role("region", name="Activities").get_by_role("link", name="Meeting", exact=True).click()
    dialog(page).get_by_label("Name 1").fill("Ana Ruiz")
    dialog(page).get_by_label("What was said").fill("Lincoln lends us its gym.")
    dialog(page).get_by_role("button", name="Log it").click()
    expect(page.get_by_text("“Meeting with Ana Ruiz” is logged.")).to_be_visible()
    logged = page.get_by_role("region", name="Activities").get_by_role("link", name="Meeting with Ana Ruiz")
    expect(logged).to_be_visible()
    expect(page.get_by_role("heading", name=CAMPAIGN)).to_be_visible()


def promise(page: Page, title: str) -> None:
    """What Lincoln School promises, with its delegate to answer for it."""
    go(page, "Coalitions", COALITION)
    page.locator("header").get_by_role("link", name="New commitment").click()
    dialog(page).get_by_label("Who promises it?").fill("Lincoln School")
    dialog(page).get_by_label("What do they promise?").fill(title)
    dialog(page).get_by_label("Campaign").select_option(label=CAMPAIGN)
    dialog(page).get_by_label("Who answers for it there?").fill("Ana Ruiz")
    dialog(page).get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def keep(page: Page) -> None:
    page.get_by_role("link", name="It was kept").click()
    dialog(page).get_by_label("How do we know?").fill("We sat in it.")
    dialog(page).get_by_role("button", name="Mark as kept").click()
    expect(page.get_by_text("We sat in it.")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=CAMPAIGN).click()
    expect(page.get_by_role("link", name="1 of 1")).to_be_visible()
    expect(page.get_by_role("region", name="Goals", exact=True).get_by_text("Reached")).to_be_visible()


def leave(page: Page) -> None:
    go(page, "Contacts", "Ana Ruiz")
    expect(page.get_by_role("link", name="Meeting: Meeting with Ana Ruiz")).to_be_visible()
    page.get_by_role("link", name="Left, or remove: Lincoln School").click()
    dialog(page).get_by_role("button", name="Left today").click()
    expect(page.get_by_text("Ana Ruiz left today; the history stays.")).to_be_visible()
    timeline = page.get_by_role("region", name="Timeline").get_by_role("listitem")
    expect(timeline.filter(has_text="Kept: Lend the gym").first).not_to_contain_text("hour")
    expect(page.get_by_text("Ana Ruiz speaks for an organization that they have left.")).to_be_visible()


def hand_over(page: Page) -> None:
    page.get_by_role("link", name="Hand over what they answer for").click()
    expect(page.get_by_role("heading", name="Hand over from Ana Ruiz")).to_be_visible()
    expect(page.get_by_role("group", name="Delegate").get_by_role("checkbox")).to_be_checked()
    promises = page.get_by_role("group", name="Answers for a commitment")
    expect(promises.get_by_role("checkbox")).to_have_count(1)
    expect(promises).to_contain_text("Send two speakers")
    expect(page.get_by_role("group", name="Invitation").get_by_role("checkbox")).to_be_checked()
    page.get_by_label("Which person takes over?").fill("Ben Ode")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("3 things are handed over.")).to_be_visible()


def look_who_speaks(context: BrowserContext, delegate: str) -> None:
    """In a second tab, so that the message with its undo stays in the first."""
    tab = context.new_page()
    tab.goto("/")
    go(tab, "Coalitions", COALITION)
    expect(tab.get_by_text(f"delegate: {delegate}")).to_be_visible()
    tab.close()


def test_a_day_from_the_spreadsheet_to_the_hand_over(
    page: Page, context: BrowserContext, organizer: Flask, tmp_path: Path
) -> None:
    make_coalition(page)
    import_members(page, organizer, tmp_path / "members.csv")
    let_them_join(page)
    go(page, "Coalitions", COALITION)
    choose_delegate(page, "Lincoln School", "Ana Ruiz")
    choose_delegate(page, "Harbor Clinic", "Wei Chen")
    plan_campaign(page)
    plan_event(page)
    invite_the_coalition(page)
    check_in(page)
    log_meeting(page)
    promise(page, "Send two speakers")
    promise(page, "Lend the gym")
    keep(page)
    leave(page)
    hand_over(page)
    look_who_speaks(context, "Ben Ode")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undid: Handed over what Ana Ruiz answered for")).to_be_visible()
    look_who_speaks(context, "Ana Ruiz")
