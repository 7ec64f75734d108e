"""Checkpoints that somebody looks after: of their own plans, and of students whose point person they are."""

from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from crm.plugin_api import Actor, visible
from crm.plugin_api.words import today
from crm_schools.models import Checkpoint, Enrolment, Plan, School, Student, Year


def open_of(actor: Actor) -> Select[Any]:
    """The open ones. Those of whoever has left are nobody's work any more; the student's page keeps them."""
    return (
        visible(Checkpoint, actor)
        .join(Plan, Plan.id == Checkpoint.plan_id)
        .join(Student, Student.id == Checkpoint.student_id)
        .where(
            Checkpoint.result == "",
            Plan.status == "open",
            or_(Plan.user_id == actor.user_id, Student.point_user_id == actor.user_id),
            still_enrolled(today()),
        )
    )


SUMMER: Final = range(5, 10)
LAST_WEEKS: Final = (5, 15)
"""Month and day from which a stay that ends may be one to the last day of school, which differs by school."""


def still_enrolled(day: date) -> ColumnElement[bool]:
    """Students with a stay that has not ended, in the newest year of their district that has begun or in a
    later one: rosters leave stays of earlier years open. Through the summer whoever stayed to the last weeks
    of school belongs to it."""
    lasts = day if day.month not in SUMMER else min(day, date(day.year, *LAST_WEEKS))
    return exists().where(
        Enrolment.student_id == Student.id,
        Year.district_id == Student.district_id,
        Year.school_year == Enrolment.school_year,
        Enrolment.school_year >= _newest_year(day),
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= lasts),
    )


def _newest_year(day: date) -> Any:
    """The newest year that has begun and of which any stay of the district is known."""
    year, stay = aliased(Year), aliased(Enrolment)
    known = exists().where(
        School.district_id == year.district_id,
        stay.school_id == School.id,
        stay.school_year == year.school_year,
    )
    newest = select(func.max(year.school_year)).where(
        year.district_id == Student.district_id, year.begins_on <= day, known.correlate(year)
    )
    return func.coalesce(newest.correlate(Student).scalar_subquery(), 0)
