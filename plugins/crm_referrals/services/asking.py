"""A consent that a family is asked for by a link: who may answer, how often one may guess, until when."""

from datetime import date, timedelta

from sqlalchemy import select, update

from crm.plugin_api import UserError, day_here, db, system
from crm.plugin_api import gettext as _
from crm_referrals import links
from crm_referrals.models import Consent, Referral
from crm_referrals.services import disclosing, notices, stepping
from crm_referrals.services.consenting import (
    LINK_DAYS,
    awaiting,
    hold,
    open_need,
)
from crm_referrals.services.signers import handed_to, is_of_age, refuse_address
from crm_referrals.states import OPEN
from crm_schools.public import Student

MOST_TRIES = 5
"""So many wrong dates of birth lock the link of a consent for good."""


class Locked(UserError):
    """The link is locked after too many wrong dates of birth."""

    status = 429


def find_by_link(text: str) -> Consent | None:
    """The consent that a link asks for; None when it was altered, was ended or is too old."""
    told = links.read(links.CONSENT, text)
    if told is None:
        return None
    with system("somebody opens the link of a consent"):
        consent = db.session().get(Consent, told[0])
    return consent if consent is not None and consent.link_version == told[1] else None


def held_by_link(text: str) -> Consent:
    """The same as it is now, and nobody else ends or answers it before the transaction does. Refused when its
    link was ended meanwhile: a yes that the family cannot take back by it must not be."""
    consent = find_by_link(text)
    if consent is not None:
        hold(consent)
        consent = find_by_link(text)
    if consent is None or not is_answerable(consent):
        raise stepping.Refused(_("This consent is no longer open. Ask the school for a new one."))
    return consent


def is_locked(consent: Consent) -> bool:
    return consent.tries >= MOST_TRIES


def asks_nobody(consent: Consent) -> bool:
    """Whether its link went to somebody who cannot answer: who must not be contacted, or, now that the
    student is 18, who cares for them."""
    if disclosing.asks_barred(consent):
        return True
    to_guardian = consent.contact_id is not None or (
        bool(consent.email) and disclosing.is_of_guardian(consent.student_id, consent.email)
    )
    return to_guardian and is_of_age(consent.student_id)


def is_answerable(consent: Consent) -> bool:
    """Whether the link still asks: not answered, not locked, not too old, and not of somebody who must not be
    contacted since."""
    ends = consent.link_ends_at or db.now()
    is_open = consent.status == "asked" and not is_locked(consent)
    if is_open and asks_nobody(consent):
        return False
    return is_open and ends > db.now() and consent.expires_on >= day_here()


def locked_sentence() -> str:
    return _("Too many wrong dates were written here, so this link is locked. Ask the school for a new one.")


def try_birth_date(consent_id: int) -> date:
    """Count a try at the student's date of birth, and say which it is. Locked when there were too many.

    The count is raised in the UPDATE itself, so that tries at once count one by one."""
    raised = (
        update(Consent)
        .where(Consent.id == consent_id, Consent.tries < MOST_TRIES)
        .values(tries=Consent.tries + 1)
        .execution_options(synchronize_session=False)
    )
    if not db.session().execute(raised).rowcount:  # type: ignore[attr-defined]  # Of every UPDATE.
        raise Locked(locked_sentence())
    consent = db.session().get_one(Consent, consent_id, populate_existing=True)
    student = db.session().get_one(Student, consent.student_id)
    if student.birth_date is None:
        raise UserError(
            _("The school has no date of birth, so it cannot see who you are. Please sign on paper.")
        )
    return student.birth_date


def want_new_link(consent: Consent) -> None:
    """The family asks for a new link; whoever asked for the consent hears of it once, without a name."""
    if consent.status != "asked" or is_answerable(consent):
        raise UserError(_("This link still works. You need no new one."))
    if consent.link_wanted_at is None:
        consent.link_wanted_at = db.now()
        db.session().flush()
        notices.about_consent(consent, "new_link")


def renew_link(consent: Consent, email: str) -> None:
    """End the link that was sent, and send a new one; without an address nobody is written to."""
    hold(consent)
    if consent.status != "asked" or consent.method != "link":
        raise UserError(_("This consent is answered already."))
    if consent.expires_on <= day_here():
        raise UserError(_("The day until which it would have held is over. Ask for a new consent instead."))
    open_need(consent.need_id)
    refuse_address(consent.student_id, email.strip())
    if not waiting_for(consent):
        raise stepping.Refused(
            _("Nothing waits for this consent any more. Choose a service first, then ask for a consent.")
        )
    consent.link_version += 1
    notices.take_back(consent)
    consent.tries, consent.link_wanted_at, consent.reminded = 0, None, 0
    consent.email = email.strip()
    consent.contact_id = handed_to(consent.student_id, consent.email)
    consent.link_ends_at = db.now() + timedelta(days=LINK_DAYS)
    for referral in awaiting(consent):
        referral.due_at = stepping.due_after(referral, db.now())
    db.session().flush()
    if consent.email:
        notices.ask_for_consent(consent, consent.email)


def waiting_for(consent: Consent) -> bool:
    """Whether anything still hangs on this consent that was asked for: a referral to one of its agencies."""
    statement = select(Referral.id).where(
        Referral.need_id == consent.need_id,
        Referral.state.in_(sorted(OPEN)),
        db.among(Referral.agency_id, consent.parties),
    )
    with system("whether referrals wait for a consent"):
        return db.session().execute(statement.limit(1)).first() is not None


def end_asked(need_id: int, agency_id: int | None = None) -> None:
    """Nothing hangs any more on what a family was asked for, of a need that is closed or of an agency whose
    referral has ended: the links end."""
    statement = select(Consent).where(Consent.need_id == need_id, Consent.status == "asked")
    with system("consents that were asked for, and nothing waits for them"):
        held = (
            statement.order_by(Consent.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        found = db.session().scalars(held).all()
    for consent in found:
        if (agency_id is None or agency_id in consent.parties) and not waiting_for(consent):
            consent.link_version += 1
            consent.email, consent.link_ends_at = "", db.now()
            notices.take_back(consent)
    db.session().flush()
