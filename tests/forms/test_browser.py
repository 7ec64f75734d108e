"""A double click on a button, as people do who are used to double clicks, does a thing once."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.activities.models import Task
from crm.coalitions.models import Coalition
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, settled

pytestmark = on_sqlite


@pytest.fixture
def organizer(live_server: LiveServer, context: BrowserContext, page: Page) -> Page:
    user = make_user_in(live_server.app, role="organizer")
    sign_in_browser(context, live_server.app, live_server.url, user)
    return page


def count(live_server: LiveServer, model: type[Task] | type[Coalition]) -> int:
    with live_server.app.app_context(), system("test"):
        return db.session().scalar(select(func.count()).select_from(model)) or 0


def test_a_double_click_adds_one_record(live_server: LiveServer, organizer: Page) -> None:
    organizer.goto("/activities/tasks/new")
    organizer.get_by_label("What is to be done").fill("Call the district")
    organizer.locator(".rc-long-form button.btn-primary").dblclick()
    expect(organizer.get_by_text("Call the district").first).to_be_visible()
    settled(organizer)
    assert count(live_server, Task) == 1


def test_a_double_click_in_a_dialog_adds_one_record(live_server: LiveServer, organizer: Page) -> None:
    organizer.goto("/coalitions/new")
    organizer.get_by_label("Name", exact=True).fill("Every Day Network")
    organizer.locator(".rc-dialog-card button.btn-primary").dblclick()
    expect(organizer.get_by_role("heading", name="Every Day Network")).to_be_visible()
    settled(organizer)
    assert count(live_server, Coalition) == 1
