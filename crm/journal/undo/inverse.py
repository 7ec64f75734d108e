"""Writing the inverse of entries, newest first.

Because every step is taken back in exactly the reverse order, whatever a row refers to is there when it
comes back, and nothing refers to it any more when it goes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, bindparam, case, exists, insert, or_, select, update

from crm import bulk, db
from crm.access.guard import system
from crm.db import among
from crm.journal.images import Journaled, from_image, journaled
from crm.journal.models import UndoKept
from crm.journal.reading import by_table, rows_of
from crm.journal.recorder import ENTRIES, Change
from crm.journal.undo.references import references_from, unique_columns
from crm.journal.undo.units import OWN, Part, existing, own_changed

CHUNK = 20_000
"""Entries in one transaction: enough that a record and its rows mostly go together and are indexed once."""
KEPT = db.table(UndoKept)


class Entry(NamedTuple):
    """One entry to be undone."""

    id: int
    table_name: str
    row_id: int
    operation: str
    subject_table: str
    subject_id: int


class Inverse:
    """Undoes the newest entries of a part of a change set within an open transaction."""

    def __init__(self, change: Change, part: Part, undo_id: int) -> None:
        self.change, self.part, self.undo_id = change, part, undo_id
        self.entries: list[Entry] = []
        self.read()

    def read(self) -> None:
        """Take the next entries, without those of rows that stay."""
        statement = (
            select(*(ENTRIES.c[name] for name in Entry._fields))
            .where(self.part.entries, ~_is_kept(self.undo_id))
            .order_by(ENTRIES.c.id.desc())
            .limit(CHUNK)
        )
        self.entries = [Entry(*found) for found in rows_of(statement)]

    def created(self) -> dict[str, list[int]]:
        """The rows of the chunk that are to go, by table."""
        return by_table((each.table_name, each.row_id) for each in self.entries if each.operation == "create")

    def write(self) -> None:
        """Undo the chunk: neighbours of one table and operation together, else one after another."""
        ways: dict[str, Callable[[Journaled, list[Entry]], None]] = {
            "create": self._take_away,
            "update": self._change_back,
            "delete": self._bring_back,
        }
        for (table_name, operation), run in groupby(
            self.entries, lambda each: (each.table_name, each.operation)
        ):
            specification = journaled(table_name)
            assert specification is not None, f"{table_name} should have been left alone"
            ways[operation](specification, list(run))

    def _run(self, statement: Any, parameters: list[dict[str, Any]] | None = None) -> None:
        with system("undo"), bulk.planned_once():
            self.change.session.connection().execute(statement, parameters)

    def _take_away(self, specification: Journaled, entries: list[Entry]) -> None:
        table = specification.table
        ids = [entry.row_id for entry in entries]
        for reference in references_from(table):
            if reference.target is table:
                ids = self._with_those_below(specification, reference.column, ids)
        with system("undo"):
            self.change.delete(table, ids)

    def _with_those_below(
        self, specification: Journaled, column: ColumnElement[Any], ids: list[int]
    ) -> list[int]:
        """A chunk may end between rows of one table that refer to each other; those below go along."""
        table, found, newest = specification.table, set(ids), ids
        while newest:
            below = [each[0] for each in rows_of(select(table.c.id).where(among(column, newest)))]
            newest = [each.row_id for each in self._mine(specification, "create", set(below) - found)]
            found.update(newest)
        return sorted(found)

    def _mine(self, specification: Journaled, operation: str, ids: Iterable[int]) -> list[Entry]:
        """The entries of these rows that are to be undone, too."""
        wanted = list(ids)
        if not wanted:
            return []
        statement = select(*(ENTRIES.c[name] for name in Entry._fields)).where(
            self.part.entries,
            ENTRIES.c.table_name == specification.table.name,
            ENTRIES.c.operation == operation,
            among(ENTRIES.c.row_id, wanted),
            ~_is_kept(self.undo_id),
        )
        if specification.subject_column == "id":
            of_these = among(ENTRIES.c.subject_id, wanted)
            statement = statement.where(ENTRIES.c.subject_table == specification.subject_table, of_these)
        return [Entry(*found) for found in rows_of(statement)]

    def _bring_back(self, specification: Journaled, entries: list[Entry]) -> None:
        table = specification.table
        for reference in references_from(table):
            if reference.target is table:
                entries = self._with_those_above(specification, reference.column.name, entries)
        ids = [entry.row_id for entry in entries]
        present = existing(table.name, ids)
        values = [from_image(column, ENTRIES.c.before, db.dialect()) for column in specification.columns]
        images = select(*values).where(
            among(ENTRIES.c.id, [entry.id for entry in entries if entry.row_id not in present]),
            *_targets_exist(specification),
        )
        names = [column.name for column in specification.columns]
        self._run(insert(table).from_select(names, images.order_by(ENTRIES.c.row_id)))
        there = existing(table.name, ids)
        self.change.created(table, sorted(there - present))
        self._leave([entry for entry in entries if entry.row_id not in there])

    def _with_those_above(self, specification: Journaled, column: str, entries: list[Entry]) -> list[Entry]:
        """The same the other way round: what these rows refer to comes back with them."""
        table, found = specification.table, {entry.row_id: entry for entry in entries}
        newest = entries
        value = from_image(table.c[column], ENTRIES.c.before, db.dialect())
        while newest:
            statement = select(value).where(among(ENTRIES.c.id, [entry.id for entry in newest]))
            above = {each[0] for each in rows_of(statement)} - {None} - set(found)
            newest = self._mine(specification, "delete", above - existing(table.name, above))
            found.update((entry.row_id, entry) for entry in newest)
        return list(found.values())

    def _leave(self, entries: list[Entry]) -> None:
        """Note rows that cannot come back because what they belong to was erased without a trace."""
        if entries:
            reason = _("What it belonged to was erased for good.")
            self._run(insert(KEPT), [kept_row(self.undo_id, entry, reason) for entry in entries])

    def _change_back(self, specification: Journaled, entries: list[Entry]) -> None:
        names, own = self._columns(specification, entries)
        for run in _each_row_once(entries):
            ids = [entry.row_id for entry in run]
            before = self.change.watch(specification.table, ids)
            for columns, group in _groups(run, names, unique_columns(specification.table)):
                self._write_back(specification, columns, group)
            self._write_own(specification, [(e.row_id, own[e.id]) for e in run if e.id in own])
            self.change.changed(specification.table, before)

    def _columns(
        self, specification: Journaled, entries: list[Entry]
    ) -> tuple[dict[int, tuple[str, ...]], dict[int, dict[str, Any]]]:
        """Which columns each entry changed, and of which custom fields, by key, it changed the value: with
        what they held before, None for nothing."""
        known = {column.name for column in specification.columns}
        statement = select(ENTRIES.c.id, ENTRIES.c.before, ENTRIES.c.after).where(
            among(ENTRIES.c.id, [entry.id for entry in entries])
        )
        columns, own = {}, {}
        for entry_id, before, after in rows_of(statement):
            columns[entry_id] = tuple(name for name in sorted(before) if name in known and name != OWN)
            if OWN in known and (changed := own_changed(before, after or {})):
                own[entry_id] = {key: old for key, (old, _new) in changed.items()}
        return columns, own

    def _write_own(self, specification: Journaled, values: list[tuple[int, dict[str, Any]]]) -> None:
        """Put these values of custom fields back, by row; what else the rows hold in theirs stays."""
        if not values:
            return
        table, given = specification.table, bindparam("given", type_=specification.table.c[OWN].type)
        statement = update(table).where(table.c.id == bindparam("row_id"))
        statement = statement.values({OWN: db.patched(table.c[OWN], given)})
        self._run(statement, [{"row_id": row_id, "given": given} for row_id, given in values])

    def _write_back(self, specification: Journaled, columns: tuple[str, ...], entries: list[Entry]) -> None:
        table = specification.table
        statement = (
            update(table)
            .where(table.c.id == ENTRIES.c.row_id)
            .values({name: _old_value(specification, name) for name in columns})
        )
        if unique_columns(table).intersection(columns):
            one = statement.where(ENTRIES.c.id == bindparam("entry_id"))
            self._run(one, [{"entry_id": entry.id} for entry in entries])
        elif columns:
            self._run(statement.where(among(ENTRIES.c.id, [entry.id for entry in entries])))


def kept_row(undo_id: int, row: Any, reason: str) -> dict[str, Any]:
    """The values of an `undo_kept` row."""
    return {
        "change_set_id": undo_id,
        "table_name": row.table_name,
        "row_id": row.row_id,
        "subject_table": row.subject_table,
        "subject_id": row.subject_id,
        "reason": reason,
    }


def _is_kept(undo_id: int) -> ColumnElement[bool]:
    return exists().where(
        KEPT.c.change_set_id == undo_id,
        KEPT.c.table_name == ENTRIES.c.table_name,
        KEPT.c.row_id == ENTRIES.c.row_id,
    )


def _targets_exist(specification: Journaled) -> Iterator[ColumnElement[bool]]:
    for reference in references_from(specification.table):
        if reference.target is not specification.table:
            value = from_image(reference.column, ENTRIES.c.before, db.dialect())
            yield or_(value.is_(None), exists().where(reference.target.c.id == value))


def _old_value(specification: Journaled, name: str) -> ColumnElement[Any]:
    """What a column held before; a version or a time that went on since goes on."""
    column = specification.table.c[name]
    if name in specification.rising:
        return column + 1
    old = from_image(column, ENTRIES.c.before, db.dialect())
    if name not in specification.bookkeeping:
        return old
    return case((column == from_image(column, ENTRIES.c.after, db.dialect()), old), else_=column)


def _each_row_once(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Runs in which no row occurs twice, so that one statement can write a whole run."""
    run: list[Entry] = []
    rows: set[int] = set()
    for entry in entries:
        if entry.row_id in rows:
            yield run
            run, rows = [], set()
        run.append(entry)
        rows.add(entry.row_id)
    if run:
        yield run


def _groups(
    entries: list[Entry], names: dict[int, tuple[str, ...]], unique: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], list[Entry]]]:
    """Entries that changed the same columns. Where a value may exist only once, the order stays."""
    if any(unique.intersection(names[entry.id]) for entry in entries):
        for columns, group in groupby(entries, lambda entry: names[entry.id]):
            yield columns, list(group)
        return
    grouped: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        grouped[names[entry.id]].append(entry)
    yield from grouped.items()
