"""The main path of a campaign in a real browser: planned, worked on, looked at; readable for everybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from crm import db
from crm.access.actor import Actor
from crm.campaigns import services
from crm.campaigns.models import Ask, Cost, Goal, Milestone, Supporter, Target
from crm.contacts import services as contacts
from crm.db import now
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, is_too_wide, problems_in_both, settled

pytestmark = on_sqlite


@pytest.fixture
def people(live_server: LiveServer, context: BrowserContext) -> list[int]:
    """The ids of Rep. Ortiz and Ana Ruiz; Theo asked the first for something, Dana is signed in."""
    app: Flask = live_server.app
    dana = make_user_in(app, role="administrator", name="Dana Wu")
    theo = make_user_in(app, role="organizer", name="Theo Lind")
    sign_in_browser(context, app, live_server.url, dana)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        named = (("Rep.", "Ortiz"), ("Ana", "Ruiz"))
        found = [
            contacts.create({"given_name": given, "family_name": family}, Actor.system()).id
            for given, family in named
        ]
        db.session().add(
            Ask(contact_id=found[0], asked_by_user_id=theo.id, what="Vote yes", asked_on=now().date())
        )
    return found


def test_a_campaign_from_its_name_to_its_report(page: Page, people: list[int]) -> None:
    page.goto("/campaigns")
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill("Attendance bill")
    page.get_by_label("Budget").fill("1,000")
    page.get_by_role("button", name="Add campaign").click()
    expect(page.get_by_role("heading", name="Attendance bill")).to_be_visible()

    page.get_by_role("link", name="Add a goal").click()
    page.get_by_label("What is counted").select_option(label="Supporters at a rung of the ladder or above")
    page.get_by_label("Rung").select_option(label="Endorses")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("0 of 2")).to_be_visible()

    page.get_by_role("link", name="Add a milestone").click()
    page.get_by_label("What is reached").fill("First hearing")
    page.get_by_label("By", exact=True).fill("2026-01-15")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Reached: First hearing").click()
    expect(page.get_by_text("reached on")).to_be_visible()

    page.get_by_role("link", name="Add people").click()
    page.get_by_label("Name 1").fill(f"#{people[1]}")
    page.get_by_label("Rung").select_option(label="Endorses")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Move Ana Ruiz up to “Contributes”").click()
    expect(page.get_by_text("Ana Ruiz: Contributes")).to_be_visible()
    page.get_by_role("link", name="Attendance bill").click()
    expect(page.get_by_text("1 of 2")).to_be_visible()


def test_a_card_moves_by_keyboard_and_by_mouse(page: Page, people: list[int]) -> None:
    page.goto("/campaigns/new")
    page.get_by_label("Name").fill("Attendance bill")
    page.get_by_role("button", name="Add campaign").click()
    page.get_by_role("link", name="Add targets").click()
    page.get_by_label("Name 1").fill(f"#{people[0]}")
    page.get_by_label("Support").select_option(label="Leans against")
    page.get_by_role("button", name="Save").click()
    on = page.get_by_role("button", name=re.compile("Move Rep. Ortiz on"))
    on.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-stage=contacted] [data-card]")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-stage=identified] [data-card]")).to_have_count(1)
    page.locator("[data-card]").drag_to(page.locator("[data-stage=asked]"))
    expect(page.locator("[data-stage=asked] [data-card]")).to_have_count(1)
    expect(page.get_by_text("Rep. Ortiz: Asked")).to_be_visible()
    page.reload()
    expect(page.locator("[data-stage=asked] [data-card]")).to_have_count(1)


def test_a_second_ask_is_warned_of_as_soon_as_the_person_is_chosen(page: Page, people: list[int]) -> None:
    page.goto("/campaigns/asks")
    page.get_by_role("link", name="New ask").first.click()
    page.get_by_label("Who is asked").fill(f"#{people[0]}")
    page.get_by_label("What for").fill("Speak at the event")
    expect(page.get_by_text("Theo Lind asked on")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else asked them already. Nothing is saved yet.")).to_be_visible()
    page.get_by_role("button", name="Ask anyway").click()
    expect(page.get_by_text("Asked Rep. Ortiz: Speak at the event")).to_be_visible()


@pytest.fixture
def filled(live_server: LiveServer, people: list[int]) -> int:
    """A campaign with something of everything."""
    app, day = live_server.app, now().date()
    with app.app_context(), db.transaction(Actor.system(), "test"):
        values = {"name": "Attendance bill", "kind": "state_policy", "status": "active", "budget_cents": 900}
        one = services.create({**values, "start_date": day - timedelta(weeks=4)}, Actor.system()).id
        services.create({**values, "name": "Within", "parent_id": one}, Actor.system())
        goal = {"measure": "campaigns.rung", "parameters": {"rung": "1"}, "target": 3}
        rows: list[Any] = [
            Milestone(title="Late", due_date=day - timedelta(days=2)),
            Milestone(title="Done", due_date=day, done_on=day),
            Goal(label="Help", **goal),
            Cost(label="Bus", amount_cents=1000, spent_on=day),
            Supporter(contact_id=people[0], rung=2, since=day - timedelta(weeks=3)),
            Supporter(contact_id=people[1], rung=5, since=day),
            *(
                Target(contact_id=each, support=support)
                for each, support in zip(people, (-2, 2), strict=True)
            ),
            Ask(contact_id=people[1], what="Vote", asked_on=day, answer="yes"),
        ]
        for row in rows:
            row.campaign_id = one
        db.session().add_all(rows)
        return one


PAGES = (
    "",
    "/targets",
    "/ladder",
    "/goals/1",
    "/edit",
    "/clone",
    "/delete",
    "/goals/new",
    "/goals/1/edit",
    "/targets/new",
    "/targets/1",
    "/ladder/new",
    "/ladder/1",
    "/milestones/1",
    "/costs/1",
)
OTHERS = ("/campaigns", "/campaigns/new", "/campaigns/asks", "/campaigns/asks/1", "/campaigns/asks/new",
          "/campaigns/asks/1/edit", "/campaigns/cards/goals", "/campaigns/cards/asks")  # fmt: skip


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(page: Page, filled: int) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    found = []
    for address in (*(f"/campaigns/{filled}{each}" for each in PAGES), *OTHERS):
        page.goto(address)
        settled(page)
        found += [f"{address}: {each}" for each in problems_in_both(page)]
        if is_too_wide(page):
            found.append(f"{address}: wider than a phone")
    page.set_viewport_size({"width": 1280, "height": 800})
    for address in PAGES[:4]:
        page.goto(f"/campaigns/{filled}{address}")
        settled(page)
        found += [f"wide {address}: {each}" for each in problems_in_both(page)]
    assert not found, "\n".join(found)
