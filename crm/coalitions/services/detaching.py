"""Letting go: rows elsewhere that refer to one that is deleted stay, and refer to nothing."""

from collections.abc import Sequence

from sqlalchemy import select

from crm import db
from crm.journal.undo.references import references_to


def detach(table_name: str, ids: Sequence[int]) -> None:
    """Empty every column that may be empty and holds one of these ids; what must hold one is left for the
    database to refuse. Inside a transaction and a `system` block."""
    change = db.current_change()
    assert change is not None
    for reference in references_to(table_name) if ids else ():
        if not reference.column.nullable:
            continue
        table = reference.table
        statement = select(table.c.id).where(db.among(reference.column, ids))
        found = list(db.session().execute(statement).scalars())
        if found:
            change.update(table, found, {reference.column.name: None})
