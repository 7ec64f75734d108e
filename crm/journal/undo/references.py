"""Which tables refer to which: every foreign key of the core and of the enabled plugins."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint

from crm.journal.images import journaled
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


def unique_keys(table: Table) -> list[tuple[Column[Any], ...]]:
    """The groups of columns of which no two rows may hold the same values; the id is not among them."""
    rules: list[Any] = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    rules += [each for each in table.indexes if each.unique]
    keys = {tuple(sorted(rule.columns, key=lambda column: column.name)) for rule in rules}
    return sorted(keys, key=lambda key: [column.name for column in key])


def unique_columns(table: Table) -> frozenset[str]:
    """The names of all columns of `unique_keys`."""
    return frozenset(column.name for key in unique_keys(table) for column in key)
