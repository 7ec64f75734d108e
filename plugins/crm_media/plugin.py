"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from flask import Blueprint

from crm.plugin_api import (
    Action,
    Actor,
    CalendarEntry,
    Contact,
    DataSection,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    TimelineEntry,
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
        description=_("Press contacts, messages, coverage and pitches."),
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

    return (fields.outlets(), fields.reporters(), fields.spokespeople())


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(_("Media"), "media.index", "news", "media.view", 70),
        NavItem(_("Reporters"), "media.reporters", "message-circle", "media.view", section="command"),
        NavItem(_("Messages"), "media.all_messages", "message", "media.view", section="command"),
        NavItem(_("Spokespeople"), "media.spokespeople", "speakerphone", "media.view", section="command"),
        NavItem(_("New outlet"), "media.new_outlet", "plus", "media.edit", section="command"),
        NavItem(_("New reporter"), "media.new_reporter", "plus", "media.edit", section="command"),
    )


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm_media.models import Outlet, Reporter, Spokesperson
    from crm_media.services import press

    model = Reporter if contact.kind == "person" else Outlet
    if press.detail_of(model, contact.id) is not None:
        yield Panel("media", _("Press"), "media.of_contact", {"contact_id": contact.id}, "media.view", 30)
    speaker = press.detail_of(Spokesperson, contact.id) if contact.kind == "person" else None
    if speaker is not None:
        place = {"spokesperson_id": speaker.id}
        yield Panel("media_speaker", _("Speaks for us"), "media.speaker_panel", place, "media.view", 31)


@hookimpl
def crm_contact_actions(contact: Contact, actor: Actor) -> Iterable[Action]:
    label = _("Press details")
    return (Action(label, "media.edit", {"contact_id": contact.id}, "news", "media.edit", weight=40),)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm_media.services import holdings

    holdings.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm_media.services import holdings

    return list(holdings.export(contact))


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm_media.services import holdings

    holdings.remove_many([contact.id])


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm_media.services import holdings

    holdings.remove_many(ids)


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm_media import offers

    return offers.calendar_entries(actor, begins, ends, mine)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    from crm_media import offers

    return offers.timeline(contact, actor, before, limit)


@hookimpl
def crm_demo(actor: Actor) -> None:
    from crm_media import demo

    demo.load(actor)
