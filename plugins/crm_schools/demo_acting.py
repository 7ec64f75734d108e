"""What the first made-up district did: help for some students, contacts, a team that met, a public report."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm_schools import figures, publishing
from crm_schools.acting import agenda
from crm_schools.models import (
    AgendaItem,
    Attempt,
    Cause,
    District,
    Dose,
    Intervention,
    Meeting,
    Rating,
)
from crm_schools.terms import month_index

ENOUGH: Final = 40
"""Days of school before there is anything to tell: help must have begun, and time passed since."""
HELP: Final = (
    (2, "mentor", 2, 20), (2, "early_warning", 3, 10), (2, "transport", None, None), (2, "asthma", 1, 15),
    (3, "case_management", 1, 45),
)  # fmt: skip
CAUSES: Final = (
    ("barriers", "Asthma at night, and nobody to drive when the bus is missed"),
    ("aversion", "Afraid of the way home along the canal"),
    ("disengagement", "Sees no point in the first two hours"),
    ("misconceptions", "The family thought that excused days do no harm"),
)
DECISIONS: Final = (
    "Ask the family what makes mornings hard", "A mentor from Monday on", "The nurse looks at the inhaler",
    "A seat on the early bus", "Call the grandmother, who takes him to school",
)  # fmt: skip


def load(actor: Actor, district_id: int, school_year: int, days: Sequence[date]) -> None:
    """Write it; `days` are the days of school so far in the year."""
    source = random.Random(20252)  # noqa: S311  # Made-up help needs no cryptography.
    with db.transaction(actor, "demo.load", "Help for students who miss much"):
        if len(days) >= ENOUGH:
            begins = days[len(days) // 2 - 5]
            helped = _helped(district_id, school_year, month_index(begins))
            for number, rating in enumerate(helped):
                _help(source, rating, begins + timedelta(number % 4), days, HELP[number % len(HELP)])
            _meeting(actor, district_id, helped[0].school_id, school_year, begins)
    with db.transaction(actor, "demo.load", "Published a report"), system("the demo publishes a report"):
        district = db.session().get_one(District, district_id)
        publishing.publish(figures.place_of(actor, district, None, school_year - 1), actor)


def _helped(district_id: int, school_year: int, months: int) -> list[Rating]:
    """Every other of those who had missed a tenth in the months before, so that the rest can stand beside
    them: what came later chooses nobody."""
    statement = (
        select(Rating)
        .where(
            Rating.district_id == district_id,
            Rating.school_year == school_year,
            Rating.part == "only",
        )
        .order_by(Rating.student_id)
    )
    with system("the demo looks for students who miss much"):
        found = [
            (_first(rating.months_absent, months), rating)
            for rating in db.session().scalars(statement)
            if 10 * _first(rating.months_absent, months) >= _first(rating.months_enrolled, months) > 0
        ]
    return [rating for _missed, rating in sorted(found, key=lambda each: -each[0])][::2]


def _first(digits: str, months: int) -> int:
    """The sum of the first months of a school year, of three digits each."""
    return sum(int(digits[3 * month : 3 * month + 3]) for month in range(months))


def _help(
    source: random.Random, rating: Rating, begins: date, days: Sequence[date],
    kind: tuple[int, str, int | None, int | None],
) -> None:  # fmt: skip
    of = {"student_id": rating.student_id, "school_year": rating.school_year}
    tier, name, each_week, minutes = kind
    row = Intervention(**of, school_id=rating.school_id, tier=tier, kind=name, begins_on=begins)
    row.each_week, row.minutes = each_week, minutes
    cause, detail = source.choice(CAUSES)
    attempt = Attempt(**of, on_date=begins - timedelta(3), way="call", note=detail)
    attempt.outcome = source.choice(("reached", "reached", "message", "no_answer"))
    session = db.session()
    session.add_all(
        [row, attempt, Cause(**of, kind=cause, detail=detail, is_confirmed=True, noted_on=begins)]
    )
    session.flush()
    given = [day for day in days if day >= begins and day.weekday() in (0, 2, 4)[: each_week or 0]]
    session.add_all(
        Dose(intervention_id=row.id, student_id=rating.student_id, given_on=day, minutes=minutes)
        for day in given
        if source.random() < 0.8
    )


def _meeting(actor: Actor, district_id: int, school_id: int, school_year: int, day: date) -> None:
    """The team of one school, with what it decided."""
    meeting = Meeting(district_id=district_id, school_id=school_id, school_year=school_year, held_on=day)
    meeting.since_on, meeting.place = day - timedelta(30), "Library"
    meeting.people = "The principal, the nurse, two teachers, Riverbend Family Center"
    db.session().add(meeting)
    db.session().flush()
    with system("the demo makes an agenda"):
        agenda.write(meeting, agenda.made(meeting, actor))
        points = db.session().scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id))
        items = agenda.in_order(points)
    for number, item in enumerate(items[:10]):
        item.decision, item.is_done = DECISIONS[number % len(DECISIONS)], number % 2 == 0
        item.due_on = day + timedelta(7)
    meeting.status = "held"
