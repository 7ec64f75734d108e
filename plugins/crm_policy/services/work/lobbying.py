"""The log of lobbying and its tally under section 501(h)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import Actor, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.words import clean_note
from crm_policy.models import Lobbying
from crm_policy.services.work.amounts import CENTS, cents
from crm_policy.services.work.years import Numbers

KINDS: Final = ("direct", "grassroots", "none")
LOBBYING: Final = ("direct", "grassroots")
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


def tally(year: int, hourly_cents: int) -> list[dict[str, Any]]:
    """Minutes and money of each class in a year; time counts at the given cost of an hour. All of it: a sum
    for the tax return must not depend on whom the reader may see."""
    found = {each.key: each for each in _sums(year, hourly_cents, Lobbying.kind)}
    return [
        {
            "kind": kind,
            "minutes": found[kind].minutes if kind in found else 0,
            "cost": found[kind].cost if kind in found else 0,
            "total": found[kind].total if kind in found else 0,
            "count": found[kind].count if kind in found else 0,
        }
        for kind in KINDS
    ]


@dataclass(frozen=True)
class Sum:
    """Entries with the same key: minutes, cents spent besides, and cents with the time."""

    key: Any
    kind: str
    minutes: int
    cost: int
    total: int
    count: int


def _sums(year: int, hourly_cents: int, key: Any) -> list[Sum]:
    """Parts of a year of each class, in the order of their keys. What is left of a cent goes into the next
    part, so that all parts together are the year's sum."""
    statement = (
        select(
            key,
            Lobbying.kind,
            func.sum(Lobbying.minutes),
            func.sum(Lobbying.cost_cents),
            func.count(Lobbying.id),
        )
        .where(Lobbying.worked_on >= date(year, 1, 1), Lobbying.worked_on <= date(year, 12, 31))
        .group_by(key, Lobbying.kind)
        .order_by(key)
    )
    with system("sums for the tax return; they name nobody"):
        rows = db.session().execute(statement).all()
    so_far = dict.fromkeys(KINDS, 0)
    found = []
    for part, kind, minutes, cost, count in rows:
        before = so_far[kind] * hourly_cents // 60
        so_far[kind] += int(minutes)
        total = int(cost) + so_far[kind] * hourly_cents // 60 - before
        found.append(Sum(part, kind, int(minutes), int(cost), total, int(count)))
    return found


@dataclass(frozen=True)
class Report:
    """A year for section 501(h). `lines` are those of Form 990, Schedule C, Part II-A, in cents: the letter,
    what it is, and the amount (None where the yearly spending is not set). `months` and `bills` are sums of
    direct and grassroots lobbying by month (1 to 12) and by bill (None: no bill)."""

    numbers: Numbers
    lines: list[tuple[str, str, int | None]]
    months: dict[int, dict[str, int]]
    bills: dict[int | None, dict[str, int]]


def report(numbers: Numbers) -> Report:
    year, hourly_cents = numbers.year, numbers.hour_cents
    sums = {row["kind"]: row["total"] for row in tally(year, hourly_cents)}
    months: dict[int, dict[str, int]] = {month: dict.fromkeys(LOBBYING, 0) for month in range(1, 13)}
    for each in _sums(year, hourly_cents, Lobbying.worked_on):
        if each.kind in LOBBYING:
            months[each.key.month][each.kind] += each.total
    about: dict[int | None, dict[str, int]] = {}
    for each in _sums(year, hourly_cents, Lobbying.bill_id):
        if each.kind in LOBBYING:
            about.setdefault(each.key, dict.fromkeys(LOBBYING, 0))[each.kind] += each.total
    lines = _lines(sums["grassroots"], sums["direct"], numbers.budget_dollars * CENTS)
    return Report(numbers, lines, months, about)


def _lines(grassroots: int, direct: int, budget: int) -> list[tuple[str, str, int | None]]:
    """Schedule C, Part II-A, lines 1a to 1i."""
    both, most = grassroots + direct, ceiling(budget // CENTS) * CENTS
    known = budget > 0
    return [
        ("1a", _("Influencing public opinion (grassroots lobbying)"), grassroots),
        ("1b", _("Influencing a legislative body (direct lobbying)"), direct),
        ("1c", _("All lobbying: 1a and 1b together"), both),
        ("1d", _("Other spending for exempt purposes"), max(0, budget - both) if known else None),
        ("1e", _("All spending for exempt purposes"), budget if known else None),
        ("1f", _("What may be spent on lobbying"), most if known else None),
        ("1g", _("What may be spent on grassroots lobbying: a quarter of 1f"), most // 4 if known else None),
        ("1h", _("Grassroots lobbying above 1g"), max(0, grassroots - most // 4) if known else None),
        ("1i", _("All lobbying above 1f"), max(0, both - most) if known else None),
    ]


def log(entry: Lobbying, values: Mapping[str, Any], actor: Actor) -> None:
    for name in ("worked_on", "form", "kind", "minutes", "contact_id", "lean", "bill_id"):
        setattr(entry, name, values[name])
    entry.cost_cents, entry.note = cents(values["cost"] or ""), clean_note(values["note"] or "")
    entry.user_id = entry.user_id or actor.user_id
    db.session().add(entry)
    db.session().flush()
