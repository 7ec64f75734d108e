"""What records were before, for whoever brings data in again and again."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select

from crm import db
from crm.journal.models import ChangeSet, JournalEntry


def values_let_go(
    subject_table: str, subjects: Collection[int], columns: Mapping[str, str]
) -> dict[int, set[Any]]:
    """By the id of a record, what the rows about it held in `columns` (by table) and somebody removed or
    wrote otherwise. An undo, and what was undone, is nobody's wish. Whoever calls may see the records."""
    entry, made = db.table(JournalEntry).c, db.table(ChangeSet).c
    statement = (
        select(entry.subject_id, entry.table_name, entry.before)
        .join(db.table(ChangeSet), made.id == entry.change_set_id)
        .where(entry.subject_table == subject_table, db.among(entry.subject_id, subjects))
        .where(or_(*(entry.table_name == each for each in columns)), entry.operation != "create")
        .where(made.undoes_id.is_(None), made.undone_by_id.is_(None))
    )
    found: dict[int, set[Any]] = defaultdict(set)
    for subject, table, before in db.session().execute(statement):
        if (value := (before or {}).get(columns[table])) is not None:
            found[subject].add(value)
    return found


class Written(NamedTuple):
    """That somebody changed a row: the row as it was until then, as far as history knows, and the columns
    before."""

    row: Mapping[str, Any]
    before: Mapping[str, Any]


def rows_written_over(
    subject_table: str, subjects: Collection[int], table: str, but_by: str = ""
) -> dict[int, list[Written]]:
    """By the id of a record, the single changes of its rows in a table, but those by acts of that name. As
    above, without an undo and what was undone."""
    entry, made = db.table(JournalEntry).c, db.table(ChangeSet).c
    counts = and_(made.undoes_id.is_(None), made.undone_by_id.is_(None), made.action != but_by)
    statement = (
        select(entry.subject_id, entry.row_id, entry.operation, entry.before, entry.after, counts)
        .join(db.table(ChangeSet), made.id == entry.change_set_id)
        .where(entry.subject_table == subject_table, db.among(entry.subject_id, subjects))
        .where(entry.table_name == table)
        .order_by(entry.id)
    )
    came: dict[int, Mapping[str, Any]] = {}
    found: dict[int, list[Written]] = defaultdict(list)
    for subject, row_id, operation, before, after, is_wish in db.session().execute(statement):
        if operation == "update" and is_wish:
            found[subject].append(Written(came.get(row_id, {}), before))
        if operation != "delete":
            came[row_id] = {**came.get(row_id, {}), **(after or {})}
    return found


def rows_removed(
    subject_table: str, subjects: Collection[int], table_name: str, action: str
) -> list[Mapping[str, Any]]:
    """What the rows of a table about records were when somebody removed them by an act of that name; what was
    undone is nobody's wish. Whoever calls may see the records."""
    made = db.table(ChangeSet).c
    removed = _by_act(db.table(JournalEntry).c.before, subject_table, subjects, table_name, action)
    removed = removed.where(db.table(JournalEntry).c.operation == "delete")
    return list(db.session().scalars(removed.where(made.undoes_id.is_(None), made.undone_by_id.is_(None))))


def rows_written_since(
    subject_table: str,
    subjects: Collection[int],
    table_name: str,
    change_set_id: int,
    columns: Collection[str],
) -> set[int]:
    """The ids of the rows of a table about records that acts newer than that change set made, or wrote one of
    these columns of; not what was undone since, nor what is written to undo that change set itself. Whoever
    calls may see the records."""
    of_these = db.among(db.table(JournalEntry).c.subject_id, subjects)
    return {
        row_id
        for _subject, row_id in _written_since(subject_table, of_these, table_name, change_set_id, columns)
    }


