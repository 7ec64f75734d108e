"""Forgetting a record for good: its entries go, and no sentence about it names it any more."""

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, delete, false, func, or_, select, update

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
    with system("history is forgotten"):
        called = {*names, *_former_names(table_name, record_id)} - {""}
        kept = (UndoKept.subject_table == table_name) & (UndoKept.subject_id == record_id)
        db.session().execute(delete(UndoKept).where(kept))
        _forget(_about(table_name, record_id), called)
    return called


def names_of(table_name: str, record_id: int) -> set[str]:
    """Every name that a record had, as far as history knows."""
    with system("history is forgotten"):
        return _former_names(table_name, record_id)


def erase_taken_back(action: str, table_name: str, record_id: int) -> None:
    """Of acts about a record and others that were undone, remove what they did to the others' own rows and
    what undoing them did: values that those had got from this one, and lost again. Inside the transaction
    that erases the record."""
    change = db.current_change()
    assert change is not None
    change.flush_created()
    with system("history is forgotten"):
        of_record = select(ENTRIES.c.change_set_id).where(_about(table_name, record_id))
        undone = select(ChangeSet.id).where(
            ChangeSet.action == action, ChangeSet.undone_by_id.is_not(None), ChangeSet.id.in_(of_record)
        )
        found, newest = set[int](), set(db.session().execute(undone).scalars())
        while newest:
            found |= newest
            later = select(ChangeSet.id).where(db.among(ChangeSet.undoes_id, newest))
            newest = set(db.session().execute(later).scalars()) - found
        others = (ENTRIES.c.table_name == table_name) & (ENTRIES.c.row_id != record_id)
        of_acts = db.among(ENTRIES.c.change_set_id, sorted(found)) & (ENTRIES.c.operation == "update")
        db.session().execute(delete(ENTRIES).where(others & of_acts))


def erase_rows(table_name: str, row_ids: Iterable[int], names: Iterable[str]) -> None:
    """Remove what history says of single rows that are about somebody and belong to the history of another
    record, inside the transaction that removes the rows themselves."""
    with system("history is forgotten"):
        about = (ENTRIES.c.table_name == table_name) & db.among(ENTRIES.c.row_id, row_ids)
        _forget(about, {*names} - {""})


def _forget(about: ColumnElement[bool], called: set[str], *, reasons: bool = True) -> None:
    change = db.current_change()
    assert change is not None
    change.flush_created()
    change.require_id()
    change_sets = set(db.session().execute(select(ENTRIES.c.change_set_id).where(about)).scalars())
    db.session().execute(delete(ENTRIES).where(about))
    if reasons:
        _forget_in_reasons(called)
    for each in db.session().scalars(select(ChangeSet).where(db.among(ChangeSet.id, change_sets))):
        _anonymize(each, called, is_open=each.id == change.id)


def erase_rows_about(table: Table, column: str, record_id: int, names: Iterable[str]) -> None:
    """Remove all history of those rows of a table whose `column` says, or once said, that they are about a
    record: for rows that hang on another record than the one that is forgotten. Inside its transaction,
    before the rows themselves go."""
    with system("history is forgotten"):
        rows = _once_about(table, column, record_id)
        rows.update(db.session().execute(select(table.c.id).where(table.c[column] == record_id)).scalars())
        _forget(
            (ENTRIES.c.table_name == table.name) & db.among(ENTRIES.c.row_id, rows), {*names}, reasons=False
        )


def erase_ties(table: Table, column: str, record_id: int, names: Iterable[str]) -> None:
    """Remove the history that names a record in the `column` of rows that are about others: by mistake, or
    before a merge, it was said that they are about it. The other history of those rows stays."""
    with system("history is forgotten"):
        said = or_(*(each == record_id for each in _said(column)))
        rows = _once_about(table, column, record_id)
        about = (ENTRIES.c.table_name == table.name) & db.among(ENTRIES.c.row_id, rows) & said
        _forget(about, {*names}, reasons=False)


def rows_let_go_of(table: Table, column: str, record_id: int) -> set[int]:
    """The rows of a table that are gone or tied to nobody now, and whose `column` last said that they are
    about a record, as far as history knows. A tie that was undone never was."""
    with system("what history says of a record"):
        rows = _once_about(table, column, record_id)
        here = select(table.c.id, table.c[column]).where(db.among(table.c.id, rows))
        tied = {row[0]: row[1] for row in db.session().execute(here)}
        free = [each for each in rows if tied.get(each) is None]
        told = select(JournalEntry).where(
            JournalEntry.table_name == table.name, db.among(JournalEntry.row_id, free)
        )
        last: dict[int, JournalEntry] = {}
        for entry in db.session().scalars(told.order_by(JournalEntry.id)):
            if column in (entry.before or {}) or column in (entry.after or {}):
                last[entry.row_id] = entry
        return {
            row_id
            for row_id, entry in last.items()
            if (entry.before or {}).get(column) == record_id
            and (row_id not in tied or not _takes_back(entry.change_set_id))
        }


def _takes_back(change_set_id: int) -> bool:
    """Whether an act undid another; undoing an undo does the first act again."""
    steps, each = 0, db.session().get(ChangeSet, change_set_id)
    while each is not None and each.undoes_id is not None:
        steps, each = steps + 1, db.session().get(ChangeSet, each.undoes_id)
    return steps % 2 == 1


def _once_about(table: Table, column: str, record_id: int) -> set[int]:
    once = select(JournalEntry.row_id).where(
        JournalEntry.table_name == table.name, or_(*(each == record_id for each in _said(column)))
    )
    return {*db.session().execute(once).scalars()}


def _said(column: str) -> list[Any]:
    return [JournalEntry.before[column].as_integer(), JournalEntry.after[column].as_integer()]


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


def _forget_in_reasons(names: set[str]) -> None:
    """Why an undo left other records alone may have been this one."""
    mentions = or_(false(), *(UndoKept.reason.contains(name, autoescape=True) for name in names))
    for kept in db.session().scalars(select(UndoKept).where(mentions)):
        kept.reason = without(kept.reason, names)


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
    """The text with a neutral word for each of the names, the longest first; parts of other words stay."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _found: _("somebody erased"), text)
    return text


def forget_rows(table_name: str, row_ids: Iterable[int], said: str) -> None:
    """Remove all history of rows that go for good because their time is over, in sets and inside that
    transaction. Change sets that were about nothing else say `said` from then on."""
    about = (ENTRIES.c.table_name == table_name) & db.among(ENTRIES.c.row_id, row_ids)
    with system("history is forgotten"):
        gone = delete(ENTRIES).where(about).returning(ENTRIES.c.change_set_id)
        change_sets = sorted(set(db.session().execute(gone).scalars()))
        left = (
            select(func.count())
            .where(ENTRIES.c.change_set_id == ChangeSet.id)
            .correlate(ChangeSet)
            .scalar_subquery()
        )
        those = update(ChangeSet).where(db.among(ChangeSet.id, change_sets), ChangeSet.finished)
        db.session().execute(those.values(entries=left))
        db.session().execute(those.where(ChangeSet.entries == 0).values(summary=said))
