"""The directory: for those who sign in, for everybody, and for agencies by their link."""

from typing import Any
from urllib.parse import urlencode

from flask import abort, request, url_for
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    UserError,
    current_actor,
    day_here,
    db,
    go,
    ngettext,
    public,
    render,
    requires,
    runtime,
    say,
    visible,
)
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.forms import CapacityForm, ProposalForm, ServiceForm
from crm_referrals.models import Agency, Capacity, Offer, Proposal, Referral, Service
from crm_referrals.permissions import DIRECTORY, EDIT, VIEW, may_edit, may_route
from crm_referrals.services import entries, finding, nearness, places
from crm_referrals.states import OPEN
from crm_referrals.views.agencies import agency_to_edit
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.forms_of import empty_of, mark_of, refuse_stale, status_of
from crm_referrals.views.speaking import chosen

MOST = finding.MOST_LETTERS
_KEPT = frozenset({"q", "term", "zip", "language", "age", "free", "room", "within", "in"})
"""What an address says of a search; anything else in it would be taken for how to make an address."""


def _wanted() -> finding.Wanted:
    asked = {name: value.replace("\0", "")[:MOST] for name, value in request.args.items()}
    return finding.Wanted(
        asked.get("q", "").strip(),
        asked.get("term", ""),
        asked.get("zip", "").strip()[:10],
        asked.get("language", ""),
        finding.whole(asked.get("age", ""), 150),
        "free" in asked,
        "room" in asked,
        finding.whole(asked.get("within", ""), 500),
    )


def _after() -> tuple[str, int] | None:
    name, last = request.args.get("after", "").replace("\0", ""), finding.whole(request.args.get("id", ""))
    return (name, last) if last is not None else None


def _page(template: str, *, is_public: bool) -> Response:
    found = finding.search(_wanted(), after=_after(), public=is_public)
    more = found[finding.PAGE - 1] if len(found) > finding.PAGE else None
    kept = {name: value for name, value in request.args.items() if name in _KEPT}
    return render(
        template,
        None,
        found=found[: finding.PAGE],
        more=more,
        kept=kept,
        words=words,
        wanted=_wanted(),
        is_aside=_wanted().within is not None and nearness.center_of(_wanted().zip_code) is None,
        is_public=is_public,
        edits_all=not is_public and current_actor().can_everywhere(EDIT),
        proposed=0 if is_public else entries.count_proposals(current_actor()),
        languages=runtime().config.languages,
        spoken=finding.spoken,
        sets_kinds=not is_public
        and current_actor().can_everywhere(EDIT)
        and _wanted().term == finding.NO_KIND
        and bool(found),
    )


@blueprint.post("/directory/kinds")
@requires(EDIT)
def set_kinds() -> Response:
    """Say of many services at once what kind of need they meet: of the ticked ones, or of all found."""
    if not current_actor().can_everywhere(EDIT):
        abort(403)
    terms = [each for each in request.form.getlist("terms") if each in words.CATEGORIES]
    ticked = [number for each in request.form.getlist("id") if (number := finding.whole(each)) is not None]
    is_all = request.form.get("which") == "all" and _wanted().term == finding.NO_KIND
    if not terms:
        raise UserError(_("Choose the kind of need that they meet first."))
    if not ticked and not is_all:
        raise UserError(_("Tick the services that it is said of first."))
    summary = _("Said what kind of need services meet")
    with db.transaction(current_actor(), "referrals.kinds", summary) as change:
        count = entries.add_terms(_wanted(), None if is_all else ticked, terms)
    said = ngettext(
        "%(num)s service has a kind of need now.", "%(num)s services have a kind of need now.", count
    )
    say(said, change)
    return go(f"{url_for('referrals.index')}?{urlencode(request.args.to_dict())}")


@blueprint.get("/directory")
@requires(DIRECTORY)
def index() -> Response:
    """All services, with a search and filters."""
    return _page("referrals/directory/index.html", is_public=False)


@blueprint.get("/services")
@public
def public_index() -> Response:
    """The services that everybody may see."""
    with chosen("in"):
        return _page("referrals/directory/public.html", is_public=True)


MOST_ON_PAPER = 200


