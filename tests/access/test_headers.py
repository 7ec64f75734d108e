"""What every answer tells the browser, and how every cookie is kept."""

from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from crm import create_app
from crm.config import Config
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, make_user_in, sign_in_client
from tests.access.conftest import Site
from tests.access.walking import steps, take

HTTPS = "https://rollcall.example"


@pytest.fixture
def public_app(config: Config) -> Iterator[Flask]:
    """The application as it runs for everybody: behind TLS, with errors as pages."""
    app = create_app(replace(config, base_url=HTTPS, secure_cookies=True))
    app.testing = False
    yield app
    app.extensions["crm"].engine.dispose()


def require_headers(answer: TestResponse, what: object) -> None:
    headers = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'", what
    assert policy["base-uri"] == "'none'", what
    assert policy["frame-ancestors"] == "'none'", what
    assert "unsafe" not in headers["Content-Security-Policy"], what
    assert headers["X-Content-Type-Options"] == "nosniff", what
    assert headers["Referrer-Policy"] == "same-origin", what
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", what
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000"), what
    assert "Access-Control-Allow-Origin" not in headers, what
    assert not any(name in headers for name in ("X-Powered-By", "X-Version")), what
    assert "no-store" in headers["Cache-Control"] or what == "static", what
    if answer.mimetype == "text/html":
        assert "HX-Request" in headers["Vary"], what


def require_cookies_are_kept(answer: TestResponse, what: object) -> int:
    """Each cookie is for this host alone, over TLS alone, hidden from scripts and from other sites."""
    cookies = answer.headers.getlist("Set-Cookie")
    for text in cookies:
        [cookie] = SimpleCookie(text).values()
        assert cookie.key.startswith("__Host-"), f"{what}: {text}"
        assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/"), f"{what}: {text}"
        assert (cookie["samesite"], cookie["domain"]) == ("Lax", ""), f"{what}: {text}"
    return len(cookies)


@on_sqlite
def test_every_page_for_everybody_carries_the_headers_and_keeps_its_cookies(
    public_app: Flask, site: Site
) -> None:
    user = make_user_in(public_app, "administrator")
    cookies = 0
    for step in steps(public_app, site.arguments(site.outside)):
        nobody = PageClient(public_app, public_app.response_class, use_cookies=True)
        for client in (nobody, sign_in_client(public_app, user)):
            client.base_url = HTTPS
            answer = take(client, step)
            require_headers(answer, "static" if step.endpoint == "static" else step)
            cookies += require_cookies_are_kept(answer, step)
    assert cookies >= 10


@on_sqlite
def test_the_cookies_of_signing_in_and_out_are_kept_too(public_app: Flask) -> None:
    make_user_in(public_app, "viewer", email="ana@example.org")
    client = PageClient(public_app, public_app.response_class, use_cookies=True)
    client.base_url = HTTPS
    data = {"email": "ana@example.org", "password": PASSWORD}
    entered = client.post("/sign-in", data=data)
    assert entered.status_code == 303
    assert any(text.startswith("__Host-session=") for text in entered.headers.getlist("Set-Cookie"))
    left = client.post("/sign-out")
    for answer in (entered, left):
        assert require_cookies_are_kept(answer, "signing in and out") >= 1
    [ended] = [text for text in left.headers.getlist("Set-Cookie") if text.startswith("__Host-session=")]
    assert "Max-Age=0" in ended


@on_sqlite
@pytest.mark.parametrize(
    "path, method, status",
    [
        ("/nothing-here", "GET", 404),
        ("/static/0/nothing.js", "GET", 404),
        ("/sign-in", "DELETE", 405),
        ("/sign-in", "TRACE", 405),
        ("/account", "GET", 303),
    ],
)
def test_errors_and_redirects_carry_the_headers(
    public_app: Flask, path: str, method: str, status: int
) -> None:
    client = PageClient(public_app, public_app.response_class, use_cookies=True)
    answer = client.open(path, method=method, base_url=HTTPS, buffered=True)
    assert answer.status_code == status
    require_headers(answer, path)


@on_sqlite
def test_a_mistake_of_ours_tells_no_detail_and_carries_the_headers(
    public_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_values: object) -> str:
        raise ValueError("canary-in-the-traceback")

    broken.crm_permission = "public"  # type: ignore[attr-defined]  # As crm.access.public marks a view.
    monkeypatch.setitem(public_app.view_functions, "accounts.forgot_sent", broken)
    client = PageClient(public_app, public_app.response_class, use_cookies=True)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get("/forgot/sent", base_url=HTTPS, headers=headers)
        assert answer.status_code == 500
        assert "canary" not in answer.text
        assert "Traceback" not in answer.text
        require_headers(answer, "a mistake")


@on_sqlite
def test_fragments_and_pages_are_told_apart_by_caches(admin_client: PageClient) -> None:
    page = admin_client.get("/users")
    fragment = admin_client.get("/users", headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in fragment.text
    assert "HX-Request" in page.headers["Vary"]
    assert "HX-Request" in fragment.headers["Vary"]


@on_sqlite
def test_static_files_are_kept_by_browsers_and_pages_are_not(client: PageClient) -> None:
    page = client.get("/sign-in")
    address = page.text.split('<script src="')[1].split('"')[0]
    file = client.get(address, buffered=True)
    assert file.status_code == 200
    assert "immutable" in file.headers["Cache-Control"]
    assert "Cookie" not in file.headers.get("Vary", "")
    assert "no-store" in page.headers["Cache-Control"]
