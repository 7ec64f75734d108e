"""The whole loop in two browsers: a school at its desk, an agency on a phone. Every page is looked at by
axe."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from crm.plugin_api import day_here, db
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from crm_referrals.tests.made_up import MadeUp, make, sent
from tests.infrastructure.browser import LiveServer, accessibility_problems

pytestmark = on_sqlite
NAME = "Wilhelmina Quartz"


@pytest.fixture
def made(live_server: LiveServer) -> MadeUp:
    return make(live_server.app)


@pytest.fixture
def school(live_server: LiveServer, context: BrowserContext, page: Page, made: MadeUp) -> Page:
    app: Flask = live_server.app
    user = make_user_in(app, role="school", scope=made.school_contact, name="Dana Wu")
    sign_in_browser(context, app, live_server.url, user)
    return page


@pytest.fixture
def phone(live_server: LiveServer, browser: Browser, made: MadeUp) -> Iterator[Page]:
    app: Flask = live_server.app
    fresh = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 390, "height": 800},
        color_scheme="dark",
        reduced_motion="reduce",
    )
    fresh.set_default_timeout(10_000)
    user = make_user_in(app, role="agency", scope=made.agency_contacts[0], name="Ines Mora")
    sign_in_browser(fresh, app, live_server.url, user)
    yield fresh.new_page()
    fresh.close()


def today(app: Flask) -> str:
    """The day where the organization is, as a field for a day takes it."""
    with app.app_context():
        return day_here().isoformat()


def look(page: Page) -> None:
    """What anybody would stumble over: axe's findings, and a page wider than its screen."""
    assert not accessibility_problems(page), page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def test_the_loop_closes_between_a_school_and_an_agency(  # noqa: PLR0915  # One walk through the loop.
    school: Page, phone: Page, made: MadeUp, live_server: LiveServer
) -> None:
    school.goto(f"/schools/student/{made.student}")  # Where it says why somebody is flagged.
    school.get_by_role("link", name="Refer", exact=True).click()
    look(school)
    school.get_by_label("What is needed?").select_option("transport")
    school.get_by_label("How and when to reach them").fill("Call after six")
    school.get_by_label("ZIP code").fill("37203")
    school.get_by_role("button", name="Find services").click()
    expect(school.get_by_text("open for this student already")).to_be_visible()
    look(school)
    school.get_by_role("button", name="Write down a second one all the same").click()
    expect(school.get_by_text("Serves 37203").first).to_be_visible()
    look(school)
    school.get_by_role("button", name="Choose Alder Rides service").click()
    look(school)
    school.get_by_label("How is it signed?").select_option("paper")
    school.get_by_label("Name of the person who signs").fill("Rosa Quartz")
    school.get_by_label("Signed on").fill(today(live_server.app))
    school.get_by_role("button", name="Save").click()
    expect(school.get_by_role("heading", name=NAME)).to_be_visible()
    school.get_by_role("button", name="Send", exact=True).click()
    expect(school.get_by_text("What the agency sees")).to_be_visible()
    look(school)

    phone.goto("/referrals/inbox")
    look(phone)
    expect(phone.get_by_text(NAME)).to_have_count(0)
    phone.get_by_role("link", name="Alder Rides service").click()
    expect(phone.get_by_text(NAME)).to_be_visible()
    look(phone)
    phone.get_by_text("Ask a question").first.click()
    phone.get_by_label("Your question").fill("Which side of the river?")
    phone.get_by_role("button", name="Ask a question").click()
    expect(phone.get_by_text("Which side of the river?", exact=True)).to_be_visible()

    school.reload()
    school.get_by_label("Your answer").fill("The east side")
    school.get_by_role("button", name="Answer the question").click()
    expect(school.get_by_text("The east side", exact=True)).to_be_visible()

    phone.reload()
    phone.get_by_label("Who looks after it").first.fill("Ines Mora")
    phone.get_by_label("When you will call the family").fill(today(live_server.app))
    phone.get_by_role("button", name="Accept").click()
    expect(phone.get_by_text("Accepted").first).to_be_visible()
    phone.get_by_label("Began on").first.fill(today(live_server.app))
    phone.get_by_role("button", name="Help has begun").click()
    phone.get_by_label("What came of it?").select_option("enrolled")
    phone.get_by_role("button", name="Done", exact=True).click()
    expect(phone.get_by_text("Done").first).to_be_visible()
    look(phone)

    school.reload()
    expect(school.get_by_text("Outcome: Enrolled, gets help")).to_be_visible()
    expect(school.get_by_role("heading", name="Attendance before and after")).to_be_visible()
    look(school)
    school.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(school.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)


