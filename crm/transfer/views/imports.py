"""An import in the browser: choose a file, say what its columns hold, look at the plan, let it happen."""

from collections.abc import Mapping
from io import BytesIO
from itertools import islice
from typing import Any

from flask import abort, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access import current_actor, load, signed_in
from crm.errors import UserError
from crm.fields.filters import as_id
from crm.jobs.models import Job
from crm.pages import say
from crm.runtime import runtime
from crm.transfer import choices, own, reasons, rows, runs, sources
from crm.transfer import mapping as columns
from crm.transfer.kinds import (
    ALIKE,
    AsksColumns,
    ImportHandler,
    KeepsColumns,
    KnowsAlike,
    LeadsOn,
    Line,
    OpensFiles,
)
from crm.transfer.models import ImportRun
from crm.transfer.permissions import readable
from crm.transfer.readers import TableSource
from crm.transfer.views.blueprint import blueprint

PREVIEWED = 5
SIDE_BY_SIDE = 3
PAGE = 50
SHOWN_RUNS = 50
SHOWN = (ALIKE, "create", "update", "unchanged", "rejected", "skipped")
ANSWER = "answer-"
UNWRITTEN = frozenset({"uploaded", "planning", "planned"})
ACTIONS = ("create", "update", "unchanged", "rejected", "skipped")


@blueprint.get("/imports")
@signed_in
def imports() -> Response:
    """The imports that the reader may see, newest first."""
    if not runs.importers(current_actor()):
        abort(403)
    statement = access.visible(ImportRun, current_actor()).where(readable(current_actor()))
    found = db.session().scalars(statement.order_by(ImportRun.id.desc()).limit(SHOWN_RUNS)).all()
    return htmx.render(
        "transfer/imports.html",
        runs=found,
        undone={run.id: runs.undone_by(run) for run in found},
        stopped={run.id for run in found if run.status in {"planning", "applying"} and not runs.is_busy(run)},
    )


@blueprint.route("/imports/new", methods=["GET", "POST"])
@signed_in
def new_import() -> Response:
    """Choose a file. What cannot be imported is said here, before anything else."""
    actor = current_actor()
    kinds = runs.importers(actor)
    if not kinds:
        abort(403)
    error = ""
    if request.method == "POST":
        try:
            return _begin(request.files.get("file"))
        except UserError as problem:
            error = problem.message
    return htmx.render(
        "transfer/new.html",
        None,
        422 if error else 200,
        kinds=kinds,
        own_kind=own.KIND,
        error=error,
        most=runtime().config.max_upload,
    )


def _begin(upload: FileStorage | None) -> Response:
    if upload is None or not upload.filename:
        raise UserError(_("Choose a file first."))
    actor = current_actor()
    kind = request.form.get("kind") or runs.importers(actor)[0].kind
    with db.transaction(actor, "transfer.begin"):
        run = runs.begin(kind, upload.stream, upload.filename, actor, most=runtime().config.max_upload)
        # A file of cards has no columns to be asked about, and the headers of others say all that is needed.
        if not runs.asks_columns(run):
            runs.ask_for_plan(run, actor)
    return htmx.go(url_for("transfer.show_import", run_id=run.id))


@blueprint.get("/imports/<int:run_id>")
@signed_in
def show_import(run_id: int) -> Response:  # noqa: PLR0911  # An import has a page for each state.
    """Where an import is: its columns, its plan, its progress, or what came of it."""
    run = _run(run_id)
    handler = runs.handler_of(run)
    job = runs.job_of(run)
    if runs.is_busy(run):
        return htmx.render("transfer/progress.html", "transfer/_progress.html", run=run, job=job)
    if htmx.wants_fragment() and "show" not in request.args:
        return htmx.go(url_for("transfer.show_import", run_id=run_id))
    may_ask = run.status in UNWRITTEN and _may_ask(run, handler)
    if may_ask and "columns" in request.args:
        return _columns_page(run, handler)
    if job is not None and job.status == "failed":
        return _failed_page(run, job)
    if run.status == "applying" or (run.status == "planning" and not runs.has_columns(run)):
        return _failed_page(run, None)
    if may_ask and run.status != "planned":
        return _columns_page(run, handler)
    return _plan_page(run, handler)


