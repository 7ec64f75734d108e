"""What this feature declares to the rest of the program."""

from collections.abc import Iterable

import click
from flask import Blueprint

from crm.access.actor import Actor
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    BulkAction,
    DataSection,
    Exporter,
    Field,
    Importer,
    JobKind,
    JobRun,
    NavItem,
    Permission,
    PluginInfo,
    Visibility,
)
from crm.runtime import runtime
from crm.transfer import permissions


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("transfer", _("Import and export"), "1", models="crm.transfer.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.transfer.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_importers() -> Iterable[Importer]:
    from crm.contacts.permissions import IMPORT
    from crm.transfer.people.handler import ContactImport

    suffixes = (".csv", ".tsv", ".txt", ".xlsx", ".vcf")
    return (Importer("contacts", _("People and organizations"), IMPORT, suffixes, ContactImport()),)


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    from crm.contacts.permissions import EXPORT
    from crm.transfer.people.exporting import ContactExport

    formats = ("csv", "xlsx", "vcf")
    return (Exporter("contacts", _("People and organizations"), EXPORT, formats, ContactExport()),)


@hookimpl
def crm_fields(record_type: str) -> Iterable[Field]:
    from crm.transfer.fields import contact_fields

    return contact_fields() if record_type == "contacts" else ()


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    exporter = runtime().exporters.get(record_type)
    if exporter is not None:
        yield BulkAction(
            "export",
            _("Export"),
            "transfer.export_chosen",
            exporter.permission,
            "download",
            record_type,
            weight=60,
            arguments={"kind": record_type},
        )


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    from crm.contacts.permissions import EXPORT, IMPORT

    return (
        NavItem(_("Import a file"), "transfer.new_import", "file-import", IMPORT, section="command"),
        NavItem(_("Imports"), "transfer.imports", "file-import", IMPORT, 40, "settings"),
        NavItem(_("Exports"), "transfer.exported", "download", EXPORT, 41, "settings"),
    )


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm.transfer import about

    about.move(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm.transfer import about

    return (DataSection(_("Imported from"), about.imports_of(contact)),)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm.transfer import about

    about.erase(contact)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("transfer.plan", _("Look through a file to import"), _plan),
        JobKind("transfer.apply", _("Import a file"), _apply),
        JobKind("transfer.export", _("Export a list"), _export, result_endpoint="transfer.show_export"),
        JobKind("transfer.tidy", _("Forget old imports and exports"), _tidy, schedule="50 3 * * *"),
    )


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.transfer import commands

    return (commands.import_, commands.export)


def _plan(run: JobRun) -> bool:
    from crm.transfer import planning

    return planning.step(run)


def _apply(run: JobRun) -> bool:
    from crm.transfer import applying

    return applying.step(run)


def _export(run: JobRun) -> bool:
    from crm.transfer import exports

    return exports.step(run)


def _tidy(run: JobRun) -> bool:
    from crm.transfer import tidying

    return tidying.step(run)
