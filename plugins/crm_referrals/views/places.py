"""Forms for where and when a service is given."""

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, go, render, requires, say
from crm.plugin_api import gettext as _
from crm_referrals.forms import LocationForm, ScheduleForm
from crm_referrals.models import Location
from crm_referrals.permissions import EDIT, may_route
from crm_referrals.services import finding, places
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.directory import service_to_edit

_TEXTS = ("kind", "name", "address", "city", "state", "postal_code", "transportation")
_OTHERS = ("latitude", "longitude", "is_confidential")


@blueprint.route("/directory/<int:service_id>/places/new", methods=["GET", "POST"])
@blueprint.route("/directory/<int:service_id>/places/<int:location_id>", methods=["GET", "POST"])
@requires(EDIT)
def place(service_id: int, location_id: int | None = None) -> Response:
    """A new place of a service, or one that is changed."""
    row, agency = service_to_edit(service_id)
    location = _location_or_404(location_id, agency.id) if location_id else None
    if location is not None:
        _refuse_confidential(location)
    form = LocationForm(obj=location)
    if form.sent():
        values = {name: form[name].data or "" for name in _TEXTS} | {
            name: form[name].data for name in _OTHERS
        }
        summary = _("Changed where %(name)s is given", name=row.name)
        with db.transaction(current_actor(), "referrals.place", summary) as change:
            places.save_location(row, location, values)
        say(_("The place is saved."), change)
        return go(url_for("referrals.service", service_id=row.id))
    others = [] if location else places.others_of(row)
    return render(
        "referrals/directory/place.html",
        None,
        form.status,
        form=form,
        service=row,
        location=location,
        others=others,
    )


def _location_or_404(location_id: int, agency_id: int) -> Location:
    location = db.session().get(Location, location_id)
    if location is None or location.agency_id != agency_id:
        abort(404)
    return location


def _location_of(agency_id: int) -> Location:
    number = finding.whole(request.form.get("location_id", ""))
    return abort(404) if number is None else _location_or_404(number, agency_id)


def _refuse_confidential(location: Location) -> None:
    """Where a shelter is, and that it may be told, is for those who look after the children sent there."""
    if location.is_confidential and not may_route(current_actor()):
        abort(403)


@blueprint.post("/directory/<int:service_id>/places/join")
@requires(EDIT)
def join_place(service_id: int) -> Response:
    """The service is given at a place of its agency that is known already."""
    row, agency = service_to_edit(service_id)
    location = _location_of(agency.id)
    summary = _("Changed where %(name)s is given", name=row.name)
    with db.transaction(current_actor(), "referrals.place", summary) as change:
        places.join(row, location)
    say(_("The place is saved."), change)
    return go(url_for("referrals.service", service_id=row.id))


@blueprint.post("/directory/<int:service_id>/places/leave")
@requires(EDIT)
def leave_place(service_id: int) -> Response:
    """The service is given at a place no more."""
    row, agency = service_to_edit(service_id)
    location = _location_of(agency.id)
    _refuse_confidential(location)
    summary = _("Changed where %(name)s is given", name=row.name)
    with db.transaction(current_actor(), "referrals.place", summary) as change:
        places.leave(row, location)
    say(_("The place is taken away."), change)
    return go(url_for("referrals.service", service_id=row.id))


@blueprint.route("/directory/<int:service_id>/hours", methods=["GET", "POST"])
@requires(EDIT)
def hours(service_id: int) -> Response:
    """When a service is open: what is known, and one more line."""
    row, _agency = service_to_edit(service_id)
    form = ScheduleForm()
    if form.sent():
        with db.transaction(
            current_actor(), "referrals.hours", _("Changed when %(name)s is open", name=row.name)
        ) as change:
            places.add_schedule(
                row, form.days.data or (), form.opens_at.data, form.closes_at.data, form.note.data or ""
            )
        say(_("The hours are saved."), change)
        return go(url_for("referrals.hours", service_id=row.id))
    return render(
        "referrals/directory/hours.html",
        None,
        form.status,
        form=form,
        service=row,
        schedules=places.schedules_of(row),
    )


@blueprint.post("/directory/<int:service_id>/hours/drop")
@requires(EDIT)
def drop_hours(service_id: int) -> Response:
    row, _agency = service_to_edit(service_id)
    with db.transaction(
        current_actor(), "referrals.hours", _("Changed when %(name)s is open", name=row.name)
    ) as change:
        places.drop_schedule(row, request.form.get("uid", ""))
    say(_("The hours are taken away."), change)
    return go(url_for("referrals.hours", service_id=row.id))
