"""People for tests: accounts with roles, and browsers that are signed in as them.

def test_it(organizer_client): ...                 # a role over everything
def test_that(app, make_user, sign_in):
    user = make_user(role="viewer", scope=organization.id)
    client = sign_in(user)                         # or sign_in(role="viewer", scope=...)
"""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from crm import db
from crm.access.actor import EVERYTHING, Actor
from crm.accounts import services, sessions
from crm.accounts.models import RoleGrant, User
from crm.plugin_api.testing.application import PageClient

PASSWORD = "a quiet harbor at noon"  # noqa: S105  # Of made-up people.
if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

_numbers = count(1)
MakeUser = Callable[..., User]
SignIn = Callable[..., PageClient]


def make_user_in(
    app: Flask,
    role: str | None = None,
    scope: int | None = None,
    *,
    email: str = "",
    name: str = "",
    password: str | None = PASSWORD,
    scope_kind: str = "organization",
) -> User:
    """An account of `app`, with a role over everything or over the record with the id `scope`."""
    number = next(_numbers)
    with app.app_context(), db.transaction(Actor.system(), "accounts.create", "Made for a test"):
        services.seed_roles()
        user = services.create_user(
            email or f"user{number}@example.org", name or f"{(role or 'somebody').title()} {number}", password
        )
        if role is not None:
            found = services.role_named(role)
            assert found is not None, f"there is no role {role}"
            kind = EVERYTHING if scope is None else scope_kind
            db.session().add(RoleGrant(user_id=user.id, role_id=found.id, scope_kind=kind, scope_id=scope))
        db.session().flush()
        db.session().refresh(user)
        db.session().expunge(user)
    return user


def session_token(app: Flask, user: User) -> str:
    """The token of a new session of `user`, as the cookie carries it."""
    with app.test_request_context(), db.transaction(Actor(user.id, user.name), "accounts.sign_in"):
        return sessions.open_session(user)


def cookie_name(app: Flask) -> str:
    with app.app_context():
        return sessions.cookie_name()


def sign_in_client(app: Flask, user: User) -> PageClient:
    client = PageClient(app, app.response_class, use_cookies=True)
    client.set_cookie(cookie_name(app), session_token(app, user))
    return client


def sign_in_browser(context: "BrowserContext", app: Flask, url: str, user: User) -> None:
    """Sign a Chromium context in; `url` is the live server's."""
    context.add_cookies([{"name": cookie_name(app), "value": session_token(app, user), "url": url}])


@pytest.fixture
def make_user(app: Flask) -> MakeUser:
    """Make an account: `make_user(role="viewer", scope=organization_id)`."""
    return lambda *args, **kwargs: make_user_in(app, *args, **kwargs)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client signed in as a user, or as a new one: `sign_in(role="viewer", scope=organization_id)`."""

    def enter(user: User | None = None, **kwargs: Any) -> PageClient:
        return sign_in_client(app, user or make_user_in(app, **kwargs))

    return enter


@pytest.fixture
def admin_client(sign_in: SignIn) -> PageClient:
    """Signed in as an administrator."""
    return sign_in(role="administrator")


@pytest.fixture
def organizer_client(sign_in: SignIn) -> PageClient:
    """Signed in as an organizer over everything."""
    return sign_in(role="organizer")


@pytest.fixture
def viewer_client(sign_in: SignIn) -> PageClient:
    """Signed in as a viewer over everything."""
    return sign_in(role="viewer")


@pytest.fixture
def outsider_client(sign_in: SignIn) -> PageClient:
    """Signed in as somebody without any role: nothing is theirs to see."""
    return sign_in()
