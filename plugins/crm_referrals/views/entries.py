"""What an agency itself does with its entries: by its link, or signed in. Reading changes nothing; buttons
do."""

from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Actor,
    UserError,
    current_actor,
    day_here,
    db,
    go,
    public,
    render,
    requires,
    runtime,
    say,
)
from crm.plugin_api import gettext as _
from crm_referrals import links, words
from crm_referrals.forms import CapacityForm, OwnForm, ProposalForm
from crm_referrals.models import Agency, Service
from crm_referrals.permissions import ANSWER
from crm_referrals.services import entries, finding, portal
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.forms_of import status_of
from crm_referrals.views.speaking import link_unknown, speaking


def _by_link(token: str) -> Agency | None:
    told = links.read_agency(token)
    agency = db.session().get(Agency, told[0]) if told else None
    if agency is None or told is None or agency.link_version != told[1] or agency.closed_on is not None:
        return None
    sent_to = links.imprint(entries.address_of(agency))  # An undo may have changed it back.
    return agency if told[2] == sent_to else None


def _entry(agency: Agency) -> dict[str, Any]:
    """An agency with its services."""
    rows = db.session().scalars(
        select(Service).where(Service.agency_id == agency.id).order_by(Service.sort_name)
    )
    return {
        "agency": agency,
        "own": OwnForm(obj=agency, prefix=f"a{agency.id}-"),
        "found": finding.decorate([(row, agency) for row in rows]),
        "asked": entries.waiting_of(agency.id),
    }


@blueprint.get("/for-agencies/<token>")
@public
def agency_link(token: str) -> Response:
    """What an agency's entries say, with a form for each and how full it is."""
    agency = _by_link(token)
    if agency is None:
        return link_unknown()
    with speaking(agency.language):
        return render(
            "referrals/directory/of_agency.html",
            None,
            entry=_entry(agency) | {"token": token},
            words=words,
            languages=runtime().config.languages,
        )


def _home(token: str) -> str:
    """The page of the link, in the language that was chosen on it."""
    return url_for("referrals.agency_link", token=token, language=request.args.get("language"))


@blueprint.get("/inbox/entries", endpoint="entries")
@requires(ANSWER)
def entries_page() -> Response:
    """The same for whoever signed in for agencies: what stands about them, and how full they are."""
    desk = portal.desk_of(current_actor())
    statement = select(Agency).where(db.among(Agency.id, sorted(desk.agency_ids)), Agency.closed_on.is_(None))
    agencies = db.session().scalars(statement.order_by(Agency.sort_name).limit(50)).all()
    return render(
        "referrals/agency/entries.html", None, entries=[_entry(each) for each in agencies], words=words
    )


def _found_by_link(token: str, service_id: int) -> tuple[Agency, Service] | None:
    agency, row = _by_link(token), db.session().get(Service, service_id)
    return (agency, row) if agency is not None and row is not None and row.agency_id == agency.id else None


def _mine(service_id: int) -> tuple[Agency, Service]:
    """A service of the agencies that whoever signed in answers for."""
    row = db.session().get(Service, service_id)
    if row is None or row.agency_id not in portal.desk_of(current_actor()).agency_ids:
        abort(404)
    return db.session().get_one(Agency, row.agency_id), row


@blueprint.route("/for-agencies/<token>/<int:service_id>", methods=["GET", "POST"])
@public
def agency_link_service(token: str, service_id: int) -> Response:
    found = _found_by_link(token, service_id)
    if found is None:
        return link_unknown()
    with speaking(found[0].language):
        return _propose(*found, Actor(None, found[0].name), _home(token))


@blueprint.route("/inbox/entries/<int:service_id>", methods=["GET", "POST"])
@requires(ANSWER)
def entry_service(service_id: int) -> Response:
    """Look at one entry and propose a change, signed in."""
    return _propose(*_mine(service_id), current_actor(), url_for("referrals.entries"))


