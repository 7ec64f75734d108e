"""Applying a plan as background work: chunk after chunk, all in one change set, each written exactly once."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.collecting import many_objects
from crm.journal.models import JournalEntry
from crm.plugin_api.types import JobRun
from crm.search import indexing
from crm.transfer import rows, runs, storage
from crm.transfer.kinds import Finishes, ImportHandler, Line
from crm.transfer.left_out import as_they_stand
from crm.transfer.models import ImportRun
from crm.transfer.people.keys import fingerprint

if TYPE_CHECKING:
    from crm.journal.recorder import Change

CHUNK: Final = 5000


def step(job: JobRun) -> bool:
    """One chunk of the plan, in one transaction with the mark that it is written; see `JobKind`."""
    with many_objects():
        return _step(job)


def _step(job: JobRun) -> bool:
    run = runs.of_job(job)
    handler = runs.handler_of(run)
    if "line" not in job.cursor:
        job.cursor.update(line=rows.last_written(run.id), seen=run.seen_entry_id, dirty=False)
    some = getattr(handler, "written_at_once", CHUNK)
    lines = rows.load(rows.to_apply(run.id, job.cursor["line"]).limit(some), handler)
    cells = _cells_of_skipped(run, handler) if not lines else []
    title = _("Importing “%(file)s”", file=run.file_name)
    with db.transaction(job.actor, runs.CHANGE, title, change_set_id=run.change_set_id, alone=True) as change:
        change.finished = not lines
        if lines:
            _apply(job, run, handler, lines, change)
        else:
            _finish(job, run, handler, cells, change)
    return not lines


def _apply(
    job: JobRun, run: ImportRun, handler: ImportHandler, lines: Sequence[Line], change: "Change"
) -> None:
    dirty = job.cursor["dirty"] or _others_wrote(job.cursor["seen"])
    writes = bool(runs.tag_of(run)) or any(line.action in {"create", "update"} for line in lines)
    if run.change_set_id is None and writes:
        runs.update(run.id, change_set_id=change.require_id())
    job.cursor["change_set_id"] = change.id
    along = handler.apply(lines, runs.settings(run, job.actor, recheck=dirty), change)
    if run.change_set_id is None and not writes and change.id is not None:
        # Rows that change nothing may still say something, such as up to which day a file is known.
        runs.update(run.id, change_set_id=change.id)
    rows.update(run.id, (line for line in lines if line.noted))
    rows.note_records(run.id, [*_became(lines), *((0, record_id, 0) for record_id in along)])
    job.cursor.update(line=lines[-1].number, seen=_newest_entry(), dirty=dirty)
    total = sum(run.counts.get(action, 0) for action in rows.APPLIED)
    job.cursor["rows"] = job.cursor.get("rows", 0) + len(lines)
    job.progress(job.cursor["rows"], max(total, job.cursor["rows"]))


def _became(lines: Iterable[Line]) -> Iterable[tuple[int, int, int]]:
    return (
        (line.number, line.record_id, fingerprint(line.text))
        for line in lines
        if line.record_id is not None and line.action in rows.APPLIED
    )


def _others_wrote(seen: int) -> bool:
    """Whether anybody wrote anything since the journal stood there. Nobody writes while we ask."""
    return db.session().scalar(select(JournalEntry.id).where(JournalEntry.id > seen).limit(1)) is not None


def _newest_entry() -> int:
    return db.session().scalar(select(func.coalesce(func.max(JournalEntry.id), 0))) or 0


def _finish(
    job: JobRun,
    run: ImportRun,
    handler: ImportHandler,
    cells: Sequence[tuple[int, Sequence[str]]],
    change: "Change",
) -> None:
    """Say what became of the plan, and let the file go."""
    if isinstance(handler, Finishes):
        handler.finish(runs.settings(run, job.actor), change)
    outcome = rows.counts(run.id)
    rows.keep_cells(run.id, cells)
    with system("search index"):
        indexing.settle(outcome["create"] + outcome["update"])
    change.summary = handler.summary(run.file_name, outcome) if run.change_set_id else ""
    db.after_commit(partial(storage.remove, "imports", run.file_key))
    runs.update(run.id, status="done", outcome=outcome, finished_at=db.now(), file_key="")
    job.result.update(summary=_summary(outcome), link={"run_id": run.id})
    job.finish()


def _summary(outcome: dict[str, int]) -> str:
    text = _(
        "Added: %(create)s, changed: %(update)s, unchanged: %(unchanged)s, rejected: %(rejected)s.", **outcome
    )
    if skipped := outcome.get("skipped"):
        text += " " + _("Left out, since somebody changed them meanwhile: %(count)s.", count=skipped)
    return text


def _cells_of_skipped(run: ImportRun, handler: ImportHandler) -> list[tuple[int, Sequence[str]]]:
    """Rows that were to be imported and were not, as they stand in the file: people get them back."""
    return as_they_stand(run, handler, set(rows.numbers(run.id, "skipped")))
