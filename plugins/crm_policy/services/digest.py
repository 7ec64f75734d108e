"""What changed, what is due, which hearings come: for one person, as lines of the morning mail and for other
pages. Monday's own page is `monday`."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, select

from crm.plugin_api import Actor, db, system, visible
from crm_policy import words
from crm_policy.models import Bill, Feed, Hearing, HearingBill, Testimony
from crm_policy.services import feeding, letters
from crm_policy.services.together import said
from crm_policy.words import DEAD

WEEK = timedelta(days=7)


SHOWN: Final = (
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


def among(ids: Select[Any] | None) -> ColumnElement[bool]:
    """Of these bills (a SELECT of ids), else of all that are tracked."""
    return Bill.id.in_(ids) if ids is not None else Bill.triage == said("tracked")


def ids_of(query: str, actor: Actor) -> Select[Any] | None:
    """The bills of a list, written as feeds write it; None for all that are tracked."""
    return feeding.chosen(query, actor).with_only_columns(Bill.id) if query else None


def changed(actor: Actor, since: datetime, ids: Select[Any] | None = None, limit: int = 100) -> list[Any]:
    """Bills that changed, the most important first, as rows."""
    statement = visible(Bill, actor).where(among(ids), Bill.changed_at >= since)
    ordered = statement.order_by(Bill.priority.desc(), Bill.changed_at.desc()).limit(limit)
    return list(db.session().execute(ordered.with_only_columns(*SHOWN)))


def hearings(
    actor: Actor, begins: datetime, ends: datetime, limit: int = 100, ids: Select[Any] | None = None
) -> list[tuple[Hearing, list[Bill]]]:
    """Hearings of bills in a time."""
    statement = (
        visible(Hearing, actor)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .join(Bill, Bill.id == HearingBill.bill_id)
        .where(among(ids), Hearing.starts_at >= begins, Hearing.starts_at < ends)
        .order_by(Hearing.starts_at, Hearing.id)
        .limit(limit)
        .add_columns(Bill)
    )
    found: dict[int, tuple[Hearing, list[Bill]]] = {}
    for hearing, bill in db.session().execute(statement):
        found.setdefault(hearing.id, (hearing, []))[1].append(bill)
    return list(found.values())


def is_about_living(dead: Sequence[Any]) -> ColumnElement[bool]:
    """Of testimony whether its bill is still to be decided: nobody hands anything in on what is over."""
    return exists().where(Bill.id == Testimony.bill_id, Bill.disposition.not_in(dead))


def due(actor: Actor, until: date, ids: Select[Any] | None = None) -> list[tuple[str, Any]]:
    """Testimony to hand in and letters that close; of some bills, or of all."""
    testimony = visible(Testimony, actor).where(Testimony.status != "given", Testimony.due_on <= until)
    testimony = testimony.where(is_about_living(DEAD))
    if ids is not None:
        testimony = testimony.where(Testimony.bill_id.in_(ids))
    return [
        *(
            ("testimony", each)
            for each in db.session().scalars(testimony.order_by(Testimony.due_on).limit(50))
        ),
        *(("letter", each) for each in letters.closing(actor, until, ids)),
    ]


def by_mail(actor: Actor) -> list[Feed]:
    """The lists whose changes somebody gets by mail on Mondays."""
    with system("one's own feeds"):
        mine = select(Feed).where(Feed.user_id == (actor.user_id or 0), Feed.by_mail.is_(True))
        return list(db.session().scalars(mine.order_by(Feed.id)))


def to_remind(actor: Actor, today: date) -> Iterable[tuple[Hearing, list[Bill]]]:
    """Hearings whose day of reminding has come."""
    now = db.now()
    for hearing, bills in hearings(actor, now, now + timedelta(days=61)):
        if hearing.status != "cancelled" and (words.held_on(hearing) - today).days <= hearing.remind_days:
            yield hearing, bills
