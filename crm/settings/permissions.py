"""Who may change settings."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false

from crm.access.actor import Actor, Scopes
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility
from crm.settings.models import SettingValue

CHANGE = "settings.change"


def permissions() -> Iterable[Permission]:
    return (Permission(CHANGE, _("Change settings, such as the keys of other services"), everywhere=True),)


def nothing(_actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    return false()


def visibility() -> Iterable[Visibility]:
    return (Visibility(SettingValue, CHANGE, nothing),)
