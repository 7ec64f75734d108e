"""What policy adds to the rest of Rollcall: search, panels, calendar, the morning mail, timelines."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, not_, select, update

from crm.plugin_api import (
    RECORD_ID,
    Actor,
    BulkAction,
    CalendarEntry,
    Contact,
    DigestItem,
    Panel,
    SearchProvider,
    TimelineEntry,
    db,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.words import day
from crm_policy import words
from crm_policy.models import Bill, BillLetter, Feed, Legislator, Lobbying, Session, Source, Stance, Testimony
from crm_policy.permissions import EDIT, VIEW
from crm_policy.services import digest, work

MAILED: Final = 20
"""Bills of a list in one mail; more are on Monday's page."""


def search_provider() -> SearchProvider:
    def documents(condition: ColumnElement[bool]) -> Select[Any]:
        columns: tuple[Any, ...] = (
            Bill.id.label("record_id"),
            (Bill.state + " " + Bill.identifier).label("title"),
            (Session.identifier + ": " + func.substr(Bill.title, 1, 120)).label("subtitle"),
            (Bill.title + " " + Bill.short_title).label("body"),
        )
        return select(*columns).join(Session, Session.id == Bill.session_id).where(condition)

    return SearchProvider(
        kind="policy_bill",
        label=lazy("Bills"),
        subject_table="policy_bill",
        model=Bill,
        documents=documents,
        id_column=Bill.id,
        endpoint="policy.bill",
        icon="gavel",
        permission=VIEW,
        id_argument="bill_id",
    )


def contact_panels(contact: Contact) -> Iterable[Panel]:
    this = {"contact_id": contact.id}
    yield Panel("policy", lazy("In the legislature"), "policy.of_contact", this, VIEW, 20, when=_sits)
    if contact.kind == "organization":
        yield Panel("policy", lazy("Who represents it"), "policy.of_contact", this, VIEW, 60, when=_sits_not)
    else:
        yield Panel(
            "policy", lazy("Their legislators"), "policy.of_contact", this, VIEW, 60, when=_has_district
        )


def letter_panel(letter_id: int) -> Panel:
    this = {"letter_id": letter_id}
    return Panel("policy", lazy("Bills"), "policy.of_letter", this, VIEW, 35, when=_is_about_a_bill)


def _is_about_a_bill() -> ColumnElement[bool]:
    return exists().where(BillLetter.letter_id == RECORD_ID)


def _sits() -> ColumnElement[bool]:
    return exists().where(Legislator.contact_id == RECORD_ID)


def _sits_not() -> ColumnElement[bool]:
    return not_(_sits())


def _has_district() -> ColumnElement[bool]:
    return and_(_sits_not(), work.has_district(RECORD_ID))


def bulk_actions(record_type: str) -> Iterable[BulkAction]:
    if record_type == "policy":
        for to, label, icon in (
            ("tracked", lazy("Track"), "bookmark"),
            ("later", lazy("Later"), "calendar-time"),
            ("ignored", lazy("Ignore"), "eye-off"),
        ):
            yield BulkAction(
                f"policy_{to}", label, "policy.triage", EDIT, icon, "policy", arguments={"to": to}
            )


