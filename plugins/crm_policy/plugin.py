"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask import Blueprint

from crm.plugin_api import (
    Action,
    Actor,
    CalendarEntry,
    Card,
    ColumnWords,
    Contact,
    DataSection,
    DigestItem,
    Exporter,
    Field,
    Heirs,
    Importer,
    JobKind,
    JobRun,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Responsibility,
    SearchProvider,
    Setting,
    TimelineEntry,
    Visibility,
    hookimpl,
)
from crm.plugin_api import lazy_gettext as _
from crm_policy.permissions import EDIT, EXPORT, IMPORT, SETTINGS, VIEW


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="policy",
        label=_("State policy"),
        version="1.0",
        description=_("Bills, legislators, hearings and positions in every state."),
        models="crm_policy.models",
        migrations=Path(__file__).parent / "migrations",
        uses=("schools",),
        final_actions=("policy.no_mail",),
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_policy.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_policy import permissions

    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    from crm_policy.history_words import WORDS

    return WORDS


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_policy import permissions

    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    from crm_policy import fields, lists

    return (fields.bills(), fields.legislators(), fields.hearings(), *lists.all_lists())


@hookimpl
def crm_importers() -> Iterable[Importer]:
    from crm_policy.importing.handler import PolicyImport

    suffixes = (".zip", ".json", ".csv", ".yml", ".yaml")
    yield Importer(
        "bills",
        _("Bills (LegiScan, Open States)"),
        IMPORT,
        suffixes,
        PolicyImport(),
        _("The zip of a session from LegiScan or Open States, or single replies of either service."),
        endpoint="policy.index",
    )
    yield Importer(
        "legislators",
        _("Legislators and committees (Open States, LegiScan)"),
        IMPORT,
        suffixes,
        PolicyImport(),
        _("YAML files of the Open States people, alone or in a zip."),
        endpoint="policy.legislators",
    )
    yield Importer(
        "districts",
        _("Districts (Open Civic Data, Census Bureau)"),
        IMPORT,
        (".csv", ".txt"),
        PolicyImport(),
        _(
            "The lists of legislative districts and of school districts with their NCES numbers, and a "
            "list of which overlap: school_district (NCES number), district (its id), share; or the Census "
            "Bureau’s files of which ZIP codes lie in which districts."
        ),
    )


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    from crm.plugin_api.transfer import list_exporter

    return (
        list_exporter("policy", _("Bills"), EXPORT),
        list_exporter("policy_legislator", _("Legislators"), EXPORT),
        list_exporter("policy_hearing", _("Hearings"), EXPORT),
        list_exporter("policy_vote", _("Roll calls"), EXPORT),
        list_exporter("policy_ballot", _("Votes of members"), EXPORT),
        list_exporter("policy_committee", _("Committees"), EXPORT),
        list_exporter("policy_stance", _("Stances of members"), EXPORT),
        list_exporter("policy_lobbying", _("Log of lobbying"), EXPORT),
    )


@hookimpl
def crm_settings() -> Iterable[Setting]:
    yield Setting(
        "policy.legiscan_key",
        _("Key of LegiScan"),
        "secret",
        help=_("Free at legiscan.com; 30,000 questions a month."),
    )
    yield Setting("policy.legiscan_rate", _("LegiScan: questions a minute"), "number", "60")
    yield Setting("policy.legiscan_url", _("LegiScan: address"), "text", "https://api.legiscan.com/")
    yield Setting(
        "policy.openstates_key", _("Key of Open States"), "secret", help=_("Free at open.pluralpolicy.com.")
    )
    yield Setting("policy.openstates_rate", _("Open States: questions a minute"), "number", "10")
    yield Setting("policy.openstates_url", _("Open States: address"), "text", "https://v3.openstates.org")
    yield Setting(
        "policy.public",
        _("Show the map of states to everybody"),
        "boolean",
        "",
        _("Only what the states have on the books; nothing about people or our positions."),
    )


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    from crm_policy.offers import search_provider

    return (search_provider(),)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("policy.sync", _("Keep bills fresh from a service"), _sync),
        JobKind("policy.nightly", _("Ask the services for what is new"), _nightly, schedule="10 9 * * *"),
        JobKind("policy.sessions", _("Look which sessions ended"), _sessions, schedule="40 8 * * *"),
    )


