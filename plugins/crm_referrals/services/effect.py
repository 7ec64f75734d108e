"""Attendance before and after help began, beside the students of the same grade and school in the same
months.

Rates are missed half days of all half days. Months are whole: three before the month in which help began,
and up to three after it. It shows what happened, not why.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_referrals import clock
from crm_referrals.models import Agency, Referral, Service
from crm_referrals.services.ledger import LEAST
from crm_referrals.services.performance import in_tens
from crm_schools.public import Rating

MONTHS = 3
Month = tuple[int, int]
Days = dict[Month, tuple[int, int]]
"""Half days enrolled and missed, by month."""
Beside = dict[int, dict[int, list[Days]]]
"""For a student, the months of each of the others of the same grade and school."""


@dataclass(frozen=True)
class Effect:
    """Rates in percent; None where there is nothing to tell. `students` is of how many."""

    before: float | None
    after: float | None
    beside_before: float | None
    beside_after: float | None
    students: int = 1
    name: str = ""


def months_of(row: Rating) -> Days:
    """The twelve months of a rating, July first; three digits each."""
    found = {}
    for number in range(12):
        part = slice(number * 3, number * 3 + 3)
        enrolled, absent = row.months_enrolled[part].strip(), row.months_absent[part].strip()
        if enrolled.isdigit() and int(enrolled):
            year = row.school_year - 1 if number < 6 else row.school_year
            found[(year, (number + 6) % 12 + 1)] = (int(enrolled), int(absent or 0))
    return found


def around(day: date, step: int) -> list[Month]:
    """The whole months before (-1) or after (1) the month of a day."""
    first = day.year * 12 + day.month - 1
    return [divmod(first + step * number, 12) for number in range(1, MONTHS + 1)]


def rate(days: Iterable[Days], months: Sequence[Month]) -> float | None:
    wanted = {(year, month + 1) for year, month in months}
    pairs = [pair for each in days for month, pair in each.items() if month in wanted]
    enrolled = sum(pair[0] for pair in pairs)
    return round(100 * sum(pair[1] for pair in pairs) / enrolled, 1) if enrolled else None


def rate_of_many(each_of: Mapping[int, list[Days]], months: Sequence[Month]) -> float | None:
    """The rate of several students together; None unless enough of them were enrolled in these months."""
    wanted = {(year, month + 1) for year, month in months}
    there = [rows for rows in each_of.values() if any(wanted & days.keys() for days in rows)]
    return rate([days for rows in there for days in rows], months) if len(there) >= LEAST else None


def began(referral: Referral) -> date | None:
    """The day on which help began: what the agency said, or when it accepted."""
    return referral.started_on or (clock.day_of(referral.accepted_at) if referral.accepted_at else None)


def of_referral(referral: Referral) -> Effect | None:
    """One student, for whoever may see the referral; None before help began, and where it never did."""
    day = began(referral)
    if day is None or (referral.state == "failed" and referral.started_on is None):
        return None
    own, beside = _gathered([referral.student_id])
    mine, others = own.get(referral.student_id, []), beside.get(referral.student_id, {})
    before, after = around(day, -1), around(day, 1)
    return Effect(
        rate(mine, before), rate(mine, after), rate_of_many(others, before), rate_of_many(others, after)
    )


@dataclass(frozen=True)
class Together:
    """Of how many students' attendance something is told: by agency and by service."""

    by_agency: list[Effect]
    by_service: list[Effect]


