"""What this feature declares to the rest of the program."""

from collections.abc import Iterable

import click
from flask import Blueprint
from flask_babel import lazy_gettext as _

from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import Importer, JobKind, JobRun, Permission, PluginInfo, Visibility
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
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("transfer.plan", _("Look through a file to import"), _plan),
        JobKind("transfer.apply", _("Import a file"), _apply),
    )


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.transfer import commands

    return (commands.import_,)


def _plan(run: JobRun) -> bool:
    from crm.transfer import planning

    return planning.step(run)


def _apply(run: JobRun) -> bool:
    from crm.transfer import applying

    return applying.step(run)
