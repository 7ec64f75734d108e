"""Every write of a page can be taken back: afterwards all rows say what they said before."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.activities.models import Activity, Participant, Task, TaskItem
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.activities.conftest import Add, Log, MakeTask, undo_newest

BOOKKEEPING = {"version", "updated_at"}
FORM = {"kind": "visit", "at": "2026-05-06T09:00", "subject": "Tour", "minutes": "45", "version": "1"}


def everything(app: Flask) -> dict[str, list[Any]]:
    """All rows of activities and tasks, but for what follows every edit."""
    found: dict[str, list[Any]] = {}
    with app.app_context(), system("test"):
        for model in (Activity, Participant, Task, TaskItem):
            table = db.table(model)
            columns = [column for column in table.columns if column.name not in BOOKKEEPING]
            rows = db.session().execute(select(*columns).order_by(table.c.id))
            found[table.name] = [tuple(row) for row in rows]
    return found


@pytest.fixture
def client_with_rows(
    make_user: MakeUser, sign_in: SignIn, add: Add, log: Log, make_task: MakeTask
) -> PageClient:
    """An administrator with two contacts, an activity of the first, an open task and one that is done."""
    user = make_user(role="administrator")
    ana, _ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    activity = log([ana], subject="Buses")
    make_task(user, "Count", due_date=date(2030, 1, 31), repeat="month", items=["one"], activity_id=activity)
    make_task(user, "Over")
    client = sign_in(user)
    client.post("/activities/tasks/2/done")
    return client


@pytest.mark.parametrize(
    "path, data",
    [
        ("/activities/new", {**FORM, "participants": "#2"}),
        ("/activities/new", {**FORM, "participants": "#2", "follow_title": "Thank them"}),
        ("/activities/1/edit", {**FORM, "participants": "#2"}),
        ("/activities/1/delete", {}),
        ("/activities/bulk/log", {**FORM, "ids": "1,2"}),
        ("/activities/tasks/quick", {"title": "Call"}),
        ("/activities/tasks/new", {"title": "Call", "assignee_user_id": "1", "items": "one\ntwo"}),
        ("/activities/tasks/1/edit", {"title": "Phone", "assignee_user_id": "1", "version": "1"}),
        ("/activities/tasks/1/done", {}),
        ("/activities/tasks/2/open", {}),
        ("/activities/tasks/1/delete", {}),
        ("/activities/tasks/1/items", {"text": "three"}),
        ("/activities/tasks/1/items/1", {"done": "1"}),
        ("/activities/tasks/1/items/1/delete", {}),
    ],
)
def test_it_is_as_it_was(path: str, data: dict[str, str], app: Flask, client_with_rows: PageClient) -> None:
    before = everything(app)
    assert client_with_rows.post(path, data=data).status_code == 303
    assert everything(app) != before
    undo_newest(client_with_rows)
    assert everything(app) == before
