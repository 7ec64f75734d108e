"""The pages of acting for many students: what is asked, the plan, what follows."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Conflict, current_actor, db, go, render, requires, say
from crm.plugin_api import gettext as _
from crm_schools.lookups import looked
from crm_schools.permissions import ACT
from crm_schools.views.blueprint import blueprint
from crm_schools.views.bulk import plans
from crm_schools.views.bulk.choosing import chosen_ids, list_address
from crm_schools.views.bulk.offering import ACTIONS, of_list
from crm_schools.views.bulk.plans import Action, Plan
from crm_schools.views.dashboards import shared

OURS = frozenset({"csrf_token", "ids", "whole_list", "step", "seen"})
"""What a form of these pages sends besides what was typed into it."""


@blueprint.route("/students/bulk/<name>", methods=["GET", "POST"])
@requires(ACT)
def bulk(name: str) -> Response:
    """Something for those chosen in a list: the form is asked for first, then the plan, then that it is
    done."""
    action = ACTIONS.get(name) or abort(404)
    if request.method == "GET":  # Whoever comes back by an address has nobody chosen.
        return go(list_address())
    ids, step = chosen_ids(), request.form.get("step", "")
    form: Any = action.form() if step else action.form(formdata=None, data=action.first())
    action.choose(form, ids)
    if step not in {"plan", "apply"} or not form.sent():
        return _asked(action, form, ids, form.status if step in {"plan", "apply"} else 200)
    return _applied(action, form, ids) if step == "apply" else _planned(action, form, ids)


def _page(template: str, action: Action, ids: Sequence[int], status: int, **values: Any) -> Response:
    address = url_for("schools.bulk", name=action.name, **of_list(request.args))
    return render(
        f"schools/bulk/{template}.html",
        None,
        status,
        action=action,
        ids=",".join(map(str, ids)),
        chosen=len(ids),
        address=address,
        back=list_address(),
        **values,
        **shared(),
    )


def _asked(action: Action, form: Any, ids: Sequence[int], status: int) -> Response:
    return _page("ask", action, ids, status, form=form)


def _planned(action: Action, form: Any, ids: Sequence[int], problem: str = "") -> Response:
    """The plan by name, which is a look at each of the students."""
    actor = current_actor()
    with db.transaction(actor, "schools.look"):
        looked(actor, ids, "list")
    plan = plans.made(action, form, ids)
    status = Conflict.status if problem else 200
    return _page("plan", action, ids, status, form=form, plan=plan, problem=problem, typed=list(_typed()))


def _typed() -> Iterator[tuple[str, str]]:
    """What was typed into the form, to be sent along with the plan."""
    return ((name, value) for name, value in request.form.items(multi=True) if name not in OURS)


def _check_seen(plan: Plan) -> None:
    """Conflict where the plan is not the one that was shown."""
    if plan.mark != request.form.get("seen") or not plan.will:
        raise Conflict(_("Something has changed meanwhile, so nothing is done yet. Look once more."))


def _applied(action: Action, form: Any, ids: Sequence[int]) -> Response:
    """Do exactly what the plan said; where it would say something else by now, it is shown once more."""
    try:
        with db.transaction(current_actor(), "schools.bulk") as change:
            plans.hold(ids)
            plan = plans.made(action, form, ids)
            _check_seen(plan)
            count = len(plan.will)
            change.summary = action.sentence(count)
            rows = plan.carry_out()
            address = action.after(rows) if action.after else list_address()
    except Conflict as error:
        return _planned(action, form, ids, error.message)
    say(action.said(count), change)
    return go(address)
