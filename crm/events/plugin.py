"""What events declare to the rest of the program."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _

from crm.events import permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import Permission, PluginInfo, Visibility


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("events", _("Events"), "1", models="crm.events.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()
