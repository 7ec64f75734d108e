"""How agencies do, in numbers that are fair to them.

Days are business days in which it was the agency's turn: what the school takes to answer a question is not
counted. What was a mistake, was offered to several and taken by another, or was withdrawn before an answer
was due, is not theirs to answer; what the family decided is no failure of theirs. Everything is told of whole
tens of referrals, the first ones first, so that from one day to the next no single family's outcome follows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import mean, median
from typing import Any, TypeVar

from sqlalchemy import and_, or_, select

from crm.plugin_api import db, system
from crm_referrals import clock
from crm_referrals.models import Agency, Event, Referral
from crm_referrals.services.ledger import LEAST
from crm_referrals.words import HELPED

Row = TypeVar("Row")
A_DAY = 24 * 3600
OF_THE_FAMILY = frozenset({"family_declined", "moved", "no_contact", "not_needed"})
NO_ROOM = frozenset({"no_capacity", "no_funds"})
FEWEST_FOR_AN_AVERAGE = 5


@dataclass(frozen=True)
class Performance:
    """How an agency did; parts are percent, None where there are too few to tell.

    `sent` and `ended` are whole tens of referrals: `answered` and `no_room` are parts of the first, `helped`
    of the second. `days` is the median of business days until the first answer.
    """

    name: str
    sent: int
    answered: int | None
    days: float | None
    no_room: int | None
    ended: int
    helped: int | None


def in_tens(rows: Sequence[Row]) -> Sequence[Row]:
    """The first rows, as many as make whole tens."""
    return rows[: len(rows) // LEAST * LEAST]


def performance() -> list[Performance]:
    """Agencies by name. Victim services tell of no outcome, so nothing is told of theirs."""
    statement = (
        select(Agency.name, Agency.respond_days, Referral)
        .join(Referral, Referral.agency_id == Agency.id)
        .where(Referral.sent_at.is_not(None), _theirs())
        .order_by(Agency.sort_name, Agency.id, Referral.sent_at, Referral.id)
    )
    with system("how agencies did, without names of students"):
        rows = [(row[0], row[1], row[2]) for row in db.session().execute(statement)]
        waited = _waited([each for _name, _days, each in rows])
    fair = [(name, each) for name, days, each in rows if not _was_early(each, days)]
    groups = groupby(fair, key=lambda row: (row[1].agency_id, row[0]))
    return [_measured(name, [row[1] for row in found], waited) for (_id, name), found in groups]


def _theirs() -> Any:
    return and_(
        Referral.state != "entered_in_error",
        or_(Referral.pool_id.is_(None), Referral.state != "withdrawn"),
    )


def _was_early(referral: Referral, respond_days: int) -> bool:
    """Whether it was withdrawn, unanswered, before the agency had to answer."""
    if referral.state != "withdrawn" or referral.answered_at is not None or referral.sent_at is None:
        return False
    due_at = clock.add_business_days(referral.sent_at, respond_days)
    return referral.ended_at is not None and referral.ended_at <= due_at


def _measured(name: str, rows: Sequence[Referral], waited: dict[int, float]) -> Performance:
    told = in_tens(rows)
    days = [waited[each.id] for each in told if each.id in waited]
    ended = sorted((each for each in rows if _tells(each)), key=lambda each: (str(each.ended_at), each.id))
    ended = list(in_tens(ended))
    return Performance(
        name,
        len(told),
        _part(len(days), len(told)),
        round(median(days), 1) if len(days) >= LEAST else None,
        _part(sum(each.state == "declined" and each.reason in NO_ROOM for each in told), len(told)),
        len(ended),
        _part(sum(each.outcome in HELPED for each in ended), len(ended)),
    )


def _tells(referral: Referral) -> bool:
    """Whether what came of it says something of the agency."""
    return bool(referral.outcome) and referral.outcome not in OF_THE_FAMILY


def _part(some: int, of: int) -> int | None:
    return round(100 * some / of) if of else None


def average_days(agency_ids: Iterable[int]) -> dict[int, float]:
    """How many business days agencies took to answer on average, from five referrals on."""
    statement = select(Referral).where(
        db.among(Referral.agency_id, sorted(set(agency_ids))), Referral.answered_at.is_not(None), _theirs()
    )
    with system("how fast agencies answer, without names"):
        rows = db.session().scalars(statement.order_by(Referral.agency_id, Referral.id)).all()
        waited = _waited(rows)
    found = {}
    for agency_id, group in groupby(rows, key=lambda each: each.agency_id):
        days = [waited[each.id] for each in group if each.id in waited]
        if len(days) >= FEWEST_FOR_AN_AVERAGE:
            found[agency_id] = mean(days)
    return found


def _waited(rows: Sequence[Referral]) -> dict[int, float]:
    """Business days until the first answer of those that were answered, without what the school took."""
    questions = _questions([each.id for each in rows])
    found = {}
    for each in rows:
        if each.sent_at is None or each.answered_at is None:
            continue
        seconds = clock.business_seconds(each.sent_at, each.answered_at)
        for asked, told in questions.get(each.id, []):
            seconds -= clock.business_seconds(asked, min(told or each.answered_at, each.answered_at))
        found[each.id] = max(0, seconds) / A_DAY
    return found


def _questions(ids: Sequence[int]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """When an agency asked and when the school answered, None where it has not; by referral."""
    statement = select(Event.referral_id, Event.step, Event.at).where(
        db.among(Event.referral_id, ids), Event.step.in_(("ask", "answer")), Event.was_refused.is_(False)
    )
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for referral_id, step, at in db.session().execute(statement.order_by(Event.referral_id, Event.id)):
        pairs = found.setdefault(referral_id, [])
        if step == "ask":
            pairs.append((at, None))
        elif pairs:
            pairs[-1] = (pairs[-1][0], at)
    return found
