"""Decisions of a meeting, and its actions, which become tasks. All inside a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.models import Task, TaskItem
from crm.activities.permissions import TASKS
from crm.activities.services import tasks
from crm.errors import UserError
from crm.events.models import Decision, Event
from crm.transfer.cleaning.text import squash

DECISION, ACTION = "decision", "action"
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Line:
    """A decision or an action as it is shown; of an action who does it, by when, and whether it is done."""

    id: int
    kind: str
    text: str
    task_id: int | None = None
    assignee: str = ""
    due_date: date | None = None
    done: bool = False


def lines(event_id: int) -> Sequence[Line]:
    """What was decided, in order."""
    statement = (
        select(Decision, User.name, Task.due_date, Task.done_at)
        .outerjoin(Task, Task.id == Decision.task_id)
        .outerjoin(User, User.id == Task.assignee_user_id)
        .where(Decision.event_id == event_id)
        .order_by(Decision.kind.desc(), Decision.position, Decision.id)
    )
    with system("the decisions of an event that the actor sees, with their tasks"):
        rows = db.session().execute(statement).all()
    return [
        Line(row[0].id, row[0].kind, row[0].text, row[0].task_id, row[1] or "", row[2], row[3] is not None)
        for row in rows
    ]


def add(event: Event, values: Mapping[str, Any], actor: Actor) -> Decision:
    """A new decision; an action becomes a task of whoever is to do it. NotAllowed where the actor may give
    them none."""
    text = _text(values)
    last = select(func.coalesce(func.max(Decision.position), 0)).where(Decision.event_id == event.id)
    with system("where a decision goes"):
        position = int(db.session().execute(last).scalar_one()) + 1
    made = Decision(event_id=event.id, kind=values["kind"], text=text, position=position)
    db.session().add(made)
    if made.kind == ACTION:
        task = _task(event, text, values, actor)
        made.task_id = task.id
    db.session().flush()
    return made


def change(event: Event, decision: Decision, values: Mapping[str, Any], actor: Actor) -> None:
    """Change a decision; the task of an action changes with it. NotAllowed where that is not the actor's."""
    decision.text, decision.kind = _text(values), values["kind"]
    with system("the task of an action"):
        task = db.session().get(Task, decision.task_id) if decision.task_id else None
        if decision.kind == DECISION:
            _drop_task(decision, actor)
        elif task is None:
            decision.task_id = _task(event, decision.text, values, actor).id
        else:
            _rewrite(task, decision.text, values, actor)
    db.session().flush()


def _rewrite(task: Task, text: str, values: Mapping[str, Any], actor: Actor) -> None:
    _require_theirs(task, actor)
    assignee = _assignee(values)
    tasks.require_may_give(assignee, actor, task)
    task.title, task.note = _title_and_note(text)
    task.assignee_user_id, task.due_date = assignee, values.get("due_date")
    task.version += 1
    task.updated_at = db.now()


def _require_theirs(task: Task, actor: Actor) -> None:
    """Whoever may not see the tasks of others changes and removes only their own."""
    mine = visible(Task, actor, TASKS).where(Task.id == task.id).with_only_columns(Task.id)
    if db.session().execute(mine).first() is None:
        raise NotAllowed(_("You can give tasks to yourself only. Ask an administrator for more."))


def remove(decision: Decision, actor: Actor) -> None:
    """Take a decision out of the minutes; the task of an action goes too, unless it is done."""
    with system("the task of an action"):
        db.session().refresh(decision)
        _drop_task(decision, actor)
        db.session().delete(decision)
        db.session().flush()


def _drop_task(decision: Decision, actor: Actor) -> None:
    task = db.session().get(Task, decision.task_id) if decision.task_id else None
    decision.task_id = None
    db.session().flush()
    if task is None or task.done_at is not None:
        return
    _require_theirs(task, actor)
    for item in db.session().scalars(select(TaskItem).where(TaskItem.task_id == task.id)):
        db.session().delete(item)
    db.session().flush()
    db.session().delete(task)
    db.session().flush()


def _task(event: Event, text: str, values: Mapping[str, Any], actor: Actor) -> Task:
    title, note = _title_and_note(text)
    assignee = _assignee(values)
    tasks.require_may_give(assignee, actor)
    task = Task(
        title=title,
        note=note,
        assignee_user_id=assignee,
        due_date=values.get("due_date"),
        coalition_id=event.coalition_id,
        campaign_id=event.campaign_id,
        event_id=event.id,
    )
    db.session().add(task)
    db.session().flush()
    return task


def _title_and_note(text: str) -> tuple[str, str]:
    """A long text does not fit a list of tasks: the rest becomes the task's note."""
    first = squash(text.split("\n", maxsplit=1)[0])
    if len(first) <= LONGEST_TITLE and first == text.strip():
        return first, ""
    return first[:LONGEST_TITLE], text


def _assignee(values: Mapping[str, Any]) -> int:
    if not values.get("assignee"):
        raise UserError(_("Say who is to do it: an action needs somebody who answers for it."))
    return int(values["assignee"])


def _text(values: Mapping[str, Any]) -> str:
    text = (values.get("text") or "").replace("\r\n", "\n").strip()
    if not text:
        raise UserError(_("Write down what was decided or what is to be done."))
    return text
