"""Somebody who was about to be entered is here already: what was typed comes to them, as far as nothing is
known there. Every function runs inside a transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Address, Affiliation, Contact, ContactTag, Organization
from crm.contacts.reach import address_values, present
from crm.contacts.services.records import carry_over, find_organization, place
from crm.contacts.services.touching import touch
from crm.contacts.tags import tag_named
from crm.fields.custom.values import apply_custom, differing
from crm.transfer.cleaning.text import fold, squash


def carry_all_over(contact: Contact, values: Mapping[str, Any], actor: Actor) -> None:
    """Everything that the form of a new contact says, to somebody who is here; what is known stays."""
    carry_over(contact, values, actor)
    parts = [_address(contact, values), _tags(contact, values, actor), _place(contact, values, actor),
             _facts(contact, values)]  # fmt: skip
    if any(parts):
        touch(contact)
    db.session().flush()


def _facts(contact: Contact, values: Mapping[str, Any]) -> bool:
    """The sector and the custom fields that are empty; whether there were any."""
    known = differing(contact, values)
    own = {name: values[name] for name, value in known.items() if value in (None, "", [])}
    apply_custom(contact, own)
    sector = not contact.sector and values.get("sector")
    if sector:
        contact.sector = values["sector"]
    return bool(own or sector)


def _address(contact: Contact, values: Mapping[str, Any]) -> bool:
    found, there = False, present(contact, Address)
    for row in map(address_values, values.get("addresses") or ()):
        # A town alone says nothing new of somebody whose street in it is known.
        known = row is not None and any(
            all(not value or fold(getattr(each, name) or "") == fold(value) for name, value in row.items()
                if name not in {"address_key", "country"})
            for each in there
        )  # fmt: skip
        if row is not None and not known:
            db.session().add(Address(contact_id=contact.id, label="", is_primary=not there, **row))
            found = True
    return found


def _tags(contact: Contact, values: Mapping[str, Any], actor: Actor) -> bool:
    wanted = {tag_named(name, actor).id for name in values.get("tags") or () if squash(name)}
    with system("the tags of a contact that was loaded for this actor"):
        own = select(ContactTag.tag_id).where(ContactTag.contact_id == contact.id)
        wanted -= set(db.session().scalars(own))
    db.session().add_all(ContactTag(contact_id=contact.id, tag_id=each) for each in sorted(wanted))
    return bool(wanted)


def _place(contact: Contact, values: Mapping[str, Any], actor: Actor) -> bool:
    """A person gets one more organization, unless they are there now; an organization that is a part of
    another stays so. Whether that changed anything."""
    name = squash(values.get("organization") or "")
    if not name or contact.parent_id is not None:
        return False
    if isinstance(contact, Organization):
        place(contact, name, "", actor)
        return True
    found = find_organization(name, actor)
    role = squash(values.get("role") or "")
    with system("where a person that was loaded for this actor belongs"):
        there = found and db.session().scalars(
            select(Affiliation).where(
                Affiliation.person_id == contact.id, Affiliation.organization_id == found.id,
                Affiliation.is_current,
            )
        ).first()  # fmt: skip
    if not there:
        place(contact, name, role, actor)
    elif not there.role and role:
        there.role = role
    else:
        return False
    return True
