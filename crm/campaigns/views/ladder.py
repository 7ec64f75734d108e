"""The ladder of engagement: how many stand on each rung, who they are, up and down."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.campaigns import names, parts, report
from crm.campaigns.forms import NewSupportersForm, SupporterForm
from crm.campaigns.models import Campaign, Supporter
from crm.campaigns.permissions import EDIT, VIEW
from crm.campaigns.views.blueprint import (
    blueprint,
    campaign_or_404,
    delete_part,
    dialog,
    may_edit,
    part_or_404,
    save_part,
)
from crm.campaigns.words import RUNGS
from crm.errors import UserError
from crm.i18n import today
from crm.pages import say

ACTION = "campaigns.edit"
PAGE = 50


@blueprint.get("/<int:campaign_id>/ladder")
@requires(VIEW)
def ladder(campaign_id: int) -> Response:
    return _ladder(campaign_or_404(campaign_id))


def _ladder(campaign: Campaign) -> Response:
    """The page, or for htmx the ladder alone; `rung` chooses whose names are shown."""
    rungs = report.rungs(campaign, current_actor())
    filled = [each.number for each in rungs if each.here]
    rung = request.values.get("rung", 0, type=int)
    rung = rung if rung in RUNGS else max(filled, default=1)
    after = max(request.values.get("after", 0, type=int), 0)
    people = _people(campaign.id, rung, min(after, 2**62))
    return htmx.render(
        "campaigns/ladder.html",
        "campaigns/_ladder.html",
        campaign=campaign,
        rungs=rungs,
        rung=rung,
        people=[(each, _known(people).get(each.contact_id)) for each in people[:PAGE]],
        next=people[PAGE - 1].id if len(people) > PAGE else None,
        after=after,
        words=RUNGS,
        can_edit=may_edit(campaign),
    )


def _people(campaign_id: int, rung: int, after: int) -> Sequence[Supporter]:
    """Those on a rung in the order in which they came, one more than a page holds."""
    statement = (
        visible(Supporter, current_actor())
        .where(Supporter.campaign_id == campaign_id, Supporter.rung == rung, Supporter.id > after)
        .order_by(Supporter.id)
        .limit(PAGE + 1)
    )
    return db.session().scalars(statement).all()


def _known(people: Sequence[Supporter]) -> dict[int, str]:
    return names.contacts((each.contact_id for each in people), current_actor())


@blueprint.route("/<int:campaign_id>/ladder/new", methods=["GET", "POST"])
@requires(EDIT)
def new_supporters(campaign_id: int) -> Response:
    """Several at once onto one rung."""
    campaign = campaign_or_404(campaign_id, EDIT)
    form = NewSupportersForm(data={"rung": request.args.get("rung", 1, type=int), "since": today()})
    back = url_for("campaigns.ladder", campaign_id=campaign_id)
    if form.sent():
        try:
            with db.transaction(current_actor(), ACTION, alone=True) as change:
                counts = parts.add_supporters(
                    campaign, form.contacts.data or [], form.rung.data, form.since.data or today()
                )
                change.summary = _("Ladder of “%(name)s”", name=campaign.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_in_words(*counts), change)
            return htmx.go(url_for("campaigns.ladder", campaign_id=campaign_id, rung=form.rung.data))
    return dialog(
        "campaigns/_part_form.html",
        form.status,
        form=form,
        back=back,
        clash=[],
        new=True,
        title=_("Onto the ladder"),
        address=url_for("campaigns.new_supporters", campaign_id=campaign_id),
    )


def _in_words(new: int, moved: int, stayed: int) -> str:
    found = [ngettext("%(num)s is new on the ladder.", "%(num)s are new on the ladder.", new)]
    if moved:
        found.append(ngettext("%(num)s moved up.", "%(num)s moved up.", moved))
    if stayed:
        found.append(
            ngettext(
                "%(num)s stood there or higher and stays.", "%(num)s stood there or higher and stay.", stayed
            )
        )
    return " ".join(found)


def _name(supporter: Supporter) -> str:
    return names.contacts([supporter.contact_id], current_actor()).get(supporter.contact_id) or names.hidden()


@blueprint.route("/<int:campaign_id>/ladder/<int:supporter_id>", methods=["GET", "POST"])
@requires(EDIT)
def supporter(campaign_id: int, supporter_id: int) -> Response:
    found: Supporter = part_or_404(Supporter, campaign_id, supporter_id, EDIT)
    form, name = SupporterForm(obj=found), _name(found)
    this: dict[str, Any] = {"campaign_id": campaign_id, "supporter_id": supporter_id}

    def write() -> None:
        parts.set_supporter(found, form.data)

    return save_part(
        form,
        found,
        write,
        ACTION,
        _("Step of %(name)s", name=name),
        url_for("campaigns.ladder", campaign_id=campaign_id, rung=found.rung),
        title=name,
        address=url_for("campaigns.supporter", **this),
        delete_address=url_for("campaigns.delete_supporter", **this),
    )


@blueprint.post("/<int:campaign_id>/ladder/<int:supporter_id>/step")
@requires(EDIT)
def move_supporter(campaign_id: int, supporter_id: int) -> Response:
    """Up or down by one rung, or onto any other."""
    found: Supporter = part_or_404(Supporter, campaign_id, supporter_id, EDIT)
    to, shown = request.form.get("to", 0, type=int), found.rung
    with db.transaction(current_actor(), ACTION) as change:
        parts.step(found, to)
        change.summary = _("%(name)s: %(stage)s", name=_name(found), stage=RUNGS[to])
    say(change.summary, change)
    if htmx.wants_fragment():
        return _ladder(campaign_or_404(campaign_id))
    return htmx.go(url_for("campaigns.ladder", campaign_id=campaign_id, rung=shown))


@blueprint.post("/<int:campaign_id>/ladder/<int:supporter_id>/delete")
@requires(EDIT)
def delete_supporter(campaign_id: int, supporter_id: int) -> Response:
    found: Supporter = part_or_404(Supporter, campaign_id, supporter_id, EDIT)
    sentence = _("%(name)s is off the ladder", name=_name(found))
    back = url_for("campaigns.ladder", campaign_id=campaign_id, rung=found.rung)
    return delete_part(found, ACTION, sentence, back)
