"""Every page of accounts in a real browser: light, dark, wide, phone, by keyboard, and what axe says."""

from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, ViewportSize, expect

from crm import db
from crm.access.actor import Actor
from crm.accounts import services, tokens
from crm.accounts.models import SignInSession, User
from crm.accounts.services.invitations import send_invitation
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, make_user_in, sign_in_browser
from tests.accounts.helpers import change, delivered, link_in, writing
from tests.infrastructure.browser import LiveServer, accessibility_problems, is_too_wide, problems_in_both

pytestmark = on_sqlite

PHONE, WIDE = ViewportSize(width=390, height=800), ViewportSize(width=1280, height=800)


def look(page: Page, path: str) -> None:
    """Open a page in both colours and on a phone: nothing for axe to say, nothing that scrolls sideways."""
    page.goto(path)
    assert problems_in_both(page) == [], path
    page.set_viewport_size(PHONE)
    assert not is_too_wide(page), f"{path} is wider than a phone"
    assert accessibility_problems(page) == [], f"{path} on a phone"
    page.set_viewport_size(WIDE)


@pytest.fixture
def admin(live_server: LiveServer, context: BrowserContext) -> User:
    """An administrator, signed in, among others."""
    app = live_server.app
    admin = make_user_in(app, "administrator", email="grace@example.org", name="Grace Okafor")
    make_user_in(app, "organizer", name="Luis Méndez")
    disabled = make_user_in(app, "viewer", name="Oliver Timmons")
    change(app, User, User.id == disabled.id, active=False)
    with writing(app) as session:
        invited = services.create_user("maria@example.org", "María Delgado")
        send_invitation(Actor.system("Grace Okafor"), session.get_one(User, invited.id))
    sign_in_browser(context, app, live_server.url, admin)
    return admin


@pytest.mark.parametrize("path", ["/sign-in", "/forgot", "/forgot/sent"])
def test_the_pages_before_signing_in(path: str, page: Page, live_server: LiveServer) -> None:
    make_user_in(live_server.app, "viewer")
    look(page, path)


def test_the_pages_behind_links(page: Page, live_server: LiveServer) -> None:
    app = live_server.app
    with writing(app):
        setup = services.setup_url().removeprefix(live_server.url)
    look(page, "/sign-in")  # With the note that nobody has an account yet.
    look(page, setup)
    user = make_user_in(app, "viewer")
    with writing(app) as session:
        owner = session.get_one(User, user.id)
        paths = [
            f"/invitation/{tokens.issue(tokens.INVITATION, owner)}",
            f"/password/{tokens.issue(tokens.RESET, owner)}",
            f"/email/{tokens.issue(tokens.EMAIL, owner, {'email': 'new@example.org'})}",
        ]
    for path in paths:
        look(page, path)
    page.goto("/password/nothing")
    expect(page.get_by_text("This link has been used or has expired")).to_be_visible()
    assert accessibility_problems(page) == []


ADMIN_PAGES = [
    "/account",
    "/confirm",
    "/users",
    "/users?disabled=1",
    "/users?q=nobody-like-this",
    "/users/new",
    "/users/1",
    "/users/2",
    "/users/3/sees",
    "/users/4",
    "/users/2/edit",
    "/users/2/roles",
    "/users/2/sees",
    "/roles",
    "/roles/1",
    "/roles/2",
    "/roles/new",
    "/outbox",
    "/outbox/1",
]


def test_the_pages_of_an_administrator(page: Page, admin: User) -> None:
    for path in ADMIN_PAGES:
        look(page, path)


def test_the_first_administrator_comes_in(page: Page, live_server: LiveServer) -> None:
    with writing(live_server.app):
        url = services.setup_url()
    page.goto(url)
    page.get_by_label("Your name").fill("Grace Okafor")
    page.get_by_label("Your email").fill("grace@example.org")
    page.get_by_role("textbox", name="New password").fill("password1234")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("Many people use this password")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_role("textbox", name="New password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("Grace Okafor").first).to_be_visible()
    page.goto("/users")
    expect(page.get_by_role("link", name="Invite somebody")).to_be_visible()


def test_signing_in_by_keyboard_with_a_look_at_the_password(page: Page, live_server: LiveServer) -> None:
    make_user_in(live_server.app, "viewer", email="ana@example.org", name="Ana Gil")
    page.goto("/account")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("ana@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    field = page.get_by_role("textbox", name="Password")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(field).to_have_attribute("type", "text")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/account")
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_an_invited_person_comes_in_through_the_outbox(
    page: Page, context: BrowserContext, live_server: LiveServer, admin: User
) -> None:
    page.goto("/users/new")
    page.get_by_label("Name", exact=True).fill("Tasha Reed")
    page.get_by_label("Email").fill("tasha@example.org")
    page.get_by_label("Everything").check()
    expect(page.get_by_text("Tasha will see everything")).to_be_visible()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("was written to a file")).to_be_visible()
    expect(page.get_by_text("Invited", exact=True)).to_be_visible()
    path = link_in(delivered(live_server.app)[-1])
    page.goto("/outbox")
    page.get_by_role("link", name="invites you").first.click()
    link = page.locator(".rc-message a").first
    expect(link).to_be_visible()
    assert (link.get_attribute("href") or "").endswith(path)
    context.clear_cookies()
    page.goto(path)
    page.get_by_role("textbox", name="New password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Tasha Reed").first).to_be_visible()