def _sync(run: JobRun) -> bool:
    from crm_policy.services import syncing

    return syncing.step(run)


def _nightly(run: JobRun) -> bool:
    from crm_policy.services import syncing

    return syncing.nightly(run)


def _sessions(run: JobRun) -> bool:
    from crm.plugin_api import db
    from crm_policy.services import assessing

    with db.transaction(run.actor, "policy.sessions", str(_("Sessions that ended"))) as change:
        after = assessing.end_sessions(change, run.cursor.get("after", 0))
        if after is None:
            run.finish()
        else:
            run.cursor["after"] = after
    return after is None


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm_policy.commands import policy

    return (policy,)


@hookimpl
def crm_fields(record_type: str) -> Iterable[Field]:
    if record_type == "contacts":
        from crm_policy.fields import stances_of_contacts

        yield stances_of_contacts()


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    yield NavItem(_("Bills"), "policy.index", "gavel", VIEW, 50, area="policy")
    yield NavItem(_("States"), "policy.states", "map-pin", VIEW, 52, area="policy")
    for label, endpoint, icon in (
        (_("Monday’s bills"), "policy.monday", "list-check"),
        (_("Inbox of bills"), "policy.inbox", "inbox"),
        (_("Legislators"), "policy.legislators", "building-community"),
        (_("Hearings"), "policy.hearings", "calendar-event"),
        (_("Roll calls"), "policy.votes", "checklist"),
        (_("Committees"), "policy.committees", "users-group"),
        (_("Stances of members"), "policy.stances", "flag"),
        (_("Feeds of bills"), "policy.feeds", "rss"),
    ):
        yield NavItem(label, endpoint, icon, VIEW, 55, "command")
    yield NavItem(_("Lobbying hours"), "policy.lobbying", "clipboard-list", EDIT, 55, "command")
    yield NavItem(_("Bills kept fresh"), "policy.sources", "refresh", IMPORT, 45, "settings")
    yield NavItem(
        _("Hours and spending by year"), "policy.lobbying_years", "calendar-time", SETTINGS, 46, "settings"
    )


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm_policy import offers

    return offers.contact_panels(contact)


@hookimpl
def crm_contact_actions(contact: Contact, actor: Actor) -> Iterable[Action]:
    if contact.kind == "person" and actor.can_everywhere(EDIT):
        yield Action(_("Log lobbying"), "policy.log", {"contact_id": contact.id}, "gavel", EDIT, dialog=True)


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    if kind == "campaign":
        yield Panel("policy", _("Bills"), "policy.of_campaign", {"campaign_id": record_id}, VIEW, 35)
    if kind == "signon_letter":
        from crm_policy.offers import letter_panel

        yield letter_panel(record_id)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    yield Card(
        "policy",
        _("Bills that changed"),
        "policy.card",
        permission=VIEW,
        weight=22,
        width=6,
        roles=("policy",),
    )


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm_policy import offers

    return offers.calendar_entries(actor, begins, ends, mine)


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    from crm_policy import offers

    return offers.digest_items(actor, today)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    from crm_policy import offers

    return offers.timeline(contact, actor, before, limit)


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[Any]:
    from crm_policy import offers

    return offers.bulk_actions(record_type)


@hookimpl
def crm_responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    from crm_policy import handing_over

    return handing_over.responsibilities(user_id, organization_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    from crm_policy import handing_over

    handing_over.hand_over(items, heirs)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm_policy.services import work

    work.move(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm_policy.services import work

    return [DataSection(title, rows) for title, rows in work.held_about(contact)]


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm_policy.services import work

    work.erase(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm_policy.services import work

    work.remove(ids)


@hookimpl
def crm_restored() -> None:
    from crm_policy import offers

    offers.end_links()


@hookimpl
def crm_demo(actor: Actor) -> None:
    from crm_policy import demo

    demo.load(actor)
