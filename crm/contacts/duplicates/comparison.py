"""Several contacts side by side: every field, what hangs on each, and what refers to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.editing import FIELDS, EditableField
from crm.contacts.models import ORGANIZATION, Affiliation, Contact
from crm.contacts.services import CHILDREN, load_parts
from crm.contacts.words import NOT_BY, birth_words
from crm.fields.custom.fields import defined
from crm.fields.custom.kinds import stored_text, text_of
from crm.i18n import language_name
from crm.journal.words import noun
from crm.pages import phone
from crm.plugin_host.checks import tables_of
from crm.runtime import runtime

PARENT: Final = "parent_id"


@dataclass(frozen=True)
class Line:
    """One field of all of them: each contact's value in words, by id, those without one left out. `chosen` is
    whose value is proposed; `differs` says that there is something to choose."""

    name: str
    label: str
    values: Mapping[int, str]
    chosen: int
    differs: bool


@dataclass(frozen=True)
class Row:
    """What is kept of all of them, such as emails: by contact, in words."""

    label: str
    values: Mapping[int, Sequence[str]]


def lines(contacts: Sequence[Contact]) -> list[Line]:
    """Every field that one of them has; of those that differ the first contact's value is proposed."""
    kind = contacts[0].kind
    made = [_line(name, str(field.label), contacts, partial(_own_value, name), partial(_words, field))
            for name, field in FIELDS.items() if kind in field.kinds]  # fmt: skip
    if kind == ORGANIZATION:
        names = _parent_names(contacts)
        made.append(_line(PARENT, _("Part of"), contacts, partial(_own_value, PARENT), names.get))
    made += _custom_lines(contacts)
    return [each for each in made if each is not None]


def _own_value(name: str, contact: Contact) -> Any:
    return getattr(contact, name)


def _words(field: EditableField, value: Any) -> str:
    if field.name == "birth_date":
        return birth_words(value)
    if field.name == "language":
        return language_name(value)
    return str(field.choices[value]) if field.choices and value in field.choices else str(value)


def _custom_lines(contacts: Sequence[Contact]) -> list[Line | None]:
    """Own fields by their labels, in their order; then what an import brought under names of its own."""
    fields = {each.key: each for each in defined("contacts")}
    keys = dict.fromkeys((*fields, *(key for contact in contacts for key in contact.custom or {})))
    return [
        _line(
            f"custom:{key}",
            fields[key].label if key in fields else key,
            contacts,
            partial(_custom_value, key),
            partial(text_of, fields[key]) if key in fields else stored_text,
        )
        for key in keys
    ]


def _custom_value(key: str, contact: Contact) -> Any:
    return (contact.custom or {}).get(key)


def _line(
    name: str,
    label: str,
    contacts: Sequence[Contact],
    value_of: Callable[[Contact], Any],
    words: Callable[[Any], Any],
) -> Line | None:
    values = {each.id: value_of(each) for each in contacts}
    filled = {key: value for key, value in values.items() if value not in (None, "", [])}
    if not filled:
        return None
    differs = len({stored_text(value) for value in filled.values()}) > 1
    shown = {key: str(words(value) or value) for key, value in filled.items()}
    return Line(name, label, shown, next(iter(filled)), differs)


def _parent_names(contacts: Sequence[Contact]) -> dict[Any, str]:
    ids = [each.parent_id for each in contacts if each.parent_id]
    with system("the names of parents of organizations that the actor may merge"):
        rows = db.session().execute(select(Contact.id, Contact.name).where(db.among(Contact.id, ids)))
        return {row[0]: row[1] for row in rows}


def kept(contacts: Sequence[Contact], actor: Actor) -> list[Row]:
    """What the one that stays will have of all of them; what two have is kept once."""
    for each in contacts:
        load_parts(each)
    rows = [
        Row(label, {each.id: words(each) for each in contacts})
        for label, words in (
            (_("Emails"), lambda c: [row.address for row in c.emails]),
            (_("Phones"), lambda c: [_phone(row) for row in c.phones]),
            (_("Addresses"), lambda c: [_address(row) for row in c.addresses]),
            (_("Web pages"), lambda c: [row.url for row in c.links]),
            (_("Tags"), lambda c: sorted(row.tag.name for row in c.tags)),
            (
                _("Do not contact"),
                lambda c: [str(NOT_BY.get(row.channel, row.channel)) for row in c.do_not_contact],
            ),
            (_("Belongs to"), lambda c: _belongs_to(c, actor)),
        )
    ]
    return [each for each in rows if any(each.values.values())]


def _phone(row: Any) -> str:
    return " ".join(filter(None, (phone(row.number), row.extension and f"x{row.extension}")))


def _address(row: Any) -> str:
    return ", ".join(filter(None, (row.street, row.street2, row.city, row.region, row.postal_code)))


def _belongs_to(contact: Contact, actor: Actor) -> list[str]:
    """Affiliations with those whom the actor may see, as “Nurse, Harbor”."""
    own, other = Affiliation.person_id, Affiliation.organization_id
    if contact.kind == ORGANIZATION:
        own, other = other, own
    statement = visible(Contact, actor).join(Affiliation, other == Contact.id).where(own == contact.id)
    rows = statement.with_only_columns(Affiliation.role, Contact.name, maintain_column_froms=True)
    found = db.session().execute(rows.order_by(Contact.sort_name, Affiliation.id).limit(30))
    return [", ".join(filter(None, row)) for row in found]


def referring(contacts: Sequence[Contact]) -> list[tuple[str, Mapping[int, int]]]:
    """What else refers to each of them, plugins' rows too: the name of each kind and how many by contact,
    most first. What stands above by name is left out."""
    ids = [each.id for each in contacts]
    shown = {db.table(model).name for model, _column in CHILDREN} - {"note", "attachment", "contact_former"}
    found: dict[str, dict[int, int]] = {}
    for plugin in runtime().plugins.plugins:
        for table in tables_of(plugin):
            for key in table.foreign_keys:
                if key.column.table.name == "contact" and table.name not in shown:
                    _count(table, key.parent, ids, found)
    return sorted(found.items(), key=lambda each: -sum(each[1].values()))


def _count(table: Any, column: Any, ids: Sequence[int], found: dict[str, dict[int, int]]) -> None:
    counted = select(column, func.count()).where(db.among(column, ids)).group_by(column)
    with system("a plan of a merge counts what refers to contacts that the actor may merge"):
        rows = db.session().execute(counted.select_from(table)).all()
    label = _("Organizations below") if table.name == "contact" else noun(table.name)
    for contact_id, count in rows:
        counts = found.setdefault(label, {})
        counts[contact_id] = counts.get(contact_id, 0) + count
