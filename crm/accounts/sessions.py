"""Signed-in browsers: an opaque token in the cookie, its hash in a row, both gone after signing out."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from typing import Any, ClassVar

from flask import Flask, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from crm import db
from crm.access.actor import EVERYTHING, Actor, Grant
from crm.access.guard import system
from crm.accounts.models import Role, RoleGrant, SignInSession, User
from crm.config import Config
from crm.fields.custom import mark
from crm.runtime import runtime

SIGNED_IN, SECOND_FACTOR = "signed_in", "second_factor"
MARK_EVERY = timedelta(minutes=1)
MADE, KEYS_KEPT = "made", 20
"""What the forms of this session made, by their one-time keys."""
HALF_SIGNED_IN = timedelta(minutes=10)
FRESH = timedelta(minutes=15)


class _PageCookies(SecureCookieSessionInterface):
    """Flask's signed cookie for what pages say to one another. What signs it is made once, not twice for each
    page: the key is the same while the process lives."""

    _signs: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._signs is None:
            self._signs = super().get_signing_serializer(app)
        return self._signs


class _Login(LoginManager):  # type: ignore[misc]  # Flask-Login has no types.
    """Flask-Login's `current_user` over our own rows; it keeps nothing in cookies."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def init_app(app: Flask, config: Config) -> None:
    """Know who asks, on every request, and keep cookies away from scripts and other sites."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-page" if config.secure_cookies else "rollcall_page",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = _PageCookies()
    app.before_request(identify)
    login = _Login()
    login.session_protection = None
    login.request_loader(lambda _request: g.get("crm_user"))
    # No template asks for `current_user`, and to offer it costs every part of a page.
    login.init_app(app, add_context_processor=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, as every page needs to know it. `account()` gives all of their account."""

    id: int
    name: str
    email: str
    contact_id: int | None
    language: str | None
    time_zone: str | None
    theme: str

    # What Flask-Login asks of a user.

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Living:
    """A session that has not ended, and when it began and was last used."""

    id: int
    stage: str
    created_at: datetime
    used_at: datetime


# Every request asks the first, so it is put together once, and of tables: to make records of what is found
# would take longer than to find it.
_SESSION, _USER, _ROLE, _GIVEN = (db.table(each).c for each in (SignInSession, User, Role, RoleGrant))
_LIVING = tuple(_SESSION[each.name] for each in fields(Living))
_READER = tuple(_USER[each.name] for each in fields(Reader))
_GRANT = (_ROLE.everything, _ROLE.permissions, _GIVEN.scope_kind, _GIVEN.scope_id, _ROLE.name)
_FIND = (
    select(*_LIVING, *_READER, *_GRANT, *mark.COLUMNS)
    .select_from(
        db.table(SignInSession)
        .join(db.table(User), _USER.id == _SESSION.user_id)
        .outerjoin(db.table(RoleGrant), _GIVEN.user_id == _USER.id)
        .outerjoin(db.table(Role), _ROLE.id == _GIVEN.role_id)
    )
    .where(
        _SESSION.token_hash == bindparam("token_hash"),
        _SESSION.used_at > bindparam("used_after"),
        _SESSION.created_at > bindparam("created_after"),
        _USER.active,
    )
    .execution_options(**db.KEPT_PLAN)
)
_PLACES = list(accumulate(map(len, (_LIVING, _READER, _GRANT))))
_GRANTS = (
    select(*_GRANT)
    .join(db.table(RoleGrant), _ROLE.id == _GIVEN.role_id)
    .where(_GIVEN.user_id == bindparam("user_id"))
)


def cookie_name() -> str:
    return "__Host-session" if runtime().config.secure_cookies else "rollcall_session"


def hash_token(token: str) -> str:
    """Only hashes of tokens are stored."""
    return sha256(token.encode()).hexdigest()


