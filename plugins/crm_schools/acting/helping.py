"""What counts as something being done for a student: one rule for agendas and lists."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from crm_schools.models import Attempt, Intervention, Plan


def goes_on(day: date) -> ColumnElement[bool]:
    """Interventions that have begun by a day and have not ended before it."""
    not_ended = or_(Intervention.ends_on.is_(None), Intervention.ends_on >= day)
    return and_(Intervention.begins_on <= day, not_ended)


def help_on(day: date, school_year: int) -> Sequence[tuple[Any, ColumnElement[bool]]]:
    """An intervention that goes on, an open plan, a family reached in the school year: the column of the
    student and the condition of each."""
    reached = and_(Attempt.school_year == school_year, Attempt.outcome == "reached")
    return (
        (Intervention.student_id, goes_on(day)),
        (Plan.student_id, Plan.status == "open"),
        (Attempt.student_id, reached),
    )
