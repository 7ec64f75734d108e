"""Real worker processes with DBOS, killed and started again."""

import random
import signal
import subprocess
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert, text

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.jobs import pieces, services
from crm.jobs.models import Job
from crm.jobs.places import Place, occupied
from tests.jobs.conftest import PATIENCE, Enqueue, StartWorker, effects, processes, read, wait_for, wait_until

ROUNDS = 5
ENDLESS = 10**9
POISONED = 9
AS_NEW = {
    "kind": "counting.count",
    "title": "Count again",
    "args": {"n": 4},
    "status": "waiting",
}
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CUT_EVERYBODY_ELSE_OFF = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def nearly_done(app: Flask, job: Job) -> int:
    """Let an endless job end soon after where it is; returns how many numbers that makes."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        found = db.session().get_one(Job, job.id, with_for_update=True)
        n = found.progress_done + 50
        found.args = {"n": n}
    return n


def progress(app: Flask, job: Job) -> int:
    return read(app, job).progress_done


def passed(app: Flask, job: Job, before: int) -> bool:
    return progress(app, job) > before


def test_killed_at_any_moment_each_piece_happens_once(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    job = enqueue("count", n=ENDLESS)
    for _round in range(ROUNDS):
        worker = start_worker()
        wait_until(partial(passed, app, job, progress(app, job)), "the job to get on")
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(random.random() * 0.15)
        worker.kill()
        worker.wait()
        assert effects(app, job) == list(range(progress(app, job))), "the progress is true"
    n = nearly_done(app, job)
    start_worker()
    done = wait_for(app, job)
    assert (done.status, done.progress_done) == ("done", n)
    assert effects(app, job) == list(range(n))
    assert len(processes(app)) >= ROUNDS


def test_what_a_crash_left_between_commit_and_hand_over_is_found(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    never_handed_over = enqueue("once")
    marked_but_unknown_to_dbos = enqueue("once")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        found = db.session().get_one(Job, marked_but_unknown_to_dbos.id)
        found.handed_over_at = db.now()
    start_worker()
    for job in (never_handed_over, marked_but_unknown_to_dbos):
        assert wait_for(app, job).status == "done"
        assert effects(app, job) == [0]


def test_two_workers_share_the_work_and_no_piece_happens_twice(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    start_worker()
    start_worker()
    runtime = app.extensions["crm"]
    wait_until(lambda: occupied(runtime, "worker-1") and occupied(runtime, "worker-2"), "both workers")
    jobs = [enqueue("count", n=20) for _job in range(12)]
    for job in jobs:
        assert wait_for(app, job).status == "done"
        assert effects(app, job) == list(range(20))


def test_a_living_worker_takes_over_from_a_dead_one(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    job = enqueue("count", n=ENDLESS)
    first = start_worker()
    wait_until(partial(passed, app, job, 0), "the job to begin")
    second = start_worker()
    wait_until(lambda: occupied(app.extensions["crm"], "worker-2"), "the second worker")
    first.kill()
    first.wait()
    wait_until(partial(passed, app, job, progress(app, job)), "the second worker to go on")
    n = nearly_done(app, job)
    assert wait_for(app, job).status == "done"
    assert effects(app, job) == list(range(n))
    assert processes(app) == {first.pid, second.pid}


@only_sqlite
def test_a_job_that_kills_its_process_is_given_up_and_the_others_flow(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    poison, other = enqueue("poison"), enqueue("count", n=60)
    for _attempt in range(pieces.MOST_ATTEMPTS):
        assert start_worker().wait(PATIENCE) == POISONED
    start_worker()
    assert wait_for(app, poison).status == "failed"
    assert wait_for(app, other).status == "done"
    assert effects(app, other) == list(range(60))


@only_sqlite
def test_asked_to_stop_a_worker_finishes_its_piece_and_the_next_goes_on(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    job = enqueue("count", n=ENDLESS)
    worker = start_worker()
    wait_until(partial(passed, app, job, 0), "the job to begin")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    assert read(app, job).attempts == 0
    n = nearly_done(app, job)
    start_worker()
    assert wait_for(app, job).status == "done"
    assert effects(app, job) == list(range(n))


@only_sqlite
def test_a_job_runs_although_dbos_remembers_another_with_its_number(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    """As after a backup was restored beside a newer file of DBOS."""
    job = enqueue("count", n=4)
    worker = start_worker()
    wait_for(app, job)
    worker.terminate()
    worker.wait()
    with app.extensions["crm"].engine.begin() as connection, system("test"):
        connection.execute(text("DELETE FROM job_effect"))
        connection.execute(text("DELETE FROM job"))
        connection.execute(insert(Job).values(**AS_NEW, id=job.id))
    start_worker()
    assert wait_for(app, job).status == "done"
    assert effects(app, job) == [0, 1, 2, 3]


def test_a_job_run_by_a_command_is_left_alone_until_the_command_dies(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    runtime = app.extensions["crm"]
    place = Place.take(runtime)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        commands = services.enqueue("counting.once", {}, "Do it", Actor.system(), runner=place.name)
        db.session().refresh(commands)
        db.session().expunge(commands)
    start_worker()
    assert wait_for(app, enqueue("once")).status == "done"
    assert read(app, commands).status == "waiting"
    place.release()
    assert wait_for(app, commands).status == "done"
    assert effects(app, commands) == [0]


@only_postgresql
def test_losing_every_connection_loses_nothing(
    app: Flask, enqueue: Enqueue, start_worker: StartWorker
) -> None:
    job = enqueue("count", n=ENDLESS)
    start_worker()
    for _round in range(ROUNDS):
        wait_until(partial(passed, app, job, progress(app, job)), "the job to get on")
        with app.extensions["crm"].engine.begin() as connection:
            connection.execute(CUT_EVERYBODY_ELSE_OFF)
    n = nearly_done(app, job)
    assert wait_for(app, job).status == "done"
    assert effects(app, job) == list(range(n))
