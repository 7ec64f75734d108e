"""What lists declare to the rest of the program."""

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _

from crm.fields import permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import Permission, PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("fields", _("Lists"), "1", models="crm.fields.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.fields.views import blueprint

    return (blueprint,)
