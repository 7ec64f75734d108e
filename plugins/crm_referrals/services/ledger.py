"""Needs that nobody met, counted without anybody's identity; small numbers hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from crm.plugin_api import db, system
from crm_referrals.models import Agency, Referral, Unmet
from crm_referrals.words import HELPED

LEAST = 10
"""Fewer than so many are not told, as in the reports of schools."""


@dataclass(frozen=True)
class Count:
    """So many needs of one kind; None is too few to tell."""

    what: str
    count: int | None


def by(column: Any) -> list[Count]:
    """Unmet needs by category, district, ZIP3 or reason, most first."""
    statement = select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
    return _told(db.session().execute(statement).all())


def _told(rows: Sequence[Any]) -> list[Count]:
    """Counts, most first, with the small ones hidden. The whole is known from another table, so what is
    hidden together has to be enough that none of it follows: else the smallest that is shown goes too."""
    shown = sum(row[1] >= LEAST for row in rows)
    while 0 < shown < len(rows) and (len(rows) - shown < 2 or sum(row[1] for row in rows[shown:]) < LEAST):
        shown -= 1
    return [Count(str(row[0]), row[1] if place < shown else None) for place, row in enumerate(rows)]


def unmet(district: str = "", since: date | None = None) -> list[Count]:
    """Unmet needs by category, most first, for evidence in texts: `what` is a code of
    `crm_referrals.words.CATEGORIES`, `count` None where it is too few to tell."""
    statement = select(Unmet.category, func.count()).group_by(Unmet.category)
    if district:
        statement = statement.where(Unmet.district == district)
    if since is not None:
        statement = statement.where(Unmet.closed_on >= since)
    return _told(db.session().execute(statement.order_by(func.count().desc(), Unmet.category)).all())


def total() -> int:
    return int(db.session().scalar(select(func.count(Unmet.id))) or 0)


@dataclass(frozen=True)
class Performance:
    """How an agency did: in numbers that are fair to it, None where there are too few to tell. Days are to
    the first answer."""

    name: str
    sent: int | None
    answered: int | None
    days: float | None
    helped: int | None
    ended: int | None


def performance() -> Sequence[Performance]:
    """Agencies by name. Each number is told from ten referrals on; victim services tell of no outcome. What
    was a mistake, or was offered to several and taken by another, is not theirs to answer."""
    statement = (
        select(Agency.id, Agency.name, Referral.sent_at, Referral.answered_at, Referral.outcome)
        .join(Referral, Referral.agency_id == Agency.id)
        .where(
            Referral.sent_at.is_not(None),
            Referral.state != "entered_in_error",
            or_(Referral.pool_id.is_(None), Referral.state != "withdrawn"),
        )
    )
    rows: dict[int, list[Any]] = {}
    with system("how agencies did, without names of students"):
        for row in db.session().execute(statement.order_by(Agency.sort_name)):
            rows.setdefault(row[0], []).append(row)
    return [_measured(found) for found in rows.values()]


def _measured(rows: Sequence[Any]) -> Performance:
    days = sorted((row[3] - row[2]).total_seconds() / 86400 for row in rows if row[3] is not None)
    outcomes = [row[4] for row in rows if row[4]]
    helped = sum(each in HELPED for each in outcomes)
    return Performance(
        rows[0][1],
        _enough(len(rows)),
        _enough(len(days)),
        round(days[len(days) // 2], 1) if len(days) >= LEAST else None,
        helped if len(outcomes) >= LEAST else None,
        _enough(len(outcomes)),
    )


def _enough(count: int) -> int | None:
    return count if count >= LEAST else None