@blueprint.get("/services/print")
@public
def print_services() -> Response:
    """The services that were found, to hand to a family: what everybody may see, on paper."""
    found = finding.search(_wanted(), public=True, limit=MOST_ON_PAPER)
    shown = found[:MOST_ON_PAPER]
    with chosen("in"):
        return render(
            "referrals/directory/print.html",
            None,
            found=shown,
            is_cut=len(found) > len(shown),
            where=finding.open_places([each.service.id for each in shown]),
            hours={each.service.id: places.schedules_of(each.service) for each in shown},
            words=words,
            wanted=_wanted(),
        )


def service_or_404(service_id: int) -> tuple[Service, Agency]:
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


def service_to_edit(service_id: int) -> tuple[Service, Agency]:
    """A service whose agency's entries are the reader's to change."""
    row, agency = service_or_404(service_id)
    if not may_edit(current_actor(), agency):
        abort(403)
    return row, agency


def _details(service: Service, agency: Agency) -> dict[str, Any]:
    found = finding.decorate([(service, agency)])[0]
    today = day_here()
    given_at = finding.locations_of(service.id)
    return {
        "of_agency": [] if given_at else finding.of_agency(agency.id),
        "found": found,
        "service": service,
        "agency": agency,
        "words": words,
        "spoken": finding.spoken,
        "locations": given_at,
        "schedules": places.schedules_of(service),
        "is_assured": finding.is_assured(service, today),
    }


@blueprint.get("/directory/<int:service_id>")
@requires(DIRECTORY)
def service(service_id: int) -> Response:
    row, agency = service_or_404(service_id)
    waiting = select(Proposal).where(Proposal.service_id == row.id, Proposal.status == "waiting")
    said = select(Capacity).where(Capacity.service_id == row.id).order_by(Capacity.id.desc()).limit(5)
    return render(
        "referrals/directory/service.html",
        None,
        **_details(row, agency),
        is_public=False,
        may_edit=may_edit(current_actor(), agency),
        may_route=may_route(current_actor()),
        proposals=db.session().scalars(waiting).all(),
        capacities=db.session().scalars(said).all(),
        labels={each.name: each.label.text for each in ProposalForm()},
    )


@blueprint.get("/services/<int:service_id>")
@public
def public_service(service_id: int) -> Response:
    row, agency = service_or_404(service_id)
    if not row.is_public or agency.closed_on is not None or row.status in {"inactive", "defunct"}:
        abort(404)
    details = _details(row, agency)
    details["locations"] = [each for each in details["locations"] if not each.is_confidential]
    with chosen("in"):
        details["schedules"] = places.schedules_of(row)  # Its days are words.
        return render(
            "referrals/directory/public_service.html",
            None,
            **details,
            is_public=True,
            languages=runtime().config.languages,
        )


def _service_values(form: ServiceForm) -> dict[str, Any]:
    return {
        field.name: field.data if field.data is not None else empty_of(field.name)
        for field in form
        if field.name not in {"csrf_token", "terms", "documents"}
    }


@blueprint.route("/agencies/<int:agency_id>/services/new", methods=["GET", "POST"])
@requires(EDIT)
def new_service(agency_id: int) -> Response:
    agency, form = agency_to_edit(agency_id), ServiceForm()
    if form.sent():
        summary = _("Added the service %(name)s", name=form.name.data)
        with db.transaction(current_actor(), "referrals.service", summary) as change:
            row = entries.save_service(agency, None, _service_values(form), form.terms.data or ())
            places.set_documents(row, form.documents.data or "")
        say(_("The service is added."), change)
        return go(url_for("referrals.service", service_id=row.id))
    return render(
        "referrals/directory/form.html",
        None,
        status_of(form),
        form=form,
        title=_("New service of %(name)s", name=agency.name),
        agency=None,
    )


@blueprint.route("/directory/<int:service_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_service(service_id: int) -> Response:
    row, agency = service_to_edit(service_id)
    form = ServiceForm(obj=row)
    if request.method == "GET":
        form.terms.data = finding.terms_of([row.id]).get(row.id, [])
        form.area_codes.data = finding.spoken(row.area_codes)
        form.language_codes.data = ", ".join(words.languages(row.language_codes))
        form.documents.data = places.documents_of(row)
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.service", _("Changed %(name)s", name=row.name)
        ) as change:
            refuse_stale(row)
            entries.save_service(agency, row, _service_values(form), form.terms.data or ())
            places.set_documents(row, form.documents.data or "")
        say(_("The service is changed."), change)
        return go(url_for("referrals.service", service_id=row.id))
    return render(
        "referrals/directory/form.html",
        None,
        status_of(form),
        form=form,
        title=row.name,
        agency=None,
        seen=mark_of(row),
    )


