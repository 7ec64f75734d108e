"""Inviting somebody, and what they do with the invitation."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access.actor import EVERYTHING, Actor
from crm.accounts import mail, passwords, tokens
from crm.accounts.models import AccountToken, Role, User
from crm.accounts.services import authority, roles
from crm.accounts.services.users import create_user, personal_words
from crm.errors import UserError


def invite(
    actor: Actor,
    email: str,
    name: str,
    role: Role | None = None,
    scope_kind: str = EVERYTHING,
    scope_id: int | None = None,
) -> User:
    """An account without a password, and a link by mail that lets its owner choose one within seven days.
    UserError when the address is taken or the actor may not give that role. Inside a transaction."""
    user = create_user(email, name)
    if role is not None:
        authority.require_may_give(actor, role)
        roles.grant(user, role, scope_kind, scope_id)
    send_invitation(actor, user)
    return user


def send_invitation(actor: Actor, user: User) -> None:
    """Send the link, or a new one: the earlier one dies. Inside a transaction."""
    mail.compose(user, "invitation", tokens.INVITATION, inviter=actor.label, url=new_link(user))


def new_link(user: User) -> str:
    """A link that lets somebody choose a password; the earlier one dies. Inside a transaction."""
    if user.password_hash is not None:
        raise UserError(_("%(name)s has a password already and needs no invitation.", name=user.name))
    if not user.active:
        raise UserError(_("%(name)s is disabled. Enable the account first.", name=user.name))
    token = tokens.issue(tokens.INVITATION, user)
    return tokens.address_of("accounts.invitation", token=token)


def invited(token: str) -> User:
    """Whom an invitation is for; SpentLink when it is no good any more."""
    return _owner(tokens.find(tokens.INVITATION, token))


def accept(token: str, name: str, password: str) -> User:
    """The invited person chooses their name and password. Inside a transaction."""
    user = _owner(tokens.use(tokens.INVITATION, token))
    user.name = " ".join(name.split()) or user.name
    passwords.require_good(password, personal_words(user.email, user.name))
    user.password_hash = passwords.hash_password(password)
    db.session().flush()
    return user


def open_until(user_ids: list[int]) -> dict[int, datetime]:
    """By user, until when an unused invitation of theirs can be used; also when that has passed."""
    statement = (
        select(AccountToken.user_id, func.max(AccountToken.expires_at))
        .where(
            AccountToken.purpose == tokens.INVITATION,
            AccountToken.used_at.is_(None),
            AccountToken.user_id.in_(user_ids),
        )
        .group_by(AccountToken.user_id)
    )
    return {user_id: until for user_id, until in db.session().execute(statement) if user_id is not None}


def _owner(row: AccountToken) -> User:
    user = db.session().get(User, row.user_id)
    if user is None or not user.active:
        raise tokens.SpentLink(_("This account is disabled. Ask your administrator."))
    return user
