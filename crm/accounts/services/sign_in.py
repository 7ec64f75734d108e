"""Signing in: from a password, a passkey or a link to a session."""

import logging
from dataclasses import dataclass

from flask_babel import gettext as _

from crm import db
from crm.access.actor import Actor
from crm.accounts import limits, passwords, sessions
from crm.accounts.models import User
from crm.accounts.services.users import email_key, user_by_email
from crm.errors import UserError

log = logging.getLogger("crm.accounts")


@dataclass(frozen=True)
class SignedIn:
    """The token for the cookie, and whether a second factor is still to be shown."""

    token: str
    stage: str


class WrongPassword(UserError):
    """One sentence, whether the address is unknown, the account disabled, or the password wrong."""


def sign_in(email: str, password: str) -> SignedIn:
    """Sign in with a password. WrongPassword or limits.TooManyTries when not. Opens its own transactions:
    the try counts even when the rest fails, and the slow check of the password holds no lock."""
    key = email_key(email)
    user = user_by_email(email)
    with db.transaction(Actor.nobody(), "accounts.try"):
        attempt = limits.begin_sign_in(key, user.id if user else None)
    user = user_by_email(email)
    if not passwords.matches(user.password_hash if user and user.active else None, password) or not user:
        log.warning(
            "sign-in refused: user %s, address %s", user.id if user else "unknown", limits.client_address()
        )
        raise WrongPassword(_("The email address or the password is not right. Check both and try again."))
    with db.transaction(Actor(user.id, user.name), "accounts.sign_in"):
        return _let_in(user, password, attempt)


def _let_in(user: User, password: str, attempt: limits.Attempt) -> SignedIn:
    db.session().refresh(user, with_for_update=True)
    if not user.active or user.password_hash is None:
        raise WrongPassword(_("The email address or the password is not right. Check both and try again."))
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    limits.succeeded(attempt)
    if has_second_factor(user):
        sessions.end_current()
        return SignedIn(sessions.open_session(user, sessions.SECOND_FACTOR), sessions.SECOND_FACTOR)
    return complete(user)


def has_second_factor(user: User) -> bool:
    return user.totp_secret is not None


def complete(user: User) -> SignedIn:
    """Begin the full session of a user who has shown all they must; whatever this browser had ends."""
    limits.remember_address(user.id)
    user.last_sign_in_at = db.now()
    sessions.end_current()
    token = sessions.open_session(user)
    log.info("signed in: user %s, address %s", user.id, limits.client_address())
    return SignedIn(token, sessions.SIGNED_IN)
