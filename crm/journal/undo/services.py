"""Undoing: what is small at once and in one transaction, what is large in chunks as background work.

An undo is a change set like any other, so it can be undone, too; that brings everything back under the
same ids. Between two chunks other people go on working. Each chunk looks at what they did meanwhile, and
leaves what they touched.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from crm import db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.errors import Conflict, UserError
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.journal import change_sets
from crm.journal.models import ChangeSet, UndoRun
from crm.journal.names import Namer
from crm.journal.permissions import UNDO_ANY, UNDO_OWN, may_undo
from crm.journal.reading import Row
from crm.journal.recorder import Change
from crm.journal.undo import putting_back
from crm.journal.undo.candidates import newest_entry, owners_without_journal, touched_since
from crm.journal.undo.examine import Examination, Kept
from crm.journal.undo.inverse import KEPT, Inverse
from crm.journal.undo.planning import Tally, UndoPlan, examine, undoable
from crm.journal.undo.reasons import Blocked, Reasons
from crm.journal.undo.units import Part
from crm.plugin_api.types import JobRun
from crm.runtime import runtime

ACTION, AGAIN = "journal.undo", "journal.redo"
"""Undoing, and undoing an undo."""


class StandsInTheWay(Conflict):
    """Something stands in the way and nobody said yet that it may stay; `plan` says what."""

    def __init__(self, plan: UndoPlan) -> None:
        super().__init__(_("Some of this was changed since. Look at what stands in the way first."))
        self.plan = plan


@dataclass(frozen=True)
class Undoing:
    """An undo that is done, or that the job `job_id` goes on with."""

    change: Change
    plan: UndoPlan
    job_id: int | None = None


def undo(
    change_set_id: int,
    actor: Actor,
    *,
    keep: bool = False,
    token: str | None = None,
    runner: str | None = None,
) -> Undoing:
    """Undo a change set, or begin to when it is large; `runner` names a process that will run the job.

    Raises StandsInTheWay, and writes nothing, when something does and `keep` is false, or when it is
    something else than the plan with this `token` said.
    """
    try:
        with db.transaction(actor, ACTION, alone=True) as change:
            made = _begin(change, change_set_id, actor)
            if not made.is_clean and (not keep or token not in (None, made.token)):
                raise StandsInTheWay(made)
            if made.rows_to_restore == 0:
                raise UserError(_("Nothing is left to undo: all of it was changed or taken back since."))
            job = None if made.is_small else _ask_for_job(change, made, actor, runner)
            while job is None and not _advance(change, actor):
                pass
    except IntegrityError as error:
        raise UserError(_unknown_reference()) from error
    return Undoing(change, made, None if job is None else job.id)


def resume(change_set_id: int, actor: Actor, *, runner: str | None = None) -> int:
    """Go on with an undo that was stopped; the id of the job that does it."""
    _require_right(actor)
    with db.transaction(actor, ACTION):
        undoing = unfinished_undo(change_set_id)
        if undoing is None:
            raise UserError(_("This undo has finished already."))
        if not may_undo(undoing, actor):
            raise NotAllowed(_("Only the person who began this, or an administrator, may go on with it."))
        if (job := change_sets.job_writing(undoing)) is None:
            job = enqueue(ACTION, {"undo_id": undoing.id}, undoing.summary, actor, runner=runner)
        return job.id


def unfinished_undo(change_set_id: int) -> ChangeSet | None:
    """The undo of a change set that was begun and has not finished."""
    change_set = change_sets.find(change_set_id)
    if change_set is None or change_set.undone_by_id is None:
        return None
    undoing = change_sets.find(change_set.undone_by_id)
    return undoing if undoing is not None and not undoing.finished else None


def step(run: JobRun) -> bool:
    """One chunk of a large undo; what the job kind `journal.undo` does."""
    undo_id = run.args["undo_id"]
    _require_right(run.actor)
    try:
        with db.transaction(run.actor, ACTION, change_set_id=undo_id, alone=True) as change:
            finished = _advance(change, run.actor, run.progress)
            said = " ".join(filter(None, (run.result.get("summary"), *change.notes)))
            run.result = {"link": {"change_set_id": undo_id}, **({"summary": said} if said else {})}
    except IntegrityError as error:
        raise UserError(_unknown_reference()) from error
    return finished


def _require_right(actor: Actor) -> None:
    """Rights may have changed since the undo was asked for."""
    if not actor.can(UNDO_OWN) and not actor.can(UNDO_ANY):
        raise NotAllowed(_("Your role does not allow undoing. Ask an administrator."))


def _unknown_reference() -> str:
    return _(
        "Something that history does not know of, such as a plugin that is switched off, refers to one of "
        "these records. Nothing more was undone."
    )


def _begin(change: Change, change_set_id: int, actor: Actor) -> UndoPlan:
    """Open the undo's own change set and note what stays, from the same examination that plans show."""
    change_set, found = undoable(change_set_id, actor)
    runtime().plugins.all("crm_undoing", change_set_id=change_set_id)
    made = UndoPlan(change_set, found, change_set.entries)
    change.action = ACTION if change_set.action != ACTION else AGAIN
    change.summary = change_sets.undo_title(change_set)
    change.undoes_id, change.finished = change_set_id, False
    undo_id = change.require_id()
    tally = Tally(made)
    for batch in examine(change_set, found, actor):
        _note(change, batch.kept, batch.explained)
        tally.add(batch)
    newest = newest_entry()
    db.session().add(UndoRun(change_set_id=undo_id, next_entry_id=newest + 1, checked_entry_id=newest))
    change_set.undone_by_id = undo_id
    db.session().flush()
    return tally.finish()


