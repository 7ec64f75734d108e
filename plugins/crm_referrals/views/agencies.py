"""Agencies as staff keep them: what stands about them, where their referrals go, their links, their end."""

from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Contact,
    UserError,
    current_actor,
    db,
    go,
    render,
    requires,
    say,
    send_mail,
    visible,
)
from crm.plugin_api import gettext as _
from crm_referrals.forms import AgencyForm
from crm_referrals.models import Agency
from crm_referrals.permissions import COORDINATE, EDIT, may_edit, may_route
from crm_referrals.services import ending, entries
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.forms_of import empty_of, mark_of, refuse_stale, status_of


def _agency_values(form: AgencyForm) -> dict[str, Any]:
    names = (
        "name",
        "contact_id",
        "description",
        "website",
        "phone",
        "email",
        "notice_email",
        "notice",
        "respond_days",
        "weekly_cap",
        "language",
        "acknowledges_only",
    )
    return {
        name: form[name].data if form[name].data is not None else empty_of(name)
        for name in names
        if name in form
    }


def _agency_form(agency: Agency | None = None) -> AgencyForm:
    """Where referrals go decides who reads about students, so only coordinators find those fields."""
    form, actor = AgencyForm(obj=agency), current_actor()
    if not may_route(actor):
        for name in (*entries.ROUTING, "acknowledges_only"):
            del form[name]
    elif not actor.can("contacts.view"):  # Nobody chooses from what they cannot see.
        del form["contact_id"]
    return form


def _routed(form: AgencyForm) -> dict[str, Any]:
    """What the form says, with the organization that it belongs to where the form asks for it."""
    values = _agency_values(form)
    return entries.with_contact(values, current_actor()) if "contact_id" in form else values


@blueprint.route("/agencies/new", methods=["GET", "POST"])
@requires(EDIT)
def new_agency() -> Response:
    if not current_actor().can_everywhere(EDIT):
        abort(403)
    form = _agency_form()
    if form.sent():
        summary = _("Added the agency %(name)s", name=form.name.data)
        with db.transaction(current_actor(), "referrals.agency", summary) as change:
            agency = entries.save_agency(None, entries.with_contact(_agency_values(form), current_actor()))
        say(_("The agency is added. Now add what it does."), change)
        return go(url_for("referrals.new_service", agency_id=agency.id))
    return render(
        "referrals/directory/form.html", None, status_of(form), form=form, title=_("New agency"), agency=None
    )


def agency_or_404(agency_id: int) -> Agency:
    agency = db.session().get(Agency, agency_id)
    if agency is None:
        abort(404)
    return agency


def agency_to_edit(agency_id: int) -> Agency:
    """An agency whose entries are the reader's to change; they know of the others, so 403."""
    agency = agency_or_404(agency_id)
    if not may_edit(current_actor(), agency):
        abort(403)
    return agency


@blueprint.route("/agencies/<int:agency_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit_agency(agency_id: int) -> Response:
    agency = agency_to_edit(agency_id)
    form = _agency_form(agency)
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.agency", _("Changed %(name)s", name=agency.name)
        ) as change:
            refuse_stale(agency)
            values = _routed(form)
            entries.reroute(agency, values)
            entries.save_agency(agency, values)
        say(_("The agency is changed."), change)
        return go(url_for("referrals.edit_agency", agency_id=agency.id))
    return render(
        "referrals/directory/form.html",
        None,
        status_of(form),
        form=form,
        title=agency.name,
        agency=agency,
        may_route=may_route(current_actor()),
        open_there=ending.open_at(agency) if may_route(current_actor()) else 0,
        link=entries.link_of(agency) if may_route(current_actor()) else "",
        seen=mark_of(agency),
        sees_organization=_sees_organization(agency),
    )


def _sees_organization(agency: Agency) -> bool:
    """Whether the reader may open what the agency is among the contacts."""
    if agency.contact_id is None or not current_actor().can("contacts.view"):
        return False
    found = visible(Contact, current_actor()).where(Contact.id == agency.contact_id)
    return db.session().scalars(found).first() is not None


@blueprint.post("/agencies/<int:agency_id>/close")
@requires(COORDINATE)
def close_agency(agency_id: int) -> Response:
    """It gives no services any more: nothing can be referred to it, and its links end."""
    agency = agency_or_404(agency_id)
    if not may_route(current_actor()):
        abort(403)
    with db.transaction(current_actor(), "referrals.close", _("Closed %(name)s", name=agency.name)) as change:
        if agency.closed_on is None:
            ending.close(agency)
        else:
            agency.closed_on = None
            agency.link_version += 1
    say(_("Saved. Its old links work no more."), change)
    return go(url_for("referrals.edit_agency", agency_id=agency.id))


@blueprint.post("/agencies/<int:agency_id>/link")
@requires(EDIT)
def send_link(agency_id: int) -> Response:
    """Mail the agency its link, by which it looks after its own entries."""
    agency = agency_to_edit(agency_id)
    address = entries.address_of(agency)
    if not address:
        raise UserError(_("The agency has no email address. Write one on its page first."))
    link = entries.link_of(agency)
    with db.transaction(current_actor(), "referrals.link"):
        text = _("Please look whether what we say about you is right, and how full you are:")
        send_mail(
            address, _("Your entries in the directory of services"), f"{text}\n\n{link}\n", "referral_link"
        )
    say(_("The link is on its way to %(address)s.", address=address))
    return go(url_for("referrals.edit_agency", agency_id=agency.id))
