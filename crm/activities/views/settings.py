"""One's own setting: whether the mail of the morning comes."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.activities import digest
from crm.activities.permissions import VIEW
from crm.activities.views.blueprint import blueprint
from crm.pages import say


@blueprint.get("/morning-mail")
@requires(VIEW)
def morning_mail() -> Response:
    """The setting, as a part of one's account."""
    user_id = current_actor().user_id
    return htmx.render(
        "activities/morning_mail_page.html",
        "activities/_morning_mail.html",
        wanted=user_id is not None and digest.is_wanted(user_id),
    )


@blueprint.post("/morning-mail")
@requires(VIEW)
def set_morning_mail() -> Response:
    actor, wanted = current_actor(), request.form.get("wanted") == "1"
    if actor.user_id is not None:
        with db.transaction(actor, "activities.morning_mail"):
            digest.want(actor.user_id, wanted)
    say(_("You get a mail in the morning.") if wanted else _("You get no mail in the morning any more."))
    return htmx.go(url_for("accounts.my_account"))
