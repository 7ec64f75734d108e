"""A forgotten password: the same answer for everybody, and a link for those who have an account."""

import logging

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from crm import db
from crm.access.actor import Actor
from crm.accounts import limits, mail, passwords, sessions, tokens
from crm.accounts.models import AccountToken, User
from crm.accounts.services import notices
from crm.accounts.services.users import email_key, personal_words, user_by_email
from crm.plugin_api.types import JobRun
from crm.sealing import seal, unseal

RESET_JOB = "accounts.send_reset"
log = logging.getLogger("crm.accounts")


def request_reset(email: str) -> None:
    """Ask for a link. Whether the account exists is only looked up by the worker, so nothing here differs,
    the time it takes included. Inside a transaction; TooManyTries when this address asks too often."""
    from crm.jobs.services import enqueue

    send = limits.begin_link_request(email_key(email))
    args = {"email": seal(email.strip()[:320], RESET_JOB), "send": send, "language": str(get_locale())}
    enqueue(RESET_JOB, args, _("Send a link for a new password"), Actor.system())


def send_reset(run: JobRun) -> bool:
    """The step of `accounts.send_reset`."""
    with db.transaction(run.actor, RESET_JOB):
        user = user_by_email(unseal(run.args["email"], RESET_JOB)) if run.args["send"] else None
        if user is not None and user.active:
            with force_locale(user.language or run.args["language"]):
                send_link(user)
        else:
            log.info("no link sent: no such account, or asked for too often")
    return True


def send_link(user: User) -> None:
    """Send a user the link for a new password; an earlier one dies. Inside a transaction."""
    url = tokens.address_of("accounts.new_password", token=tokens.issue(tokens.RESET, user))
    mail.compose(user, "password_reset", tokens.RESET, url=url)


def owner(token: str) -> User:
    """Whose link this is; SpentLink when it is no good any more."""
    return _owner(tokens.find(tokens.RESET, token))


def reset(token: str, password: str) -> User:
    """Set a new password: every session ends, and every private address. Inside a transaction."""
    user = _owner(tokens.use(tokens.RESET, token))
    set_password(user, password)
    sessions.shut_out(user.id)
    limits.forget(user.email_key)
    return user


def change_password(user: User, password: str) -> None:
    """Set a new password for somebody who has just shown that they know the current one; their other
    sessions end. Inside a transaction."""
    set_password(user, password)
    row = sessions.current()
    sessions.end_all(user.id, but=row.id if row is not None else None)


def set_password(user: User, password: str) -> None:
    """Store a new password, spend every link that could set another, and tell the user."""
    passwords.require_good(password, personal_words(user.email, user.name))
    had_one = user.password_hash is not None
    user.password_hash = passwords.hash_password(password)
    for purpose in (tokens.RESET, tokens.INVITATION):
        tokens.withdraw(purpose, user)
    db.session().flush()
    if had_one:
        notices.tell(user, notices.PASSWORD_CHANGED)


def _owner(row: AccountToken) -> User:
    user = db.session().get(User, row.user_id)
    if user is None or not user.active:
        raise tokens.SpentLink(_("This account is disabled. Ask your administrator."))
    return user
