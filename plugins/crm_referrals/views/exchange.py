"""Directories that come in and go out as files."""

from collections.abc import Sequence

from flask import Response as FlaskResponse
from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, ngettext, render, requires, say
from crm.plugin_api import gettext as _
from crm_referrals.hsds import files, importing
from crm_referrals.permissions import DIRECTORY, EDIT, may_route
from crm_referrals.services import finding, places
from crm_referrals.views import carried
from crm_referrals.views.blueprint import blueprint


@blueprint.route("/directory/import", methods=["GET", "POST"])
@requires(EDIT)
def import_page() -> Response:
    """Bring in a directory: HSDS as JSON or zip, or a vendor's CSV. What would happen is shown first."""
    if not current_actor().can_everywhere(EDIT):
        abort(403)
    sent, mapping = _sent()
    if not sent:
        return _page(None)
    sender = request.form.get("sender", "").replace("\0", "").strip()[:80]
    outcome = importing.Outcome(
        overwrite=request.form.get("overwrite") == "1",
        sender=sender,
        tells_all=may_route(current_actor()),
    )
    found = importing.read_uploads(sent, importing.mapping_of(mapping) if mapping else None, outcome)
    if request.form.get("apply") != "1":
        importing.plan(found, outcome, current_actor())
        return _page(outcome, carried.pack(sent, mapping), [name for name, _content in sent])
    summary = ngettext("Imported %(num)s agency", "Imported %(num)s agencies", len(found))
    with db.transaction(current_actor(), "referrals.import", summary) as change:
        importing.apply(found, outcome)
    say(summary, change)
    return _page(outcome)


MOST_PLACES = 2000


@blueprint.post("/directory/import/places")
@requires(EDIT)
def take_places_away() -> Response:
    """Places that a file does not name any more go: those that are ticked, or all of them."""
    if not current_actor().can_everywhere(EDIT):
        abort(403)
    chosen = request.form.getlist("every" if request.form.get("which") == "all" else "place")
    pairs = [pair for each in chosen[:MOST_PLACES] if (pair := _pair(each)) is not None]
    if not pairs:
        raise UserError(_("Tick the places that are to be taken away first."))
    summary = _("Took away places that a file does not name any more")
    with db.transaction(current_actor(), "referrals.places", summary) as change:
        count = places.take_away(pairs)
    say(ngettext("%(num)s place is taken away.", "%(num)s places are taken away.", count), change)
    return go(url_for("referrals.import_page"))


def _pair(text: str) -> tuple[int, int] | None:
    """The ids of a service and a place, as the page writes them."""
    service_id, location_id = (finding.whole(each) for each in (text.partition(":")[::2]))
    return None if service_id is None or location_id is None else (service_id, location_id)


def _page(outcome: importing.Outcome | None, kept: str = "", names: Sequence[str] = ()) -> Response:
    return render(
        "referrals/directory/import.html",
        None,
        outcome=outcome,
        planned=bool(names),
        kept=kept,
        names=names,
        senders=places.senders(),
    )


def _sent() -> tuple[list[tuple[str, bytes]], bytes | None]:
    """The files and the mapping of a vendor's columns: those that were chosen, else those that came along
    from the page that showed what would happen."""
    uploads = [each for each in request.files.getlist("file") if each.filename]
    if not uploads:
        return carried.unpack(text) if (text := request.form.get("kept", "")) else ([], None)
    file = request.files.get("map")
    mapping = file.read(1_000_000) if file is not None and file.filename else None
    return [(each.filename or "", each.read()) for each in uploads], mapping


@blueprint.get("/directory/export")
@requires(DIRECTORY)
def export() -> FlaskResponse:
    """The HSDS data package: its CSV files and their description, in one zip."""
    headers = {"Content-Disposition": "attachment; filename=hsds.zip"}
    return FlaskResponse(files.package(), mimetype="application/zip", headers=headers)
