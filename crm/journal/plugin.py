"""What the journal declares to the rest of the program."""

from collections.abc import Iterable
from typing import Any

import click
from flask import Blueprint

from crm.access.actor import Actor
from crm.i18n import lazy_gettext as _
from crm.journal import following, permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import Action, Card, ColumnWords, JobKind, JobRun, NavItem, Permission, PluginInfo

following.install()


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("journal", _("History"), "1", models="crm.journal.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    from crm.journal.common_words import WORDS

    return WORDS


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.journal.views import blueprint

    return (blueprint,)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (NavItem(_("Recent changes"), "journal.index", "history", permissions.VIEW, 90),)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    return (
        Card("changes", _("Recent changes"), "journal.card", permission=permissions.VIEW, weight=50, width=6),
    )


@hookimpl
def crm_contact_actions(contact: Any, actor: Actor) -> Iterable[Action]:
    arguments = {"subject_table": "contact", "record_id": contact.id}
    return (Action(_("History"), "journal.record_history", arguments, "history", weight=60),)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (JobKind("journal.undo", _("Undo"), _undo_step, result_endpoint="journal.show"),)


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.journal import commands

    return (commands.undo,)


def _undo_step(run: JobRun) -> bool:
    from crm.journal.undo.services import step

    return step(run)