def _may_ask(run: ImportRun, handler: ImportHandler) -> bool:
    """Whether there is anything to be said of its file: an archive has no columns, and may be anybody's."""
    return runs.has_columns(run) or (isinstance(handler, KeepsColumns) and runs.asks_columns(run))


def _failed_page(run: ImportRun, job: Job | None) -> Response:
    """What went wrong, or that somebody stopped it, and how to go on."""
    reads_itself = isinstance(runs.handler_of(run), OpensFiles)
    again = run.status == "planning" and (reads_itself or not runs.has_columns(run))
    return htmx.render(
        "transfer/failed.html",
        run=run,
        job=job,
        undone_by=runs.undone_by(run),
        again=again,
        columns=reads_itself and runs.has_columns(run) and run.status in {"planning", "planned"},
        onward=_onward(run, done=False) if job is not None and run.status == "planning" else [],
    )


def _onward(run: ImportRun, *, done: bool) -> list[tuple[str, str]]:
    """Where people go from here, by what the kind knows; else to the contacts that came, or to its page."""
    handler = runs.handler_of(run)
    if isinstance(handler, LeadsOn):
        return list(handler.onward(run.id, sources.options_of(run), done=done))
    if done and runs.tags_everybody(handler):
        return [(url_for("contacts.index", f=f"imported_with:is:{run.id}"), _("See the contacts"))]
    endpoint = runs.importer(run.kind).endpoint
    return [(url_for(endpoint), _("See what is there now"))] if done and endpoint else []


def _run(run_id: int) -> ImportRun:
    """404 for what is not the reader's to see, 403 when the right to import was taken since."""
    found: ImportRun = load(ImportRun, run_id)
    runs.require_to_read(found, current_actor())
    return found


def _columns_page(
    run: ImportRun, handler: ImportHandler, error: str = "", sent: runs.Choice | None = None
) -> Response:
    """What the columns hold, as it is kept, or as somebody `sent` it with an error in it."""
    sample = _sample(sources.source_of(run, handler))
    mapping = columns.mapping_from_headers(sent.mapping if sent else run.mapping, run.headers)
    options = {**sources.options_of(run), **((sent and sent.answers) or {})}
    if run.kind == own.KIND:
        mapping = own.resolved(mapping)
    return htmx.render(
        "transfer/columns.html",
        None,
        422 if error else 200,
        run=run,
        handler=handler,
        error=error,
        choices=handler.choices(),
        mapping=mapping,
        examples=_examples(run.headers, sample),
        **_preview(run, handler, mapping, sample),
        notices=[*_of_another_kind(run), *runs.notices(run)],
        custom=columns.CUSTOM,
        own={columns.CUSTOM + each.key for each in own.defined()},
        chosen=sent or run,
        tag=(sent.tag if sent else runs.tag_of(run)) if runs.tags_everybody(handler) else None,
        reads_itself=isinstance(handler, OpensFiles),
        lacks=_lacks(run, handler, error),
        questions=handler.questions(options) if isinstance(handler, KeepsColumns) else (),
    )


def _of_another_kind(run: ImportRun) -> list[str]:
    """That the file looks as if it had been meant as something else than contacts."""
    meant = runs.meant_instead(run)
    if meant is None:
        return []
    if not current_actor().can_everywhere(meant.permission):
        return [
            _(
                "The columns look like those of “%(kind)s”. Here everybody in the file would become a "
                "contact: discard the file and ask an administrator to import it, unless this is what you "
                "want.",
                kind=meant.label,
            )
        ]
    return [
        _(
            "The columns look like those of “%(kind)s”. Here everybody in the file would become a contact: "
            "discard the file and choose that kind instead, unless this is what you want.",
            kind=meant.label,
        )
    ]


def _sample(source: Any) -> Any:
    return source.sample(PREVIEWED) if isinstance(source, (TableSource, AsksColumns)) else []


def _lacks(run: ImportRun, handler: ImportHandler, error: str) -> list[str]:
    """What a kind that reads files itself still has to be told."""
    source: Any = sources.source_of(run, handler) if isinstance(handler, OpensFiles) and not error else None
    return list(source.lacks) if isinstance(source, AsksColumns) else []


