"""Scheduled work: at each tick of a kind's cron line there is exactly one job, however many workers look."""

import logging
from datetime import UTC, datetime

from croniter import croniter
from flask_babel import force_locale
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.plugin_api.types import JobKind
from crm.runtime import runtime

log = logging.getLogger(__name__)


def enqueue_due(since: datetime, now: datetime) -> int:
    """Ask for each scheduled kind whose last tick has no job yet; returns how many were asked for.

    What was missed while no worker ran is caught up once, not once per tick. A kind that never ran begins
    with its first tick after `since`, the start of the worker. While a kind's last job is unfinished, the
    next waits.
    """
    ticks = [(kind, _last_tick(kind.schedule, now)) for kind in runtime().jobs.values() if kind.schedule]
    with force_locale("en"):
        return sum(_enqueue(kind, tick) for kind, tick in ticks if _is_due(kind.name, tick, since))


def _last_tick(line: str, now: datetime) -> datetime:
    """The newest moment of the cron line that is not after `now`."""
    tick: datetime = croniter(line, now.astimezone(UTC), ret_type=datetime).get_next()
    ticks = croniter(line, tick, ret_type=datetime)
    last: datetime = ticks.get_prev()
    return last


def _is_due(kind: str, tick: datetime, since: datetime) -> bool:
    waits = func.count().filter(Job.finished_at.is_(None))
    statement = select(func.max(Job.tick), waits).where(Job.kind == kind, Job.tick.is_not(None))
    with system("jobs"):
        newest, waiting = db.session().execute(statement).one()
    after = newest < _name(kind, tick) if newest else tick > since
    return after and not waiting


def _enqueue(kind: JobKind, tick: datetime) -> bool:
    system_actor = Actor.system()
    try:
        with db.transaction(system_actor, "jobs.schedule"):
            enqueue(
                kind.name,
                {"tick": tick.isoformat()},
                str(kind.label),
                system_actor,
                tick=_name(kind.name, tick),
            )
    except IntegrityError:
        return False  # Another worker was first.
    return True


def _name(kind: str, tick: datetime) -> str:
    """Sorts by time within a kind."""
    return f"{kind}@{tick:%Y-%m-%dT%H:%M:%SZ}"
