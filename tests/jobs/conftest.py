"""An application with the job kinds of these tests, and real worker processes for it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from crm import create_app, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.config import Config
from crm.jobs import services
from crm.jobs.models import Job

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
"""Seconds until a test gives up waiting; a busy machine is slow."""

Enqueue = Callable[..., Job]
StartWorker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with the plugin of these tests in it."""
    site = tmp_path / "site"
    info = site / "counting-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: counting\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[crm.plugins]\ncounting = tests.jobs.kinds\n")
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture
def config(database_url: str, tmp_path: Path, site: Path) -> Config:
    config = Config.for_testing(database_url=database_url, data_dir=tmp_path / "data")
    return replace(config, plugins="counting")


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    app = create_app(config)
    with app.extensions["crm"].engine.begin() as connection:
        connection.execute(text("CREATE TABLE job_effect (job_id INTEGER, number INTEGER, process INTEGER)"))
    yield app
    app.extensions["crm"].engine.dispose()


@pytest.fixture
def enqueue(app: Flask) -> Enqueue:
    """Ask for a job: `enqueue("count", n=10, user=user)`."""

    def ask(kind: str, user: Any = None, **args: Any) -> Job:
        actor = Actor(user.id, user.name) if user else Actor.system()
        with app.app_context(), db.transaction(actor, "test"):
            job = services.enqueue(f"counting.{kind}", args, f"Do {kind}", actor)
            db.session().refresh(job)
            db.session().expunge(job)
            return job

    return ask


@pytest.fixture
def start_worker(config: Config, app: Flask, site: Path) -> Iterator[StartWorker]:
    """Start a real worker process; those that still live are killed after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "crm.jobs.worker"], env=environment(config, site), cwd=ROOT
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def environment(config: Config, site: Path) -> dict[str, str]:
    """The variables with which another process finds the database and the plugin of a test."""
    config.data_dir.mkdir(exist_ok=True)
    return {
        **os.environ,
        "CRM_DATABASE_URL": config.database_url,
        "CRM_DATA_DIR": str(config.data_dir),
        "CRM_SECRET_KEY": config.secret_key,
        "CRM_PLUGINS": "counting",
        "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]),
    }


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Look again and again until `condition` holds; only its failing takes long."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"waited too long for {what}"
        time.sleep(0.03)


def read(app: Flask, job: Job) -> Job:
    """The job as it is now."""
    with app.app_context(), system("test"):
        found = db.session().get_one(Job, job.id)
        db.session().expunge(found)
        return found


def wait_for(app: Flask, job: Job) -> Job:
    """The job once it is finished."""
    wait_until(lambda: read(app, job).is_finished, f"job {job.id}")
    return read(app, job)


def effects(app: Flask, job: Job) -> list[int]:
    """The numbers that the job wrote, in order."""
    with app.app_context():
        statement = text("SELECT number FROM job_effect WHERE job_id = :id ORDER BY number")
        return list(db.session().scalars(statement, {"id": job.id}))


def processes(app: Flask) -> set[int]:
    """The processes that wrote anything."""
    with app.app_context():
        return set(db.session().scalars(text("SELECT DISTINCT process FROM job_effect")))
