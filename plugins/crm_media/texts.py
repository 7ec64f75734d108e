"""Texts in statements."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, SQLColumnExpression


def among_texts(
    column: SQLColumnExpression[str] | SQLColumnExpression[str | None], texts: Iterable[str]
) -> ColumnElement[bool]:
    """`column IN texts`, for at most some 12,000; `db.among` is for ids."""
    return column.in_(sorted(set(texts)))
