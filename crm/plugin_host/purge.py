"""Removing what a plugin that is no longer wanted has kept, after writing it to a file."""

from pathlib import Path

from sqlalchemy import Connection, inspect

from crm.backup import dump_tables
from crm.backup.archive import Manifest
from crm.config import Config
from crm.db import make_engine
from crm.errors import UserError
from crm.plugin_host import discovery, migrations
from crm.plugin_host.absent import VERSIONS, names_with_tables
from crm.plugin_host.boot import import_models
from crm.plugin_host.migrations import Branch

KEPT_ELSEWHERE = (
    ("journal_entry", "table_name", "_"),
    ("search_document", "kind", "_"),
    ("saved_list", "record_type", "_"),
    ("custom_field", "record_type", "_"),
    ("job", "kind", "."),
)
"""What other tables hold of a plugin: the table, the column that names it, and what follows its name."""


def purge(config: Config, name: str, target: Path) -> Manifest:
    """Write the plugin's tables to `target`, then drop them. Raises UserError, with nothing dropped, while
    it is enabled, when it has no tables here, or when another plugin's tables refer to them."""
    if name in discovery.enabled_names(config.plugins):
        raise UserError(
            f"The plugin {name} is enabled. Uninstall it or leave it out first (CRM_PLUGINS=*,-{name}), "
            "restart Rollcall, then remove its data."
        )
    engine = make_engine(config)
    try:
        with engine.connect() as connection:
            if name not in names_with_tables(connection):
                raise UserError(f"A plugin named {name} keeps nothing in this database.")
            _refuse_while_needed(connection, name)
        manifest = dump_tables(config, target, f"{name}_")
        with migrations.writing(engine) as connection:
            _drop(connection, name)
            _forget(connection, name)
    finally:
        engine.dispose()
    return manifest


def _refuse_while_needed(connection: Connection, name: str) -> None:
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table):
            if key["referred_table"].startswith(f"{name}_") and not table.startswith(f"{name}_"):
                raise UserError(
                    f"{table} refers to {key['referred_table']}, so the data of {name} cannot go before the "
                    f"data of {table.split('_')[0]}."
                )


def _drop(connection: Connection, name: str) -> None:
    """By the plugin's own migrations where they are installed, else table by table."""
    target = discovery.installed().get(name)
    if target is not None:
        plugin = discovery.load(name, target)
        import_models(plugin)
        if plugin.info.migrations is not None:
            migrations.downgrade_branch(Branch(name, plugin.info.migrations), connection)
    migrations.drop_tables(connection, f"{name}_")
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{VERSIONS}{name}"')


def _forget(connection: Connection, name: str) -> None:
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    size = len(name) + 1
    own = f"record_type = {mark} OR substr(record_type, 1, {size}) = {mark}"
    connection.exec_driver_sql(
        "DELETE FROM saved_list_member "  # noqa: S608  # As below.
        f"WHERE list_id IN (SELECT id FROM saved_list WHERE {own})",
        (name, f"{name}_"),
    )
    for table, column, separator in KEPT_ELSEWHERE:
        condition = f"{column} = {mark} OR substr({column}, 1, {size}) = {mark}"
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE {condition}",  # noqa: S608  # Names from the list above.
            (name, name + separator),
        )
