"""What contacts declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import click
from flask import Blueprint
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import fields, permissions, search
from crm.contacts.models import Contact, Organization
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    Action,
    BulkAction,
    Card,
    DataSection,
    JobKind,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Relation,
    ScopeKind,
    SearchProvider,
    TimelineEntry,
    Visibility,
    Withheld,
)
from crm.transfer.cleaning.text import fold


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("contacts", _("People and organizations"), "1", models="crm.contacts.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.contacts.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_withheld() -> Iterable[Withheld]:
    return permissions.withheld()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.record_type(),)


@hookimpl
def crm_relations() -> Iterable[Relation]:
    from crm.contacts import relations

    return relations.relations()


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return search.providers()


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    new, edit = "contacts.new", permissions.EDIT
    return (
        NavItem(_("Contacts"), "contacts.index", "users", permissions.VIEW, 20),
        NavItem(_("Duplicates"), "contacts.duplicate_queue", "copy", permissions.MERGE, 29, "settings"),
        NavItem(_("Tags"), "contacts.tag_list", "tags", permissions.VIEW, 30, "settings"),
        NavItem(_("New person"), new, "user-plus", edit, 10, "command", named="person"),
        NavItem(
            _("New organization"), new, "building-community", edit, 11, "command", {"kind": "organization"}
        ),
    )


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    from crm.contacts import offers

    return offers.bulk_actions(actor) if record_type == "contacts" else ()


@hookimpl
def crm_contact_actions(contact: Contact, actor: Actor) -> Iterable[Action]:
    from crm.contacts import offers

    return offers.actions(contact)


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm.contacts import offers

    return offers.panels(contact)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    from crm.contacts import offers

    return offers.cards(actor)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    from crm.contacts import timeline

    return timeline.entries(contact, actor, before, limit)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm.contacts import merging

    merging.move_rows(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm.contacts import subject_data

    return subject_data.sections(contact)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm.contacts import erasing

    erasing.erase_rows(contact)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    from crm.contacts import housekeeping
    from crm.contacts.bulk import job, plans
    from crm.contacts.duplicates import finding

    return (
        JobKind(
            finding.JOB,
            finding.TITLE,
            finding.step,
            schedule="*/15 * * * *",
            result_endpoint="contacts.duplicate_queue",
        ),
        JobKind(
            plans.JOB,
            _("Change of many contacts"),
            job.step,
            permission=permissions.BULK,
            result_endpoint="contacts.bulk_plan",
        ),
        JobKind("contacts.tidy", _("Tidying up files and plans"), housekeeping.step, schedule="20 4 * * *"),
    )


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.contacts.duplicates import commands

    return (commands.duplicates,)


@hookimpl
def crm_scope_kinds() -> Iterable[ScopeKind]:
    return (ScopeKind("organization", _("Organization"), _organization_name, _find_organizations),)


def _organization_name(organization_id: int) -> str | None:
    with system("naming the scope of a grant"):
        statement = select(Organization.name).where(Organization.id == organization_id)
        return db.session().execute(statement).scalar_one_or_none()


def _find_organizations(actor: Actor, text: str) -> Sequence[tuple[int, str]]:
    start = fold(text)
    statement = (
        visible(Organization, actor)
        .where(Organization.kind == "organization", db.begins_with(Organization.sort_name, start))
        .order_by(Organization.sort_name)
        .limit(20)
        .with_only_columns(Organization.id, Organization.name)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]
