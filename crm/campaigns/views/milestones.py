"""Milestones: added and changed in dialogs, done in one click."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.campaigns import parts
from crm.campaigns.forms import MilestoneForm
from crm.campaigns.models import Milestone
from crm.campaigns.permissions import EDIT
from crm.campaigns.views.blueprint import (
    blueprint,
    campaign_or_404,
    delete_part,
    page_of,
    part_or_404,
    save_part,
)
from crm.i18n import today
from crm.pages import say

ACTION = "campaigns.edit"


@blueprint.route("/<int:campaign_id>/milestones/new", methods=["GET", "POST"])
@requires(EDIT)
def new_milestone(campaign_id: int) -> Response:
    campaign = campaign_or_404(campaign_id, EDIT)
    form, milestone = MilestoneForm(), Milestone(campaign_id=campaign_id)
    return save_part(
        form,
        milestone,
        lambda: parts.set_milestone(milestone, form.data),
        ACTION,
        _("Added a milestone to “%(name)s”", name=campaign.name),
        page_of(campaign_id, "milestones"),
        title=_("New milestone"),
        address=url_for("campaigns.new_milestone", campaign_id=campaign_id),
    )


@blueprint.route("/<int:campaign_id>/milestones/<int:milestone_id>", methods=["GET", "POST"])
@requires(EDIT)
def milestone(campaign_id: int, milestone_id: int) -> Response:
    found: Milestone = part_or_404(Milestone, campaign_id, milestone_id, EDIT)
    form = MilestoneForm(obj=found)
    this: dict[str, Any] = {"campaign_id": campaign_id, "milestone_id": milestone_id}
    return save_part(
        form,
        found,
        lambda: parts.set_milestone(found, form.data),
        ACTION,
        _("Changed the milestone “%(title)s”", title=found.title),
        page_of(campaign_id, "milestones"),
        title=_("Milestone"),
        address=url_for("campaigns.milestone", **this),
        delete_address=url_for("campaigns.delete_milestone", **this),
    )


@blueprint.post("/<int:campaign_id>/milestones/<int:milestone_id>/done")
@requires(EDIT)
def finish_milestone(campaign_id: int, milestone_id: int) -> Response:
    """Reached today, or not after all."""
    found: Milestone = part_or_404(Milestone, campaign_id, milestone_id, EDIT)
    done = found.done_on is None
    sentence = (
        _("Reached: %(title)s", title=found.title) if done else _("Not yet: %(title)s", title=found.title)
    )
    with db.transaction(current_actor(), ACTION, sentence) as change:
        found.done_on = today() if done else None
    say(sentence, change)
    return htmx.go(page_of(campaign_id, "milestones"))


@blueprint.post("/<int:campaign_id>/milestones/<int:milestone_id>/delete")
@requires(EDIT)
def delete_milestone(campaign_id: int, milestone_id: int) -> Response:
    found: Milestone = part_or_404(Milestone, campaign_id, milestone_id, EDIT)
    sentence = _("Removed the milestone “%(title)s”", title=found.title)
    return delete_part(found, ACTION, sentence, page_of(campaign_id, "milestones"))
