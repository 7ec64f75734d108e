"""The worker: takes jobs from the database to DBOS, which runs them durably, and looks after the rest.

Only this module imports DBOS, and only workers import this module: web processes write a row and are
done, so they need neither its memory nor its database. The row decides; DBOS is the queue and remembers
which steps ran. Its application version is fixed, since a job's own cursor says where it is.
"""

import logging
import sqlite3
import threading
from datetime import timedelta
from itertools import count

from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowStatus, error
from flask import Flask
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.jobs import schedule
from crm.jobs.models import Job
from crm.jobs.pieces import Outcome, advance, begin, is_passing, is_suspect
from crm.jobs.places import Place, occupied
from crm.jobs.rooms import Closed, Room
from crm.runtime import Runtime

log = logging.getLogger(__name__)

QUEUE = "jobs"
JOBS_AT_ONCE = 16
LOOK_EVERY = 0.3
SWEEP_EVERY = 15
FORGET_EVERY = 12_000
"""Counted in looks: about five seconds, an hour."""
RETRY_AFTER = 1.0
DATABASE_RETRY_AFTER = 2.0
KEPT_BY_DBOS = timedelta(days=1)
WITH_DBOS = frozenset({"ENQUEUED", "DELAYED", "PENDING"})

_worker: "Worker | None" = None
"""DBOS is one per process, and its steps are functions."""


