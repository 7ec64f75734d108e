"""`rollcall plugin`: which plugins there are, a new one, and removing what an unwanted one kept."""

from pathlib import Path
from typing import Any

import click

from crm.cli.support import answer, json_option


@click.group()
def plugin() -> None:
    """List, begin and clear away plugins."""


@plugin.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """Every plugin that is installed or has tables here, and whether it is enabled."""
    found = _plugins()
    width = max((len(each["name"]) for each in found), default=0)
    lines = [f"{each['name']:<{width}}  {each['version']:<8} {each['state']}" for each in found]
    answer(as_json, {"plugins": found}, "\n".join(lines) or "No plugin is installed.")


def _plugins() -> list[dict[str, Any]]:
    from crm.config import load
    from crm.errors import ConfigurationError
    from crm.plugin_host import discovery

    config = load()
    enabled = discovery.enabled_names(config.plugins)
    installed = discovery.installed()
    found = []
    for name, target in installed.items():
        version, label, state = "", "", "enabled" if name in enabled else "not enabled"
        try:
            info = discovery.load(name, target).info
            version, label = info.version, str(info.label)
        except ConfigurationError as error:
            state = f"broken: {error.message}"
        found.append({"name": name, "label": label, "version": version, "state": state})
    for name in _with_tables():
        if name not in installed:
            state = "not installed, but its tables are here"
            found.append({"name": name, "label": "", "version": "", "state": state})
    return found


def _with_tables() -> list[str]:
    """Plugins that keep something in the database; none while there is no database to ask."""
    from sqlalchemy.exc import OperationalError

    from crm.config import load
    from crm.db import make_engine
    from crm.plugin_host.absent import names_with_tables

    engine = make_engine(load())
    try:
        with engine.connect() as connection:
            return names_with_tables(connection)
    except OperationalError:
        return []
    finally:
        engine.dispose()


@plugin.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@json_option
def new(name: str, folder: Path | None, as_json: bool) -> None:
    """Write a small plugin that works, called NAME, into FOLDER (crm-NAME unless told otherwise)."""
    from crm.plugin_host.new_plugin import write

    target = folder or Path(f"crm-{name}")
    files = write(name, target)
    steps = f"pip install -e {target} && rollcall db upgrade"
    answer(
        as_json,
        {"folder": str(target), "files": [str(file) for file in files]},
        f"{target} is ready: {steps}",
    )


@plugin.command()
@click.argument("name")
@click.option("--export", type=click.Path(path_type=Path, dir_okay=False), help="The file to write first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def purge(name: str, export: Path | None, yes: bool, as_json: bool) -> None:
    """Remove for good what the plugin NAME kept, after writing it to a file."""
    from crm.config import load
    from crm.plugin_host.purge import purge as remove

    if not yes:
        _ask(name)
    target = export or Path(f"{name}-data.zip")
    manifest = remove(load(), name, target.absolute())
    data = {"file": str(target), "tables": {table: part.rows for table, part in manifest.tables.items()}}
    answer(as_json, data, f"Removed {manifest.rows:,} rows of {name}; they are in {target}.")


def _ask(name: str) -> None:
    import sys

    if not sys.stdin.isatty():
        raise click.UsageError(f"This removes all that {name} kept. Say --yes if you mean it.")
    click.confirm(f"Remove all that {name} kept, after writing it to a file?", abort=True)
