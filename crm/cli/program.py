"""The command `rollcall`: its own commands, and those that features and plugins declare by `crm_cli`.

Nothing is imported before it is asked for, so that `rollcall --help` answers at once.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

from crm.collecting import many_objects
from crm.errors import ConfigurationError

if TYPE_CHECKING:
    from crm.plugin_host.discovery import Plugin

OWN = {
    "init": "crm.cli.database:init",
    "db": "crm.cli.database:db",
    "backup": "crm.cli.backup:backup",
    "restore": "crm.cli.backup:restore",
    "doctor": "crm.cli.doctor:doctor",
    "plugin": "crm.cli.plugins:plugin",
}
"""Commands that must work when a plugin does not."""
JOINED = ("import", "export")
"""Commands whose kind of record may have a command of its own."""


class Program(click.Group):
    """All commands by name, wherever they are declared."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            return sorted({*OWN, *_declared()})
        except ConfigurationError as error:
            click.echo(f"Some commands are missing from this list. {error.message}", err=True)
            return sorted(OWN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in OWN:
            module, _, attribute = OWN[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        with many_objects():
            return _declared().get(cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`rollcall import services …` is the command `import-services`, where somebody declares one."""
        if len(args) > 1 and args[0] in JOINED and f"{args[0]}-{args[1]}" in _declared():
            args = [f"{args[0]}-{args[1]}", *args[2:]]
        return super().parse_args(ctx, args)


def _declared() -> dict[str, click.Command]:
    """The commands of features and enabled plugins."""
    from crm.plugin_host.discovery import load_core, load_enabled

    found: dict[str, click.Command] = {}
    for plugin in [*load_core(), *load_enabled(os.environ.get("CRM_PLUGINS", "*"))]:
        for command in _commands(plugin):
            if command.name is None or command.name in OWN or command.name in found:
                raise ConfigurationError(f"The plugin {plugin.name} declares {command.name} a second time.")
            found[command.name] = command
    return found


def _commands(plugin: "Plugin") -> list[click.Command]:
    implementation = getattr(plugin.module, "crm_cli", None)
    try:
        return [] if implementation is None else list(implementation())
    except Exception as error:
        raise ConfigurationError(f"The plugin {plugin.name} failed in crm_cli: {error}") from error


@click.command(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rollcall", message="Rollcall %(version)s")
def program() -> None:
    """Rollcall, the CRM of an attendance coalition.

    Settings come from CRM_* variables; docs/running.md lists them.
    """
