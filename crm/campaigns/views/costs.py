"""What a campaign cost."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.access import requires
from crm.campaigns import parts
from crm.campaigns.forms import CostForm
from crm.campaigns.models import Cost
from crm.campaigns.permissions import EDIT
from crm.campaigns.views.blueprint import (
    blueprint,
    campaign_or_404,
    delete_part,
    page_of,
    part_or_404,
    save_part,
)

ACTION = "campaigns.edit"


@blueprint.route("/<int:campaign_id>/costs/new", methods=["GET", "POST"])
@requires(EDIT)
def new_cost(campaign_id: int) -> Response:
    campaign = campaign_or_404(campaign_id, EDIT)
    form, cost = CostForm(), Cost(campaign_id=campaign_id)
    return save_part(
        form,
        cost,
        lambda: parts.set_cost(cost, form.data),
        ACTION,
        _("Added a cost to “%(name)s”", name=campaign.name),
        page_of(campaign_id, "costs"),
        title=_("New cost"),
        address=url_for("campaigns.new_cost", campaign_id=campaign_id),
    )


@blueprint.route("/<int:campaign_id>/costs/<int:cost_id>", methods=["GET", "POST"])
@requires(EDIT)
def cost(campaign_id: int, cost_id: int) -> Response:
    found: Cost = part_or_404(Cost, campaign_id, cost_id, EDIT)
    form = CostForm(obj=found)
    this: dict[str, Any] = {"campaign_id": campaign_id, "cost_id": cost_id}
    return save_part(
        form,
        found,
        lambda: parts.set_cost(found, form.data),
        ACTION,
        _("Changed the cost “%(label)s”", label=found.label),
        page_of(campaign_id, "costs"),
        title=_("Cost"),
        address=url_for("campaigns.cost", **this),
        delete_address=url_for("campaigns.delete_cost", **this),
    )


@blueprint.post("/<int:campaign_id>/costs/<int:cost_id>/delete")
@requires(EDIT)
def delete_cost(campaign_id: int, cost_id: int) -> Response:
    found: Cost = part_or_404(Cost, campaign_id, cost_id, EDIT)
    sentence = _("Removed the cost “%(label)s”", label=found.label)
    return delete_part(found, ACTION, sentence, page_of(campaign_id, "costs"))
