"""A long plan as background work: one change set, some hundred contacts a step."""

from flask_babel import gettext as _

from crm import db
from crm.contacts.bulk import plans
from crm.contacts.models import BulkPlan
from crm.errors import UserError
from crm.plugin_api.types import JobRun


def step(run: JobRun) -> bool:
    """Change the next contacts of the plan; the cursor says where, in the same transaction."""
    begun: int | None = run.cursor.get("change_set")
    with db.transaction(run.actor, "contacts.bulk", change_set_id=begun) as change:
        plan = _plan(run)
        items = plan.items or []
        first = int(run.cursor.get("next", 0))
        last = min(first + plans.AT_ONCE, len(items))
        plans.apply_items(plan, items[first:last], change, run.actor)
        change.finished = last == len(items)
        run.cursor.update(next=last, change_set=change.id)
        run.progress(last, len(items))
        run.result.update(summary=plans.result_sentence(plan), link={"plan_id": plan.id})
    return change.finished


def _plan(run: JobRun) -> BulkPlan:
    plan = db.session().get(BulkPlan, run.args["plan"])
    if plan is None:
        raise UserError(_("The plan of this work is gone. Choose the contacts anew."))
    return plan
