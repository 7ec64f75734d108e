"""What one change set did to each row, taken together, and what the row looks like now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, or_, select, type_coerce

from crm import db
from crm.db import Json, among
from crm.journal.images import Image, image, journaled
from crm.journal.reading import Row, by_table, rows_of
from crm.journal.recorder import ENTRIES

OWN, OF_OWN = "custom", "custom."
"""The column in which records keep the values of custom fields, each of which counts by itself: to undo, and
to stand in the way of undoing. In the images of units each stands under a name of its own."""


def own_name(key: str) -> str:
    """What the value of a custom field is called in the images of units."""
    return OF_OWN + key


def spread(image: Image) -> Image:
    """An image in which each custom field stands by itself; those without a value are left out."""
    if OWN not in image:
        return image
    found = {name: value for name, value in image.items() if name != OWN}
    own = image[OWN] or {}
    return found | {own_name(key): value for key, value in own.items() if value is not None}


def own_changed(before: Image, after: Image) -> dict[str, tuple[Any, Any]]:
    """The custom fields, by key, that hold something else in the second of two images: what they held and
    what they hold; None for nothing."""
    old, new = before.get(OWN) or {}, after.get(OWN) or {}
    pairs = {key: (old.get(key), new.get(key)) for key in (*old, *new)}
    return {key: both for key, both in pairs.items() if differ(*both)}


def differ(one: Any, other: Any, name: str = OF_OWN) -> bool:
    """Whether a column holds two values. Python takes yes for 1; with custom fields, that is another kind."""
    as_other_kind = name.startswith(OF_OWN) and isinstance(one, bool) != isinstance(other, bool)
    return bool(one != other or as_other_kind)


def differences(before: Image, after: Image) -> tuple[Image, Image]:
    """What an update changed, from and to, custom fields one by one."""
    if OWN not in before and OWN not in after:
        return before, after
    own = own_changed(before, after)
    first, second = ({n: v for n, v in each.items() if n != OWN} for each in (before, after))
    return (
        first | {own_name(key): old for key, (old, _new) in own.items()},
        second | {own_name(key): new for key, (_old, new) in own.items()},
    )


def holds(image: Image, name: str) -> bool:
    """Whether a row has such a column; a custom field every record of its kind has, if only empty."""
    return name in image or name.startswith(OF_OWN)


@dataclass
class Unit:
    """All that one change set did to one row. `left` is what it left behind in the columns it touched,
    `restored` what they held before; custom fields stand in both by themselves."""

    row: Row
    subject: Row
    operations: list[str] = field(default_factory=list)
    left: Image = field(default_factory=dict)
    restored: Image = field(default_factory=dict)

    @property
    def effect(self) -> Literal["created", "updated", "deleted", "nothing"]:
        created, deleted = self.operations[0] == "create", self.operations[-1] == "delete"
        if created:
            return "nothing" if deleted else "created"
        return "deleted" if deleted else "updated"

    def add(self, operation: str, before: Image | None, after: Image | None) -> None:
        """Take in the next entry, in the order in which they were written."""
        self.operations.append(operation)
        if operation == "update":
            old, new = differences(before or {}, after or {})
        else:
            old, new = spread(before or {}), spread(after or {})
        self.left = {} if operation == "delete" else self.left | new
        self.restored = old | self.restored


@dataclass(frozen=True)
class Part:
    """The entries of a change set that are to be undone: those with an id below `below`."""

    change_set_id: int
    below: int | None = None

    @property
    def entries(self) -> ColumnElement[bool]:
        mine = ENTRIES.c.change_set_id == self.change_set_id
        return mine if self.below is None else mine & (ENTRIES.c.id < self.below)


def of_subjects(subjects: Iterable[Row]) -> ColumnElement[bool]:
    """The entries about any of these records."""
    return or_(
        *(
            (ENTRIES.c.subject_table == table_name) & among(ENTRIES.c.subject_id, ids)
            for table_name, ids in by_table(subjects).items()
        )
    )


def load_units(part: Part, subjects: Iterable[Row]) -> dict[Row, Unit]:
    """What the change set did to the rows of these records."""
    entry = ENTRIES.c
    columns = (entry.table_name, entry.row_id, entry.operation, entry.subject_table, entry.subject_id)
    units: dict[Row, Unit] = {}
    for table_name, ids in by_table(subjects).items():
        statement = (
            select(*columns, entry.before, entry.after)
            .where(part.entries, of_subjects((table_name, each) for each in ids))
            .order_by(entry.id)
        )
        for found in rows_of(statement):
            row, subject = (found.table_name, found.row_id), (found.subject_table, found.subject_id)
            units.setdefault(row, Unit(row, subject)).add(found.operation, found.before, found.after)
    return units


def load_images(rows: Iterable[Row]) -> dict[Row, Image]:
    """The rows as they are now; those that do not exist, or whose plugin is off, are missing."""
    images: dict[Row, Image] = {}
    for table_name, ids in by_table(rows).items():
        specification = journaled(table_name)
        if specification is None:
            continue
        table = specification.table
        whole = type_coerce(image(specification, db.dialect()), Json)
        statement = select(table.c.id, whole).where(among(table.c.id, ids))
        images |= {(table_name, found[0]): found[1] for found in rows_of(statement)}
    return images


def existing(table_name: str, ids: Iterable[int]) -> set[int]:
    """Which of these rows exist."""
    table = db.Base.metadata.tables[table_name]
    return {found.id for found in rows_of(select(table.c.id).where(among(table.c.id, ids)))}
