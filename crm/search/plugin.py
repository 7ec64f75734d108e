"""What this feature declares to the rest of the program."""

from collections.abc import Iterable

import click
from flask import Blueprint

from crm.i18n import lazy_gettext as _
from crm.journal.recorder import before_commit
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import PluginInfo
from crm.search.indexing import follow

if follow not in before_commit:
    before_commit.append(follow)


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("search", _("Search"), "1", models="crm.search.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.search.views import blueprint

    return (blueprint,)


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.search.commands import search

    return (search,)


@hookimpl
def crm_restored() -> None:
    from crm.search.indexing import rebuild

    rebuild()
