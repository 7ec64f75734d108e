"""What accounts declare: the roles a new installation begins with, permissions, pages, mail."""

from collections.abc import Iterable
from typing import Any

import click
from flask import Blueprint

from crm import db, once
from crm.access import SIGNED_IN
from crm.access.actor import Actor
from crm.accounts import mail, permissions, watch
from crm.i18n import lazy_gettext as _
from crm.journal.recorder import before_commit
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import DataSection, DefaultRole, JobKind, JobRun, NavItem, Permission, PluginInfo

before_commit.append(watch.keep_an_administrator)
# Sessions know what their forms made.
db.begun.append(once.refuse_second)
before_commit.append(once.remember)


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("accounts", _("People who sign in"), "1", models="crm.accounts.models")


@hookimpl
def crm_roles() -> Iterable[DefaultRole]:
    return permissions.default_roles()


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.accounts.views import blueprint

    return (blueprint,)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(
            _("People who sign in"), "accounts.users", "user-cog", permissions.VIEW, 100, section="settings"
        ),
        NavItem(_("Roles"), "accounts.roles", "shield-lock", permissions.VIEW, 110, section="settings"),
        NavItem(_("Outgoing mail"), "accounts.outbox", "send", permissions.OUTBOX, 700, section="settings"),
        NavItem(_("Sign out"), "accounts.sign_out", "logout", SIGNED_IN, 900, section="command", posts=True),
    )


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind(mail.SEND_MAIL, _("Send a message"), _send_mail),
        JobKind(mail.SEND_WAITING, _("Try waiting messages again"), _send_waiting, schedule="*/5 * * * *"),
        JobKind("accounts.send_reset", _("Send a link for a new password"), _send_reset),
        JobKind("accounts.tidy", _("Forget expired sessions and links"), _tidy, schedule="20 3 * * *"),
    )


@hookimpl
def crm_contact_merge(survivor: Any, loser: Any) -> None:
    from crm.accounts.services import owners

    owners.move(survivor.id, loser.id)


@hookimpl
def crm_contact_export(contact: Any) -> Iterable[DataSection]:
    from crm.accounts.services import owners

    return owners.held_about(contact.id)


@hookimpl
def crm_contact_erase(contact: Any) -> None:
    from crm.accounts.services import owners

    owners.erase(contact.id)


def _send_mail(run: JobRun) -> bool:
    from crm.accounts import delivery

    return delivery.send_one(run)


def _send_waiting(run: JobRun) -> bool:
    from crm.accounts import delivery

    return delivery.queue_waiting(run)


def _send_reset(run: JobRun) -> bool:
    from crm.accounts.services import resets

    return resets.send_reset(run)


def _tidy(run: JobRun) -> bool:
    from crm.accounts import tidying

    return tidying.tidy(run)


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm.accounts import commands

    return (commands.user,)


@hookimpl
def crm_restored() -> None:
    from crm.accounts import restoring

    restoring.quieten()
