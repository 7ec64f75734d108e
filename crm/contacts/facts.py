"""The facts of a contact's page, each changed in place by a click on it. Written in Python, for a page has a
dozen of them."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from crm.addresses import address
from crm.contacts.editing import EditableField
from crm.contacts.models import Contact
from crm.contacts.words import birth_words
from crm.fields.cells import text
from crm.i18n import gettext as _
from crm.i18n import language_name


def fact(contact: Contact, field: EditableField, can_edit: bool, focused: bool = False) -> Markup:
    """One fact; `focused` where its reader has just come back to it."""
    return Markup(_fact(contact, field, can_edit, focused))  # noqa: S704  # Escaped part by part.


def facts(contact: Contact, fields: Iterable[EditableField], can_edit: bool) -> Markup:
    """Several, each in a place of its own."""
    return Markup(  # noqa: S704  # Escaped part by part.
        "".join(
            f'<div class="rc-fact" id="fact-{each.name}">{_fact(contact, each, can_edit, False)}</div>'
            for each in fields
        )
    )


def _fact(contact: Contact, field: EditableField, can_edit: bool, focused: bool) -> str:
    label, shown = text(field.label), text(_shown(contact, field))
    if not can_edit:
        return f'<dt>{label}</dt><dd><span class="rc-note">{shown or "–"}</span></dd>'
    target = text(address("contacts.field", contact_id=contact.id, name=field.name))
    if shown:
        change = text(_("Change %(field)s", field=field.label))
        words = f'<span class="rc-note">{shown}</span><span class="visually-hidden">, {change}</span>'
    else:
        add = text(_("Add"))
        words = f'<span class="rc-nothing">{add}</span><span class="visually-hidden"> {label}</span>'
    return (
        f'<dt>{label}</dt><dd><button type="button" class="rc-editable" hx-get="{target}" '
        f'hx-target="#fact-{field.name}" hx-swap="innerHTML"{" data-autofocus" if focused else ""}>'
        f"{words}</button></dd>"
    )


def _shown(contact: Contact, field: EditableField) -> Any:
    value = getattr(contact, field.name)
    if not value:
        return ""
    if field.choices:
        return field.choices.get(value) or value
    if field.name == "birth_date":
        return birth_words(value)
    return language_name(value) if field.name == "language" else value
