"""Directories that come in and go out as files."""

import tempfile
from pathlib import Path

from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, ngettext, render, requires, say
from crm_referrals.hsds import files, importing
from crm_referrals.permissions import DIRECTORY, EDIT
from crm_referrals.views.blueprint import blueprint


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
