"""Everything that is held about one contact, for handing it over: the contact's own part, and all parts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access.guard import system
from crm.contacts.models import (
    Address,
    Affiliation,
    Attachment,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    FormerContact,
    Link,
    NotDuplicate,
    Note,
    Phone,
    Tag,
)
from crm.contacts.words import COLUMN_WORDS
from crm.i18n import day, exact, lazy_gettext
from crm.journal.models import ChangeSet, JournalEntry
from crm.journal.words import column_label, field_of, noun
from crm.pages import choice_words
from crm.plugin_api.types import DataSection
from crm.runtime import runtime

TECHNICAL = frozenset({"contact_id", "person_id", "organization_id", "storage_key", "sort_name", "name_key"})
"""Columns that say nothing about anybody."""


KEYS = TECHNICAL | {"id", "version", "address_key", "photo_key", "sha256", "author_user_id"}
"""Columns that stand in the file but say nothing to a reader."""


@dataclass(frozen=True)
class Part:
    """One section as it is handed over: who holds it, its title, its rows as text, and what one must know
    before one erases it."""

    source: str
    title: str
    rows: Sequence[Mapping[str, Any]]
    warning: str = ""


def everything(contact: Contact) -> list[Part]:
    """What every feature and plugin holds about a contact, the core first; empty sections are left out."""
    found = []
    with system("everything held about one contact, asked for by whoever may hand it over"):
        for plugin, section in runtime().plugins.collect("crm_contact_export", contact=contact):
            rows = [dict(row) for row in section.rows]
            if rows:
                found.append(Part(str(plugin.info.label), str(section.title), rows, str(section.warning)))
    return found


def readable(part: Part) -> list[list[tuple[str, str]]]:
    """The rows of a part as people read them: names of fields and values in words, keys left out."""
    return [
        [
            (_label(name), _value(name, value))
            for name, value in row.items()
            if name not in KEYS and value is not None
        ]
        for row in part.rows
    ]


def _label(name: str) -> str:
    return column_label(db.table(Contact).name, name)


OPERATIONS = {
    "insert": lazy_gettext("added"),
    "update": lazy_gettext("changed"),
    "delete": lazy_gettext("removed"),
}


def _value(name: str, value: Any) -> str:
    """A value in words, by the column it comes from."""
    if name == "table":
        return noun(value)
    if name == "operation":
        return str(OPERATIONS.get(value, value))
    if name in COLUMN_WORDS and value not in (None, ""):
        return COLUMN_WORDS[name](value)
    field = field_of(db.table(Contact).name, name)
    if field is not None and field.choices is not None and isinstance(value, str):
        return choice_words(field, value)
    return _in_words(value)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping):
        shown = {
            name: each for name, each in value.items() if name not in KEYS and each not in (None, "", {})
        }
        return "\n".join(f"{_label(name)}: {_value(name, each)}" for name, each in shown.items())
    return str(value)


def sections(contact: Contact) -> Iterable[DataSection]:
    """What contacts themselves hold: the record, what hangs on it, and its history."""
    yield DataSection(_("Record"), [_row(contact)])
    for title, model in (
        (_("Email addresses"), Email),
        (_("Phone numbers"), Phone),
        (_("Postal addresses"), Address),
        (_("Web pages"), Link),
        (_("Do not contact"), DoNotContact),
        (_("Notes"), Note),
        (_("Files"), Attachment),
        (_("Merged records"), FormerContact),
    ):
        rows = db.session().scalars(select(model).where(_contact_id(model) == contact.id)).all()
        yield DataSection(title, [_row(each) for each in rows])
    yield DataSection(_("Tags"), _tags(contact.id))
    yield DataSection(_("Affiliations"), _affiliations(contact.id))
    yield DataSection(_("Not duplicates"), _found_to_be_two(contact.id))
    yield DataSection(_("History"), _history(contact.id))


def _contact_id(model: Any) -> Any:
    return model.contact_id


def _row(record: Any) -> dict[str, Any]:
    """A row's columns that hold something, as they are stored."""
    columns = db.table(type(record)).columns
    values = {column.name: getattr(record, column.name) for column in columns if column.name not in TECHNICAL}
    return {name: value for name, value in values.items() if value not in (None, "", {})}


def _tags(contact_id: int) -> list[dict[str, Any]]:
    statement = (
        select(Tag.name, ContactTag.created_at)
        .join(ContactTag, ContactTag.tag_id == Tag.id)
        .where(ContactTag.contact_id == contact_id)
        .order_by(Tag.name_key)
    )
    return [dict(row._mapping) for row in db.session().execute(statement)]


def _affiliations(contact_id: int) -> list[dict[str, Any]]:
    person, organization = aliased(Contact, name="person"), aliased(Contact, name="organization")
    statement = (
        select(Affiliation, person.name, organization.name)
        .join(person, person.id == Affiliation.person_id)
        .join(organization, organization.id == Affiliation.organization_id)
        .where(or_(Affiliation.person_id == contact_id, Affiliation.organization_id == contact_id))
        .order_by(Affiliation.id)
    )
    return [
        {"person": person_name, "organization": organization_name, **_row(affiliation)}
        for affiliation, person_name, organization_name in db.session().execute(statement)
    ]


def _found_to_be_two(contact_id: int) -> list[dict[str, Any]]:
    """That somebody found this contact and another to be two; the other is not named."""
    statement = select(NotDuplicate).where(
        or_(NotDuplicate.first_id == contact_id, NotDuplicate.second_id == contact_id)
    )
    return [
        {"created_at": each.created_at, "author_user_id": each.author_user_id}
        for each in db.session().scalars(statement.order_by(NotDuplicate.id))
    ]


def _history(contact_id: int) -> list[dict[str, Any]]:
    statement = (
        select(ChangeSet, JournalEntry)
        .join(JournalEntry, JournalEntry.change_set_id == ChangeSet.id)
        .where(JournalEntry.subject_table == "contact", JournalEntry.subject_id == contact_id)
        .order_by(JournalEntry.id)
    )
    return [
        {
            "at": change.at,
            "by": change.actor_label,
            "what": change.summary,
            "table": entry.table_name,
            "operation": entry.operation,
            "before": entry.before,
            "after": entry.after,
        }
        for change, entry in db.session().execute(statement)
    ]
