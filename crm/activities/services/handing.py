"""Tasks of somebody who leaves: which there are, and giving them to another account."""

from collections.abc import Iterable, Sequence
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.models import Task
from crm.contacts.models import Affiliation
from crm.i18n import day
from crm.plugin_api.types import Heirs, Responsibility

TASK: Final = "activities.task"
MOST: Final = 500


def responsibilities(
    user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    """The open tasks of an account; with an organization those about it or its people."""
    if user_id is None:
        return
    statement = visible(Task, actor).where(Task.assignee_user_id == user_id, Task.done_at.is_(None))
    if organization_id is not None:
        people = select(Affiliation.person_id).where(Affiliation.organization_id == organization_id)
        statement = statement.where((Task.contact_id == organization_id) | Task.contact_id.in_(people))
    for task in db.session().scalars(statement.order_by(Task.due_date, Task.id).limit(MOST)):
        due = _("due %(day)s", day=day(task.due_date)) if task.due_date else ""
        url = url_for("activities.task", task_id=task.id)
        yield Responsibility(TASK, task.id, _("Task"), task.title, "user", due, url)


def hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give the tasks among the items to the heir's account, where there is one."""
    change = db.current_change()
    ids = [item.record_id for item in items if item.kind == TASK]
    if heirs.user_id is None or not ids:
        return
    assert change is not None
    values = {
        "assignee_user_id": heirs.user_id,
        "version": db.table(Task).c.version + 1,
        "updated_at": db.now(),
    }
    db.session().flush()
    with system("tasks are handed over in a set"):
        change.update(db.table(Task), ids, values)
    db.session().expire_all()
