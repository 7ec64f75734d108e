"""Directories that come in and go out as files."""

from flask import Response as FlaskResponse
from flask import abort, request
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, ngettext, render, requires, say
from crm_referrals.hsds import files, importing
from crm_referrals.permissions import DIRECTORY, EDIT
from crm_referrals.views.blueprint import blueprint


@blueprint.route("/directory/import", methods=["GET", "POST"])
@requires(EDIT)
def import_page() -> Response:
    """Bring in a directory: HSDS as JSON or zip, or a vendor's CSV. What would happen is shown first."""
    if not current_actor().can_everywhere(EDIT):
        abort(403)
    uploads = [each for each in request.files.getlist("file") if each.filename]
    if not uploads:
        return render("referrals/directory/import.html", None, outcome=None, planned=False)
    outcome = importing.Outcome()
    sent = [(each.filename or "", each.read()) for each in uploads]
    found = importing.read_uploads(sent, _mapping(), outcome)
    if request.form.get("apply") != "1":
        importing.plan(found, outcome, current_actor())
        return render("referrals/directory/import.html", None, outcome=outcome, planned=True)
    summary = ngettext("Imported %(num)s agency", "Imported %(num)s agencies", len(found))
    with db.transaction(current_actor(), "referrals.import", summary) as change:
        importing.apply(found, outcome)
    say(summary, change)
    return render("referrals/directory/import.html", None, outcome=outcome, planned=False)


def _mapping() -> dict[str, dict[str, str]] | None:
    """What the columns of a vendor's files are; None for files in HSDS's own terms."""
    file = request.files.get("map")
    if file is None or not file.filename:
        return None
    return importing.mapping_of(file.read(1_000_000))


@blueprint.get("/directory/export")
@requires(DIRECTORY)
def export() -> FlaskResponse:
    """The HSDS data package: its CSV files and their description, in one zip."""
    headers = {"Content-Disposition": "attachment; filename=hsds.zip"}
    return FlaskResponse(files.package(), mimetype="application/zip", headers=headers)
