"""Who sees what is done for students: whoever sees the student. Who changes it needs `schools.act`."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select

from crm.plugin_api import Actor, Scopes, Visibility
from crm_schools.models import (
    AgendaItem,
    Attempt,
    Cause,
    Checkpoint,
    District,
    Dose,
    Intervention,
    Letter,
    Meeting,
    Milestone,
    Plan,
    PublicReport,
    Reached,
    Wording,
)
from crm_schools.permissions import STUDENTS, VIEW, district_rule, districts_in, schools_in, students_in

OF_STUDENTS = (Attempt, Cause, Checkpoint, Dose, Intervention, Letter, Milestone, Plan)


def meeting_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """A school's meetings are those of whoever has the school; a district's of whoever has all of it."""
    return or_(
        Meeting.school_id.in_(schools_in(scopes)),
        and_(Meeting.school_id.is_(None), Meeting.district_id.in_(districts_in(scopes))),
    )


def item_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Points of meetings that may be seen, about students that may be seen, too."""
    return and_(
        AgendaItem.meeting_id.in_(select(Meeting.id).where(meeting_rule(actor, scopes))),
        or_(AgendaItem.student_id.is_(None), AgendaItem.student_id.in_(students_in(scopes))),
    )


def visibility() -> Iterable[Visibility]:
    yield Visibility(Meeting, STUDENTS, meeting_rule)
    yield Visibility(AgendaItem, STUDENTS, item_rule)
    for model in OF_STUDENTS:
        column = model.student_id

        def rule(_actor: Actor, scopes: Scopes, column: object = column) -> ColumnElement[bool]:
            found: ColumnElement[bool] = column.in_(students_in(scopes))  # type: ignore[attr-defined]  # A column.
            return found

        yield Visibility(model, STUDENTS, rule)
    yield Visibility(Reached, VIEW, lambda _actor, scopes: Reached.school_id.in_(schools_in(scopes)))
    for wide in (Wording, PublicReport):
        yield Visibility(wide, VIEW, _seeing(wide), False, _writing(wide))


def _seeing(model: type[Wording] | type[PublicReport]):  # type: ignore[no-untyped-def]  # A rule, as below.
    return lambda actor, scopes: model.district_id.in_(
        select(District.id).where(district_rule(actor, scopes))
    )


def _writing(model: type[Wording] | type[PublicReport]):  # type: ignore[no-untyped-def]  # A rule.
    return lambda _actor, scopes: model.district_id.in_(districts_in(scopes))
