"""What public forms declare to the rest of the program."""

from collections.abc import Iterable, Sequence

from flask import Blueprint
from flask_babel import gettext

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _
from crm.intake import fields, permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    DataSection,
    Exporter,
    NavItem,
    Permission,
    PluginInfo,
    RecordType,
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
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return fields.record_types()


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (
        list_exporter("form_answers", _("Answers to forms"), permissions.ANSWERS),
        list_exporter("help_requests", _("Requests for help"), permissions.HELP),
    )  # fmt: skip


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (NavItem(_("Public forms"), "intake.index", "clipboard-list", permissions.VIEW, 56),)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm.intake import services

    with system("a merge moves every row of both"):
        for row in services.of_contact(loser.id):
            row.contact_id = survivor.id
        db.session().flush()


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm.intake import services
    from crm.intake.words import ALWAYS, ANSWER_STATUSES, FIELDS

    with system("everything held about one contact"):
        rows = [
            {str(label): getattr(row, name) for name, label in (ALWAYS | FIELDS).items()}
            | {
                gettext("Status"): f"{ANSWER_STATUSES[row.status]} ({row.status})",
                gettext("Consent"): row.consent,
                gettext("Sent"): row.created_at,
                gettext("Confirmed"): row.confirmed_at,
            }
            for row in services.of_contact(contact.id)
        ]
    return [DataSection(gettext("Answers to public forms"), rows)] if rows else []


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm.intake import services

    services.let_go(ids)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm.intake import services

    services.erase(contact)