class Worker:
    """One worker process. `run` returns after `stop`, when the pieces at hand are finished."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.runtime: Runtime = app.extensions["crm"]
        self.room = Room()
        self.stopping = threading.Event()
        self.started_at = db.now()
        self.place = Place.take(self.runtime)
        self._claimed: set[int] = set()

    def stop(self) -> None:
        """Begin nothing new; safe in a signal handler."""
        self.stopping.set()

    def run(self) -> None:
        """Work until `stop`. The process must end after it: unfinished workflows are parked in threads."""
        global _worker  # noqa: PLW0603  # See above.
        _worker = self
        launch(self.runtime, self.place.name)
        for turn in count():
            if self.stopping.wait(self._look_patiently(turn)):
                break
        self.room.close()

    # What the loop does.

    def _look_patiently(self, turn: int) -> float:
        """Look for work; returns how long to wait until the next time."""
        try:
            self._look(turn)
        except DBAPIError as problem:
            if not is_passing(problem):
                raise
            log.warning("the database does not answer: %s", problem.orig)
            return DATABASE_RETRY_AFTER
        return LOOK_EVERY

    def _look(self, turn: int) -> None:
        with self.app.app_context():
            if turn % SWEEP_EVERY == 0:
                self._sweep()
            for job_id in _ids(Job.handed_over_at.is_(None)):
                hand_over(job_id)
        if turn % FORGET_EVERY == 0:
            forget_finished()

    def _sweep(self) -> None:
        """What needs no hurry: scheduled work, and jobs whose worker is gone."""
        if not self.place.held():
            log.error("another process is %s now; leaving", self.place.name)
            self.stop()
            return
        schedule.enqueue_due(self.started_at, db.now())
        stranded = [job_id for job_id in _ids(Job.handed_over_at.is_not(None)) if job_id not in self._claimed]
        for some in db.chunks(stranded, 500):
            workflows = {workflow.workflow_id: workflow for workflow in _workflows(some)}
            for job_id in some:
                self._take_over(job_id, workflows.get(_workflow_id(job_id)))

    def _take_over(self, job_id: int, workflow: WorkflowStatus | None) -> None:
        """See that an unfinished job is with somebody alive."""
        if workflow is None or workflow.status not in WITH_DBOS:
            # DBOS knows nothing, or of another job with this number, from before a backup was restored.
            if _ids(Job.id == job_id) and not self._is_elsewhere(_runner(job_id)):
                hand_over(job_id, again=workflow is not None)
        elif workflow.status == "PENDING" and self._is_dead(workflow.executor_id):
            DBOS.resume_workflow(_workflow_id(job_id), queue_name=QUEUE)

    def _is_dead(self, place: str | None) -> bool:
        return place not in {None, self.place.name} and not self._is_elsewhere(place)

    def _is_elsewhere(self, place: str | None) -> bool:
        return place is not None and place != self.place.name and occupied(self.runtime, place)

    # What DBOS calls.

    def piece(self, job_id: int) -> Outcome:
        """One piece, claimed first when this process has not; waits while the database is away."""
        while True:
            try:
                return self._piece(job_id)
            except Closed:
                threading.Event().wait()  # Stays pending; the next worker at this place goes on with it.
            except DBAPIError as problem:
                if not is_passing(problem):
                    raise
                log.warning("job %s waits for the database: %s", job_id, problem.orig)
                self.stopping.wait(DATABASE_RETRY_AFTER)

    def _piece(self, job_id: int) -> Outcome:
        new = job_id not in self._claimed
        with self.room.enter(alone=new and is_suspect(self.app, job_id)):
            if new:
                if not begin(self.app, job_id, self.place.name):
                    return "over"
                self._claimed.add(job_id)
            outcome = advance(self.app, job_id, self.place.name)
            if outcome != "more":
                self._claimed.discard(job_id)
            return outcome


@DBOS.step(name="piece")
def _piece(job_id: int) -> Outcome:
    assert _worker is not None
    return _worker.piece(job_id)


@DBOS.workflow(name="job", max_recovery_attempts=None)
def _run_job(job_id: int) -> None:
    while (outcome := _piece(job_id)) != "over":
        if outcome == "again":
            DBOS.sleep(RETRY_AFTER)


def launch(runtime: Runtime, executor_id: str) -> None:
    """Start DBOS quietly in this process: no console, no telemetry, nothing that listens on a port."""
    logging.getLogger("dbos").addHandler(logging.NullHandler())  # Else it writes to the console itself.
    url = runtime.config.jobs_database_url
    _prefer_wal(url)
    config: DBOSConfig = {
        "name": "rollcall",
        "system_database_url": url,
        "application_version": "1",
        "executor_id": executor_id,
        "sys_db_pool_size": 5,
        "log_level": "WARNING",
        "scheduler_polling_interval_sec": 3600.0,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=JOBS_AT_ONCE, polling_interval_sec=LOOK_EVERY)


def hand_over(job_id: int, *, again: bool = False) -> None:
    """Put a job into the queue of DBOS; twice does nothing, unless `again` says to forget the first."""
    if again:
        DBOS.delete_workflow(_workflow_id(job_id))
    try:
        with SetWorkflowID(_workflow_id(job_id)):
            DBOS.enqueue_workflow(QUEUE, _run_job, job_id)
    except error.DBOSConflictingWorkflowError:
        log.exception("DBOS has something else under the name of job %s", job_id)  # The sweep puts it right.
    with db.transaction(Actor.system(), "jobs.hand_over"), system("jobs"):
        db.session().execute(update(Job).where(Job.id == job_id).values(handed_over_at=db.now()))


def forget_finished() -> None:
    """Remove what DBOS remembers of workflows that ended a while ago."""
    before = (db.now() - KEPT_BY_DBOS).isoformat()
    old = DBOS.list_workflows(completed_before=before, load_input=False, load_output=False, limit=1000)
    DBOS.delete_workflows([workflow.workflow_id for workflow in old])


def _ids(*conditions: ColumnElement[bool]) -> list[int]:
    """The unfinished jobs for which the conditions hold, oldest first."""
    statement = select(Job.id).where(Job.finished_at.is_(None), *conditions).order_by(Job.id)
    with system("jobs"):
        found = list(db.session().scalars(statement))
    db.session().rollback()
    return found


def _runner(job_id: int) -> str | None:
    with system("jobs"):
        return db.session().scalar(select(Job.runner).where(Job.id == job_id))


def _workflows(job_ids: list[int]) -> list[WorkflowStatus]:
    names = [_workflow_id(job_id) for job_id in job_ids]
    return DBOS.list_workflows(workflow_ids=names, load_input=False, load_output=False)


def _workflow_id(job_id: int) -> str:
    return f"job-{job_id}"


def _prefer_wal(url: str) -> None:
    """The mode stays with the file; a step then costs one write to disk instead of several."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        connection = sqlite3.connect(parsed.database, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
