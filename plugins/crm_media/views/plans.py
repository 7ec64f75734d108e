"""Op-eds and letters of ours, and plans backwards from a day."""

from datetime import timedelta
from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, load, render, requires, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day_here
from crm_media import words
from crm_media.forms.common import values_of
from crm_media.forms.outreach import OpinionForm, PlanForm, StepForm
from crm_media.models import Opinion, Plan, PlanStep
from crm_media.permissions import EDIT, OUTREACH, VIEW
from crm_media.services.messages import fill
from crm_media.views.blueprint import blueprint, do, save


@blueprint.get("/opinions")
@requires(OUTREACH)
def opinions() -> Response:
    actor = current_actor()
    rows = db.session().scalars(visible(Opinion, actor).order_by(Opinion.id.desc()).limit(200)).all()
    authors = visible(Contact, actor).where(
        db.among(Contact.id, [each.contact_id for each in rows if each.contact_id])
    )
    named = db.session().execute(authors.with_only_columns(Contact.id, Contact.name))
    return render(
        "media/opinions.html", None, rows=rows, names={row[0]: row[1] for row in named}, words=words
    )


@blueprint.route("/opinions/new", methods=["GET", "POST"], defaults={"opinion_id": None})
@blueprint.route("/opinions/<int:opinion_id>", methods=["GET", "POST"])
@requires(OUTREACH)
def opinion(opinion_id: int | None) -> Response:
    row: Opinion = load(Opinion, opinion_id, OUTREACH) if opinion_id else Opinion()
    form = OpinionForm(row, standing=row.status or "draft")

    def write(_change: Any) -> None:
        fill(row, values_of(form))
        if row.status != "draft" and row.submitted_on is None:
            row.submitted_on = day_here()
        if row.status in {"accepted", "declined", "printed"} and row.answered_on is None:
            row.answered_on = day_here()
        db.session().add(row)
        db.session().flush()

    sentence = _("Saved “%(name)s”", name=form.title.data or "")
    return save(
        form,
        write,
        "media.opinion",
        sentence,
        url_for("media.opinions"),
        row.title or _("New op-ed or letter"),
        wide=True,
        row=row,
    )


@blueprint.post("/opinions/<int:opinion_id>/remove")
@requires(OUTREACH)
def remove_opinion(opinion_id: int) -> Response:
    row: Opinion = load(Opinion, opinion_id, OUTREACH)
    return _delete(row, "media.opinion", _("Removed “%(name)s”", name=row.title), url_for("media.opinions"))


def _delete(row: Any, action: str, sentence: str, back: str) -> Response:
    def write(_change: Any) -> None:
        db.session().delete(row)
        db.session().flush()

    return do(write, action, sentence, back)


@blueprint.get("/plans")
@requires(VIEW)
def plans() -> Response:
    """Every plan with what is next."""
    actor = current_actor()
    rows = (
        db.session()
        .scalars(visible(Plan, actor).order_by(Plan.on_day.desc(), Plan.id.desc()).limit(100))
        .all()
    )
    steps: dict[int, list[PlanStep]] = {}
    found = visible(PlanStep, actor).where(db.among(PlanStep.plan_id, [each.id for each in rows]))
    for each in db.session().scalars(found.order_by(PlanStep.due_on, PlanStep.id)):
        steps.setdefault(each.plan_id, []).append(each)
    return render(
        "media/plans.html", None, plans=rows, steps=steps, today=day_here(), can_edit=actor.can(EDIT)
    )


@blueprint.route("/plans/new", methods=["GET", "POST"])
@requires(EDIT)
def new_plan() -> Response:
    form = PlanForm()

    def write(_change: Any) -> None:
        row = Plan(name=(form.name.data or "").strip(), on_day=form.on_day.data)
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
    row: PlanStep = load(PlanStep, step_id, EDIT) if step_id else PlanStep(plan_id=plan.id)
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
        row=row,
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
