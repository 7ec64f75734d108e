"""The list of events, and planning a new one."""

from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.campaigns.models import Campaign
from crm.contacts.bulk import plans
from crm.contacts.bulk.actions import action_named
from crm.contacts.permissions import BULK
from crm.errors import UserError
from crm.events import bulk
from crm.events.forms import EventForm
from crm.events.permissions import EDIT, VIEW
from crm.events.services import editing
from crm.events.views.blueprint import blueprint, page_of
from crm.fields.choosing import chosen_ids
from crm.fields.filters import as_id
from crm.fields.pages import show_list
from crm.i18n import today
from crm.pages import say


@blueprint.get("")
@requires(VIEW)
def index() -> Response:
    if not request.args:
        return htmx.go(url_for("events.index", list="coming"))
    return show_list("events", page="events/index.html")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    """A new event; its address may say for which coalition or campaign."""
    form = EventForm(data=_first_values())
    if form.sent():
        actor = current_actor()
        try:
            with db.transaction(actor, "events.create") as change:
                event = editing.create(form.values(), actor)
                change.summary = _("Planned “%(title)s”", title=event.title)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("“%(title)s” is planned. Now invite people.", title=event.title), change)
            return htmx.go(page_of(event.id))
    return htmx.render("events/edit.html", None, form.status, form=form, event=None, theirs=())


def _first_values() -> dict[str, Any]:
    day = request.args.get("day", "")
    campaign_id = as_id(request.args.get("campaign_id", "")) or None
    actor = current_actor()
    coalition_id = as_id(request.args.get("coalition_id", "")) or None
    if campaign_id is not None and coalition_id is None:
        of_campaign = visible(Campaign, actor).where(Campaign.id == campaign_id)
        coalition_id = db.session().execute(of_campaign.with_only_columns(Campaign.coalition_id)).scalar()
    return {
        "day": _day(day) or today() + timedelta(days=7),
        "time_zone": str(get_timezone()),
        "owner": actor.user_id,
        "coalition": coalition_id,
        "campaign": campaign_id,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@blueprint.post("/invite-many")
@requires(BULK)
def invite_many() -> Response:
    """The chosen contacts of a list are to be invited; the pages of bulk actions ask to what, and show the
    plan."""
    actor = current_actor()
    ids = chosen_ids("contacts", actor)
    with db.transaction(actor, "contacts.plan"):
        plan_id = plans.choose(action_named(bulk.NAME), ids, actor).id
    return htmx.go(url_for("contacts.bulk_plan", plan_id=plan_id))
