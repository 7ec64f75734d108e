"""Asking for background work, stopping it, and reading how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, select, update

from crm import access, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.errors import UserError
from crm.jobs import permissions
from crm.jobs.models import Job
from crm.runtime import runtime

KEPT = timedelta(days=90)
KEPT_SCHEDULED = timedelta(days=7)


def enqueue(
    kind: str,
    args: dict[str, Any],
    title: str,
    actor: Actor,
    *,
    tick: str | None = None,
    runner: str | None = None,
) -> Job:
    """Ask for background work inside the caller's transaction; a worker begins soon after its commit.

    `args` must fit JSON and, like `title`, holds ids rather than anything about a student. `runner` names
    the place of a process that will run the job itself (see `crm.jobs.inline`).
    """
    if kind not in runtime().jobs:
        raise RuntimeError(f"no plugin declares the job kind {kind}")
    if db.current_change() is None:
        raise RuntimeError("jobs are asked for inside a transaction")
    if actor.user_id is None and not actor.grants:
        raise RuntimeError("nobody cannot ask for background work")
    job = Job(kind=kind, args=args, title=title, actor_user_id=actor.user_id, tick=tick, runner=runner)
    job.handed_over_at = db.now() if runner else None
    db.session().add(job)
    db.session().flush()
    return job


def is_waiting(kind: str, args: Mapping[str, Any]) -> bool:
    """Whether work of this kind about the same was asked for and has not ended."""
    statement = select(Job.args).where(Job.kind == kind, Job.finished_at.is_(None))
    with system("asking whether background work goes on"):
        waiting = db.session().scalars(statement).all()
    return any(args.items() <= each.items() for each in waiting)


def may_cancel(job: Job, actor: Actor) -> bool:
    """Whoever asked for it, and those who look after everybody's."""
    own = job.actor_user_id is not None and job.actor_user_id == actor.user_id
    return not job.is_finished and (own or actor.can(permissions.MANAGE))


def cancel(job: Job, actor: Actor) -> None:
    """Stop a job before its next step; what its finished steps did stays. Inside a transaction."""
    if job.is_finished:
        raise UserError(_("This work is finished already; there is nothing to stop."))
    if not may_cancel(job, actor):
        raise access.NotAllowed(_("Only the person who asked for this, or an administrator, may stop it."))
    statement = update(Job).where(Job.id == job.id, Job.finished_at.is_(None))
    with system("the job was loaded for this actor"):
        db.session().execute(statement.values(status="cancelled", finished_at=db.now()))


@dataclass(frozen=True)
class JobRow:
    """A line of the list: the job, the label of its kind, and who asked for it."""

    job: Job
    label: str
    asked_by: str


def recent(actor: Actor, limit: int = 50) -> Sequence[JobRow]:
    """The newest jobs that the actor may see; scheduled ones only while unfinished or when they failed."""
    statement = (
        access.visible(Job, actor)
        .add_columns(User.name)
        .outerjoin(User, User.id == Job.actor_user_id)
        .where(Job.tick.is_(None) | Job.finished_at.is_(None) | (Job.status == "failed"))
        .order_by(Job.id.desc())
        .limit(limit)
    )
    return [
        JobRow(job, label_of(job.kind), name or _("Rollcall"))
        for job, name in db.session().execute(statement)
    ]


def label_of(kind: str) -> str:
    """The label of a kind; its name when the plugin that declared it is gone."""
    declared = runtime().jobs.get(kind)
    return str(declared.label) if declared else kind


def tidy(limit: int = 1000) -> int:
    """Forget old finished jobs, the newest of each schedule excepted. Inside a transaction."""
    newest = select(func.max(Job.id)).where(Job.tick.is_not(None)).group_by(Job.kind)
    old = select(Job.id).where(_is_old(), Job.id.not_in(newest)).order_by(Job.id).limit(limit)
    with system("tidying up what is finished"):
        ids = db.session().scalars(old).all()
        db.session().execute(delete(Job).where(Job.id.in_(ids)))
    return len(ids)


def _is_old() -> ColumnElement[bool]:
    now = db.now()
    scheduled_done = Job.tick.is_not(None) & (Job.status == "done") & (Job.finished_at < now - KEPT_SCHEDULED)
    return (Job.finished_at < now - KEPT) | scheduled_done
