"""What staff see of letters and answers, on a phone and wide, light and dark: whole and accessible."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services as contacts
from crm.intake import services as intake
from crm.intake import words
from crm.intake.models import FormAnswer
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from crm.signons import invitations, services
from tests.infrastructure.browser import LiveServer, accessibility_problems
from tests.signons.conftest import HARBOR, LETTER

pytestmark = on_sqlite
ANSWER = {"given_name": "Ana", "family_name": "Núñez", "email": "ana@example.org", "city": "Newark",
          "message": "I can drive."}  # fmt: skip


def _full() -> None:
    """A letter with a signature, one of a robot, an invitation; a form with an answer of somebody known."""
    letter = services.create(LETTER, Actor.system())
    for robot in (False, True):
        services.sign(letter, HARBOR, "en", f"key {robot}", robot=robot)
    office = {"kind": "organization", "name": "Depot", "emails": [{"address": "office@example.org"}]}
    invitations.invite(letter, [contacts.create(office, Actor.system()).id])
    ana = {"given_name": "Ana", "family_name": "Núñez", "emails": [{"address": "ana@example.org"}]}
    contacts.create(ana, Actor.system())
    values = {
        **words.template("join"), "kind": "join", "sites": [], "tags": [], "unknown": "queue",
        "coalition_id": None, "campaign_id": None, "notify_user_id": None,
    }  # fmt: skip
    form = intake.save(None, values, Actor.system())
    form.status = "open"
    intake.answer(form, ANSWER, "en", "key", robot=False)
    intake.confirm(db.session().scalars(select(FormAnswer)).one(), form)


@pytest.mark.parametrize("width, theme", [(390, "dark"), (1280, "light")])
def test_pages_of_staff_are_whole(
    page: Page, context: BrowserContext, live_server: LiveServer, width: int, theme: str
) -> None:
    app = live_server.app
    with app.test_request_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        _full()
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="organizer", name="Marisol Vega"))
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for address in ("/signons/1", "/signons/1/edit", "/signons/1/invite", "/intake/1/edit", "/intake/card",
                    "/intake/answers/1"):  # fmt: skip
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        assert not accessibility_problems(page), address
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), address
    page.get_by_role("button", name="It is Ana Núñez").click()
    expect(page.get_by_role("link", name="Open the contact")).to_be_visible()
    page.goto("/signons/1")
    page.get_by_text("that looks like a robot’s").click()
    page.get_by_role("button", name="Not spam").click()
    expect(page.get_by_text("that looks like a robot’s")).to_have_count(0)
