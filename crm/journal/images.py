"""Images of rows as JSON, made and read back by the database itself, so that sets stay sets."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    LargeBinary,
    Table,
    cast,
    func,
    literal,
    literal_column,
)

from crm.db import Base


@dataclass(frozen=True)
class Journaled:
    """How one table is journaled: the table, the record its rows belong to, and columns left out."""

    table: Table
    subject_table: str
    subject_column: str
    columns: tuple[Column[Any], ...]


@lru_cache(maxsize=1)
def _specifications() -> dict[str, Journaled]:
    found: dict[str, Journaled] = {}
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if not model.__journaled__ or mapper.inherits is not None:
            continue
        table = mapper.local_table
        assert isinstance(table, Table)
        subject_table, subject_column = model.__journal_subject__ or (table.name, "id")
        columns = tuple(column for column in table.columns if column.name not in model.__journal_exclude__)
        found[table.name] = Journaled(table, subject_table, subject_column, columns)
    return found


def journaled(table_name: str) -> Journaled | None:
    """The specification of a journaled table, or None."""
    specifications = _specifications()
    if table_name not in specifications:
        # A plugin's models may have been imported since.
        _specifications.cache_clear()
        specifications = _specifications()
    return specifications.get(table_name)


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
        pairs.append(func.json(column) if isinstance(column.type, JSON) else column)
    return func.json_object(*pairs)


def from_image(column: Column[Any], source: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """The value of `column` taken back out of an image."""
    if dialect == "postgresql":
        if isinstance(column.type, JSON):
            return source[column.name]
        text = source.op("->>")(column.name)
        return cast(text, column.type)
    extract: Callable[..., ColumnElement[Any]] = func.json_extract
    value = extract(source, f'$."{column.name}"')
    return value


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
        return kind.python_type.fromisoformat(value)
    if isinstance(value, str) and _is_moment(kind):
        return _moment(value)
    return value


def _is_moment(kind: Any) -> bool:
    from crm.db import UtcDateTime

    return isinstance(kind, DateTime | UtcDateTime)


def _moment(value: str) -> Any:
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