def calendar_entries(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """Hearings of tracked bills, and the days on which testimony is due; until when a letter can be signed
    the core shows."""
    for hearing, bills in digest.hearings(actor, begins, ends, 500):
        own = any(bill.owner_user_id == actor.user_id for bill in bills)
        if mine and not own:
            continue
        numbers = ", ".join(bill.identifier for bill in bills)
        yield CalendarEntry(
            f"policy-hearing-{hearing.id}",
            lazy("Hearing"),
            f"{hearing.state} {hearing.committee_name}: {numbers}",
            words.held_on(hearing) if hearing.all_day else hearing.starts_at,
            url_for("policy.hearing", hearing_id=hearing.id),
            icon="gavel",
            place=hearing.place,
            mine=own,
            cancelled=hearing.status == "cancelled",
        )
    for kind, row in digest.due(actor, ends.date()):
        if kind != "testimony":
            continue
        on, own = row.due_on, row.author_user_id == actor.user_id
        if on < begins.date() or on >= ends.date() or (mine and not own):
            continue
        url = _due_url(kind, row)
        yield CalendarEntry(
            f"policy-{kind}-{row.id}", lazy("Due"), row.title, on, url, icon="file-text", mine=own
        )


def _due_url(kind: str, row: Any) -> str:
    if kind == "letter":
        return url_for("signons.show", letter_id=row.id)
    return url_for("policy.testimony", bill_id=row.bill_id, testimony_id=row.id)


def digest_items(actor: Actor, today: date) -> Iterable[DigestItem]:
    """Each morning the hearings that come and what is due; on Monday what changed in the week."""
    if not actor.can(VIEW):
        return
    for hearing, bills in digest.to_remind(actor, today):
        numbers = ", ".join(bill.identifier for bill in bills)
        detail = ", ".join(filter(None, (words.held(hearing), hearing.place)))
        yield DigestItem(
            _("Hearings"),
            f"{hearing.state} {hearing.committee_name}: {numbers}",
            url_for("policy.hearing", hearing_id=hearing.id),
            detail,
        )
    for kind, row in digest.due(actor, today + timedelta(days=7)):
        on = row.due_on if kind == "testimony" else row.closes_on
        yield DigestItem(_("Due for bills"), row.title, _due_url(kind, row), day(on), late=on < today)
    if today.weekday() == 0:
        yield from _changes(actor, datetime.combine(today, time(), UTC) - digest.WEEK)


def _changes(actor: Actor, since: datetime) -> Iterable[DigestItem]:
    """What changed in the week, by the lists that somebody chose to get, else of all that are tracked; what
    died says so."""
    lists = [(each.query, each.name) for each in digest.by_mail(actor)]
    for query, name in lists or [("", "")]:
        section = _("Bills that changed: %(name)s", name=name) if name else _("Bills that changed")
        found = digest.changed(actor, since, digest.ids_of(query, actor), limit=MAILED + 1)
        yield from (_changed(section, bill) for bill in found[:MAILED])
        if len(found) > MAILED:
            yield DigestItem(
                section, _("And more: Monday’s page"), url_for("policy.monday", list=query or None)
            )


def _changed(section: str, bill: Any) -> DigestItem:
    """A bill with where it stands and what happened last."""
    live = bill.disposition == "live"
    stands = str(words.STAGES[bill.stage] if live else words.DISPOSITIONS[bill.disposition])
    return DigestItem(
        section,
        f"{bill.state} {bill.identifier}: {words.cut(bill.short_title or bill.title, 90)}",
        url_for("policy.bill", bill_id=bill.id),
        ": ".join(filter(None, (stands, words.cut(bill.last_action, 90)))),
    )


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """Stances, testimony and meetings about bills."""
    found = [*_meetings(contact, actor), *_stances(contact, actor), *_testimony(contact, actor)]
    past = [each for each in found if before is None or each.at < before]
    return sorted(past, key=lambda each: each.at, reverse=True)[:limit]


def _noon(on: date) -> datetime:
    return min(datetime.combine(on, time(12), UTC), db.now())


def _meetings(contact: Contact, actor: Actor) -> Iterable[TimelineEntry]:
    statement = (
        visible(Lobbying, actor)
        .where(Lobbying.contact_id == contact.id)
        .order_by(Lobbying.worked_on.desc())
        .limit(100)
    )
    for each in db.session().scalars(statement):
        title = str(words.FORMS.get(each.form, each.form))
        yield TimelineEntry(
            _noon(each.worked_on),
            "gavel",
            title,
            each.note,
            url=url_for("policy.log_entry", entry_id=each.id),
            day=each.worked_on,
        )


def _stances(contact: Contact, actor: Actor) -> Iterable[TimelineEntry]:
    statement = (
        visible(Stance, actor)
        .join(Bill, Bill.id == Stance.bill_id)
        .where(Stance.contact_id == contact.id, Stance.answered_on.is_not(None))
        .add_columns(Bill.state, Bill.identifier)
        .limit(100)
    )
    for stance, state, number in db.session().execute(statement):
        title = f"{state} {number}: {words.SIGN_OFFS[stance.sign_off]}"
        yield TimelineEntry(
            _noon(stance.answered_on),
            "gavel",
            title,
            stance.note,
            url=url_for("policy.board", bill_id=stance.bill_id),
            day=stance.answered_on,
        )


def _testimony(contact: Contact, actor: Actor) -> Iterable[TimelineEntry]:
    statement = (
        visible(Testimony, actor)
        .where(Testimony.contact_id == contact.id, Testimony.given_on.is_not(None))
        .limit(100)
    )
    for each in db.session().scalars(statement):
        url = url_for("policy.testimony", bill_id=each.bill_id, testimony_id=each.id)
        assert each.given_on is not None  # The statement asks for it.
        yield TimelineEntry(
            _noon(each.given_on),
            "gavel",
            _("Testified: %(title)s", title=each.title),
            url=url,
            day=each.given_on,
        )


def end_links() -> None:
    """A restored backup: feeds end, and nothing is asked by itself."""
    with system("a restored backup does nothing by itself"):
        db.session().execute(delete(Feed))
        db.session().execute(update(Source).values(active=False))
