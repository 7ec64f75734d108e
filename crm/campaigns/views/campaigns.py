"""Campaigns themselves: the list, the report, making, changing, copying and deleting one."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.campaigns import cloning, names, report, services
from crm.campaigns.forms import CampaignForm, CloneForm, keep_choice
from crm.campaigns.models import Campaign
from crm.campaigns.permissions import ASK, DELETE, EDIT, VIEW
from crm.campaigns.views.blueprint import (
    blueprint,
    campaign_or_404,
    choices,
    dialog,
    differences,
    id_argument,
    keep_owner,
    may_edit,
    page_of,
)
from crm.campaigns.words import ANSWERS, KINDS, RUNGS, SIGNS, STAGES, STATUSES, SUPPORT
from crm.coalitions.models import Coalition
from crm.errors import UserError
from crm.fields.pages import show_list
from crm.i18n import today
from crm.pages import offered, say

MOST = 100


@blueprint.get("")
@requires(VIEW)
def index() -> Response:
    return show_list("campaigns", page="campaigns/index.html")


@blueprint.get("/<int:campaign_id>")
@requires(VIEW)
def show(campaign_id: int) -> Response:
    """The report."""
    campaign = campaign_or_404(campaign_id)
    return htmx.render(
        "campaigns/show.html",
        None,
        campaign=campaign,
        report=report.report(campaign, current_actor()),
        can_edit=may_edit(campaign),
        can_delete=may_edit(campaign, DELETE),
        can_ask=may_edit(campaign, ASK),
        panels=offered("crm_record_panels", kind="campaign", record_id=campaign_id),
        today=today(),
        kinds=KINDS,
        statuses=STATUSES,
        stages=STAGES,
        support=SUPPORT,
        signs=SIGNS,
        rungs=RUNGS,
        answers=ANSWERS,
    )


def _form(campaign: Campaign | None, **values: Any) -> CampaignForm:
    """The form with what may be chosen: never a campaign below this one as the one above it."""
    not_above = set(services.below(campaign.id)) if campaign else set()
    above = [each for each in choices(Campaign) if each[0] not in not_above]
    form = CampaignForm(choices(Coalition), above, record=campaign, **values)
    if campaign is not None:
        keep_owner(form, campaign)
        keep_choice(form.coalition_id, campaign.coalition_id, names.hidden_record())
        keep_choice(form.parent_id, campaign.parent_id, names.hidden_record())
    return form


@blueprint.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    actor = current_actor()
    given = {name: id_argument(name) for name in ("parent_id", "coalition_id")}
    form = _form(None, data={**given, "owner_user_id": actor.user_id, "state": "active"})
    if form.sent():
        try:
            with db.transaction(actor, "campaigns.create") as change:
                campaign = services.create(form.values(), actor)
                change.summary = _("Added the campaign “%(name)s”", name=campaign.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("“%(name)s” is added.", name=campaign.name), change)
            return htmx.go(page_of(campaign.id))
    return htmx.render("campaigns/new.html", None, form.status, form=form)


@blueprint.route("/<int:campaign_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(campaign_id: int) -> Response:
    campaign = campaign_or_404(campaign_id, EDIT)
    present = {name: getattr(campaign, name) for name in (*services.FIELDS, "version")}
    form = _form(campaign, data={**present, "state": campaign.status})
    status, clash = form.status, None
    if form.sent():
        try:
            sentence = _("Changed the campaign “%(name)s”", name=campaign.name)
            # Two who put each other's campaign below their own would make a circle together.
            with db.transaction(current_actor(), "campaigns.edit", sentence, alone=True) as change:
                seen = int(version) if (version := str(form.version.data or "")).isdecimal() else 0
                clash = services.edit(campaign, form.values(), seen, current_actor())
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            if clash is None:
                say(sentence, change)
                return htmx.go(page_of(campaign_id))
            form.version.data, status = str(clash.version), 409
    theirs = (
        {"state" if name == "status" else name: value for name, value in clash.present.items()}
        if clash
        else {}
    )
    shown = differences(form, theirs)
    return dialog("campaigns/_edit_form.html", status, form=form, campaign_id=campaign_id, clash=shown)


@blueprint.route("/<int:campaign_id>/clone", methods=["GET", "POST"])
@requires(EDIT)
def clone(campaign_id: int) -> Response:
    """The same plan at another time, its counters at zero."""
    campaign = campaign_or_404(campaign_id, EDIT)
    form = CloneForm(data={"name": _("%(name)s, once more", name=campaign.name)})
    if request.method == "GET":
        form.targets.data = form.campaigns.data = True
    if form.sent():
        actor = current_actor()
        wishes = cloning.Wishes(
            form.name.data or "", form.start_date.data, bool(form.targets.data), bool(form.campaigns.data)
        )
        try:
            with db.transaction(actor, "campaigns.create") as change:
                copy = cloning.clone(campaign, wishes, actor)
                change.summary = _("Copied “%(old)s” as “%(new)s”", old=campaign.name, new=copy.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("“%(name)s” is made. Its counters begin at zero.", name=copy.name), change)
            return htmx.go(page_of(copy.id))
    going = services.what_goes(campaign_or_404(campaign_id, EDIT))
    return dialog("campaigns/_clone_form.html", form.status, form=form, campaign=campaign, going=going)


@blueprint.route("/<int:campaign_id>/delete", methods=["GET", "POST"])
@requires(DELETE)
def delete(campaign_id: int) -> Response:
    campaign = campaign_or_404(campaign_id, DELETE)
    if request.method == "POST":
        name = campaign.name
        sentence = _("Deleted the campaign “%(name)s”", name=name)
        with db.transaction(current_actor(), "campaigns.delete", sentence) as change:
            services.delete(campaign)
        say(_("“%(name)s” is deleted.", name=name), change)
        return htmx.go(url_for("campaigns.index"))
    going = services.what_goes(campaign)
    return dialog("campaigns/_delete_form.html", campaign=campaign, going=going)


@blueprint.get("/of-coalition/<int:coalition_id>")
@requires(VIEW)
def of_coalition(coalition_id: int) -> Response:
    """The campaigns of a coalition, for its page."""
    coalition: Coalition = load(Coalition, coalition_id)
    actor = current_actor()
    statement = visible(Campaign, actor).where(Campaign.coalition_id == coalition_id)
    found = db.session().scalars(statement.order_by(Campaign.sort_name, Campaign.id).limit(MOST)).all()
    return htmx.render(
        "campaigns/part_page.html",
        "campaigns/_of_coalition.html",
        part="campaigns/_of_coalition.html",
        title=coalition.name,
        coalition_id=coalition_id,
        children=report.with_goals(found, actor),
        statuses=STATUSES,
        may_add=actor.can(EDIT),
    )
