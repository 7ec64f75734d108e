"""The end of a run: what a whole list lacks, the saved searches, and how it went."""

from typing import Final

from sqlalchemy import or_, select

from crm.plugin_api import Actor, JobRun, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm.plugin_api.words import day_here
from crm_policy.importing import bills as importing
from crm_policy.importing.sessions import Sessions
from crm_policy.models import Bill, Session
from crm_policy.reading.neutral import session_key
from crm_policy.services import assessing, searching
from crm_policy.services.syncing import running

FEW: Final = 10
"""So many bills may go missing from a short list at once."""


def end(run: JobRun, *, complete: bool) -> bool:
    """Mark what a whole list lacks, look with the saved searches, and say how it went."""
    with db.transaction(
        run.actor, running.ACTION, change_set_id=run.cursor.get("change_set"), alone=True
    ) as change:
        if complete and run.cursor.get("session_id"):
            _mark_missing(run, change)
            _adjourn(run, change)
        with system("how much waits to be looked at"):
            found = searching.count_inbox(Actor.system())
        fresh = running.source_of(run)
        _heard_of(run, fresh.state, fresh.session)
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


def _adjourn(run: JobRun, change: Change) -> None:
    """The list says whether its session is over, also where no bill of it changed."""
    if (over := run.cursor.get("over")) is None:
        return
    sessions = Sessions()
    for session in sessions.all:
        if session.legiscan_id == run.cursor["session_id"] and sessions.adjourn(session, over=bool(over)):
            assessing.refresh(assessing.all_of(session.id), change)


def _heard_of(run: JobRun, state: str, name: str) -> None:
    """The service was asked for all that is new, so what we have of these sessions is as of now."""
    number = run.cursor.get("session_id")
    open_ones = or_(Session.ends_on.is_(None), Session.ends_on >= day_here())
    with system("sessions that a service told of"):
        statement = select(Session).where(Session.state == state)
        if number:
            statement = statement.where(Session.legiscan_id == number)
        elif not name:
            statement = statement.where(open_ones)
        for session in db.session().scalars(statement):
            if number or not name or _is_called(session, name):
                session.seen_at = db.now()


def _is_called(session: Session, name: str) -> bool:
    named = (session.identifier, session.name, *session.aliases)
    return session_key(name) in {session_key(str(each)) for each in named if each}


def _mark_missing(run: JobRun, change: Change) -> None:
    """Mark what the whole list lacks, and unmark what it has again. A list that lacks most of what it had is
    not taken at its word."""
    with system("bills that a whole list lacks"):
        session = (
            db.session()
            .scalars(select(Session).where(Session.legiscan_id == run.cursor["session_id"]))
            .first()
        )
        if session is None:
            return
        rows = select(Bill.id, Bill.missing_since).where(db.among(Bill.legiscan_id, run.cursor["seen"]))
        seen = {row[0]: row[1] for row in db.session().execute(rows)}
    importing.mark_found([number for number, since in seen.items() if since is not None], change)
    gone = importing.unseen(session.id, [*seen])
    if gone and len(gone) <= max(len(seen), FEW):
        importing.mark_missing(gone, change)
