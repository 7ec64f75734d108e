"""Contacts, activities and tasks for tests, written and read past the pages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import User
from crm.activities.services import acts, tasks
from crm.plugin_api.testing.application import PageClient
from tests.contacts.conftest import Add, Rows, add, rows

__all__ = ["Add", "Log", "MakeTask", "Rows", "add", "rows", "undo_newest"]

Log = Callable[..., int]
MakeTask = Callable[..., int]
NOON = datetime(2026, 3, 4, 17, tzinfo=UTC)


@pytest.fixture
def log(app: Flask) -> Log:
    """Log an activity and return its id: `log([contact_id], subject="…", by=user)`."""

    def make(people: list[int], by: User | None = None, **values: Any) -> int:
        actor = Actor(by.id, by.name) if by is not None else Actor.system()
        given = {"kind": "call", "at": NOON, **values}
        with app.test_request_context(), db.transaction(actor, "activities.log", "Logged for a test"):
            return acts.log(given, people, actor).id

    return make


@pytest.fixture
def make_task(app: Flask) -> MakeTask:
    """Make a task of an account and return its id: `make_task(user, "Call Ana", due_date=…)`."""

    def make(user: User, title: str, **values: Any) -> int:
        given = {"title": title, "assignee_user_id": user.id, **values}
        with app.test_request_context(), db.transaction(Actor.system(), "activities.task", "For a test"):
            return tasks.create(given).id

    return make


def undo_newest(client: PageClient) -> None:
    """Take back the newest change that the reader may see."""
    number = re.search(r"/changes/(\d+)", client.get("/changes").text)
    assert number is not None
    answer = client.post(f"/changes/{number[1]}/undo")
    assert answer.status_code in {200, 303}, answer.text
