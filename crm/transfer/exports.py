"""Large exports as background work: asked for, written in pieces, fetched by whoever asked."""

from pathlib import Path
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy import update as update_statement

from crm import db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.plugin_api.types import JobRun
from crm.runtime import runtime
from crm.transfer import exporting, storage, writers
from crm.transfer.exporting import Export, Wanted
from crm.transfer.models import ExportRun

EXPORT: Final = "transfer.export"
LARGE: Final = 5000
"""More records than this are written by a worker."""


def ask(export: Export, actor: Actor) -> ExportRun:
    """Ask for a file. Inside a transaction."""
    wanted = export.wanted
    run = ExportRun(
        kind=wanted.kind,
        format=wanted.format,
        columns=wanted.columns,
        query=wanted.query,
        ids=None if wanted.ids is None else list(wanted.ids),
        rights=rights(wanted.kind, actor),
        file_name=export.file_name,
        actor_user_id=actor.user_id,
    )
    db.session().add(run)
    db.session().flush()
    title = _("Write “%(file)s”", file=export.file_name)
    run.job_id = enqueue(EXPORT, {"run_id": run.id}, title, actor).id
    return run


def rights(kind: str, actor: Actor) -> dict[str, Any]:
    """Over what the actor may see and take out records of a kind, to be compared later."""
    fields = runtime().fields
    names = {runtime().exporters[kind].permission, fields.type(kind).permission}
    names |= {each.permission for each in fields.type(kind).fields if each.permission is not None}
    found = {}
    for name in sorted(names):
        scopes = actor.scopes(name)
        ids = {scope: sorted(each) for scope, each in sorted(scopes.ids.items())}
        found[name] = {"everything": scopes.everything, "ids": ids}
    return found


def require_same_rights(run: ExportRun, actor: Actor) -> None:
    """Raise NotAllowed when the actor may see less, or other records, than when the file was asked for."""
    exporting.require(run.kind, actor)
    if run.rights != rights(run.kind, actor):
        raise NotAllowed(
            _("What you may see has changed since this file was asked for. Export the list again.")
        )


def path_of(run: ExportRun) -> Path:
    """The finished file; UserError when it is not there yet or not any more."""
    path = storage.path_of("exports", run.file_key) if run.file_key and run.finished_at else None
    if path is None or not path.exists():
        raise UserError(_("This file is not there any more. Export the list again."))
    return path


def job_of(run: ExportRun) -> Job | None:
    if run.job_id is None:
        return None
    with system("whoever may see an export may see how far it is"):
        return db.session().get(Job, run.job_id)


def step(job: JobRun) -> bool:
    """One piece of the file; see `JobKind`. What the transaction does not name is forgotten."""
    with system("the export that this job was asked for"):
        run = db.session().scalars(select(ExportRun).where(ExportRun.id == job.args["run_id"])).one_or_none()
    if run is None:
        raise UserError(_("This export is not there any more."))
    require_same_rights(run, job.actor)
    chosen = None if run.ids is None else tuple(run.ids)
    export = Export(Wanted(run.kind, run.format, run.columns, run.query, chosen), job.actor)
    if "key" not in job.cursor:
        return _begin(job, run, export)
    if job.cursor["done"] < job.cursor["count"]:
        return _write(job, export)
    return _finish(job, run, export)


def _begin(job: JobRun, run: ExportRun, export: Export) -> bool:
    """Note which records there are, and what columns they need."""
    ids = export.ids()
    shape = dict(export.prepare(ids)) if run.format != "vcf" else {}
    key, path = storage.new_path("exports")
    with path.with_suffix(".ids").open("wb") as file:
        exporting.save_ids(ids, file)
    with db.transaction(job.actor, EXPORT):
        _update(run.id, file_key=key, rows=len(ids))
        job.cursor.update(key=key, done=0, count=len(ids), length=0, shape=shape)
        job.progress(0, len(ids))
    return False


def _write(job: JobRun, export: Export) -> bool:
    """Append the next rows to what the last transaction knew of."""
    cursor = job.cursor
    path = storage.path_of("exports", cursor["key"])
    export.resume(cursor["shape"])
    with path.with_suffix(".ids").open("rb") as file:
        ids = exporting.load_ids(file, cursor["done"], exporting.AT_ONCE)
    spool = path.with_suffix(".spool")
    spool.touch()
    with spool.open("r+b") as file:
        file.truncate(cursor["length"])
        file.seek(0, 2)
        if export.wanted.format == "vcf":
            file.writelines(text.encode() for text in export.handler.card_texts(ids, job.actor))
        else:
            file.writelines(exporting.spool(row) for row in export.rows(ids))
        length = file.tell()
    with db.transaction(job.actor, EXPORT):
        cursor.update(done=cursor["done"] + len(ids), length=length)
        job.progress(cursor["done"])
    return False


def _finish(job: JobRun, run: ExportRun, export: Export) -> bool:
    """Make the file out of the rows."""
    path = storage.path_of("exports", job.cursor["key"])
    spool = path.with_suffix(".spool")
    export.resume(job.cursor["shape"])
    if run.format == "vcf":
        if spool.exists():  # Else a process was killed between this and the transaction below.
            spool.replace(path)
    else:
        with spool.open("rb") as rows, path.open("wb") as out:
            kind: Any = run.format
            writers.write_rows(kind, export.headers, exporting.unspool(rows), out)
    with db.transaction(job.actor, EXPORT):
        _update(run.id, finished_at=db.now())
        count = job.cursor["count"]
        job.result.update(summary=_("%(count)s rows.", count=count), link={"run_id": run.id})
        job.finish()
    for suffix in (".ids", ".spool"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    return True


def _update(run_id: int, **values: Any) -> None:
    with system("a job writes how far its export is"):
        db.session().execute(update_statement(ExportRun).where(ExportRun.id == run_id).values(**values))
