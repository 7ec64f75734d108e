"""By what somebody is known, and was known: for what is about them and not tied to them by a key, such as
what they wrote into a public form under an earlier name or address."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.duplicates import former
from crm.contacts.models import Affiliation, Contact, Email, Phone
from crm.journal.models import ChangeSet, JournalEntry
from crm.runtime import runtime
from crm.transfer.cleaning.phones import clean_phone


@dataclass(frozen=True)
class Identity:
    """Keys of names, addresses in small letters, numbers as they are stored, and ids of organizations."""

    names: frozenset[str]
    addresses: frozenset[str]
    phones: frozenset[str]
    places: frozenset[int]

    def is_called(self, given: str, family: str = "", whole: str = "") -> bool:
        """Whether a name that somebody typed is theirs, however accents and capitals are written."""
        called = names.person_name_key(given, family, whole)
        return bool(called) and called in self.names

    def has_phone(self, text: str) -> bool:
        """Whether a number that somebody typed is theirs."""
        number, _extension, _problem = clean_phone(text, runtime().config.default_region)
        return bool(number) and number in self.phones


def identity_of(contact: Contact) -> Identity:
    """What a contact has, and had as far as history knows it, with the records that became a part of it. What
    was undone is none of it. Of one that is deleted, what it had."""
    with system("by what somebody was known"):
        images = _images([contact.id, *former.records_of(contact.id)])
        present = [
            {"name": contact.name, "name_key": contact.name_key},
            {"name": " ".join(filter(None, (contact.given_name, contact.family_name)))},
        ]
        for model, columns in _PARTS.items():
            owner = model.person_id if model is Affiliation else model.contact_id
            statement = select(*(getattr(model, name) for name in columns)).where(owner == contact.id)
            present += [dict(row._mapping) for row in db.session().execute(statement)]
    images += present
    called = {image["name_key"] for image in images if image.get("name_key")}
    called |= {names.person_name_key("", "", image["name"]) for image in images if image.get("name")}
    return Identity(
        frozenset(called - {""}),
        frozenset(str(image["address_key"]).lower() for image in images if image.get("address_key")),
        frozenset(image["number"] for image in images if image.get("number")),
        frozenset(image["organization_id"] for image in images if image.get("organization_id")),
    )


_PARTS: dict[Any, tuple[str, ...]] = {
    Email: ("address_key",), Phone: ("number",), Affiliation: ("organization_id",)
}  # fmt: skip


def _images(ids: list[int]) -> list[dict[str, Any]]:
    entry = JournalEntry
    tables = (Contact.__tablename__, *(model.__tablename__ for model in _PARTS))
    statement = (
        select(entry.before, entry.after)
        .join(ChangeSet, ChangeSet.id == entry.change_set_id)
        .where(entry.subject_table == "contact", entry.subject_id.in_(ids), entry.table_name.in_(tables))
        .where(ChangeSet.undone_by_id.is_(None), ChangeSet.undoes_id.is_(None))
    )
    return [image for row in db.session().execute(statement) for image in row if image]
