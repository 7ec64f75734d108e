"""Passkeys in a real browser with a key of its own, and what the server refuses."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from crm import db
from crm.accounts.models import AccountToken, Passkey, SignInSession, User
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, SignIn, make_user_in, sign_in_browser
from tests.accounts.helpers import change, delivered, rows, text_of
from tests.infrastructure.browser import LiveServer

EMAIL = "ana@example.org"

pytestmark = on_sqlite


@pytest.fixture
def device(context: BrowserContext, page: Page) -> Any:
    """A key built into the browser that knows its owner at once."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return lambda method, **values: session.send(
        f"WebAuthn.{method}", {"authenticatorId": made["authenticatorId"], **values}
    )


@pytest.fixture
def ana(live_server: LiveServer, context: BrowserContext) -> User:
    """Ana, signed in."""
    user = make_user_in(live_server.app, "viewer", email=EMAIL, name="Ana Gil")
    sign_in_browser(context, live_server.app, live_server.url, user)
    return user


def add(page: Page, name: str = "Work laptop") -> None:
    page.goto("/account")
    page.get_by_placeholder("Work laptop").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()


def add_first(page: Page) -> None:
    """The first second step brings recovery codes."""
    add(page)
    expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page).to_have_url("/sign-in")


def test_a_passkey_is_added_and_signs_in_alone(
    live_server: LiveServer, page: Page, device: Any, ana: User
) -> None:
    add_first(page)
    expect(page.locator("[data-codes] code")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Work laptop")).to_be_visible()
    assert "passkey was added" in text_of(delivered(live_server.app)[-1])
    sign_out(page)
    page.goto("/sign-in?next=/account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url("/account")
    [key] = rows(live_server.app, Passkey)
    assert key.sign_count > 0
    assert key.used_at is not None


def test_after_the_password_the_passkey_is_the_second_step(page: Page, device: Any, ana: User) -> None:
    add_first(page)
    sign_out(page)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Sign out", exact=True).first).to_be_visible()


def test_a_passkey_shows_again_who_one_is(
    live_server: LiveServer, page: Page, device: Any, ana: User
) -> None:
    add_first(page)
    change(live_server.app, SignInSession, fresh_at=db.now() - timedelta(hours=1))
    add(page, "Another")  # The options are asked for by script; the page that asks who it is comes instead.
    expect(page.get_by_role("heading", name="Is it you, Ana Gil?")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    page.get_by_role("button", name="Make new ones").click()


def test_a_device_that_refuses_is_explained(page: Page, device: Any, ana: User) -> None:
    device("setUserVerified", isUserVerified=False)
    page.goto("/account")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Nothing came back from your device")).to_be_visible()


def test_a_removed_passkey_opens_nothing(live_server: LiveServer, page: Page, device: Any, ana: User) -> None:
    add_first(page)
    page.goto("/account")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(".list-group-item", has_text="Work laptop").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey is removed")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey is not known here")).to_be_visible()


def test_an_answer_is_good_once(live_server: LiveServer, page: Page, device: Any, ana: User) -> None:
    """The same signed answer, sent again by somebody who has seen it."""
    add_first(page)
    sign_out(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out", exact=True).first).to_be_visible()
    [credential] = [value for body in sent for value in parse_qs(body).get("credential", [])]
    thief = PageClient(live_server.app, live_server.app.response_class, use_cookies=True)
    thief.base_url = live_server.url
    for begun in (False, True):
        if begun:
            assert thief.post("/sign-in/passkey/options").status_code == 200
        assert thief.post("/sign-in/passkey", data={"credential": credential}).status_code == 422


@pytest.mark.parametrize("sent", ["", "nonsense", "[]", "{}", json.dumps({"id": "x", "rawId": "x"})])
def test_what_is_no_passkey_gets_a_sentence(sent: str, client: PageClient) -> None:
    client.post("/sign-in/passkey/options")
    answer = client.post("/sign-in/passkey", data={"credential": sent})
    assert answer.status_code == 422
    assert "passkey" in answer.text


def test_asking_for_passkeys_is_limited(client: PageClient) -> None:
    answers = [client.post("/sign-in/passkey/options").status_code for _try in range(31)]
    assert answers == [200] * 30 + [429]


def test_a_challenge_of_one_account_serves_no_other(app: Any, sign_in: SignIn) -> None:
    ana, bob = sign_in(role="viewer"), sign_in(role="viewer")
    ana.post("/account/passkeys/options")
    with ana.session_transaction() as kept:
        token = kept["passkey"]
    with bob.session_transaction() as kept:
        kept["passkey"] = token
    answer = bob.post("/account/passkeys", data={"credential": "{}", "name": "x"})
    assert answer.status_code == 422
    assert "took too long" in answer.text
    assert len(rows(app, AccountToken)) == 1
