"""The clock: reminders, escalation and expiry. Each reminder and its mark are one transaction, so it goes
out once however often a worker dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select

from crm.plugin_api import day_here, db, lazy_gettext, system
from crm.plugin_api.types import JobRun
from crm_referrals import clock
from crm_referrals.models import Agency, Consent, Need, Referral, Reminder, Service
from crm_referrals.services import (
    asking,
    consenting,
    disclosing,
    ending,
    finding,
    notices,
    reading,
    stepping,
)
from crm_referrals.states import AT_WORK, LOCKED, OPEN, WAITING
from crm_schools.public import Guardian

JOB, DAILY, REACH = "referrals.timers", "referrals.daily", "referrals.reach"
CONSENTS, ASSURE = "referrals.consents", "referrals.assure"
LABEL, DAILY_LABEL, CONSENTS_LABEL, ASSURE_LABEL = (
    lazy_gettext("Remind of referrals and end those that ran out"),
    lazy_gettext("Mail once a day"),
    lazy_gettext("Remind families of consents and schools of following up"),
    lazy_gettext("Ask agencies whether their entries are right"),
)
REACH_LABEL = lazy_gettext("Tell agencies and schools whom nobody may contact any more")
AT_ONCE = 50
GRACE = 2
GIVES_UP = timedelta(days=30)


def step(run: JobRun) -> bool:
    """The next referrals whose time has come, each in a transaction of its own."""
    last = int(run.cursor.get("last", 0))
    due = select(Referral.id, Referral.need_id).where(
        Referral.state.in_(sorted(OPEN)), Referral.due_at <= db.now(), Referral.id > last
    )
    with system("referrals whose time has come"):
        found = [(row[0], row[1]) for row in db.session().execute(due.order_by(Referral.id).limit(AT_ONCE))]
    for referral_id, need_id in found:
        with db.transaction(run.actor, JOB), system("referrals whose time has come"):
            consenting.held_need(need_id)  # Always the need first, so that no two wait for each other.
            held = select(Referral).where(Referral.id == referral_id).with_for_update(key_share=True)
            referral = db.session().scalars(held.execution_options(populate_existing=True)).one()
            if referral.state in OPEN and referral.due_at is not None and referral.due_at <= db.now():
                tick(referral)
            run.cursor["last"] = referral_id
    return len(found) < AT_ONCE


def tick(referral: Referral) -> None:
    """What is to do about one referral now."""
    now = db.now()
    if referral.state == "awaiting_consent" or (
        referral.state in WAITING | {"draft"}
        and referral.due_at is not None
        and referral.due_at < now - GIVES_UP
    ):
        ending.expire(referral)
        return
    if referral.state == "draft":
        if _once(referral, "stale"):
            notices.to_school(referral, "stale")
        return
    if referral.state in WAITING | AT_WORK and _once(referral, "overdue"):
        if referral.state == "info_needed":
            notices.to_school(referral, "ask")
        elif reading.may_still_read(referral):
            notices.to_agency(referral, "reminder")
    late = clock.add_business_days(referral.due_at or now, GRACE)
    if late <= now and referral.escalated_at is None:
        referral.escalated_at = now
        notices.escalate(referral)


def _once(referral: Referral, kind: str, at: int | None = None) -> bool:
    """Whether this reminder is new for when the referral is due, or for `at` in place of that."""
    due_at = referral.due_at or db.now()
    number = int(due_at.timestamp() // 60) if at is None else at
    known = select(Reminder.id).where(
        Reminder.referral_id == referral.id, Reminder.kind == kind, Reminder.round == number
    )
    if db.session().execute(known).first():
        return False
    db.session().add(Reminder(referral_id=referral.id, kind=kind, round=number))
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


def reach(run: JobRun) -> bool:
    """Of guardians who must not be contacted any more, or are none any more: agencies that were told how to
    reach them hear once that they look before they call, and the school what to do."""
    _forget_allowed(run)
    told = select(Reminder.id).where(
        Reminder.kind == "reach",
        Reminder.referral_id == Referral.id,
        Reminder.round == Referral.guardian_id,
    )
    barred = select(Referral.id, Referral.need_id).where(
        Referral.sent_at.is_not(None),
        Referral.state.not_in(sorted(LOCKED)),
        Referral.guardian_id.is_not(None),
        ~disclosing.may_contact(Referral.student_id, Referral.guardian_id),
        ~told.exists(),
    )
    found = _found(barred.order_by(Referral.need_id, Referral.id).limit(AT_ONCE))
    for need_id in dict.fromkeys(row[1] for row in found):
        with _held(run, need_id):
            _tell_of_barred(need_id, [row[0] for row in found if row[1] == need_id])
    _tell_of_words(run)
    for consent_id, need_id in _found(_asking_barred().with_only_columns(Consent.id, Consent.need_id)):
        with _held(run, need_id):
            consent = db.session().get_one(Consent, consent_id, populate_existing=True)
            notices.take_back(consent)
            waiting = consenting.awaiting(consent) or disclosing.under_way(need_id)
            is_new = waiting and _once(waiting[0], f"barred_{consent.id}", consent.contact_id)
            if consent.status == "asked" and is_new:
                notices.about_consent(consent, "barred")
    return len(found) < AT_ONCE


def _forget_allowed(run: JobRun) -> None:
    """Of guardians who may be contacted again nothing was told: agencies hear anew of who is barred again."""
    again = (
        select(Reminder.id)
        .join(Referral, Referral.id == Reminder.referral_id)
        .where(
            or_(Reminder.kind == "reach", Reminder.kind.startswith("barred_")),
            disclosing.may_contact(Referral.student_id, Reminder.round),
        )
    )
    with db.transaction(run.actor, REACH), system("guardians who may be contacted again"):
        ids = db.session().scalars(again).all()
        db.session().execute(delete(Reminder).where(db.among(Reminder.id, ids)))


def _tell_of_barred(need_id: int, referral_ids: list[int]) -> None:
    """The agencies of one need, and its school once for all of them."""
    fresh = [_fresh(each) for each in referral_ids]
    new = [each for each in fresh if each.guardian_id and _once(each, "reach", each.guardian_id)]
    open_to_it, barred = reading.readable(new), disclosing.unreachable(new)
    told = [each for each in new if each.id in open_to_it and each.id in barred]
    for each in told:
        notices.to_agency(each, "reach")
    if any(each.state in WAITING | AT_WORK for each in told):
        notices.about_need(need_id, "reach")


def _tell_of_words(run: JobRun) -> None:
    """Agencies that were sent words about a guardian who must not be contacted, besides whom they reach in
    the first place, hear once for each wording that they look before they call; and the school what to do."""
    told = select(Reminder.referral_id).where(Reminder.kind == "words", Reminder.round == Need.version)
    barred = select(Guardian.student_id).where(Guardian.contact_prohibited.is_(True))
    maybe = (
        select(Referral.id, Referral.need_id)
        .join(Need, Need.id == Referral.need_id)
        .where(
            Referral.sent_at.is_not(None),
            Referral.state.in_(sorted(WAITING | AT_WORK)),
            Referral.student_id.in_(barred),
            Referral.id.not_in(told.correlate(Need)),
        )
    )
    for referral_id, need_id in _found(maybe.order_by(Referral.need_id, Referral.id)):
        with _held(run, need_id):
            referral, need = _fresh(referral_id), db.session().get_one(Need, need_id)
            is_hidden = bool(disclosing.worded_of_barred([referral])) and not disclosing.unreachable(
                [referral]
            )
            if is_hidden and reading.may_still_read(referral) and _once(referral, "words", need.version):
                notices.to_agency(referral, "reach")
                notices.about_need(need_id, "reach")


def _asking_barred() -> Select[Any]:
    """Consents whose link went to somebody who must not be contacted about the student now."""
    return select(Consent).where(
        Consent.status == "asked",
        Consent.method == "link",
        Consent.link_ends_at > db.now(),
        Consent.contact_id.is_not(None),
        ~disclosing.may_contact(Consent.student_id, Consent.contact_id),
    )


ASKS_AGAIN = (3, 7)
"""Days after which a family is reminded of a consent that it was asked for."""
RENEWS_WITHIN = timedelta(days=14)


def consents(run: JobRun) -> bool:
    """Remind families of consents, schools of help that was given thirty days ago, and whom it concerns of
    consents that run out; each once, and each in a transaction of its own."""
    for consent_id, need_id in _found(_waiting_consents().with_only_columns(Consent.id, Consent.need_id)):
        with _held(run, need_id):
            consent = db.session().get_one(
                Consent, consent_id, populate_existing=True, with_for_update={"key_share": True}
            )
            if consent.email and asking.is_answerable(consent):
                _remind_family(consent)
    given = select(Referral.id, Referral.need_id).where(
        Referral.state == "completed",
        Referral.followed_up_at.is_(None),
        Referral.ended_at <= db.now() - stepping.FOLLOWS_UP,
        Referral.id.not_in(select(Reminder.referral_id).where(Reminder.kind == "follow_up")),
    )
    for referral_id, need_id in _found(given.order_by(Referral.id).limit(AT_ONCE)):
        with _held(run, need_id):
            referral = _fresh(referral_id)
            if referral.state == "completed" and _once(referral, "follow_up"):
                notices.to_school(referral, "follow_up")
    _end_old_emergencies(run)
    for referral_id, need_id in _found(_running_out().with_only_columns(Referral.id, Referral.need_id)):
        with _held(run, need_id):
            referral = _fresh(referral_id)
            if referral.consent_id is not None and referral.state in WAITING | AT_WORK:
                _tell_of_end(referral, db.session().get_one(Consent, referral.consent_id))
    return True


def _found(statement: Select[int, int]) -> list[tuple[int, int]]:
    """Ids with those of their needs."""
    with system("consents that wait, and help that was given"):
        return [(row[0], row[1]) for row in db.session().execute(statement)]


@contextmanager
def _held(run: JobRun, need_id: int) -> Iterator[None]:
    """A transaction that holds a need first, so that no two wait for each other."""
    with db.transaction(run.actor, CONSENTS), system("consents that wait, and help that was given"):
        consenting.held_need(need_id)
        yield


def _fresh(referral_id: int) -> Referral:
    return db.session().get_one(
        Referral, referral_id, populate_existing=True, with_for_update={"key_share": True}
    )


def _end_old_emergencies(run: JobRun) -> None:
    """School and agency hear once that the time of an emergency without a consent is over."""
    for referral_id, need_id in _found(_old_emergencies().with_only_columns(Referral.id, Referral.need_id)):
        with _held(run, need_id):
            referral = _fresh(referral_id)
            if referral.consent_id is None and _once(referral, "out_danger", 0):
                notices.to_school(referral, "ran_out")
                notices.to_agency(referral, "ran_out")


def _old_emergencies() -> Select[Any]:
    """Referrals at work that were sent because of a danger, and that nobody may read any more."""
    told = select(Reminder.referral_id).where(Reminder.kind == "out_danger")
    return select(Referral).where(
        Referral.consent_id.is_(None),
        Referral.sent_at <= db.now() - reading.DANGER,
        Referral.state.in_(sorted(WAITING | AT_WORK)),
        Referral.id.not_in(told),
    )


def _running_out() -> Select[Referral, Consent]:
    """Referrals at work whose consent has run out, or does so within two weeks."""
    return (
        select(Referral, Consent)
        .join(Consent, Consent.id == Referral.consent_id)
        .where(
            Referral.sent_at.is_not(None),
            Referral.state.in_(sorted(WAITING | AT_WORK)),
            Consent.status == "signed",
            Consent.expires_on < day_here() + RENEWS_WITHIN,
        )
        .order_by(Referral.id)
    )


def _tell_of_end(referral: Referral, consent: Consent) -> None:
    """The school hears in time to ask again; once it has run out the agency hears it too. Each once for each
    consent, however the referral moves."""
    if consent.expires_on >= day_here():
        if _once(referral, f"soon_{consent.id}", 0):
            notices.to_school(referral, "runs_out")
    elif _once(referral, f"out_{consent.id}", 0):
        notices.to_school(referral, "ran_out")
        notices.to_agency(referral, "ran_out")


def _waiting_consents() -> Select[Any]:
    return select(Consent).where(
        Consent.status == "asked",
        Consent.method == "link",
        Consent.email != "",
        Consent.tries < asking.MOST_TRIES,
        Consent.link_ends_at > db.now(),
    )


def _remind_family(consent: Consent) -> None:
    """After three days, and after seven."""
    asked_at = (consent.link_ends_at or db.now()) - timedelta(days=consenting.LINK_DAYS)
    passed = [days for days in ASKS_AGAIN if asked_at <= db.now() - timedelta(days=days)]
    if passed and passed[-1] > consent.reminded and asking.waiting_for(consent):
        consent.reminded = passed[-1]
        notices.ask_for_consent(consent, consent.email)


def assure(run: JobRun) -> bool:
    """Ask agencies once a year whether what stands about them is still right."""
    last = int(run.cursor.get("last", 0))
    today = day_here()
    long_ago, born = today - finding.ASSURED_FOR, db.now() - finding.ASSURED_FOR
    due = (
        select(Service)
        .join(Agency, Agency.id == Service.agency_id)
        .where(
            Service.status == "active",
            Agency.closed_on.is_(None),
            or_(Service.assured_on < long_ago, and_(Service.assured_on.is_(None), Service.created_at < born)),
            or_(Service.asked_on.is_(None), Service.asked_on < long_ago),
            Service.agency_id > last,
        )
        .order_by(Service.agency_id)
        .limit(AT_ONCE)
    )
    with db.transaction(run.actor, ASSURE):
        found = db.session().scalars(due).all()
        for agency_id in dict.fromkeys(each.agency_id for each in found):
            notices.ask_to_assure(db.session().get_one(Agency, agency_id))
        for service in found:
            service.asked_on = today
        run.cursor["last"] = found[-1].agency_id - 1 if found else last
    return len(found) < AT_ONCE
