"""Consent: asked for, signed, refused, revoked; and what it lets out (34 CFR 99.30)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm_referrals import links, words
from crm_referrals.models import Consent, Need, Referral
from crm_referrals.services import notices, stepping
from crm_referrals.states import OPEN
from crm_schools.public import Student

ADULT = 18


def age_on(birth_date: date | None, day: date) -> int | None:
    if birth_date is None:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def live(need_id: int, agency_id: int, today: date) -> Consent | None:
    """The consent that covers this agency for this need today, the latest one; None when there is none."""
    statement = select(Consent).where(
        Consent.need_id == need_id, Consent.status == "signed", Consent.expires_on >= today
    )
    with system("the consent of a need that was loaded for whoever sends"):
        found = db.session().scalars(statement.order_by(Consent.id.desc())).all()
    return next((each for each in found if agency_id in each.parties), None)


def write(need: Need, parties: Sequence[int], values: Mapping[str, Any], asked_by: str) -> Consent:
    """A consent that somebody signs here or on paper, or that is asked for by a link."""
    if missing := [name for name in words.MINIMUM if name not in values["disclosed"]]:
        told = ", ".join(str(words.DISCLOSABLE[name]) for name in missing)
        raise UserError(_("No agency can act without: %(names)s.", names=told))
    if not parties:
        raise UserError(_("Choose at least one agency that the consent is for."))
    if values["expires_on"] <= db.now().date():
        raise UserError(_("The consent would have ended before it began. Choose a later day."))
    consent = Consent(
        student_id=need.student_id,
        need_id=need.id,
        contact_id=values.get("contact_id"),
        method=values["method"],
        purpose=values["purpose"],
        parties=sorted(set(parties)),
        disclosed=list(values["disclosed"]),
        language=need.language,
        expires_on=values["expires_on"],
        asked_by=asked_by,
    )
    db.session().add(consent)
    db.session().flush()
    if consent.method == "link":
        consent.link_ends_at = db.now() + timedelta(days=21)
        return consent
    if not values.get("signer_name"):
        raise UserError(_("Write the name of the person who signs."))
    if consent.method == "screen" and not values.get("shown_approval"):
        raise UserError(_("The person has to say that they have read all of this and agree."))
    signed_on = values.get("signed_on") or db.now().date()
    if signed_on > db.now().date():
        raise UserError(_("It cannot have been signed on a day that is still to come."))
    sign(consent, values["signer_name"], values["signer_relation"], signed_on)
    return consent


def sign(consent: Consent, name: str, relation: str, signed_on: date) -> None:
    """Somebody signs. From 18 on only the student can (34 CFR 99.5)."""
    if consent.status != "asked":
        raise UserError(_("This consent is no longer open. Ask the school for a new one."))
    with system("the student whose consent is signed"):
        student = db.session().get_one(Student, consent.student_id)
    age = age_on(student.birth_date, signed_on)
    if age is not None and age >= ADULT and relation != "student":
        raise UserError(_("The student is 18 or older, so only the student can sign."))
    if age is not None and age < ADULT and relation == "student":
        raise UserError(_("The student is not 18 yet, so a parent or guardian has to sign."))
    consent.status, consent.signer_name, consent.signer_relation = "signed", name.strip(), relation
    consent.signed_at, consent.signed_on = db.now(), signed_on
    db.session().flush()


def refuse(consent: Consent, name: str) -> None:
    if consent.status != "asked":
        raise UserError(_("This consent is no longer open. Ask the school for a new one."))
    consent.status, consent.signer_name = "refused", name.strip()
    db.session().flush()


def find_by_link(text: str) -> Consent | None:
    """The consent that a link asks for; None when it was altered, was ended or is too old."""
    told = links.read(links.CONSENT, text)
    if told is None:
        return None
    with system("somebody opens the link of a consent"):
        consent = db.session().get(Consent, told[0])
    return consent if consent is not None and consent.link_version == told[1] else None


def revoke(consent: Consent, by: stepping.By) -> int:
    """From now on nothing is sent, and agencies that got something are told and see it no more. What they
    have
    read cannot be unread. Returns how many open referrals were withdrawn."""
    if consent.status != "signed":
        raise UserError(_("Only a consent that was signed can be revoked."))
    consent.status, consent.revoked_at, consent.revoked_by = "revoked", db.now(), by.label
    consent.link_version += 1
    with system("the referrals that rest on a consent that is revoked"):
        statement = select(Referral).where(
            Referral.consent_id == consent.id, Referral.state.in_(sorted(OPEN))
        )
        resting = db.session().scalars(statement).all()
    for referral in resting:
        was_sent = referral.sent_at is not None
        mover = by if by.side in {"school", "family"} else stepping.SYSTEM_BY
        stepping.take(referral, "withdraw", mover, {"note": _("The consent was revoked.")})
        referral.link_version += 1
        if was_sent:
            notices.to_agency(referral, "withdrawn")
    db.session().flush()
    return len(resting)
