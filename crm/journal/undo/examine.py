"""What must stay when a change set is undone: what something stands in the way of, and what that needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from crm.db import among
from crm.journal.images import Image, journaled
from crm.journal.models import UndoKept
from crm.journal.reading import Row, by_table, rows_of
from crm.journal.undo.candidates import owners, restored_referring_to
from crm.journal.undo.obstacles import Batch, Cause, obstacles
from crm.journal.undo.references import references_from, references_to
from crm.journal.undo.units import Part, Unit, differ, holds, load_images, load_units, spread


@dataclass(frozen=True)
class Kept:
    """A row that stays as it is. Rows that stay only because their record does have no cause."""

    unit: Unit
    cause: Cause | None


class Examination:
    """Compares records a batch at a time and remembers which rows must stay.

    A record that the change set created is undone as a whole or stays as a whole; of what it changed or
    deleted, each row by itself. `undo_id` is the undo under way, whose kept rows are known already. `idle`
    counts entries that are to be undone and need nothing more for it.
    """

    def __init__(self, part: Part, undo_id: int | None = None) -> None:
        self.part = part
        self.undo_id = undo_id
        self.kept: set[Row] = set()
        self.batch = Batch(part)
        self.idle = 0

    def judge(self, subjects: Iterable[Row]) -> list[Kept]:
        """The rows of these records that must stay, with those of others that they need."""
        self.batch = Batch(self.part)
        self._load(subjects)
        causes = {row: cause for row, cause in obstacles(self.batch).items() if row not in self.kept}
        kept: list[Kept] = []
        while causes:
            wave = list(self._keep(causes))
            kept += wave
            causes = self._consequences([each.unit for each in wave])
        self.idle += sum(
            len(unit.operations)
            for row, unit in self.batch.units.items()
            if row not in self.kept and _is_idle(unit, self.batch.now.get(row))
        )
        return kept

    def _load(self, subjects: Iterable[Row]) -> None:
        """Take records into the batch, those too to or from which their rows were moved."""
        batch, wanted = self.batch, set(subjects)
        units = load_units(self.part, wanted)
        images = load_images(units)
        more = {subject for unit in units.values() for subject in _subjects_of(unit, images.get(unit.row))}
        if more - wanted:
            units = load_units(self.part, wanted | more)
            images = load_images(units)
        batch.units |= {row: unit for row, unit in units.items() if row not in batch.units}
        batch.now |= {row: spread(each) for row, each in images.items()}
        self._remember(wanted | more)

    def _remember(self, subjects: set[Row]) -> None:
        """Rows that an undo under way has decided to leave."""
        if self.undo_id is None or not subjects:
            return
        kept = UndoKept.__table__.c
        for table_name, ids in by_table(subjects).items():
            statement = select(kept.table_name, kept.row_id).where(
                kept.change_set_id == self.undo_id,
                kept.subject_table == table_name,
                among(kept.subject_id, ids),
            )
            self.kept |= {(found[0], found[1]) for found in rows_of(statement)}

    def _keep(self, causes: dict[Row, Cause]) -> Iterator[Kept]:
        for row, cause in causes.items():
            for unit in self._whole(self.batch.units[row]):
                if unit.row not in self.kept:
                    self.kept.add(unit.row)
                    yield Kept(unit, cause if unit.row == row else None)

    def _whole(self, unit: Unit) -> list[Unit]:
        """The unit, and with it all that was created with its record."""
        root = self.batch.units.get(unit.subject)
        if unit.effect != "created" or root is None or root.effect != "created":
            return [unit]
        others = [
            each
            for each in self.batch.units.values()
            if each.subject == unit.subject and each.effect == "created" and each is not unit
        ]
        return [unit, *others]

    def _consequences(self, units: list[Unit]) -> dict[Row, Cause]:
        """What must stay because these rows do."""
        found: dict[Row, Cause] = {}
        for look in (self._needed_by, self._needing, self._waiting_for):
            for row, cause in look(units):
                if row not in self.kept:
                    found.setdefault(row, cause)
        return found

    def _needed_by(self, units: list[Unit]) -> Iterator[tuple[Row, Cause]]:
        """Created rows to which rows that stay refer."""
        needs: dict[Row, Cause] = {}
        for unit in units:
            image = self.batch.now.get(unit.row)
            specification = journaled(unit.row[0])
            if image is None or specification is None:
                continue
            for reference in references_from(specification.table):
                if (target_id := image.get(reference.column.name)) is not None:
                    target = (reference.target.name, target_id)
                    needs.setdefault(target, Cause("needed", unit.row, (reference.column.name,)))
        self._fetch(needs)
        for row, cause in needs.items():
            if row in self.batch.units and self.batch.units[row].effect == "created":
                yield row, cause

    def _fetch(self, rows: Iterable[Row]) -> None:
        """Take the records of these rows into the batch, where they are the change set's."""
        unknown = by_table(row for row in rows if row not in self.batch.units and row not in self.kept)
        subjects = [row for table_name, ids in unknown.items() for row in owners(self.part, table_name, ids)]
        if subjects:
            self._load(subjects)

    def _needing(self, units: list[Unit]) -> Iterator[tuple[Row, Cause]]:
        """Rows to be brought back that refer to rows which stay deleted."""
        gone = [unit.row for unit in units if unit.effect == "deleted" and unit.row not in self.batch.now]
        for table_name, ids in by_table(gone).items():
            if subjects := list(restored_referring_to(self.part, table_name, ids)):
                self._load(subjects)
            wanted = set(ids)
            columns = [(each.table.name, each.column.name) for each in references_to(table_name)]
            for unit in list(self.batch.units.values()):
                for name, column in columns:
                    if (
                        unit.row[0] == name
                        and unit.restored.get(column) in wanted
                        and unit.effect != "created"
                    ):
                        yield unit.row, Cause("missing", (table_name, unit.restored[column]), (column,))

    def _waiting_for(self, units: list[Unit]) -> Iterator[tuple[Row, Cause]]:
        for unit in units:
            yield from self.batch.waiting.pop(unit.row, ())


def _is_idle(unit: Unit, now: Image | None) -> bool:
    """Whether a row is already as undoing would make it, because others took back what was done."""
    if unit.effect == "updated":
        specification = journaled(unit.row[0])
        follows = specification.bookkeeping if specification else frozenset()
        return now is not None and all(
            not holds(now, name)
            or not differ(now.get(name), value, name)
            or (name in follows and now[name] != unit.left[name])
            for name, value in unit.restored.items()
        )
    return (now is None) == (unit.effect != "deleted")


def _subjects_of(unit: Unit, now: dict[str, object] | None) -> Iterator[Row]:
    """The records that a row belonged to before the change set and belongs to now."""
    specification = journaled(unit.row[0])
    if specification is None:
        return
    yield unit.subject
    for image in (unit.restored, now or {}):
        if isinstance(owner := image.get(specification.subject_column), int):
            yield specification.subject_table, owner
