"""Needs and their referrals, from the school's side."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Actor, Conflict, UserError, day_here, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.records import User
from crm_referrals import words
from crm_referrals.models import Agency, Consent, Disclosure, Message, Need, Offer, Referral, Service, Unmet
from crm_referrals.services import asking, consenting, disclosing, notices, published, reading, stepping
from crm_referrals.services.stepping import By, Refused
from crm_referrals.states import AT_WORK, BEFORE, OPEN
from crm_schools.public import District, Student


class Known(UserError):
    """There is an open need of the same kind already."""

    status = 409


def open_other_need(student: Student, values: Mapping[str, Any], actor: Actor) -> Need:
    """Write down a need, if there is none of its kind that is open: of two who do so at once the second is
    told. Raises Known."""
    with system("a student for whom whoever writes down a need may do so"):
        db.session().refresh(student, with_for_update={"key_share": True})
    if alike(student.id, str(values["category"])):
        raise Known(_("There is an open need of this kind already."))
    return open_need(student, values, actor)


def open_need(student: Student, values: Mapping[str, Any], actor: Actor) -> Need:
    need = Need(
        student_id=student.id,
        owner_user_id=actor.user_id,
        reach_of=disclosing.contactable(student.id),
        **values,
    )
    db.session().add(need)
    db.session().flush()
    return need


def draft(need: Need, service: Service, actor: Actor, follows: Referral | None = None) -> Referral:
    """A referral to one service. Refused when the place is closed, or already has this need."""
    agency = db.session().get_one(Agency, service.agency_id)
    _refuse_ended(agency, service)
    consenting.open_need(need.id)
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


def _refuse_ended(agency: Agency, service: Service) -> None:
    if agency.closed_on is not None:
        raise Refused(_("%(agency)s has closed. Refer to another place.", agency=agency.name))
    if service.status != "active":
        raise Refused(_("“%(name)s” does not run at present. Choose another service.", name=service.name))


def send(
    referral: Referral,
    actor: Actor,
    version: int | None = None,
    emergency: str = "",
    *,
    is_same: bool = False,
) -> Disclosure:
    """Send a referral: only with a live consent that covers this agency, or as an emergency with its
    reason. What goes out is written into the record of disclosures in the same transaction. With `is_same`
    somebody has looked that an agency is the one that the family agreed to under another name."""
    by = By.school(actor)
    need = consenting.open_need(referral.need_id)
    agency = db.session().get_one(Agency, referral.agency_id)
    _refuse_ended(agency, db.session().get_one(Service, referral.service_id))
    consent = consenting.live(need.id, agency.id, day_here(), hold=True)
    if consent is None and (referral.pool_id is not None or not emergency.strip()):
        raise Refused(_("Nothing is sent without a consent that names this agency. Ask for it first."))
    if consent is not None and disclosing.speaks_of_barred(need) and not need.contact_prohibited:
        raise Refused(str(words.REACH_IS_OLD))
    if consent is not None and (shown := consenting.renamed(consent, agency)) and not is_same:
        raise Refused(
            _(
                "The family agreed to “%(shown)s”, which is called “%(agency)s” now. Look on the referral’s "
                "page whether it is the same agency, or ask the family anew.",
                shown=shown,
                agency=agency.name,
            )
        )
    disclosed = list(consent.disclosed if consent else IN_EMERGENCY)
    said = {"note": words.kept(words.EMERGENCY)} if consent is None else {}
    stepping.take(referral, "send", by, said, version)
    referral.consent_id = consent.id if consent else None
    disclosing.fill(referral, need, disclosed)
    row = disclosing.disclose(referral, sorted(referral.packet), actor.label, emergency.strip())
    notices.to_agency(referral, "new")
    if consent is None:
        notices.to_reviewers(referral, actor.user_id)
    return row


def would_send(referral: Referral, consent: Consent) -> dict[str, Any]:
    """What would go out on this consent."""
    with system("the need of a referral that was loaded for this reader"):
        need = db.session().get_one(Need, referral.need_id)
    return disclosing.packet_for(referral, need, consent.disclosed)


def alike(student_id: int, category: str) -> list[Need]:
    """Open needs of a student of the same kind: whoever writes down one more may mean one of them."""
    statement = select(Need).where(
        Need.student_id == student_id, Need.category == category, Need.status == "open"
    )
    with system("needs of a student who was loaded for this reader"):
        return list(db.session().scalars(statement.order_by(Need.id)))


def answer(referral: Referral, actor: Actor, text: str, version: int | None = None) -> None:
    """The school answers a question; the clock goes on."""
    consenting.held_need(referral.need_id)
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
    if reading.awaits_student(referral):
        raise Refused(str(words.AWAITS_STUDENT))
    say(referral, "school", actor.label, text)
    disclosing.disclose(referral, ["message"], actor.label, _danger_of(referral))


def _danger_of(referral: Referral) -> str:
    """Why it was sent without a consent; empty where it was not."""
    with system("why a referral of this actor was sent without a consent"):
        reasons = select(Disclosure.reason).where(
            Disclosure.referral_id == referral.id, Disclosure.basis == "emergency"
        )
        return db.session().scalars(reasons.order_by(Disclosure.id).limit(1)).first() or ""


IN_EMERGENCY = (*words.MINIMUM, "phone", "guardian")
"""What leaves the school without a consent, because of a danger."""


def change_reach(need: Need, values: Mapping[str, Any], version: int | None, actor: Actor) -> int:
    """How to reach the family is another now: what agencies at work read of it is written anew, within what
    their consents let out, and each is told that it changed. Returns how many were."""
    consenting.open_need(need.id)
    if version is not None and version != need.version:
        raise Conflict(_("Somebody else changed this need meanwhile. Look at it, then change it again."))
    for name in REACH:
        setattr(need, name, values[name])
    need.reach_of = disclosing.contactable(need.student_id)
    need.version += 1
    db.session().flush()
    running = disclosing.under_way(need.id, hold=True)
    open_to_it = reading.readable(running)
    told = 0
    for each in running:
        if each.id in open_to_it:
            tell = _tell_less if reading.awaits_student(each) else _tell_reach
            told += tell(each, need, actor)
    return told


REACH = ("language", "contact_preference", "contact_prohibited")
"""What can be said anew of a need while agencies are at work."""


def _tell_reach(referral: Referral, need: Need, actor: Actor) -> bool:
    """Whether there was anything new to read for the agency of a referral."""
    with system("the consent that a referral of this actor rests on"):
        consent = db.session().get_one(Consent, referral.consent_id) if referral.consent_id else None
    before = (dict(referral.packet), referral.guardian_id)
    disclosing.fill(referral, need, consent.disclosed if consent else IN_EMERGENCY)
    if before == (referral.packet, referral.guardian_id):
        return False
    if disclosing.is_barred(referral.student_id, before[1]):
        referral.link_version += 1  # The family's link was in the hands of who must not be contacted.
    disclosing.disclose(referral, sorted(referral.packet), actor.label, _danger_of(referral))
    stepping.write_down(referral, "reach", By.school(actor), "")
    notices.to_agency(referral, "reach")
    return True


def _tell_less(referral: Referral, need: Need, actor: Actor) -> bool:
    """The same of a student who is 18 now and has not consented: what holds no more is taken from what the
    agency reads, and nothing is added but that it contacts nobody."""
    now = disclosing.packet_for(referral, need, list(referral.packet))
    kept = {
        name: each
        for name, each in referral.packet.items()
        if name not in disclosing.REACH or now.get(name) == each
    }
    if need.contact_prohibited:
        kept["contact_prohibited"] = True
    if kept == referral.packet:
        return False
    referral.packet = kept
    stepping.write_down(referral, "reach", By.school(actor), "")
    notices.to_agency(referral, "reach")
    return True


def say(referral: Referral, side: str, author: str, text: str) -> None:
    """A message on a referral, from whoever may write it."""
    if not text.strip():
        raise UserError(_("Write something first."))
    db.session().add(Message(referral_id=referral.id, side=side, author=author, text=text.strip()))
    db.session().flush()


def withdraw(referral: Referral, by: By, note: str, version: int | None = None) -> None:
    consenting.held_need(referral.need_id)  # Always the need first, so that no two wait for each other.
    was_sent = referral.sent_at is not None
    stepping.take(referral, "withdraw", by, {"note": note}, version)
    referral.link_version += 1
    asking.end_asked(referral.need_id, referral.agency_id)
    if was_sent:
        notices.to_agency(referral, "withdrawn")


def close(need: Need, status: str, reason: str, by: By = stepping.SYSTEM_BY) -> None:
    """Close a need, with all that was still to be done for it. One that was not met goes into the ledger of
    unmet needs, without anybody's name."""
    consenting.held_need(need.id)
    if need.status != "open":
        raise Refused(_("This need is closed already."))
    referrals = attempts_of(need.id)
    if any(each.state in AT_WORK | {"sent", "reviewing", "info_needed"} for each in referrals):
        raise UserError(
            _("An agency still works on it. Withdraw that referral first, or wait for its outcome.")
        )
    if status in NOT_MET and reason not in words.NOT_HELPED:
        raise UserError(_("Say why the need was not met; only then can anybody learn from it."))
    for each in referrals:
        _end_with_need(each, by)
    asking.end_asked(need.id)
    need.status, need.close_reason, need.closed_at = status, reason, db.now()
    need.version += 1
    if status in NOT_MET:
        db.session().add(Unmet(closed_on=day_here().replace(day=1), **_in_ledger(need, referrals)))
    db.session().flush()


