"""Deleting many rows to which many tables refer.

PostgreSQL asks after each reference of each row that goes by a statement of its own: some fifty for each
contact, which takes longer than everything else that undoing an import does. Where its account may say that
rows go unasked (a superuser, or one that was granted `SET ON PARAMETER session_replication_role`), they do,
and one statement asks after all references at once. It runs after the rows are gone, as PostgreSQL's own
question does: whoever referred to one before has committed by then and is seen, whoever would do so later
waits for us and finds nothing.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, text

from crm import bulk, db
from crm.access.guard import system

MANY: Final = 100
"""From so many rows on it pays to tell the database beforehand."""
_REFERENCES: Final = text("""
    SELECT quote_ident(space.nspname) || '.' || quote_ident(here.relname), quote_ident(place.attname),
           target.attname = 'id' AND cardinality(one.conkey) = 1 AND one.conparentid = 0
    FROM pg_constraint one
    JOIN pg_class here ON here.oid = one.conrelid
    JOIN pg_namespace space ON space.oid = here.relnamespace
    JOIN pg_attribute place ON place.attrelid = one.conrelid AND place.attnum = one.conkey[1]
    JOIN pg_attribute target ON target.attrelid = one.confrelid AND target.attnum = one.confkey[1]
    WHERE one.contype = 'f' AND one.confrelid = CAST(quote_ident(:name) AS regclass)
""")
_UNASKED: Final = text("""
    SELECT has_parameter_privilege('session_replication_role', 'SET')
       AND current_setting('transaction_isolation') = 'read committed'
       AND NOT EXISTS (SELECT 1 FROM pg_trigger
                       WHERE tgrelid = CAST(quote_ident(:name) AS regclass) AND NOT tgisinternal)
""")
_FIRST_VERSION: Final = (15,)
"""Of PostgreSQL, that knows of such a privilege."""


def delete_rows(table: Table, ids: Sequence[int]) -> None:
    """Delete rows by id; IntegrityError when something refers to one. Inside a transaction."""
    connection = db.session().connection()
    statement = delete(table).where(db.among(table.c.id, ids))
    if len(ids) < MANY:
        connection.execute(statement)
        return
    if not _went_unasked(connection, table, statement, ids):
        with bulk.planned_once():
            connection.execute(statement)


def _went_unasked(connection: Connection, table: Table, statement: Any, ids: Sequence[int]) -> bool:
    """Delete and ask after all references at once; false, and nothing done, where that cannot be or where
    something refers to a row: PostgreSQL says it better."""
    if connection.dialect.name != "postgresql":
        return False
    version = connection.dialect.server_version_info
    if version is None or version < _FIRST_VERSION:
        return False
    if not connection.execute(_UNASKED, {"name": table.name}).scalar_one():
        return False
    references = connection.execute(_REFERENCES, {"name": table.name}).all()
    if not all(plain for _table, _column, plain in references):
        return False
    with connection.begin_nested() as savepoint:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.execute(statement)
        connection.exec_driver_sql("SET LOCAL session_replication_role = origin")
        if references and _any_refers(connection, [(each[0], each[1]) for each in references], ids):
            savepoint.rollback()
            return False
    return True


def _any_refers(connection: Connection, references: Sequence[tuple[str, str]], ids: Sequence[int]) -> bool:
    asked = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {column} = ANY(CAST(:ids AS bigint[])))"  # noqa: S608  # Quoted by PostgreSQL.
        for table, column in references
    )
    with system("whether anything refers to rows that went"):
        return bool(connection.execute(text(f"SELECT {asked}"), {"ids": list(ids)}).scalar_one())
