"""Directories that come in and go out as files."""

import json
import tempfile
from pathlib import Path
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, request
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, ngettext, render, requires, say
from crm.plugin_api import gettext as _
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
    with tempfile.TemporaryDirectory() as folder:
        for each in uploads:
            each.save(Path(folder) / (Path(each.filename or "").name or "file"))
        saved = sorted(Path(folder).iterdir())
        tables = all(each.suffix.lower() == ".csv" for each in saved)
        if len(saved) > 1 and not tables:
            raise UserError(_("Choose one JSON or zip file, or any number of CSV files."))
        found = importing.read(Path(folder) if tables else saved[0], _mapping(), outcome)
    if request.form.get("apply") != "1":
        importing.plan(found, outcome, current_actor())
        return render("referrals/directory/import.html", None, outcome=outcome, planned=True)
    summary = ngettext("Imported %(num)s agency", "Imported %(num)s agencies", len(found))
    with db.transaction(current_actor(), "referrals.import", summary) as change:
        importing.apply(found, outcome)
    say(summary, change)
    return render("referrals/directory/import.html", None, outcome=outcome, planned=False)


def _mapping() -> Any:
    """What the columns of a vendor's files are; None for files in HSDS's own terms."""
    file = request.files.get("map")
    if file is None or not file.filename:
        return None
    try:
        found = json.loads(file.read(1_000_000).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(_("The mapping is not JSON: %(error)s.", error=error)) from error
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise UserError(_("The mapping has to name files, and for each its columns."))
    return found


@blueprint.get("/directory/export")
@requires(DIRECTORY)
def export() -> FlaskResponse:
    """The HSDS data package: its CSV files and their description, in one zip."""
    headers = {"Content-Disposition": "attachment; filename=hsds.zip"}
    return FlaskResponse(files.package(), mimetype="application/zip", headers=headers)
