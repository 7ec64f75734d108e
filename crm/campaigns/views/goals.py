"""Goals: chosen in a dialog; each has a page with how it grew and the rows behind its number."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import func
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.campaigns import charts, goals
from crm.campaigns.forms import GoalForm
from crm.campaigns.models import Goal
from crm.campaigns.permissions import EDIT, VIEW
from crm.campaigns.views.blueprint import (
    blueprint,
    campaign_or_404,
    delete_part,
    may_edit,
    page_of,
    part_or_404,
    save_part,
)
from crm.runtime import runtime

ACTION = "campaigns.edit"
FORM = "campaigns/_goal_form.html"


@blueprint.route("/<int:campaign_id>/goals/new", methods=["GET", "POST"])
@requires(EDIT)
def new_goal(campaign_id: int) -> Response:
    campaign = campaign_or_404(campaign_id, EDIT)
    form, found = GoalForm(), Goal(campaign_id=campaign_id, position=_next_position(campaign_id))
    return save_part(
        form,
        found,
        lambda: goals.set_goal(found, form.values()),
        ACTION,
        _("Added a goal to “%(name)s”", name=campaign.name),
        page_of(campaign_id, "goals"),
        template=FORM,
        title=_("New goal"),
        address=url_for("campaigns.new_goal", campaign_id=campaign_id),
        measures=runtime().measures.values(),
        chosen={},
    )


def _next_position(campaign_id: int) -> int:
    statement = visible(Goal, current_actor()).where(Goal.campaign_id == campaign_id)
    return int(db.session().execute(statement.with_only_columns(func.count())).scalar_one())


@blueprint.route("/<int:campaign_id>/goals/<int:goal_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_goal(campaign_id: int, goal_id: int) -> Response:
    found: Goal = part_or_404(Goal, campaign_id, goal_id, EDIT)
    form = GoalForm(obj=found)
    this: dict[str, Any] = {"campaign_id": campaign_id, "goal_id": goal_id}
    return save_part(
        form,
        found,
        lambda: goals.set_goal(found, form.values()),
        ACTION,
        _("Changed the goal “%(label)s”", label=found.label),
        page_of(campaign_id, "goals"),
        template=FORM,
        title=_("Goal"),
        address=url_for("campaigns.edit_goal", **this),
        delete_address=url_for("campaigns.delete_goal", **this),
        measures=runtime().measures.values(),
        chosen=dict(found.parameters),
    )


@blueprint.post("/<int:campaign_id>/goals/<int:goal_id>/delete")
@requires(EDIT)
def delete_goal(campaign_id: int, goal_id: int) -> Response:
    found: Goal = part_or_404(Goal, campaign_id, goal_id, EDIT)
    sentence = _("Removed the goal “%(label)s”", label=found.label)
    return delete_part(found, ACTION, sentence, page_of(campaign_id, "goals"))


@blueprint.get("/<int:campaign_id>/goals/<int:goal_id>")
@requires(VIEW)
def goal(campaign_id: int, goal_id: int) -> Response:
    """The number, how it grew, and the rows that it counts."""
    campaign = campaign_or_404(campaign_id)
    found: Goal = part_or_404(Goal, campaign_id, goal_id)
    moments = goals.history(found, campaign.start_date)
    after = max(request.args.get("after", 0, type=int), 0)
    return htmx.render(
        "campaigns/goal.html",
        None,
        campaign=campaign,
        can_edit=may_edit(campaign),
        one=goals.progress([found])[0],
        growth=charts.growth(moments, found.target) if len(moments) > 1 else None,
        behind=goals.behind(found, current_actor(), min(after, 2**62)),
        after=after,
    )
