"""Migrations: one environment, a folder of versions and a version table for the core and each plugin.

`upgrade` takes the core to its head, then the plugins in the order of what they require. A plugin that is
not installed is left alone with its tables, so it can come back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from crm.config import Config
from crm.db import WRITE_OPTION, Base, make_engine
from crm.errors import ConfigurationError
from crm.paths import resource_dir
from crm.plugin_host import checks, discovery
from crm.plugin_host.boot import import_models

CORE = "core"
LOCK = 0x526F6C6C


@dataclass(frozen=True)
class Branch:
    """The migrations of the core or of one plugin."""

    name: str
    versions: Path

    @property
    def version_table(self) -> str:
        return "alembic_version" if self.name == CORE else f"alembic_version_{self.name}"

    def owns(self, table_name: str) -> bool:
        """Whether a table belongs to this branch."""
        if self.name == CORE:
            return table_name in checks.core_tables()
        return table_name.startswith(f"{self.name}_")


def branches(config: Config) -> list[Branch]:
    """The core first, then every enabled plugin with migrations, each after those it requires."""
    for plugin in discovery.load_core():
        import_models(plugin)
    found = [Branch(CORE, resource_dir("migrations") / "versions")]
    for plugin in discovery.load_enabled(config.plugins):
        import_models(plugin)
        checks.check_migrations(plugin)
        if plugin.info.migrations is not None:
            found.append(Branch(plugin.name, plugin.info.migrations))
    return found


def _settings(branch: Branch, connection: Connection) -> AlembicConfig:
    """A plain Alembic configuration for one branch on an open connection."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(resource_dir("migrations")).replace("%", "%%"))
    settings.set_main_option("version_locations", str(branch.versions).replace("%", "%%"))
    settings.set_main_option("path_separator", "newline")
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes.update(connection=connection, branch=branch)
    return settings


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction for work on whole tables: alone with the schema, all of it or nothing.

    SQLite changes a table by making it anew, which its foreign keys would take for a deletion of every
    row; they are checked at the end instead.
    """
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
        if engine.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                _check_references(connection)
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        table, row, target, _ = broken[0]
        raise ConfigurationError(
            f"{len(broken)} rows would refer to what is not there, the first in {table} (row {row}, which "
            f"refers to {target}). Nothing was changed."
        )


def upgrade(config: Config, engine: Engine | None = None) -> list[str]:
    """Bring every branch to its head, one at a time however many processes start at once.

    Each branch is one transaction, so a kill leaves the old schema or the new. Returns a line per branch
    that changed.
    """
    used = engine or make_engine(config)
    changed = []
    try:
        for branch in branches(config):
            with writing(used) as connection:
                if change := upgrade_branch(branch, connection):
                    changed.append(change)
    finally:
        if engine is None:
            used.dispose()
    return changed


def upgrade_branch(branch: Branch, connection: Connection, revision: str = "head") -> str:
    """Take one branch to a revision inside the caller's transaction; a sentence when that changed it."""
    before = current_revision(branch, connection)
    try:
        command.upgrade(_settings(branch, connection), revision)
    except CommandError as error:
        raise ConfigurationError(
            f"The tables of {branch.name} are at a version that this installation does not know ({error}). "
            "Install the version of Rollcall or of the plugin that made them."
        ) from error
    after = current_revision(branch, connection)
    return "" if before == after else f"{branch.name}: {before or 'empty'} to {after}"


def downgrade_branch(branch: Branch, connection: Connection) -> None:
    """Drop every table of a branch through its own migrations, inside the caller's transaction."""
    command.downgrade(_settings(branch, connection), "base")
    connection.execute(text(f"DROP TABLE IF EXISTS {branch.version_table}"))


def drop_tables(connection: Connection, prefix: str) -> list[str]:
    """Drop every table whose name begins with `prefix`, inside the caller's transaction; for a plugin whose
    migrations are gone."""
    names = [name for name in inspect(connection).get_table_names() if name.startswith(prefix)]
    quoted = [f'"{name}"' for name in names]
    if connection.dialect.name == "postgresql" and quoted:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(quoted)}")
    for name in quoted if connection.dialect.name == "sqlite" else ():
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    return names


