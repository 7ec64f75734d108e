"""What the home page declares to the rest of the program."""

from collections.abc import Iterable

from flask import Blueprint

from crm.access import SIGNED_IN
from crm.access.actor import Actor
from crm.i18n import lazy_pgettext
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import NavItem, PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("dashboard", lazy_pgettext("page", "Home"), "1")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.dashboard.views import blueprint

    return (blueprint,)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (NavItem(lazy_pgettext("page", "Home"), "dashboard.home", "home", SIGNED_IN, 10),)
