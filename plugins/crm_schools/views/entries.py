"""What can be written about a student: the form of each kind of entry, and what it says of a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import or_, select

from crm.plugin_api import UserError, current_actor, db, load, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm.plugin_api.choosing import options, who_may
from crm.plugin_api.words import day as in_words
from crm.plugin_api.words import today
from crm_schools.acting import forms
from crm_schools.models import (
    Attempt,
    Cause,
    Checkpoint,
    Dose,
    Intervention,
    Letter,
    Milestone,
    Plan,
    Student,
)
from crm_schools.permissions import ACT, STUDENTS
from crm_schools.rating import settling
from crm_schools.views.known import Known, guardians_of
from crm_schools.words import ABSENT_KINDS, relation_words

WITHOUT_A_DAY: Final = {"two_weeks": timedelta(14), "month": timedelta(30)}
"""Milestones that say that no day was missed, and for how long."""


@dataclass(frozen=True)
class Entry:
    """A kind of entry about a student: its rows, its form, the titles of adding and changing one, what is
    said after, and what writes into a row what the form says, inside a transaction."""

    model: Any
    form: Any
    title: Any
    change: Any
    said: Any
    fill: Callable[[Any, Any, Known], None]


def _text(field: Any) -> str:
    return (field.data or "").strip()


def fill_attempt(row: Attempt, form: forms.AttemptForm, about: Known) -> None:
    carer = next((c for c in guardians_of(about.student.id) if c.guardian.id == form.guardian_id.data), None)
    is_other = carer is not None and carer.guardian.id != row.guardian_id
    if carer is not None and is_other and carer.guardian.contact_prohibited:
        raise UserError(_("This person must not be contacted. Choose somebody else."))
    if carer is not None or form.guardian_id.data is None:
        row.language = carer.language if carer else ""
    row.guardian_id, row.on_date = form.guardian_id.data, form.on_date.data or today()
    row.way, row.outcome, row.note = form.way.data, form.outcome.data, _text(form.note)


def fill_cause(row: Cause, form: forms.CauseForm, _about: Known) -> None:
    row.kind, row.detail, row.is_confirmed = form.kind.data, _text(form.detail), bool(form.is_confirmed.data)


def fill_intervention(row: Intervention, form: forms.InterventionForm, about: Known) -> None:
    school_id = row.school_id or (about.rating.school_id if about.rating else about.student.school_id)
    if school_id is None:
        raise UserError(_("This student is in no school, so nothing can be done there."))
    if row.id is not None:
        require_doses_within(row, form.begins_on.data, form.ends_on.data)
    row.user_id = form.user_id.data if row.school_id else form.user_id.data or current_actor().user_id
    row.school_id = school_id
    row.tier, row.kind, row.detail = form.tier, form.kind.data, _text(form.detail)
    row.begins_on, row.ends_on = form.begins_on.data or today(), form.ends_on.data
    row.each_week, row.minutes = form.each_week.data, form.minutes.data
    row.ended_because = row.ended_because if row.ends_on and row.ended_because else ""


def require_doses_within(row: Intervention, begins_on: date | None, ends_on: date | None) -> None:
    """UserError where the intervention took place on a day outside these. Inside a transaction."""
    statement = visible(Dose, current_actor(), ACT).where(Dose.intervention_id == row.id)
    outside = or_(Dose.given_on < (begins_on or date.min), Dose.given_on > (ends_on or date.max))
    found = db.session().scalars(statement.where(outside).order_by(Dose.given_on).limit(1)).first()
    if found is not None:
        raise UserError(
            _(
                "It took place on %(day)s, which would lie outside these days. Change that day first, or "
                "choose others.",
                day=in_words(found.given_on),
            )
        )


def fill_dose(row: Dose, form: forms.DoseForm, _about: Known) -> None:
    about: Intervention = load(Intervention, row.intervention_id, ACT)
    day = form.given_on.data or today()
    if row.given_on == day:
        row.minutes, row.note = form.minutes.data, _text(form.note)
        return
    if day < about.begins_on:
        raise UserError(
            _(
                "The intervention began on %(day)s. Choose a day from then on, or change when it began.",
                day=in_words(about.begins_on),
            )
        )
    if about.ends_on is not None and day > about.ends_on:
        raise UserError(
            _(
                "The intervention ended on %(day)s. Choose a day until then, or change when it ended.",
                day=in_words(about.ends_on),
            )
        )
    row.given_on, row.minutes, row.note = day, form.minutes.data, _text(form.note)


def fill_milestone(row: Milestone, form: forms.MilestoneForm, about: Known) -> None:
    span, day = WITHOUT_A_DAY.get(form.kind.data), form.reached_on.data or today()
    missed = _missed_in(about, day - span, day) if span else None
    if missed is not None:
        raise UserError(
            _(
                "By the attendance that came, a day was missed on %(day)s. Choose another day, or something "
                "else worth celebrating.",
                day=in_words(missed),
            )
        )
    row.kind, row.reached_on, row.celebrated = form.kind.data, day, _text(form.celebrated)


def _missed_in(about: Known, after: date, until: date) -> date | None:
    """The last day missed after one day and until another; None where there is none."""
    days = [
        each.on_date
        for each in settling.absences({about.student.id})
        if each.counted and each.kind in ABSENT_KINDS and after < each.on_date <= until
    ]
    return max(days, default=None)


def fill_plan(row: Plan, form: forms.PlanForm, _about: Known) -> None:
    for name in ("goal", "strengths", "family_does", "school_does"):
        setattr(row, name, _text(form[name]))
    row.begins_on, row.agreed_on = form.begins_on.data or today(), form.agreed_on.data
    row.status = form.state.data
    db.session().add(row)
    db.session().flush()
    days = {day for day in form.checkpoints.data if day} - set(days_of(row.id))
    points = [Checkpoint(plan_id=row.id, student_id=row.student_id, due_on=day) for day in sorted(days)]
    db.session().add_all(points)


def days_of(plan_id: int) -> Mapping[date, int]:
    """The days of the checkpoints of a plan that was loaded for this reader, with the id of each."""
    statement = select(Checkpoint.due_on, Checkpoint.id).where(Checkpoint.plan_id == plan_id)
    with system("the days of a plan that was loaded for this reader"):
        return {row[0]: row[1] for row in db.session().execute(statement)}


def _fill_point(_row: Any, form: forms.PointPersonForm, about: Known) -> None:
    about.student.point_user_id = form.user_id.data


ENTRIES: Final[Mapping[str, Entry]] = {
    "contact": Entry(
        Attempt,
        forms.AttemptForm,
        _l("Write down a contact"),
        _l("Change a contact"),
        _l("The contact is written down."),
        fill_attempt,
    ),
    "cause": Entry(
        Cause,
        forms.CauseForm,
        _l("Why they miss school"),
        _l("Why they miss school"),
        _l("The cause is written down."),
        fill_cause,
    ),
    "intervention": Entry(
        Intervention,
        forms.InterventionForm,
        _l("Add an intervention"),
        _l("Change the intervention"),
        _l("The intervention is added."),
        fill_intervention,
    ),
    "plan": Entry(
        Plan, forms.PlanForm, _l("Make a plan"), _l("Change the plan"), _l("The plan is made."), fill_plan
    ),
    "milestone": Entry(
        Milestone,
        forms.MilestoneForm,
        _l("Celebrate something"),
        _l("Celebrate something"),
        _l("The milestone is written down."),
        fill_milestone,
    ),
    "point-person": Entry(
        None,
        forms.PointPersonForm,
        _l("Point person"),
        _l("Point person"),
        _l("The point person is set."),
        _fill_point,
    ),
}
"""What is added on the page of a student, by the name in the address."""

CHANGEABLE: Final[Mapping[str, Entry]] = {
    **{name: ENTRIES[name] for name in ("contact", "cause", "intervention", "milestone")},
    "dose": Entry(
        Dose, forms.DoseForm, _l("It took place"), _l("It took place"), _l("It is written down."), fill_dose
    ),
}
"""What is changed by the form that it was written with."""

REMOVABLE: Final[Mapping[str, tuple[Any, Any]]] = {
    "contact": (Attempt, None),
    "cause": (Cause, None),
    "intervention": (Intervention, Dose.intervention_id),
    "dose": (Dose, None),
    "plan": (Plan, Checkpoint.plan_id),
    "milestone": (Milestone, None),
    "checkpoint": (Checkpoint, None),
    "letter": (Letter, None),
}
"""What can be taken out, and by which column something else goes with it."""


def first_of(part: str, about: Known) -> dict[str, Any]:
    """What the form of something new says at first."""
    values: dict[str, dict[str, Any]] = {
        "contact": {"on_date": today(), "guardian_id": _called_first(about) if part == "contact" else None},
        "intervention": {"begins_on": today(), "user_id": current_actor().user_id},
        "plan": {"begins_on": today(), "state": "open"},
        "milestone": {"reached_on": today()},
        "point-person": {"user_id": about.student.point_user_id},
    }
    return values.get(part, {})


def _called_first(about: Known) -> int | None:
    """Whom one calls first, of those who may be contacted."""
    allowed = (c.guardian.id for c in guardians_of(about.student.id) if not c.guardian.contact_prohibited)
    return next(allowed, None)


def choose(form: Any, about: Known, row: Any = None) -> None:
    """Give a form the people who can be chosen; whom a row names already stays one of them."""
    if "guardian_id" in form:
        form.guardian_id.choices = carers(about, row.guardian_id if row is not None else None)
    if "user_id" in form:
        form.user_id.choices = helpers(about, row.user_id if row is not None else None)


def carers(about: Known, present: int | None = None) -> list[Any]:
    """Guardians as choices; whom one must not contact is left out."""
    known = {c.guardian.id: c for c in guardians_of(about.student.id)}
    named = [
        (id_, " · ".join(filter(None, (c.name, relation_words(c.guardian.relation)))))
        for id_, c in known.items()
        if id_ == present or not c.guardian.contact_prohibited
    ]
    gone = [(present, _("Somebody who is no longer named here"))] if present and present not in known else []
    return options([*named, *gone, ("", _("Somebody else"))])


def helpers(about: Known, present: int | None = None) -> list[Any]:
    """Who can do something for the student: those who may see them, and nobody else."""
    allowed = who_may(Student, about.student.id, STUDENTS)
    gone = present is not None and present not in {user_id for user_id, _name in allowed}
    return options([("", ""), *allowed, *([(present, _("As before"))] if gone else [])])