def test_setting_up_an_authenticator_app_and_using_it(
    page: Page, live_server: LiveServer, context: BrowserContext
) -> None:
    ana = make_user_in(live_server.app, "viewer", email="ana@example.org", name="Ana Gil")
    sign_in_browser(context, live_server.app, live_server.url, ana)
    page.goto("/account")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="The secret as a QR code")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_text("I cannot use the camera").click()
    secret = page.locator(".rc-secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Done").click()
    expect(page.locator("[data-codes] code")).to_have_count(10)
    assert accessibility_problems(page) == []
    code = page.locator("[data-codes] code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.get_by_label("Email").fill("ana@example.org")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    look(page, "/sign-in/second-step")
    page.get_by_role("link", name="Use a recovery code instead").click()
    expect(page.get_by_label("Recovery code")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Ana Gil").first).to_be_visible()


def test_a_role_over_an_organization_is_found_while_typing(
    page: Page, live_server: LiveServer, admin: User
) -> None:
    from crm.contacts.models import Organization

    with writing(live_server.app) as session:
        for name in ("Lincoln School", "Harbor Clinic"):
            folded = name.lower()
            session.add(Organization(name=name, sort_name=folded, name_key=folded.replace(" ", "")))
    page.goto("/users/2/roles")
    page.get_by_placeholder("Begin to type its name").press_sequentially("linc")
    page.get_by_role("radio", name="Lincoln School").check()
    page.get_by_role("button", name="Give the role").click()
    expect(page.get_by_role("link", name="Viewer over Lincoln School")).to_be_visible()


def test_enter_in_the_search_keeps_the_invitation_and_shows_it_to_no_log(
    page: Page, live_server: LiveServer, admin: User
) -> None:
    from crm.contacts.models import Organization

    with writing(live_server.app) as session:
        session.add(Organization(name="Harbor Clinic", sort_name="harbor clinic", name_key="harborclinic"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/users/new")
    page.get_by_label("Name", exact=True).fill("Tasha Reed")
    page.get_by_label("Email").fill("tasha@example.org")
    page.get_by_label("Role").select_option(label="Organizer")
    search = page.get_by_placeholder("Begin to type its name")
    search.fill("harb")
    search.press("Enter")
    page.get_by_role("radio", name="Harbor Clinic").check()
    expect(page.get_by_text("Tasha will see Harbor Clinic and its people")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value("tasha@example.org")
    expect(page.get_by_label("Role").locator("option:checked")).to_have_text("Organizer")
    assert [url for url in asked if "tasha" in url or "csrf_token" in url] == []
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("link", name="Organizer over Harbor Clinic")).to_be_visible()


def test_people_are_found_while_typing(page: Page, admin: User) -> None:
    page.goto("/users")
    expect(page.get_by_role("link", name="Luis Méndez")).to_be_visible()
    page.get_by_placeholder("Search by name or address").press_sequentially("grace")
    expect(page.get_by_role("link", name="Luis Méndez")).to_have_count(0)
    expect(page.locator("#users").get_by_role("link", name="Grace Okafor")).to_have_count(1)


def test_disabling_asks_first_and_says_what_happens(page: Page, admin: User) -> None:
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.goto("/users/2")
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("button", name="Disable")).to_be_visible()
    assert "Luis Méndez" in asked[0]
    assert "signed out everywhere" in asked[0]


def test_a_step_that_needs_a_fresh_sign_in_comes_back_to_where_it_was(
    page: Page, live_server: LiveServer, admin: User
) -> None:
    change(live_server.app, SignInSession, fresh_at=db.now() - timedelta(hours=1))
    page.goto("/users/2/edit")
    expect(page.get_by_role("heading", name="Is it you, Grace Okafor?")).to_be_visible()
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url("/users/2/edit")


def test_saving_a_profile_changes_the_colours_at_once(page: Page, admin: User) -> None:
    page.goto("/account")
    page.get_by_role("radio", name="Dark").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
