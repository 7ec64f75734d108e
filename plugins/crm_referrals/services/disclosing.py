"""What leaves the school for an agency: of everything that could be told, what was consented to, each time
written into the record of disclosures (34 CFR 99.32)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from crm.plugin_api import Contact, UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Address, Email, Phone
from crm_referrals import words
from crm_referrals.models import Agency, Consent, Disclosure, Need, Referral
from crm_referrals.services.finding import fold
from crm_referrals.states import AT_WORK, WAITING
from crm_schools.public import Guardian, School, Student, rating_of


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


def email_of(contact: Contact | None) -> str:
    """Where somebody reads mail; empty when it is not known."""
    if contact is None:
        return ""
    statement = select(Email.address).where(Email.contact_id == contact.id)
    with system("where a guardian of a student who was loaded for this reader reads mail"):
        return db.session().scalars(statement.order_by(Email.is_primary.desc(), Email.id)).first() or ""


def is_prohibited(student_id: int, address: str) -> bool:
    """Whether an email address is that of somebody who must not be contacted about a student, and of nobody
    else who cares for them."""
    statement = (
        select(Guardian.contact_prohibited)
        .join(Email, Email.contact_id == Guardian.contact_id)
        .where(Guardian.student_id == student_id, func.lower(Email.address) == address.lower())
    )
    with system("whether somebody who cares for a student may be written to"):
        found = db.session().scalars(statement).all()
    return bool(found) and all(found)


def is_of_guardian(student_id: int, address: str) -> bool:
    """Whether an email address is that of somebody who cares for a student."""
    statement = (
        select(Guardian.id)
        .join(Email, Email.contact_id == Guardian.contact_id)
        .where(Guardian.student_id == student_id, func.lower(Email.address) == address.lower())
    )
    with system("whose an address is that a student's consent is asked for at"):
        return db.session().execute(statement.limit(1)).first() is not None


def may_contact(student_id: Any, contact_id: Any) -> ColumnElement[bool]:
    """The condition that somebody cares for a student and may be contacted about them: neither prohibited,
    nor taken off the student since. Either may be a column."""
    return exists().where(
        Guardian.student_id == student_id,
        Guardian.contact_id == contact_id,
        Guardian.contact_prohibited.is_(False),
    )


def is_barred(student_id: int, contact_id: int | None) -> bool:
    """Whether a guardian of before must not be contacted about the student any more."""
    if contact_id is None:
        return False
    with system("whether somebody who cares for a student may be written to"):
        return not db.session().execute(select(may_contact(student_id, contact_id))).scalar_one()


def asks_barred(consent: Consent) -> bool:
    """Whether the link of a consent went to somebody who must not be contacted about the student now."""
    return is_barred(consent.student_id, consent.contact_id) or (
        bool(consent.email) and is_prohibited(consent.student_id, consent.email)
    )


def is_barred_name(student_id: int, name: str) -> bool:
    """Whether somebody of this name must not be contacted about the student, and nobody else who cares for
    them is called so."""
    statement = (
        select(Contact.name, Guardian.contact_prohibited)
        .join(Guardian, Guardian.contact_id == Contact.id)
        .where(Guardian.student_id == student_id)
    )
    with system("whether somebody who signs for a student may be contacted"):
        rows = db.session().execute(statement).all()
    found = [row[1] for row in rows if fold(row[0]) == fold(name)]
    return bool(found) and all(found)


def refuse_prohibited(student_id: int, address: str) -> None:
    if address and is_prohibited(student_id, address):
        raise UserError(
            _("This address is that of somebody who must not be contacted about the student. Take another.")
        )


def contactable(student_id: int) -> list[int]:
    """The ids of all who care for a student and may be contacted about them."""
    statement = select(Guardian.contact_id).where(
        Guardian.student_id == student_id, Guardian.contact_prohibited.is_(False)
    )
    with system("whom the words how to reach a family may speak of"):
        return sorted(db.session().scalars(statement))


def speaks_of_barred(need: Need) -> bool:
    """Whether the words how to reach the family may speak of somebody who has been barred, or taken off the
    student, since they were written. Of needs of before that is noted, anybody who is barred counts."""
    if not need.contact_preference.strip():
        return False
    if need.reach_of is not None:
        return not set(need.reach_of) <= set(contactable(need.student_id))
    barred = select(Guardian.id).where(
        Guardian.student_id == need.student_id, Guardian.contact_prohibited.is_(True)
    )
    with system("whether somebody who cares for a student must not be contacted"):
        return db.session().execute(barred.limit(1)).first() is not None


def has_barred_family(referral: Referral) -> bool:
    """Whether the family's link of a referral is in the hands of somebody who must not be contacted now."""
    return is_barred(referral.student_id, referral.guardian_id) or bool(unreachable([referral]))


