"""Which records of a change set somebody may have changed since: those alone are compared.

Generous on purpose. A record that is named here without need costs a comparison; what is compared is the
values, so an edit that was itself undone stands in nobody's way.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Select, and_, case, exists, func, select, union
from sqlalchemy.orm import aliased

from crm import db
from crm.db import among, chunks
from crm.journal.images import from_image, journaled
from crm.journal.models import ChangeSet
from crm.journal.reading import Row, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo.references import (
    Reference,
    references_from,
    references_to,
    references_without_journal,
    unique_keys,
)
from crm.journal.undo.units import Part

WINDOW = 20_000
BATCH = 1_000
NEWER = ENTRIES.alias("newer")


def all_subjects(part: Part) -> Iterator[list[Row]]:
    """Every record of a change set, in batches."""
    subjects = select(ENTRIES.c.subject_table, ENTRIES.c.subject_id).where(part.entries).distinct()
    yield from _batches((found[0], found[1]) for found in rows_of(subjects))


def subjects_in_tables(part: Part, table_names: Iterable[str]) -> Iterator[list[Row]]:
    """Records of a change set with rows in any of these tables, in batches."""
    wanted = sorted(table_names)
    subjects = select(ENTRIES.c.subject_table, ENTRIES.c.subject_id).where(
        part.entries, ENTRIES.c.table_name.in_(wanted)
    )
    if wanted:
        yield from _batches((found[0], found[1]) for found in rows_of(subjects.distinct()))


def touched_since(part: Part, after: int, ours: Iterable[int] = ()) -> Iterator[list[Row]]:
    """Records of a change set that entries above `after` bear on; those of the change sets `ours` are our
    own and do not count. In batches, each record once."""
    search = _Search(part, [part.change_set_id, *ours])
    seen: set[Row] = set()
    for subjects in search.windows(after):
        yield from _batches(each for each in subjects if each not in seen)
        seen |= subjects


def first_entry(change_set_id: int) -> int:
    """The id of the change set's oldest entry, 0 when it has none."""
    return _value(select(func.min(ENTRIES.c.id)).where(ENTRIES.c.change_set_id == change_set_id))


def newest_entry(change_set_id: int | None = None) -> int:
    """The id of the newest entry of a change set, or of all."""
    statement = select(func.max(ENTRIES.c.id))
    if change_set_id is not None:
        statement = statement.where(ENTRIES.c.change_set_id == change_set_id)
    return _value(statement)


def _value(statement: Select[tuple[int]]) -> int:
    return next(rows_of(statement))[0] or 0


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class _Search:
    """Goes through newer entries once, a window of ids at a time, so that memory stays flat."""

    def __init__(self, part: Part, ours: list[int]) -> None:
        self.part = part
        self.foreign = and_(NEWER.c.change_set_id.not_in(ours), NEWER.c.change_set_id.not_in(_settled(part)))

    @cached_property
    def restores(self) -> bool:
        """Whether undoing brings anything back; undoing an import only takes away."""
        statement = select(ENTRIES.c.id).where(self.part.entries, ENTRIES.c.operation != "create").limit(1)
        return next(rows_of(statement), None) is not None

    def windows(self, after: int) -> Iterator[set[Row]]:
        newest = newest_entry()
        for low in range(after, newest, WINDOW):
            yield set(self._window((NEWER.c.id > low) & (NEWER.c.id <= low + WINDOW) & self.foreign))

    def _window(self, window: ColumnElement[bool]) -> Iterator[Row]:
        tables = {found[0] for found in rows_of(select(NEWER.c.table_name).where(window).distinct())}
        if not tables:
            return
        yield from self._of_same_subject(window)
        for table_name in sorted(tables):
            if (specification := journaled(table_name)) is not None:
                if specification.subject_column != "id":
                    yield from self._moved_away(table_name, window)
                for reference in references_from(specification.table):
                    yield from self._referred_to(reference, window)
                if self.restores:
                    yield from self._restored_around(table_name, window)

    def _of_same_subject(self, window: ColumnElement[bool]) -> Iterator[Row]:
        mine = exists().where(
            self.part.entries,
            ENTRIES.c.subject_table == NEWER.c.subject_table,
            ENTRIES.c.subject_id == NEWER.c.subject_id,
        )
        statement = select(NEWER.c.subject_table, NEWER.c.subject_id).where(window, mine).distinct()
        yield from ((found[0], found[1]) for found in rows_of(statement))

    def _moved_away(self, table_name: str, window: ColumnElement[bool]) -> Iterator[Row]:
        """An entry names the record to which a row belongs after it; here, where the row was before."""
        specification = journaled(table_name)
        assert specification is not None
        column = specification.table.c[specification.subject_column]
        of_table = (NEWER.c.table_name == table_name) & (NEWER.c.operation == "update")
        before = _held_before(column, NEWER)
        moved = of_table & before.is_not(None)
        ids = [found[0] for found in rows_of(select(before).where(window, moved).distinct())]
        yield from _among_subjects(self.part, specification.subject_table, ids)

    def _referred_to(self, reference: Reference, window: ColumnElement[bool]) -> Iterator[Row]:
        """Rows that were written since and refer to another record than the one they belong to."""
        specification = journaled(reference.table.name)
        if specification is not None and specification.subject_column == reference.column.name:
            return
        wanted = (NEWER.c.table_name == reference.table.name) & (NEWER.c.operation != "delete")
        rows = [found[0] for found in rows_of(select(NEWER.c.row_id).where(window, wanted).distinct())]
        target = reference.column
        statement = select(target).where(among(reference.table.c.id, rows), target.is_not(None)).distinct()
        ids = [found[0] for found in rows_of(statement)] if rows else []
        yield from owners(self.part, reference.target.name, ids)

    def _restored_around(self, table_name: str, window: ColumnElement[bool]) -> Iterator[Row]:
        """Rows to be brought back that need what was deleted since, or a place that was taken since."""
        of_table = (NEWER.c.table_name == table_name) & window
        gone = select(NEWER.c.row_id).where(of_table, NEWER.c.operation == "delete").distinct()
        for ids in chunks(found[0] for found in rows_of(gone)):
            yield from restored_referring_to(self.part, table_name, ids)
        table = db.Base.metadata.tables[table_name]
        written = select(NEWER.c.row_id).where(of_table, NEWER.c.operation != "delete")
        for key in unique_keys(table):
            same = and_(*(_held_before(each, ENTRIES) == each for each in key.columns))
            # Who counts again by another column takes a place that entries about that column do not name.
            for name in key.deciding - {each.name for each in key.columns}:
                same |= _held_before(table.c[name], ENTRIES).is_not(None)
            statement = (
                select(ENTRIES.c.subject_table, ENTRIES.c.subject_id)
                .where(self.part.entries, ENTRIES.c.table_name == table_name, ENTRIES.c.operation != "create")
                .where(exists().where(table.c.id.in_(written), same).correlate(ENTRIES))
                .distinct()
            )
            yield from ((found[0], found[1]) for found in rows_of(statement))


