"""Requests that another site makes in somebody's name change nothing; nor does reading; nor does `next=`."""

import re
from collections import deque
from urllib.parse import quote, urldefrag

import pytest
from flask import Flask

from crm.accounts.redirects import safe_path
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, MakeUser, SignIn
from tests.access.conftest import Site
from tests.access.walking import everything, steps, take

MOST_PAGES = 200
NO_SESSION = frozenset(
    {
        "intake.fill_in",
        "intake.embedded",
        "intake.confirm",
        "media.no_mail",
        "policy.no_mail",
        "signons.read",
        "signons.signature",
    }
)
"""Pages for everybody that set no cookie: a signed key or link stands for the token, and no account acts."""
MARKS = frozenset({"sign_in_session.used_at"})
"""What reading may change: when a session was last used."""


@on_sqlite
@pytest.mark.parametrize("how", ["no token", "foreign token", "nonsense", "cross-site"])
def test_a_forged_request_is_refused_and_changes_nothing(
    how: str, app: Flask, sign_in: SignIn, admin_client: PageClient, site: Site
) -> None:
    token = {"no token": "", "foreign token": sign_in().token(), "nonsense": "x.y.z"}.get(how)
    headers = {"Sec-Fetch-Site": "cross-site"} if token is None else {"X-CSRFToken": token}
    admin_client.get("/account")
    before, tried = everything(app), 0
    for step in steps(app, site.arguments(site.outside)):
        if step.method != "GET":
            answer = take(admin_client, step, headers=headers)
            refused = {400, 403, 404, 410} if step.endpoint in NO_SESSION else {400, 403}
            assert answer.status_code in refused, f"{step}: {answer.status_code}"
            tried += 1
    assert tried > 40
    assert everything(app) == before


def test_reading_every_page_as_an_administrator_changes_nothing(
    app: Flask, admin_client: PageClient, site: Site
) -> None:
    before = everything(app, MARKS)
    waiting = deque(step.path for step in steps(app, site.arguments(site.member)) if step.method == "GET")
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        answer = admin_client.get(path, buffered=True)
        assert answer.status_code < 500, path
        if answer.mimetype == "text/html":
            waiting.extend(linked for linked in links(answer.text) if linked not in seen)
    assert len(seen) > 40
    assert everything(app, MARKS) == before


def links(page: str) -> list[str]:
    """The addresses of this site that a page leads to, or lets htmx fetch."""
    found = re.findall(r'(?:href|hx-get)="(/[^"]*)"', page)
    return [urldefrag(address.replace("&amp;", "&")).url for address in found if "/static/" not in address]


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "evil.example",
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_an_address_that_could_lead_elsewhere_is_no_path(target: str) -> None:
    assert safe_path(target) is None


@pytest.mark.parametrize("target", ["/", "/contacts?q=a%20b&f=x", "/contacts/12#notes"])
def test_a_path_of_this_site_is(target: str) -> None:
    assert safe_path(target) == target


@on_sqlite
@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("field", ["form", "query"])
def test_signing_in_leads_to_no_other_site(
    field: str, target: str, client: PageClient, make_user: MakeUser
) -> None:
    make_user(email="ana@example.org")
    data = {"email": "ana@example.org", "password": PASSWORD}
    if field == "form":
        answer = client.post("/sign-in", data=data | {"next": target})
    else:
        answer = client.post(f"/sign-in?next={quote(target)}", data=data)
    assert (answer.status_code, answer.location) == (303, "/")
    again = client.get(f"/sign-in?next={quote(target)}")
    assert again.location == "/"


@on_sqlite
def test_the_page_that_was_asked_for_comes_after_signing_in(client: PageClient, make_user: MakeUser) -> None:
    make_user(role="viewer", email="ana@example.org")
    asked = client.get("/contacts?q=ana")
    page = client.get(asked.location).text
    hidden = re.search(r'name="next"[^>]*value="([^"]*)"', page)
    assert hidden is not None
    data = {"email": "ana@example.org", "password": PASSWORD, "next": hidden.group(1)}
    assert client.post("/sign-in", data=data).location == "/contacts?q=ana"
