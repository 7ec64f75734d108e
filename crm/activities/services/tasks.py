"""Tasks: giving them, changing them, getting them done, and what comes after a repeated one."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.models import Task, TaskItem
from crm.activities.permissions import TASKS
from crm.activities.services.repeating import LAST_DAY, MOST, due_again
from crm.activities.words import REPEATS
from crm.errors import Conflict, UserError
from crm.events.models import Decision
from crm.fields.custom.values import apply_custom
from crm.journal.recorder import Change
from crm.transfer.cleaning.text import clean_note, squash

ABOUT: Final = ("contact_id", "coalition_id", "campaign_id", "commitment_id", "activity_id", "event_id")
FIRST_DAY: Final = date(1990, 1, 1)
MOST_ITEMS: Final = 100


def create(values: Mapping[str, Any]) -> Task:
    """A new task out of a form's clean values; raises UserError for what makes no sense.

    `items` are the lines of its checklist."""
    task = Task(**{name: values.get(name) for name in ABOUT})
    _apply(task, values)
    task.repeat_from = task.due_date if task.repeat else None
    db.session().add(task)
    db.session().flush()
    add_items(task, values.get("items") or ())
    return task


def change(task: Task, values: Mapping[str, Any], seen: int) -> None:
    """Change a task that had the version `seen`; raises Conflict when it has another one now."""
    lock(task)
    if task.version != seen:
        raise Conflict(_("Somebody else changed this task while you were typing."))
    rhythm = (task.due_date, task.repeat, task.repeat_every)
    _apply(task, values)
    for name in ABOUT:
        if name in values:
            setattr(task, name, values[name])
    if rhythm != (task.due_date, task.repeat, task.repeat_every):
        task.repeat_from = task.due_date if task.repeat else None
    touch(task)


def require_may_give(user_id: int | None, actor: Actor, task: Task | None = None) -> None:
    """Whoever may not see the tasks of others cannot give them any; raises NotAllowed. One that is somebody's
    already may stay theirs."""
    same = task is not None and task.assignee_user_id == user_id
    if user_id not in {None, actor.user_id} and not same and not actor.can(TASKS):
        raise NotAllowed(_("You can give tasks to yourself only. Ask an administrator for more."))


def finish(task: Task, actor: Actor, today: date) -> Task | None:
    """The task is done; returns the next one of a repeated task. Done once more, it does nothing."""
    lock(task)
    if task.done_at is not None:
        return None
    task.done_at, task.done_by_user_id = db.now(), actor.user_id
    touch(task)
    return _successor(task, today)


def reopen(task: Task) -> None:
    """The task is to be done after all; a successor that nobody touched goes."""
    lock(task)
    if task.done_at is None:
        return
    task.done_at = task.done_by_user_id = None
    touch(task)
    following = select(Task).where(Task.series_id == (task.series_id or task.id), Task.id > task.id)
    with system("the next one of a series"):
        successor = db.session().scalars(following.order_by(Task.id).limit(1)).first()
    if task.repeat and successor is not None and successor.done_at is None and successor.version == 1:
        delete(successor)


def delete(task: Task) -> None:
    """Delete a task with its checklist; the others of its series stay, and so does what led to it."""
    change = _change()
    db.session().flush()
    with system("what hangs on a task"):
        items, tasks, decisions = db.table(TaskItem), db.table(Task), db.table(Decision)
        change.delete(items, _ids(items, items.c.task_id, task.id))
        change.update(tasks, _ids(tasks, tasks.c.series_id, task.id), {"series_id": None})
        change.update(decisions, _ids(decisions, decisions.c.task_id, task.id), {"task_id": None})
        change.delete(tasks, [task.id])
    db.session().expire_all()


def postpone(task: Task, due: date | None) -> None:
    """Another due date, given by one click; a repeated one keeps its rhythm."""
    lock(task)
    task.due_date = _checked_day(due)
    touch(task)


def touch(task: Task) -> None:
    task.version += 1
    task.updated_at = db.now()
    db.session().flush()


def lock(task: Task) -> None:
    """Read the row again and keep others from changing it until the end of the transaction."""
    with system("the row was loaded for this actor; it is read again under the lock"):
        db.session().refresh(task, with_for_update=True)


# The checklist.


def items_of(task_ids: Sequence[int]) -> list[TaskItem]:
    """The checklists of tasks that were loaded for the reader, in their order."""
    statement = select(TaskItem).where(db.among(TaskItem.task_id, task_ids))
    with system("the tasks were loaded for the reader"):
        return list(db.session().scalars(statement.order_by(TaskItem.position, TaskItem.id)))


def add_items(task: Task, lines: Sequence[str]) -> None:
    """More lines at the end of the checklist; raises UserError when there would be too many."""
    texts = [text for line in lines if (text := squash(line)[:300])]
    present = items_of([task.id])
    if len(present) + len(texts) > MOST_ITEMS:
        raise UserError(_("A checklist holds at most %(most)s lines.", most=MOST_ITEMS))
    first = max((item.position for item in present), default=0) + 1
    for number, text in enumerate(texts):
        db.session().add(TaskItem(task_id=task.id, text=text, position=first + number))
        db.session().flush()


def item_of(task: Task, item_id: int) -> TaskItem | None:
    return next((item for item in items_of([task.id]) if item.id == item_id), None)


# What is behind it.


def _apply(task: Task, values: Mapping[str, Any]) -> None:
    task.title = squash(values.get("title") or "")
    if not task.title:
        raise UserError(_("Say what is to be done."))
    if values.get("assignee_user_id") is None:
        raise UserError(_("Choose who is to do it."))
    task.assignee_user_id = values["assignee_user_id"]
    task.note = clean_note(values.get("note") or "")
    task.due_date = _checked_day(values.get("due_date"))
    task.repeat = values.get("repeat") or ""
    task.repeat_every = values.get("repeat_every") or 1
    if task.repeat not in REPEATS or not 1 <= task.repeat_every <= MOST:
        raise UserError(_("It can repeat every 1 to %(most)s days, weeks, months or years.", most=MOST))
    apply_custom(task, values)
    if task.repeat and task.due_date is None:
        raise UserError(_("A task that repeats needs a due date to count from."))


def _checked_day(due: date | None) -> date | None:
    if due is not None and not FIRST_DAY <= due <= LAST_DAY:
        raise UserError(_("The due date is out of range. Write it as 2026-09-01."))
    return due


def _successor(task: Task, today: date) -> Task | None:
    if not task.repeat or task.due_date is None:
        return None
    begun = task.repeat_from or task.due_date
    due = due_again(begun, task.due_date, task.repeat, task.repeat_every, today)
    if due is None:
        return None
    made = Task(
        title=task.title,
        note=task.note,
        assignee_user_id=task.assignee_user_id,
        due_date=due,
        repeat=task.repeat,
        repeat_every=task.repeat_every,
        repeat_from=begun,
        series_id=task.series_id or task.id,
        **{name: getattr(task, name) for name in ABOUT},
    )
    db.session().add(made)
    db.session().flush()
    add_items(made, [item.text for item in items_of([task.id])])
    return made


def _ids(table: Any, column: Any, value: int) -> list[int]:
    return list(db.session().execute(select(table.c.id).where(column == value)).scalars())


def _change() -> Change:
    change = db.current_change()
    assert change is not None
    return change
