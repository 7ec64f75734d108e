"""The clock: reminders, escalation and expiry. Each reminder and its mark are one transaction, so it goes
out once however often a worker dies."""

from datetime import timedelta

from sqlalchemy import select

from crm.plugin_api import db, lazy_gettext, system
from crm.plugin_api.types import JobRun
from crm_referrals import clock
from crm_referrals.models import Agency, Referral, Reminder
from crm_referrals.services import notices, stepping
from crm_referrals.states import OPEN, WAITING

JOB, DAILY = "referrals.timers", "referrals.daily"
LABEL, DAILY_LABEL = (
    lazy_gettext("Remind of referrals and end those that ran out"),
    lazy_gettext("Mail once a day"),
)
AT_ONCE = 50
GRACE = 2
GIVES_UP = timedelta(days=30)


def step(run: JobRun) -> bool:
    """The next referrals whose time has come."""
    last = int(run.cursor.get("last", 0))
    due = (
        select(Referral)
        .where(Referral.state.in_(sorted(OPEN)), Referral.due_at <= db.now(), Referral.id > last)
        .order_by(Referral.id)
        .limit(AT_ONCE)
    )
    with db.transaction(run.actor, JOB), system("referrals whose time has come"):
        found = db.session().scalars(due.with_for_update()).all()
        for referral in found:
            tick(referral)
        run.cursor["last"] = found[-1].id if found else last
    return len(found) < AT_ONCE


def tick(referral: Referral) -> None:
    """What is to do about one referral now."""
    now = db.now()
    if referral.state == "awaiting_consent" or (
        referral.state in WAITING | {"draft"}
        and referral.due_at is not None
        and referral.due_at < now - GIVES_UP
    ):
        stepping.take(referral, "expire", stepping.SYSTEM_BY, {})
        return
    if referral.state in WAITING and _once(referral, "overdue"):
        notices.to_agency(referral, "reminder")
    late = clock.add_business_days(referral.due_at or now, GRACE)
    if late <= now and referral.escalated_at is None and referral.state != "draft":
        referral.escalated_at = now


def _once(referral: Referral, kind: str) -> bool:
    """Whether this reminder is new for where the referral stands."""
    known = select(Reminder.id).where(
        Reminder.referral_id == referral.id, Reminder.kind == kind, Reminder.round == referral.version
    )
    if db.session().execute(known).first():
        return False
    db.session().add(Reminder(referral_id=referral.id, kind=kind, round=referral.version))
    db.session().flush()
    return True


def daily(run: JobRun) -> bool:
    """One mail for each agency that chose so."""
    last = int(run.cursor.get("last", 0))
    with db.transaction(run.actor, DAILY):
        statement = select(Agency).where(
            Agency.notice == "daily", Agency.closed_on.is_(None), Agency.id > last
        )
        found = db.session().scalars(statement.order_by(Agency.id).limit(AT_ONCE)).all()
        for agency in found:
            notices.digest_for(agency)
        run.cursor["last"] = found[-1].id if found else last
    return len(found) < AT_ONCE