NOT_MET = frozenset({"unmet", "partly_met"})


def _end_with_need(referral: Referral, by: By) -> None:
    """What was not sent is not sent any more, and what came of the others has been seen."""
    if referral.state in BEFORE:
        stepping.take(referral, "withdraw", stepping.SYSTEM_BY, {"note": words.kept(words.CLOSED)})
    elif referral.state in stepping.ACKNOWLEDGED and referral.acknowledged_at is None:
        referral.acknowledged_at, referral.due_at = db.now(), None
        stepping.write_down(referral, "acknowledge", by, "")


def _in_ledger(need: Need, referrals: Sequence[Referral]) -> dict[str, Any]:
    """What the ledger keeps of a need: nothing by which one finds whose it was."""
    with system("the district of a need that is closed"):
        student = db.session().get_one(Student, need.student_id)
        district = db.session().get(District, student.district_id)
    return {
        "category": need.category,
        "district": district.name if district else "",
        "zip3": need.zip_code[:3],
        "reason": need.close_reason,
        "attempts": sum(was_tried(each) for each in referrals),
        "was_partly": need.status == "partly_met",
        "is_again": published.is_again(need),
    }


def may_reopen(need: Need) -> bool:
    """Whether closing it can still be taken back."""
    return need.status != "open" and need.closed_at is not None and stepping.is_fresh(need.closed_at)


