"""Importing files in this process, from the first byte to the last row: what the command line does.

The pieces are those of the background jobs, so a killed process leaves a job that the next one finishes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.jobs.inline import Here
from crm.jobs.models import Job
from crm.jobs.places import occupied
from crm.runtime import runtime
from crm.transfer import reasons, remarks, runs, sources
from crm.transfer.cleaning import match_key
from crm.transfer.kinds import OpensFiles
from crm.transfer.models import ImportRun
from crm.transfer.readers import Limits

Watch = Callable[[Job], None]
_OWN: Final = (runs.PLAN, runs.APPLY)


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line; None leaves it as remembered or suggested."""

    mapping: Mapping[str, str] | None = None
    match_key: str | None = None
    mode: str | None = None
    plan_only: bool = False
    confirmed: bool = False
    """Whether what a plan asks to be confirmed is."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """For a kind that reads files itself."""


def refuse_bad_files(
    kind: str,
    paths: Sequence[Path],
    actor: Actor,
    options: Mapping[str, Any] | None = None,
    mapping: Mapping[str, str] | None = None,
) -> None:
    """Open every file before the first is imported; BadFile for the first that cannot be read, UserError for
    options that the kind does not have."""
    handler = runs.require(kind, actor).handler
    known = handler.options if isinstance(handler, OpensFiles) else ()
    for name in options or {}:
        if name not in known:
            raise UserError(_("Imports of the kind “%(kind)s” have no --%(name)s.", kind=kind, name=name))
    headers = {each for path in paths for each in sources.refuse_bad(path, handler, options or {}, mapping)}
    known_headers = {match_key(header) for header in headers}
    for header in mapping or {}:
        if headers and match_key(header) not in known_headers:
            raise UserError(_("The map names a column “%(header)s” that no file has.", header=header))


def finish_what_broke_off(process: Here, watch: Watch) -> list[Job]:
    """Finish imports whose process was killed: what they wrote so far must not stand half done."""
    return [process.run(job_id, watch) for job_id in _broken_off(process.place)]


def _broken_off(own_place: str) -> list[int]:
    unfinished = select(Job).where(Job.finished_at.is_(None), Job.kind.in_(_OWN), Job.runner.is_not(None))
    with system("imports that nobody works on any more"):
        jobs = db.session().scalars(unfinished.order_by(Job.id)).all()
    db.session().rollback()
    return [job.id for job in jobs if job.runner == own_place or not occupied(runtime(), job.runner or "")]


def import_file(
    process: Here, kind: str, path: Path, wishes: Wishes, *, change_set_id: int | None, watch: Watch
) -> ImportRun:
    """Import one file, or only plan it; returns the run as it ended. `change_set_id` is continued."""
    from crm.cli.support import command_actor

    actor = command_actor()
    run_id = begin(kind, path, wishes, actor, change_set_id)
    carry_out(process, run_id, actor, watch, runs.ask_for_plan)
    if not wishes.plan_only:
        ask = partial(runs.ask_to_apply, confirmed=wishes.confirmed)
        carry_out(process, run_id, actor, watch, ask)
    return read(run_id)


def begin(kind: str, path: Path, wishes: Wishes, actor: Actor, change_set_id: int | None) -> int:
    """Store and map a file; returns the id of its run. Its change set may have been begun by another."""
    with path.open("rb") as stream, db.transaction(actor, "transfer.begin"):
        run = runs.begin(kind, stream, path.name, actor, most=Limits().file_bytes, options=wishes.options)
        run.change_set_id = change_set_id
        chosen = runs.Choice(dict(run.mapping), run.match_key, run.mode, run.keep_unmapped)
        asked: dict[str, Any] = {
            name: value
            for name in ("mapping", "match_key", "mode")
            if (value := getattr(wishes, name)) is not None
        }
        runs.choose(run, replace(chosen, **asked))
        return run.id


def carry_out(process: Here, run_id: int, actor: Actor, watch: Watch, ask: Callable[..., Job]) -> None:
    """Ask for the plan or for what follows from it, and do all of it; UserError when it fails."""
    with db.transaction(actor, "transfer.ask"):
        job_id = ask(read(run_id), actor, runner=process.place).id
    job = process.run(job_id, watch)
    if job.status != "done":
        raise UserError(job.error)


def read(run_id: int) -> ImportRun:
    """A run as it is now."""
    with system("the import that this command began"):
        return db.session().get_one(ImportRun, run_id, populate_existing=True)


def write_left_out(run: ImportRun, path: Path, number: int) -> None:
    """Write the rows that were not imported, if there are any; of several files each gets a numbered one."""
    found = run.outcome or run.counts
    if not any(found.get(action) for action in reasons.LEFT_OUT):
        return
    if number:
        path = path.with_stem(f"{path.stem}-{number}")
    with path.open("wb") as out:
        reasons.write_left_out(run, runs.handler_of(run), out)


def discard_plan(run_id: int, actor: Actor) -> None:
    """Forget a plan that was only to be looked at."""
    with db.transaction(actor, "transfer.discard"):
        runs.discard(read(run_id))


@dataclass(frozen=True)
class Outcome:
    """What came of a file: rows by action, what was odd about the file, and (line, reason) of each row about
    which anything was noticed, all in words."""

    counts: Mapping[str, int]
    notices: Sequence[str]
    noticed: Sequence[tuple[int, str]]


def bring_in(kind: str, path: Path, options: Mapping[str, Any], *, confirmed: bool = False) -> Outcome:
    """Import one file in this process from its first byte to its last row: for commands of plugins. UserError
    where the plan has something that must be `confirmed`."""
    from flask import current_app

    from crm.cli.support import command_actor
    from crm.jobs.inline import here

    refuse_bad_files(kind, [path], command_actor(), options)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way to the application.
    with here(app) as process:
        wishes = Wishes(options=options, confirmed=confirmed)
        run = import_file(process, kind, path, wishes, change_set_id=None, watch=lambda job: None)
    return Outcome(run.outcome or run.counts, runs.notices(run), remarks.of(run)[0])
