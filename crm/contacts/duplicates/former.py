"""Records that became one with another: where their old addresses lead, until they are two again."""

from collections.abc import Sequence

from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.contacts.models import FormerContact
from crm.journal.models import JournalEntry


def remember(contact_id: int, former_id: int) -> None:
    """The record `former_id` is a part of the contact now. Inside the transaction of the merge, whose undo
    takes it back."""
    db.session().add(FormerContact(contact_id=contact_id, former_id=former_id))
    db.session().flush()


def heir_of(former_id: int) -> int | None:
    """The contact that a record became a part of. Whether one may see it is for the caller to ask."""
    statement = select(FormerContact.contact_id).where(FormerContact.former_id == former_id)
    with system("where the address of a merged record leads; the record itself is loaded for the reader"):
        return db.session().execute(statement).scalar_one_or_none()


def records_of(contact_id: int) -> Sequence[int]:
    """The records that became a part of a contact; of one that is deleted, those that went with it."""
    statement = select(FormerContact.former_id).where(FormerContact.contact_id == contact_id)
    with system("records that are a part of a contact"):
        found = db.session().execute(statement.order_by(FormerContact.id)).scalars().all()
        return found or _gone_with(contact_id)


def _gone_with(contact_id: int) -> Sequence[int]:
    entry = JournalEntry
    deleted = select(func.max(entry.change_set_id)).where(
        entry.table_name == "contact", entry.row_id == contact_id, entry.operation == "delete"
    )
    rows = select(entry.before["former_id"].as_integer()).where(
        entry.change_set_id == deleted.scalar_subquery(),
        entry.table_name == FormerContact.__tablename__,
        entry.operation == "delete",
        entry.subject_table == "contact",
        entry.subject_id == contact_id,
    )
    return db.session().execute(rows).scalars().all()
