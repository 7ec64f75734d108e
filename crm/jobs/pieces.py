"""One piece of a job, exactly once: its effect and the mark that it is done are one transaction.

A kind's step is called again and again. Whatever transaction it opens also saves the job's cursor,
progress and result, and raises the job's revision. So a process killed at any moment loses the piece at
hand with everything it wrote, and of two processes at the same piece only one can commit.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from flask import Flask, g
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, OperationalError

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.errors import UserError
from crm.i18n import LANGUAGES
from crm.jobs.models import Job
from crm.journal import recorder
from crm.plugin_api.types import JobKind
from crm.runtime import runtime

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
MARK = "crm_job"
PASSING_SQLITE = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_LOCKED")

Outcome = Literal["more", "again", "over"]
"""Call once more; call once more after a pause, counting the attempt; nothing left to do here."""


class Superseded(Exception):
    """The job was cancelled, or another process has it; what this one was about to write is dropped."""


class Run:
    """What a step gets: see `JobRun` in crm.plugin_api.types."""

    def __init__(self, job: Job, actor: Actor) -> None:
        self.job_id = job.id
        self.args: dict[str, Any] = dict(job.args)
        self.cursor: dict[str, Any] = dict(job.cursor)
        self.result: dict[str, Any] = dict(job.result)
        self.actor = actor
        self.finished = False
        self.saves = 0
        self._done, self._total = job.progress_done, job.progress_total
        self._revision = job.revision
        self._begun = self._saved = self._state()

    def progress(self, done: int, total: int | None = None) -> None:
        self._done = done
        self._total = self._total if total is None else total

    def finish(self) -> None:
        self.finished = True

    @property
    def unsaved(self) -> bool:
        """Whether the step changed its mark since the last transaction."""
        return self._state() != self._saved

    @property
    def strayed(self) -> bool:
        """Whether the cursor moved after a transaction: a kill in between would do that piece twice."""
        return self.saves > 0 and json.dumps(self.cursor, sort_keys=True) != self._saved[0]

    def save(self) -> None:
        """Write the mark in the open transaction; raises Superseded when the job is no longer ours."""
        values: dict[str, Any] = {
            "cursor": self.cursor,
            "result": self.result,
            "progress_done": self._done,
            "progress_total": self._total,
            "revision": self._revision + 1,
        }
        if self._state() != self._begun:
            values["attempts"] = 0  # It got on, so what stopped it before was not this piece.
        if self.finished:
            values |= {"status": "done", "finished_at": db.now()}
        if not _update(self.job_id, Job.status == "running", Job.revision == self._revision, **values):
            raise Superseded

    def saved(self) -> None:
        """The transaction with the mark is committed."""
        self._revision += 1
        self.saves += 1
        self._saved = self._state()

    def _state(self) -> tuple[str, str]:
        rest = (self.result, self._done, self._total, self.finished)
        return json.dumps(self.cursor, sort_keys=True), json.dumps(rest, sort_keys=True)


def _save_mark(change: recorder.Change) -> None:
    run: Run | None = change.session.info.get(MARK)
    if run is not None:
        run.save()
        change.callbacks.insert(0, run.saved)


recorder.before_commit.append(_save_mark)


@dataclass(frozen=True)
class Claimed:
    """A job that this process may work on, and on whose behalf."""

    job: Job
    kind: JobKind
    user: User | None


def begin(app: Flask, job_id: int, runner: str) -> bool:
    """Claim the job for the process at the place `runner` and count the attempt, durably, before it runs.

    False when there is nothing to run: it is finished, or was tried so often that it is given up.
    """
    with app.app_context(), force_locale("en"), db.transaction(Actor.system(), "jobs.run"), system("jobs"):
        job = db.session().get(Job, job_id, with_for_update=True)
        if job is None or job.is_finished:
            return False
        if job.attempts >= MOST_ATTEMPTS:
            log.error("job %s stopped its worker %s times and was given up", job_id, job.attempts)
            _give_up(
                job, _("This work was cut off %(count)s times in a row and was given up.", count=job.attempts)
            )
            return False
        job.status, job.runner = "running", runner
        job.started_at = job.started_at or db.now()
        job.attempts += 1
        job.revision += 1
        return True


def is_suspect(app: Flask, job_id: int) -> bool:
    """Whether an earlier attempt ended without a finished piece, so that this one should run alone."""
    with app.app_context(), system("jobs"):
        job = db.session().get(Job, job_id)
        return job is not None and job.attempts > 0


def is_passing(error: DBAPIError) -> bool:
    """Whether the database is away, busy or full for now: waiting helps, and no attempt is counted."""
    name: str = getattr(error.orig, "sqlite_errorname", PASSING_SQLITE[0])
    return error.connection_invalidated or (
        isinstance(error, OperationalError) and name.startswith(PASSING_SQLITE)
    )


def advance(app: Flask, job_id: int, runner: str) -> Outcome:
    """Do one piece of a job that `begin` claimed. Only what `is_passing` raises."""
    with app.app_context():
        claimed = claim(job_id, runner)
        if claimed is None:
            return "over"
        language = claimed.user.language if claimed.user else None
        with force_locale(language if language in LANGUAGES else "en"):
            try:
                return do_piece(claimed)
            except Superseded:
                return "over" if claim(job_id, runner) is None else "more"
            except UserError as error:
                return _failed(job_id, error.message)
            # SystemExit too: a step that calls sys.exit must not look like a worker that was asked to stop.
            except (Exception, SystemExit) as error:
                if isinstance(error, DBAPIError) and is_passing(error):
                    raise
                return _failed_unexpectedly(claimed.job.kind, job_id, error)


def claim(job_id: int, runner: str) -> Claimed | None:
    db.session().rollback()
    with system("jobs"):
        job = db.session().get(Job, job_id, populate_existing=True)
    if job is None or job.status != "running" or job.runner != runner:
        return None
    kind = runtime().jobs.get(job.kind)
    if kind is None:
        _failed(job_id, _("The plugin that does this work is not enabled any more."))
        return None
    with system("jobs"):
        user = db.session().get(User, job.actor_user_id) if job.actor_user_id else None
    return Claimed(job, kind, user)


def do_piece(claimed: Claimed) -> Outcome:
    run = Run(claimed.job, _actor(claimed))
    g.crm_user, g.crm_actor = claimed.user, run.actor
    with _marking(run):
        over = claimed.kind.step(run)
        if run.unsaved and run.saves:
            raise RuntimeError(
                f"{claimed.kind.name}: the cursor moved after the transaction that it describes"
            )
        run.finished = run.finished or over
        if run.unsaved or not run.saves:
            with db.transaction(run.actor, claimed.kind.name):
                pass  # The mark alone.
    return "over" if run.finished else "more"


@contextmanager
def _marking(run: Run) -> Iterator[None]:
    info = db.session().info
    info[MARK] = run
    try:
        yield
    finally:
        info.pop(MARK, None)


def _actor(claimed: Claimed) -> Actor:
    """With the rights of this moment: what was allowed when the job was asked for may not be any more."""
    user, permission = claimed.user, claimed.kind.permission
    if user is None:
        return Actor.system()
    actor = actor_for(user)
    if not user.active or (permission and not actor.can(permission)):
        raise UserError(_("The person who asked for this may not do it any more, so it was stopped."))
    return actor


def _failed_unexpectedly(kind: str, job_id: int, error: BaseException) -> Outcome:
    reference = secrets.token_hex(4)
    log.error("job %s (%s) failed, reference %s", job_id, kind, reference, exc_info=error)
    with system("jobs"):
        job = db.session().get_one(Job, job_id, populate_existing=True)
    if job.attempts < MOST_ATTEMPTS:
        return "again"
    return _failed(
        job_id,
        _(
            "Something went wrong on our side. What was finished before is kept. Tell your administrator the "
            "reference %(reference)s.",
            reference=reference,
        ),
    )


def _failed(job_id: int, sentence: str) -> Outcome:
    with db.transaction(Actor.system(), "jobs.fail"), system("jobs"):
        job = db.session().get(Job, job_id, with_for_update=True)
        if job is not None and not job.is_finished:
            _give_up(job, sentence)
    return "over"


def _give_up(job: Job, sentence: str) -> None:
    job.status, job.error, job.finished_at = "failed", sentence, db.now()


def _update(job_id: int, *conditions: Any, **values: Any) -> bool:
    statement = update(Job).where(Job.id == job_id, *conditions).values(**values)
    with system("jobs"):
        result = db.session().execute(statement, execution_options={"synchronize_session": False})
    return bool(result.rowcount)  # type: ignore[attr-defined]  # An UPDATE gives a CursorResult.
