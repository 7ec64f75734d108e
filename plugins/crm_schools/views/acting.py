"""What is done for one student: each part is written in a small form over the student's page."""

from collections.abc import Callable
from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, render, requires, say, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import today
from crm_schools.acting import forms
from crm_schools.models import Checkpoint, Dose, Intervention, Letter, Plan, Student
from crm_schools.permissions import ACT
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.entries import (
    CHANGEABLE,
    ENTRIES,
    REMOVABLE,
    Entry,
    choose,
    days_of,
    fill_dose,
    fill_plan,
    first_of,
    require_doses_within,
)
from crm_schools.views.known import Known, held, known, page_of


@blueprint.route("/student/<int:student_id>/add/<part>", methods=["GET", "POST"])
@requires(ACT)
def add(student_id: int, part: str) -> Response:
    """Write something about a student."""
    if part not in ENTRIES:
        abort(404)
    places.student_or_404(student_id, ACT)
    entry, about = ENTRIES[part], known(student_id, "page")
    form = entry.form(data=first_of(part, about))
    choose(form, about)
    if form.sent():
        try:
            with db.transaction(current_actor(), f"schools.{part}", str(entry.said)) as change:
                _write(entry, form, again(about))
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(str(entry.said), change)
            return go(page_of(student_id))
    return form_of(about, form, entry.title, url_for("schools.add", student_id=student_id, part=part))


def _write(entry: Entry, form: Any, about: Known) -> None:
    """Write a new row of an entry, where it has one. Inside a transaction."""
    row = entry.model and entry.model(
        student_id=about.student.id, user_id=current_actor().user_id, school_year=about.school_year
    )
    entry.fill(row, form, about)
    if row is not None:
        db.session().add(row)
    db.session().flush()


@blueprint.route("/change/<part>/<int:record_id>", methods=["GET", "POST"])
@requires(ACT)
def change(part: str, record_id: int) -> Response:
    """Change something that was written about a student."""
    if part not in CHANGEABLE:
        abort(404)
    entry = CHANGEABLE[part]
    row = load(entry.model, record_id, ACT)
    about = known(row.student_id, "page")
    row = load(entry.model, record_id, ACT)
    form = entry.form(obj=row)
    choose(form, about, row)
    action = url_for("schools.change", part=part, record_id=record_id)
    return _edit(row, form, str(entry.change), lambda: entry.fill(row, form, again(about)), action, about)


def again(about: Known) -> Known:
    """The same student as read in this transaction."""
    student = db.session().get_one(Student, about.student.id)
    return Known(student, about.school, about.district, about.ratings, about.rating, about.school_year)


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


def _edit(  # Whoever has loaded the student already gives them along.
    row: Any, form: Any, title: str, fill: Callable[[], None], action: str, about: Known | None = None
) -> Response:
    """The form of something that is there already."""
    about = about or known(row.student_id, "page")
    if form.sent():
        try:
            with db.transaction(current_actor(), "schools.edit", title) as change:
                held(type(row), row.id)
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
    about = known(row.student_id, "page")

    def fill() -> None:
        dose = Dose(intervention_id=row.id, student_id=row.student_id, user_id=current_actor().user_id)
        fill_dose(dose, form, about)
        db.session().add(dose)
        db.session().flush()

    return _edit(row, form, _("It took place"), fill, url_for("schools.dose", intervention_id=row.id), about)


@blueprint.route("/intervention/<int:intervention_id>/end", methods=["GET", "POST"])
@requires(ACT)
def end_intervention(intervention_id: int) -> Response:
    row: Intervention = load(Intervention, intervention_id, ACT)
    form = forms.EndForm(data={"ends_on": today()})

    def fill() -> None:
        if form.ends_on.data is not None and form.ends_on.data < row.begins_on:
            raise UserError(_("It ends before it begins. Change the day."))
        require_doses_within(row, row.begins_on, form.ends_on.data)
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
    about, action = known(row.student_id, "page"), url_for("schools.edit_plan", plan_id=row.id)
    return _edit(row, form, _("Change the plan"), lambda: fill_plan(row, form, about), action, about)


@blueprint.route("/checkpoint/<int:checkpoint_id>", methods=["GET", "POST"])
@requires(ACT)
def checkpoint(checkpoint_id: int) -> Response:
    """What those who agreed on a plan found when they looked at it together."""
    row: Checkpoint = load(Checkpoint, checkpoint_id, ACT)
    form = forms.CheckpointForm(
        data={
            "due_on": row.due_on,
            "done_on": row.done_on or min(row.due_on, today()),
            "result": row.result,
            "note": row.note,
        },
        record=row,
    )

    def fill() -> None:
        due_on = form.due_on.data or today()
        if days_of(row.plan_id).get(due_on, row.id) != row.id:
            raise UserError(_("The plan has a checkpoint on this day already. Choose another day."))
        row.due_on, row.result = due_on, form.result.data
        row.done_on = (form.done_on.data or today()) if row.result else None
        row.note = (form.note.data or "").strip()

    return _edit(row, form, _("Checkpoint"), fill, url_for("schools.checkpoint", checkpoint_id=row.id))


@blueprint.post("/remove/<part>/<int:record_id>")
@requires(ACT)
def remove(part: str, record_id: int) -> Response:
    """Take something out that was written by mistake, with what belongs to it; undo brings it back."""
    if part not in REMOVABLE:
        abort(404)
    model, belongs = REMOVABLE[part]
    student_id = load(model, record_id, ACT).student_id
    with db.transaction(current_actor(), "schools.remove", _("Removed an entry about a student")) as change:
        row = held(model, record_id)
        if isinstance(row, Letter) and row.status == "sent":
            raise UserError(_("This letter was sent. Say first that it was not."))
        if belongs is not None:
            those = visible(belongs.class_, current_actor(), ACT).where(belongs == record_id)
            for each in db.session().scalars(those):
                db.session().delete(each)
            db.session().flush()
        db.session().delete(row)
    say(_("The entry is removed."), change)
    return go(page_of(student_id))
