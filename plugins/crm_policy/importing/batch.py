"""New rows of many tables, collected and written in sets, in the order in which they refer to each other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change, insert, reserve


class Batch:
    """Rows by model; `add` gives the id that a row will have."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._rows: dict[type[db.Base], list[Sequence[Any]]] = {}
        self._columns: dict[type[db.Base], tuple[str, ...]] = {}

    def add(
        self, model: type[db.Base], columns: tuple[str, ...], rows: Sequence[Sequence[Any]]
    ) -> Sequence[int]:
        """Rows with these columns; all of one model in a batch have the same. Returns their ids."""
        if not rows:
            return ()
        ids = reserve(db.table(model), len(rows))
        self._columns.setdefault(model, columns)
        self._rows.setdefault(model, []).extend((number, *row) for number, row in zip(ids, rows, strict=True))
        return ids

    def write(self) -> None:
        """Insert everything and journal it."""
        for model, rows in self._rows.items():
            table = db.table(model)
            insert(table, ("id", *self._columns[model]), rows)
            self.change.created(table, [row[0] for row in rows])
        self._rows = {}


def set_each(change: Change, model: type[db.Base], rows: Sequence[dict[str, Any]]) -> None:
    """Set columns of rows, each to its own values: dicts with `id` and the same columns in all. Journaled."""
    if not rows:
        return
    table = db.table(model)
    names = [name for name in rows[0] if name != "id"]
    before = change.watch(table, [row["id"] for row in rows])
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    values = [{"row_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    with system("an import writes what it planned"):
        db.session().connection().execute(statement, values)
    change.changed(table, before)