@blueprint.post("/directory/<int:service_id>/assure")
@requires(EDIT)
def assure(service_id: int) -> Response:
    """Somebody has looked: all of it is right today."""
    row, _agency_of = service_to_edit(service_id)
    with db.transaction(current_actor(), "referrals.assure", _("Checked %(name)s", name=row.name)) as change:
        row.assured_on = day_here()
    say(_("Noted as checked today."), change)
    return go(url_for("referrals.service", service_id=row.id))


@blueprint.post("/directory/<int:service_id>/delete")
@requires(EDIT)
def delete_service(service_id: int) -> Response:
    from crm.plugin_api import system

    row, _agency_of = service_to_edit(service_id)
    with system("whether anybody was referred to a service"):
        named = or_(Referral.service_id == row.id, Referral.suggested_id == row.id)
        used = db.session().scalar(select(func.count(Referral.id)).where(named))
        used = used or db.session().scalar(
            select(func.count(Offer.id)).where(Offer.chosen_service_id == row.id)
        )
    if used:
        raise UserError(_("Students were referred to it, so it stays. Set it to “Ended” instead."))
    with db.transaction(current_actor(), "referrals.delete", _("Deleted %(name)s", name=row.name)) as change:
        entries.remove_service(row)
    say(_("The service is deleted."), change)
    return go(url_for("referrals.index"))


@blueprint.get("/proposals")
@requires(EDIT)
def proposals() -> Response:
    """What agencies want changed about their services, to be looked at."""
    rows = db.session().execute(entries.proposals(current_actor()).limit(200)).all()
    return render("referrals/directory/proposals.html", None, rows=rows)


@blueprint.post("/proposals/<int:proposal_id>")
@requires(EDIT)
def decide(proposal_id: int) -> Response:
    """Take over or refuse what an agency proposed."""
    proposal = db.session().get(Proposal, proposal_id)
    if proposal is None:
        abort(404)
    service_to_edit(proposal.service_id)
    with db.transaction(current_actor(), "referrals.decide", _("Decided about a proposed change")) as change:
        entries.decide(proposal, take=request.form.get("take") == "1")
    say(_("Saved."), change)
    return go(url_for("referrals.service", service_id=proposal.service_id))


@blueprint.route("/capacity/<int:service_id>", methods=["GET", "POST"])
@requires(EDIT)
def capacity(service_id: int) -> Response:
    """How full a service is, as it said by phone."""
    row, _agency_of = service_to_edit(service_id)
    form = CapacityForm()
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.capacity", _("How full: %(name)s", name=row.name)
        ) as change:
            entries.say_capacity(
                row, form.state.data, form.available.data, form.note.data or "", current_actor().label
            )
        say(_("Saved."), change)
        return go(url_for("referrals.service", service_id=row.id))
    return render(
        "referrals/directory/form.html", None, status_of(form), form=form, title=row.name, agency=None
    )


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
    found = finding.decorate([(row[0], row[1]) for row in rows])
    return render(
        "referrals/directory/of_contact.html",
        "referrals/directory/_of_contact.html",
        contact=contact,
        found=found,
        words=words,
        waiting=_at_agency(contact.id),
    )


def _at_agency(contact_id: int) -> dict[str, int] | None:
    """How many referrals an agency has, of those that the reader may see; None for who sees none at all."""
    actor = current_actor()
    if not actor.can(VIEW):
        return None
    agencies = select(Agency.id).where(Agency.contact_id == contact_id)
    sent = visible(Referral, actor, VIEW).where(
        Referral.agency_id.in_(agencies), Referral.sent_at.is_not(None), Referral.state.in_(sorted(OPEN))
    )
    rows = db.session().execute(sent.with_only_columns(Referral.due_at).limit(1000)).all()
    return {"open": len(rows), "late": sum(row[0] is not None and row[0] < db.now() for row in rows)}
