"""Writing many rows at once: ids reserved beforehand, rows sent as a stream.

Rows that other new rows refer to get their ids first, so that nothing has to be read back. PostgreSQL takes
the rows by COPY, SQLite many in each statement. Whoever inserts into a journaled table tells the change
set with `Change.created`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import orjson
from psycopg import sql
from sqlalchemy import JSON, Boolean, Date, DateTime, Table, text

from crm import db
from crm.collecting import many_objects
from crm.db import UtcDateTime

__all__ = ["defer_references", "fill", "insert", "many_objects", "planned_once", "reserve"]

Encoder = Callable[[Any], Any]

# Days are what most rows hold: the driver of SQLite writes them itself, without a step of ours for each row.
sqlite3.register_adapter(date, date.isoformat)

VALUES_AT_ONCE = 2000
WIDE = 10
"""Of how many columns on one statement for each row takes less time than one for many rows."""


@contextmanager
def planned_once() -> Iterator[None]:
    """Around statements by ids that write many rows. PostgreSQL asks after each reference of each row by a
    statement of its own; planned once and not for every row, deleting contacts, to which some fifty tables
    refer, takes a sixth of the time. After an error the rollback restores what was set."""
    if db.dialect() != "postgresql":
        yield
        return
    connection = db.session().connection()
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    yield
    connection.exec_driver_sql("SET LOCAL plan_cache_mode TO DEFAULT")


def reserve(table: Table, count: int) -> Sequence[int]:
    """Ids for so many new rows of a table, rising; inside a transaction.

    They are never given out again, whether they are used or not.
    """
    if count <= 0:
        return ()
    if db.dialect() == "postgresql":
        return _reserve_on_postgresql(table.name, count)
    return _reserve_on_sqlite(table.name, count)


def _reserve_on_postgresql(name: str, count: int) -> list[int]:
    """One by one, since others may take ids from the same sequence at the same time."""
    statement = text(
        "SELECT array_agg(nextval(sequence)) FROM generate_series(1, :count), "
        "CAST(pg_get_serial_sequence(:name, 'id') AS regclass) AS sequence"
    )
    found = db.session().connection().execute(statement, {"name": name, "count": count})
    return list(found.scalar_one())


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


def defer_references() -> None:
    """Let rows of one table refer to rows that come after them; checked at the end of the transaction.
    PostgreSQL checks at the end of each statement anyway."""
    if db.dialect() == "sqlite":
        db.session().connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")


def insert(
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    constants: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows whose values stand in the order of `columns`; `constants` are columns that are the same in
    each. A column without a default of the database must be among them. Inside a transaction."""
    constants = constants or {}
    encoders = [
        (place, encode) for place, name in enumerate(columns) if (encode := _encoder(table, name)) is not None
    ]
    same = tuple(_encoded_alone(table, name, value) for name, value in constants.items())
    ready: Iterable[Sequence[Any]] = ((*row, *same) for row in rows)
    if encoders:
        ready = ((*_encoded(row, encoders), *same) for row in rows)
    driver: Any = db.session().connection().connection.driver_connection
    names = [*columns, *constants]
    if db.dialect() == "postgresql":
        with planned_once():
            _copy(driver, table, names, ready)
    else:
        quoted = ", ".join(f'"{name}"' for name in names)
        fill(driver, f'INSERT INTO "{table.name}" ({quoted})', len(names), ready)


def fill(connection: sqlite3.Connection, begins: str, width: int, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of so many values by statements of SQLite that begin so. Where a row is short, many in each
    take less than half the time of a statement for each."""
    row, at_once = f"({', '.join('?' * width)})", max(1, VALUES_AT_ONCE // width)
    if width >= WIDE:
        connection.executemany(f"{begins} VALUES {row}", rows)
        return
    whole, rest = f"{begins} VALUES {', '.join([row] * at_once)}", iter(rows)
    while some := list(islice(rest, at_once)):
        statement = whole if len(some) == at_once else f"{begins} VALUES {', '.join([row] * len(some))}"
        connection.execute(statement, list(chain.from_iterable(some)))


def _copy(driver: Any, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _encoded(row: Sequence[Any], encoders: Sequence[tuple[int, Encoder]]) -> Sequence[Any]:
    if not encoders:
        return row
    values = list(row)
    for place, encode in encoders:
        if values[place] is not None:
            values[place] = encode(values[place])
    return values


def _encoded_alone(table: Table, name: str, value: Any) -> Any:
    encode = _encoder(table, name)
    return value if encode is None or value is None else encode(value)


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
        return _day
    return int if isinstance(kind, Boolean) else None


def _json(value: Any) -> str:
    return "{}" if value == {} else orjson.dumps(value).decode()


@lru_cache(maxsize=256)
def _moment(value: datetime) -> str:
    """As SQLAlchemy keeps a moment in SQLite: in UTC, unsaid. Rows written together share theirs."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@lru_cache(maxsize=4096)
def _day(value: date) -> str:
    """The driver would look for somebody who adapts it, for each day and each truth value anew."""
    return value.isoformat()
