"""Events and contacts: what happens to guests when contacts are merged, handed over or erased."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select, update

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.events.models import Event, Guest
from crm.events.words import ANSWERS, NONE, YES
from crm.journal import erasing
from crm.journal.models import ChangeSet
from crm.journal.recorder import ENTRIES
from crm.plugin_api.types import DataSection

STRENGTH = ("none", "no", "maybe", "waiting", "yes")
"""Answers of two guests who turn out to be one: the later answer counts, then the stronger."""


def merge(survivor: Contact, loser: Contact) -> None:
    """Guests become the survivor's; two at one event become one and keep the stronger facts."""
    with system("a merge moves every row of both"):
        for row in db.session().scalars(select(Guest).where(Guest.organization_id == loser.id)):
            row.organization_id = survivor.id
        mine = {row.event_id: row for row in _of(survivor.id)}
        for row in _of(loser.id):
            kept = mine.get(row.event_id)
            if kept is None:
                row.contact_id = survivor.id
            else:
                _join(kept, row)
                db.session().delete(row)
        db.session().flush()


def _of(contact_id: int) -> Sequence[Guest]:
    return db.session().scalars(select(Guest).where(Guest.contact_id == contact_id).order_by(Guest.id)).all()


def _join(kept: Guest, gone: Guest) -> None:
    if _weight(gone) > _weight(kept):
        kept.answer, kept.answered_at, kept.queued_at = gone.answer, gone.answered_at, gone.queued_at
    kept.checked_in_at = min(filter(None, (kept.checked_in_at, gone.checked_in_at)), default=None)
    kept.invited_at = min(filter(None, (kept.invited_at, gone.invited_at)), default=None)
    kept.organization_id = kept.organization_id or gone.organization_id
    kept.note = "\n".join(dict.fromkeys(filter(None, (kept.note, gone.note))))
    kept.is_walk_in = kept.is_walk_in and gone.is_walk_in


def _weight(guest: Guest) -> tuple[bool, bool, int]:
    """A seat is the strongest, then any answer over none."""
    return guest.answer == YES, guest.answer != NONE, STRENGTH.index(guest.answer)


def held_about(contact: Contact) -> Iterable[DataSection]:
    """The events that somebody was invited to, and those where somebody stood for the organization."""
    statement = (
        select(Guest, Event.title, Event.starts_at)
        .join(Event, Event.id == Guest.event_id)
        .where(or_(Guest.contact_id == contact.id, Guest.organization_id == contact.id))
        .order_by(Event.starts_at)
    )
    with system("everything held about one contact"):
        rows = db.session().execute(statement).all()
    own = [_in_words(*row) for row in rows if row[0].contact_id == contact.id]
    stood = [_in_words(*row) for row in rows if row[0].contact_id != contact.id]
    return [
        DataSection(title, found)
        for title, found in ((_("Events"), own), (_("Events where somebody stood for them"), stood))
        if found
    ]


def _in_words(guest: Guest, title: str, starts_at: Any) -> dict[str, Any]:
    return {
        _("Event"): title,
        _("Begin"): starts_at,
        _("Answer"): f"{ANSWERS[guest.answer]} ({guest.answer})",
        _("Answered"): guest.answered_at,
        _("Note"): guest.note,
        _("Invited"): guest.invited_at,
        _("Came"): guest.checked_in_at,
    }


def remove(ids: Sequence[int]) -> None:
    """Contacts are deleted: they are nobody's guests, and nobody speaks for them. Inside a transaction."""
    change, guests = db.current_change(), db.table(Guest)
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        gone = select(guests.c.id).where(db.among(guests.c.contact_id, ids))
        change.delete(guests, db.session().execute(gone).scalars())
        spoken_for = select(guests.c.id).where(db.among(guests.c.organization_id, ids))
        change.update(guests, db.session().execute(spoken_for).scalars(), {"organization_id": None})


def erase(contact: Contact) -> None:
    """Remove somebody from every event and from the history of events; where they were an organization that
    others stood for, those stand for themselves."""
    table = db.table(Guest)
    change = db.current_change()
    assert change is not None
    with system("erasing all there is about one contact"):
        db.session().flush()
        change.flush_created()
        _forget(contact.id, contact.name)
        db.session().execute(delete(table).where(table.c.contact_id == contact.id))
        stood = update(table).where(table.c.organization_id == contact.id)
        db.session().execute(stood.values(organization_id=None))


def _forget(contact_id: int, name: str) -> None:
    """History of guests is the event's, so it is not found as the contact's own."""
    guests = ENTRIES.c.table_name == db.table(Guest).name
    images = (ENTRIES.c.before, ENTRIES.c.after)
    # What an edit changed is all that its images hold, so the guest is known by the entry that made it.
    rows = set(db.session().execute(select(Guest.id).where(Guest.contact_id == contact_id)).scalars())
    own = or_(*(image["contact_id"].as_integer() == contact_id for image in images))
    rows.update(db.session().execute(select(ENTRIES.c.row_id).where(guests, own)).scalars())
    stood = or_(*(image["organization_id"].as_integer() == contact_id for image in images))
    about = guests & or_(db.among(ENTRIES.c.row_id, sorted(rows)), own, stood)
    sets = set(db.session().execute(select(ENTRIES.c.change_set_id).where(about)).scalars())
    db.session().execute(delete(ENTRIES).where(about))
    for each in db.session().scalars(select(ChangeSet).where(db.among(ChangeSet.id, list(sets)))):
        left = select(func.count()).where(ENTRIES.c.change_set_id == each.id)
        each.entries = db.session().scalar(left) or 0
        each.summary = erasing.without(each.summary, [name])


def end_links(guest_id: int | None = None) -> None:
    """After a restore no link of an invitation works, for it may have been withdrawn since the backup; or end
    those of one guest. Past history, for what undo would revive is a link that somebody wanted to end."""
    table = db.table(Guest)
    statement = update(table).values(link_version=table.c.link_version + 1)
    with system("links end after a restore, or those of a guest who was loaded for the actor"):
        db.session().execute(statement if guest_id is None else statement.where(table.c.id == guest_id))
