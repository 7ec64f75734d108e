"""What is dated or waits for somebody: the calendar, the morning mail, the timeline of a contact."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from sqlalchemy import or_

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.coalitions.models import Coalition, Commitment, Membership
from crm.coalitions.names import hidden, seen
from crm.coalitions.words import ROLES, STATUSES
from crm.contacts.models import Contact
from crm.i18n import day
from crm.plugin_api.types import CalendarEntry, DigestItem, TimelineEntry

_LONGEST_NOTICE = timedelta(days=366)


def calendar(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """Deadlines of open commitments; a day belongs to the reader's zone."""
    zone = get_timezone()
    first, last = begins.astimezone(zone).date(), (ends - timedelta(microseconds=1)).astimezone(zone).date()
    statement = (
        visible(Commitment, actor)
        .join(Contact, seen(Commitment.contact_id, actor), isouter=True)
        .where(Commitment.status == "open", Commitment.due_date.between(first, last))
        .order_by(Commitment.due_date, Commitment.id)
        .with_only_columns(
            Commitment.id, Commitment.title, Commitment.due_date, Commitment.owner_user_id, Contact.name
        )
    )
    if mine:
        statement = statement.where(Commitment.owner_user_id == actor.user_id)
    rows: Any = db.session().execute(statement)
    for each, title, due, owner, name in rows:
        url = url_for("coalitions.commitment", commitment_id=each)
        own = owner == actor.user_id
        text = f"{name or hidden()}: {title}"
        yield CalendarEntry(
            f"commitment-{each}", _("Commitment"), text, due, url, icon="heart-handshake", mine=own
        )


def digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    """The actor's own commitments: from so many days before the deadline on as each says, and when late."""
    if actor.user_id is None:
        return
    statement = (
        visible(Commitment, actor)
        .join(Contact, seen(Commitment.contact_id, actor), isouter=True)
        .where(
            Commitment.owner_user_id == actor.user_id,
            Commitment.status == "open",
            Commitment.due_date <= today + _LONGEST_NOTICE,
        )
        .order_by(Commitment.due_date, Commitment.id)
        .with_only_columns(
            Commitment.id, Commitment.title, Commitment.due_date, Commitment.remind_days, Contact.name
        )
    )
    rows: Any = db.session().execute(statement)
    for each, title, due, notice, name in rows:
        if due - timedelta(days=notice) <= today:
            yield _reminder(each, f"{name or hidden()}: {title}", due, today)


def _reminder(commitment_id: int, title: str, due: date, today: date) -> DigestItem:
    url = url_for("coalitions.commitment", commitment_id=commitment_id)
    if due < today:
        detail = _("was due on %(day)s; remind them or agree on a new date", day=day(due))
    elif due == today:
        detail = _("due today")
    else:
        detail = _("due on %(day)s", day=day(due))
    return DigestItem(_("Commitments"), title, url, detail, late=due < today)


# The timeline of a contact.


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """Memberships begun and ended, commitments made and how they went; newest first, at most `limit`."""
    found = [*_memberships(contact.id, actor, before, limit), *_commitments(contact.id, actor, before, limit)]
    shown = [each for each in found if before is None or each.at < before]
    shown.sort(key=lambda entry: entry.at, reverse=True)
    return shown[:limit]


def _moment(on: date) -> datetime:
    """Noon of a day in the reader's zone, so that what is known by the day stands among the rest."""
    return datetime.combine(on, time(12), get_timezone()).astimezone(UTC)


def _until(before: datetime | None) -> date:
    return date.max if before is None else before.astimezone(get_timezone()).date()


def _memberships(
    contact_id: int, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    last = _until(before)
    about = or_(Membership.contact_id == contact_id, Membership.delegate_id == contact_id)
    for column in (Membership.start_date, Membership.end_date):
        statement = (
            visible(Membership, actor)
            .join(Coalition, Coalition.id == Membership.coalition_id)
            .join(Contact, seen(Membership.contact_id, actor), isouter=True)
            .where(about, column <= last)
            .order_by(column.desc(), Membership.id.desc())
            .limit(limit)
            .with_only_columns(
                Membership.id, Membership.contact_id, Membership.status, Membership.role, column,
                Coalition.name, Contact.name,
            )
        )  # fmt: skip
        begins = column is Membership.start_date
        for row in db.session().execute(statement):
            yield _membership(row, begins=begins, own=row[1] == contact_id)


def _membership(row: Any, *, begins: bool, own: bool) -> TimelineEntry:
    each, _contact, status, role, on, coalition, organization = row
    organization = organization or hidden()
    url = url_for("coalitions.membership", membership_id=each)
    if not own:
        title = (
            _("Speaks for %(organization)s in %(coalition)s", organization=organization, coalition=coalition)
            if begins
            else _("%(organization)s left %(coalition)s", organization=organization, coalition=coalition)
        )
        return TimelineEntry(_moment(on), "users-group", title, url=url, day=on)
    if begins and status in {"prospect", "invited"}:
        title = _("%(coalition)s: %(status)s", coalition=coalition, status=STATUSES[status])
    elif begins:
        title = _("Joined %(coalition)s (%(role)s)", coalition=coalition, role=ROLES[role])
    else:
        title = _("Membership in %(coalition)s ended", coalition=coalition)
    return TimelineEntry(_moment(on), "users-group", title, url=url, day=on)


def _commitments(
    contact_id: int, actor: Actor, before: datetime | None, limit: int
) -> Iterable[TimelineEntry]:
    last = _until(before)
    about = or_(Commitment.contact_id == contact_id, Commitment.delegate_id == contact_id)
    for column in (Commitment.pledged_on, Commitment.kept_on):
        kept = column is Commitment.kept_on
        statement = (
            visible(Commitment, actor)
            .where(about, column <= last)
            .order_by(column.desc(), Commitment.id.desc())
            .limit(limit)
            .with_only_columns(Commitment.id, Commitment.title, Commitment.evidence, column)
        )
        rows: Any = db.session().execute(statement)
        for each, title, evidence, on in rows:
            url = url_for("coalitions.commitment", commitment_id=each)
            text = _("Kept: %(what)s", what=title) if kept else _("Promised: %(what)s", what=title)
            icon = "circle-check" if kept else "heart-handshake"
            yield TimelineEntry(_moment(on), icon, text, evidence if kept else "", url=url, day=on)