def rows_written_beside(
    subject_table: str, table_name: str, change_set_id: int, columns: Collection[str]
) -> dict[int, set[int]]:
    """By the id of each record of which a change set wrote rows of a table, the rows of it that newer acts
    made, or wrote one of these columns of; not what was undone since. Whoever calls may see the records."""
    mine = db.table(JournalEntry).alias()
    of_it = select(mine.c.subject_id).where(
        mine.c.change_set_id == change_set_id,
        mine.c.subject_table == subject_table,
        mine.c.table_name == table_name,
    )
    of_these = db.table(JournalEntry).c.subject_id.in_(of_it)
    found: dict[int, set[int]] = defaultdict(set)
    for subject, row_id in _written_since(subject_table, of_these, table_name, change_set_id, columns):
        found[subject].add(row_id)
    return found


def _written_since(
    subject_table: str,
    of_these: ColumnElement[bool],
    table_name: str,
    change_set_id: int,
    columns: Collection[str],
) -> Iterator[tuple[int, int]]:
    """Records and rows of a table about them that newer acts made, or wrote one of these columns of."""
    entry, made = db.table(JournalEntry).c, db.table(ChangeSet).c
    statement = (
        select(entry.subject_id, entry.row_id, entry.operation, entry.after)
        .join(db.table(ChangeSet), made.id == entry.change_set_id)
        .where(entry.subject_table == subject_table, of_these)
        .where(entry.table_name == table_name, entry.operation != "delete")
        .where(entry.change_set_id > change_set_id, made.undone_by_id.is_(None))
        .where(made.id.not_in(_of_itself(change_set_id)))
    )
    for subject, row_id, operation, after in db.session().execute(statement):
        if operation == "create" or not set(columns).isdisjoint(after or ()):
            yield subject, row_id


def _of_itself(change_set_id: int) -> set[int]:
    """What undid a change set, did it again, and so on: nobody else's wish."""
    found, newest = set[int](), {change_set_id}
    while newest:
        made = select(ChangeSet.id).where(db.among(ChangeSet.undoes_id, newest))
        newest = set(db.session().scalars(made)) - found
        found |= newest
    return found


class Done(NamedTuple):
    """What a change set did to a row about a record: `create`, `update` or `delete`, and the row or the
    columns before."""

    subject_id: int
    row_id: int
    operation: str
    before: Mapping[str, Any]


def done_to(change_set_id: int, subject_table: str, subjects: Collection[int], table_name: str) -> list[Done]:
    """What a change set did to the rows of a table about records, the last first: in the order in which an
    undo takes it back. Whoever calls may see the records."""
    entry = db.table(JournalEntry).c
    statement = (
        select(entry.subject_id, entry.row_id, entry.operation, entry.before)
        .where(entry.change_set_id == change_set_id, entry.table_name == table_name)
        .where(entry.subject_table == subject_table, db.among(entry.subject_id, subjects))
        .order_by(entry.id.desc())
    )
    return [Done(row[0], row[1], row[2], row[3] or {}) for row in db.session().execute(statement)]


def rows_made(subject_table: str, subjects: Collection[int], table_name: str, action: str) -> set[int]:
    """The ids of the rows of a table about records that somebody made by an act of that name, whether or not
    they are there still. Whoever calls may see the records."""
    made = _by_act(db.table(JournalEntry).c.row_id, subject_table, subjects, table_name, action)
    return set(db.session().scalars(made.where(db.table(JournalEntry).c.operation == "create")))


def _by_act(
    column: ColumnElement[Any], subject_table: str, subjects: Collection[int], table_name: str, action: str
) -> Select[Any]:
    """A column of what an act of that name did to rows of a table about records."""
    entry, made = db.table(JournalEntry).c, db.table(ChangeSet).c
    return (
        select(column)
        .join(db.table(ChangeSet), made.id == entry.change_set_id)
        .where(entry.subject_table == subject_table, db.among(entry.subject_id, subjects))
        .where(entry.table_name == table_name, made.action == action)
    )
