"""Which tables refer to which: every foreign key of the core and of the enabled plugins."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Index, Table, UniqueConstraint

from crm.journal.images import Image, journaled
from crm.plugin_host.checks import tables_of
from crm.runtime import kept, runtime

OWN_TABLES = frozenset({"change_set", "journal_entry", "undo_run", "undo_kept"})


@dataclass(frozen=True)
class Reference:
    """That `table.column` holds the id of a row of `target`."""

    table: Table
    column: Column[Any]
    target: Table


def enabled_tables() -> list[Table]:
    """The tables of the features and plugins that are switched on, the journal's own left out."""
    return kept(enabled_tables, _enabled_tables)


def _enabled_tables() -> list[Table]:
    tables = {table.name: table for plugin in runtime().plugins.plugins for table in tables_of(plugin)}
    return [table for name, table in sorted(tables.items()) if name not in OWN_TABLES]


def references() -> list[Reference]:
    """Every foreign key on one column that holds an id."""
    return kept(references, lambda: [each for table in enabled_tables() for each in references_from(table)])


def references_from(table: Table) -> list[Reference]:
    """The foreign keys of one table."""
    return [
        Reference(table, key.parent, key.column.table)
        for key in table.foreign_keys
        if key.column.name == "id" and len(key.constraint.columns if key.constraint else ()) == 1
    ]


def references_to(table_name: str) -> list[Reference]:
    """The foreign keys that hold ids of one table."""
    return [reference for reference in references() if reference.target.name == table_name]


def references_without_journal(table_name: str) -> list[Reference]:
    """Those from tables that keep no journal, which so do not say who came when."""
    return [each for each in references_to(table_name) if journaled(each.table.name) is None]


@dataclass(frozen=True)
class UniqueKey:
    """Columns of which no two rows may hold the same values, among all rows or among those that fit `where`,
    a condition in SQL that both systems read alike."""

    columns: tuple[Column[Any], ...]
    where: str = ""

    @property
    def deciding(self) -> frozenset[str]:
        """The names of the columns, and of those that the condition asks for."""
        names = [column.name for column in self.columns[0].table.columns]
        asked = {name for name in names if re.search(rf"\b{name}\b", self.where)}
        return frozenset(asked | {column.name for column in self.columns})

    def counts(self, image: Image) -> bool:
        """Whether a row like this is among those of which no two may be the same."""
        if not self.where:
            return True
        asked = sorted(self.deciding)
        named = ", ".join(f'? AS "{name}"' for name in asked)
        with closing(
            sqlite3.connect(":memory:")
        ) as memory:  # The database at hand may not know the types of values.
            question = f"SELECT ({self.where}) FROM (SELECT {named})"  # noqa: S608  # Of our own models.
            return bool(memory.execute(question, [image.get(name) for name in asked]).fetchone()[0])


def unique_keys(table: Table) -> list[UniqueKey]:
    """What may exist once only in a table; the id is not among it."""
    rules: list[Any] = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    rules += [each for each in table.indexes if each.unique]
    keys = {UniqueKey(_by_name(rule.columns), _condition(rule)) for rule in rules}
    return sorted(keys, key=lambda key: ([column.name for column in key.columns], key.where))


def _by_name(columns: Iterable[Column[Any]]) -> tuple[Column[Any], ...]:
    return tuple(sorted(columns, key=lambda column: column.name))


def _condition(rule: Any) -> str:
    found = rule.dialect_options["sqlite"]["where"] if isinstance(rule, Index) else None
    return "" if found is None else str(found)


def unique_columns(table: Table) -> frozenset[str]:
    """The names of all columns that decide about a row's place."""
    return frozenset().union(*(key.deciding for key in unique_keys(table)))
