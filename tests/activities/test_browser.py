"""A day of an organizer in a real browser: logged, planned, done, undone; readable for everybody."""

import re

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from crm import db
from crm.access.actor import Actor
from crm.activities.mail import receiving
from crm.activities.services import tasks
from crm.contacts import services
from crm.i18n import today
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.activities import messages
from tests.infrastructure.browser import LiveServer, accessibility_problems, problems_in_both, settled

pytestmark = on_sqlite


@pytest.fixture
def ana(live_server: LiveServer, context: BrowserContext) -> int:
    """The id of a person, seen by an administrator who has some tasks and mail to file."""
    app: Flask = live_server.app
    user = make_user_in(app, role="administrator", email="marisol@coalition.example.org", name="Marisol Vega")
    sign_in_browser(context, app, live_server.url, user)
    with app.test_request_context(), db.transaction(Actor.system(), "contacts.create", "Added two"):
        values = {"kind": "person", "given_name": "Ana", "family_name": "Ruiz"}
        person = services.create({**values, "organization": "Maple School"}, Actor.system())
        mine = {"assignee_user_id": user.id, "contact_id": person.id}
        tasks.create({**mine, "title": "Read the list", "due_date": today(), "items": ["Print it"]})
        tasks.create({**mine, "title": "Count", "due_date": today(), "repeat": "week", "repeat_every": 1})
        tasks.create({"assignee_user_id": user.id, "title": "Some day"})
        contact_id = person.id
    with app.app_context():
        receiving.take(messages.to_ana())
    return contact_id


def test_a_day_of_an_organizer(page: Page, ana: int) -> None:
    page.goto(f"/contacts/{ana}")
    page.get_by_role("link", name="Call", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name 1")).to_have_value(re.compile("Ana Ruiz"))
    dialog.get_by_label("What was said").fill("Wants the October numbers.")
    dialog.get_by_text("Follow-up: a task that comes out of it").click()
    dialog.get_by_label("What is to be done next").fill("Send the numbers")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Log it").click()
    expect(page.get_by_text("“Call with Ana Ruiz” is logged.")).to_be_visible()
    expect(page.get_by_role("link", name="Call: Call with Ana Ruiz")).to_be_visible()
    expect(page.get_by_role("link", name="Send the numbers")).to_be_visible()
    panel = page.get_by_role("region", name="Tasks")
    panel.get_by_label("New task").fill("Thank her")
    panel.get_by_role("button", name="Add").click()
    expect(page.get_by_role("region", name="Tasks").get_by_role("link", name="Thank her")).to_be_visible()
    page.goto("/activities/my-day")
    page.get_by_role("button", name="Done: “Count”").click()
    expect(page.get_by_text("“Count” is done. It is due again on")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Redo")).to_be_visible()
    page.goto("/activities/my-day")
    expect(page.get_by_role("button", name="Done: “Count”")).to_have_count(1)
    page.get_by_role("link", name="Read the list").click()
    page.get_by_role("button", name="Print it", exact=True).click()
    expect(page.get_by_role("button", name="Print it", exact=True)).to_have_attribute("aria-pressed", "true")
    page.goto("/activities")
    page.get_by_role("link", name="Call with Ana Ruiz").click()
    expect(page.get_by_text("Wants the October numbers.")).to_be_visible()


def test_mail_is_filed_by_choosing_who_is_meant(page: Page, ana: int) -> None:
    page.goto("/activities/mail")
    page.get_by_role("link", name="Buses").click()
    page.get_by_label("Ana Ruiz is called alike").check()
    page.get_by_role("button", name="Log it").click()
    expect(page.get_by_text("“Buses” is logged.")).to_be_visible()
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    page.goto(f"/contacts/{ana}")
    expect(page.get_by_role("link", name="ana@school.example.org")).to_be_visible()
    expect(page.get_by_role("link", name="Email: Buses")).to_be_visible()


def test_everybody_can_read_it(page: Page, ana: int) -> None:
    for address in (
        "/activities/my-day",
        "/activities",
        f"/activities/new?contact_id={ana}",
        "/activities/tasks?list=open",
        "/activities/tasks/1",
        "/activities/tasks/1/edit",
        "/activities/mail",
        "/activities/mail/1",
        "/activities/morning-mail",
        f"/contacts/{ana}",
        "/account",
        "/",
    ):
        page.goto(address)
        settled(page)
        assert problems_in_both(page) == [], address
