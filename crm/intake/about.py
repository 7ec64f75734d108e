"""What public forms hold about contacts: merging, deleting, erasing and handing it out.

Every function that writes runs inside a transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select

from crm import db
from crm.access.guard import system
from crm.accounts.services import owners
from crm.contacts.identity import Identity, identity_of
from crm.contacts.models import Contact
from crm.intake.models import FormAnswer, HelpRequest
from crm.intake.words import ALWAYS, ANSWER_STATUSES, CONFIRM_MAIL, FIELDS
from crm.journal import erasing as history
from crm.plugin_api.types import DataSection

MODELS: tuple[Any, ...] = (FormAnswer, HelpRequest)


def of_contact(contact_id: int) -> Iterable[Any]:
    for model in MODELS:
        yield from db.session().scalars(select(model).where(model.contact_id == contact_id)).all()


def merge(survivor: Contact, loser: Contact) -> None:
    """Answers become the survivor's."""
    with system("a merge moves every row of both"):
        for row in of_contact(loser.id):
            row.contact_id = survivor.id
        db.session().flush()


def let_go(ids: Sequence[int]) -> None:
    """Contacts are deleted: their answers stay, and belong to nobody."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        for model in MODELS:
            table = db.table(model)
            rows = db.session().execute(select(table.c.id).where(db.among(table.c.contact_id, ids))).scalars()
            change.update(table, rows, {"contact_id": None})


def erase(contact: Contact) -> None:
    """Somebody is forgotten: their answers go with their history, and those that are tied to nobody where
    both address (or phone) and name are theirs. Somebody who shares the address alone is somebody else."""
    change = db.current_change()
    assert change is not None
    with system("erasing all there is about one contact"):
        db.session().flush()
        change.flush_created()
        known = identity_of(contact)
        for model in MODELS:
            table = db.table(model)
            theirs = _theirs(table, contact, known)
            history.erase_ties(table, "contact_id", contact.id, [contact.name])
            history.erase_rows(table.name, theirs, [contact.name])
            gone = delete(table).where(db.among(table.c.id, theirs)).returning(table.c.email)
            addresses = set(db.session().execute(gone).scalars()) - {""}
            owners.forget_messages(CONFIRM_MAIL, addresses - _still_used(table, addresses), contact.id)


def _still_used(table: Any, addresses: set[str]) -> set[str]:
    return set(db.session().execute(select(table.c.email).where(table.c.email.in_(addresses))).scalars())


def _theirs(table: Any, contact: Contact, known: Identity) -> list[int]:
    """Answers that are tied to somebody, that were until the contact was deleted, and those that are tied to
    nobody where both the name and a way to reach them are or were theirs."""
    columns = (table.c.id, table.c.given_name, table.c.family_name, table.c.email, table.c.phone)
    tied = select(table.c.id).where(table.c.contact_id == contact.id)
    let_go = history.rows_let_go_of(table, "contact_id", contact.id)
    free = table.c.contact_id.is_(None)
    reached = or_(func.lower(table.c.email).in_(known.addresses), table.c.email == "")
    near = [
        row.id
        for row in db.session().execute(select(*columns).where(free, reached))
        if known.is_called(row.given_name, row.family_name) and (row.email or known.has_phone(row.phone))
    ]
    return sorted({*db.session().execute(tied).scalars(), *let_go, *near})


def held_about(contact: Contact) -> Iterable[DataSection]:
    """All that public forms hold about somebody, in words."""
    with system("everything held about one contact"):
        known = identity_of(contact)
        found = [
            row
            for model in MODELS
            for row in db.session().scalars(
                select(model).where(db.among(model.id, _theirs(db.table(model), contact, known)))
            )
        ]
        rows = [
            {str(label): getattr(row, name) for name, label in (ALWAYS | FIELDS).items()}
            | {
                _("Status"): f"{ANSWER_STATUSES[row.status]} ({row.status})",
                _("Consent"): row.consent,
                _("Sent"): row.created_at,
                _("Confirmed"): row.confirmed_at,
            }
            for row in found
        ]
    return [DataSection(_("Answers to public forms"), rows)] if rows else []
