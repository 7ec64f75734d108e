"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import click
from flask import Blueprint

from crm.plugin_api import (
    Actor,
    CalendarEntry,
    Card,
    ColumnWords,
    Contact,
    DataSection,
    DefaultRole,
    DemoAccount,
    DigestItem,
    JobKind,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    PublicFigure,
    SearchProvider,
    Visibility,
    hookimpl,
)
from crm.plugin_api import lazy_gettext as _


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="referrals",
        label=_("Referrals"),
        version="1",
        requires=("schools",),
        models="crm_referrals.models",
        migrations=Path(__file__).parent / "migrations",
        interfaces=("hsds",),
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_referrals.views import blueprint, interface

    return (blueprint, interface)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_referrals import permissions

    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    from crm_referrals.history_words import WORDS

    return WORDS


@hookimpl
def crm_changed(touched: Mapping[str, Collection[int]]) -> None:
    if "referrals_service" in touched or "referrals_agency" in touched:
        from crm_referrals.services import modified

        modified.follow(touched)


@hookimpl
def crm_roles() -> Iterable[DefaultRole]:
    from crm_referrals import permissions

    return permissions.roles()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_referrals import permissions

    return permissions.visibility()


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    from crm_referrals.services import timers

    return (
        JobKind(timers.JOB, timers.LABEL, timers.step, schedule="*/15 * * * *"),
        JobKind(timers.REACH, timers.REACH_LABEL, timers.reach, schedule="5-59/15 * * * *"),
        JobKind(timers.DAILY, timers.DAILY_LABEL, timers.daily, schedule="0 12 * * 1-5"),
        JobKind(timers.CONSENTS, timers.CONSENTS_LABEL, timers.consents, schedule="20 14 * * 1-5"),
        JobKind(timers.ASSURE, timers.ASSURE_LABEL, timers.assure, schedule="40 13 * * 1-5"),
    )


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm_referrals.commands import export_services, import_services, referrals

    return (import_services, export_services, referrals)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (
        NavItem(_("Referrals"), "referrals.board", "heart-handshake", "referrals.view", 62, area="schools"),
        NavItem(_("Inbox"), "referrals.inbox", "inbox", "referrals.answer", 61, area="schools"),
        NavItem(
            _("Services"), "referrals.index", "building-community", "referrals.directory", 63, area="schools"
        ),
        NavItem(_("Unmet needs"), "referrals.ledger", "chart-bar", "referrals.ledger", 64, area="schools"),
    )


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    return (
        Card(
            "referrals",
            _("Referrals that are late"),
            "referrals.board",
            {"view": "overdue"},
            permission="referrals.view",
            weight=25,
            width=6,
            roles=("school", "coordinator"),
        ),
        Card(
            "referrals_inbox",
            _("Referrals to answer"),
            "referrals.inbox",
            permission="referrals.answer",
            weight=20,
            width=6,
            roles=("agency",),
        ),
    )


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    from crm_referrals.offers import search_provider

    return (search_provider(),)


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm_referrals import offers

    return offers.calendar_entries(actor, begins, ends, mine) if actor.can("referrals.view") else ()


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    from crm_referrals import offers

    return offers.digest_items(actor, today)


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    if contact.kind == "organization":
        arguments = {"contact_id": contact.id}
        yield Panel("referrals", _("Services"), "referrals.of_contact", arguments, "referrals.directory", 70)


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    if kind == "student":
        arguments = {"student_id": record_id}
        yield Panel(
            "referrals", _("Needs and referrals"), "referrals.of_student", arguments, "referrals.view", 10
        )
    if kind == "campaign":
        yield Panel("referrals", _("Unmet needs"), "referrals.unmet_panel", {}, "referrals.ledger", 60)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm_referrals.services import about

    about.move(loser.id, survivor.id)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm_referrals.services import about

    return about.held_about(contact.id)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm_referrals.services import about

    about.forget(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm_referrals.services import about

    about.let_go(ids)


@hookimpl
def crm_mail_leaves(mail_id: int, purpose: str) -> Iterable[str]:
    from crm_referrals.services import leaving, notices

    return leaving.reasons(mail_id) if purpose == notices.ASKS else ()


@hookimpl
def crm_restored() -> None:
    from crm_referrals.services import about

    about.end_links()


@hookimpl
def crm_public_figures(state: str, contact_ids: Sequence[int] | None) -> Iterable[PublicFigure]:
    from crm_referrals.services import published

    return published.figures(state, contact_ids)


@hookimpl
def crm_demo(actor: Actor) -> Iterable[DemoAccount]:
    from crm_referrals import demo

    return demo.load(actor)
