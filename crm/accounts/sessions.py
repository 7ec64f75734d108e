"""Signed-in browsers: an opaque token in the cookie, its hash in a row, both gone after signing out."""

import secrets
from datetime import timedelta
from hashlib import sha256

from flask import g, request
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor, Grant
from crm.accounts.models import Role, RoleGrant, SignInSession, User
from crm.runtime import runtime


def cookie_name() -> str:
    return "__Host-session" if runtime().config.secure_cookies else "rollcall_session"


def hash_token(token: str) -> str:
    """Only hashes of tokens are stored."""
    return sha256(token.encode()).hexdigest()


def identify() -> None:
    """Before every request: who is it? Sets `g.crm_user`, `g.crm_session_row` and `g.crm_actor`."""
    g.crm_user = None
    token = request.cookies.get(cookie_name())
    if not token or request.endpoint == "static":
        return
    found = find_session(token)
    if found is None:
        return
    row, user = found
    g.crm_session_row = row
    if row.stage == "signed_in":
        g.crm_user = user
        g.crm_actor = actor_for(user)


def find_session(token: str) -> tuple[SignInSession, User] | None:
    """The living session of a token and its user, or None when it ended, expired or was disabled."""
    config = runtime().config
    now = db.now()
    statement = (
        select(SignInSession, User)
        .join(User, User.id == SignInSession.user_id)
        .where(
            SignInSession.token_hash == hash_token(token),
            SignInSession.used_at > now - timedelta(seconds=config.session_idle),
            SignInSession.created_at > now - timedelta(seconds=config.session_absolute),
            User.active,
        )
    )
    row = db.session().execute(statement).first()
    return None if row is None else (row[0], row[1])


def actor_for(user: User) -> Actor:
    """The actor of a user, with all grants as they are now."""
    statement = (
        select(Role.everything, Role.permissions, RoleGrant.scope_kind, RoleGrant.scope_id)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(RoleGrant.user_id == user.id)
    )
    grants = tuple(
        Grant(None if everything else frozenset(permissions), scope_kind, scope_id)
        for everything, permissions, scope_kind, scope_id in db.session().execute(statement)
    )
    return Actor(user.id, user.name, grants, user.contact_id)


def open_session(user: User, stage: str = "signed_in") -> str:
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
