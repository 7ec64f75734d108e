"""What an agency may still read of what it was sent: as long as the consent holds, and not after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from crm.plugin_api import day_here, db, system
from crm_referrals import words
from crm_referrals.models import Consent, Disclosure, Event, Referral
from crm_referrals.services import disclosing, signers
from crm_referrals.states import AGENCY, FAMILY, LOCKED

DANGER = timedelta(days=30)
"""So long an agency reads what it was sent because of a danger; in that time the family can be asked."""
OURS = frozenset({"acknowledge", "unacknowledge", "follow_up", "end_links"})
"""Steps by which the school only keeps its own books; no agency hears of them."""
ENDS = frozenset({"decline", "complete", "fail", "end"})
"""All that an agency can still do once it reads nothing any more."""


@dataclass(frozen=True)
class Told:
    """One step as an agency reads of it."""

    at: datetime
    step: str
    actor_label: str
    reason: str
    note: str
    was_refused: bool = False
    said_by: str = ""


def readable(referrals: Iterable[Referral]) -> frozenset[int]:
    """The ids of those that their agency may still read. It may not once a referral is locked, once its
    consent was taken back or has run out, and, where an emergency needed none, after thirty days, once it was
    found to be none, or once the family has said no to this agency since."""
    sent = [each for each in referrals if each.state not in LOCKED and each.sent_at is not None]
    today = day_here()
    with system("the consents of referrals that were loaded for this reader"):
        holding = frozenset(
            db.session().scalars(
                select(Consent.id).where(
                    db.among(Consent.id, [each.consent_id for each in sent if each.consent_id is not None]),
                    Consent.status == "signed",
                    Consent.expires_on >= today,
                )
            )
        )
        emergencies = [
            each
            for each in sent
            if each.consent_id is None and (each.sent_at or db.now()) > db.now() - DANGER
        ]
        noes = db.session().execute(
            select(Consent.need_id, Consent.parties, Consent.revoked_at).where(
                db.among(Consent.need_id, [each.need_id for each in emergencies]),
                Consent.status.in_(("refused", "revoked")),
            )
        )
        said_no = [(row[0], row[1], row[2]) for row in noes] if emergencies else []
        none = select(Disclosure.referral_id).where(
            db.among(Disclosure.referral_id, [each.id for each in emergencies]), Disclosure.was_none.is_(True)
        )
        were_none = set(db.session().scalars(none)) if emergencies else set()
    found = {each.id for each in sent if each.consent_id in holding}
    for each in emergencies:
        if each.id not in were_none and not any(
            need_id == each.need_id and each.agency_id in parties and at is not None and at >= each.sent_at
            for need_id, parties, at in said_no
        ):
            found.add(each.id)
    return frozenset(found)


def may_still_read(referral: Referral) -> bool:
    return referral.id in readable([referral])


def awaits_student(referral: Referral) -> bool:
    """Whether it rests on a yes of somebody who cares for a student who is 18 now. From then on it is the
    student's (34 CFR 99.5): the agency keeps what it was sent, and is told nothing more before they agree."""
    if referral.consent_id is None or not signers.is_of_age(referral.student_id):
        return False
    with system("who signed what a referral that was loaded for this reader rests on"):
        return db.session().get_one(Consent, referral.consent_id).signer_relation != "student"


def history(referral: Referral) -> Sequence[Told]:
    """What happened since it was sent, as far as it is the agency's to know: of what the school and the
    family wrote nothing, and of what the agency wrote nothing any more once it may not read."""
    statement = select(Event).where(
        Event.referral_id == referral.id,
        Event.was_refused.is_(False),
        Event.at >= referral.sent_at,
        Event.step.not_in(sorted(OURS)),
    )
    with system("steps of a referral that an agency was sent"):
        rows = db.session().scalars(statement.order_by(Event.id)).all()
    open_to_it = may_still_read(referral)
    nameless = disclosing.is_nameless(referral)
    return [_told(row, open_to_it, nameless) for row in rows]


def _told(row: Event, open_to_it: bool, nameless: bool) -> Told:
    """Who of the school wrote would say which school it is, so a nameless referral does not name them."""
    speaks = open_to_it and row.side == AGENCY
    hides = row.side == FAMILY or (nameless and row.side != AGENCY)
    who = str(words.SIDES[row.side]) if hides else row.actor_label
    note, said_by = (words.said(row.note), row.said_by) if speaks else ("", "")
    return Told(row.at, row.step, who, row.reason if speaks else "", note, said_by=said_by)
