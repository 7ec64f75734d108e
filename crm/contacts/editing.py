"""Editing in place: one field or one group of rows at a time, never over somebody else's change.

A form carries what its reader saw. When the record says something else by then, nothing is written and the
reader chooses between the two.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.contacts import reach, services
from crm.contacts.models import Address, Affiliation, Contact, ContactTag, DoNotContact, Email, Link, Phone
from crm.contacts.words import ADDRESS_LABELS, EMAIL_LABELS, LINK_LABELS, PHONE_LABELS, SECTORS
from crm.errors import Conflict, UserError
from crm.i18n import lazy_gettext
from crm.transfer.cleaning.labels import clean_language
from crm.transfer.cleaning.text import clean_note, squash


@dataclass(frozen=True)
class EditableField:
    """A field of a contact that can be changed in place. `kinds` says for whom it exists."""

    name: str
    label: Any
    input: str = "text"
    kinds: tuple[str, ...] = ("person", "organization")
    choices: Mapping[str, Any] | None = None
    clean: Callable[[str], str | None] = lambda text: squash(text)[:500] or None


def _choice(text: str) -> str | None:
    if text and text not in SECTORS:
        raise UserError(_("Choose one of the sectors of the list."))
    return text or None


def _long(text: str) -> str | None:
    if len(text) > 20_000:
        raise UserError(_("This holds at most 20,000 characters."))
    return clean_note(text) or None


_PERSON = ("person",)
FIELDS: dict[str, EditableField] = {
    field.name: field
    for field in (
        EditableField("name", lazy_gettext("Name"), kinds=("organization",)),
        EditableField("prefix", lazy_gettext("Title"), kinds=_PERSON),
        EditableField("given_name", lazy_gettext("Given name"), kinds=_PERSON),
        EditableField("middle_name", lazy_gettext("Middle name"), kinds=_PERSON),
        EditableField("family_name", lazy_gettext("Family name"), kinds=_PERSON),
        EditableField("suffix", lazy_gettext("Suffix"), kinds=_PERSON),
        EditableField("nickname", lazy_gettext("Nickname"), kinds=_PERSON),
        EditableField("pronouns", lazy_gettext("Pronouns"), kinds=_PERSON),
        EditableField("job_title", lazy_gettext("Job title"), kinds=_PERSON),
        EditableField("birth_date", lazy_gettext("Birth date"), kinds=_PERSON, clean=services.birth_date),
        EditableField("language", lazy_gettext("Language"), clean=lambda text: clean_language(text) or None),
        EditableField("sector", lazy_gettext("Sector"), "choice", choices=SECTORS, clean=_choice),
        EditableField("external_id", lazy_gettext("External id")),
        EditableField("description", lazy_gettext("About"), "long", clean=_long),
    )
}


@dataclass(frozen=True)
class RowGroup:
    """Rows that are edited together: a contact's emails, phones, addresses or links."""

    name: str
    label: Any
    attribute: str
    model: Any
    columns: tuple[tuple[str, Any], ...]
    labels: Mapping[str, Any]
    save: Callable[[Contact, Sequence[Mapping[str, Any]]], None]
    has_primary: bool = True
    input_type: str = "text"
    marks: tuple[tuple[str, Any], ...] = ()
    """What can be ticked for one row."""


GROUPS: dict[str, RowGroup] = {
    group.name: group
    for group in (
        RowGroup(
            "emails",
            lazy_gettext("Email"),
            "emails",
            Email,
            (("address", lazy_gettext("Address")),),
            EMAIL_LABELS,
            reach.set_emails,
            input_type="email",
            marks=(("no_mail", lazy_gettext("No mail to this one")),),
        ),
        RowGroup(
            "phones",
            lazy_gettext("Phone"),
            "phones",
            Phone,
            (("number", lazy_gettext("Number")), ("extension", lazy_gettext("Extension"))),
            PHONE_LABELS,
            reach.set_phones,
            input_type="tel",
        ),
        RowGroup(
            "addresses",
            lazy_gettext("Postal address"),
            "addresses",
            Address,
            (
                ("street", lazy_gettext("Street")),
                ("street2", lazy_gettext("Second line")),
                ("city", lazy_gettext("City")),
                ("region", lazy_gettext("State")),
                ("postal_code", lazy_gettext("ZIP code")),
                ("country", lazy_gettext("Country")),
            ),
            ADDRESS_LABELS,
            reach.set_addresses,
        ),
        RowGroup(
            "links",
            lazy_gettext("Web"),
            "links",
            Link,
            (("url", lazy_gettext("Address")),),
            LINK_LABELS,
            reach.set_links,
            has_primary=False,
        ),
    )
}


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the same thing meanwhile: what it says now, and what was about to be saved."""

    theirs: str
    mine: str


def hold(contact: Contact) -> None:
    """Read the contact again and keep others from changing it until the transaction ends."""
    db.session().refresh(contact, with_for_update=True)


def set_field(contact: Contact, field: EditableField, text: str, seen: str, actor: Actor) -> Clash | None:
    """Change one field unless it no longer says what its reader saw; then nothing is written."""
    value = field.clean(text)
    hold(contact)
    present = getattr(contact, field.name) or ""
    if present not in {seen, value or ""}:
        return Clash(present, value or "")
    if (value or "") == present:
        return None
    if field.name in services.NAME_PARTS:
        services.rename_person(contact, field.name, value)
    elif field.name == "name":
        services.apply_names(contact, {"name": value})
    else:
        _set_plain(contact, field.name, value, actor)
    services.touch(contact)
    return None


def _set_plain(contact: Contact, name: str, value: str | None, actor: Actor) -> None:
    if name == "external_id":
        services.refuse_taken_id(value, actor, contact.id)
    setattr(contact, name, value)


def mark(*values: Any) -> str:
    """Values as one short text to compare: what somebody saw in a form, and what is there now."""
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:16]


def tags_mark(contact: Contact) -> str:
    rows = select(ContactTag.tag_id).where(ContactTag.contact_id == contact.id).order_by(ContactTag.tag_id)
    return mark(list(db.session().execute(rows).scalars()))


def wishes_mark(contact: Contact) -> str:
    return mark(sorted((row.channel, row.reason) for row in reach.present(contact, DoNotContact)))


def affiliation_mark(affiliation: Affiliation) -> str:
    names = ("role", "department", "start_date", "end_date", "is_primary")
    return mark([getattr(affiliation, name) for name in names])


def require_seen(seen: str | None, present: str) -> None:
    """Conflict when a form that says what its reader saw saw something else than what is there now."""
    if seen is not None and seen != present:
        raise Conflict(
            _(
                "Somebody else changed this while you were typing, so nothing was saved. Reload the page to "
                "see what it says now."
            )
        )


def fingerprint(contact: Contact, group: RowGroup) -> str:
    """What the rows of a group say, as one short text to compare."""
    names = ["id", "label", *(name for name, _label in (*group.columns, *group.marks))]
    rows = [[getattr(row, name) for name in names] for row in reach.present(contact, group.model)]
    return mark(rows)


def set_rows(contact: Contact, group: RowGroup, rows: Sequence[Mapping[str, Any]], seen: str) -> bool:
    """Make the group's rows be these; False, with nothing written, when somebody changed them meanwhile."""
    hold(contact)
    if fingerprint(contact, group) != seen:
        return False
    group.save(contact, rows)
    services.touch(contact)
    return True
