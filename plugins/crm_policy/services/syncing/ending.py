"""The end of a run: what a whole list lacks, the saved searches, and how it went."""

from sqlalchemy import select

from crm.plugin_api import Actor, JobRun, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm_policy.importing import bills as importing
from crm_policy.models import Bill, Session
from crm_policy.services import searching
from crm_policy.services.syncing import running


def end(run: JobRun, *, complete: bool) -> bool:
    """Mark what a whole list lacks, look with the saved searches, and say how it went."""
    with db.transaction(
        run.actor, running.ACTION, change_set_id=run.cursor.get("change_set"), alone=True
    ) as change:
        if complete and run.cursor.get("session_id"):
            _mark_missing(run, change)
        with system("how much waits to be looked at"):
            found = searching.count_inbox(Actor.system())
        fresh = running.source_of(run)
        fresh.succeeded_at = fresh.checked_at = db.now()
        fresh.error, fresh.requests = "", run.cursor.get("requests", 0)
        fresh.bills = run.cursor.get("create", 0) + run.cursor.get("update", 0)
        if run.cursor.get("began"):
            fresh.cursor = {"since": run.cursor["began"]}
        counts = {name: run.cursor.get(name, 0) for name in ("create", "update", "unchanged", "rejected")}
        run.result["summary"] = _(
            "New: %(create)s, changed: %(update)s, as before: %(unchanged)s, not usable: %(rejected)s. "
            "In the inbox: %(found)s.",
            found=found,
            **counts,
        )
        run.finish()
    return True


def _mark_missing(run: JobRun, change: Change) -> None:
    with system("bills that a whole list lacks"):
        session = (
            db.session()
            .scalars(select(Session).where(Session.legiscan_id == run.cursor["session_id"]))
            .first()
        )
        if session is None:
            return
        rows = select(Bill.id).where(db.among(Bill.legiscan_id, run.cursor["seen"]))
        seen = list(db.session().scalars(rows))
    gone = importing.unseen(session.id, seen)
    if gone:
        importing.mark_missing(gone, change)
