"""Needs and their referrals, from the school's side."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, UserError, db, lazy_gettext, system
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Address
from crm_referrals import words
from crm_referrals.models import Agency, Consent, Disclosure, Message, Need, Offer, Referral, Service, Unmet
from crm_referrals.services import consenting, notices, reading, stepping
from crm_referrals.services.stepping import By, Refused
from crm_referrals.states import AT_WORK, OPEN
from crm_schools.public import District, Guardian, School, Student, rating_of

PURPOSE = lazy_gettext("So that the agency can help with what keeps the student from school.")


def open_need(student: Student, values: Mapping[str, Any], actor: Actor) -> Need:
    need = Need(student_id=student.id, owner_user_id=actor.user_id, **values)
    db.session().add(need)
    db.session().flush()
    return need


def guardian_of(student_id: int) -> Contact | None:
    """The one who cares for a student in the first place, whom one may contact."""
    statement = (
        select(Contact)
        .join(Guardian, Guardian.contact_id == Contact.id)
        .where(Guardian.student_id == student_id, Guardian.contact_prohibited.is_(False))
        .order_by(Guardian.is_primary.desc(), Guardian.id)
    )
    with system("the guardian of a student who was loaded for this reader"):
        return db.session().scalars(statement.limit(1)).first()


def zip_of(contact_id: int) -> str:
    """The ZIP code of where somebody lives; empty when it is not known."""
    statement = select(Address.postal_code).where(Address.contact_id == contact_id, Address.postal_code != "")
    with system("where a guardian lives"):
        return (db.session().scalars(statement.order_by(Address.id).limit(1)).first() or "")[:5]


def draft(need: Need, service: Service, actor: Actor, follows: Referral | None = None) -> Referral:
    """A referral to one service. Refused when the place is closed, or already has this need."""
    agency = db.session().get_one(Agency, service.agency_id)
    if agency.closed_on is not None or service.status != "active":
        raise Refused(_("“%(name)s” does not run at present. Choose another service.", name=service.name))
    _refuse_closed(consenting.held_need(need.id))
    with system("other attempts of a need that was loaded for this actor"):
        open_ones = select(Referral.id).where(
            Referral.need_id == need.id, Referral.service_id == service.id, Referral.state.in_(sorted(OPEN))
        )
        if db.session().execute(open_ones).first():
            raise Refused(_("There is an open referral to this service already."))
    referral = Referral(
        need_id=need.id,
        student_id=need.student_id,
        service_id=service.id,
        agency_id=agency.id,
        follows_id=follows.id if follows else None,
        created_by=actor.user_id,
        packet={},
    )
    db.session().add(referral)
    db.session().flush()
    referral.due_at = stepping.due_after(referral, db.now())
    return referral


def _refuse_closed(need: Need) -> None:
    if need.status != "open":
        raise Refused(_("This need is closed. Open a new one."))


def packet(need: Need, disclosed: Sequence[str]) -> dict[str, Any]:
    """What goes out: of everything that could be told, what was consented to."""
    with system("what a consent lets out"):
        student = db.session().get_one(Student, need.student_id)
        school = db.session().get(School, student.school_id) if student.school_id else None
    guardian, rating = guardian_of(student.id), rating_of(student.id)
    found = {
        "name": student.name,
        "birth_date": student.birth_date.isoformat() if student.birth_date else "",
        "grade": student.grade,
        "school": school.name if school else "",
        "guardian": guardian.name if guardian else "",
        "phone": _phone_of(guardian),
        "language": need.language,
        "contact_preference": need.contact_preference,
        "zip_code": need.zip_code,
        "category": need.category,
        "note": need.note,
        "attendance": f"{rating.absent / 2:g}/{rating.enrolled / 2:g}" if rating else "",
    }
    kept: dict[str, Any] = {
        name: found[name] for name in words.DISCLOSABLE if name in disclosed and found[name]
    }
    if need.contact_prohibited:
        for name in ("phone", "guardian", "contact_preference"):
            kept.pop(name, None)
        kept["contact_prohibited"] = True
    return kept


def _phone_of(contact: Contact | None) -> str:
    if contact is None:
        return ""
    with system("how a guardian is reached"):
        db.session().refresh(contact, ["phones"])
    return next((each.number for each in contact.phones), "")


def send(referral: Referral, actor: Actor, version: int | None = None, emergency: str = "") -> Disclosure:
    """Send a referral: only with a live consent that covers this agency, or as an emergency with its
    reason. What goes out is written into the record of disclosures in the same transaction."""
    by = By.school(actor)
    need = consenting.held_need(referral.need_id)
    _refuse_closed(need)
    agency = db.session().get_one(Agency, referral.agency_id)
    if agency.closed_on is not None:
        raise Refused(_("%(agency)s has closed. Refer to another place.", agency=agency.name))
    consent = consenting.live(need.id, agency.id, db.now().date(), hold=True)
    if consent is None and not emergency.strip():
        raise Refused(_("Nothing is sent without a consent that names this agency. Ask for it first."))
    disclosed = list(consent.disclosed) if consent else [*words.MINIMUM, "phone", "guardian"]
    stepping.take(referral, "send", by, {}, version)
    referral.consent_id = consent.id if consent else None
    referral.packet = packet(need, disclosed)
    row = _disclose(referral, sorted(referral.packet), actor.label, emergency.strip())
    notices.to_agency(referral, "new")
    return row


def _disclose(referral: Referral, disclosed: Sequence[str], by_label: str, danger: str) -> Disclosure:
    """Write down that something left the school for the agency of a referral (34 CFR 99.32): on the
    referral's consent, or, where it has none, because of a danger."""
    with system("the consent that a referral of this actor rests on"):
        consent = db.session().get_one(Consent, referral.consent_id) if referral.consent_id else None
    agency = db.session().get_one(Agency, referral.agency_id)
    row = Disclosure(
        student_id=referral.student_id,
        referral_id=referral.id,
        agency_id=agency.id,
        consent_id=referral.consent_id,
        party=agency.name,
        interest=consent.purpose if consent else _("Health or safety of the student"),
        basis="consent" if consent else "emergency",
        reason=danger if consent is None else "",
        disclosed=list(disclosed),
        by_label=by_label,
    )
    db.session().add(row)
    db.session().flush()
    return row


