"""What events declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask import Blueprint

from crm.access import current_actor
from crm.access.actor import Actor
from crm.contacts.models import Contact
from crm.events import fields, handing_over, measures, offers, permissions, search, words
from crm.events.services import about
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    BulkAction,
    CalendarEntry,
    Card,
    ColumnWords,
    DataSection,
    DigestItem,
    Exporter,
    Heirs,
    JobKind,
    Measure,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Relation,
    Responsibility,
    SearchProvider,
    TimelineEntry,
    Visibility,
)
from crm.transfer.list_export import list_exporter


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("events", _("Events"), "1", models="crm.events.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.events.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    return (ColumnWords("answer", _("Answer"), words.ANSWERS, "event_guest"),)


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.record_type(),)


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (list_exporter("events", _("Events")),)


@hookimpl
def crm_relations() -> Iterable[Relation]:
    from crm.events import relations

    return relations.relations()


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return search.providers()


@hookimpl
def crm_measures() -> Iterable[Measure]:
    return measures.measures()


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    from crm.events.services import mailing

    return (JobKind(mailing.JOB, _("Messages about an event"), mailing.step, permission=permissions.EDIT),)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(_("Events"), "events.index", "calendar-event", permissions.VIEW, 40, area="coalition"),
        NavItem(_("Plan an event"), "events.new", "calendar-plus", permissions.EDIT, 20, "command"),
    )


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    if record_type == "contacts" and actor.can("contacts.bulk"):
        yield BulkAction(
            "events.invite",
            _("Invite to an event"),
            "events.invite_many",
            permissions.EDIT,
            "calendar-plus",
            "contacts",
            55,
        )


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    return offers.contact_panels(contact)


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    return offers.record_panels(kind, record_id)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    return (
        Card(
            "events",
            _("Coming up"),
            "events.card",
            permission=permissions.VIEW,
            weight=30,
            width=6,
            roles=("organizer", "media", "school", "agency"),
        ),
    )


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    return offers.calendar_entries(actor, begins, ends, only_mine=mine)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    return offers.timeline(contact, actor, before, limit)


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    return offers.digest(actor, today)


@hookimpl
def crm_responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    return handing_over.responsibilities(contact, user_id, organization_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    handing_over.hand_over(items, heirs, current_actor())


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    about.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    return about.held_about(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    about.remove(ids)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    about.erase(contact)


@hookimpl
def crm_restored() -> None:
    about.end_links()
