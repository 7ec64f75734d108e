"""Those who decide: the board of stages and the power map."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.campaigns import charts, names, parts, report
from crm.campaigns.forms import NewTargetsForm, TargetForm
from crm.campaigns.models import Campaign, Target
from crm.campaigns.permissions import ASK, EDIT, VIEW
from crm.campaigns.views.blueprint import (
    blueprint,
    campaign_or_404,
    delete_part,
    dialog,
    may_edit,
    part_or_404,
    save_part,
)
from crm.campaigns.words import INFLUENCE, SIGNS, STAGES, SUPPORT
from crm.errors import UserError
from crm.pages import say

ACTION = "campaigns.edit"


@blueprint.get("/<int:campaign_id>/targets")
@requires(VIEW)
def targets(campaign_id: int) -> Response:
    return _board(campaign_or_404(campaign_id))


def _board(campaign: Campaign, moved: int | None = None) -> Response:
    """The page, or for htmx the board alone. `moved` is the target that was just put elsewhere."""
    found = report.targets(campaign, current_actor())
    drawn = charts.power_map([(each.target, each.name or names.hidden()) for each in found])
    return htmx.render(
        "campaigns/targets.html",
        "campaigns/_board.html",
        campaign=campaign,
        found=found,
        columns=report.stages_of(found),
        drawn=drawn,
        can_edit=may_edit(campaign),
        can_ask=may_edit(campaign, ASK),
        moved=moved,
        stages=list(STAGES),
        stage_words=STAGES,
        support=SUPPORT,
        signs=SIGNS,
        influence=INFLUENCE,
    )


@blueprint.route("/<int:campaign_id>/targets/new", methods=["GET", "POST"])
@requires(EDIT)
def new_targets(campaign_id: int) -> Response:
    """One or several at once, with what is known of all of them."""
    campaign = campaign_or_404(campaign_id, EDIT)
    form, back = NewTargetsForm(), url_for("campaigns.targets", campaign_id=campaign_id)
    if form.sent():
        try:
            # Two who add the same person at once must not both find them missing.
            with db.transaction(current_actor(), ACTION, alone=True) as change:
                made, known = parts.add_targets(campaign, form.contacts.data or [], form.values())
                change.summary = _added(len(made), campaign.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            already = ngettext(
                "%(num)s is a target already.", "%(num)s are targets already.", known
            ) if known else ""  # fmt: skip
            say(f"{_added(len(made), campaign.name)} {already}".strip(), change)
            return htmx.go(back)
    return dialog(
        "campaigns/_part_form.html",
        form.status,
        form=form,
        back=back,
        clash=[],
        new=True,
        title=_("New targets"),
        address=url_for("campaigns.new_targets", campaign_id=campaign_id),
    )


def _added(count: int, name: str) -> str:
    return ngettext(
        "%(num)s new target of “%(name)s”.", "%(num)s new targets of “%(name)s”.", count, name=name
    )


def _name(target: Target) -> str:
    """What the person is called, as far as the reader may know."""
    return names.contacts([target.contact_id], current_actor()).get(target.contact_id) or names.hidden()


@blueprint.route("/<int:campaign_id>/targets/<int:target_id>", methods=["GET", "POST"])
@requires(EDIT)
def target(campaign_id: int, target_id: int) -> Response:
    found: Target = part_or_404(Target, campaign_id, target_id, EDIT)
    form, name = TargetForm(obj=found), _name(found)
    this: dict[str, Any] = {"campaign_id": campaign_id, "target_id": target_id}
    return save_part(
        form,
        found,
        lambda: parts.set_target(found, form.values()),
        ACTION,
        _("Changed the target %(name)s", name=name),
        url_for("campaigns.targets", campaign_id=campaign_id),
        title=name,
        address=url_for("campaigns.target", **this),
        delete_address=url_for("campaigns.delete_target", **this),
    )


@blueprint.post("/<int:campaign_id>/targets/<int:target_id>/stage")
@requires(EDIT)
def move_target(campaign_id: int, target_id: int) -> Response:
    """Into another column, by a button or by dragging the card there."""
    found: Target = part_or_404(Target, campaign_id, target_id, EDIT)
    stage = request.form.get("stage", "")
    with db.transaction(current_actor(), ACTION) as change:
        parts.move(found, stage)
        change.summary = _("%(name)s: %(stage)s", name=_name(found), stage=STAGES[stage])
    say(change.summary, change)
    if htmx.wants_fragment():
        return _board(campaign_or_404(campaign_id), target_id)
    return htmx.go(url_for("campaigns.targets", campaign_id=campaign_id))


@blueprint.post("/<int:campaign_id>/targets/<int:target_id>/delete")
@requires(EDIT)
def delete_target(campaign_id: int, target_id: int) -> Response:
    found: Target = part_or_404(Target, campaign_id, target_id, EDIT)
    sentence = _("%(name)s is no target any more", name=_name(found))
    return delete_part(found, ACTION, sentence, url_for("campaigns.targets", campaign_id=campaign_id))
