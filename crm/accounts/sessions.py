"""Signed-in browsers: an opaque token in the cookie, its hash in a row, both gone after signing out."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, g, request
from flask_login import LoginManager
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from crm import db
from crm.access.actor import EVERYTHING, Actor, Grant
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
    app.before_request(identify)
    login = _Login()
    login.session_protection = None
    login.request_loader(lambda _request: g.get("crm_user"))
    login.init_app(app)


# Every request asks these two, so they are put together once.
_GRANT = (Role.everything, Role.permissions, RoleGrant.scope_kind, RoleGrant.scope_id, Role.name)
_FIND = (
    select(SignInSession, User, *mark.COLUMNS, *_GRANT)
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(RoleGrant, RoleGrant.user_id == User.id)
    .outerjoin(Role, Role.id == RoleGrant.role_id)
    .where(
        SignInSession.token_hash == bindparam("token_hash"),
        SignInSession.used_at > bindparam("used_after"),
        SignInSession.created_at > bindparam("created_after"),
        User.active,
    )
)
_GRANTS = (
    select(*_GRANT).join(Role, Role.id == RoleGrant.role_id).where(RoleGrant.user_id == bindparam("user_id"))
)


def cookie_name() -> str:
    return "__Host-session" if runtime().config.secure_cookies else "rollcall_session"


def hash_token(token: str) -> str:
    """Only hashes of tokens are stored."""
    return sha256(token.encode()).hexdigest()


def identify() -> None:
    """Before every request: who is it? Sets `g.crm_user`, `g.crm_session_row` and `g.crm_actor`."""
    g.crm_user = None
    g.crm_session_row = None
    token = request.cookies.get(cookie_name())
    if not token or request.endpoint == "static":
        return
    found = find_session(token)
    if found is None:
        return
    row, user, grants = found
    _mark_used(row)
    g.crm_session_row = row
    if row.stage == SIGNED_IN:
        g.crm_user = user
        g.crm_actor = _actor(user, grants)


def find_session(token: str) -> tuple[SignInSession, User, list[Any]] | None:
    """The living session of a token, its user and what is granted to them, or None when it ended, expired or
    was disabled."""
    config, now = runtime().config, db.now()
    values = {
        "token_hash": hash_token(token),
        "used_after": now - timedelta(seconds=config.session_idle),
        "created_after": now - timedelta(seconds=config.session_absolute),
    }
    rows = db.session().execute(_FIND, values).all()
    if not rows:
        return None
    row, user = rows[0][:2]
    if row.stage == SECOND_FACTOR and row.created_at < now - HALF_SIGNED_IN:
        return None
    mark.remember(tuple(rows[0][2 : -len(_GRANT)]))
    return row, user, [each[-len(_GRANT) :] for each in rows if each.scope_kind is not None]


def living() -> tuple[Any, ...]:
    """The conditions under which a session has neither been idle nor lasted too long."""
    config, now = runtime().config, db.now()
    return (
        SignInSession.used_at > now - timedelta(seconds=config.session_idle),
        SignInSession.created_at > now - timedelta(seconds=config.session_absolute),
    )


def _mark_used(row: SignInSession) -> None:
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
    statement = select(*_GRANT, RoleGrant.user_id).join(Role, Role.id == RoleGrant.role_id)
    for row in db.session().execute(statement.where(db.among(RoleGrant.user_id, list(grants)))):
        grants[row[-1]].append(row[:-1])
    return [_actor(user, grants[user.id]) for user in users]


def _actor(user: User, rows: Sequence[Any]) -> Actor:
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
    found: SignInSession | None = g.get("crm_session_row")
    return found


def made_with(key: str) -> int | None:
    """The id of what a form with this one-time key made when it was sent before. Of two that are sent at
    the same moment the second waits here. Inside a transaction."""
    row = current()
    if row is None or not key:
        return None
    db.session().refresh(row, with_for_update=True)
    found: int | None = dict(row.data.get(MADE, ())).get(key)
    return found


def note_made(key: str, record_id: int) -> None:
    """Remember it; the last few are enough."""
    row = current()
    if row is not None and key:
        row.data = {**row.data, MADE: [*row.data.get(MADE, ()), [key[:40], record_id]][-KEYS_KEPT:]}


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
