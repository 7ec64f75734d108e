"""Monday: what changed, what is due, what died; for one person, as a page and as lines of the morning
mail."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from crm.plugin_api import Actor, db, visible
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, Hearing, HearingBill, Stance, Testimony
from crm_policy.services import letters
from crm_policy.words import DEAD

WEEK = timedelta(days=7)


_SHOWN: Final = (
    Bill.id,
    Bill.state,
    Bill.identifier,
    Bill.short_title,
    Bill.title,
    Bill.stage,
    Bill.disposition,
    Bill.position,
    Bill.last_action_on,
    Bill.last_action,
)
"""What a line says of a bill."""


def changed(actor: Actor, since: datetime, *, mine: bool = False, limit: int = 100) -> list[Any]:
    """Tracked bills that changed, the most important first, as rows."""
    statement = visible(Bill, actor).where(Bill.triage == "tracked", Bill.changed_at >= since)
    if mine:
        statement = statement.where(Bill.owner_user_id == (actor.user_id or 0))
    ordered = statement.order_by(Bill.priority.desc(), Bill.changed_at.desc()).limit(limit)
    return list(db.session().execute(ordered.with_only_columns(*_SHOWN)))


def hearings(
    actor: Actor, begins: datetime, ends: datetime, limit: int = 100
) -> list[tuple[Hearing, list[Bill]]]:
    """Hearings of tracked bills in a time."""
    statement = (
        visible(Hearing, actor)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .join(Bill, Bill.id == HearingBill.bill_id)
        .where(Bill.triage == "tracked", Hearing.starts_at >= begins, Hearing.starts_at < ends)
        .order_by(Hearing.starts_at, Hearing.id)
        .limit(limit)
        .add_columns(Bill)
    )
    found: dict[int, tuple[Hearing, list[Bill]]] = {}
    for hearing, bill in db.session().execute(statement):
        found.setdefault(hearing.id, (hearing, []))[1].append(bill)
    return list(found.values())


def due(actor: Actor, until: date) -> list[tuple[str, Any]]:
    """Testimony to hand in and letters that close."""
    testimony = visible(Testimony, actor).where(Testimony.status != "given", Testimony.due_on <= until)
    return [
        *(
            ("testimony", each)
            for each in db.session().scalars(testimony.order_by(Testimony.due_on).limit(50))
        ),
        *(("letter", each) for each in letters.closing(actor, until)),
    ]


def silent(actor: Actor) -> list[tuple[Bill, int]]:
    """Bills of high priority, and how many members were asked and have not answered."""
    statement = (
        visible(Bill, actor)
        .join(Stance, Stance.bill_id == Bill.id)
        .where(Bill.triage == "tracked", Stance.sign_off == "asked", Stance.stance == "")
        .with_only_columns(Bill.id)
        .limit(500)
    )
    counts: dict[int, int] = {}
    for bill_id in db.session().scalars(statement):
        counts[bill_id] = counts.get(bill_id, 0) + 1
    bills = db.session().scalars(visible(Bill, actor).where(db.among(Bill.id, list(counts))))
    return [(bill, counts[bill.id]) for bill in bills]


def watch_executive(actor: Actor) -> list[Any]:
    """Tracked bills that lie with the executive: signings after the session are easily missed."""
    statement = visible(Bill, actor).where(
        Bill.triage == "tracked", Bill.stage == 9, Bill.disposition == "live"
    )
    ordered = statement.order_by(Bill.last_action_on).limit(50)
    return list(db.session().execute(ordered.with_only_columns(*_SHOWN)))


def monday(actor: Actor, *, mine: bool = False) -> dict[str, Any]:
    """Everything of the page."""
    since, now = db.now() - WEEK, db.now()
    news = changed(actor, since, mine=mine)
    return {
        "changed": [each for each in news if each.disposition not in DEAD],
        "died": [each for each in news if each.disposition in DEAD],
        "hearings": hearings(actor, now - timedelta(hours=12), now + 2 * WEEK),
        "due": due(actor, day_here() + 2 * WEEK),
        "silent": silent(actor),
        "executive": watch_executive(actor),
    }


def to_remind(actor: Actor, today: date) -> Iterable[tuple[Hearing, list[Bill]]]:
    """Hearings whose day of reminding has come."""
    now = db.now()
    for hearing, bills in hearings(actor, now, now + timedelta(days=61)):
        if hearing.status != "cancelled" and (hearing.starts_at.date() - today).days <= hearing.remind_days:
            yield hearing, bills
