"""Migrations: one environment, a folder of versions and a version table for the core and each plugin.

`upgrade` takes the core to its head, then the plugins in the order of what they require. A plugin that is
not installed is left alone with its tables, so it can come back.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from crm.config import Config
from crm.db import WRITE_OPTION, Base, make_engine
from crm.errors import ConfigurationError
from crm.paths import resource_dir
from crm.plugin_host.discovery import Plugin, load_core, load_enabled

CORE = "core"
LOCK = 0x526F6C6C


@dataclass(frozen=True)
class Branch:
    """The migrations of the core or of one plugin."""

    name: str
    versions: Path
    table_prefix: str

    @property
    def version_table(self) -> str:
        return "alembic_version" if self.name == CORE else f"alembic_version_{self.name}"

    def owns(self, table_name: str, prefixes: list[str]) -> bool:
        """Whether a table belongs to this branch; the core owns what no plugin's prefix claims."""
        if self.name != CORE:
            return table_name.startswith(self.table_prefix)
        return not any(table_name.startswith(prefix) for prefix in prefixes)


def branches(config: Config) -> list[Branch]:
    """The core first, then every enabled plugin with migrations, each after those it requires."""
    found = [Branch(CORE, resource_dir("migrations") / "versions", "")]
    for plugin in load_core():
        _import_models(plugin)
    for plugin in load_enabled(config):
        _import_models(plugin)
        if plugin.info.migrations is not None:
            found.append(Branch(plugin.name, plugin.info.migrations, f"{plugin.name}_"))
    return found


def _import_models(plugin: Plugin) -> None:
    if plugin.info.models:
        import_module(plugin.info.models)


def alembic_config(branch: Branch, all_branches: list[Branch], connection: Connection) -> AlembicConfig:
    """A plain Alembic configuration for one branch on an open connection."""
    prefixes = [each.table_prefix for each in all_branches if each.name != CORE]
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(resource_dir("migrations")))
    settings.set_main_option("version_locations", str(branch.versions))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes.update(connection=connection, branch=branch, prefixes=prefixes)
    return settings


def upgrade(config: Config, engine: Engine | None = None) -> list[str]:
    """Bring every branch to its head, one at a time however many processes start at once.

    Each branch is one transaction, so a kill leaves the old schema or the new. Returns a line per branch
    that changed.
    """
    engine = engine or make_engine(config)
    every = branches(config)
    changed = []
    for branch in every:
        with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            before = _current(branch, connection)
            command.upgrade(alembic_config(branch, every, connection), "head")
            after = _current(branch, connection)
        if before != after:
            changed.append(f"{branch.name}: {before or 'empty'} to {after}")
    return changed


def _context(branch: Branch, connection: Connection, **options: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": branch.version_table, **options})


def _current(branch: Branch, connection: Connection) -> str | None:
    return _context(branch, connection).get_current_revision()


def pending(config: Config, engine: Engine) -> list[str]:
    """The branches that are not at their head, each with where it is and where it should be."""
    every = branches(config)
    found = []
    with engine.connect() as connection:
        for branch in every:
            current = _current(branch, connection)
            script = ScriptDirectory.from_config(alembic_config(branch, every, connection))
            if current != script.get_current_head():
                found.append(f"{branch.name} is at {current or 'nothing'}, not {script.get_current_head()}")
    return found


def drift(config: Config, engine: Engine) -> list[str]:
    """Differences between the models and the migrated database; empty when they agree."""
    every = branches(config)
    prefixes = [each.table_prefix for each in every if each.name != CORE]
    found = []
    with engine.connect() as connection:
        for branch in every:
            options = {"include_object": include_object(branch, prefixes), "compare_type": False}
            context = _context(branch, connection, **options)
            found += [f"{branch.name}: {each}" for each in compare_metadata(context, Base.metadata)]
    return found


def include_object(branch: Branch, prefixes: list[str]) -> Any:
    """Alembic's filter: only what this branch owns, and nothing that plain SQL in a migration made."""

    def include(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
        table = thing if kind == "table" else getattr(thing, "table", None)
        if table is None or (kind == "table" and reflected and compared is None):
            return False
        if kind == "index" and reflected and compared is None:
            return False
        return branch.owns(str(table.name), prefixes)

    return include


def revision(config: Config, name: str, message: str) -> Path:
    """Write a new revision for the core or a plugin from what the models say; returns its file."""
    engine = make_engine(config)
    every = branches(config)
    branch = next((each for each in every if each.name == name), None)
    if branch is None:
        raise ConfigurationError(f"No enabled plugin with migrations is named {name}.")
    branch.versions.mkdir(parents=True, exist_ok=True)
    revision_id = f"{name}_{len(list(branch.versions.glob(f'{name}_*.py'))) + 1:04d}"
    with engine.connect() as connection:
        settings = alembic_config(branch, every, connection)
        script = command.revision(settings, message=message, rev_id=revision_id, autogenerate=True)
    assert script is not None and not isinstance(script, list)
    return Path(script.path)


def downgrade_to_nothing(config: Config, engine: Engine, name: str) -> None:
    """Drop every table of a plugin through its own migrations; the caller has exported them."""
    every = branches(config)
    branch = next(each for each in every if each.name == name)
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, connection.begin():
        command.downgrade(alembic_config(branch, every, connection), "base")
        connection.execute(text(f"DROP TABLE IF EXISTS {branch.version_table}"))
