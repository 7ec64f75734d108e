"""Whom a message is with: its addresses, and the contacts that have them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.services.users import email_key
from crm.accounts.sessions import actor_for
from crm.activities.mail import forwards
from crm.activities.mail.reading import Address, File, Message
from crm.activities.permissions import EDIT
from crm.contacts.models import Contact, Email
from crm.runtime import runtime
from crm.transfer.cleaning.text import squash


@dataclass(frozen=True)
class Letter:
    """A message as it is logged: the forwarded one inside, if there is one. `people` are those it was with,
    without us and whoever sent it in."""

    message: Message
    people: tuple[Address, ...]
    subject: str
    text: str
    files: tuple[File, ...]

    @property
    def sender(self) -> str:
        return self.message.sender.address if self.message.sender else ""


def own_addresses() -> set[str]:
    """Addresses of Rollcall itself: nobody is meant by them."""
    config = runtime().config
    user = unquote(urlsplit(config.imap_url).username or "") if config.imap_url else ""
    given = (config.mailbox, parseaddr(config.mail_from)[1], user)
    return {each.strip().lower() for each in given if "@" in each}


def author_of(message: Message) -> User | None:
    """The account from whose address a message comes, when it is in use and may log activities."""
    if message.sender is None:
        return None
    statement = select(User).where(User.email_key == email_key(message.sender.address), User.active)
    with system("an address names an account"):
        user = db.session().scalars(statement).one_or_none()
    return user if user is not None and actor_for(user).can(EDIT) else None


def letter(message: Message, author: User | None) -> Letter:
    """What is to be logged of a message."""
    ours = own_addresses()
    author_key = email_key(message.sender.address) if message.sender and author else ""
    zone = ZoneInfo((author.time_zone if author else None) or runtime().config.time_zone)
    outside = [each for each in message.recipients if each.address not in {*ours, author_key}]
    inside = forwards.original(message, zone)
    if inside is None or not (forwards.looks_forwarded(message) or not outside):
        senders = [message.sender] if message.sender and not author else []
        people = _distinct([*senders, *outside], {*ours, author_key})
        return Letter(message, people, message.subject, message.text, message.files)
    senders = [inside.sender] if inside.sender else []
    senders += [message.sender] if message.sender and not author else []
    files = (*message.files, *(file for each in message.inner[:1] for file in each.files))
    return Letter(
        _dated(message, inside),
        _distinct([*senders, *inside.recipients, *outside], {*ours, author_key}),
        inside.subject or forwards.SUBJECTS.sub("", message.subject),
        "\n\n".join(part for part in (inside.comment, inside.text) if part),
        files,
    )


def _dated(message: Message, inside: forwards.Original) -> Message:
    at = inside.at or message.at
    return Message(
        message.message_id, message.sender, message.recipients, at, message.subject, message.text,
        message.files, message.inner,
    )  # fmt: skip


def _distinct(found: Iterable[Address], but: set[str]) -> tuple[Address, ...]:
    """Each address once, with the first name that it has."""
    kept: dict[str, Address] = {}
    for each in found:
        if each.address not in but and (each.address not in kept or not kept[each.address].name):
            kept[each.address] = each
    return tuple(kept.values())


def contacts_of(people: Iterable[Address], actor: Actor) -> dict[str, list[tuple[int, str]]]:
    """For each address the contacts with it that the actor may see, as id and name."""
    keys = [each.address for each in people]
    statement = (
        visible(Contact, actor)
        .join(Email, Email.contact_id == Contact.id)
        .where(Email.address_key.in_(keys))
        .order_by(Contact.sort_name, Contact.id)
        .with_only_columns(Email.address_key, Contact.id, Contact.name)
    )
    found: dict[str, list[tuple[int, str]]] = {key: [] for key in keys}
    for key, contact_id, name in db.session().execute(statement):
        if (contact_id, name) not in found[key]:
            found[key].append((contact_id, name))
    return found


def unknown(people: Iterable[Address], found: Mapping[str, list[tuple[int, str]]]) -> list[Address]:
    """Those for whom somebody must choose: nobody or several have the address, and it is no colleague's."""
    unsure = [each for each in people if len(found[each.address]) != 1]
    nobody = [each.address for each in unsure if not found[each.address]]
    with system("colleagues need not be contacts"):
        accounts = set(db.session().scalars(select(User.email_key).where(User.email_key.in_(nobody))))
    return [each for each in unsure if email_key(each.address) not in accounts or found[each.address]]


def subject_of(letter: Letter) -> str:
    return squash(letter.subject) or _("Email without a subject")
