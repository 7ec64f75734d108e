"""What an agency itself does with its entries: by its link, or signed in. Reading changes nothing; buttons
do."""

from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, UserError, current_actor, db, go, public, render, requires, say
from crm.plugin_api import gettext as _
from crm_referrals import links, words
from crm_referrals.forms import CapacityForm, ProposalForm
from crm_referrals.models import Agency, Service
from crm_referrals.permissions import ANSWER
from crm_referrals.services import directory, portal
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.directory import status_of


def _by_link(token: str) -> Agency | None:
    told = links.read(links.AGENCY, token)
    agency = db.session().get(Agency, told[0]) if told else None
    if agency is None or told is None or agency.link_version != told[1] or agency.closed_on is not None:
        return None
    return agency


def _entry(agency: Agency) -> dict[str, Any]:
    """An agency with its services and a link of its own for their buttons."""
    rows = db.session().scalars(
        select(Service).where(Service.agency_id == agency.id).order_by(Service.sort_name)
    )
    token = links.token(links.AGENCY, agency.id, agency.link_version)
    return {
        "agency": agency,
        "found": directory.decorate([(row, agency) for row in rows]),
        "token": token,
        "asked": directory.waiting_of(agency.id),
    }


@blueprint.get("/for-agencies/<token>")
@public
def agency_link(token: str) -> Response:
    """What an agency's entries say, with a form for each and how full it is."""
    agency = _by_link(token)
    if agency is None:
        return render("referrals/link_unknown.html", None, 404)
    return render(
        "referrals/directory/of_agency.html", None, entry=_entry(agency) | {"token": token}, words=words
    )


@blueprint.get("/inbox/entries")
@requires(ANSWER)
def entries() -> Response:
    """The same for whoever signed in for agencies: what stands about them, and how full they are."""
    desk = portal.desk_of(current_actor())
    statement = select(Agency).where(db.among(Agency.id, sorted(desk.agency_ids)), Agency.closed_on.is_(None))
    agencies = db.session().scalars(statement.order_by(Agency.sort_name).limit(50)).all()
    return render(
        "referrals/agency/entries.html", None, entries=[_entry(each) for each in agencies], words=words
    )


def _home(token: str) -> Response:
    """Back to where the button was pressed: the page of the link, or that of whoever signed in."""
    if request.form.get("at") == "inbox" and current_actor().can(ANSWER):
        return go(url_for("referrals.entries"))
    return go(url_for("referrals.agency_link", token=token))


@blueprint.route("/for-agencies/<token>/<int:service_id>", methods=["GET", "POST"])
@public
def agency_link_service(token: str, service_id: int) -> Response:
    agency = _by_link(token)
    row = db.session().get(Service, service_id)
    if agency is None or row is None or row.agency_id != agency.id:
        return render("referrals/link_unknown.html", None, 404)
    form = ProposalForm(obj=row)
    if request.method == "GET":
        form.area_codes.data = directory.spoken(row.area_codes)
        form.language_codes.data = directory.spoken(row.language_codes)
    if form.sent():
        wanted = {name: form[name].data for name in directory.PROPOSABLE if name in form}
        with db.transaction(
            Actor(None, agency.name), "referrals.propose", _("%(name)s proposed a change", name=agency.name)
        ):
            made = directory.propose(row, wanted, form.by_name.data or "")
            if made is None:
                row.assured_on = db.now().date()
        say(
            _("Thank you. Staff will look at it.")
            if made
            else _("Thank you. It is noted that all of it is right.")
        )
        return _home(token)
    return render(
        "referrals/directory/propose.html", None, status_of(form), form=form, service=row, token=token
    )


@blueprint.post("/for-agencies/<token>/<int:service_id>/capacity")
@public
def agency_link_capacity(token: str, service_id: int) -> Response:
    agency = _by_link(token)
    row = db.session().get(Service, service_id)
    if agency is None or row is None or row.agency_id != agency.id:
        return render("referrals/link_unknown.html", None, 404)
    form = CapacityForm()
    if not form.sent():
        raise UserError(_("Choose how full it is."))
    with db.transaction(
        Actor(None, agency.name), "referrals.capacity", _("How full: %(name)s", name=row.name)
    ):
        directory.say_capacity(row, form.state.data, form.available.data, form.note.data or "", agency.name)
    say(_("Thank you. It is noted."))
    return _home(token)
