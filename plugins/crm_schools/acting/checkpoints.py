"""Checkpoints that somebody looks after: of their own plans, and of students whose point person they are."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from crm.plugin_api import Actor, db, system, visible
from crm.plugin_api.words import today
from crm_schools.importing.roster.by_hand import ADDED
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


LAST_WEEKS: Final = timedelta(14)
"""Before the last day of the district's year a stay may end on the last day of school, which differs by
school."""
SUMMER: Final = timedelta(120)
A_WHILE: Final = timedelta(60)
INFERRED: Final = "inferred"
"""The source of stays that attendance alone shows."""


def still_enrolled(day: date) -> ColumnElement[bool]:
    """Students with a stay that has not ended, in the newest year that has begun at its school or in a later
    one: rosters leave stays of earlier years open. Through the summer whoever stayed to the last weeks of
    school belongs to it."""
    return exists().where(
        Enrolment.student_id == Student.id,
        Year.district_id == Student.district_id,
        Year.school_year == Enrolment.school_year,
        ~_goes_on_without_them(day),
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= day, *_to_the_end(day)),
    )


def _to_the_end(day: date) -> Iterator[ColumnElement[bool]]:
    """Of years that end about now or have ended lately, stays to their last weeks."""
    lately = select(Year.ends_on).where(Year.ends_on < day + LAST_WEEKS, Year.ends_on > day - SUMMER)
    with system("when school years end, for whoever has work"):
        for ends in db.session().scalars(lately.distinct()).all():
            yield and_(Year.ends_on == ends, Enrolment.ends_on >= ends - LAST_WEEKS)


def _goes_on_without_them(day: date) -> ColumnElement[bool]:
    """Whether a later year has begun of which a roster of the school is here, or, where that is a while ago,
    one of its district: a school may have closed. Other stays are of one student alone."""
    year, stay, school = aliased(Year), aliased(Enrolment), aliased(School)
    return exists().where(
        year.district_id == Student.district_id,
        year.begins_on <= day,
        year.school_year > Enrolment.school_year,
        school.district_id == year.district_id,
        stay.school_id == school.id,
        stay.school_year == year.school_year,
        stay.source.not_in((ADDED, INFERRED)),
        or_(stay.school_id == Enrolment.school_id, year.begins_on <= day - A_WHILE),
    )