def identify() -> None:
    """Before every request: who is it? Sets `g.crm_user`, `g.crm_sign_in` and `g.crm_actor`."""
    g.crm_user = None
    g.crm_sign_in = None
    token = request.cookies.get(cookie_name())
    if not token or request.endpoint == "static":
        return
    found = find_session(token)
    if found is None:
        return
    living, reader, grants = found
    _mark_used(living)
    g.crm_sign_in = living
    if living.stage == SIGNED_IN:
        g.crm_user = reader
        g.crm_actor = _actor(reader, grants)


def find_session(token: str) -> tuple[Living, Reader, list[Any]] | None:
    """The living session of a token, its user and what is granted to them, or None when it ended, expired or
    was disabled."""
    config, now = runtime().config, db.now()
    values = {
        "token_hash": hash_token(token),
        "used_after": now - timedelta(seconds=config.session_idle),
        "created_after": now - timedelta(seconds=config.session_absolute),
    }
    with system("who asks, and whether what is kept for them is still so"):
        rows = db.plain(_FIND, values).all()
    if not rows:
        return None
    first, (ours, theirs, given) = tuple(rows[0]), _PLACES
    found = Living(*first[:ours])
    if found.stage == SECOND_FACTOR and found.created_at < now - HALF_SIGNED_IN:
        return None
    mark.remember(first[given:])
    grants = [grant for each in rows if (grant := each[theirs:given])[2] is not None]
    return found, Reader(*first[ours:theirs]), grants


def living() -> tuple[Any, ...]:
    """The conditions under which a session has neither been idle nor lasted too long."""
    config, now = runtime().config, db.now()
    return (
        SignInSession.used_at > now - timedelta(seconds=config.session_idle),
        SignInSession.created_at > now - timedelta(seconds=config.session_absolute),
    )


def _mark_used(row: Living) -> None:
    """Note that the session is in use, at most once a minute and never waiting for another writer: this
    is the one thing that reading changes, and a mark that is missed is made by the next request."""
    now = db.now()
    if now - row.used_at < MARK_EVERY:
        return
    mark = update(SignInSession).where(SignInSession.id == row.id).values(used_at=now)
    try:
        with runtime().engine.connect() as connection:
            _write_without_waiting(connection, mark)
    except OperationalError:
        return


def _write_without_waiting(connection: Connection, statement: Any) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(statement)
        connection.commit()
        return
    driver: Any = connection.connection.driver_connection
    patience = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    driver.execute("PRAGMA busy_timeout=0")
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience}")


def actor_for(user: User) -> Actor:
    """The actor of a user, with all grants as they are now."""
    return _actor(user, db.session().execute(_GRANTS, {"user_id": user.id}).all())


def actors_for(users: Sequence[User]) -> list[Actor]:
    """The actors of several users, in their order, in one statement."""
    grants: dict[int, list[Any]] = {user.id: [] for user in users}
    statement = select(*_GRANT, _GIVEN.user_id).join(db.table(RoleGrant), _ROLE.id == _GIVEN.role_id)
    for row in db.session().execute(statement.where(db.among(_GIVEN.user_id, list(grants)))):
        grants[row[-1]].append(row[:-1])
    return [_actor(user, grants[user.id]) for user in users]


def _actor(user: User | Reader, rows: Sequence[Any]) -> Actor:
    grants = tuple(
        Grant(holding(None if everything else frozenset(permissions), kind), kind, scope_id)
        for everything, permissions, kind, scope_id, _name in rows
    )
    return Actor(user.id, user.name, grants, user.contact_id, frozenset(row[4] for row in rows))


def holding(permissions: frozenset[str] | None, scope_kind: str) -> frozenset[str] | None:
    """The permissions of a role that hold over a scope: those that only make sense over everything, such
    as giving roles, are left out of a grant over less."""
    if scope_kind == EVERYTHING:
        return permissions
    declared = runtime().access.permissions
    names = declared.keys() if permissions is None else permissions & declared.keys()
    return frozenset(name for name in names if not declared[name].everywhere)


