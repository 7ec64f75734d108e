"""One activity with many: chosen in a list of contacts, looked over, logged."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.activities.forms import ActivityForm, activity_form
from crm.activities.permissions import EDIT
from crm.activities.services import acts
from crm.activities.views.acts import follow_up
from crm.activities.views.blueprint import blueprint
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.fields.choosing import chosen_ids
from crm.pages import say

SAMPLE = 20


@blueprint.post("/bulk")
@requires(EDIT)
def bulk_choose() -> Response:
    """What was chosen in the list, and the form for what was done with all of them."""
    # The request that chose them carries no field of this form.
    form = activity_form(formdata=None, kind="meeting")
    return _page(form, chosen_ids("contacts", current_actor()), 200)


@blueprint.post("/bulk/log")
@requires(EDIT)
def bulk_log() -> Response:
    form, actor = activity_form(), current_actor()
    ids = _posted()
    if form.sent():
        try:
            with db.transaction(actor, "activities.log") as change:
                activity = acts.log(form.values(), ids, actor)
                change.summary = _(
                    "Logged “%(subject)s” with %(count)s", subject=activity.subject, count=len(ids)
                )
                if form.wants_follow_up:
                    follow_up(form, activity)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("“%(subject)s” is logged.", subject=activity.subject), change)
            return htmx.go(url_for("activities.show", activity_id=activity.id))
    return _page(form, ids, form.status)


def _posted() -> list[int]:
    """Those of the posted contacts that the actor may see."""
    posted = {int(each) for each in request.form.get("ids", "").split(",") if each.isdecimal()}
    statement = visible(Contact, current_actor()).where(
        db.among(Contact.id, sorted(each for each in posted if each < 2**63))
    )
    found = list(db.session().execute(statement.with_only_columns(Contact.id)).scalars())
    if not found:
        raise UserError(_("Choose at least one of the list first. Go back and tick the ones you mean."))
    return found


def _page(form: ActivityForm, ids: list[int], status: int) -> Response:
    statement = visible(Contact, current_actor()).where(db.among(Contact.id, ids))
    statement = statement.order_by(Contact.sort_name, Contact.id).limit(SAMPLE)
    return htmx.render(
        "activities/bulk.html",
        None,
        status,
        form=form,
        ids=ids,
        sample=list(db.session().execute(statement.with_only_columns(Contact.name)).scalars()),
        too_many=len(ids) > acts.MOST_PARTICIPANTS,
        most=acts.MOST_PARTICIPANTS,
    )