def _note(change: Change, kept: list[Kept], explained: dict[Row, Blocked]) -> None:
    rows = [
        {
            "change_set_id": change.id,
            "table_name": each.unit.row[0],
            "row_id": each.unit.row[1],
            "subject_table": each.unit.subject[0],
            "subject_id": each.unit.subject[1],
            "reason": explained[each.unit.row].reason if each.unit.row in explained else "",
        }
        for each in kept
    ]
    if rows:
        db.session().execute(insert(KEPT), rows)


def _ask_for_job(change: Change, made: UndoPlan, actor: Actor, runner: str | None) -> Job:
    job = enqueue(ACTION, {"undo_id": change.id}, change.summary, actor, runner=runner)
    job.progress_total = made.rows_to_restore
    return job


def _advance(change: Change, actor: Actor, report: Callable[[int], None] | None = None) -> bool:
    """Undo the next chunk in the open transaction; whether that was the last."""
    assert change.id is not None
    undoing = change_sets.find(change.id)
    statement = select(UndoRun).where(UndoRun.change_set_id == change.id)
    run = db.session().scalars(statement).one_or_none()
    assert undoing is not None
    assert undoing.undoes_id is not None
    # A later chunk is an undo like the first: whoever is asked before the commit must know.
    change.undoes_id, change.undone_action = undoing.undoes_id, change_sets.first_of(undoing).action
    if run is None:
        return True
    part = Part(undoing.undoes_id, below=run.next_entry_id)
    inverse = Inverse(change, part, change.id)
    _look_again(change, part, run, inverse, actor)
    inverse.write()
    done = len(inverse.entries)
    putting_back.tell(change, undoing.undoes_id, inverse.entries)
    db.session().expire_all()
    run.done += done
    if report is not None:
        report(run.done)
    if done:
        run.next_entry_id, run.checked_entry_id = inverse.entries[-1].id, newest_entry()
        change.finished = False
        return False
    _finish(change, undoing, run)
    return True


def _look_again(change: Change, part: Part, run: UndoRun, inverse: Inverse, actor: Actor) -> None:
    """Leave what others touched since the last look, and what tables without a journal refer to now."""
    assert change.id is not None
    if not inverse.entries:
        return
    examination = Examination(part, change.id)
    reasons = Reasons(Namer(actor), part.change_set_id, [change.id])
    batches = [*owners_without_journal(part, inverse.created())]
    batches += touched_since(part, run.checked_entry_id, [change.id])
    for subjects in batches:
        if kept := examination.judge(subjects):
            _note(change, kept, reasons.explain(examination.batch, kept))
            inverse.read()


def _finish(change: Change, undoing: ChangeSet, run: UndoRun) -> None:
    """The last chunk is done: say so, and whether what this undid had itself undone something."""
    change.finished = True
    db.session().delete(run)
    later, inactive = undoing, False
    while later.undoes_id is not None and (earlier := change_sets.find(later.undoes_id)) is not None:
        if inactive and earlier.undone_by_id == later.id:
            earlier.undone_by_id = None
        elif not inactive and earlier.undone_by_id is None:
            earlier.undone_by_id = later.id
        later, inactive = earlier, not inactive
    db.session().flush()
