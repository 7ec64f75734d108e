"""What accounts declare: the roles a new installation begins with, permissions, pages."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _

from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import DefaultRole, Permission, PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("accounts", _("People who sign in"), "1", models="crm.accounts.models")


@hookimpl
def crm_roles() -> Iterable[DefaultRole]:
    return (
        DefaultRole("administrator", _("Administrator"), _("May do everything."), everything=True),
        DefaultRole("organizer", _("Organizer"), _("Keeps people, organizations and campaigns.")),
        DefaultRole("viewer", _("Viewer"), _("Sees everything that is shared, changes nothing.")),
    )


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return (
        Permission("accounts.manage", _("Add people, give roles, end sessions")),
        Permission("accounts.view", _("See who can sign in and what they may do")),
    )
