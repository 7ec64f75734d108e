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
    DemoAccount,
    DigestItem,
    Importer,
    JobKind,
    JobRun,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    PublicFigure,
    ReservedIds,
    Visibility,
    Withheld,
    hookimpl,
)
from crm.plugin_api import lazy_gettext as _


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="schools",
        label=_("Schools"),
        version="1.0",
        description=_("Who is missing too much school, why, and what was done."),
        models="crm_schools.models",
        migrations=Path(__file__).parent / "migrations",
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_schools.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_schools import permissions

    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    from crm_schools.history_words import WORDS

    return WORDS


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_schools import permissions
    from crm_schools.acting import permissions as acting

    return (*permissions.visibility(), *acting.visibility())


@hookimpl
def crm_withheld() -> Iterable[Withheld]:
    from crm_schools.keeping import families

    return families.withheld()


@hookimpl
def crm_reserved_ids() -> Iterable[ReservedIds]:
    from crm_schools.permissions import STUDENTS

    # As rosters number guardians; see `Guardians`.
    yield ReservedIds(("oneroster:", "roster:"), lambda actor: actor.can_everywhere(STUDENTS))


@hookimpl
def crm_changed(touched: Mapping[str, Collection[int]]) -> None:
    if any(table.startswith("schools_") for table in touched):
        from crm_schools import rating

        rating.follow(touched)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    from crm_schools.acting import offers

    return offers.nav_items()


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    from crm_schools.acting import offers

    return offers.contact_panels(contact)


@hookimpl
def crm_dashboard_cards(actor: Actor) -> Iterable[Card]:
    from crm_schools.acting import offers

    return offers.cards()


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    from crm_schools.acting import offers

    return offers.calendar_entries(actor, begins, ends, mine=mine)


@hookimpl
def crm_digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    from crm_schools.acting import offers

    return offers.digest(actor, today)


@hookimpl
def crm_public_figures(state: str, contact_ids: Sequence[int] | None) -> Iterable[PublicFigure]:
    from crm_schools import published

    return published.figures(state, contact_ids)


@hookimpl
def crm_cli() -> Iterable[click.Command]:
    from crm_schools.commands import schools

    return (schools,)


@hookimpl
def crm_importers() -> Iterable[Importer]:
    from crm_schools.importing import headers
    from crm_schools.importing.attendance.handler import AttendanceImport
    from crm_schools.importing.roster.handler import RosterImport
    from crm_schools.importing.summary import SummaryImport
    from crm_schools.permissions import IMPORT

    tables = (".csv", ".tsv", ".txt", ".xlsx")
    days = (*tables, ".xml", ".json")
    days_missed = _("A row for each day missed, as PowerSchool, Infinite Campus, Aspen and Ed-Fi write them.")
    return (
        Importer(
            "roster",
            _("Roster of a district"),
            IMPORT,
            (".zip", *days),
            RosterImport(),
            _("OneRoster archives, Ed-Fi, or a table with a row for each student."),
            recognizes=headers.are_of_students,
        ),
        Importer("attendance", _("Daily attendance"), IMPORT, days, AttendanceImport(), days_missed),
        Importer(
            "attendance-whole",
            _("Daily attendance, whole: what the file does not name is taken back"),
            IMPORT,
            days,
            AttendanceImport(whole=True),
            days_missed,
        ),
        Importer(
            "attendance-summary",
            _("Days enrolled and days absent"),
            IMPORT,
            tables,
            SummaryImport(),
            _("A row for each student: how many days enrolled, and how many of them absent."),
        ),
    )


@hookimpl
def crm_undoing(change_set_id: int) -> None:
    from crm_schools.keeping import double_stays

    double_stays.refuse_whole(change_set_id)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("schools.rate", _("Count the attendance of a district anew"), _rate),
        JobKind(
            "schools.publish",
            _("Make a public report"),
            _publish,
            permission="schools.report",
            result_endpoint="schools.public_report",
        ),
        JobKind("schools.count", _("Count the numbers of a district for its pages"), _count),
        JobKind("schools.nightly", _("Count attendance of the night"), _nightly, schedule="20 7 * * *"),
    )


def _rate(run: JobRun) -> bool:
    from crm_schools.rating import work

    return work.rate(run)


def _count(run: JobRun) -> bool:
    from crm_schools.figures import stored

    return stored.work(run)


def _publish(run: JobRun) -> bool:
    from crm_schools import publishing

    return publishing.work(run)


def _nightly(run: JobRun) -> bool:
    from crm_schools.rating import work

    return work.nightly(run)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    from crm_schools import contacts

    contacts.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    from crm_schools import contacts

    return contacts.export(contact)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    from crm_schools import contacts

    contacts.erase(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    from crm_schools import contacts

    contacts.delete(ids)


@hookimpl
def crm_contact_kept(ids: Sequence[int]) -> Iterable[int]:
    from crm_schools import contacts

    return contacts.kept(ids)


@hookimpl
def crm_demo(actor: Actor) -> Iterable[DemoAccount]:
    from crm_schools import demo

    return demo.load(actor)
