"""What is done for one student: each part is written in a small form over the student's page."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import abort, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, render, requires, say, system
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm.plugin_api.choosing import options, who_may
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
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.known import Known, guardians_of, known, page_of

Made = Callable[[Any, Known], None]
"""Writes what a form says about a student; inside a transaction."""


def _common(about: Known) -> dict[str, Any]:
    return {"student_id": about.student.id, "user_id": current_actor().user_id}


def _add(row: Any) -> None:
    db.session().add(row)
    db.session().flush()


def _attempt(form: forms.AttemptForm, about: Known) -> None:
    carer = next((c for c in guardians_of(about.student.id) if c.guardian.id == form.guardian_id.data), None)
    if carer is not None and carer.guardian.contact_prohibited:
        raise UserError(_("This person must not be contacted. Choose somebody else."))
    _add(
        Attempt(
            **_common(about),
            school_year=about.school_year,
            guardian_id=form.guardian_id.data,
            on_date=form.on_date.data,
            way=form.way.data,
            outcome=form.outcome.data,
            language=carer.language if carer else "",
            note=(form.note.data or "").strip(),
        )
    )


def _cause(form: forms.CauseForm, about: Known) -> None:
    _add(
        Cause(
            **_common(about),
            school_year=about.school_year,
            kind=form.kind.data,
            detail=(form.detail.data or "").strip(),
            is_confirmed=bool(form.is_confirmed.data),
            noted_on=today(),
        )
    )


def _intervention(form: forms.InterventionForm, about: Known) -> None:
    school_id = about.rating.school_id if about.rating else about.student.school_id
    if school_id is None:
        raise UserError(_("This student is in no school, so nothing can be done there."))
    _add(
        Intervention(
            student_id=about.student.id,
            user_id=form.user_id.data or current_actor().user_id,
            school_id=school_id,
            school_year=about.school_year,
            tier=form.tier,
            kind=form.kind.data,
            detail=(form.detail.data or "").strip(),
            begins_on=form.begins_on.data,
            ends_on=form.ends_on.data,
            each_week=form.each_week.data,
            minutes=form.minutes.data,
        )
    )


def _milestone(form: forms.MilestoneForm, about: Known) -> None:
    _add(
        Milestone(
            **_common(about),
            school_year=about.school_year,
            kind=form.kind.data,
            reached_on=form.reached_on.data,
            celebrated=(form.celebrated.data or "").strip(),
        )
    )


def _plan(form: forms.PlanForm, about: Known) -> None:
    plan = Plan(**_common(about), school_year=about.school_year, goal="", begins_on=today())
    _fill_plan(plan, form)
    _add(plan)
    _add_checkpoints(plan, form)


def _fill_plan(plan: Plan, form: forms.PlanForm) -> None:
    for name in ("goal", "strengths", "family_does", "school_does"):
        setattr(plan, name, (form[name].data or "").strip())
    plan.begins_on, plan.agreed_on = form.begins_on.data or today(), form.agreed_on.data
    plan.status = form.state.data


def _add_checkpoints(plan: Plan, form: forms.PlanForm) -> None:
    """Add the days that are not among those of the plan yet. Inside a transaction."""
    there = select(Checkpoint.due_on).where(Checkpoint.plan_id == plan.id)
    with system("the days of a plan that was loaded for this reader"):
        days = {day for day in form.checkpoints.data if day} - set(db.session().scalars(there))
    db.session().add_all(
        [Checkpoint(plan_id=plan.id, student_id=plan.student_id, due_on=day) for day in sorted(days)]
    )
    db.session().flush()


def _point(form: forms.PointPersonForm, about: Known) -> None:
    about.student.point_user_id = form.user_id.data


PARTS: Final[Mapping[str, tuple[Any, Any, Made, Any]]] = {
    "contact": (forms.AttemptForm, _l("Write down a contact"), _attempt, _l("The contact is written down.")),
    "cause": (forms.CauseForm, _l("Why they miss school"), _cause, _l("The cause is written down.")),
    "intervention": (
        forms.InterventionForm,
        _l("Add an intervention"),
        _intervention,
        _l("The intervention is added."),
    ),
    "plan": (forms.PlanForm, _l("Make a plan"), _plan, _l("The plan is made.")),
    "milestone": (
        forms.MilestoneForm,
        _l("Celebrate something"),
        _milestone,
        _l("The milestone is written down."),
    ),
    "point-person": (forms.PointPersonForm, _l("Point person"), _point, _l("The point person is set.")),
}
"""By the name in the address: form, title, what it writes, what is said after."""


@blueprint.route("/student/<int:student_id>/add/<part>", methods=["GET", "POST"])
@requires(ACT)
def add(student_id: int, part: str) -> Response:
    """Write something about a student."""
    if part not in PARTS:
        abort(404)
    places.student_or_404(student_id, ACT)
    kind, title, write, said = PARTS[part]
    about = known(student_id, "page")
    form = kind(data=_first(part, about))
    if part == "contact":
        form.guardian_id.choices = carers(about)
    if "user_id" in form:
        form.user_id.choices = helpers(about)
    if form.sent():
        try:
            with db.transaction(current_actor(), f"schools.{part}", str(said)) as change:
                about = again(about)
                write(form, about)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(str(said), change)
            return go(page_of(student_id))
    return form_of(about, form, title, url_for("schools.add", student_id=student_id, part=part))


def again(about: Known) -> Known:
    """The same student as read in this transaction."""
    student = db.session().get_one(Student, about.student.id)
    return Known(student, about.school, about.district, about.ratings, about.rating, about.school_year)


def _first(part: str, about: Known) -> dict[str, Any]:
    values: dict[str, dict[str, Any]] = {
        "contact": {"on_date": today()},
        "intervention": {"begins_on": today(), "user_id": current_actor().user_id},
        "plan": {"begins_on": today(), "state": "open"},
        "milestone": {"reached_on": today()},
        "point-person": {"user_id": about.student.point_user_id},
    }
    return values.get(part, {})


def carers(about: Known) -> list[Any]:
    """Guardians as choices; whom one must not contact is left out."""
    allowed = [c for c in guardians_of(about.student.id) if not c.guardian.contact_prohibited]
    named = [
        (c.guardian.id, f"{c.name} · {c.guardian.relation}" if c.guardian.relation else c.name)
        for c in allowed
    ]
    return options([*named, ("", _("Somebody else"))])


def helpers(about: Known) -> list[Any]:
    """Who can do something for the student: those who may see them, and nobody else."""
    return options([("", ""), *who_may(Student, about.student.id, STUDENTS)])


def form_of(about: Known, form: Any, title: Any, action: str, label: Any = None) -> Response:
    """A form about a student, whom its heading names: it opens from lists of many."""
    return render(
        "schools/form_page.html",
        "schools/_form.html",
        form.status,
        form=form,
        title=title,
        heading=f"{title} · {about.student.name}",
        action=action,
        back=page_of(about.student.id),
        label=label or _("Save"),
        **shared(),
    )


def _edit(row: Any, form: Any, title: str, fill: Callable[[], None], action: str) -> Response:
    """The form of something that is there already."""
    about = known(row.student_id, "page")
    if form.sent():
        try:
            with db.transaction(current_actor(), "schools.edit", title) as change:
                db.session().refresh(row)
                fill()
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("It is saved."), change)
            return go(page_of(row.student_id))
    return form_of(about, form, title, action)


@blueprint.route("/intervention/<int:intervention_id>/dose", methods=["GET", "POST"])
@requires(ACT)
def dose(intervention_id: int) -> Response:
    """Write down that an intervention took place."""
    row: Intervention = load(Intervention, intervention_id, ACT)
    form = forms.DoseForm(data={"given_on": today(), "minutes": row.minutes})

    def fill() -> None:
        _add(
            Dose(
                intervention_id=row.id,
                student_id=row.student_id,
                given_on=form.given_on.data,
                minutes=form.minutes.data,
                note=(form.note.data or "").strip(),
                user_id=current_actor().user_id,
            )
        )

    return _edit(row, form, _("It took place"), fill, url_for("schools.dose", intervention_id=row.id))


@blueprint.route("/intervention/<int:intervention_id>/end", methods=["GET", "POST"])
@requires(ACT)
def end_intervention(intervention_id: int) -> Response:
    row: Intervention = load(Intervention, intervention_id, ACT)
    form = forms.EndForm(data={"ends_on": today()})

    def fill() -> None:
        if form.ends_on.data is not None and form.ends_on.data < row.begins_on:
            raise UserError(_("It ends before it begins. Change the day."))
        row.ends_on, row.ended_because = form.ends_on.data, (form.ended_because.data or "").strip()

    return _edit(
        row,
        form,
        _("End the intervention"),
        fill,
        url_for("schools.end_intervention", intervention_id=row.id),
    )


@blueprint.route("/plan/<int:plan_id>", methods=["GET", "POST"])
@requires(ACT)
def edit_plan(plan_id: int) -> Response:
    row: Plan = load(Plan, plan_id, ACT)
    form = forms.PlanForm(obj=row, state=row.status)

    form.checkpoints.label.text = _("Further checkpoints")

    def fill() -> None:
        _fill_plan(row, form)
        _add_checkpoints(row, form)

    return _edit(row, form, _("Change the plan"), fill, url_for("schools.edit_plan", plan_id=row.id))


@blueprint.route("/checkpoint/<int:checkpoint_id>", methods=["GET", "POST"])
@requires(ACT)
def checkpoint(checkpoint_id: int) -> Response:
    """What those who agreed on a plan found when they looked at it together."""
    row: Checkpoint = load(Checkpoint, checkpoint_id, ACT)
    form = forms.CheckpointForm(
        data={"done_on": row.done_on or today(), "result": row.result, "note": row.note}, record=row
    )

    def fill() -> None:
        row.done_on, row.result = form.done_on.data, form.result.data
        row.note = (form.note.data or "").strip()

    return _edit(row, form, _("Checkpoint"), fill, url_for("schools.checkpoint", checkpoint_id=row.id))


REMOVABLE: Final[Mapping[str, Any]] = {
    "contact": Attempt,
    "cause": Cause,
    "dose": Dose,
    "milestone": Milestone,
    "checkpoint": Checkpoint,
    "letter": Letter,
}


@blueprint.post("/remove/<part>/<int:record_id>")
@requires(ACT)
def remove(part: str, record_id: int) -> Response:
    """Take something out that was written by mistake; undo brings it back."""
    if part not in REMOVABLE:
        abort(404)
    row = load(REMOVABLE[part], record_id, ACT)
    student_id = row.student_id
    with db.transaction(current_actor(), "schools.remove", _("Removed an entry about a student")) as change:
        db.session().delete(db.session().get_one(REMOVABLE[part], record_id))
    say(_("The entry is removed."), change)
    return go(page_of(student_id))