def head(branch: Branch, connection: Connection) -> str | None:
    """The newest revision that the files of a branch know."""
    return ScriptDirectory.from_config(_settings(branch, connection)).get_current_head()


def _context(branch: Branch, connection: Connection, **options: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": branch.version_table, **options})


def current_revision(branch: Branch, connection: Connection) -> str | None:
    """Where the database is; None before the first revision."""
    return _context(branch, connection).get_current_revision()


def pending(config: Config, engine: Engine) -> list[str]:
    """The branches that are not at their head, each with where it is and where it should be."""
    found = []
    with engine.connect() as connection:
        for branch in branches(config):
            current, newest = current_revision(branch, connection), head(branch, connection)
            if current != newest:
                found.append(f"{branch.name} is at {current or 'nothing'}, not {newest}")
    return found


def drift(config: Config, engine: Engine) -> list[str]:
    """Differences between the models and the migrated database; empty when they agree."""
    found = []
    with engine.connect() as connection:
        for branch in branches(config):
            options = {
                "include_object": include_object(branch),
                "include_name": _include_name(branch),
                "compare_type": False,
            }
            context = _context(branch, connection, **options)
            found += [
                f"{branch.name}: {_difference(each)}" for each in compare_metadata(context, Base.metadata)
            ]
            found += [f"{branch.name}: give ids of {name} twice" for name in forgetful(branch, connection)]
    return found


def forgetful(branch: Branch, connection: Connection) -> list[str]:
    """Tables of a branch that SQLite made anew without AUTOINCREMENT: it would give the id of a removed row
    to the next one, which gets its history, and undo would meet somebody else."""
    if connection.dialect.name != "sqlite":
        return []
    made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    wanted = {name for name, each in Base.metadata.tables.items() if each.kwargs.get("sqlite_autoincrement")}
    return sorted(
        name for name, sql in made if name in wanted and branch.owns(name) and "AUTOINCREMENT" not in sql
    )


def _difference(found: Any) -> str:
    """One of Alembic's differences in a few words, such as `add column tag.color`."""
    if isinstance(found, list):  # Changes of one column come together.
        return "; ".join(_difference(each) for each in found)
    operation, *parts = found
    names = [
        str(getattr(part, "name", part)) for part in parts if isinstance(part, str) or hasattr(part, "name")
    ]
    table = getattr(getattr(parts[0], "table", None), "name", None)
    return f"{operation.replace('_', ' ')} {'.'.join([table, *names] if table else names)}"


def include_object(branch: Branch) -> Any:
    """Alembic's filter: only what this branch owns, and nothing that plain SQL in a migration made."""

    def include(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
        table = thing if kind == "table" else getattr(thing, "table", None)
        if table is None or (kind == "table" and reflected and compared is None):
            return False
        if kind == "index" and reflected and compared is None:
            return False
        return branch.owns(str(table.name))

    return include


def _include_name(branch: Branch) -> Any:
    """Alembic's filter before it reads a table, which takes far longer than all that it then compares."""
    return lambda name, kind, _parents: kind != "table" or branch.owns(str(name))


def revision(config: Config, name: str, message: str) -> Path:
    """Write a new revision for the core or a plugin from what the models say; returns its file."""
    every = branches(config)
    branch = next((each for each in every if each.name == name), None)
    if branch is None:
        raise ConfigurationError(f"No enabled plugin with migrations is named {name}.")
    branch.versions.mkdir(parents=True, exist_ok=True)
    revision_id = f"{name}_{len(list(branch.versions.glob(f'{name}_*.py'))) + 1:04d}"
    engine = make_engine(config)
    try:
        with engine.connect() as connection:
            settings = _settings(branch, connection)
            script = command.revision(settings, message=message, rev_id=revision_id, autogenerate=True)
    except CommandError as error:
        raise ConfigurationError(
            f"No revision was written: {error} Run `rollcall db upgrade` first."
        ) from error
    finally:
        engine.dispose()
    if script is None or isinstance(script, list):
        raise ConfigurationError("No revision was written.")
    return Path(script.path)
