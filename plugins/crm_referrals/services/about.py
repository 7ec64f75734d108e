"""What is kept about a contact, and letting go of it: an agency's organization, a guardian who signed."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from crm.plugin_api import Contact, DataSection, UserError, db, history, system
from crm.plugin_api import gettext as _
from crm.plugin_api.files import remove_unused
from crm.plugin_api.records import Email
from crm_referrals import words
from crm_referrals.models import (
    Agency,
    Consent,
    Disclosure,
    Event,
    FormerGuardian,
    Message,
    Need,
    Referral,
)
from crm_referrals.permissions import may_route
from crm_referrals.services import consenting, entries, notices
from crm_referrals.services.signers import plain
from crm_referrals.states import FAMILY
from crm_schools.public import Guardian


def move(contact_id: int, survivor_id: int | None) -> None:
    """Rows about a contact are about another one, or nobody: the law keeps a consent, not whose contact it
    was."""
    with system("a contact is merged or erased"):
        for agency in db.session().scalars(select(Agency).where(Agency.contact_id == contact_id)).all():
            _follow(agency, survivor_id)
        for consent in db.session().scalars(select(Consent).where(Consent.contact_id == contact_id)).all():
            consent.contact_id = survivor_id
        if survivor_id is not None:  # Of somebody erased the number alone stays, so that nobody calls them.
            _follow_reach(contact_id, survivor_id)
            told = update(Referral).where(Referral.guardian_id == contact_id)
            db.session().execute(told.values(guardian_id=survivor_id))
        db.session().flush()


def _follow_reach(contact_id: int, survivor_id: int) -> None:
    """Of whom the words speak that say how to reach a family, under the number of the contact that stays."""
    students = select(Guardian.student_id).where(Guardian.contact_id.in_((contact_id, survivor_id)))
    for need in db.session().scalars(select(Need).where(Need.student_id.in_(students))).all():
        if contact_id in (need.reach_of or ()):
            need.reach_of = sorted({*(need.reach_of or ()), survivor_id} - {contact_id})


def forget(contact: Contact) -> None:
    """A contact is erased for good: agencies stand without it, and of a guardian neither what agencies were
    sent nor what anybody wrote names them any more."""
    with system("a guardian is erased"):
        students = _students_of(contact)
        _hold_needs(db.among(Need.student_id, students))
        addresses, numbers = _reached_at(contact)
        others = _others_of(students, contact)
        names = {contact.name, *history.names_of("contact", contact.id)}
        theirs = or_(Consent.contact_id == contact.id, db.among(Consent.student_id, students))
        for consent in db.session().scalars(select(Consent).where(theirs)):
            if _signed_by(consent, contact, addresses, others):
                notices.take_back(consent)
                _end_link(consent)
                _forget_scan(consent)
                _forget_signature(consent)
        for referral in db.session().scalars(select(Referral).where(db.among(Referral.student_id, students))):
            _forget_in_packet(referral, contact, names, numbers, others)
        _forget_in_texts(students, names, others)
        db.session().execute(delete(FormerGuardian).where(FormerGuardian.contact_id == contact.id))
        db.session().flush()
    move(contact.id, None)


def _end_link(consent: Consent) -> None:
    """It was theirs alone, so nobody answers by it any more; where something waits the school hears of it and
    makes a new one."""
    if consent.status != "asked":
        return
    was_open = consent.link_ends_at is not None and consent.link_ends_at > db.now()
    consent.link_version += 1
    consent.link_ends_at = db.now()
    if was_open and consenting.awaiting(consent):
        notices.about_consent(consent, "barred")


def _hold_needs(condition: ColumnElement[bool]) -> None:
    """Always the needs first, so that no two wait for each other."""
    db.session().execute(select(Need.id).where(condition).order_by(Need.id).with_for_update(key_share=True))


def _reached_at(contact: Contact) -> tuple[set[str], set[str]]:
    """Addresses and telephone numbers, as far as they are still there."""
    if contact not in db.session():
        return set(), set()
    db.session().refresh(contact, ["emails", "phones"])
    return {each.address.casefold() for each in contact.emails}, {each.number for each in contact.phones}


def _students_of(contact: Contact) -> list[int]:
    """Whom a contact cares for, or once did: as schools, consents or what was kept when they were deleted
    say; by what agencies were sent only where nobody else has that name."""
    own = set(db.session().scalars(select(Guardian.student_id).where(Guardian.contact_id == contact.id)))
    own |= set(db.session().scalars(select(Consent.student_id).where(Consent.contact_id == contact.id)))
    former = select(FormerGuardian.student_id).where(FormerGuardian.contact_id == contact.id)
    own |= set(db.session().scalars(former))
    if plain(contact.name) and not _has_namesake(contact):
        sent = db.session().execute(select(Referral.student_id, Referral.packet))
        own |= {row[0] for row in sent if plain(str(row[1].get("guardian", ""))) == plain(contact.name)}
    return sorted(own)


def _has_namesake(contact: Contact) -> bool:
    same = select(Contact.id).where(Contact.name == contact.name, Contact.id != contact.id)
    if db.session().execute(same.limit(1)).first() is not None:
        return True
    others = select(Contact.name).join(Guardian, Guardian.contact_id == Contact.id)
    names = db.session().scalars(others.where(Contact.id != contact.id).distinct())
    return plain(contact.name) in {plain(each) for each in names}


def _others_of(students: Sequence[int], contact: Contact) -> set[str]:
    """The names of those who care for these students besides a contact."""
    statement = (
        select(Contact.name)
        .join(Guardian, Guardian.contact_id == Contact.id)
        .where(Guardian.contact_id != contact.id, db.among(Guardian.student_id, students))
    )
    return {plain(name) for name in db.session().scalars(statement)} - {plain(contact.name)}


def _signed_by(consent: Consent, contact: Contact, addresses: set[str], others: set[str]) -> bool:
    """Whether a contact gave this answer, or was asked for it; what is another's is theirs alone."""
    if consent.contact_id is not None:
        return consent.contact_id == contact.id
    email = consent.email.casefold()
    is_asked = bool(email) and email in addresses and not _reads_another(consent, contact)
    is_signed = plain(consent.signer_name) not in others and _is_name_of(consent.signer_name, contact.name)
    return is_asked or is_signed


