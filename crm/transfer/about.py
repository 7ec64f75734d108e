"""What imports know about one contact: told when somebody asks, moved by a merge, gone with an erasure."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select, tuple_, update

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.transfer.models import ImportedRow, ImportRow, ImportRun

_CONTACTS = "contacts"


def _of_contact(contact: Contact) -> ColumnElement[bool]:
    runs = select(ImportRun.id).where(ImportRun.kind == _CONTACTS)
    return (ImportedRow.record_id == contact.id) & ImportedRow.run_id.in_(runs)


def imports_of(contact: Contact) -> Iterator[Mapping[str, Any]]:
    """The files from which the contact came, newest first."""
    statement = (
        select(ImportRun.file_name, ImportedRow.line, ImportRun.created_at, ImportRun.actor_label)
        .join(ImportedRow, ImportedRow.run_id == ImportRun.id)
        .where(ImportedRow.record_id == contact.id, ImportRun.kind == _CONTACTS)
        .order_by(ImportRun.id.desc())
    )
    with system("what imports know about somebody"):
        rows = db.session().execute(statement).all()
    for name, line, at, label in rows:
        yield {_("File"): name, _("Row"): line or "", _("When"): at, _("By"): label}


def move(survivor: Contact, loser: Contact) -> None:
    """Rows that became the one mean the other from now on."""
    with system("a merge moves what imports know"):
        statement = update(ImportedRow).where(_of_contact(loser)).values(record_id=survivor.id)
        db.session().execute(statement, execution_options={"synchronize_session": False})


def erase(contact: Contact) -> None:
    """Forget every row that was this contact, and every plan to change it."""
    with system("an erasure removes what imports know"):
        rows = select(ImportedRow.run_id, ImportedRow.line).where(_of_contact(contact))
        was = tuple_(ImportRow.run_id, ImportRow.line).in_(rows)
        runs = select(ImportRun.id).where(ImportRun.kind == _CONTACTS)
        planned = (ImportRow.record_id == contact.id) & ImportRow.run_id.in_(runs)
        for model, condition in ((ImportRow, was | planned), (ImportedRow, _of_contact(contact))):
            statement = delete(model).where(condition)
            db.session().execute(statement, execution_options={"synchronize_session": False})
