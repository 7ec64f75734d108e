"""The directory: for those who sign in, for everybody, and for agencies by their link."""

import tempfile
from pathlib import Path
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Actor,
    Form,
    UserError,
    current_actor,
    db,
    go,
    ngettext,
    public,
    render,
    requires,
    say,
    send_mail,
)
from crm.plugin_api import gettext as _
from crm_referrals import links, words
from crm_referrals.forms import AgencyForm, CapacityForm, ProposalForm, ServiceForm
from crm_referrals.hsds import files, importing
from crm_referrals.models import Agency, Capacity, Proposal, Referral, Service
from crm_referrals.permissions import DIRECTORY, EDIT
from crm_referrals.services import directory
from crm_referrals.views.blueprint import blueprint


def _status_of(form: Form) -> int:
    """422 for a form that came back with mistakes; some of these forms have a field named status."""
    return 422 if form.errors else 200


def _wanted() -> directory.Wanted:
    asked = request.args
    age = asked.get("age", "")
    return directory.Wanted(
        asked.get("q", "").strip()[:200],
        asked.get("term", ""),
        asked.get("zip", "").strip()[:10],
        asked.get("language", ""),
        int(age) if age.isdigit() else None,
        "free" in asked,
        "room" in asked,
    )


def _after() -> tuple[str, int] | None:
    name, last = request.args.get("after", ""), request.args.get("id", "")
    return (name, int(last)) if last.isdigit() else None


def _page(template: str, *, is_public: bool) -> Response:
    found = directory.search(_wanted(), after=_after(), public=is_public)
    more = found[directory.PAGE - 1] if len(found) > directory.PAGE else None
    kept = {name: value for name, value in request.args.items() if name not in {"after", "id"}}
    return render(
        template,
        None,
        found=found[: directory.PAGE],
        more=more,
        kept=kept,
        words=words,
        wanted=_wanted(),
        is_public=is_public,
        spoken=directory.spoken,
    )


@blueprint.get("/directory")
@requires(DIRECTORY)
def index() -> Response:
    """All services, with a search and filters."""
    return _page("referrals/directory/index.html", is_public=False)


@blueprint.get("/services")
@public
def public_index() -> Response:
    """The services that everybody may see."""
    return _page("referrals/directory/public.html", is_public=True)


def _service(service_id: int) -> tuple[Service, Agency]:
    row = (
        db.session()
        .execute(
            select(Service, Agency)
            .join(Agency, Agency.id == Service.agency_id)
            .where(Service.id == service_id)
        )
        .one_or_none()
    )
    if row is None:
        abort(404)
    return row[0], row[1]


def _details(service: Service, agency: Agency) -> dict[str, Any]:
    found = directory.decorate([(service, agency)])[0]
    today = db.now().date()
    return {
        "found": found,
        "service": service,
        "agency": agency,
        "words": words,
        "spoken": directory.spoken,
        "locations": directory.locations_of(service.id),
        "is_assured": directory.is_assured(service, today),
    }


@blueprint.get("/directory/<int:service_id>")
@requires(DIRECTORY)
def service(service_id: int) -> Response:
    row, agency = _service(service_id)
    waiting = select(Proposal).where(Proposal.service_id == row.id, Proposal.status == "waiting")
    said = select(Capacity).where(Capacity.service_id == row.id).order_by(Capacity.id.desc()).limit(5)
    return render(
        "referrals/directory/service.html",
        None,
        **_details(row, agency),
        is_public=False,
        proposals=db.session().scalars(waiting).all(),
        capacities=db.session().scalars(said).all(),
        link=links.address(links.AGENCY, agency.id, agency.link_version),
    )


@blueprint.get("/services/<int:service_id>")
@public
def public_service(service_id: int) -> Response:
    row, agency = _service(service_id)
    if not row.is_public or agency.closed_on is not None or row.status in {"inactive", "defunct"}:
        abort(404)
    details = _details(row, agency)
    details["locations"] = [each for each in details["locations"] if not each.is_confidential]
    return render("referrals/directory/public_service.html", None, **details, is_public=True)


def _agency_values(form: AgencyForm) -> dict[str, Any]:
    names = (
        "name",
        "description",
        "website",
        "phone",
        "email",
        "notice_email",
        "notice",
        "respond_days",
        "weekly_cap",
        "acknowledges_only",
    )
    return {name: form[name].data if form[name].data is not None else _empty(name) for name in names}


def _empty(name: str) -> Any:
    return None if name in {"weekly_cap", "minimum_age", "maximum_age"} else ""


