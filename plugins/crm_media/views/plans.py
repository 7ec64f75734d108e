"""Plans backwards from a day."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, load, render, requires, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Coalition
from crm.plugin_api.words import day_here
from crm_media import words
from crm_media.forms.common import keep_unseen, values_of
from crm_media.forms.outreach import PlanCopyForm, PlanEditForm, PlanForm, StepForm
from crm_media.models import Plan, PlanStep
from crm_media.permissions import EDIT, VIEW
from crm_media.services.messages import fill
from crm_media.views.blueprint import blueprint, do, save


def _delete(row: Any, action: str, sentence: str, back: str) -> Response:
    def write(_change: Any) -> None:
        db.session().delete(row)
        db.session().flush()

    return do(write, action, sentence, back)


def _what_is_next(plan: Plan) -> tuple[bool, int, int]:
    """What comes next first, then what is over, the last one first."""
    ahead = (plan.on_day - day_here()).days
    return (ahead < 0, abs(ahead), plan.id)


@blueprint.get("/plans")
@requires(VIEW)
def plans() -> Response:
    """Every plan with what is next."""
    actor = current_actor()
    newest = visible(Plan, actor).order_by(Plan.on_day.desc(), Plan.id.desc()).limit(100)
    rows = sorted(db.session().scalars(newest), key=_what_is_next)
    steps: dict[int, list[PlanStep]] = {}
    found = visible(PlanStep, actor).where(db.among(PlanStep.plan_id, [each.id for each in rows]))
    for each in db.session().scalars(found.order_by(PlanStep.due_on, PlanStep.id)):
        steps.setdefault(each.plan_id, []).append(each)
    shown = visible(Coalition, actor).where(db.among(Coalition.id, [each.coalition_id or 0 for each in rows]))
    named = db.session().execute(shown.with_only_columns(Coalition.id, Coalition.name))
    return render(
        "media/plans.html", None, plans=rows, steps=steps, today=day_here(),
        can_edit=actor.can_everywhere(EDIT),
        coalitions={row[0]: row[1] for row in named},
    )  # fmt: skip


@blueprint.route("/plans/new", methods=["GET", "POST"])
@requires(EDIT)
def new_plan() -> Response:
    form = PlanForm()

    def write(_change: Any) -> None:
        row = Plan(name=(form.name.data or "").strip(), on_day=form.on_day.data)
        row.coalition_id = form.coalition_id.data
        db.session().add(row)
        db.session().flush()
        steps = {"september": words.SEPTEMBER, "hearing": words.HEARING}.get(form.steps.data, ())
        for days, title in steps:
            due = row.on_day - timedelta(days=days)
            db.session().add(PlanStep(plan_id=row.id, title=str(title), due_on=due))
        db.session().flush()

    sentence = _("Made the plan “%(name)s”", name=form.name.data or "")
    return save(
        form, write, "media.plan", sentence, url_for("media.plans"), _("New media plan"), label=_("Make it")
    )


def _steps(row: Plan) -> Sequence[PlanStep]:
    statement = visible(PlanStep, current_actor()).where(PlanStep.plan_id == row.id)
    return db.session().scalars(statement.order_by(PlanStep.due_on, PlanStep.id)).all()


@blueprint.route("/plans/<int:plan_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_plan(plan_id: int) -> Response:
    """Another day moves what is still to be done with it."""
    row: Plan = load(Plan, plan_id, EDIT)
    form = PlanEditForm(row)
    keep_unseen(row, form, "coalition_id")

    def write(_change: Any) -> None:
        moved = (form.on_day.data or row.on_day) - row.on_day
        fill(row, values_of(form))
        for step in _steps(row) if moved else ():
            if not step.done:
                step.due_on += moved
        db.session().flush()

    sentence = _("Saved the plan “%(name)s”", name=form.name.data or "")
    return save(form, write, "media.plan", sentence, url_for("media.plans"), row.name)


@blueprint.route("/plans/<int:plan_id>/copy", methods=["GET", "POST"])
@requires(EDIT)
def copy_plan(plan_id: int) -> Response:
    """The same steps for another coalition or another year, to be adapted there."""
    row: Plan = load(Plan, plan_id)
    form = PlanCopyForm(data={"name": row.name, "on_day": row.on_day})

    def write(_change: Any) -> None:
        made = Plan()
        fill(made, values_of(form))
        db.session().add(made)
        db.session().flush()
        moved = made.on_day - row.on_day
        db.session().add_all(
            PlanStep(plan_id=made.id, title=step.title, due_on=step.due_on + moved) for step in _steps(row)
        )
        db.session().flush()

    sentence = _("Made the plan “%(name)s”", name=form.name.data or "")
    title = _("“%(name)s” for others", name=row.name)
    return save(form, write, "media.plan", sentence, url_for("media.plans"), title, label=_("Make it"))


@blueprint.post("/plans/<int:plan_id>/remove")
@requires(EDIT)
def remove_plan(plan_id: int) -> Response:
    row: Plan = load(Plan, plan_id, EDIT)

    def write(change: Any) -> None:
        with system("a plan that was loaded for the actor goes with its steps"):
            statement = visible(PlanStep, current_actor()).where(PlanStep.plan_id == row.id)
            ids = db.session().scalars(statement.with_only_columns(PlanStep.id)).all()
            change.delete(db.table(PlanStep), ids)
        db.session().delete(row)
        db.session().flush()

    return do(write, "media.plan", _("Removed the plan “%(name)s”", name=row.name), url_for("media.plans"))


@blueprint.route("/plans/<int:plan_id>/steps/new", methods=["GET", "POST"], defaults={"step_id": None})
@blueprint.route("/plans/<int:plan_id>/steps/<int:step_id>", methods=["GET", "POST"])
@requires(EDIT)
def plan_step(plan_id: int, step_id: int | None) -> Response:
    plan: Plan = load(Plan, plan_id, EDIT)
    row: PlanStep = load(PlanStep, step_id, EDIT) if step_id is not None else PlanStep(plan_id=plan.id)
    if row.plan_id != plan.id:
        abort(404)
    form = StepForm(row)

    def write(_change: Any) -> None:
        fill(row, values_of(form))
        db.session().add(row)
        db.session().flush()

    return save(
        form,
        write,
        "media.plan",
        _("Saved a step of “%(name)s”", name=plan.name),
        url_for("media.plans"),
        plan.name,
    )


@blueprint.post("/plans/<int:plan_id>/steps/<int:step_id>/done")
@requires(EDIT)
def step_done(plan_id: int, step_id: int) -> Response:
    row: PlanStep = load(PlanStep, step_id, EDIT)
    if row.plan_id != load(Plan, plan_id, EDIT).id:
        abort(404)

    def write(_change: Any) -> None:
        row.done = not row.done
        db.session().flush()

    sentence = (
        _("Open again: %(title)s", title=row.title) if row.done else _("Done: %(title)s", title=row.title)
    )
    return do(write, "media.plan", sentence, url_for("media.plans"))


@blueprint.post("/plans/<int:plan_id>/steps/<int:step_id>/remove")
@requires(EDIT)
def remove_step(plan_id: int, step_id: int) -> Response:
    row: PlanStep = load(PlanStep, step_id, EDIT)
    if row.plan_id != load(Plan, plan_id, EDIT).id:
        abort(404)
    return _delete(row, "media.plan", _("Removed a step"), url_for("media.plans"))