REACH = ("guardian", "phone", "contact_preference")
"""What says whom of a family one reaches, and how."""


def unreachable(referrals: Sequence[Referral]) -> frozenset[int]:
    """The ids of those whose agency was told how to reach somebody who, as the school has learned since, must
    not be contacted about the student, or does not care for them any more. Few statements for any number."""
    told = [each for each in referrals if any(each.packet.get(name) for name in REACH)]
    noted = [each.id for each in told if each.guardian_id is not None]
    with system("whether those whom agencies were told to call may be called"):
        statement = select(Referral.id).where(
            db.among(Referral.id, noted), ~may_contact(Referral.student_id, Referral.guardian_id)
        )
        found = set(db.session().scalars(statement)) if noted else set()
        by_words = [each for each in told if each.guardian_id is None]
        return frozenset(found | (_named_barred(by_words) if by_words else set()))


def _named_barred(referrals: Sequence[Referral]) -> set[int]:
    """The same for packets of which nobody noted whose they are: by the name or the number that was told."""
    students = sorted({each.student_id for each in referrals})
    barred = and_(db.among(Guardian.student_id, students), Guardian.contact_prohibited)
    named = select(Guardian.student_id, Contact.name).join(Contact, Contact.id == Guardian.contact_id)
    called = select(Guardian.student_id, Phone.number).join(Phone, Phone.contact_id == Guardian.contact_id)
    rows = {(row[0], row[1]) for each in (named, called) for row in db.session().execute(each.where(barred))}
    return {
        each.id
        for each in referrals
        if any(
            (each.student_id, each.packet[name]) in rows
            for name in ("guardian", "phone")
            if name in each.packet
        )
    }


def worded_of_barred(referrals: Sequence[Referral]) -> frozenset[int]:
    """The ids of those whose agency was sent words how to reach the family that may speak of somebody who has
    been barred, or taken off the student, since; besides whom `guardian_id` names. Words that the school has
    replaced meanwhile count as soon as anybody is barred."""
    told = [each for each in referrals if each.packet.get("contact_preference")]
    if not told:
        return frozenset()
    students = db.among(Guardian.student_id, sorted({each.student_id for each in told}))
    statement = select(Guardian.student_id, Guardian.contact_id, Guardian.contact_prohibited).where(students)
    needs_of = db.among(Need.id, sorted({each.need_id for each in told}))
    with system("the words how to reach a family that agencies were sent"):
        rows = db.session().execute(statement).all()
        needs = {each.id: each for each in db.session().scalars(select(Need).where(needs_of))}
    open_to = {(row[0], row[1]) for row in rows if not row[2]}
    with_barred = {row[0] for row in rows if row[2]}
    found = set()
    for each in told:
        need = needs[each.need_id]
        if need.reach_of is None or each.packet["contact_preference"] != need.contact_preference:
            is_old = need.student_id in with_barred
        else:
            is_old = any((need.student_id, contact) not in open_to for contact in need.reach_of)
        if is_old:
            found.add(each.id)
    return frozenset(found)


def still_told(told: Mapping[str, Any], *, is_barred: bool, is_worded: bool = False) -> dict[str, Any]:
    """What an agency goes on reading of what it was sent: not how to reach somebody whom it must not,
    nor, with `is_worded`, words that may say so."""
    if not is_barred:
        return {name: each for name, each in told.items() if not (is_worded and name == "contact_preference")}
    return {name: each for name, each in told.items() if name not in REACH} | {"contact_prohibited": True}


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
        "phone": phone_of(guardian),
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
    if speaks_of_barred(need):
        kept.pop("contact_preference", None)
    if need.contact_prohibited:
        for name in REACH:
            kept.pop(name, None)
        kept["contact_prohibited"] = True
    return kept


ANONYMOUS = ("grade", "language", "category")
"""What is told of a need that is offered to several agencies before one of them accepts, besides where the
ZIP code begins."""


