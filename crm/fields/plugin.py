"""What lists declare to the rest of the program."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint

from crm.access.actor import Actor
from crm.fields import permissions
from crm.fields.custom import following
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    Action,
    BulkAction,
    DataSection,
    Heirs,
    JobKind,
    NavItem,
    Permission,
    PluginInfo,
    Responsibility,
)
from crm.runtime import runtime

following.install()


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("fields", _("Lists"), "1", models="crm.fields.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.fields import building, putting  # noqa: F401  # They add their views to the blueprint.
    from crm.fields.custom import filling, views  # noqa: F401  # As above.
    from crm.fields.views import blueprint

    return (blueprint,)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    from crm.fields.custom import work

    return (JobKind(work.JOB, _("Own fields of many records"), work.step, result_endpoint="journal.show"),)


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    from crm.fields.custom.fields import defined, takes

    permission = runtime().fields.type(record_type).permission
    arguments = {"name": record_type}
    yield BulkAction("lists", _("Put into a list"), "fields.choose", permission, "bookmark", record_type,
                     weight=60, arguments=arguments)  # fmt: skip
    found = runtime().fields.type(record_type)
    if takes(found) and defined(record_type):
        yield BulkAction("own_field", _("Fill in an own field"), "fields.fill", found.edit_permission,
                         "pencil", record_type, weight=65, arguments=arguments)  # fmt: skip


@hookimpl
def crm_contact_actions(contact: Any, actor: Actor) -> Iterable[Action]:
    where = {"name": "contacts", "record_id": contact.id}
    yield Action(_("In which lists?"), "fields.lists_of", where, "bookmark", weight=60, dialog=True)


@hookimpl
def crm_contact_merge(survivor: Any, loser: Any) -> None:
    from crm.fields import by_hand

    by_hand.merge(survivor.id, loser.id)


@hookimpl
def crm_records_joined(kind: str, heirs: Mapping[int, int]) -> None:
    from crm.fields import by_hand

    by_hand.hand_on(kind, heirs)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm.fields import by_hand

    by_hand.forget(ids)


@hookimpl
def crm_contact_erase(contact: Any) -> None:
    from crm.fields import by_hand

    by_hand.erase(contact.id)


@hookimpl
def crm_contact_export(contact: Any) -> Iterable[DataSection]:
    from crm.fields import by_hand

    return by_hand.held_about(contact.id)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    yield NavItem(_("Own fields"), "fields.custom_index", "list-details", permissions.CUSTOM, 60, "settings")


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