def _examples(headers: list[str], sample: Any) -> list[list[str]]:
    """Up to three values of each column."""
    return [
        list(islice((cells[index] for cells in sample if index < len(cells) and cells[index]), 3))
        for index in range(len(headers))
    ]


def _preview(run: ImportRun, handler: ImportHandler, mapping: dict[int, str], sample: Any) -> dict[str, Any]:
    """The first people side by side, by the fields that any of them fills."""
    people = _people(run, handler, mapping, sample)
    side_by_side = people[:SIDE_BY_SIDE]
    filled = (fact for person in side_by_side for fact in person["facts"] if fact[1] != person["label"])
    fields = dict.fromkeys(label for label, _value in filled)
    return {"people": people, "fields": list(fields), "shown": SIDE_BY_SIDE}


def _people(
    run: ImportRun, handler: ImportHandler, mapping: dict[int, str], sample: Any
) -> list[dict[str, Any]]:
    """The first rows as they would come in, with what is odd about them."""
    if isinstance(handler, OpensFiles):
        source = sources.source_of(run, handler, columns.mapping_by_header(mapping, run.headers))
        rows_ = [source.preview(cells) for cells in sample] if isinstance(source, AsksColumns) else []
        return [{"label": label, "facts": facts, "problems": odd} for label, facts, odd in rows_]
    clean = handler.cleaner(run.headers, mapping, runtime().config.default_region)
    found = []
    for cells in sample:
        record, problems = clean(cells)
        found.append(
            {
                "label": handler.label(record) if record is not None else "",
                "facts": handler.describe(record) if record is not None else [],
                "problems": [problem.sentence for problem in problems],
            }
        )
    return found


@blueprint.post("/imports/<int:run_id>/plan")
@signed_in
def plan_import(run_id: int) -> Response:
    """Keep what was chosen, and look the whole file through."""
    run = _run(run_id)
    actor = current_actor()
    sent = any(name == "column-0" or name.startswith(ANSWER) for name in request.form)
    try:
        with db.transaction(actor, "transfer.plan"):
            if sent:
                runs.choose(run, _choice(run))
            runs.ask_for_plan(run, actor)
    except UserError as error:
        run = _run(run_id)
        return _columns_page(run, runs.handler_of(run), error.message, _choice(run) if sent else None)
    return htmx.go(url_for("transfer.show_import", run_id=run_id))


@blueprint.post("/imports/<int:run_id>/preview")
@signed_in
def preview_import(run_id: int) -> Response:
    """How the first rows would come in with what is chosen now; nothing is kept."""
    run = _run(run_id)
    handler = runs.handler_of(run)
    sample = _sample(sources.source_of(run, handler))
    mapping = columns.mapping_from_headers(_choice(run).mapping, run.headers)
    return htmx.render("transfer/_preview.html", None, **_preview(run, handler, mapping, sample))


def _choice(run: ImportRun) -> runs.Choice:
    mapping = {}
    for index, header in enumerate(run.headers):
        target = request.form.get(f"column-{index}", columns.IGNORE)
        mapping[header] = columns.own_field(header) if target == columns.CUSTOM else target
    return runs.Choice(
        mapping,
        request.form.get("match_key", run.match_key),
        request.form.get("mode", "replace"),
        run.keep_unmapped,
        request.form.get("tag", ""),
        {name.removeprefix(ANSWER): value for name, value in request.form.items() if name.startswith(ANSWER)},
    )


def _plan_page(run: ImportRun, handler: ImportHandler) -> Response:
    counts = run.outcome or run.counts
    wanted = request.args.get("show", "")
    action = wanted if wanted in SHOWN else next((each for each in ACTIONS if counts.get(each)), "create")
    after = as_id(request.args.get("after", ""))
    statement = rows.alike(run.id) if action == ALIKE else rows.of_run(run.id, action)
    lines = rows.load(statement.where(rows.ROWS.c.line > after).limit(PAGE + 1), handler)
    _find_records(run, lines)
    names = _names_of_alike(lines, handler)
    return htmx.render(
        "transfer/plan.html",
        "transfer/_plan_rows.html" if "show" in request.args else None,
        run=run,
        counts=counts,
        action=action,
        lines=[_shown(line, handler, names) for line in lines[:PAGE]],
        next_line=lines[PAGE - 1].number if len(lines) > PAGE else None,
        undone_by=runs.undone_by(run),
        notices=runs.notices(run),
        to_confirm=runs.to_confirm(run),
        along=runs.along(run),
        tag=runs.tag_of(run),
        onward=_onward(run, done=True) if run.status == "done" else [],
    )


