"""Notes, and what somebody does not want."""

from collections.abc import Mapping

from flask_babel import gettext as _

from crm import db
from crm.access.actor import Actor
from crm.contacts.models import (
    Contact,
    DoNotContact,
    Note,
)
from crm.contacts.reach import present
from crm.contacts.services.touching import touch
from crm.errors import Conflict, UserError
from crm.i18n import today
from crm.transfer.cleaning.text import clean_note, squash


def change_note(note: Note, body: str, seen: str) -> None:
    """Change a note unless somebody else did meanwhile."""
    if seen and clean_note(seen) != note.body:
        raise Conflict(
            _(
                "Somebody else changed this note while you were typing. "
                "Put together what is right and save again."
            )
        )
    note.body = checked_note(body)
    note.updated_at = db.now()


def checked_note(body: str) -> str:
    """The clean text of a note; raises UserError when it is empty or longer than 20,000 characters."""
    body = clean_note(body)
    if not body:
        raise UserError(_("Write something before you save the note."))
    if len(body) > 20_000:
        raise UserError(_("A note holds at most 20,000 characters; this one has %(count)s.", count=len(body)))
    return body


def add_note(contact: Contact, body: str, actor: Actor) -> Note:
    """Add a note; raises UserError when there is nothing in it or too much."""
    body = checked_note(body)
    note = Note(contact_id=contact.id, body=body, author_user_id=actor.user_id, author_label=actor.label)
    db.session().add(note)
    touch(contact)
    return note


def set_do_not_contact(contact: Contact, channels: Mapping[str, str]) -> None:
    """The channels by which somebody is not to be contacted, each with its reason; others are allowed."""
    kept = {row.channel: row for row in present(contact, DoNotContact)}
    for channel, row in kept.items():
        if channel not in channels:
            db.session().delete(row)
    for channel, reason in channels.items():
        if channel in kept:
            kept[channel].reason = squash(reason)
        else:
            row = DoNotContact(channel=channel, reason=squash(reason), since=today())
            row.contact_id = contact.id
            db.session().add(row)
    touch(contact)