def _reads_another(consent: Consent, contact: Contact) -> bool:
    """Whether somebody else who cares for the student reads mail at the address of a consent, too."""
    statement = (
        select(Guardian.id)
        .join(Email, Email.contact_id == Guardian.contact_id)
        .where(Guardian.student_id == consent.student_id, Guardian.contact_id != contact.id)
        .where(func.lower(Email.address) == consent.email.lower())
    )
    return db.session().execute(statement.limit(1)).first() is not None


def _is_name_of(signed: str, name: str) -> bool:
    """Whether a signature is that of somebody of this name, a middle name more or less."""
    first, second = set(plain(signed).split()), set(plain(name).split())
    if first == second or min(len(first), len(second)) < 2:
        return bool(first) and first == second
    return first <= second or second <= first


def _forget_signature(consent: Consent) -> None:
    """That there was a yes or a no stays, since the law asks for it; who gave it goes."""
    if plain(consent.revoked_by) == plain(consent.signer_name):
        consent.revoked_by = words.kept(words.FAMILY) if consent.revoked_by else ""
    consent.signer_name, consent.email, consent.strokes = "", "", []
    consent.scan_key, consent.scan_name = None, ""


def _forget_scan(consent: Consent) -> None:
    """The signed paper leaves the disk at once, unless another row names it."""
    if (key := consent.scan_key) is not None:
        db.after_commit(lambda: remove_unused([key]))


def _forget_in_packet(
    referral: Referral, contact: Contact, names: Collection[str], numbers: set[str], others: set[str]
) -> None:
    """The guardian goes with the number that was told beside them, also under a name of before; what is told
    of somebody else who cares for the student stays."""
    packet = dict(referral.packet)
    told = plain(str(packet.get("guardian", "")))
    is_noted = referral.guardian_id == contact.id
    is_named = bool(told) and told not in others and told in {plain(each) for each in names}
    is_reached = packet.get("phone") in numbers and told not in others
    is_only_one = contact not in db.session() and not told and not others
    if is_noted or is_named or is_reached or is_only_one:
        packet.pop("phone", None)
        packet.pop("guardian", None)
    texts = {each: history.without(packet[each], names) for each in _WRITTEN if each in packet}
    referral.packet = packet | texts
    referral.note = history.without(referral.note, names)
    referral.follow_up_note = history.without(referral.follow_up_note, names)


