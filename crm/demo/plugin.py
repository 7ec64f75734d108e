"""What the demo declares to the rest of the program."""

from collections.abc import Iterable

import click

from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("demo", "Demo", "1")


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.demo.commands import demo

    return (demo,)
