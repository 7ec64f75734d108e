"""Accounts that belong to a contact: they follow a merge, and are part of what is held about somebody."""

from collections.abc import Iterable
from email.utils import parseaddr

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from crm import db
from crm.accounts import delivery, sessions
from crm.accounts.models import (
    AccountToken,
    KnownAddress,
    OutgoingMail,
    Passkey,
    RecoveryCode,
    RoleGrant,
    User,
)
from crm.accounts.permissions import MANAGE
from crm.accounts.services import people
from crm.contacts.models import Email
from crm.errors import UserError
from crm.journal import erasing as history
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api.types import DataSection
from crm.runtime import runtime


def of_contact(contact_id: int) -> list[User]:
    """The accounts of a contact; usually none or one."""
    return list(db.session().scalars(select(User).where(User.contact_id == contact_id).order_by(User.id)))


def move(survivor_id: int, loser_id: int) -> None:
    """The accounts of a contact that is merged away become the survivor's, and so do the roles over it.
    UserError where a role is limited to one of the two and the actor may not give roles: its holder would see
    more or less than was given. Inside a transaction."""
    for user in of_contact(loser_id):
        user.contact_id = survivor_id
    written = update(OutgoingMail).where(OutgoingMail.contact_id == loser_id)
    db.session().execute(written.values(contact_id=survivor_id))
    _move_roles(survivor_id, loser_id)
    db.session().flush()


def _move_roles(survivor_id: int, loser_id: int) -> None:
    roles, present = _roles_over(loser_id), _roles_over(survivor_id)
    change = db.current_change()
    if (limited := [*roles, *present]) and change and not change.actor.can_everywhere(MANAGE):
        who = db.session().scalar(select(User.name).where(User.id == limited[0].user_id))
        raise UserError(_(
            "The role of %(user)s is limited to one of them, so merging would change what %(user)s sees. Ask "
            "an administrator to merge them.", user=who,
        ))  # fmt: skip
    theirs = {(role.user_id, role.role_id) for role in present}
    for role in roles:
        if (role.user_id, role.role_id) in theirs:
            db.session().delete(role)
        else:
            role.scope_id = survivor_id


def _roles_over(contact_id: int) -> list[RoleGrant]:
    statement = select(RoleGrant).where(
        RoleGrant.scope_kind == "organization", RoleGrant.scope_id == contact_id
    )
    return list(db.session().scalars(statement))


def held_about(contact_id: int) -> Iterable[DataSection]:
    """What accounts hold about a contact."""
    rows = [
        {
            _("Name"): row.user.name,
            _("Email"): row.user.email,
            _("Roles"): ", ".join(row.roles),
            _("Last signed in"): row.user.last_sign_in_at,
            _("Signed in at"): ", ".join(each.address for each in sessions.of_user(row.user.id)),
        }
        for row in people.described(of_contact(contact_id))
    ]
    written = select(OutgoingMail).where(OutgoingMail.contact_id == contact_id).order_by(OutgoingMail.id)
    mails = [
        {_("To"): row.recipient, _("Subject"): row.subject, _("Text"): row.body, _("Sent"): row.sent_at}
        for row in db.session().scalars(written)
    ]
    sections = ((_("Accounts"), rows), (_("Messages to them"), mails))
    return [DataSection(title, found) for title, found in sections if found]


def erase(contact_id: int) -> None:
    """Forget who the accounts of a contact were, in history too; that there was somebody stays. UserError
    while one of them can still sign in. What was written to them goes too. Inside a transaction."""
    db.session().execute(delete(OutgoingMail).where(OutgoingMail.contact_id == contact_id))
    for user in of_contact(contact_id):
        if user.active:
            raise UserError(
                _("%(name)s can sign in. Disable the account first, then erase the person.", name=user.name)
            )
        sessions.shut_out(user.id)
        to_them = func.lower(OutgoingMail.recipient).in_(_addresses(user))
        delivery.forget(to_them | (OutgoingMail.user_id == user.id))
        forget_answers(_addresses(user))
        for model in (Passkey, RecoveryCode, AccountToken, KnownAddress):
            db.session().execute(delete(model).where(model.user_id == user.id))
        _make_nameless(user)


def forget_answers(addresses: Iterable[str]) -> None:
    """Messages to others stay, without these addresses, which got the answers to them. Inside a
    transaction."""
    theirs = func.lower(OutgoingMail.reply_to).in_({each.lower() for each in addresses})
    db.session().execute(update(OutgoingMail).where(theirs).values(reply_to=None))


def hand_answers_to_house(user: User) -> None:
    """Answers to messages that have still to leave go to the address that mail comes from instead of to
    somebody who left. Inside a transaction."""
    theirs = func.lower(OutgoingMail.reply_to) == user.email.lower()
    delivery.answer_to(theirs, parseaddr(runtime().config.mail_from)[1])


def forget_messages(purpose: str, addresses: Iterable[str], contact_id: int) -> None:
    """Remove what was mailed for one purpose to addresses that none but this contact has. Inside a
    transaction."""
    to = func.lower(OutgoingMail.recipient)
    others = select(Email.address_key).where(Email.contact_id != contact_id)
    named = to.in_({each.lower() for each in addresses})
    delivery.forget((OutgoingMail.purpose == purpose) & named & to.not_in(others))


def _addresses(user: User) -> set[str]:
    """The addresses that somebody has and had."""
    entries = select(JournalEntry.before, JournalEntry.after).where(
        JournalEntry.table_name == "user_account", JournalEntry.row_id == user.id
    )
    images = [image for row in db.session().execute(entries) for image in row if image]
    found = [user.email, *(image.get("email") for image in images)]
    return {str(each).lower() for each in found if each}


def _make_nameless(user: User) -> None:
    """Without a word in the journal, which would keep what it is to forget."""
    names, nobody = [user.name, user.email], _("Somebody erased")
    address = f"erased-{user.id}@example.invalid"
    users = db.table(User)
    values = {"name": nobody, "email": address, "email_key": address, "contact_id": None}
    cleared = {"password_hash": None, "totp_secret": None, "language": None, "time_zone": None}
    db.session().execute(update(users).where(users.c.id == user.id).values(**values, **cleared))
    called = history.erase("user_account", user.id, names)
    theirs = (ChangeSet.actor_user_id == user.id) | ChangeSet.action.startswith("accounts.")
    for each in db.session().scalars(select(ChangeSet).where(theirs)):
        each.summary = history.without(each.summary, called)
        if each.actor_user_id == user.id:
            each.actor_label = nobody
    db.session().flush()
    db.session().expire(user)
