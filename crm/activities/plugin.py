"""What activities declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import click
from flask import Blueprint

from crm.access.actor import Actor
from crm.activities import fields, offers, permissions
from crm.activities.models import Activity, ActivityFile, ReceivedMail
from crm.contacts.files import storage
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    Action,
    BulkAction,
    CalendarEntry,
    Card,
    DataSection,
    DigestItem,
    Exporter,
    Heirs,
    JobKind,
    JobRun,
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

storage.NAMED_BY.extend(
    each
    for each in ((ActivityFile, "storage_key"), (ReceivedMail, "raw_key"))
    if each not in storage.NAMED_BY
)


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("activities", _("Activities and tasks"), "1", models="crm.activities.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.activities.views import blueprint

    return (blueprint,)


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.record_type(), fields.task_record_type())


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (
        list_exporter("activities", _("Activities")),
        list_exporter("activities_tasks", _("Tasks")),
    )


@hookimpl
def crm_relations() -> Iterable[Relation]:
    from crm.activities import relations

    return relations.relations()


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return (
        SearchProvider(
            "activities",
            _("Activities"),
            "activity",
            Activity,
            fields.documents,
            Activity.id,
            "activities.show",
            "messages",
            permissions.VIEW,
            id_argument="activity_id",
        ),
    )


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
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    return offers.bulk_actions(record_type)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    return offers.cards()


@hookimpl
def crm_timeline_entries(
    contact: Any, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    return offers.timeline(contact, actor, before, limit) if actor.can(permissions.VIEW) else ()


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    return offers.calendar(actor, begins, ends, mine)


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    return offers.digest(actor, today)


@hookimpl
def crm_measures() -> Iterable[Measure]:
    return offers.measures()


@hookimpl
def crm_responsibilities(
    contact: Any, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    from crm.activities.services import handing

    return handing.responsibilities(user_id, organization_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    from crm.activities.services import handing

    handing.hand_over(items, heirs)


@hookimpl
def crm_contact_merge(survivor: Any, loser: Any) -> None:
    from crm.activities.services import about

    about.merge(survivor.id, loser.id)


@hookimpl
def crm_contact_export(contact: Any) -> Iterable[DataSection]:
    from crm.activities.services import about

    return about.sections(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm.activities.services import about

    about.remove(ids)


@hookimpl
def crm_contact_erase(contact: Any) -> None:
    from crm.activities.services import about

    about.erase(contact)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("activities.morning_mail", _("Mail of the morning"), _morning_mail, schedule="0 * * * *"),
        JobKind("activities.fetch_mail", _("Fetch mail to be logged"), _fetch_mail, schedule="*/5 * * * *"),
        JobKind("activities.tidy", _("Forget mail that was filed long ago"), _tidy, schedule="40 3 * * *"),
    )


def _morning_mail(run: JobRun) -> bool:
    from crm.activities import digest

    return digest.step(run)


def _fetch_mail(run: JobRun) -> bool:
    from crm.activities.mail import imap

    return imap.step(run)


def _tidy(run: JobRun) -> bool:
    from crm.activities.mail import tidying

    return tidying.step(run)


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.activities import commands

    return (commands.mail,)


@hookimpl
def crm_restored() -> None:
    from crm.activities import digest

    digest.quieten()