def _find_records(run: ImportRun, lines: list[Line]) -> None:
    """What new rows became, as long as it is there."""
    if run.status != "done":
        return
    became = rows.became(run.id, [line.number for line in lines])
    handler = runs.handler_of(run)
    ids = sorted({*became.values(), *(line.record_id for line in lines if line.record_id)})
    there = handler.names(ids) if isinstance(handler, KnowsAlike) else dict.fromkeys(ids, "")
    for line in lines:
        found = became.get(line.number, line.record_id)
        line.record_id = found if found in there else None


def _names_of_alike(lines: list[Line], handler: ImportHandler) -> Mapping[int, str]:
    ids = {int(line.alike[1]) for line in lines if line.alike is not None}
    return handler.names(sorted(ids)) if ids and isinstance(handler, KnowsAlike) else {}


def _alike(line: Line, handler: ImportHandler, names: Mapping[int, str]) -> dict[str, Any] | None:
    """Whom a row looks like, and what was said about it; nothing where that one is gone or not to be seen."""
    if line.alike is None or (name := names.get(int(line.alike[1]))) is None:
        return None
    return {
        "name": name,
        "url": handler.record_url(int(line.alike[1])),
        "said": line.alike[0].removeprefix(f"{ALIKE}_"),
        "why": reasons.sentence(handler, line.alike),
    }


def _shown(line: Line, handler: ImportHandler, names: Mapping[int, str]) -> dict[str, Any]:
    """A row of the plan for people."""
    sentences = [reasons.sentence(handler, each) for each in line.reasons if each is not line.alike]
    return {
        "number": line.number,
        "action": line.action,
        "label": handler.label(line.record) if line.record is not None else "",
        "facts": handler.describe(line.record) if line.record is not None else [],
        "cells": line.cells or [],
        "reasons": [each for each in dict.fromkeys(sentences) if each],
        "alike": _alike(line, handler, names),
        "changes": [handler.change_words(*change) for change in line.changes],
        "url": handler.record_url(line.record_id) if line.record_id else None,
        "same_as": line.same_as,
    }


@blueprint.post("/imports/<int:run_id>/rows/<int:number>")
@signed_in
def decide_row(run_id: int, number: int) -> Response:
    """Say of a row that looks like somebody who is here whether it is them."""
    run = _run(run_id)
    actor = current_actor()
    with db.transaction(actor, "transfer.plan"):
        choices.decide(run, number, actor, same=request.form.get("said") == "same")
    return htmx.go(
        url_for("transfer.show_import", run_id=run_id, show=ALIKE, after=number - 1) + f"#row-{number}"
    )


@blueprint.post("/imports/<int:run_id>/apply")
@signed_in
def apply_import(run_id: int) -> Response:
    """Let the plan happen."""
    run = _run(run_id)
    actor = current_actor()
    with db.transaction(actor, "transfer.apply"):
        runs.ask_to_apply(run, actor, confirmed=request.form.get("confirmed") == str(run.job_id))
    return htmx.go(url_for("transfer.show_import", run_id=run_id))


@blueprint.post("/imports/<int:run_id>/discard")
@signed_in
def discard_import(run_id: int) -> Response:
    """Forget a file before anything of it was imported."""
    run = _run(run_id)
    with db.transaction(current_actor(), "transfer.discard"):
        runs.discard(run)
    say(_("The file is discarded; nothing of it was imported."))
    return htmx.go(url_for("transfer.imports"))


@blueprint.get("/imports/<int:run_id>/left-out")
@signed_in
def left_out(run_id: int) -> Response:
    """The rows that were not imported, with the reason beside each, to correct and import again."""
    run = _run(run_id)
    out = BytesIO()
    reasons.write_left_out(run, runs.handler_of(run), out)
    out.seek(0)
    name = _("left out of %(file)s", file=run.file_name.rsplit(".", 1)[0]) + ".csv"
    return send_file(out, mimetype="text/csv", as_attachment=True, download_name=name)