def open_session(user: User, stage: str = SIGNED_IN) -> str:
    """Begin a session and return the token for the cookie. Inside a transaction."""
    token = secrets.token_urlsafe(32)
    row = SignInSession(
        token_hash=hash_token(token),
        user_id=user.id,
        stage=stage,
        address=request.remote_addr or "",
        browser=request.user_agent.string[:200],
    )
    db.session().add(row)
    db.session().flush()
    return token


def end_current() -> None:
    """End this browser's session, whatever its stage. Inside a transaction."""
    token = request.cookies.get(cookie_name())
    if token:
        db.session().execute(delete(SignInSession).where(SignInSession.token_hash == hash_token(token)))


ENDED_TOO: list[Callable[[int], None]] = []
"""What else lets somebody in without their password ends when they are shut out; each gets the user's id."""


def shut_out(user_id: int) -> int:
    """End every session of a user, and all else that shows what they see. Returns how many sessions ended."""
    for end in ENDED_TOO:
        end(user_id)
    return end_all(user_id)


def end_all(user_id: int, *, but: int | None = None) -> int:
    """End every session of a user, except the one with the id `but`. Returns how many ended."""
    condition = SignInSession.user_id == user_id
    if but is not None:
        condition &= SignInSession.id != but
    ended = db.session().execute(delete(SignInSession).where(condition).returning(SignInSession.id))
    return len(ended.all())


def end_one(user_id: int, session_id: int) -> bool:
    """End one session of a user; False when there is none of that id."""
    condition = (SignInSession.user_id == user_id) & (SignInSession.id == session_id)
    ended = db.session().execute(delete(SignInSession).where(condition).returning(SignInSession.id))
    return ended.first() is not None


def of_user(user_id: int) -> list[SignInSession]:
    """The living sessions of a user, the last used first."""
    statement = (
        select(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.stage == SIGNED_IN, *living())
        .order_by(SignInSession.used_at.desc())
    )
    return list(db.session().scalars(statement))


def current() -> SignInSession | None:
    """The session of this request, half or fully signed in."""
    living: Living | None = g.get("crm_sign_in")
    return None if living is None else db.session().get(SignInSession, living.id)


def account() -> User:
    """The account of whoever is signed in."""
    return db.session().get_one(User, g.crm_user.id)


def made_with(key: str) -> int | None:
    """The change set in which a form with this one-time key made something when it was sent before. Of two
    that are sent at the same moment the second waits here. Inside a transaction."""
    living: Living | None = g.get("crm_sign_in")
    if living is None or not key:
        return None
    row = db.session().get(SignInSession, living.id, with_for_update=True)
    if row is None:  # It was ended since this request was let in.
        return None
    found: int | None = dict(row.data.get(MADE, ())).get(key)
    return found


def note_made(key: str, change_set_id: int) -> None:
    """Remember it; the last few are enough."""
    row = current()
    if row is not None and key:
        row.data = {**row.data, MADE: [*row.data.get(MADE, ()), [key[:40], change_set_id]][-KEYS_KEPT:]}


def is_fresh(moment: datetime | None = None) -> bool:
    """Whether this person proved who they are a short while ago, as changes of a second factor demand."""
    row = current()
    return row is not None and row.fresh_at > (moment or db.now()) - FRESH


def renew() -> str:
    """Give this browser's session a new token now that its owner has shown again who they are, and return
    it for the cookie. Inside a transaction."""
    row = current()
    assert row is not None
    token = secrets.token_urlsafe(32)
    row.token_hash, row.fresh_at = hash_token(token), db.now()
    db.session().flush()
    return token


def set_cookie(response: Response, token: str) -> None:
    """Hand the token to the browser."""
    config = runtime().config
    response.set_cookie(
        cookie_name(),
        token,
        max_age=config.session_absolute,
        path="/",
        secure=config.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(response: Response) -> None:
    """Take the token back from the browser."""
    config = runtime().config
    response.delete_cookie(
        cookie_name(), path="/", secure=config.secure_cookies, httponly=True, samesite="Lax"
    )
