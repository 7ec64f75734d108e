"""What is done with a release besides writing and sending it: who gets the answers, and one once more."""

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, go, load, requires, say
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm_media.forms.outreach import AnswersForm
from crm_media.models import Release
from crm_media.permissions import OUTREACH
from crm_media.services import again, answering, outreach
from crm_media.views.blueprint import blueprint, save
from crm_media.views.outreach import page_of


@blueprint.route("/releases/<int:release_id>/answers", methods=["GET", "POST"])
@requires(OUTREACH)
def release_answers(release_id: int) -> Response:
    """Who gets what reporters answer."""
    row: Release = load(Release, release_id, OUTREACH)
    actor = current_actor()
    form = AnswersForm(row)
    form.answers_to.choices = options(answering.choices(row, actor))
    back = (
        url_for("media.send_release", release_id=row.id)
        if request.args.get("to") == "send"
        else page_of(row.id)
    )
    return save(
        form,
        lambda _change: answering.choose(row, form.answers_to.data, actor),
        "media.release",
        _("Saved who gets the answers to “%(name)s”", name=row.name),
        back,
        _("Answers to “%(name)s”", name=row.name),
    )


@blueprint.post("/releases/<int:release_id>/again")
@requires(OUTREACH)
def release_again(release_id: int) -> Response:
    """A correction to those who got it, or its words once more for others: a new draft."""
    row: Release = load(Release, release_id, OUTREACH)
    correction, actor = request.form.get("to") == "correction", current_actor()
    with db.transaction(actor, "media.release") as change:
        there = again.draft_of_correction(row) if correction else None
        if there is not None:
            again.add_who_got(row, there)
        made = there or again.again(row, actor, correction=correction)
        change.summary = _("Wrote “%(name)s”", name=made.name)
    if there is not None:
        say(
            _("This draft of a correction was begun before. Change its words, then have it approved."), change
        )
        return go(page_of(made.id))
    told = [_("This is a new draft. Change its words, then have it approved.")]
    if outreach.files_of(row.id):
        told.append(_("It goes without the files of the first one: add those that still hold."))
    say(" ".join(told), change)
    return go(page_of(made.id))
