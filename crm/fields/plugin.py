"""What lists declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint

from crm.access.actor import Actor
from crm.fields import permissions
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import Heirs, Permission, PluginInfo, Responsibility


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


@hookimpl
def crm_responsibilities(
    contact: Any, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    from crm.fields import lists

    return () if user_id is None or organization_id is not None else lists.owned_by(user_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    from crm.fields import lists

    lists.take_over(items, heirs)
