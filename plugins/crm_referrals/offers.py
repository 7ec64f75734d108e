"""What referrals add to the rest of Rollcall: the calendar, the morning mail, search. No student is named
there."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, func, select

from crm.plugin_api import Actor, CalendarEntry, DigestItem, SearchProvider, db, ngettext, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm_referrals import states, words
from crm_referrals.models import Agency, Disclosure, Referral, Service
from crm_referrals.permissions import ANSWER, COORDINATE, DIRECTORY, VIEW
from crm_referrals.services import disclosing, entries, portal


def search_provider() -> SearchProvider:
    """Services by name, agency and what they do; never who was referred to them."""

    def documents(condition: ColumnElement[bool]) -> Select[Any]:
        columns: tuple[Any, ...] = (
            Service.id.label("record_id"),
            Service.name.label("title"),
            Agency.name.label("subtitle"),
            func.substr(Service.description, 1, 500).label("body"),
        )
        return select(*columns).join(Agency, Agency.id == Service.agency_id).where(condition)

    return SearchProvider(
        kind="referrals_service",
        label=lazy("Services"),
        subject_table="referrals_service",
        model=Service,
        documents=documents,
        id_column=Service.id,
        endpoint="referrals.service",
        icon="building-community",
        permission=DIRECTORY,
        id_argument="service_id",
    )


def calendar_entries(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """When referrals are due, by number."""
    statement = visible(Referral, actor, VIEW).where(
        Referral.due_at >= begins, Referral.due_at < ends, Referral.state.in_(sorted(states.OPEN))
    )
    if mine:
        statement = statement.where(Referral.created_by == actor.user_id)
    for row in db.session().scalars(statement.order_by(Referral.due_at).limit(500)):
        title = _(
            "Referral no. %(number)s: %(side)s", number=row.id, side=words.SIDES[states.WHOSE[row.state]]
        )
        yield CalendarEntry(
            f"referral-{row.id}",
            lazy("Referral due"),
            title,
            row.due_at,
            url_for("referrals.show", referral_id=row.id),
            icon="heart-handshake",
            mine=row.created_by == actor.user_id,
        )


def digest_items(actor: Actor, today: date) -> Iterable[DigestItem]:
    """How many wait, for whoever has to do something about them."""
    if proposed := entries.count_proposals(actor):
        title = ngettext("%(num)s agency’s change to review", "%(num)s agencies’ changes to review", proposed)
        yield DigestItem(lazy("Services"), title, url_for("referrals.proposals"))
    if actor.can(VIEW):
        yield from _of_school(actor)
    if actor.can(ANSWER) and not actor.can(COORDINATE):
        waiting = portal.counts(portal.desk_of(actor))["answer"]
        if waiting:
            title = ngettext(
                "%(num)s referral waits for your answer", "%(num)s referrals wait for your answer", waiting
            )
            yield DigestItem(lazy("Referrals"), title, url_for("referrals.inbox"))


def _of_school(actor: Actor) -> Iterable[DigestItem]:
    own = visible(Referral, actor, VIEW)
    open_ones = Referral.state.in_(sorted(states.OPEN))
    late = _count(own.where(open_ones, Referral.due_at < db.now()))
    if late:
        title = ngettext("%(num)s referral is late", "%(num)s referrals are late", late)
        yield DigestItem(lazy("Referrals"), title, url_for("referrals.board", view="overdue"), late=True)
    if actor.can(COORDINATE):
        yield from _of_reviewer(actor)
    ended = ("completed", "failed", "declined", "forwarded", "expired")
    answered = _count(own.where(Referral.state.in_(ended), Referral.acknowledged_at.is_(None)))
    if answered:
        title = ngettext("%(num)s outcome to acknowledge", "%(num)s outcomes to acknowledge", answered)
        yield DigestItem(lazy("Referrals"), title, url_for("referrals.board", view="answered"))


def _of_reviewer(actor: Actor) -> Iterable[DigestItem]:
    unseen = disclosing.unreviewed().with_only_columns(Disclosure.referral_id)
    waiting = _count(visible(Referral, actor, COORDINATE).where(Referral.id.in_(unseen)))
    if waiting:
        title = ngettext(
            "%(num)s emergency disclosure to review", "%(num)s emergency disclosures to review", waiting
        )
        yield DigestItem(lazy("Referrals"), title, url_for("referrals.board", view="emergencies"), late=True)


def _count(statement: Select[Any]) -> int:
    return len(db.session().execute(statement.with_only_columns(Referral.id).limit(1000)).all())
