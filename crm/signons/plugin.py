"""What sign-ons declare to the rest of the program."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, url_for
from flask_babel import gettext
from sqlalchemy import Select, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.files import storage
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    BulkAction,
    CalendarEntry,
    ColumnWords,
    Counted,
    DataSection,
    Exporter,
    Heirs,
    JobKind,
    JobRun,
    Measure,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Responsibility,
    SearchProvider,
    TimelineEntry,
    Visibility,
)
from crm.signons import about, fields, offers, permissions, words
from crm.signons.models import Letter, Signature, SignInvitation
from crm.signons.services.letters import to_newest_text
from crm.transfer.list_export import list_exporter

storage.NAMED_BY.append((Signature, "logo_key"))


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        "signons", _("Open letters"), "1", models="crm.signons.models", final_actions=("signons.withdraw",)
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.signons.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_history_words() -> Iterable[ColumnWords]:
    return (ColumnWords("status", _("Status"), words.SIGNATURE_STATUSES, "signon_signature"),)


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.letters(), fields.signatures(), fields.invitations())


@hookimpl
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[BulkAction]:
    return offers.bulk_actions(record_type)


@hookimpl
def crm_exporters() -> Iterable[Exporter]:
    return (
        list_exporter("signons", _("Open letters"), permissions.EDIT),
        list_exporter("signatures", _("Signatures"), permissions.EDIT),
        list_exporter("sign_invitations", _("Invitations to sign"), permissions.EDIT),
    )


@hookimpl
def crm_measures() -> Iterable[Measure]:
    def rows(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
        statement = select(Signature.contact_id).join(Letter, Letter.id == Signature.letter_id)
        return statement.where(
            Letter.campaign_id == campaign_id,
            Signature.status == "approved",
            Signature.contact_id.is_not(None),
            to_newest_text(),
        ).distinct()

    def show(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
        statement = visible(Contact, actor).where(db.among(Contact.id, ids)).order_by(Contact.sort_name)
        found = db.session().execute(statement.with_only_columns(Contact.id, Contact.name))
        return [Counted(row[1], url_for("contacts.show", contact_id=row[0])) for row in found]

    return (Measure("signons.signed", _("Organizations that signed an open letter"), Contact, rows, show,
                    help=_("Each organization once, however many letters it signed.")),)  # fmt: skip


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (NavItem(_("Open letters"), "signons.index", "file-text", permissions.VIEW, 55, area="coalition"),)


@hookimpl
def crm_contact_panels(contact: Contact, actor: Actor) -> Iterable[Panel]:
    if contact.kind == "organization":
        yield Panel("signons", _("Open letters"), "signons.of_contact", {"contact_id": contact.id},
                    permissions.VIEW, weight=46)  # fmt: skip


@hookimpl
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[Panel]:
    if kind in {"campaign", "coalition"}:
        yield Panel("signons", _("Open letters"), f"signons.of_{kind}", {f"{kind}_id": record_id},
                    permissions.VIEW, weight=42)  # fmt: skip


SIGNED_OR_WITHDREW = (
    (Signature.confirmed_at, (words.WAITING, words.APPROVED, words.WITHDRAWN)),
    (Signature.withdrawn_at, (words.WITHDRAWN,)),
)
"""Anybody can sign in an organization's name: what was refused or is spam is no signature of theirs."""


@hookimpl
def crm_timeline_entries(
    contact: Contact, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    if not actor.can(permissions.VIEW):
        return
    for column, states in SIGNED_OR_WITHDREW:
        statement = (
            visible(Signature, actor)
            .join(Letter, Letter.id == Signature.letter_id)
            .where(Signature.contact_id == contact.id, column.is_not(None), Signature.status.in_(states))
            .order_by(column.desc())
            .limit(limit)
            .add_columns(Letter.title)
        )
        if before is not None:
            statement = statement.where(column < before)
        for row, title in db.session().execute(statement):
            address = url_for("signons.show", letter_id=row.letter_id)
            told = _in_words(row, title, withdrew=column is Signature.withdrawn_at)
            yield TimelineEntry(getattr(row, column.key), "file-text", told, row.signer_name, "", address)


def _in_words(row: Signature, title: str, *, withdrew: bool) -> str:
    if withdrew:
        return gettext("Withdrew from “%(title)s”", title=title)
    if row.status == words.WAITING:
        return gettext("A signature under “%(title)s” waits to be approved", title=title)
    return gettext("Signed “%(title)s”", title=title)


@hookimpl
def crm_contact_merge(survivor: Contact, loser: Contact) -> None:
    about.merge(survivor, loser)


@hookimpl
def crm_contact_export(contact: Contact) -> Iterable[DataSection]:
    return about.held_about(contact)


@hookimpl
def crm_contact_delete(ids: Sequence[int]) -> None:
    about.let_go(ids)


@hookimpl
def crm_contact_erase(contact: Contact) -> None:
    about.erase(contact)


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("signons.tidy", _("Forget signatures that nobody confirmed"), _tidy, schedule="45 4 * * *"),
    )


def _tidy(run: JobRun) -> bool:
    from crm.signons import tidying

    return tidying.step(run)


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return (offers.search_provider(),)


@hookimpl
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[CalendarEntry]:
    return offers.calendar_entries(actor, begins, ends, only_mine=mine)


@hookimpl
def crm_responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    return offers.responsibilities(None if organization_id else user_id, actor)


@hookimpl
def crm_hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    offers.hand_over(items, heirs)


@hookimpl
def crm_restored() -> None:
    """Links of signers and of those who were invited end: one may have been withdrawn since the backup."""
    with system("links end after a restore"):
        for model in (Signature, SignInvitation):
            table = db.table(model)
            db.session().execute(table.update().values(link_version=table.c.link_version + 1))