def _propose(agency: Agency, row: Service, actor: Actor, home: str) -> Response:
    form = ProposalForm(obj=row)
    if request.method == "GET":
        form.area_codes.data = finding.spoken(row.area_codes)
        form.language_codes.data = ", ".join(words.languages(row.language_codes))
    if not form.sent():
        return render(
            "referrals/directory/propose.html", None, status_of(form), form=form, service=row, home=home
        )
    wanted = {name: form[name].data for name in (*entries.PROPOSABLE, "other") if name in form}
    with db.transaction(actor, "referrals.propose", _("%(name)s proposed a change", name=agency.name)):
        made = entries.propose(row, wanted, form.by_name.data or "")
        if made is None:
            row.assured_on = day_here()
    say(
        _("Thank you. Staff will look at it.")
        if made
        else _("Thank you. It is noted that all of it is right.")
    )
    return go(home)


@blueprint.post("/for-agencies/<token>/<int:service_id>/right")
@public
def agency_link_right(token: str, service_id: int) -> Response:
    found = _found_by_link(token, service_id)
    if found is None:
        return link_unknown()
    with speaking(found[0].language):
        return _all_right(*found, Actor(None, found[0].name), _home(token))


@blueprint.post("/inbox/entries/<int:service_id>/right")
@requires(ANSWER)
def entry_right(service_id: int) -> Response:
    """All that stands about a service is right, signed in."""
    return _all_right(*_mine(service_id), current_actor(), url_for("referrals.entries"))


def _all_right(agency: Agency, row: Service, actor: Actor, home: str) -> Response:
    with db.transaction(actor, "referrals.assure", _("%(name)s checked its entry", name=agency.name)):
        row.assured_on = day_here()
    say(_("Thank you. It is noted that all of it is right."))
    return go(home)


@blueprint.post("/for-agencies/<token>/<int:service_id>/capacity")
@public
def agency_link_capacity(token: str, service_id: int) -> Response:
    found = _found_by_link(token, service_id)
    if found is None:
        return link_unknown()
    with speaking(found[0].language):
        return _say_capacity(*found, Actor(None, found[0].name), _home(token))


@blueprint.post("/inbox/entries/<int:service_id>/capacity")
@requires(ANSWER)
def entry_capacity(service_id: int) -> Response:
    """How full a service is, signed in."""
    return _say_capacity(*_mine(service_id), current_actor(), url_for("referrals.entries"))


def _say_capacity(agency: Agency, row: Service, actor: Actor, home: str) -> Response:
    form = CapacityForm()
    if not form.sent():
        raise UserError(_("Choose how full it is."))
    with db.transaction(actor, "referrals.capacity", _("How full: %(name)s", name=row.name)):
        entries.say_capacity(row, form.state.data, form.available.data, form.note.data or "", agency.name)
    say(_("Thank you. It is noted."))
    return go(home)


@blueprint.post("/for-agencies/<token>/choices")
@public
def agency_link_choices(token: str) -> Response:
    agency = _by_link(token)
    if agency is None:
        return link_unknown()
    with speaking(agency.language):
        return _choose(agency, Actor(None, agency.name), _home(token))


@blueprint.post("/inbox/entries/choices/<int:agency_id>")
@requires(ANSWER)
def entry_choices(agency_id: int) -> Response:
    """How an agency wants to hear of referrals, signed in."""
    if agency_id not in portal.desk_of(current_actor()).agency_ids:
        abort(404)
    agency = db.session().get_one(Agency, agency_id)
    return _choose(agency, current_actor(), url_for("referrals.entries"))


def _choose(agency: Agency, actor: Actor, home: str) -> Response:
    form = OwnForm(obj=agency, prefix=f"a{agency.id}-")
    if not form.sent():
        raise UserError(_("Write a whole number of referrals a week, or leave it empty."))
    values = {name: form[name].data for name in entries.OWN_CHOICES}
    summary = _("%(name)s chose how it hears of referrals", name=agency.name)
    with db.transaction(actor, "referrals.choices", summary):
        entries.choose(agency, values)
    say(_("Thank you. It is noted."))
    return go(home)
