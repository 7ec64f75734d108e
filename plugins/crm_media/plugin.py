"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import click
from flask import Blueprint

from crm.plugin_api import (
    Action,
    Actor,
    BulkAction,
    CalendarEntry,
    Card,
    ColumnWords,
    Contact,
    DataSection,
    DigestItem,
    Exporter,
    Heirs,
    Importer,
    JobKind,
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
from crm.plugin_api.transfer import list_exporter


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="media",
        label=_("Media"),
        version="0.1.0",
        description=_("Press contacts, messages, coverage and pitches."),
        models="crm_media.models",
        uses=("policy",),
        final_actions=("media.no_mail", "media.hold"),
        migrations=Path(__file__).parent / "migrations",
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_media.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_media import permissions

    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    from crm_media.history_words import WORDS

    return WORDS


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_media import permissions

    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    from crm_media import fields

    return (fields.outlets(), fields.reporters(), fields.spokespeople(), fields.clips(), fields.releases())


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    if actor.can_everywhere("media.edit"):  # Coverage is everybody's: who has a part of it begins none.
        yield NavItem(_("New coverage"), "media.new_clip", "plus", "media.edit", section="command")
    yield from (
        NavItem(_("Media"), "media.clips", "news", "media.view", 70, under="/media", area="policy"),
        NavItem(_("Outlets"), "media.index", "building", "media.view", section="command"),
        NavItem(_("Reporters"), "media.reporters", "message-circle", "media.view", section="command"),
        NavItem(_("Messages"), "media.all_messages", "message", "media.view", section="command"),
        NavItem(_("Spokespeople"), "media.spokespeople", "speakerphone", "media.view", section="command"),
        NavItem(_("Releases and pitches"), "media.releases", "send", "media.outreach", section="command"),
        NavItem(_("Op-eds and letters"), "media.opinions", "pencil", "media.outreach", section="command"),
        NavItem(_("Media report"), "media.report", "chart-bar", "media.view", section="command"),
        NavItem(_("Before a vote"), "media.before", "gavel", "media.view", section="command"),
        NavItem(_("Media plans"), "media.plans", "calendar-event", "media.view", section="command"),
        NavItem(_("Inbox of coverage"), "media.inbox", "inbox", "media.view", section="command"),
        NavItem(_("Feeds of coverage"), "media.feeds", "rss", "media.view", section="command"),
        NavItem(_("New outlet"), "media.new_outlet", "plus", "media.edit", section="command"),
        NavItem(_("New reporter"), "media.new_reporter", "plus", "media.edit", section="command"),
    )


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm_media import offers

    return offers.contact_panels(contact)


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    if kind == "campaign":
        where = {"campaign_id": record_id}
        yield Panel("media", _("Coverage"), "media.clips_of_campaign", where, "media.view", 45)
    if kind == "policy_bill":
        about = {"bill_id": record_id}
        yield Panel("media", _("In the press"), "media.clips_of_bill", about, "media.view", 45)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    yield Card("media", _("New coverage"), "media.card", permission="media.view", weight=24, width=6,
               roles=("media",))  # fmt: skip


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    from crm_media import offers

    return offers.search_providers()


@hookimpl
def crm_importers() -> Iterable[Importer]:
    from crm_media.importing.coverage import CoverageImport
    from crm_media.importing.outlets import OutletImport
    from crm_media.importing.reporters import ReporterImport

    tables = (".csv", ".xlsx")
    yield Importer(
        "coverage", _("Coverage"), "media.edit", tables, CoverageImport(),
        _("A tracker of pieces: headline, link, outlet, day. Columns are found by their headers."),
        endpoint="media.clips",
    )  # fmt: skip
    yield Importer(
        "outlets", _("Outlets"), "media.edit", tables, OutletImport(),
        _("Papers, stations and newsletters: name, kind, area, language."), endpoint="media.index",
    )  # fmt: skip
    yield Importer(
        "reporters", _("Reporters"), "media.edit", tables, ReporterImport(),
        _("A press list: name, outlet, email, phones, beat, who knows them."), endpoint="media.reporters",
    )  # fmt: skip


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    from crm_media.services import intake, mailbox, sending

    return (
        JobKind(intake.ACTION, _("Read feeds"), intake.step, schedule="20 * * * *"),
        JobKind(sending.ACTION, _("Send a release"), sending.step),
        JobKind(sending.DUE, _("Send what waited for its moment"), sending.due, schedule="*/10 * * * *"),
        JobKind(mailbox.JOB, _("Read mail that came back"), mailbox.step, schedule="*/15 * * * *"),
        JobKind(intake.READ, _("Read the page of a piece"), intake.read_page),
    )


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm_media.commands import media

    return (media,)


@hookimpl
def crm_settings() -> Iterable[Setting]:
    yield Setting(
        "media.public",
        _("Show the media report to everybody"),
        "boolean",
        "",
        _("Numbers of the last twelve months, for a frame in your website; no person is named."),
    )
    yield Setting(
        "media.returns_server",
        _("Server of the mailbox that mail comes back to"),
        "text",
        "",
        _("Such as imap.example.org. Read every quarter of an hour; nothing in it is changed."),
    )
    yield Setting("media.returns_user", _("Its user"))
    yield Setting("media.returns_password", _("Its password"), "secret")
    yield Setting("media.returns_folder", _("Its folder"), "text", "", _("Empty means the inbox."))


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (
        list_exporter("media_clip", _("Coverage"), "media.edit"),
        list_exporter("media_outlet", _("Outlets"), "media.edit"),
        list_exporter("media_reporter", _("Reporters"), "media.edit"),
        list_exporter("media_spokesperson", _("Spokespeople"), "media.edit"),
        list_exporter("media_release", _("Releases and pitches"), "media.outreach"),
    )


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    if record_type == "media_reporter":
        yield BulkAction(
            "media_pitch",
            _("Add to a release"),
            "media.pitch_many",
            "media.outreach",
            "send",
            "media_reporter",
        )


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    from crm_media import offers

    return offers.digest(actor, today)


@hookimpl
def crm_contact_actions(contact: Contact, actor: Actor) -> Iterable[Action]:
    label = _("Press details")
    return (Action(label, "media.edit", {"contact_id": contact.id}, "news", "media.edit", weight=40),)


@hookimpl
def crm_responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    from crm_media import handing_over

    return handing_over.responsibilities(contact, user_id, organization_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    from crm_media import handing_over

    handing_over.hand_over(items, heirs)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm_media.services import holdings

    holdings.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm_media.services import holdings

    return list(holdings.export(contact))


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm_media.services import holdings

    holdings.erase(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm_media.services import holdings

    holdings.remove_many(ids)


@hookimpl
def crm_records_joined(kind: str, heirs: Mapping[int, int]) -> None:
    if kind == "policy_bill":
        from crm_media.services import bills

        bills.hand_on(heirs)


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm_media import offers

    return offers.calendar_entries(actor, begins, ends, mine)


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    from crm_media import offers

    return offers.timeline(contact, actor, before, limit)


@hookimpl
def crm_changed(touched: Mapping[str, Collection[int]]) -> None:
    if ids := touched.get("media_release"):
        from crm_media.services import approval

        approval.guard(ids)


@hookimpl
def crm_mail_leaves(mail_id: int, purpose: str) -> Iterable[str]:
    from crm_media.services import leaving, sending

    return leaving.reasons(mail_id) if purpose == sending.PURPOSE else ()


@hookimpl
def crm_restored() -> None:
    from crm_media.services import sending

    sending.hold_all()


@hookimpl
def crm_demo(actor: Actor) -> None:
    from crm_media import demo

    demo.load(actor)