@blueprint.route("/agencies/new", methods=["GET", "POST"])
@requires(EDIT)
def new_agency() -> Response:
    form = AgencyForm()
    if form.sent():
        summary = _("Added the agency %(name)s", name=form.name.data)
        with db.transaction(current_actor(), "referrals.agency", summary) as change:
            agency = directory.save_agency(None, _agency_values(form))
        say(_("The agency is added. Now add what it does."), change)
        return go(url_for("referrals.new_service", agency_id=agency.id))
    return render(
        "referrals/directory/form.html", None, _status_of(form), form=form, title=_("New agency"), agency=None
    )


def _agency(agency_id: int) -> Agency:
    agency = db.session().get(Agency, agency_id)
    if agency is None:
        abort(404)
    return agency


@blueprint.route("/agencies/<int:agency_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit_agency(agency_id: int) -> Response:
    agency = _agency(agency_id)
    form = AgencyForm(obj=agency)
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.agency", _("Changed %(name)s", name=agency.name)
        ) as change:
            directory.save_agency(agency, _agency_values(form))
        say(_("The agency is changed."), change)
        return go(url_for("referrals.index", q=agency.name))
    return render(
        "referrals/directory/form.html", None, _status_of(form), form=form, title=agency.name, agency=agency
    )


@blueprint.post("/agencies/<int:agency_id>/close")
@requires(EDIT)
def close_agency(agency_id: int) -> Response:
    """It gives no services any more: nothing can be referred to it, and its links end."""
    agency = _agency(agency_id)
    with db.transaction(current_actor(), "referrals.close", _("Closed %(name)s", name=agency.name)) as change:
        agency.closed_on = None if agency.closed_on else db.now().date()
        agency.link_version += 1
    say(_("Saved. Its old links work no more."), change)
    return go(url_for("referrals.edit_agency", agency_id=agency.id))


@blueprint.post("/agencies/<int:agency_id>/link")
@requires(EDIT)
def send_link(agency_id: int) -> Response:
    """Mail the agency its link, by which it looks after its own entries."""
    agency = _agency(agency_id)
    address = agency.notice_email or agency.email
    if not address:
        raise UserError(_("The agency has no email address. Write one on its page first."))
    link = links.address(links.AGENCY, agency.id, agency.link_version)
    with db.transaction(current_actor(), "referrals.link"):
        text = _("Please look whether what we say about you is right, and how full you are:")
        send_mail(
            address, _("Your entries in the directory of services"), f"{text}\n\n{link}\n", "referral_link"
        )
    say(_("The link is on its way to %(address)s.", address=address))
    return go(url_for("referrals.edit_agency", agency_id=agency.id))


def _service_values(form: ServiceForm) -> dict[str, Any]:
    return {
        field.name: field.data if field.data is not None else _empty(field.name)
        for field in form
        if field.name not in {"csrf_token", "terms"}
    }


@blueprint.route("/agencies/<int:agency_id>/services/new", methods=["GET", "POST"])
@requires(EDIT)
def new_service(agency_id: int) -> Response:
    agency, form = _agency(agency_id), ServiceForm()
    if form.sent():
        summary = _("Added the service %(name)s", name=form.name.data)
        with db.transaction(current_actor(), "referrals.service", summary) as change:
            row = directory.save_service(agency, None, _service_values(form), form.terms.data or ())
        say(_("The service is added."), change)
        return go(url_for("referrals.service", service_id=row.id))
    return render(
        "referrals/directory/form.html",
        None,
        _status_of(form),
        form=form,
        title=_("New service of %(name)s", name=agency.name),
        agency=None,
    )


@blueprint.route("/directory/<int:service_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_service(service_id: int) -> Response:
    row, agency = _service(service_id)
    form = ServiceForm(obj=row)
    if request.method == "GET":
        form.terms.data = directory.terms_of([row.id]).get(row.id, [])
        form.area_codes.data = directory.spoken(row.area_codes)
        form.language_codes.data = directory.spoken(row.language_codes)
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.service", _("Changed %(name)s", name=row.name)
        ) as change:
            directory.save_service(agency, row, _service_values(form), form.terms.data or ())
        say(_("The service is changed."), change)
        return go(url_for("referrals.service", service_id=row.id))
    return render(
        "referrals/directory/form.html", None, _status_of(form), form=form, title=row.name, agency=None
    )


@blueprint.post("/directory/<int:service_id>/assure")
@requires(EDIT)
def assure(service_id: int) -> Response:
    """Somebody has looked: all of it is right today."""
    row, _agency_of = _service(service_id)
    with db.transaction(current_actor(), "referrals.assure", _("Checked %(name)s", name=row.name)) as change:
        row.assured_on = db.now().date()
    say(_("Noted as checked today."), change)
    return go(url_for("referrals.service", service_id=row.id))