def together() -> Together:
    """All whom an agency or a service helped, in whole tens; those with fewer than ten are left out, and an
    agency is where a few students would follow from it and its services."""
    with system("attendance around help, of many together and without names"):
        statement = select(Referral).where(Referral.state == "completed")
        order = (Referral.ended_at, Referral.id)
        found = db.session().scalars(statement.order_by(*order).limit(20_000)).all()
        agencies = {row[0]: row[1] for row in db.session().execute(select(Agency.id, Agency.name))}
        services = {row[0]: row[1] for row in db.session().execute(select(Service.id, Service.name))}
    of_service = _groups((each.service_id, each) for each in found)
    of_agency = _groups((each.agency_id, each) for each in found)
    owner = {each.service_id: each.agency_id for each in found}
    for agency_id, rows in list(of_agency.items()):
        parts = [set(each) for key, each in of_service.items() if owner[key] == agency_id]
        if _tells_of_few([set(rows), *parts]):
            del of_agency[agency_id]
    everybody = {student for group in (of_agency, of_service) for rows in group.values() for student in rows}
    own, beside = _gathered(sorted(everybody))

    def told(groups: Mapping[int, dict[int, Referral]], names: Mapping[int, str]) -> list[Effect]:
        made = [
            _of_group(names.get(key, ""), list(rows.values()), own, beside) for key, rows in groups.items()
        ]
        return sorted(made, key=lambda each: each.name)

    return Together(told(of_agency, agencies), told(of_service, services))


def _groups(pairs: Iterable[tuple[int, Referral]]) -> dict[int, dict[int, Referral]]:
    """For an agency or service the first whole tens of its students, each with the first help that ended:
    one student more changes nothing until there are ten."""
    found: dict[int, dict[int, Referral]] = {}
    for key, referral in pairs:
        found.setdefault(key, {}).setdefault(referral.student_id, referral)
    tens = {key: dict(in_tens(list(rows.items()))) for key, rows in found.items()}
    return {key: rows for key, rows in tens.items() if rows}


def _tells_of_few(groups: Sequence[set[int]]) -> bool:
    """Whether by adding and taking away such groups one comes to fewer than ten students: students who are
    in the same of them are together in every result."""
    alike = Counter(tuple(student in group for group in groups) for student in set().union(*groups))
    return min(alike.values()) < LEAST


def _of_group(name: str, rows: Sequence[Referral], own: dict[int, list[Days]], beside: Beside) -> Effect:
    def mean(rate_in: Callable[[int, Sequence[Month]], float | None], step: int) -> float | None:
        rates = [
            found
            for each in rows
            if (day := began(each)) and (found := rate_in(each.student_id, around(day, step))) is not None
        ]
        return round(sum(rates) / len(rates), 1) if len(rates) >= LEAST else None

    def own_rate(student_id: int, months: Sequence[Month]) -> float | None:
        return rate(own.get(student_id, []), months)

    def beside_rate(student_id: int, months: Sequence[Month]) -> float | None:
        return rate_of_many(beside.get(student_id, {}), months)

    return Effect(
        mean(own_rate, -1), mean(own_rate, 1), mean(beside_rate, -1), mean(beside_rate, 1), len(rows), name
    )


def _gathered(ids: Sequence[int]) -> tuple[dict[int, list[Days]], Beside]:
    """The months of students, and those of everybody else of their grade and school; two statements."""
    with system("attendance around help; rates of many are told, no names"):
        mine = (
            db.session()
            .scalars(select(Rating).where(db.among(Rating.student_id, ids), Rating.part != "school"))
            .all()
        )
        classes = {(row.school_id, row.grade, row.school_year) for row in mine}
        near = select(Rating).where(
            db.among(Rating.school_id, sorted({each[0] for each in classes})), Rating.part != "district"
        )
        rows = db.session().scalars(near).all() if classes else []
    classmates: dict[tuple[int, str, int], list[tuple[int, Days]]] = {}
    for row in rows:
        key = (row.school_id, row.grade, row.school_year)
        if key in classes:
            classmates.setdefault(key, []).append((row.student_id, months_of(row)))
    own: dict[int, list[Days]] = {}
    beside: Beside = {}
    for row in mine:
        own.setdefault(row.student_id, []).append(months_of(row))
        others = beside.setdefault(row.student_id, {})
        for owner, days in classmates.get((row.school_id, row.grade, row.school_year), []):
            if owner != row.student_id:
                others.setdefault(owner, []).append(days)
    return own, beside
