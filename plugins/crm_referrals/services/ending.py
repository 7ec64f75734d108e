"""Ending what was sent before its time: a mistake is taken back, links that leaked work no more, an agency
has closed."""

from typing import Any

from sqlalchemy import Select, select

from crm.plugin_api import day_here, db, system
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.models import Agency, Event, Need, Referral
from crm_referrals.services import asking, consenting, disclosing, notices, pooling, reading, stepping
from crm_referrals.states import OPEN


def end_links(referral: Referral, by: stepping.By) -> None:
    """The links of one referral, the agency's and the family's, lead nowhere any more. The next message to
    the agency brings a new one."""
    if referral.sent_at is None:
        raise stepping.Refused(_("It has not been sent yet, so no link to it is out."))
    referral.link_version += 1
    stepping.write_down(referral, "end_links", by, "")


def mistake(referral: Referral, by: stepping.By, note: str, version: int | None = None) -> None:
    """It should never have been made: what was sent is locked, and the agency is told at once."""
    consenting.held_need(referral.need_id)
    stepping.take(referral, "mistake", by, {"note": note}, version)
    referral.link_version += 1
    if referral.sent_at is None:  # A renewal goes on being asked for, in case that it was no mistake.
        asking.end_asked(referral.need_id, referral.agency_id)
    if referral.sent_at is not None:
        notices.to_agency(referral, "withdrawn")


def _last_mistake(referral: Referral) -> Event | None:
    statement = select(Event).where(
        Event.referral_id == referral.id, Event.step == "mistake", Event.was_refused.is_(False)
    )
    with system("a referral that was loaded for whoever takes its end back"):
        return db.session().scalars(statement.order_by(Event.id.desc()).limit(1)).first()


def may_come_back(referral: Referral) -> bool:
    """Whether “made by mistake” can still be taken back."""
    if referral.state != "entered_in_error":
        return False
    event = _last_mistake(referral)
    return event is not None and stepping.is_fresh(event.at)


def no_mistake(referral: Referral, by: stepping.By) -> None:
    """It was right after all: within a day it stands where it stood, if its agency may still read it."""
    event = _last_mistake(referral)
    if by.side != "school" or event is None or not may_come_back(referral):
        raise stepping.Refused(_("Only a mistake of the last 24 hours is taken back. Send a new referral."))
    need = consenting.held_need(referral.need_id)
    if need.status != "open" and event.from_state in OPEN:
        raise stepping.Refused(_("This need is closed. Open a new one."))
    if event.from_state in OPEN and disclosing.is_nameless(referral):
        pooling.refuse_taken(referral)
    stepping.win(referral)
    # The link that the family was asked by has ended, so the school asks anew.
    referral.state = "draft" if event.from_state == "awaiting_consent" else event.from_state
    db.session().flush()
    if referral.state in OPEN and referral.sent_at is not None:
        _refuse_unread(referral, need, by)
    _as_it_was(referral, event)
    stepping.write_down(referral, "back", by, "", "entered_in_error")
    if referral.sent_at is not None and referral.state in OPEN:
        notices.to_agency(referral, "back")


def _refuse_unread(referral: Referral, need: Need, by: stepping.By) -> None:
    """The family may have said yes to less, or to more, meanwhile: the latest word counts, as it would have
    with the referral under way."""
    consent = consenting.live(need.id, referral.agency_id, day_here(), hold=True)
    if consent is not None and consent.id != referral.consent_id:
        disclosing.rest_on(referral, need, consent, by.label)
    if not reading.may_still_read(referral):
        raise stepping.Refused(_("The consent for it does not hold any more, so it stays as it is."))


def _as_it_was(referral: Referral, mistake: Event) -> None:
    """When and with what words it had ended before, if it had, and its clock."""
    referral.ended_at, referral.note = None, ""
    if referral.state not in OPEN:
        statement = select(Event).where(
            Event.referral_id == referral.id, Event.id < mistake.id, Event.to_state == referral.state
        )
        with system("a referral that was loaded for whoever takes its end back"):
            statement = statement.where(Event.from_state != Event.to_state).order_by(Event.id).limit(1)
            ended = db.session().scalars(statement).one()
        referral.ended_at, referral.note = ended.at, ended.note
    referral.due_at = None if referral.acknowledged_at else stepping.due_after(referral, db.now())
    db.session().flush()


def close(agency: Agency) -> None:
    """It gives no services any more: its links end, and the schools of what it had under way hear it."""
    with system("what an agency that has closed had under way"):
        for need_id in sorted(
            set(db.session().scalars(_under_way(agency).with_only_columns(Referral.need_id)))
        ):
            consenting.held_need(need_id)
        found = db.session().scalars(_under_way(agency).execution_options(populate_existing=True)).all()
    agency.closed_on, agency.link_version = day_here(), agency.link_version + 1
    for referral in found:
        notices.to_school(referral, "closed")
        if referral.sent_at is None:
            stepping.take(referral, "withdraw", stepping.SYSTEM_BY, {"note": words.kept(words.AGENCY_CLOSED)})
            asking.end_asked(referral.need_id, agency.id)


def open_at(agency: Agency) -> int:
    """How many referrals it has under way."""
    with system("how many referrals an agency has under way, without names"):
        return len(db.session().execute(_under_way(agency).with_only_columns(Referral.id)).all())


def _under_way(agency: Agency) -> Select[Any]:
    statement = select(Referral).where(Referral.agency_id == agency.id, Referral.state.in_(sorted(OPEN)))
    return statement.order_by(Referral.id)


def expire(referral: Referral) -> None:
    """Nobody did anything for too long: the school and its coordinators look what to do now, and an agency
    that was sent it hears at once that it reads it no more."""
    consenting.held_need(referral.need_id)
    stepping.take(referral, "expire", stepping.SYSTEM_BY, {})
    referral.link_version += 1
    referral.escalated_at = db.now()
    asking.end_asked(referral.need_id, referral.agency_id)
    notices.to_owner_and_coordinators(referral, "lapsed")
    if referral.sent_at is not None:
        notices.to_agency(referral, "expired")
