"""Rows of tasks and activities as pages show them, with what they belong to, as far as the reader sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Select, case, func, select

from crm import db
from crm.access import SCOPED, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities import choices
from crm.activities.fields import participants_for
from crm.activities.mail.filing import WAITING
from crm.activities.models import Activity, Participant, ReceivedMail, Task, TaskItem
from crm.activities.permissions import EDIT
from crm.i18n import today

MOST: Final = 300
NEWEST: Final = 6
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class TaskRow:
    """A task with whose it is, what it is about, and how far its checklist is."""

    task: Task
    assignee: str
    about: list[choices.About]
    items: int
    items_done: int

    @property
    def is_late(self) -> bool:
        return self.task.done_at is None and self.task.due_date is not None and self.task.due_date < today()


@dataclass
class Day:
    """One's tasks in groups; `more` says that there are more than shown."""

    late: list[TaskRow] = field(default_factory=list)
    today: list[TaskRow] = field(default_factory=list)
    week: list[TaskRow] = field(default_factory=list)
    later: list[TaskRow] = field(default_factory=list)
    undated: list[TaskRow] = field(default_factory=list)
    done: list[TaskRow] = field(default_factory=list)
    more: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.late or self.today or self.week or self.later or self.undated)


def task_rows(statement: Select[Any], actor: Actor) -> list[TaskRow]:
    """The rows of a statement that came from `visible(Task, …)`."""
    columns = tuple(choices.ABOUT)
    statement = statement.join_from(Task, User, User.id == Task.assignee_user_id).add_columns(
        User.name.label("user")
    )
    rows = db.session().execute(choices.linked(statement, Task, actor, columns)).all()
    counts = _checklists([row[0].id for row in rows])
    return [
        TaskRow(row[0], row.user, choices.links(row, row[0], columns), *counts.get(row[0].id, (0, 0)))
        for row in rows
    ]


def _checklists(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    if not ids:
        return {}
    done = func.sum(case((TaskItem.done.is_(True), 1), else_=0))
    statement = select(TaskItem.task_id, func.count(), done).where(db.among(TaskItem.task_id, ids))
    with system("the tasks were loaded for the reader"):
        rows = db.session().execute(statement.group_by(TaskItem.task_id))
        return {row[0]: (row[1], row[2]) for row in rows}


def my_day(actor: Actor, day: date) -> Day:
    """The open tasks of the actor in groups, and what they did today."""
    mine = visible(Task, actor).where(Task.assignee_user_id == actor.user_id)
    waiting = mine.where(Task.done_at.is_(None))
    dated = waiting.where(Task.due_date.is_not(None)).order_by(Task.due_date, Task.id)
    undated = waiting.where(Task.due_date.is_(None)).order_by(Task.id.desc())
    found = Day()
    rows = task_rows(dated.limit(MOST + 1), actor)
    found.undated = task_rows(undated.limit(MOST), actor)
    found.more = len(rows) > MOST or len(found.undated) == MOST
    for row in rows[:MOST]:
        due = row.task.due_date
        assert due is not None
        group = (
            found.late if due < day else found.today if due == day
            else found.week if due <= day + WEEK else found.later
        )  # fmt: skip
        group.append(row)
    lately = mine.where(Task.done_at > db.now() - timedelta(hours=16)).order_by(Task.done_at.desc())
    found.done = task_rows(lately.limit(10), actor)
    return found


def due_counts(actor: Actor, day: date) -> tuple[int, int]:
    """How many of the actor's tasks are late, and how many are due today."""
    late = func.count().filter(Task.due_date < day)
    due = func.count().filter(Task.due_date == day)
    mine = Task.assignee_user_id == actor.user_id
    statement = visible(Task, actor).where(mine, Task.done_at.is_(None), Task.due_date <= day)
    row = db.session().execute(statement.with_only_columns(late, due)).one()
    return row[0], row[1]


def mail_waiting(actor: Actor) -> int:
    """How many messages the actor can file, counted no further than a hundred."""
    if not actor.can(EDIT):
        return 0
    waiting = visible(ReceivedMail, actor).where(ReceivedMail.status == WAITING)
    inner = waiting.with_only_columns(ReceivedMail.id).limit(100).subquery()
    statement = select(func.count()).select_from(inner).execution_options(**{SCOPED: True})
    return int(db.session().execute(statement).scalar_one())


def tasks_about(column: str, record_id: int, actor: Actor, limit: int = 50) -> list[TaskRow]:
    """The open tasks that belong to a record, the next due first, and the last ones done."""
    of_record = visible(Task, actor).where(getattr(Task, column) == record_id)
    undated = case((Task.due_date.is_(None), 1), else_=0)
    waiting = of_record.where(Task.done_at.is_(None)).order_by(undated, Task.due_date, Task.id)
    done = of_record.where(Task.done_at.is_not(None)).order_by(Task.done_at.desc(), Task.id)
    return task_rows(waiting.limit(limit), actor) + task_rows(done.limit(3), actor)


@dataclass(frozen=True)
class ActivityRow:
    """An activity with those who took part."""

    activity: Activity
    who: str


def newest(column: str, record_id: int, actor: Actor, limit: int = NEWEST) -> list[ActivityRow]:
    """The newest activities of a contact, campaign, coalition or event."""
    statement = visible(Activity, actor)
    if column == "contact_id":
        statement = statement.join(Participant, Participant.activity_id == Activity.id)
        statement = statement.where(Participant.contact_id == record_id)
        statement = statement.order_by(Participant.at.desc(), Participant.activity_id.desc())
    else:
        statement = statement.where(getattr(Activity, column) == record_id)
        statement = statement.order_by(Activity.at.desc(), Activity.id.desc())
    found = list(db.session().scalars(statement.limit(limit)))
    who = participants_for([each.id for each in found], actor)
    return [ActivityRow(each, who.get(each.id, "")) for each in found]
