"""Reading the journal, which is nobody's view of the data: callers show only what their reader may see."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select

from crm import db
from crm.access.guard import system

Row = tuple[str, int]
"""A table's name and the id of one of its rows."""


def rows_of(statement: Select[Any]) -> Iterator[Any]:
    """What a statement finds, read as the journal, which is nobody's view of the data."""
    with system("journal"):
        found = db.session().connection().execute(statement)
    for some in found.partitions(2_000):
        yield from some


def by_table(rows: Iterable[Row]) -> dict[str, list[int]]:
    """Ids grouped by their table, each once and in order."""
    found: dict[str, set[int]] = {}
    for table_name, row_id in rows:
        found.setdefault(table_name, set()).add(row_id)
    return {table_name: sorted(ids) for table_name, ids in found.items()}
