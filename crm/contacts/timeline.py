"""What happened with a contact, newest first: notes, changes, and what plugins add."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.contacts import told
from crm.contacts.models import Contact, Note
from crm.journal import history
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api.types import TimelineEntry
from crm.plugin_host.host import Failure
from crm.runtime import runtime

PAGE = 20
MOST_ROUNDS = 5
TELL_THEMSELVES = ("contacts.note", "activities.log", "activities.mail", "campaigns.ask")
"""Changes whose notes, activities and asks stand in the timeline themselves."""


@dataclass(frozen=True)
class Page:
    """Some entries; `older` is the moment before which more may be found, None at the end."""

    entries: list[TimelineEntry]
    older: datetime | None
    failures: list[Failure]


def page(
    contact: Contact,
    actor: Actor,
    before: datetime | None = None,
    size: int = PAGE,
    *,
    everything: bool = True,
) -> Page:
    """The newest entries of all features and plugins before a moment, merged; without `everything`, those
    alone that are more than an edited field."""
    shown: list[TimelineEntry] = []
    for _round in range(MOST_ROUNDS):
        found = _page(contact, actor, before, size)
        shown += [each for each in found.entries if everything or not each.minor]
        if everything or len(shown) >= size // 2 or found.older is None:
            break
        before = found.older
    return Page(shown, found.older, found.failures)


def _page(contact: Contact, actor: Actor, before: datetime | None, size: int) -> Page:
    answers = [
        answer
        for _plugin, answer in runtime().plugins.each(
            "crm_timeline_entries", contact=contact, actor=actor, before=before, limit=size + 1
        )
    ]
    entries = [each for each in answers if isinstance(each, TimelineEntry)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    failures = [each for each in answers if isinstance(each, Failure)]
    if len(entries) <= size:
        return Page(entries, None, failures)
    last = entries[size - 1].at
    # What happened at the very moment where a page ends belongs to that page; the next begins before it.
    shown = [each for each in entries if each.at >= last]
    return Page(shown, last if len(entries) > len(shown) else None, failures)


def entries(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """Notes and changes of one contact."""
    yield from _notes(contact.id, before, limit)
    yield from _changes(contact.id, actor, before, limit)


def _notes(contact_id: int, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    statement = select(Note).where(Note.contact_id == contact_id)
    if before is not None:
        statement = statement.where(Note.created_at < before)
    notes: Sequence[Note] = (
        db.session().scalars(statement.order_by(Note.created_at.desc(), Note.id.desc()).limit(limit)).all()
    )
    for note in notes:
        yield TimelineEntry(note.created_at, "note", _("Note"), note.body, note.author_label or _("Imported"))


def _changes(contact_id: int, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """Change sets that touched the contact; those that tell themselves are left out."""
    touched = select(JournalEntry.change_set_id).where(
        JournalEntry.subject_table == db.table(Contact).name, JournalEntry.subject_id == contact_id
    )
    statement = select(ChangeSet.id).where(
        ChangeSet.id.in_(touched), ChangeSet.action.not_in(TELL_THEMSELVES)
    )
    if before is not None:
        statement = statement.where(ChangeSet.at < before)
    statement = statement.order_by(ChangeSet.at.desc(), ChangeSet.id.desc()).limit(limit)
    ids = db.session().execute(statement).scalars().all()
    acts = history.acts_of(ids, actor)
    history.fill(acts, db.table(Contact).name, contact_id, actor)
    for act in acts:
        if act.lines and all(line.table == told.NOTES for line in act.lines):
            continue  # Nothing but a note, which stands here itself.
        change, (first, *rest) = act.change_set, told.sentences(act)
        address = url_for("journal.show", change_set_id=change.id)
        yield TimelineEntry(
            change.at,
            told.icon(act),
            first,
            "\n".join(rest),
            change.actor_label,
            address,
            told.is_minor(act),
        )