def reopen(need: Need) -> None:
    """It was closed by mistake. In the ledger rows that say the same are the same, so one of them goes."""
    consenting.held_need(need.id)
    if not may_reopen(need):
        raise Refused(_("Only a need that was closed within the last 24 hours is opened again."))
    if need.status in NOT_MET:
        said = _in_ledger(need, attempts_of(need.id))
        # Of its attempts, and of other needs, one may have turned out to be a mistake since.
        fewer = {name: value for name, value in said.items() if name not in {"attempts", "is_again"}}
        least = {name: value for name, value in fewer.items() if name != "was_partly"}
        closed = need.closed_at or db.now()
        months = {
            day.replace(day=1) for day in (day_here(), closed.date(), closed.date() - timedelta(days=1))
        }
        for each in (said, fewer, least):
            found = select(Unmet).filter_by(**each).where(Unmet.closed_on.in_(months))
            found = found.order_by(Unmet.id.desc()).limit(1)
            if (row := db.session().scalars(found).first()) is not None:
                db.session().delete(row)
                break
    need.status, need.close_reason, need.closed_at = "open", "", None
    need.version += 1
    db.session().flush()


def was_tried(referral: Referral) -> bool:
    """Whether it says anything about the agency: it was sent, not by mistake, and not only offered while
    another one took it."""
    only_offered = (
        referral.pool_id is not None and referral.state == "withdrawn" and referral.accepted_at is None
    )
    return referral.sent_at is not None and referral.state != "entered_in_error" and not only_offered


def contact_of(referral: Referral) -> str:
    """Whom an agency asks for at the school: who looks after the need, else who sent it."""
    told = notices.look_after(referral.need_id, referral.created_by)
    with system("the name of somebody at the school of a referral"):
        return db.session().get_one(User, told[0]).name if told else ""


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


def offers_of(need_id: int) -> list[Offer]:
    """What was offered for a need and what was chosen, first things first."""
    with system("what was offered for a need that was loaded for this reader"):
        return list(db.session().scalars(select(Offer).where(Offer.need_id == need_id).order_by(Offer.id)))


def offer(need: Need, offered: Sequence[Mapping[str, Any]], service_id: int) -> None:
    """Keep what was offered and what was chosen."""
    db.session().add(Offer(need_id=need.id, offered=list(offered), chosen_service_id=service_id))
    db.session().flush()
