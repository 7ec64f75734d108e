"""Contacts as the neutral records that exports, vCards and data copies are written from; in sets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.contacts.emailing import silent_addresses
from crm.contacts.files import storage
from crm.contacts.models import (
    ORGANIZATION,
    Address,
    Affiliation,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Link,
    Note,
    Phone,
    Tag,
)
from crm.transfer import own, record

SAME_NAME = (
    "external_id",
    "birth_date",
    "pronouns",
    "language",
    "job_title",
    "sector",
    "description",
)
PERSON_NAME = ("prefix", "given_name", "middle_name", "family_name", "suffix", "nickname")

Grouped = Mapping[int, Sequence[Row[Any]]]


def record_of(contact_id: int, actor: Actor, *, photo: bool = False) -> record.ContactRecord:
    """One contact as a record; KeyError when the actor may not see it."""
    return records_of([contact_id], actor, photo=photo)[contact_id]


def records_of(ids: Iterable[int], actor: Actor, *, photo: bool = False) -> dict[int, record.ContactRecord]:
    """Those of the contacts that the actor may see, as records by id, in the order of `ids`.

    Eleven queries however many there are; ask for at most some thousand at a time.
    """
    wanted = list(ids)
    statement = visible(Contact, actor).where(db.among(Contact.id, wanted))
    found = {row.id: row for row in db.session().execute(statement.with_only_columns(*_COLUMNS))}
    seen = [each for each in wanted if each in found]
    parts, silent = _parts(seen), silent_addresses(seen)
    belongs, parents = _affiliations(seen, actor), _parents(seen, actor)
    records = {}
    for each in seen:
        made = _plain(found[each])
        _add_parts(made, {name: rows.get(each, ()) for name, rows in parts.items()}, silent)
        if found[each].kind == ORGANIZATION:
            made.organization_name = parents.get(each, "")
        elif each in belongs:
            made.organization_name, made.role, made.department = belongs[each]
        if photo and found[each].photo_key:
            made.photo = storage.read(found[each].photo_key)
        records[each] = made
    return records


_COLUMNS = [
    Contact.id,
    Contact.kind,
    Contact.name,
    Contact.photo_key,
    Contact.custom,
    *(getattr(Contact, name) for name in (*SAME_NAME, *PERSON_NAME)),
]


def _plain(row: Row[Any]) -> record.ContactRecord:
    """What stands in the contact's own row."""
    made = record.ContactRecord(kind=row.kind)
    for name in SAME_NAME:
        setattr(made, name, getattr(row, name) or "")
    if row.kind == ORGANIZATION:
        made.name = row.name
    else:
        for name in PERSON_NAME:
            setattr(made, name, getattr(row, name) or "")
    made.custom = own.texts(row.custom)
    return made


def _parts(ids: Sequence[int]) -> dict[str, Grouped]:
    """The rows that hang on the contacts, by kind and contact; the main one first."""
    tags = (
        select(ContactTag.contact_id, Tag.name).join(Tag, Tag.id == ContactTag.tag_id).order_by(Tag.name_key)
    )
    return {
        "emails": _grouped(_hanging(Email, Email.is_primary.desc()), Email, ids),
        "phones": _grouped(_hanging(Phone, Phone.is_primary.desc()), Phone, ids),
        "addresses": _grouped(_hanging(Address, Address.is_primary.desc()), Address, ids),
        "links": _grouped(_hanging(Link), Link, ids),
        "tags": _grouped(tags, ContactTag, ids),
        "notes": _grouped(_hanging(Note), Note, ids),
        "do_not": _grouped(_hanging(DoNotContact), DoNotContact, ids),
    }


def _hanging(model: Any, *order: Any) -> Select[*tuple[Any, ...]]:
    return select(*db.table(model).columns).order_by(*order, model.id)


def _grouped(statement: Select[*tuple[Any, ...]], model: Any, ids: Sequence[int]) -> Grouped:
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session().execute(statement.where(db.among(model.contact_id, ids))):
        grouped[row.contact_id].append(row)
    return grouped


def _add_parts(
    made: record.ContactRecord, rows: Mapping[str, Sequence[Row[Any]]], silent: Mapping[str, str]
) -> None:
    made.emails = [record.Email(each.label, each.address, each.is_primary) for each in rows["emails"]]
    made.no_mail = {
        each.address: silent[each.address_key] for each in rows["emails"] if each.address_key in silent
    }
    made.phones = [
        record.Phone(each.label, each.number, each.extension, each.is_primary) for each in rows["phones"]
    ]
    made.addresses = [
        record.Address(
            each.label,
            each.street,
            each.street2,
            each.city,
            each.region,
            each.postal_code,
            each.country,
            each.is_primary,
        )
        for each in rows["addresses"]
    ]
    made.links = [record.Link(each.label, each.url) for each in rows["links"]]
    made.tags = [each.name for each in rows["tags"]]
    made.notes = [each.body for each in rows["notes"]]
    made.do_not = {each.channel: True for each in rows["do_not"]}


def _affiliations(ids: Sequence[int], actor: Actor) -> dict[int, tuple[str, str, str]]:
    """Organization, role and department of each person's main affiliation that has not ended."""
    statement = (
        visible(Contact, actor)
        .join(Affiliation, Affiliation.organization_id == Contact.id)
        .where(db.among(Affiliation.person_id, ids), Affiliation.is_current)
        .order_by(Affiliation.is_primary, Affiliation.id.desc())
        .with_only_columns(Affiliation.person_id, Contact.name, Affiliation.role, Affiliation.department)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in db.session().execute(statement)}


def _parents(ids: Sequence[int], actor: Actor) -> dict[int, str]:
    child = aliased(Contact, name="child")
    statement = (
        visible(Contact, actor)
        .join(child, child.parent_id == Contact.id)
        .where(db.among(child.id, ids))
        .with_only_columns(child.id, Contact.name)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}
