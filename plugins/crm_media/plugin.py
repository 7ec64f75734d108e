"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Blueprint

from crm.plugin_api import (
    Action,
    Actor,
    Contact,
    DataSection,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Visibility,
    hookimpl,
)
from crm.plugin_api import lazy_gettext as _


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="media",
        label=_("Media"),
        version="0.1.0",
        description=_("Outlets, reporters and press lists."),
        models="crm_media.models",
        migrations=Path(__file__).parent / "migrations",
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_media.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_media import permissions

    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_media import permissions

    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    from crm_media import fields

    return (fields.outlets(), fields.reporters())


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(_("Media"), "media.index", "news", "media.view", 70),
        NavItem(_("Reporters"), "media.reporters", "message-circle", "media.view", section="command"),
        NavItem(_("New outlet"), "media.new_outlet", "plus", "media.edit", section="command"),
        NavItem(_("New reporter"), "media.new_reporter", "plus", "media.edit", section="command"),
    )


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm_media import services
    from crm_media.models import Outlet, Reporter

    model = Reporter if contact.kind == "person" else Outlet
    if services.detail_of(model, contact.id) is not None:
        yield Panel("media", _("Press"), "media.of_contact", {"contact_id": contact.id}, "media.view", 30)


@hookimpl
def crm_contact_actions(contact: Contact, actor: Actor) -> Iterable[Action]:
    label = _("Press details")
    return (Action(label, "media.edit", {"contact_id": contact.id}, "news", "media.edit", weight=40),)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm_media import services

    services.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm_media import services

    return list(services.export(contact))


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm_media import services

    services.remove(contact.id)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm_media import services

    services.remove_many(ids)


@hookimpl
def crm_demo(actor: Actor) -> None:
    from crm_media import demo

    demo.load(actor)
