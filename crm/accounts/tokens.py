"""Single-use links: a random token goes out by mail, its hash stays here until it is used or expires."""

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from crm import db
from crm.accounts.models import AccountToken, User
from crm.accounts.sessions import hash_token
from crm.errors import UserError
from crm.runtime import runtime

SETUP, INVITATION, RESET = "setup", "invitation", "password_reset"
EMAIL, CHALLENGE = "email_change", "passkey_challenge"
LIFETIMES = {
    SETUP: timedelta(days=7),
    INVITATION: timedelta(days=7),
    RESET: timedelta(hours=1),
    EMAIL: timedelta(days=1),
    CHALLENGE: timedelta(minutes=5),
}


class SpentLink(UserError):
    """The link was used, replaced, has expired, or never was."""

    status = 410


def issue(purpose: str, user: User | None = None, data: dict[str, Any] | None = None) -> str:
    """A new token; earlier ones of the same purpose for the same user die. Inside a transaction."""
    if purpose != CHALLENGE:
        withdraw(purpose, user)
    token = secrets.token_urlsafe(32)
    row = AccountToken(
        token_hash=hash_token(token),
        purpose=purpose,
        user_id=user.id if user else None,
        data=data or {},
        expires_at=db.now() + LIFETIMES[purpose],
    )
    db.session().add(row)
    db.session().flush()
    return token


def withdraw(purpose: str, user: User | None = None) -> None:
    """End the unused tokens of a purpose."""
    owner = AccountToken.user_id.is_(None) if user is None else AccountToken.user_id == user.id
    unused = (AccountToken.purpose == purpose) & AccountToken.used_at.is_(None) & owner
    db.session().execute(delete(AccountToken).where(unused))


def find(purpose: str, token: str) -> AccountToken:
    """The row of a token that can still be used; SpentLink otherwise."""
    row = db.session().scalar(
        select(AccountToken).where(
            AccountToken.token_hash == hash_token(token),
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > db.now(),
        )
    )
    if row is None:
        raise SpentLink(_spent(purpose))
    return row


def use(purpose: str, token: str) -> AccountToken:
    """As `find`, and spend it: of two at once, one gets it. Inside a transaction."""
    row = find(purpose, token)
    spend = update(AccountToken).where(AccountToken.id == row.id, AccountToken.used_at.is_(None))
    if db.session().execute(spend.values(used_at=db.now()).returning(AccountToken.id)).first() is None:
        raise SpentLink(_spent(purpose))
    return row


def _spent(purpose: str) -> str:
    if purpose == RESET:
        return _("This link has been used or has expired. Ask for a new one on the sign-in page.")
    if purpose == SETUP:
        return _("This link has been used or has expired. Run “rollcall init” on the server for a new one.")
    return _("This link has been used or has expired. Ask for a new one where you got it.")


def address_of(endpoint: str, **values: Any) -> str:
    """The full address of a page, for mail: always the configured one, whatever host was asked."""
    path: str = current_app.url_map.bind("localhost").build(endpoint, values)
    return runtime().config.base_url + path