def is_nameless(referral: Referral) -> bool:
    """Whether it is offered to several agencies, and this one has not learned yet whom it is about."""
    return referral.pool_id is not None and "name" not in referral.packet


def packet_for(referral: Referral, need: Need, disclosed: Sequence[str]) -> dict[str, Any]:
    """What the agency of a referral may read: of a need that is offered to several, nothing of whom it is
    until one accepts."""
    whole = packet(need, disclosed)
    if not is_nameless(referral):
        return whole
    found = {name: whole[name] for name in ANONYMOUS if name in whole}
    return found | ({"area": need.zip_code[:3]} if "zip_code" in whole else {})


def fill(referral: Referral, need: Need, disclosed: Sequence[str], *, is_claimed: bool = False) -> None:
    """Write what the agency of a referral may read now, and who of the family is reached about it. With
    `is_claimed` it learns whom it is about, also where the need was offered to several."""
    referral.packet = packet(need, disclosed) if is_claimed else packet_for(referral, need, disclosed)
    guardian = guardian_of(need.student_id)
    referral.guardian_id = guardian.id if guardian is not None else None
    db.session().flush()


def phone_of(contact: Contact | None) -> str:
    """The first telephone number of somebody; empty when there is none."""
    if contact is None:
        return ""
    with system("how a guardian is reached"):
        db.session().refresh(contact, ["phones"])
    return next((each.number for each in contact.phones), "")


def disclose(referral: Referral, disclosed: Sequence[str], by_label: str, danger: str) -> Disclosure:
    """Write down that something left the school for the agency of a referral: on the referral's consent, or,
    where it has none, because of a danger."""
    with system("the consent that a referral of this actor rests on"):
        consent = db.session().get_one(Consent, referral.consent_id) if referral.consent_id else None
    agency = db.session().get_one(Agency, referral.agency_id)
    shown = str((consent.party_names or {}).get(str(agency.id), "")) if consent else ""
    row = Disclosure(
        student_id=referral.student_id,
        referral_id=referral.id,
        agency_id=agency.id,
        consent_id=referral.consent_id,
        party=agency.name if fold(shown) in {"", fold(agency.name)} else f"{agency.name} ({shown})",
        interest=consent.purpose if consent else words.kept(words.DANGER),
        basis="consent" if consent else "emergency",
        reason=danger if consent is None else "",
        disclosed=list(disclosed),
        by_label=by_label,
    )
    db.session().add(row)
    db.session().flush()
    return row


def unreviewed() -> Select[Any]:
    """Emergencies that nobody else has looked at: of each referral what was sent first. What the school wrote
    to the agency afterwards belongs to the same emergency."""
    first = select(func.min(Disclosure.id)).where(Disclosure.basis == "emergency")
    return select(Disclosure).where(
        Disclosure.id.in_(first.group_by(Disclosure.referral_id)), Disclosure.reviewed_at.is_(None)
    )


def under_way(need_id: int, *, hold: bool = False) -> list[Referral]:
    """The referrals of a need that were sent and have not ended; with `hold` nobody else moves them before
    the transaction ends."""
    statement = select(Referral).where(
        Referral.need_id == need_id,
        Referral.sent_at.is_not(None),
        Referral.state.in_(sorted(WAITING | AT_WORK)),
    )
    if hold:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    with system("referrals of a need that was loaded for this actor"):
        return list(db.session().scalars(statement.order_by(Referral.id)))


def go_on(consent: Consent, agency_ids: Sequence[int], by_label: str) -> list[Referral]:
    """A consent was signed while agencies for which it is the latest word are at work already: from now on
    they read exactly what it lets out, and that is written down. The school had to have their yes before the
    old one ran out, or had sent as an emergency, or wants more or less to be told."""
    found = [each for each in under_way(consent.need_id, hold=True) if each.agency_id in agency_ids]
    with system("the need of a consent that is signed now"):
        need = db.session().get_one(Need, consent.need_id)
    for each in found:
        rest_on(each, need, consent, by_label)
    return found


def rest_on(referral: Referral, need: Need, consent: Consent, by_label: str) -> None:
    """From now on the agency of a referral reads exactly what this consent lets out; that is written down."""
    referral.consent_id = consent.id
    fill(referral, need, consent.disclosed)
    disclose(referral, sorted(referral.packet), by_label, "")
