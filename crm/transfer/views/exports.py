"""Taking a list out as a file: choose the form, get it at once, or fetch it when a worker has written it."""

from io import BytesIO

from flask import Response, abort, request, send_file, stream_with_context, url_for
from werkzeug.wrappers import Response as BaseResponse

from crm import access, db, htmx
from crm.access import current_actor, load, signed_in
from crm.errors import UserError
from crm.fields.choosing import chosen_ids
from crm.plugin_api.types import Exporter
from crm.runtime import runtime
from crm.transfer import exporting, exports
from crm.transfer.exporting import Export, Wanted
from crm.transfer.models import ExportRun
from crm.transfer.views.blueprint import blueprint

SHOWN_RUNS = 50


@blueprint.get("/exports")
@signed_in
def exported() -> Response:
    """The reader's own files."""
    if not exporting.exporters(current_actor()):
        abort(403)
    statement = access.visible(ExportRun, current_actor()).order_by(ExportRun.id.desc()).limit(SHOWN_RUNS)
    runs = db.session().scalars(statement).all()
    return htmx.render("transfer/exports.html", runs=runs)


@blueprint.get("/exports/<kind>/new")
@signed_in
def new_export(kind: str) -> Response:
    """The form of a file for a whole list, as its address describes it."""
    return _form(_exporter(kind), request.query_string.decode(), None)


@blueprint.post("/exports/<kind>/chosen")
@signed_in
def export_chosen(kind: str) -> Response:
    """The form of a file for what was chosen in a list."""
    exporter = _exporter(kind)
    query = request.form.get("query", "")
    if request.form.get("whole_list"):
        return _form(exporter, query, None)
    return _form(exporter, query, chosen_ids(kind, current_actor()))


@blueprint.post("/exports/<kind>")
@signed_in
def export(kind: str) -> BaseResponse:
    """The file, at once or by a worker."""
    exporter = _exporter(kind)
    ids = [int(each) for each in request.form.getlist("ids") if each.isdecimal() and len(each) < 19]
    query = request.form.get("query", "")
    wanted = Wanted(
        kind, request.form.get("format", ""), request.form.get("columns", "all"), query, ids or None
    )
    try:
        made = Export(wanted, current_actor())
        found = made.ids()
    except UserError as error:
        return _form(exporter, query, ids or None, error.message)
    if len(found) > exports.LARGE:
        return _by_worker(made)
    return _at_once(made, found)


def _exporter(kind: str) -> Exporter:
    actor = current_actor()
    exporter = runtime().exporters.get(kind) or abort(404)
    record_type = runtime().fields.type(kind)
    if not actor.can(record_type.permission):
        abort(404)
    return exporter if actor.can(exporter.permission) else abort(403)


def _form(exporter: Exporter, query: str, ids: list[int] | None, error: str = "") -> Response:
    record_type = runtime().fields.type(exporter.kind)
    return htmx.render(
        "transfer/export.html",
        None,
        422 if error else 200,
        exporter=exporter,
        record_type=record_type,
        query=query,
        ids=ids,
        error=error,
        back=f"{url_for(record_type.list_endpoint)}?{query}",
        chosen_format=request.form.get("format", "csv"),
        chosen_columns=request.form.get("columns", "all"),
    )


def _by_worker(made: Export) -> BaseResponse:
    actor = current_actor()
    with db.transaction(actor, "transfer.export"):
        run_id = exports.ask(made, actor).id
    return htmx.go(url_for("transfer.show_export", run_id=run_id))


def _at_once(made: Export, ids: list[int]) -> Response:
    """The file while it is made; of a workbook the beginning is known at its end only."""
    if made.wanted.format != "vcf":
        made.prepare(ids)
    if made.wanted.format == "xlsx":
        out = BytesIO()
        made.write(ids, out)
        response = Response(out.getvalue())
    else:
        response = Response(stream_with_context(made.blocks(ids)))
    response.mimetype = exporting.TYPES[made.wanted.format]
    response.headers.set("Content-Disposition", "attachment", filename=made.file_name)
    return _as_download(response)


def _as_download(response: Response) -> Response:
    """Should a browser show it after all, nothing in it may run."""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.get("/exports/<int:run_id>")
@signed_in
def show_export(run_id: int) -> Response:
    """How far a file is, and where to fetch it."""
    run: ExportRun = load(ExportRun, run_id)
    _exporter(run.kind)
    return htmx.render(
        "transfer/export_run.html", "transfer/_export_run.html", run=run, job=exports.job_of(run)
    )


@blueprint.get("/exports/<int:run_id>/file")
@signed_in
def fetch_export(run_id: int) -> Response:
    """The finished file, while its maker may see what is in it."""
    run: ExportRun = load(ExportRun, run_id)
    _exporter(run.kind)
    exports.require_same_rights(run, current_actor())
    path, name = exports.path_of(run), run.file_name
    return _as_download(send_file(path, exporting.TYPES[run.format], as_attachment=True, download_name=name))
