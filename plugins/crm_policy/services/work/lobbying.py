"""The log of lobbying and its tally under section 501(h)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func

from crm.plugin_api import Actor, UserError, db, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import clean_note
from crm_policy.models import (
    Lobbying,
)

CENTS: Final = 100
LIMITS: Final = ((500_000, 0.20), (500_000, 0.15), (500_000, 0.10))
"""Section 4911(c)(2) of the Internal Revenue Code: 20 % of the first $500,000 of exempt purpose
expenditures, 15 % of the next, 10 % of the third, 5 % of the rest, at most $1,000,000; a quarter of it may
be grassroots."""


def ceiling(budget_dollars: int) -> int:
    """What may be spent on lobbying in a year, in dollars, under 501(h)."""
    left, found = budget_dollars, 0.0
    for width, share in LIMITS:
        part = min(left, width)
        found, left = found + part * share, left - part
    return min(1_000_000, int(found + left * 0.05))


def tally(year: int, hourly_cents: int, actor: Actor) -> list[dict[str, Any]]:
    """Minutes and money of each class in a year; time counts at the given cost of an hour."""
    statement = (
        visible(Lobbying, actor)
        .where(Lobbying.worked_on >= date(year, 1, 1), Lobbying.worked_on <= date(year, 12, 31))
        .group_by(Lobbying.kind)
        .with_only_columns(
            Lobbying.kind, func.sum(Lobbying.minutes), func.sum(Lobbying.cost_cents), func.count(Lobbying.id)
        )
    )
    rows = {row[0]: row for row in db.session().execute(statement)}
    found = []
    for kind in ("direct", "grassroots", "none"):
        row = rows.get(kind)
        minutes, cost = (int(row[1]), int(row[2])) if row else (0, 0)
        total = cost + minutes * hourly_cents // 60
        found.append(
            {
                "kind": kind,
                "minutes": minutes,
                "cost": cost,
                "total": total,
                "count": int(row[3]) if row else 0,
            }
        )
    return found


def cents(text: str) -> int:
    """`$1,200.50` as cents; UserError for what is no amount."""
    plain = (text or "").replace("$", "").replace(",", "").strip()
    if not plain:
        return 0
    whole, _dot, rest = plain.partition(".")
    if not whole.isdecimal() or (rest and not rest.isdecimal()) or len(whole) > 9:
        raise UserError(_("“%(text)s” is not an amount. Write it like 120 or 120.50.", text=text))
    return int(whole) * CENTS + int((rest + "00")[:2])


def log(entry: Lobbying, values: Mapping[str, Any], actor: Actor) -> None:
    for name in ("worked_on", "form", "kind", "minutes", "contact_id", "lean", "bill_id"):
        setattr(entry, name, values[name])
    entry.cost_cents, entry.note = cents(values["cost"] or ""), clean_note(values["note"] or "")
    entry.user_id = entry.user_id or actor.user_id
    db.session().add(entry)
    db.session().flush()
