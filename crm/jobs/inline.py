"""Running jobs in this process, without a worker: what the command line and tests do.

The pieces are the same as in a worker. Should the process be killed, the next worker goes on.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.jobs.models import Job
from crm.jobs.pieces import advance, begin
from crm.jobs.places import Place
from crm.runtime import Runtime

PAUSE = 1.0

Watcher = Callable[[Job], None]


class Here:
    """This process, for as long as it runs jobs itself. Name `place` as the runner when asking for one."""

    def __init__(self, app: Flask, place: str) -> None:
        self._app = app
        self.place = place

    def run(self, job_id: int, watch: Watcher | None = None) -> Job:
        """Do all of a job, calling `watch` after each piece; returns it as it ended."""
        while begin(self._app, job_id, self.place):
            while (outcome := advance(self._app, job_id, self.place)) == "more":
                if watch is not None:
                    watch(_read(self._app, job_id))
            if outcome == "over":
                break
            time.sleep(PAUSE)
        return _read(self._app, job_id)


@contextmanager
def here(app: Flask) -> Iterator[Here]:
    """Run jobs in this process inside the block."""
    runtime: Runtime = app.extensions["crm"]
    place = Place.take(runtime)
    try:
        yield Here(app, place.name)
    finally:
        place.release()


def run_waiting(app: Flask) -> list[Job]:
    """Do every unfinished job, oldest first, with those they ask for; for tests and small scripts."""
    done: list[Job] = []
    with here(app) as process:
        while (job_id := _oldest_unfinished(app)) is not None:
            done.append(process.run(job_id))
    return done


def _oldest_unfinished(app: Flask) -> int | None:
    with app.app_context(), system("jobs"):
        return db.session().scalar(select(Job.id).where(Job.finished_at.is_(None)).order_by(Job.id).limit(1))


def _read(app: Flask, job_id: int) -> Job:
    with app.app_context(), system("jobs"):
        job = db.session().get_one(Job, job_id)
        db.session().expunge(job)
        return job
