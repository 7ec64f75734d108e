"""Consent: asked for, signed, refused, revoked; and what it lets out (34 CFR 99.30)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from crm.plugin_api import UserError, day_here, db, runtime, system
from crm.plugin_api import gettext as _
from crm.plugin_api.files import accept, keep
from crm_referrals import words
from crm_referrals.models import Agency, Consent, Need, Referral
from crm_referrals.services import disclosing, notices, stepping
from crm_referrals.services.signers import (
    age_on,
    guardian_named,
    handed_to,
    is_of_age,
    plain,
    refuse_address,
    refuse_name,
    refuse_relation,
)
from crm_referrals.states import LOCKED, OPEN
from crm_schools.public import Student

LINK_DAYS = 21
MOST_DAYS = 730
"""No consent holds longer: whoever signed it has to remember it. Its link lives a little longer than it."""


def live(need_id: int, agency_id: int, today: date, *, hold: bool = False) -> Consent | None:
    """The consent that covers this agency for this need today, the family's latest word by the day on which
    it was signed; None when there is none, when that word holds no more, when a no came later, and when the
    student has come of age and it is not theirs. With `hold` nobody takes it back before the transaction
    ends."""
    statement = select(Consent).where(Consent.need_id == need_id, Consent.status == "signed")
    if hold:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    with system("the consent of a need that was loaded for whoever sends"):
        latest = (Consent.signed_on.desc(), Consent.signed_at.desc(), Consent.id.desc())
        found = db.session().scalars(statement.order_by(*latest)).all()
    latest_word = next((each for each in found if agency_id in each.parties), None)
    if latest_word is None or latest_word.expires_on < today:
        return None
    if _is_after(last_no(need_id, [agency_id]), latest_word.signed_on):
        return None
    if latest_word.signer_relation != "student" and is_of_age(latest_word.student_id):
        return None
    return latest_word


def last_no(need_id: int, agency_ids: Collection[int]) -> date | None:
    """The last day, where the organization is, on which the family said no to any of these agencies, or took
    a yes back."""
    noes = select(Consent.parties, Consent.revoked_at).where(
        Consent.need_id == need_id, Consent.revoked_at.is_not(None)
    )
    with system("whether a family said no for a need that was loaded for this actor"):
        rows = db.session().execute(noes).all()
    zone = ZoneInfo(runtime().config.time_zone)
    days = [at.astimezone(zone).date() for parties, at in rows if set(parties) & set(agency_ids)]
    return max(days, default=None)


def _is_after(no: date | None, signed_on: date | None) -> bool:
    return no is not None and (signed_on is None or signed_on < no)


def held_need(need_id: int) -> Need:
    """A need as it is now, and nobody else sends, asks or answers for it before the transaction ends.

    Keys are left free, here and wherever a row of this plugin is held: PostgreSQL looks up the need, the
    consent and the student of a referral that is written twice, and would wait for whoever waits for it.
    """
    statement = select(Need).where(Need.id == need_id).with_for_update(key_share=True)
    with system("the need of what is written now"):
        return db.session().scalars(statement.execution_options(populate_existing=True)).one()


def open_need(need_id: int) -> Need:
    """The same, for what only makes sense while the need is open. Refused once it is closed."""
    need = held_need(need_id)
    if need.status != "open":
        raise stepping.Refused(_("This need is closed. Open a new one."))
    return need


def hold(consent: Consent) -> None:
    """Of two who answer at once the second sees what the first has said. Always the need first, so that
    no two wait for each other."""
    db.session().flush()
    held_need(consent.need_id)
    with system("a consent that is answered now"):
        db.session().refresh(consent, with_for_update={"key_share": True})


def _refuse_unusable(parties: Sequence[int], values: Mapping[str, Any]) -> None:
    """UserError for what no agency could act on, or nobody could mean."""
    if missing := [name for name in words.MINIMUM if name not in values["disclosed"]]:
        told = ", ".join(str(words.DISCLOSABLE[name]) for name in missing)
        raise UserError(_("No agency can act without: %(names)s.", names=told))
    if not parties:
        raise UserError(_("Choose at least one agency that the consent is for."))
    if values["expires_on"] <= day_here():
        raise UserError(_("The consent would have ended before it began. Choose a later day."))
    if values["expires_on"] > day_here() + timedelta(days=MOST_DAYS):
        raise UserError(_("A consent holds for two years at most. Choose an earlier day."))


def write(need: Need, parties: Sequence[int], values: Mapping[str, Any], asked_by: str) -> Consent:
    """A consent that somebody signs here or on paper, or that is asked for by a link."""
    _refuse_unusable(parties, values)
    open_need(need.id)
    if values["method"] == "link":
        refuse_address(need.student_id, str(values.get("email") or "").strip())
    consent = Consent(
        student_id=need.student_id,
        need_id=need.id,
        method=values["method"],
        purpose=values["purpose"],
        parties=sorted(set(parties)),
        disclosed=list(values["disclosed"]),
        language=need.language,
        expires_on=values["expires_on"],
        asked_by=asked_by,
        party_names=_names_now(parties),
    )
    db.session().add(consent)
    db.session().flush()
    if consent.method == "link":
        consent.link_ends_at = db.now() + timedelta(days=LINK_DAYS)
        consent.email = str(values.get("email") or "").strip()
        consent.contact_id = handed_to(need.student_id, consent.email)
        db.session().flush()
        return consent
    if not values.get("signer_name"):
        raise UserError(_("Write the name of the person who signs."))
    consent.strokes = drawn(values.get("strokes") or "")
    _keep_scan(consent, values.get("scan"))
    if consent.method == "paper" and not values.get("signed_on"):
        raise UserError(_("Write the day that stands on the paper beside the signature."))
    if consent.method == "screen" and not values.get("shown_approval"):
        raise UserError(_("The person has to say that they have read all of this and agree."))
    signed_on = values.get("signed_on") or day_here()
    if signed_on > day_here():
        raise UserError(_("It cannot have been signed on a day that is still to come."))
    if consent.expires_on > signed_on + timedelta(days=MOST_DAYS):
        raise UserError(
            _(
                "A consent holds for two years at most from the day on which it was signed. Choose an "
                "earlier end."
            )
        )
    sign(consent, values["signer_name"], values["signer_relation"], signed_on)
    return consent


def _names_now(parties: Sequence[int]) -> dict[str, str]:
    rows = db.session().execute(select(Agency.id, Agency.name).where(db.among(Agency.id, parties)))
    return {str(row[0]): row[1] for row in rows}


def renamed(consent: Consent, agency: Agency) -> str:
    """What whoever signed read as the name of an agency that is called otherwise now; empty where it is the
    same, or where nobody kept it."""
    shown = str((consent.party_names or {}).get(str(agency.id), ""))
    return "" if plain(shown) in {"", plain(agency.name)} else shown


def drawn(text: str) -> list[list[int]]:
    """A signature as its page sends it; UserError for what is none."""
    if not text:
        return []
    try:
        found: Any = json.loads(text) if len(text) < 100_000 else None
        lines = [[int(each) for each in line] for line in found]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UserError(
            _("The drawn signature cannot be read. Draw it again, or sign by name alone.")
        ) from error
    return [[min(max(each, 0), 600) for each in line] for line in lines if len(line) >= 4]


def _keep_scan(consent: Consent, upload: Any) -> None:
    """The signed paper, as it was scanned or photographed."""
    if upload is None or not getattr(upload, "filename", ""):
        return
    accepted = accept(upload.filename, upload.stream)
    if accepted.media_type not in {"application/pdf", "image/jpeg", "image/png", "image/webp"}:
        raise UserError(_("Choose a PDF or a picture of the signed paper."))
    consent.scan_key, consent.scan_name = keep(accepted.content), accepted.file_name
    consent.scan_type = accepted.media_type


def add_scan(consent: Consent, upload: Any) -> None:
    """The paper that was signed, scanned later than its consent was written down."""
    if consent.method != "paper" or consent.status != "signed" or consent.scan_key is not None:
        raise UserError(_("This consent needs no scan."))
    if not getattr(upload, "filename", ""):
        raise UserError(_("Choose a PDF or a picture of the signed paper."))
    _keep_scan(consent, upload)
    db.session().flush()


def sign(consent: Consent, name: str, relation: str, signed_on: date) -> None:
    """Somebody signs. From 18 on only the student can (34 CFR 99.5)."""
    hold(consent)
    if consent.status != "asked":
        raise UserError(_("This consent is no longer open. Ask the school for a new one."))
    if consent.expires_on < day_here():
        raise UserError(_("The day until which it would have held is over. Ask the school for a new one."))
    with system("the student whose consent is signed"):
        student = db.session().get_one(Student, consent.student_id)
    refuse_relation(age_on(student.birth_date, signed_on), relation)
    if consent.method == "link":
        refuse_name(student, name, relation)
    _refuse_older_yes(consent, signed_on)
    consent.status, consent.signer_name, consent.signer_relation = "signed", name.strip(), relation
    consent.signed_at, consent.signed_on = db.now(), signed_on
    _answered_by(consent, name, relation)
    db.session().flush()
    by = stepping.By("family", consent.signer_name)
    for referral in awaiting(consent):
        stepping.take(referral, "consented", by, {})
    if consent.method == "link":
        notices.about_consent(consent, "signed")
    latest = [each for each in consent.parties if live(consent.need_id, each, day_here()) is consent]
    for referral in disclosing.go_on(consent, latest, consent.asked_by):
        stepping.write_down(referral, "renew", by, "")
        notices.to_agency(referral, "renewed")


def _refuse_older_yes(consent: Consent, signed_on: date) -> None:
    """A paper from before the family said no is no yes any more."""
    if _is_after(last_no(consent.need_id, consent.parties), signed_on):
        raise UserError(
            _(
                "The family has said no, or taken its consent back, after that day. Ask it anew; an older "
                "yes does not count."
            )
        )


def refuse(consent: Consent, name: str) -> None:
    """The family says no. That holds against every yes from before to any of the same agencies."""
    hold(consent)
    if consent.status != "asked":
        raise UserError(_("This consent is no longer open. Ask the school for a new one."))
    consent.status, consent.signer_name, consent.revoked_at = "refused", name.strip(), db.now()
    _answered_by(consent, name, "")
    by = stepping.By("family", name.strip())
    _end([consent, *_signed_beside(consent)], by)
    for referral in awaiting(consent):
        stepping.take(referral, "withdraw", by, {"note": words.kept(words.SAID_NO)})
    _end_other_asks(consent)
    if consent.method == "link":
        notices.about_consent(consent, "refused")


def _withdraw_unasked(consent: Consent, by: stepping.By) -> int:
    """What waited for a yes of those that are asked no more is withdrawn; how many."""
    asked = select(Consent.parties).where(
        Consent.need_id == consent.need_id, Consent.status == "asked", Consent.link_ends_at > db.now()
    )
    with system("what a family is still asked after it has taken a yes back"):
        still = {int(each) for parties in db.session().scalars(asked) for each in parties}
    left = [each for each in awaiting(consent) if each.agency_id not in still]
    for each in left:
        stepping.take(each, "withdraw", by, {"note": words.kept(words.REVOKED)})
    return len(left)


def _end_other_asks(consent: Consent) -> None:
    """Who has said no is not asked the same by another link."""
    statement = select(Consent).where(
        Consent.need_id == consent.need_id, Consent.status == "asked", Consent.id != consent.id
    )
    with system("other questions to a family that has said no"):
        found = db.session().scalars(statement.order_by(Consent.id).with_for_update(key_share=True)).all()
    for each in found:
        if set(each.parties) <= set(consent.parties):
            each.link_version += 1
            each.email, each.link_ends_at = "", db.now()
            notices.take_back(each)
    db.session().flush()


def awaiting(consent: Consent) -> list[Referral]:
    """The referrals that wait for this consent."""
    statement = select(Referral).where(
        Referral.need_id == consent.need_id,
        Referral.state == "awaiting_consent",
        db.among(Referral.agency_id, consent.parties),
    )
    with system("the referrals that wait for a consent"):
        held = (
            statement.order_by(Referral.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return list(db.session().scalars(held))


def _answered_by(consent: Consent, name: str, relation: str) -> None:
    """Whose contact the answer is: a guardian's of this very name, else of whoever the link went to, if that
    is known. The address that the link went to has served its purpose."""
    consent.email = ""
    notices.take_back(consent)
    theirs = guardian_named(consent.student_id, name) or consent.contact_id
    consent.contact_id = None if relation == "student" else theirs


def may_take_back(consent: Consent) -> bool:
    """Whether the family may take a yes back by its link, and with it every other to the same agencies: not a
    guardian of before where the student is an adult, whose yes it is now (34 CFR 99.5), and nobody whom the
    school must not contact. The school can still write down what they say."""
    is_the_students_now = consent.signer_relation != "student" and is_of_age(consent.student_id)
    return not is_the_students_now and not disclosing.asks_barred(consent)


def revoke(consent: Consent, by: stepping.By) -> int:
    """From now on nothing is sent, and agencies that got something are told and see it no more. What they
    have read cannot be unread. Every other yes to any of the same agencies ends with it, also a newer one:
    whoever takes a yes back by the link of the old one means that agency; and nobody goes on asking them the
    same. Returns how many open referrals were withdrawn."""
    hold(consent)
    if consent.status != "signed":
        raise UserError(_("Only a consent that was signed can be revoked."))
    if by.side == "family" and not may_take_back(consent):
        raise UserError(_("This consent is no longer open. Ask the school for a new one."))
    ended = _end([consent, *_signed_beside(consent)], by)
    _end_other_asks(consent)
    ended += _withdraw_unasked(consent, by)
    if by.side == "family":
        notices.about_consent(consent, "revoked")
    return ended


def _signed_beside(consent: Consent) -> list[Consent]:
    """Other signed consents for the same need and any of the same agencies."""
    statement = select(Consent).where(
        Consent.need_id == consent.need_id, Consent.status == "signed", Consent.id != consent.id
    )
    with system("other consents for the need of a consent that is answered"):
        found = db.session().scalars(
            statement.order_by(Consent.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return [each for each in found if set(each.parties) & set(consent.parties)]


def _end(consents: Sequence[Consent], by: stepping.By) -> int:
    """End these consents, and all that agencies read by them."""
    for each in consents:
        if each.status == "signed":
            each.status, each.revoked_at, each.revoked_by = "revoked", db.now(), by.label
            each.link_version += 1
    db.session().flush()
    resting = _resting_on(consents)
    return sum(_take_from_agency(each, by) for each in resting)


def _resting_on(consents: Sequence[Consent]) -> list[Referral]:
    """The referrals that rest on these consents, and those that were sent to the same agencies without
    one, as an emergency; not those that nobody reads any more anyway."""
    parties = sorted({int(party) for each in consents for party in each.parties})
    by_consent = db.among(Referral.consent_id, [each.id for each in consents])
    as_emergency = and_(
        Referral.consent_id.is_(None),
        Referral.sent_at.is_not(None),
        Referral.need_id == consents[0].need_id,
        db.among(Referral.agency_id, parties),
    )
    statement = select(Referral).where(or_(by_consent, as_emergency), Referral.state.not_in(sorted(LOCKED)))
    with system("the referrals that rest on a consent that is revoked"):
        return list(
            db.session().scalars(
                statement.order_by(Referral.id)
                .with_for_update(key_share=True)
                .execution_options(populate_existing=True)
            )
        )


def end_emergency(referral_id: int, by: stepping.By) -> None:
    """Whoever looked at it afterwards found no danger: its agency reads it no more, and is told."""
    with system("a referral whose emergency was reviewed"):
        referral = db.session().get_one(Referral, referral_id)
        held_need(referral.need_id)
    stepping.hold(referral)
    if referral.consent_id is None and referral.state not in LOCKED:
        _take_from_agency(referral, by, words.NO_DANGER)


def _take_from_agency(referral: Referral, by: stepping.By, why: object = words.REVOKED) -> bool:
    """An agency reads a referral no more, and is told; whether it was withdrawn, since it was still open."""
    is_open = referral.state in OPEN
    if is_open:
        mover = by if by.side in {"school", "family"} else stepping.SYSTEM_BY
        stepping.take(referral, "withdraw", mover, {"note": words.kept(why)})
    referral.link_version += 1
    db.session().flush()
    if referral.sent_at is not None:
        notices.to_agency(referral, "withdrawn")
    return is_open
