"""Signing in: from a password, a passkey or a link to a session."""

import logging
from dataclasses import dataclass

from flask_babel import gettext as _

from crm import db
from crm.access.actor import Actor
from crm.accounts import limits, passwords, sessions
from crm.accounts.models import User
from crm.accounts.services import passkeys, second_factor
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
    return open_half(user)


def open_half(user: User) -> SignedIn:
    """After the first step: a session that reaches only the pages of the second, or the full one."""
    if not second_factor.has_any(user):
        return complete(user)
    sessions.end_current()
    return SignedIn(sessions.open_session(user, sessions.SECOND_FACTOR), sessions.SECOND_FACTOR)


def complete(user: User) -> SignedIn:
    """Begin the full session of a user who has shown all they must; whatever this browser had ends."""
    limits.remember_address(user.id)
    user.last_sign_in_at = db.now()
    sessions.end_current()
    token = sessions.open_session(user)
    log.info("signed in: user %s, address %s", user.id, limits.client_address())
    return SignedIn(token, sessions.SIGNED_IN)


def second_step(user: User, code: str, *, recovery: bool = False) -> SignedIn:
    """Finish signing in with a code of the app or a recovery code. WrongCode or TooManyTries when not.
    Opens its own transactions, as `sign_in` does."""
    attempt = _begin_factor(user)
    with db.transaction(Actor(user.id, user.name), "accounts.sign_in") as change:
        if recovery:
            change.summary = _("%(name)s signed in with a recovery code", name=user.name)
        _use_code(user, code, recovery=recovery)
        limits.succeeded(attempt)
        return complete(user)


def with_passkey(token: str, credential: str, user: User | None = None) -> SignedIn:
    """Sign in with a passkey, which needs no second step. PasskeyRefused when it proves nothing."""
    with db.transaction(Actor.nobody(), "accounts.sign_in"):
        return complete(passkeys.finish_use(token, credential, user))


def prove(user: User, password: str, code: str = "") -> None:
    """Show again who one is: the password, and a code where signing in takes a second step; whoever has
    passkeys alone uses one of them, or a recovery code. UserError when not. Counts tries, and opens its own
    transactions."""
    attempt = _begin_password(user, password)
    with db.transaction(Actor(user.id, user.name), "accounts.prove"):
        recovery = "-" in code
        if second_factor.has_any(user):
            if not recovery and not second_factor.has_app(user):
                raise second_factor.WrongCode(_("Use your passkey, or type one of your recovery codes too."))
            _use_code(user, code, recovery=recovery)
        limits.succeeded(attempt)


def check_password(user: User, password: str) -> None:
    """WrongPassword unless it is the user's. Counts tries, and opens its own transactions."""
    attempt = _begin_password(user, password)
    with db.transaction(Actor(user.id, user.name), "accounts.prove"):
        limits.succeeded(attempt)


def _begin_password(user: User, password: str) -> limits.Attempt:
    attempt = _begin_factor(user)
    if not passwords.matches(user.password_hash, password):
        log.warning("password refused: user %s, address %s", user.id, limits.client_address())
        raise WrongPassword(_("The password is not right. Try again."))
    return attempt


def prove_with_passkey(user: User, token: str, credential: str) -> None:
    """Show again who one is, with a passkey."""
    with db.transaction(Actor(user.id, user.name), "accounts.prove"):
        passkeys.finish_use(token, credential, user)


def _begin_factor(user: User) -> limits.Attempt:
    with db.transaction(Actor.nobody(), "accounts.try"):
        return limits.begin_factor(user.id)


def _use_code(user: User, code: str, *, recovery: bool) -> None:
    try:
        if recovery:
            second_factor.use_recovery_code(user, code)
        else:
            second_factor.use_app_code(user, code)
    except second_factor.WrongCode:
        log.warning("code refused: user %s, address %s", user.id, limits.client_address())
        raise
