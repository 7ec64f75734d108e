"""What background work declares to the rest of the program."""

from collections.abc import Iterable

import click
from flask import Blueprint

from crm.access.actor import Actor
from crm.i18n import lazy_gettext as _
from crm.jobs import permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import JobKind, JobRun, NavItem, Permission, PluginInfo, Visibility


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("jobs", _("Background work"), "1", models="crm.jobs.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.jobs.views import blueprint

    return (blueprint,)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    from crm.contacts.permissions import EDIT, IMPORT
    from crm.jobs import permissions

    # Whoever changes many records at once has background work to look at.
    if any(map(actor.can, (permissions.VIEW_ALL, EDIT, IMPORT))):
        yield NavItem(
            _("Background work"), "jobs.index", "list-check", "signed in", weight=800, section="settings"
        )


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (JobKind("jobs.tidy", _("Forget old background work"), _tidy, schedule="40 3 * * *"),)


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.jobs import commands

    return (commands.serve, commands.worker)


@hookimpl
def crm_restored() -> None:
    from crm.jobs import restoring

    restoring.quieten()


def _tidy(run: JobRun) -> bool:
    from crm import db
    from crm.jobs import services

    with db.transaction(run.actor, "jobs.tidy"):
        removed = services.tidy()
        run.progress(run.cursor.get("removed", 0) + removed)
        run.cursor["removed"] = run.cursor.get("removed", 0) + removed
    return removed == 0
