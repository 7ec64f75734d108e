"""What public forms declare to the rest of the program."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import Blueprint

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _
from crm.intake import about, fields, offers, permissions, words
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    Card,
    ColumnWords,
    DataSection,
    Exporter,
    Heirs,
    JobKind,
    JobRun,
    NavItem,
    Permission,
    PluginInfo,
    RecordType,
    Responsibility,
    SearchProvider,
    TimelineEntry,
    Visibility,
)
from crm.transfer.list_export import list_exporter


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("intake", _("Public forms"), "1", models="crm.intake.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.intake.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    return (
        ColumnWords("asked", _("Questions"), words.FIELDS, "intake_form"),
        ColumnWords("required", _("Must be filled in"), words.FIELDS, "intake_form"),
    )


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return fields.record_types()


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (
        list_exporter("public_forms", _("Public forms"), permissions.EDIT),
        list_exporter("form_answers", _("Answers to forms"), permissions.ANSWERS),
        list_exporter("help_requests", _("Requests for help"), permissions.HELP),
    )  # fmt: skip


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(_("Public forms"), "intake.index", "clipboard-list", permissions.VIEW, 56, area="coalition"),
    )


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    about.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    return about.held_about(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    about.let_go(ids)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    about.erase(contact)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("intake.tidy", _("Forget answers that nobody confirmed"), _tidy, schedule="35 4 * * *"),
        JobKind("intake.more", _("Say how many more asked for help"), _notify_of_more, schedule="50 * * * *"),
    )


def _tidy(run: JobRun) -> bool:
    from crm.intake import tidying

    return tidying.step(run)


def _notify_of_more(run: JobRun) -> bool:
    from crm.intake import noticing

    with db.transaction(run.actor, "intake.more"):
        noticing.notify_of_more()
        run.finish()
    return True


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return (offers.search_provider(),)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    return offers.cards(actor)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    return offers.timeline(contact, actor, before, limit)


@hookimpl
def crm_responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    return offers.responsibilities(None if organization_id else user_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    offers.hand_over(items, heirs)


@hookimpl
def crm_restored() -> None:
    """Links that confirm answers end: one may have been declined, or erased, since the backup."""
    with system("links end after a restore"):
        for model in about.MODELS:
            table = db.table(model)
            db.session().execute(table.update().values(link_version=table.c.link_version + 1))
