"""Erasing somebody for good: rows, history, files, search; what stays says only that it happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, inspect, or_, select

from crm import db
from crm.access.guard import system
from crm.contacts import subject_data
from crm.contacts.duplicates import former
from crm.contacts.files import storage
from crm.contacts.models import ORGANIZATION, Attachment, BulkPlan, Contact, Organization, Person
from crm.contacts.services import CHILDREN, referred_to
from crm.errors import UserError
from crm.jobs.models import Job
from crm.journal import erasing as history
from crm.journal.models import JournalEntry
from crm.plugin_host.absent import require_nobody_absent
from crm.runtime import runtime


@dataclass(frozen=True)
class Loss:
    """What would be lost: so many rows of one kind, held by a feature or plugin, and what one must know of
    them first."""

    source: str
    title: str
    count: int
    warning: str = ""


def losses(contact: Contact) -> list[Loss]:
    """What erasing would take away, as the copy of everything names it; of a deleted one no record."""
    parts = subject_data.everything(contact)
    left = parts[1:] if inspect(contact).transient else parts
    return [Loss(part.source, part.title, len(part.rows), part.warning) for part in left]


def deleted(contact_id: int) -> Contact | None:
    """A contact that was deleted, as far as history knows it, to be erased there too; None when the contact
    is still here, or history knows nothing."""
    newest = (
        select(JournalEntry.before)
        .where(JournalEntry.table_name == "contact", JournalEntry.row_id == contact_id)
        .where(JournalEntry.operation == "delete")
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    with system("what is left of a contact that is gone"):
        if db.session().execute(select(Contact.id).where(Contact.id == contact_id)).first() is not None:
            return None
        image = db.session().execute(newest).scalar_one_or_none()
    if image is None:
        return None
    kind = Organization if image.get("kind") == ORGANIZATION else Person
    return kind(id=contact_id, name=image["name"], custom={})


def erase(contact: Contact) -> None:
    """Remove a contact and every trace of it, in every plugin too; cannot be undone. Inside a transaction
    of its own. Raises UserError when something that must be kept still refers to the contact.
    """
    contact_id, name = contact.id, contact.name
    change = db.current_change()
    assert change is not None
    require_nobody_absent([contact_id])
    with system("erasing all there is about one contact"):
        merged = former.records_of(contact_id)
        keys = {key for each in (contact_id, *merged) for key in _files(each)}
        runtime().plugins.backwards("crm_contact_erase", contact=contact)
        db.session().flush()
        _refuse_while_kept(contact_id)
        _remove(contact_id)
        change.touch("contact", [contact_id])
        _forget_plans({contact_id, *merged})
        _forget_work(_forget_history(contact_id, merged, {name}))
    db.after_commit(lambda: storage.remove_unused(keys))


def erase_rows(contact: Contact) -> None:
    """Remove what hangs on a contact in this feature, without a word in the journal."""
    for model, column in CHILDREN:
        table = db.table(model)
        db.session().execute(delete(table).where(table.c[column] == contact.id))


def _remove(contact_id: int) -> None:
    """The row itself; organizations below it stand on their own."""
    change = db.current_change()
    assert change is not None
    table = db.table(Contact)
    below = db.session().execute(select(table.c.id).where(table.c.parent_id == contact_id)).scalars()
    change.update(table, below, {"parent_id": None})
    db.session().execute(delete(table).where(table.c.id == contact_id))
    db.session().expunge_all()


def _refuse_while_kept(contact_id: int) -> None:
    for table_name in referred_to([contact_id]).values():
        raise UserError(
            _(
                "Not erased: something in “%(table)s” must be kept and still refers to them. "
                "Nothing was changed.",
                table=table_name.replace("_", " "),
            )
        )


def _files(contact_id: int) -> set[str]:
    """The keys of every file that the contact has or ever had."""
    attached = select(Attachment.storage_key).where(Attachment.contact_id == contact_id)
    photo = select(Contact.photo_key).where(Contact.id == contact_id)
    keys = [*db.session().execute(attached).scalars(), *db.session().execute(photo).scalars()]
    entries = select(JournalEntry.before, JournalEntry.after).where(
        JournalEntry.subject_table == "contact",
        JournalEntry.subject_id == contact_id,
        JournalEntry.table_name.in_(("contact", "attachment")),
    )
    for images in db.session().execute(entries):
        keys += [key for image in images if image for key in _keys_in(image)]
    return {key for key in keys if key}


def _keys_in(image: dict[str, Any]) -> Iterable[str]:
    return (image[name] for name in ("storage_key", "photo_key") if image.get(name))


def _forget_history(contact_id: int, merged: Sequence[int], names: set[str]) -> set[str]:
    """Forget what history says of a contact and of the records that became a part of it, who are the same
    person; returns every name that any of them had. Of a merge that was taken back the other record keeps
    nothing that it had got from this one."""
    records = (contact_id, *merged)
    for each in records:
        history.erase_taken_back("contacts.merge", "contact", each)
        names |= history.names_of("contact", each)
    for each in records:
        history.erase("contact", each, names)
    return names


def _forget_plans(contact_ids: set[int]) -> None:
    """Plans say what a contact said; those that name one of these go."""
    for plan in db.session().scalars(select(BulkPlan)):
        if not contact_ids.isdisjoint(plan.ids):
            db.session().delete(plan)


def _forget_work(names: set[str]) -> None:
    """Background work about the contact may carry its name in its title."""
    mentions = or_(*(Job.title.contains(name, autoescape=True) for name in names))
    for job in db.session().scalars(select(Job).where(mentions)):
        title = history.without(job.title, names)
        if title != job.title:
            job.title, job.result = title, {key: job.result[key] for key in ("link",) if key in job.result}