def test_pages_of_both_sides_in_both_lights(school: Page, phone: Page, made: MadeUp) -> None:
    paths = ["/referrals/", f"/referrals/needs/{made.need}", f"/referrals/student/{made.student}"]
    paths += ["/referrals/directory", f"/referrals/directory/{made.services[0]}", "/referrals/services"]
    for path in paths:
        school.goto(path)
        for scheme in ("light", "dark"):
            school.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            look(school)
    for path in ("/referrals/inbox/entries", "/referrals/inbox?folder=done"):
        phone.goto(path)
        look(phone)


def test_an_agencys_pages_fit_a_phone_in_spanish(
    live_server: LiveServer, browser: Browser, made: MadeUp
) -> None:
    """Words are longer there; and what was wrong stands where one sees it."""
    app: Flask = live_server.app
    number = sent(app, made)
    small: ViewportSize = {"width": 390, "height": 800}
    fresh = browser.new_context(
        base_url=live_server.url, viewport=small, locale="es", reduced_motion="reduce"
    )
    fresh.set_default_timeout(10_000)
    user = make_user_in(app, role="agency", scope=made.agency_contacts[0], name="Ines Mora")
    sign_in_browser(fresh, app, live_server.url, user)
    page = fresh.new_page()
    page.goto(f"/referrals/inbox/{number}")
    look(page)
    page.locator("summary", has_text="Rechazar").click()
    page.locator("form[action$='/decline']").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    look(page)
    page.get_by_label("Quién está a cargo").first.fill("Ines Mora")
    page.get_by_label("Cuándo llamará a la familia").fill(today(live_server.app))
    page.get_by_role("button", name="Aceptar").click()
    expect(page.get_by_text("Anotar un intento de contactar a la familia")).to_be_visible()
    look(page)
    fresh.close()


def test_a_guardian_signs_with_a_finger(phone: Page, live_server: LiveServer, made: MadeUp) -> None:
    from crm.plugin_api import Actor, system
    from crm_referrals import links
    from crm_referrals.models import Consent, Need
    from crm_referrals.services import consenting
    from crm_referrals.tests.made_up import BORN, values_of_consent

    app: Flask = live_server.app
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        asked = consenting.write(need, [made.agencies[0]], values_of_consent(method="link"), "Test")
        asked.language, consent_id = "en", asked.id
        token = links.token(links.CONSENT, asked.id, 1)
    phone.goto(f"/referrals/consent/{token}")
    look(phone)
    phone.get_by_label("The student’s date of birth").fill(BORN.isoformat())
    phone.get_by_label("Your name, as your signature").fill("Rosa Quartz")
    pad = phone.get_by_role("img", name="Box for the signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    phone.mouse.move(box["x"] + 20, box["y"] + 20)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    phone.mouse.up()
    phone.get_by_label("I have read this and I agree").check()
    phone.get_by_role("button", name="Sign", exact=True).click()
    expect(phone.get_by_text("The consent is signed")).to_be_visible()
    look(phone)
    with app.app_context(), system("test"):
        assert len(db.session().get_one(Consent, consent_id).strokes[0]) >= 8