_WRITTEN = ("note", "contact_preference")


def _forget_in_texts(students: Sequence[int], called: Collection[str], others: set[str]) -> None:
    """What school and agency wrote about these students, without the names of somebody; one that another who
    cares for them has as well stays."""
    names = [each for each in called if plain(each) not in others]
    ids = list(db.session().scalars(select(Referral.id).where(db.among(Referral.student_id, students))))
    for message in db.session().scalars(select(Message).where(db.among(Message.referral_id, ids))):
        message.text = history.without(message.text, names)
        message.author = history.without(message.author, names)
    for event in db.session().scalars(select(Event).where(db.among(Event.referral_id, ids))):
        event.note = history.without(event.note, names)
        is_theirs = plain(event.actor_label) not in others and any(
            _is_name_of(event.actor_label, each) for each in names
        )
        if event.side == FAMILY and is_theirs:
            event.actor_label = words.kept(words.FAMILY)
    for row in db.session().scalars(select(Disclosure).where(db.among(Disclosure.student_id, students))):
        row.reason = history.without(row.reason, names)
    for need in db.session().scalars(select(Need).where(db.among(Need.student_id, students))):
        need.note = history.without(need.note, names)
        need.contact_preference = history.without(need.contact_preference, names)


def _follow(agency: Agency, survivor_id: int | None) -> None:
    """Whoever answers for the survivor would find the agency's referrals, and whoever answered for the agency
    finds them no more: where there are any, only whoever may say where they go merges its organization."""
    change = db.current_change()
    sent = select(Referral.id).where(Referral.agency_id == agency.id, Referral.sent_at.is_not(None)).limit(1)
    trusted = change is None or may_route(change.actor)
    if survivor_id is not None and not trusted and db.session().scalar(sent) is not None:
        raise UserError(
            _(
                "“%(name)s” is an agency that students were referred to. Ask a coordinator over everything "
                "to merge it, since who answers for it would change.",
                name=agency.name,
            )
        )
    entries.reroute(agency, {"contact_id": survivor_id})


def let_go(ids: Sequence[int]) -> None:
    """Contacts are deleted; undo brings agencies back to theirs."""
    change = db.current_change()
    with system("contacts are deleted"):
        agencies = db.session().scalars(select(Agency.id).where(db.among(Agency.contact_id, ids))).all()
        if change is not None and agencies:
            change.update(db.table(Agency), agencies, {"contact_id": None})
        _hold_needs(Need.id.in_(select(Consent.need_id).where(db.among(Consent.contact_id, ids))))
        _remember_guardians(ids)
        asked = and_(db.among(Consent.contact_id, ids), Consent.status == "asked")
        for consent in db.session().scalars(select(Consent).where(asked)).all():
            notices.take_back(consent)
        db.session().flush()
        ended = {"link_version": Consent.link_version + 1, "email": ""}
        db.session().execute(update(Consent).where(asked).values(**ended))
        db.session().execute(update(Consent).where(db.among(Consent.contact_id, ids)).values(contact_id=None))


def _remember_guardians(ids: Sequence[int]) -> None:
    """Whom they cared for, in case that they are erased after all."""
    found = select(Guardian.contact_id, Guardian.student_id).where(db.among(Guardian.contact_id, ids))
    rows = {(row[0], row[1]) for row in db.session().execute(found)}
    db.session().add_all(FormerGuardian(contact_id=row[0], student_id=row[1]) for row in sorted(rows))
    db.session().flush()


def held_about(contact_id: int) -> Iterable[DataSection]:
    with system("all that is kept about one contact"):
        agencies = db.session().scalars(select(Agency).where(Agency.contact_id == contact_id)).all()
        consents = db.session().scalars(select(Consent).where(Consent.contact_id == contact_id)).all()
    yield DataSection(_("Agency"), [_texts(each) for each in agencies])
    yield DataSection(_("Consents"), [_texts(each) for each in consents])


def _texts(row: Agency | Consent) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def end_links() -> None:
    """After a restore no link works that was sent before."""
    with system("links end after a restore"):
        for model in (Agency, Consent, Referral):
            db.session().execute(update(model).values(link_version=model.link_version + 1))
