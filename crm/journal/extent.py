"""How far a change set reaches: how many records, so that nobody takes back more than they think."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from crm.db import among
from crm.journal.models import ChangeSet
from crm.journal.reading import rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo import SMALL

AT_ONCE = 50
"""Of more records than these nothing is undone before somebody saw what that would do."""


@dataclass(frozen=True)
class Extent:
    """So many records of the table of which there are most. `count` is None where they are too many to count
    for a list."""

    table: str = ""
    count: int | None = 1

    @property
    def is_one(self) -> bool:
        return self.count == 1

    @property
    def is_large(self) -> bool:
        return self.count is None or self.count > AT_ONCE


def extents(change_sets: Iterable[ChangeSet]) -> dict[int, Extent]:
    """How far each reaches, in one query. What came along, such as a new tag, does not count."""
    found: dict[int, Extent] = {}
    to_count = []
    for each in change_sets:
        tables = [name for name in each.subject_tables.split(",") if name]
        if each.entries > SMALL:
            found[each.id] = Extent(tables[0] if len(tables) == 1 else "", None)
        elif each.entries > 1:
            to_count.append(each.id)
        else:
            found[each.id] = Extent(tables[0] if tables else "")
    return found | _counted(to_count)


def extent(change_set: ChangeSet) -> Extent:
    return extents([change_set]).get(change_set.id, Extent())


def _counted(ids: list[int]) -> dict[int, Extent]:
    if not ids:
        return {}
    count = func.count(ENTRIES.c.subject_id.distinct())
    statement = (
        select(ENTRIES.c.change_set_id, ENTRIES.c.subject_table, count)
        .where(among(ENTRIES.c.change_set_id, ids))
        .group_by(ENTRIES.c.change_set_id, ENTRIES.c.subject_table)
    )
    rows = sorted(rows_of(statement), key=lambda row: row[2])
    return {row[0]: Extent(row[1], row[2]) for row in rows}
