"""What settings declare to the rest of the program."""

from collections.abc import Iterable

from flask import Blueprint

from crm.access.actor import Actor
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import NavItem, Permission, PluginInfo, Visibility
from crm.runtime import runtime
from crm.settings import permissions


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("settings", _("Settings"), "1", models="crm.settings.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.settings.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    if runtime().settings:
        label = _("Services and keys")
        yield NavItem(label, "settings.index", "settings", permissions.CHANGE, 60, "settings")