def answer(referral: Referral, actor: Actor, text: str, version: int | None = None) -> None:
    """The school answers a question; the clock goes on."""
    stepping.take(referral, "answer", By.school(actor), {"note": text}, version)
    write_to_agency(referral, actor, text)
    notices.to_agency(referral, "answered")


def write_to_agency(referral: Referral, actor: Actor, text: str) -> None:
    """What the school writes leaves it: only while the consent holds, and into the record."""
    consenting.held_need(referral.need_id)
    if not reading.may_still_read(referral):
        raise Refused(
            _("The agency may not be told anything any more: it was not sent, or the consent does not hold.")
        )
    say(referral, "school", actor.label, text)
    with system("why a referral of this actor was sent without a consent"):
        reasons = select(Disclosure.reason).where(
            Disclosure.referral_id == referral.id, Disclosure.basis == "emergency"
        )
        danger = db.session().scalars(reasons.order_by(Disclosure.id).limit(1)).first() or ""
    _disclose(referral, ["message"], actor.label, danger)


def say(referral: Referral, side: str, author: str, text: str) -> None:
    """A message on a referral, from whoever may write it."""
    if not text.strip():
        raise UserError(_("Write something first."))
    db.session().add(Message(referral_id=referral.id, side=side, author=author, text=text.strip()))
    db.session().flush()


def withdraw(referral: Referral, by: By, note: str, version: int | None = None) -> None:
    was_sent = referral.sent_at is not None
    stepping.take(referral, "withdraw", by, {"note": note}, version)
    referral.link_version += 1
    if was_sent:
        notices.to_agency(referral, "withdrawn")


def close(need: Need, status: str, reason: str) -> None:
    """Close a need. One that was not met goes into the ledger of unmet needs, without anybody's name."""
    consenting.held_need(need.id)
    if need.status != "open":
        raise Refused(_("This need is closed already."))
    referrals = attempts_of(need.id)
    if any(each.state in AT_WORK | {"sent", "reviewing", "info_needed"} for each in referrals):
        raise UserError(
            _("An agency still works on it. Withdraw that referral first, or wait for its outcome.")
        )
    if status in {"unmet", "partly_met"} and reason not in words.NOT_HELPED:
        raise UserError(_("Say why the need was not met; only then can anybody learn from it."))
    need.status, need.close_reason, need.closed_at = status, reason, db.now()
    need.version += 1
    if status in {"unmet", "partly_met"}:
        with system("the district of a need that is closed"):
            student = db.session().get_one(Student, need.student_id)
            district = db.session().get(District, student.district_id)
        db.session().add(
            Unmet(
                category=need.category,
                district=district.name if district else "",
                zip3=need.zip_code[:3],
                reason=reason,
                attempts=len(referrals),
                closed_on=db.now().date().replace(day=1),
            )
        )
    db.session().flush()


def attempts_of(need_id: int) -> list[Referral]:
    with system("the attempts of a need that was loaded for this reader"):
        statement = select(Referral).where(Referral.need_id == need_id).order_by(Referral.id)
        return list(db.session().scalars(statement))


def proposed(attempts: Sequence[Referral]) -> frozenset[int]:
    """Services that an agency which could not help named as a better place."""
    return frozenset(each.suggested_id for each in attempts if each.suggested_id is not None)


def consents_of(need_id: int) -> list[Consent]:
    with system("the consents of a need that was loaded for this reader"):
        return list(
            db.session().scalars(select(Consent).where(Consent.need_id == need_id).order_by(Consent.id))
        )


def offer(need: Need, offered: Sequence[Mapping[str, Any]], service_id: int) -> None:
    """Keep what was offered and what was chosen."""
    db.session().add(Offer(need_id=need.id, offered=list(offered), chosen_service_id=service_id))
    db.session().flush()
