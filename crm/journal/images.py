"""Images of rows as JSON, made and read back by the database itself, so that sets stay sets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Float,
    LargeBinary,
    Numeric,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
)
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from crm.db import Base, UtcDateTime

Image = dict[str, Any]
"""A row, or the changed part of one, by column."""


@dataclass(frozen=True)
class Journaled:
    """How one table is journaled: the table, the record its rows belong to, and which columns count."""

    table: Table
    subject_table: str
    subject_column: str
    columns: tuple[Column[Any], ...]
    bookkeeping: frozenset[str]
    rising: frozenset[str]
    label: Any
    permissions: tuple[str, str | None] | None
    number: str = ""


@lru_cache(maxsize=1)
def _specifications(tables: int) -> dict[str, Journaled]:  # A plugin's models may come later.
    found: dict[str, Journaled] = {}
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if not model.__journaled__ or mapper.inherits is not None:
            continue
        table = mapper.local_table
        assert isinstance(table, Table)
        subject_table, subject_column = model.__journal_subject__ or (table.name, "id")
        columns = tuple(column for column in table.columns if column.name not in model.__journal_exclude__)
        found[table.name] = Journaled(
            table,
            subject_table,
            subject_column,
            columns,
            model.__journal_bookkeeping__,
            model.__journal_rising__,
            model.__journal_label__,
            model.__journal_permissions__,
            model.__journal_number__,
        )
    return found


def journaled(table_name: str) -> Journaled | None:
    """The specification of a journaled table, or None."""
    return _specifications(len(Base.metadata.tables)).get(table_name)


def image(specification: Journaled, dialect: str) -> ColumnElement[Any]:
    """An expression for the whole row as one JSON object."""
    table = specification.table
    if dialect == "postgresql":
        whole: ColumnElement[Any] = func.to_jsonb(literal_column(f'"{table.name}"'))
        for column in table.columns:
            if column not in specification.columns:
                whole = whole.op("-")(column.name)
        return whole
    pairs: list[ColumnElement[Any]] = []
    for column in specification.columns:
        pairs.append(literal(column.name))
        pairs.append(_as_json(column))
    return func.json_object(*pairs)


def _as_json(column: Column[Any]) -> ColumnElement[Any]:
    """What json_object keeps of an SQLite value; left to itself it rounds to 15 digits."""
    if isinstance(column.type, JSON):
        return func.json(column)
    if isinstance(column.type, Numeric | Float):
        return case((column.is_not(None), func.json(func.printf("%!.17g", column))))
    return column


def from_image(column: Column[Any], source: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """The value of `column` taken back out of an image; its default where the image is older than the
    column."""
    extract = _from_jsonb if dialect == "postgresql" else _from_sqlite
    value = extract(column, source)
    default = None if column.nullable else default_of(column)
    return value if default is None else func.coalesce(value, literal(default, column.type))


def _from_jsonb(column: Column[Any], source: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, JSON):
        value = source.op("->")(literal(column.name, Text()))
        return func.nullif(value, literal_column("'null'::jsonb")) if column.nullable else value
    return cast(source.op("->>")(literal(column.name, Text())), column.type)


def _from_sqlite(column: Column[Any], source: ColumnElement[Any]) -> ColumnElement[Any]:
    path = literal(f'$."{column.name}"', Text())
    if not isinstance(column.type, JSON):
        extract: Callable[..., ColumnElement[Any]] = func.json_extract
        return extract(source, path)
    value = source.op("->")(path)
    return case((func.json_type(source, path) != "null", value)) if column.nullable else value


def default_of(column: Column[Any]) -> Any:
    """What a new row gets in `column` when nobody says anything; None when it must be said."""
    default = column.default
    if isinstance(default, ScalarElementColumnDefault):
        return default.arg
    if isinstance(default, CallableColumnDefault):
        return default.arg(None)  # type: ignore[arg-type]  # SQLAlchemy wraps it to take a context.
    return None


def to_python(column: Column[Any], value: Any) -> Any:
    """A value of an image as the ORM and Core want it bound."""
    if value is None:
        return None
    kind = column.type
    if isinstance(kind, LargeBinary):
        raise TypeError(f"{column} holds bytes and cannot be journaled")
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(value, str) and isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(value, str) and isinstance(kind, DateTime | UtcDateTime):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value
