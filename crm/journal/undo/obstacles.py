"""What stands in the way of undoing, found by comparing values: what a change set left with what is there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Table, select, text, tuple_

from crm import db
from crm.db import among
from crm.journal.images import Image, Journaled, journaled, to_python
from crm.journal.reading import Row, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo.references import Reference, UniqueKey, references_from, references_to, unique_keys
from crm.journal.undo.units import OF_OWN, Part, Unit, differ, existing, holds

Kind = Literal["changed", "deleted", "refers", "missing", "taken", "needed", "off"]


@dataclass(frozen=True)
class Cause:
    """Why a row stays: `row` stands in the way, by these `columns` of its.

    changed, deleted: somebody did that to the row itself since. refers: a newer row refers to it. missing:
    it needs a row that is gone. taken: a newer row has what may exist once only. needed: a row that stays
    refers to it. off: its plugin is switched off.
    """

    kind: Kind
    row: Row
    columns: tuple[str, ...] = ()


@dataclass
class Batch:
    """Some records of a change set: what was done to their rows, and the rows as they are now."""

    part: Part
    units: dict[Row, Unit] = field(default_factory=dict)
    now: dict[Row, Image] = field(default_factory=dict)
    waiting: dict[Row, list[tuple[Row, Cause]]] = field(default_factory=lambda: defaultdict(list))
    """Rows that can be restored if the row that is the key is undone, too."""

    def grouped(self, *effects: str) -> dict[str, list[Unit]]:
        """The units with one of these effects, by table; tables whose plugin is off are left out."""
        found: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.units.values():
            if unit.effect in effects and journaled(unit.row[0]) is not None:
                found[unit.row[0]].append(unit)
        return found


def obstacles(batch: Batch) -> dict[Row, Cause]:
    """Every row that something stands in the way of, with the first thing that does."""
    found: dict[Row, Cause] = {}
    for look in (_changed, _lost, _referred_to, _without_target, _without_place):
        for row, cause in look(batch):
            found.setdefault(row, cause)
    return found


def _changed(batch: Batch) -> Iterator[tuple[Row, Cause]]:
    for row, unit in batch.units.items():
        specification = journaled(row[0])
        if specification is None:
            yield row, Cause("off", row)
        elif row in batch.now:
            if columns := _changed_columns(unit, batch.now[row], specification):
                yield row, Cause("changed", row, columns)
        elif unit.effect == "updated":
            yield row, Cause("deleted", row)


def _changed_columns(unit: Unit, now: Image, specification: Journaled) -> tuple[str, ...]:
    """Columns that hold neither what the change set left nor what undoing would bring back anyway."""
    if unit.effect not in {"created", "updated"}:
        return ()
    added = [name for name in now if name.startswith(OF_OWN)] if unit.effect == "created" else []
    return tuple(
        name
        for name in dict.fromkeys((*unit.left, *added))
        if holds(now, name)
        and name not in specification.bookkeeping
        and differ(now.get(name), left := unit.left.get(name), name)
        and (unit.effect != "updated" or differ(now.get(name), unit.restored.get(name, left), name))
    )


def _lost(batch: Batch) -> Iterator[tuple[Row, Cause]]:
    """A created record that has lost a row since is not as it was created. One that is all gone is no
    obstacle: nothing is left to take away."""
    for row, unit in batch.units.items():
        root = batch.units.get(unit.subject)
        gone = unit.effect == "created" and row not in batch.now and journaled(row[0]) is not None
        if gone and root is not None and root.effect == "created" and root.row in batch.now:
            yield root.row, Cause("deleted", row)


def _referred_to(batch: Batch) -> Iterator[tuple[Row, Cause]]:
    for table_name, units in batch.grouped("created").items():
        ids = [unit.row[1] for unit in units if unit.row in batch.now]
        for reference in references_to(table_name) if ids else ():
            yield from _strangers(batch, reference, ids)


def _strangers(batch: Batch, reference: Reference, ids: list[int]) -> Iterator[tuple[Row, Cause]]:
    """Rows that refer to these and that undoing would leave so."""
    table, column = reference.table, reference.column
    statement = select(table.c.id, column).where(among(column, ids)).order_by(table.c.id)
    referring = {found[0]: found[1] for found in rows_of(statement)}
    unknown = [row_id for row_id in referring if (table.name, row_id) not in batch.units]
    written = _written_by(batch.part, table, unknown, (column.name,))
    for row_id, target_id in referring.items():
        unit = batch.units.get((table.name, row_id))
        leaves = row_id in written if unit is None else _leaves(unit, (column.name,))
        if not leaves:
            yield (reference.target.name, target_id), Cause("refers", (table.name, row_id), (column.name,))


def _leaves(unit: Unit, columns: tuple[str, ...]) -> bool:
    """Whether undoing takes a row away or gives one of these columns back what it held."""
    changes = unit.effect == "updated" and any(name in unit.restored for name in columns)
    return unit.effect == "created" or changes


def _written_by(part: Part, table: Table, ids: list[int], columns: tuple[str, ...]) -> set[int]:
    """Which of these existing rows the change set created, or filled one of these columns of."""
    specification = journaled(table.name)
    if specification is None or not ids:
        return set()
    entry, owner = ENTRIES.c, table.c[specification.subject_column]
    statement = (
        select(entry.row_id, entry.operation, entry.before)
        .join(table, (table.c.id == entry.row_id) & (owner == entry.subject_id))
        .where(entry.change_set_id == part.change_set_id, entry.table_name == table.name)
        .where(entry.subject_table == specification.subject_table, among(table.c.id, ids))
    )
    return {
        found.row_id
        for found in rows_of(statement)
        if found.operation == "create" or any(name in (found.before or {}) for name in columns)
    }


def _without_target(batch: Batch) -> Iterator[tuple[Row, Cause]]:
    """Rows to be brought back or changed back that would refer to something that is not there."""
    wanted: dict[str, list[tuple[int, Row, str]]] = defaultdict(list)
    for table_name, units in batch.grouped("deleted", "updated").items():
        for reference in references_from(db.Base.metadata.tables[table_name]):
            for unit in units:
                target_id = _restored(unit, reference.column.name, batch.now.get(unit.row))
                if target_id is not None:
                    wanted[reference.target.name].append((target_id, unit.row, reference.column.name))
    for table_name, needs in wanted.items():
        gone = {target_id for target_id, _row, _column in needs}
        gone -= existing(table_name, gone)
        gone -= {each for each in gone if _comes_back(batch.units.get((table_name, each)))}
        gone -= _deleted_by(batch.part, table_name, gone)
        for target_id, row, column in needs:
            if target_id in gone:
                yield row, Cause("missing", (table_name, target_id), (column,))


def _restored(unit: Unit, column: str, now: Image | None) -> Any:
    """What undoing would write to a column, or None when it writes nothing there."""
    if (unit.effect == "deleted") != (now is None):
        return None
    value = unit.restored.get(column)
    return None if now is not None and now.get(column) == value else value


def _comes_back(unit: Unit | None) -> bool:
    return unit is not None and unit.effect == "deleted"


def _deleted_by(part: Part, table_name: str, ids: Iterable[int]) -> set[int]:
    """Which of these rows the change set deleted, so that undoing brings them back."""
    wanted = list(ids)
    specification = journaled(table_name)
    if specification is None or not wanted:
        return set()
    statement = select(ENTRIES.c.row_id).where(
        part.entries, ENTRIES.c.table_name == table_name, ENTRIES.c.operation == "delete"
    )
    if specification.subject_column == "id":
        statement = statement.where(
            ENTRIES.c.subject_table == specification.subject_table, among(ENTRIES.c.subject_id, wanted)
        )
    return {found[0] for found in rows_of(statement.where(among(ENTRIES.c.row_id, wanted)))}


def _without_place(batch: Batch) -> Iterator[tuple[Row, Cause]]:
    """Rows to be brought back or changed back whose name, or the like, another row has meanwhile."""
    for table_name, units in batch.grouped("deleted", "updated").items():
        table = db.Base.metadata.tables[table_name]
        for key in unique_keys(table):
            wanted = {
                values: unit.row
                for unit in units
                if (values := _restored_key(unit, key, batch.now.get(unit.row))) is not None
            }
            if wanted:
                yield from _taken(batch, table, key, wanted)


def _restored_key(unit: Unit, key: UniqueKey, now: Image | None) -> tuple[Any, ...] | None:
    """The values that need a place; None where they are as they are now, or need none."""
    if all(_restored(unit, name, now) is None for name in key.deciding):
        return None
    image = (now or {}) | unit.restored
    values = tuple(to_python(column, image.get(column.name)) for column in key.columns)
    return None if None in values or not key.counts(image) else values


def _taken(
    batch: Batch, table: Table, key: UniqueKey, wanted: dict[tuple[Any, ...], Row]
) -> Iterator[tuple[Row, Cause]]:
    columns, held = tuple(column.name for column in key.columns), key.columns
    same = (
        held[0].in_([values[0] for values in wanted]) if len(held) == 1 else tuple_(*held).in_(list(wanted))
    )
    statement = select(table.c.id, *held).where(same, text(key.where or "1 = 1"))
    holders = [(found[0], wanted[tuple(found[1:])]) for found in rows_of(statement)]
    unknown = [holder for holder, _row in holders if (table.name, holder) not in batch.units]
    moving = _written_by(batch.part, table, unknown, tuple(sorted(key.deciding)))
    for holder, row in holders:
        unit = batch.units.get((table.name, holder))
        cause = Cause("taken", (table.name, holder), columns)
        if (table.name, holder) == row or holder in moving:
            continue
        if unit is not None and _leaves(unit, tuple(sorted(key.deciding))):
            batch.waiting[unit.row].append((row, cause))
        else:
            yield row, cause
