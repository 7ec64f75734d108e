"""A real worker is killed while it hands a message over: the server gets it once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from crm import create_app
from crm.accounts import mail
from crm.accounts.models import OutgoingMail
from crm.config import Config
from crm.plugin_api.testing.databases import on_sqlite
from tests.accounts.helpers import rows, writing
from tests.accounts.smtp_server import Mailbox, serving

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with serving(Mailbox()) as box:
        yield box


@pytest.fixture
def app(config: Config, box: Mailbox) -> Iterator[Flask]:
    app = create_app(replace(config, smtp_url=f"smtp://127.0.0.1:{box.port}", plugins=""))
    yield app
    app.extensions["crm"].engine.dispose()


@pytest.fixture
def start(app: Flask) -> Iterator[Start]:
    """Start a worker process; those that still live are killed after the test."""
    config: Config = app.extensions["crm"].config
    environment = {
        **os.environ,
        "CRM_DATABASE_URL": config.database_url,
        "CRM_DATA_DIR": str(config.data_dir),
        "CRM_SECRET_KEY": config.secret_key,
        "CRM_SMTP_URL": config.smtp_url,
        "CRM_PLUGINS": "",
        "PYTHONPATH": str(ROOT),
    }
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "crm.jobs.worker"], env=environment, cwd=ROOT)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"waited too long for {what}"
        time.sleep(0.03)


def state(app: Flask) -> str:
    return str(rows(app, OutgoingMail)[0].status)


@on_sqlite
def test_killed_between_the_end_of_the_message_and_the_answer(app: Flask, box: Mailbox, start: Start) -> None:
    with writing(app):
        mail.send("ana@example.org", "Hello", "Text", "notice")
    worker = start()

    def kill() -> None:
        worker.kill()
        worker.wait()

    box.before_dot_answer = kill
    wait_until(lambda: len(box.messages) == 1, "the message")
    worker.wait()
    box.before_dot_answer = lambda: None
    start()
    wait_until(lambda: state(app) == "unclear", "the next worker to say what it knows")
    assert len(box.messages) == 1
