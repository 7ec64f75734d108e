"""What imports know about one contact: told when somebody asks, moved by a merge, gone with an erasure."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select, tuple_, update

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.jobs.models import Job
from crm.journal.models import JournalEntry
from crm.search.words import words as search_words
from crm.transfer import rows, runs, sources, storage
from crm.transfer.models import ExportRun, ImportedRow, ImportRow, ImportRun
from crm.transfer.readers import TableSource
from crm.transfer.vcard import CardSource

_CONTACTS = "contacts"
_FORGOTTEN_AT_ONCE = 500


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
        found = db.session().execute(statement).all()
    for name, line, at, label in found:
        yield {_("File"): name, _("Row"): line or "", _("When"): at, _("By"): label}


def move(survivor: Contact, loser: Contact) -> None:
    """Rows that became the one mean the other from now on."""
    with system("a merge moves what imports know"):
        statement = update(ImportedRow).where(_of_contact(loser)).values(record_id=survivor.id)
        db.session().execute(statement, execution_options={"synchronize_session": False})


def _forget_exports() -> None:
    """Files of every kind: an answer, a signature, a guest names people as a contact does."""
    for run in db.session().scalars(select(ExportRun)).all():
        if run.file_key:
            db.after_commit(partial(storage.remove, "exports", run.file_key))
        _stop(run.job_id)
        db.session().delete(run)


def _forget_uploads(contact: Contact) -> None:
    """Files that were not imported yet; of one whose import has begun, the rows alone are still needed."""
    waiting = ImportRun.status.in_(("uploaded", "planning", "planned", "applying"))
    known = _words_of(contact)
    for run in db.session().scalars(select(ImportRun).where(ImportRun.kind == _CONTACTS, waiting)).all():
        if not run.file_key or not _names(run, known):
            continue
        if run.status == "applying":
            db.after_commit(partial(storage.remove, "imports", run.file_key))
            run.file_key = ""
        else:
            _stop(run.job_id)
            runs.discard(run)


def _stop(job_id: int | None) -> None:
    """End a job that would write what was just removed."""
    job = db.session().get(Job, job_id) if job_id is not None else None
    if job is not None and not job.is_finished:
        job.status, job.finished_at = "cancelled", db.now()
        db.session().flush()


def _words_of(contact: Contact) -> list[set[str]]:
    """Of each name and address that the contact has or had, the words that a row must hold to name it."""
    entries = select(JournalEntry.before, JournalEntry.after).where(
        JournalEntry.subject_table == "contact",
        JournalEntry.subject_id == contact.id,
        JournalEntry.table_name.in_(("contact", "contact_email")),
    )
    images = [image for row in db.session().execute(entries) for image in row if image]
    found = {
        contact.name,
        *(str(image[key]) for image in images for key in ("name", "address") if image.get(key)),
    }
    return [words for text in found if (words := set(search_words(text).split()))]


def _names(run: ImportRun, known: list[set[str]]) -> bool:
    """Whether a row of the file holds all words of one of the names; so does a file that cannot be read."""
    try:
        return any(_holds_any(text, known) for text in _texts(run))
    except (UserError, OSError):
        return True


def _holds_any(text: str, known: list[set[str]]) -> bool:
    there = set(search_words(text).split())
    return any(words <= there for words in known)


def _texts(run: ImportRun) -> Iterator[str]:
    handler = runs.handler_of(run)
    source = sources.source_of(run, handler)
    if isinstance(source, TableSource):
        yield from (" ".join(cells) for _line, cells in source.rows())
    elif isinstance(source, CardSource):
        yield from (handler.dump(card) for chunk in source.chunks() for _line, card, _problems in chunk)


def erase(contact: Contact) -> None:
    """Forget every row that was this contact, every plan to change it, and the files that name it. Files
    taken out are quickly made again, so all of them go."""
    with system("an erasure removes what imports know"):
        _forget_exports()
        _forget_uploads(contact)
        became = select(ImportedRow.run_id, ImportedRow.line).where(_of_contact(contact))
        was = tuple_(ImportRow.run_id, ImportRow.line).in_(became)
        of_contacts = select(ImportRun.id).where(ImportRun.kind == _CONTACTS)
        planned = (ImportRow.record_id == contact.id) & ImportRow.run_id.in_(of_contacts)
        for model, condition in ((ImportRow, was | planned), (ImportedRow, _of_contact(contact))):
            statement = delete(model).where(condition)
            db.session().execute(statement, execution_options={"synchronize_session": False})
        _forget_rows_left_out(contact)


def _forget_rows_left_out(contact: Contact) -> None:
    """Rows that became nobody, and whose text, or the reason why, names the contact."""
    known, row = _words_of(contact), rows.ROWS.c
    statement = select(row.id, row.record, row.cells, row.reasons).where(row.record_id.is_(None))
    found = [
        each.id
        for each in db.session().execute(statement)
        if _holds_any(" ".join(filter(None, (each.record, each.cells, each.reasons))), known)
    ]
    for some in db.chunks(found, _FORGOTTEN_AT_ONCE):
        db.session().execute(delete(rows.ROWS).where(db.among(row.id, some)))
