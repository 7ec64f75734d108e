"""Forgetting a record for good: its entries go, and no sentence about it names it any more."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, delete, func, or_, select

from crm import db
from crm.access.guard import system
from crm.journal.models import ChangeSet, JournalEntry, UndoKept
from crm.journal.recorder import ENTRIES


def erase(table_name: str, record_id: int, names: Iterable[str]) -> set[str]:
    """Remove all history of a record, inside the transaction that removes the record itself; returns every
    name it ever had. `names` are those it is known by now.

    Change sets stay, so that it can be seen that something was done; those about this record alone say no
    more than that.
    """
    change = db.current_change()
    assert change is not None
    change.flush_created()
    change.require_id()
    with system("history is forgotten"):
        called = {*names, *_former_names(table_name, record_id)} - {""}
        about = _about(table_name, record_id)
        change_sets = set(db.session().execute(select(ENTRIES.c.change_set_id).where(about)).scalars())
        kept = (UndoKept.subject_table == table_name) & (UndoKept.subject_id == record_id)
        db.session().execute(delete(UndoKept).where(kept))
        db.session().execute(delete(ENTRIES).where(about))
        for each in db.session().scalars(select(ChangeSet).where(db.among(ChangeSet.id, change_sets))):
            _anonymize(each, called, is_open=each.id == change.id)
    return called


def erase_rows(table: Table, column: str, record_id: int, names: Iterable[str]) -> None:
    """Remove all history of those rows of a table whose `column` says, or once said, that they are about a
    record: for rows that hang on another record than the one that is forgotten. Inside its transaction,
    before the rows themselves go."""
    change = db.current_change()
    assert change is not None
    change.flush_created()
    change.require_id()
    with system("history is forgotten"):
        said = [JournalEntry.before[column].as_integer(), JournalEntry.after[column].as_integer()]
        once = select(JournalEntry.row_id).where(
            JournalEntry.table_name == table.name, or_(*(each == record_id for each in said))
        )
        rows = {*db.session().execute(once).scalars()}
        rows.update(db.session().execute(select(table.c.id).where(table.c[column] == record_id)).scalars())
        about = (ENTRIES.c.table_name == table.name) & db.among(ENTRIES.c.row_id, rows)
        change_sets = set(db.session().execute(select(ENTRIES.c.change_set_id).where(about)).scalars())
        db.session().execute(delete(ENTRIES).where(about))
        for each in db.session().scalars(select(ChangeSet).where(db.among(ChangeSet.id, change_sets))):
            _anonymize(each, set(names), is_open=each.id == change.id)


def _about(table_name: str, record_id: int) -> ColumnElement[bool]:
    return (ENTRIES.c.subject_table == table_name) & (ENTRIES.c.subject_id == record_id)


def _former_names(table_name: str, record_id: int) -> set[str]:
    statement = select(JournalEntry.before, JournalEntry.after).where(
        JournalEntry.subject_table == table_name,
        JournalEntry.subject_id == record_id,
        JournalEntry.table_name == table_name,
    )
    images = [image for row in db.session().execute(statement) for image in row if image]
    return {str(image["name"]) for image in images if image.get("name")}


def _anonymize(change_set: ChangeSet, names: set[str], *, is_open: bool) -> None:
    left = select(func.count()).where(ENTRIES.c.change_set_id == change_set.id)
    count = int(db.session().execute(left).scalar_one())
    if is_open:
        change = db.current_change()
        assert change is not None
        change._entries = count
        return
    change_set.entries = count
    change_set.summary = (
        without(change_set.summary, names) if count else _("Something about somebody who was erased")
    )


def without(text: str, names: Iterable[str]) -> str:
    """The text with a neutral word for each of the names, the longest first."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, _("somebody erased"))
    return text
