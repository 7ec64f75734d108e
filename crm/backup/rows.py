"""Rows in the form that every backup has, whatever database they come from and go to.

A value is what SQLite would keep: a number, a text, null. Moments are texts in UTC, truths 0 and 1, JSON
is its text, bytes are base64.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    inspect,
)

BATCH = 2000
KINDS = (
    ("truth", Boolean),
    ("moment", DateTime),
    ("day", Date),
    ("json", JSON),
    ("bytes", LargeBinary),
    ("real", Float),
    ("whole", Integer),
    ("decimal", Numeric),
)
"""The first that fits; everything else is text."""

ON_POSTGRESQL = {
    "truth": "{0}::int",
    "moment": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "day": "to_char({0}, 'YYYY-MM-DD')",
    "json": "{0}::text",
    "bytes": "{0}",
    "real": "{0}",
    "whole": "{0}",
    "decimal": "{0}::text",
    "text": "{0}::text",
}
"""How PostgreSQL is asked for a column of each kind."""

Columns = list[tuple[str, str]]
"""Name and kind of each column."""


def columns_of(connection: Connection, table: str) -> Columns:
    """The columns of a table that hold data of their own, as (name, kind)."""
    found = inspect(connection).get_columns(table)
    return [(each["name"], _kind(each["type"])) for each in found if not each.get("computed")]


def _kind(column_type: Any) -> str:
    return next((kind for kind, known in KINDS if isinstance(column_type, known)), "text")


def read(connection: Connection, table: str, columns: Columns) -> Iterator[list[Any]]:
    """Every row of a table, in the order of its ids."""
    postgresql = connection.dialect.name == "postgresql"
    names = [_quoted(name) for name, _kind in columns]
    asked = [
        ON_POSTGRESQL[kind].format(name) if postgresql else name
        for name, (_name, kind) in zip(names, columns, strict=True)
    ]
    order = " ORDER BY id" if ("id", "whole") in columns else ""
    statement = f"SELECT {', '.join(asked)} FROM {_quoted(table)}{order}"  # noqa: S608  # Names of our tables, quoted.
    binary = [at for at, (_name, kind) in enumerate(columns) if kind == "bytes"]
    for row in _rows(connection, statement):
        values = list(row)
        for at in binary:
            if values[at] is not None:
                values[at] = base64.b64encode(values[at]).decode()
        yield values


def _rows(connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    """Straight from the driver: a million rows need no results of SQLAlchemy around them."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor("rollcall_backup") as cursor:
            cursor.itersize = BATCH
            cursor.execute(statement)
            yield from cursor
        return
    cursor = driver.execute(statement)
    while batch := cursor.fetchmany(BATCH):
        yield from batch


def write(
    connection: Connection, table: str, columns: Columns, rows: Iterable[list[Any]], *, compact: bool
) -> None:
    """Add rows in the form of a backup to a table. `compact` writes JSON as SQLite does, without spaces."""
    binary = [at for at, (_name, kind) in enumerate(columns) if kind == "bytes"]
    ready = map(_decoder(binary), rows) if binary else rows
    names = ", ".join(_quoted(name) for name, _kind in columns)
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor:
            cursor.execute("SET LOCAL TimeZone = 'UTC'")
            with cursor.copy(f"COPY {_quoted(table)} ({names}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
        return
    places = ", ".join("json(?)" if compact and kind == "json" else "?" for _name, kind in columns)
    driver.executemany(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({places})", ready)  # noqa: S608  # As above.


def _decoder(binary: list[int]) -> Callable[[list[Any]], list[Any]]:
    def decode(row: list[Any]) -> list[Any]:
        for at in binary:
            if row[at] is not None:
                row[at] = base64.b64decode(row[at])
        return row

    return decode


def count(connection: Connection, table: str) -> int:
    """How many rows a table has."""
    statement = f"SELECT count(*) FROM {_quoted(table)}"  # noqa: S608  # As above.
    return int(connection.exec_driver_sql(statement).scalar_one())


def is_empty(connection: Connection, table: str) -> bool:
    """Whether a table has no row, without counting."""
    statement = f"SELECT 1 FROM {_quoted(table)} LIMIT 1"  # noqa: S608  # As above.
    return connection.exec_driver_sql(statement).first() is None


def _quoted(name: str) -> str:
    """A name that comes from a file stays a name."""
    return '"' + name.replace('"', '""') + '"'
