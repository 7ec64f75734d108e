"""New rows of many tables, collected and written in sets, in the order in which they refer to each other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change, insert, reserve


class Batch:
    """Rows by model; `add` gives the id that a row will have, `put` is for rows that nothing refers to: their
    ids are taken in one go when all is written, since asking for each bill's few is most of the work."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._columns: dict[type[db.Base], tuple[str, ...]] = {}
        self._named: dict[type[db.Base], list[Sequence[Any]]] = {}
        self._other: dict[type[db.Base], list[Sequence[Any]]] = {}

    def add(
        self, model: type[db.Base], columns: tuple[str, ...], rows: Sequence[Sequence[Any]]
    ) -> Sequence[int]:
        """Rows with these columns; all of one model in a batch have the same. Returns their ids."""
        if not rows:
            return ()
        ids = reserve(db.table(model), len(rows))
        self._columns.setdefault(model, columns)
        named = self._named.setdefault(model, [])
        named.extend((number, *row) for number, row in zip(ids, rows, strict=True))
        return ids

    def put(self, model: type[db.Base], columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
        """The same for rows whose ids nobody needs before they are written."""
        if rows:
            self._columns.setdefault(model, columns)
            self._other.setdefault(model, []).extend(rows)

    def write(self) -> None:
        """Insert everything and journal it."""
        for model, names in self._columns.items():
            table, columns = db.table(model), ("id", *names)
            other = self._other.get(model, [])
            rows = self._named.get(model, [])
            rows += [(number, *row) for number, row in zip(reserve(table, len(other)), other, strict=True)]
            insert(table, columns, _fitting(model, columns, rows))
            self.change.created(table, [row[0] for row in rows])
        self._columns, self._named, self._other = {}, {}, {}


def _limits(model: type[db.Base], columns: Sequence[str]) -> list[tuple[int, int]]:
    """Place and length of the columns that hold so many letters and no more."""
    found = (
        (place, getattr(db.table(model).c[name].type, "length", None)) for place, name in enumerate(columns)
    )
    return [(place, length) for place, length in found if length]


def _fitting(
    model: type[db.Base], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Sequence[Sequence[Any]]:
    """The rows with words cut to their columns: PostgreSQL refuses longer ones and all with them."""
    limits = _limits(model, columns)
    if not any(len(row[place] or "") > length for row in rows for place, length in limits):
        return rows
    cut = dict(limits)
    return [
        [each[: cut[place]] if place in cut and each else each for place, each in enumerate(row)]
        for row in rows
    ]


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
    told = _fitting(model, names, [[row[name] for name in names] for row in rows])
    values = [
        {"row_id": row["id"], **{f"new_{name}": each for name, each in zip(names, new, strict=True)}}
        for row, new in zip(rows, told, strict=True)
    ]
    with system("an import writes what it planned"):
        db.session().connection().execute(statement, values)
    change.changed(table, before)
