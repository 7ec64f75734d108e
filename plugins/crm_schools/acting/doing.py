"""What is being done for students on an agenda: help that goes on, and decisions of earlier meetings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func

from crm.plugin_api import Actor, db, visible
from crm.plugin_api.words import today
from crm_schools.acting.helping import goes_on
from crm_schools.models import AgendaItem, Attempt, Intervention, Meeting, Plan


@dataclass
class Doing:
    """What is done for one student: kinds of interventions, whether a plan is open, when the family was last
    reached, and points of earlier meetings that are not done."""

    kinds: list[str] = field(default_factory=list)
    has_plan: bool = False
    reached_on: date | None = None
    open: list[tuple[AgendaItem, date]] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        return not (self.kinds or self.has_plan or self.reached_on)


def on_day(actor: Actor, ids: Collection[int], day: date, school_year: int) -> dict[int, Doing]:
    """What was going on for students on a day, as far as the actor may see them."""
    found, run = {each: Doing() for each in ids}, db.session()
    for student_id, kind in run.execute(_helped(actor, ids, day)):
        if kind not in found[student_id].kinds:
            found[student_id].kinds.append(kind)
    for student_id in run.scalars(_planned(actor, ids, day, school_year)):
        found[student_id].has_plan = True
    for student_id, reached_on in run.execute(_reached(actor, ids, day, school_year)):
        found[student_id].reached_on = reached_on
    return found


def _helped(actor: Actor, ids: Collection[int], day: date) -> Any:
    statement = visible(Intervention, actor).with_only_columns(Intervention.student_id, Intervention.kind)
    those = statement.where(db.among(Intervention.student_id, ids), goes_on(day))
    return those.order_by(Intervention.id)


def _planned(actor: Actor, ids: Collection[int], day: date, school_year: int) -> Any:
    """Nobody notes when a plan ended: of an earlier day one of that year counts whatever became of it."""
    statement = visible(Plan, actor).with_only_columns(Plan.student_id)
    there = Plan.status == "open" if day >= today() else Plan.school_year == school_year
    return statement.where(db.among(Plan.student_id, ids), there, Plan.begins_on <= day)


def _reached(actor: Actor, ids: Collection[int], day: date, school_year: int) -> Any:
    """This year: a call of last May is no help now."""
    return (
        visible(Attempt, actor)
        .with_only_columns(Attempt.student_id, func.max(Attempt.on_date))
        .where(
            db.among(Attempt.student_id, ids),
            Attempt.outcome == "reached",
            Attempt.school_year == school_year,
            Attempt.on_date <= day,
        )
        .group_by(Attempt.student_id)
    )


def still_open(actor: Actor, meeting: Meeting) -> Sequence[tuple[AgendaItem, date]]:
    """What the same team decided earlier in the school year and nobody has done, the oldest first,
    with the day of the meeting."""
    statement = (
        visible(AgendaItem, actor)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .add_columns(Meeting.held_on)
        .where(
            AgendaItem.decision != "",
            AgendaItem.is_done.is_(False),
            Meeting.id != (meeting.id or 0),
            Meeting.district_id == meeting.district_id,
            Meeting.school_year == meeting.school_year,
            Meeting.held_on <= meeting.held_on,
        )
    )
    school = meeting.school_id
    same = Meeting.school_id.is_(None) if school is None else Meeting.school_id == school
    rows = db.session().execute(statement.where(same).order_by(Meeting.held_on, AgendaItem.id).limit(500))
    return [(row[0], row[1]) for row in rows]
