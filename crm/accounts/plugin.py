"""What accounts declare: the roles a new installation begins with, permissions, pages, mail."""

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _

from crm.accounts import permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import DefaultRole, Permission, PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("accounts", _("People who sign in"), "1", models="crm.accounts.models")


@hookimpl
def crm_roles() -> Iterable[DefaultRole]:
    return permissions.default_roles()


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.accounts.views import blueprint

    return (blueprint,)
