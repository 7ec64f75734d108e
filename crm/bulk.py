"""Writing many rows at once: ids reserved beforehand, rows sent as a stream.

Rows that other new rows refer to get their ids first, so that nothing has to be read back. PostgreSQL takes
the rows by COPY, SQLite by one prepared statement. Whoever inserts into a journaled table tells the change
set with `Change.created`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

import orjson
from psycopg import sql
from sqlalchemy import JSON, Boolean, Date, DateTime, Table, text

from crm import db
from crm.db import UtcDateTime

Encoder = Callable[[Any], Any]


def reserve(table: Table, count: int) -> range:
    """Ids for so many new rows of a table, one after the other; inside a transaction.

    They are never given out again, whether they are used or not.
    """
    if count <= 0:
        return range(0)
    connection = db.session().connection()
    if db.dialect() == "postgresql":
        # The sequence jumps in one step; other writers go on behind it.
        statement = text(
            "SELECT setval(name, nextval(name) + :more) FROM pg_get_serial_sequence(:table, 'id') AS name"
        )
        last = connection.execute(statement, {"table": table.name, "more": count - 1}).scalar_one()
        return range(last - count + 1, last + 1)
    return _reserve_on_sqlite(table.name, count)


def _reserve_on_sqlite(name: str, count: int) -> range:
    """`sqlite_sequence` has a row for each table into which anything was ever inserted."""
    connection = db.session().connection()
    raise_by = text("UPDATE sqlite_sequence SET seq = seq + :count WHERE name = :name RETURNING seq")
    last = connection.execute(raise_by, {"name": name, "count": count}).scalar()
    if last is None:
        begin = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :count)")
        connection.execute(begin, {"name": name, "count": count})
        last = count
    return range(last - count + 1, last + 1)


def insert(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of `columns`; every column without a default of the
    database must be among them. Inside a transaction."""
    encoders = [_encoder(table, name) for name in columns]
    if any(encoders):
        rows = (_encoded(row, encoders) for row in rows)
    driver: Any = db.session().connection().connection.driver_connection
    if db.dialect() == "postgresql":
        _copy(driver, table, columns, rows)
    else:
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)  # noqa: S608  # Names of our own tables.


def _copy(driver: Any, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _encoded(row: Sequence[Any], encoders: Sequence[Encoder | None]) -> list[Any]:
    return [
        value if encode is None or value is None else encode(value)
        for value, encode in zip(row, encoders, strict=True)
    ]


def _encoder(table: Table, name: str) -> Encoder | None:
    """What makes a value of the column what the driver takes; None where it takes it as it is."""
    kind = table.c[name].type
    if isinstance(kind, JSON):
        return _json
    if db.dialect() == "postgresql":
        return None
    if isinstance(kind, UtcDateTime | DateTime):
        return _moment
    if isinstance(kind, Date):
        return cast(Encoder, date.isoformat)
    return int if isinstance(kind, Boolean) else None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _moment(value: datetime) -> str:
    """As SQLAlchemy keeps a moment in SQLite: in UTC, without saying so."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
