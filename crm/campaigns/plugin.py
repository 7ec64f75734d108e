"""What campaigns declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask import Blueprint

from crm.access.actor import Actor
from crm.campaigns import fields, permissions, search, words
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    Action,
    CalendarEntry,
    Card,
    ColumnWords,
    DataSection,
    DigestItem,
    Exporter,
    Heirs,
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
    return PluginInfo("campaigns", _("Campaigns"), "1", models="crm.campaigns.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.campaigns.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    return (
        ColumnWords("stage", _("Stage"), words.STAGES, "campaign_target"),
        ColumnWords("support", _("Support"), words.SUPPORT, "campaign_target"),
        ColumnWords("influence", _("Influence"), words.INFLUENCE, "campaign_target"),
        ColumnWords("rung", _("Rung"), words.RUNGS, "campaign_supporter"),
    )


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.campaigns(), fields.asks())


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (list_exporter("campaigns", _("Campaigns")), list_exporter("asks", _("Asks")))


@hookimpl
def crm_relations() -> Iterable[Relation]:
    from crm.campaigns import relations

    return relations.relations()


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return search.providers()


@hookimpl
def crm_measures() -> Iterable[Measure]:
    from crm.campaigns.measures import measures

    return measures()


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(_("Campaigns"), "campaigns.index", "speakerphone", permissions.VIEW, 35, area="coalition"),
        NavItem(_("Asks"), "campaigns.asks", "message-circle", permissions.VIEW, 12, "command"),
        NavItem(_("New campaign"), "campaigns.new", "plus", permissions.EDIT, 13, "command"),
        NavItem(_("New ask"), "campaigns.new_ask", "message-circle", permissions.ASK, 14, "command"),
    )


@hookimpl
def crm_contact_actions(contact: Contact, actor: Actor) -> Iterable[Action]:
    from crm.campaigns import offers

    return offers.contact_actions(contact)


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm.campaigns import offers

    return offers.contact_panels(contact)


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    from crm.campaigns import offers

    return offers.record_panels(kind, record_id)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    from crm.campaigns import offers

    return offers.cards(actor)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    from crm.campaigns import timeline

    return timeline.entries(contact, actor, before, limit)


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm.campaigns import dates

    return dates.calendar_entries(actor, begins, ends, mine)


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    from crm.campaigns import dates

    return dates.digest(actor, today)


@hookimpl
def crm_responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    from crm.campaigns import handing_over

    return handing_over.responsibilities(contact, user_id, organization_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    from crm.campaigns import handing_over

    handing_over.hand_over(items, heirs)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm.campaigns import contact_rows

    contact_rows.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm.campaigns import contact_rows

    return contact_rows.sections(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm.campaigns import contact_rows

    contact_rows.remove(ids)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm.campaigns import contact_rows

    contact_rows.erase(contact)
