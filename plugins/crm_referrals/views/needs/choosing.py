"""Services that could meet a need, and choosing of them."""

from flask import abort, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, day_here, db, go, load, render, requires, say
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.models import Need, Referral, Service
from crm_referrals.permissions import REFER
from crm_referrals.services import finding, matching, needs, pooling
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.needs.shared import agency_names, name_of, seen


@blueprint.route("/needs/<int:need_id>/match", methods=["GET", "POST"])
@requires(REFER)
def match(need_id: int) -> Response:
    """Services that could meet a need, each with its reasons; one chooses."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    if row.status != "open":
        say(_("This need is closed. Open it again, or write down a new one."))
        return go(url_for("referrals.need", need_id=row.id))
    found = matching.matches(row, day_here())
    if request.method == "POST":
        return _choose(row, found)
    attempts = needs.attempts_of(row.id)
    return render(
        "referrals/needs/match.html",
        None,
        need=row,
        found=found,
        words=words,
        name=name_of(row.student_id),
        tried=[each for each in attempts if each.state in {"declined", "failed", "forwarded", "expired"}],
        agencies=agency_names(attempts),
        proposed=needs.proposed(attempts),
    )


def _choose(row: Need, found: list[matching.Match]) -> Response:
    """One service, or several at once of which the first that accepts gets it."""
    several = request.form.get("several") == "1"
    asked = request.form.getlist("pool" if several else "service_id")
    ids = [number for each in dict.fromkeys(asked) if (number := finding.whole(each)) is not None]
    statement = select(Service).where(db.among(Service.id, ids)).order_by(Service.id)
    if not ids and several:
        raise UserError(_("Tick services of at least two agencies, one of each."))
    need_id, actor, follows = row.id, current_actor(), _followed(row)
    with db.transaction(actor, "referrals.draft", _("Chose a service for a need")):
        need = load(Need, need_id, REFER)
        services = db.session().scalars(statement).all()
        if len(services) != len(ids) or not services:
            abort(400)
        for each in services:
            needs.offer(need, [row.as_row() for row in found], each.id)
        if several:
            made = pooling.draft(need, services, actor, follows)
        else:
            made = [needs.draft(need, services[0], actor, follows)]
        first = made[0].id
    return go(url_for("referrals.consent", need_id=need_id, referral=first))


def _followed(row: Need) -> Referral | None:
    ended = [
        each
        for each in needs.attempts_of(row.id)
        if each.state in {"declined", "failed", "forwarded", "expired"}
    ]
    return ended[-1] if ended else None
