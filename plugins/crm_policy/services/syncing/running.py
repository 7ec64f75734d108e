"""What each step does: ask once within the rate, wait when told to, write what came with the mark of how far
it is in one transaction."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from sqlalchemy import select

from crm.plugin_api import JobRun, UserError, db, jobs, runtime, setting, system
from crm.plugin_api import gettext as _
from crm_policy.models import Source
from crm_policy.reading.neutral import Record
from crm_policy.services import fetching
from crm_policy.services.syncing import taking

ACTION: Final = "policy.sync"
URLS: Final = {"legiscan": "https://api.legiscan.com/", "openstates": "https://v3.openstates.org"}
MOST_TRIES: Final = 8
LONGEST_WAIT: Final = 900.0


class Refused(Exception):
    """The service knows nothing of this one thing, so asking for it again would not help."""


def unfinished(provider: str) -> dict[int, Any]:
    """The jobs that ask a service just now or wait for it, by the session that they keep fresh."""
    with system("which sessions are being kept fresh"):
        mine = select(Source.id).where(Source.provider == provider)
        ids = set(db.session().scalars(mine))
        found = db.session().scalars(
            select(jobs.Job).where(jobs.Job.kind == ACTION, jobs.Job.finished_at.is_(None))
        )
        return {number: job for job in found if (number := job.args["source_id"]) in ids}


def source_of(run: JobRun) -> Source:
    with system("what a job keeps fresh"):
        found = db.session().get(Source, run.args["source_id"], populate_existing=True)
    if found is None:
        raise UserError(_("This session is not kept fresh any more."))
    return found


def put_off(run: JobRun, source: Source, seconds: float | None, why: str) -> None:
    """Wait, longer each time; after many times in a row the job ends and tomorrow's goes on."""
    tries = run.cursor.get("tries", 0) + 1
    wait = min(seconds if seconds is not None else _backoff() * 2**tries, LONGEST_WAIT)
    with db.transaction(run.actor, ACTION):
        fresh = source_of(run)
        fresh.error, fresh.checked_at = why[:500], db.now()
        run.cursor.update(tries=tries, not_before=time.time() + wait)
    if tries >= MOST_TRIES:
        raise UserError(
            _(
                "%(service)s does not answer (%(why)s). Nothing is lost; the next run goes on.",
                service=source.provider,
                why=why,
            )
        )


def _backoff() -> float:
    return float(runtime().config.extra.get("CRM_POLICY_BACKOFF", "2"))


def get(run: JobRun, provider: str, query: Mapping[str, Any], path: str = "") -> Any:
    """Ask, and put the next question off by what the rate, which all jobs share, leaves to each.

    Refused where the service answers that there is an error, UserError where it takes no question at all."""
    key = setting(f"policy.{provider}_key")
    if not key:
        raise UserError(
            _("There is no key for this service yet. An administrator sets it under “Services and keys”.")
        )
    base = (setting(f"policy.{provider}_url") or URLS[provider]).rstrip("/")
    pairs = {**query, **({"key": key} if provider == "legiscan" else {})}
    headers = {"X-API-KEY": key} if provider == "openstates" else {}
    rate = max(1, int(setting(f"policy.{provider}_rate") or 10))
    run.cursor["not_before"] = time.time() + 60.0 / rate * max(1, len(unfinished(provider)))
    run.cursor["requests"] = run.cursor.get("requests", 0) + 1
    reply = fetching.get(f"{base}/{path}?{urlencode(pairs, doseq=True, quote_via=quote)}", headers).json()
    if isinstance(reply, dict) and str(reply.get("status", "")).upper() == "ERROR":
        alert = reply.get("alert")
        told = (alert or {}).get("message", "?") if isinstance(alert, dict) else str(alert)
        raise Refused(_("The service answers: %(text)s", text=told))
    if not isinstance(reply, dict):
        raise fetching.Lost("the answer has another form")
    return reply


def write(run: JobRun, records: Sequence[Record], **cursor: Any) -> None:
    """Take records and note how far it is, in one transaction of the run's change set."""
    title = _("Kept fresh from a service")
    with db.transaction(
        run.actor, ACTION, title, change_set_id=run.cursor.get("change_set"), alone=True
    ) as change:
        counts = taking.take(records, run.actor, change)
        run.cursor.update({"tries": 0, "skipped": 0, **cursor, "change_set": change.id})
        for name, number in counts.items():
            run.cursor[name] = run.cursor.get(name, 0) + number
        if "done" in cursor and "total" in cursor:
            run.progress(cursor["done"], cursor["total"])