@blueprint.post("/directory/<int:service_id>/delete")
@requires(EDIT)
def delete_service(service_id: int) -> Response:
    from crm.plugin_api import system

    row, _agency_of = _service(service_id)
    with system("whether anybody was referred to a service"):
        used = db.session().scalar(select(func.count(Referral.id)).where(Referral.service_id == row.id))
    if used:
        raise UserError(_("Students were referred to it, so it stays. Set it to “Ended” instead."))
    with db.transaction(current_actor(), "referrals.delete", _("Deleted %(name)s", name=row.name)) as change:
        directory.remove_service(row)
    say(_("The service is deleted."), change)
    return go(url_for("referrals.index"))


@blueprint.post("/proposals/<int:proposal_id>")
@requires(EDIT)
def decide(proposal_id: int) -> Response:
    """Take over or refuse what an agency proposed."""
    proposal = db.session().get(Proposal, proposal_id)
    if proposal is None:
        abort(404)
    with db.transaction(current_actor(), "referrals.decide", _("Decided about a proposed change")) as change:
        directory.decide(proposal, take=request.form.get("take") == "1")
    say(_("Saved."), change)
    return go(url_for("referrals.service", service_id=proposal.service_id))


@blueprint.route("/capacity/<int:service_id>", methods=["GET", "POST"])
@requires(EDIT)
def capacity(service_id: int) -> Response:
    """How full a service is, as it said by phone."""
    row, _agency_of = _service(service_id)
    form = CapacityForm()
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.capacity", _("How full: %(name)s", name=row.name)
        ) as change:
            directory.say_capacity(
                row, form.state.data, form.available.data, form.note.data or "", current_actor().label
            )
        say(_("Saved."), change)
        return go(url_for("referrals.service", service_id=row.id))
    return render(
        "referrals/directory/form.html", None, _status_of(form), form=form, title=row.name, agency=None
    )


# An agency by its link: reading changes nothing; only buttons do.


def _by_link(token: str) -> Agency | None:
    told = links.read(links.AGENCY, token)
    agency = db.session().get(Agency, told[0]) if told else None
    if agency is None or told is None or agency.link_version != told[1] or agency.closed_on is not None:
        return None
    return agency


@blueprint.get("/for-agencies/<token>")
@public
def agency_link(token: str) -> Response:
    """What an agency's entries say, with a form for each and how full it is."""
    agency = _by_link(token)
    if agency is None:
        return render("referrals/link_unknown.html", None, 404)
    rows = db.session().scalars(
        select(Service).where(Service.agency_id == agency.id).order_by(Service.sort_name)
    )
    found = directory.decorate([(row, agency) for row in rows])
    return render(
        "referrals/directory/of_agency.html",
        None,
        agency=agency,
        found=found,
        words=words,
        token=token,
        form=CapacityForm(),
    )


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
        return go(url_for("referrals.agency_link", token=token))
    return render(
        "referrals/directory/propose.html", None, _status_of(form), form=form, service=row, token=token
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
    return go(url_for("referrals.agency_link", token=token))


# In and out.


@blueprint.route("/directory/import", methods=["GET", "POST"])
@requires(EDIT)
def import_page() -> Response:
    """Bring in a directory: HSDS as JSON or zip. What would happen is shown first."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return render("referrals/directory/import.html", None, outcome=None, planned=False)
    apply = request.form.get("apply") == "1"
    outcome = importing.Outcome()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(upload.filename).name
        upload.save(path)
        found = importing.read(path, None, outcome)
    count = len(found)
    summary = ngettext("Imported %(num)s agency", "Imported %(num)s agencies", count)
    try:
        with db.transaction(current_actor(), "referrals.import", summary) as change:
            importing.apply(found, outcome)
            if not apply:
                raise _OnlyPlanned  # noqa: TRY301  # It is what rolls the transaction back.
    except _OnlyPlanned:
        return render("referrals/directory/import.html", None, outcome=outcome, planned=True)
    say(summary, change)
    return render("referrals/directory/import.html", None, outcome=outcome, planned=False)


class _OnlyPlanned(Exception):
    """Ends a transaction that was only to see what would happen."""


@blueprint.get("/directory/export")
@requires(DIRECTORY)
def export() -> FlaskResponse:
    """The HSDS data package: its CSV files and their description, in one zip."""
    headers = {"Content-Disposition": "attachment; filename=hsds.zip"}
    return FlaskResponse(files.package(), mimetype="application/zip", headers=headers)


@blueprint.get("/of-contact/<int:contact_id>")
@requires(DIRECTORY)
def of_contact(contact_id: int) -> Response:
    """The services of an organization: the panel of its page."""
    from crm.plugin_api import Contact, load

    contact = load(Contact, contact_id)
    rows = db.session().execute(
        select(Service, Agency)
        .join(Agency, Agency.id == Service.agency_id)
        .where(Agency.contact_id == contact.id)
    )
    found = directory.decorate([(row[0], row[1]) for row in rows])
    return render(
        "referrals/directory/of_contact.html",
        "referrals/directory/_of_contact.html",
        contact=contact,
        found=found,
        words=words,
    )
