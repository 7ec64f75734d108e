"""Changing many contacts at once: choose in a list, say what, see the plan, apply it."""

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.contacts.bulk import plans
from crm.contacts.bulk.actions import ACTIONS, REFUSALS, Action, action_named
from crm.contacts.bulk.tagging import all_tags
from crm.contacts.emailing import Addresses, addresses_of
from crm.contacts.models import BulkPlan
from crm.contacts.permissions import BULK, EXPORT
from crm.contacts.views.blueprint import blueprint
from crm.errors import UserError
from crm.fields.choosing import chosen_ids, posted_query
from crm.pages import say

SAMPLE = 20


def _declare(action: Action) -> None:
    """The endpoint that the bar of a list posts the chosen rows to."""

    @requires(BULK)
    def choose() -> Response:
        actor = current_actor()
        ids = chosen_ids("contacts", actor)
        with db.transaction(actor, "contacts.plan"):
            plan_id = plans.choose(action, ids, actor, posted_query("contacts")).id
        return htmx.go(url_for("contacts.bulk_plan", plan_id=plan_id))

    blueprint.add_url_rule(f"/bulk/{action.name}", f"bulk_{action.name}", choose, methods=["POST"])


for _each in ACTIONS.values():
    if not _each.endpoint:
        _declare(_each)


def list_address(query: str) -> str:
    """The list that a plan came from, as it was."""
    return url_for("contacts.index") + (f"?{query}" if query else "")


def plan_or_404(plan_id: int) -> BulkPlan:
    return plans.find(plan_id, current_actor()) or abort(404)


@blueprint.route("/bulk/<int:plan_id>", methods=["GET", "POST"])
@requires(BULK)
def bulk_plan(plan_id: int) -> Response:
    """The plan as far as it is: what to do, what would happen, what happened."""
    plan = plan_or_404(plan_id)
    action = action_named(plan.action)
    if plan.applied_at is not None:
        return _result(plan, action)
    if request.method == "POST" or plan.items is None or "again" in request.args:
        return _ask(plan, action)
    return _preview(plan, action)


def _ask(plan: BulkPlan, action: Action) -> Response:
    """The form for what the action needs to know; a good answer leads to the preview."""
    if action.form is None:
        abort(405)
    form = action.form(data=dict(plan.arguments))
    if form.sent():
        actor, plan_id = current_actor(), plan.id
        try:
            with db.transaction(actor, "contacts.plan"):
                plans.make(plan, action.arguments(form), actor)
        except UserError as error:
            form.form_errors.append(error.message)
            plan = plan_or_404(plan_id)
        else:
            return htmx.go(url_for("contacts.bulk_plan", plan_id=plan_id))
    return htmx.render(
        "contacts/bulk/ask.html",
        None,
        form.status,
        plan=plan,
        back=list_address(plan.list_query),
        action=action,
        form=form,
        tags=all_tags(),
    )


def _preview(plan: BulkPlan, action: Action) -> Response:
    actor = current_actor()
    items: dict[int, Any] = dict(plan.items or ())
    names = plans.names_of(list(items)[: 10 * SAMPLE], actor, SAMPLE)
    shown = action.shown
    return htmx.render(
        "contacts/bulk/preview.html",
        None,
        plan=plan,
        back=list_address(plan.list_query),
        action=action,
        sample=[(each, name, shown(plan.arguments, items[each]) if shown else None) for each, name in names],
        refused=[(REFUSALS[why], len(ids), plans.names_of(ids, actor)) for why, ids in plan.refused],
        remarks=_remarks(plan, action),
        at_once=plans.AT_ONCE,
    )


def _remarks(plan: BulkPlan, action: Action) -> list[tuple[str, int, list[tuple[int, str]]]]:
    """What to know beforehand: a sentence, of how many, and the first of their names."""
    if action.remarks is None:
        return []
    found = action.remarks(plan.arguments, [each for each, _seen in plan.items or ()])
    return [(sentence, len(ids), plans.names_of(ids, current_actor())) for sentence, ids in found.items()]


def _result(plan: BulkPlan, action: Action) -> Response:
    actor = current_actor()
    if plan.job_id is not None and not plan.outcome:
        return htmx.go(url_for("jobs.show", job_id=plan.job_id))
    return htmx.render(
        "contacts/bulk/result.html",
        None,
        plan=plan,
        back=list_address(plan.list_query),
        action=action,
        sentence=plans.result_sentence(plan),
        other=plans.names_of(plan.outcome["other"], actor),
        gone=plans.names_of_deleted(plan.outcome["gone"]),
    )


@blueprint.post("/bulk/<int:plan_id>/apply")
@requires(BULK)
def bulk_apply(plan_id: int) -> Response:
    """Do exactly what the plan says."""
    plan, actor = plan_or_404(plan_id), current_actor()
    with db.transaction(actor, "contacts.bulk") as change:
        plans.apply(plan, change, actor)
    plan = plan_or_404(plan_id)
    if plan.job_id is not None:
        return htmx.go(url_for("jobs.show", job_id=plan.job_id))
    say(plans.result_sentence(plan), change)
    all_done = not plan.outcome["gone"] and not plan.outcome["other"]
    address = list_address(plan.list_query) if all_done else url_for("contacts.bulk_plan", plan_id=plan_id)
    return htmx.go(address)


@blueprint.post("/bulk/<int:plan_id>/forget")
@requires(BULK)
def bulk_forget(plan_id: int) -> Response:
    """Leave a plan without doing anything."""
    plan = plan_or_404(plan_id)
    address = list_address(plan.list_query)
    if plan.applied_at is None:
        with db.transaction(current_actor(), "contacts.plan"):
            db.session().delete(plan)
        say(_("Nothing was changed."))
    return htmx.go(address)


@blueprint.post("/bulk/emails")
@requires(EXPORT)
def bulk_emails() -> Response:
    """The addresses of those chosen, ready to be copied into a mail program."""
    actor = current_actor()
    found: Addresses = addresses_of(chosen_ids("contacts", actor, EXPORT), actor)
    return htmx.render(
        "contacts/bulk/emails.html", None, found=found, back=list_address(posted_query("contacts"))
    )