def owners(part: Part, table_name: str, ids: Iterable[int]) -> Iterator[Row]:
    """The records of a change set to which rows of a table belong."""
    specification = journaled(table_name)
    if specification is None:
        return
    table, owner = specification.table, specification.table.c[specification.subject_column]
    for some in chunks(ids):
        belonging = rows_of(select(owner).where(among(table.c.id, some)).distinct())
        subjects = some if owner.name == "id" else [found[0] for found in belonging]
        yield from _among_subjects(part, specification.subject_table, subjects)


def _among_subjects(part: Part, subject_table: str, ids: Iterable[int]) -> Iterator[Row]:
    statement = select(ENTRIES.c.subject_id).where(
        part.entries, ENTRIES.c.subject_table == subject_table, among(ENTRIES.c.subject_id, ids)
    )
    yield from ((subject_table, found[0]) for found in rows_of(statement.distinct()))


def referred_to_without_journal(part: Part, table_names: Iterable[str]) -> Iterator[list[Row]]:
    """Records with rows created in these tables to which tables without a journal refer."""
    for table_name in table_names:
        created = select(ENTRIES.c.row_id).where(
            part.entries, ENTRIES.c.table_name == table_name, ENTRIES.c.operation == "create"
        )
        for reference in references_without_journal(table_name):
            statement = select(reference.column).where(reference.column.in_(created)).distinct()
            yield from _batches(owners(part, table_name, [found[0] for found in rows_of(statement)]))


def owners_without_journal(part: Part, created: Mapping[str, Iterable[int]]) -> Iterator[list[Row]]:
    """The records of created rows, ids by table, to which tables without a journal refer."""
    for table_name, ids in created.items():
        for reference in references_without_journal(table_name):
            statement = select(reference.column).where(among(reference.column, ids)).distinct()
            yield from _batches(owners(part, table_name, [found[0] for found in rows_of(statement)]))


def restored_referring_to(part: Part, table_name: str, ids: Iterable[int]) -> Iterator[Row]:
    """The records of those rows that undoing would bring back or set to refer to one of these rows; rows
    that belong to these are left out."""
    wanted = list(ids)
    for reference in references_to(table_name):
        specification = journaled(reference.table.name)
        if specification is None or specification.subject_column == reference.column.name:
            continue
        before = _held_before(reference.column, ENTRIES)
        statement = (
            select(ENTRIES.c.subject_table, ENTRIES.c.subject_id)
            .where(part.entries, ENTRIES.c.table_name == reference.table.name)
            .where(ENTRIES.c.operation != "create", among(before, wanted))
            .distinct()
        )
        yield from ((found[0], found[1]) for found in rows_of(statement))


def _held_before(column: Column[Any], entries: FromClause) -> ColumnElement[Any]:
    """What entries say that `column` held; NULL for entries about other tables, whose column of the same
    name may hold something else."""
    value = from_image(column, entries.c.before, db.dialect())
    return case((entries.c.table_name == column.table.name, value))


def _settled(part: Part) -> Select[tuple[int | None]]:
    """Newer change sets that were undone to the last row, and those that undid them: together, nothing."""
    undone, undoing = aliased(ChangeSet), aliased(ChangeSet)
    both = (
        select(undone.id, undoing.id.label("undoing"))
        .join(undoing, undoing.id == undone.undone_by_id)
        .where(undone.id > part.change_set_id, undoing.finished, undoing.entries == undone.entries)
    ).cte("settled")
    return select(union(select(both.c.id), select(both.c.undoing)).subquery().c.id)
