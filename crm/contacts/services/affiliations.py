"""Who is where: affiliations added, changed and ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import (
    Affiliation,
    Contact,
    has_ended,
)
from crm.contacts.services.records import affiliate, found_or_made
from crm.contacts.services.touching import touch
from crm.errors import UserError
from crm.i18n import day_here
from crm.transfer.cleaning.text import fold, squash


def add_affiliation(contact: Contact, values: Mapping[str, Any], actor: Actor) -> Affiliation:
    """Add an affiliation out of a form; the organization is made if it is new."""
    name = squash(values.get("organization") or "")
    if not name:
        raise UserError(_("Say which organization it is."))
    found = found_or_made(name, actor)
    kept = _affiliation_values(values)
    _refuse_twice(contact, found.id, kept)
    touch(contact)
    made = affiliate(contact, found.id, **kept)
    _lead(contact)
    return made


def _refuse_twice(
    contact: Contact, organization_id: int, kept: Mapping[str, Any], but: int | None = None
) -> None:
    """Raise UserError when the person is with this organization in this role already."""
    if has_ended(kept["end_date"]):
        return
    for other in _affiliations(contact):
        same = other.organization_id == organization_id and fold(other.role) == fold(kept["role"])
        if same and other.is_current and other.id != but:
            raise UserError(
                _("%(name)s is there in this role already. Change that entry instead.", name=contact.name)
            )


def _affiliations(contact: Contact) -> Sequence[Affiliation]:
    statement = select(Affiliation).where(Affiliation.person_id == contact.id).order_by(Affiliation.id)
    with system("a person's own affiliations decide which is primary"):
        return db.session().scalars(statement).all()


def _lead(contact: Contact) -> None:
    """One that has ended leads nothing; where none leads any more, the oldest current one does."""
    present = _affiliations(contact)
    current = [each for each in present if each.is_current]
    for each in present:
        if each.is_primary and each not in current:
            each.is_primary = False
    if current and not any(each.is_primary for each in current):
        current[0].is_primary = True
    db.session().flush()


def end_affiliation(contact: Contact, affiliation: Affiliation) -> None:
    """Somebody left today; that they were there stays known."""
    affiliation.end_date = day_here()
    if affiliation.start_date and affiliation.start_date > affiliation.end_date:
        affiliation.start_date = affiliation.end_date
    _lead(contact)
    touch(contact)


def remove_affiliation(contact: Contact, affiliation: Affiliation) -> None:
    """Take away an affiliation that never was."""
    db.session().delete(affiliation)
    db.session().flush()
    _lead(contact)
    touch(contact)


def change_affiliation(contact: Contact, affiliation: Affiliation, values: Mapping[str, Any]) -> None:
    """Change role, dates or whether it is the main one; only one of a person's is."""
    kept = _affiliation_values(values)
    _refuse_twice(contact, affiliation.organization_id, kept, affiliation.id)
    for name, value in kept.items():
        setattr(affiliation, name, value)
    if affiliation.is_primary:
        with system("a person's own affiliations decide which is primary"):
            others = select(Affiliation).where(
                Affiliation.person_id == contact.id, Affiliation.id != affiliation.id
            )
            for other in db.session().scalars(others):
                other.is_primary = False
    _lead(contact)
    touch(contact)


def _affiliation_values(values: Mapping[str, Any]) -> dict[str, Any]:
    start, end = values.get("start_date"), values.get("end_date")
    if start and end and end < start:
        raise UserError(_("The end lies before the beginning. Check the two dates."))
    return {
        "role": squash(values.get("role") or ""),
        "department": squash(values.get("department") or ""),
        "start_date": start,
        "end_date": end,
        "is_primary": bool(values.get("is_primary")),
    }
