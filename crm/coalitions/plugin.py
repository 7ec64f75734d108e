"""What coalitions declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions import fields, measures, offers, permissions
from crm.coalitions.models import Coalition
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    Action,
    CalendarEntry,
    Card,
    DataSection,
    DigestItem,
    Exporter,
    Field,
    Heirs,
    Measure,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Relation,
    Responsibility,
    ScopeKind,
    SearchProvider,
    TimelineEntry,
    Visibility,
)
from crm.transfer.cleaning.text import fold
from crm.transfer.list_export import list_exporter


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("coalitions", _("Coalitions and commitments"), "1", models="crm.coalitions.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_scope_kinds() -> Iterable[ScopeKind]:
    return (ScopeKind("coalition", _("Coalition"), _coalition_name, _find_coalitions),)


def _coalition_name(coalition_id: int) -> str | None:
    with system("naming the scope of a grant"):
        statement = select(Coalition.name).where(Coalition.id == coalition_id)
        return db.session().execute(statement).scalar_one_or_none()


def _find_coalitions(actor: Actor, text: str) -> Sequence[tuple[int, str]]:
    statement = (
        visible(Coalition, actor)
        .where(db.begins_with(Coalition.sort_name, fold(text)))
        .order_by(Coalition.sort_name)
        .limit(20)
        .with_only_columns(Coalition.id, Coalition.name)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.coalitions.views import blueprint

    return (blueprint,)


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.coalitions(), fields.memberships(), fields.commitments())


@hookimpl
def crm_relations() -> Iterable[Relation]:
    from crm.coalitions import relations

    return relations.relations()


@hookimpl
def crm_fields(record_type: str) -> Iterable[Field]:
    return fields.contact_fields() if record_type == "contacts" else ()


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (
        list_exporter("coalitions", _("Coalitions")),
        list_exporter("memberships", _("Members of coalitions")),
        list_exporter("commitments", _("Commitments")),
    )


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return offers.search_providers()


@hookimpl
def crm_measures() -> Iterable[Measure]:
    return measures.measures()


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return offers.nav_items()


@hookimpl
def crm_contact_panels(contact: Any, actor: Actor) -> Iterable[Panel]:
    return offers.contact_panels(contact)


@hookimpl
def crm_contact_actions(contact: Any, actor: Actor) -> Iterable[Action]:
    return offers.contact_actions(contact)


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    return offers.record_panels(kind, record_id)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    return offers.cards()


@hookimpl
def crm_timeline_entries(
    contact: Any, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    from crm.coalitions import reminding

    return reminding.timeline(contact, actor, before, limit)


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm.coalitions import reminding

    return reminding.calendar(actor, begins, ends, mine)


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    from crm.coalitions import reminding

    return reminding.digest(actor, today)


@hookimpl
def crm_responsibilities(
    contact: Any, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    from crm.coalitions import handing_over

    return handing_over.responsibilities(contact, user_id, organization_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    from crm.coalitions import handing_over

    handing_over.take_over(items, heirs)


@hookimpl
def crm_contact_merge(survivor: Any, loser: Any) -> None:
    from crm.coalitions import following

    following.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Any) -> Iterable[DataSection]:
    from crm.coalitions import following

    return following.sections(contact)


@hookimpl
def crm_contact_erase(contact: Any) -> None:
    from crm.coalitions import following

    following.erase(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm.coalitions import following

    following.remove(ids)
