"""A need that is offered to several agencies at once: the first that accepts gets it, and learns only then
whom it is about."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.models import Need, Referral, Service
from crm_referrals.services import consenting, disclosing, needs, notices, stepping
from crm_referrals.services.stepping import Refused
from crm_referrals.states import AT_WORK, BEFORE, OPEN, WAITING

CAN = frozenset({"open", "ask", "accept", "decline"})
"""What an agency can do before it knows whom it is about."""
FEWEST = 2


def draft(need: Need, services: Sequence[Service], actor: Actor, follows: Referral | None) -> list[Referral]:
    """A referral to each of these services, which belong together. Refused when there are fewer than two, or
    two of one agency."""
    if len({each.agency_id for each in services}) < max(FEWEST, len(services)):
        raise Refused(_("Tick services of at least two agencies, one of each."))
    made = [needs.draft(need, each, actor, follows) for each in services]
    for each in made:
        each.pool_id = made[0].id
    db.session().flush()
    return made


def others(referral: Referral, *, hold: bool = False) -> list[Referral]:
    """The other referrals that were offered together with this one; with `hold` nobody else moves them before
    the transaction ends, so that of an acceptance and a refusal elsewhere at once both count."""
    if referral.pool_id is None:
        return []
    statement = select(Referral).where(Referral.pool_id == referral.pool_id, Referral.id != referral.id)
    if hold:
        statement = statement.with_for_update(key_share=True)
    with system("what was offered together with a referral of this actor"):
        fresh = statement.order_by(Referral.id).execution_options(populate_existing=True)
        return list(db.session().scalars(fresh))


def send(referral: Referral, actor: Actor, version: int | None, *, is_same: bool = False) -> None:
    """Offer it to all of its agencies, or to none: each has to be named by a consent that holds, since the
    one that accepts learns whom it is about at once."""
    refuse_taken(referral)
    needs.send(referral, actor, version, is_same=is_same)
    for each in others(referral):
        if each.state in BEFORE:
            needs.send(each, actor, is_same=is_same)


def refuse_taken(referral: Referral) -> None:
    """Of two that accept at once the second finds that it is taken."""
    consenting.held_need(referral.need_id)
    if any(each.state in AT_WORK or each.accepted_at is not None for each in others(referral, hold=True)):
        raise Refused(_("Another agency was faster and has accepted it."))


def refuse(referral: Referral, step: str) -> None:
    """Refused for what an agency cannot do with a referral that several were offered."""
    if step == "unaccept":
        raise Refused(_("The other agencies were told that you took it. End it with a reason instead."))
    if not disclosing.is_nameless(referral):
        return
    if step not in CAN:
        raise Refused(_("It is offered to several agencies. Accept it first, then you see whom it is about."))
    if step == "accept":
        refuse_taken(referral)


def withdraw(referral: Referral, by: stepping.By, note: str) -> None:
    """The family does not want this help: all that was offered together with a referral ends, so that no
    other agency learns of them any more."""
    consenting.held_need(referral.need_id)
    for each in [referral, *others(referral, hold=True)]:
        if each is referral or each.state in OPEN:
            needs.withdraw(each, by, note)


def claim(referral: Referral, by_label: str) -> None:
    """It was accepted: its agency learns whom it is about, and the others hear that it is taken."""
    with system("a need that an agency accepts"):
        need = db.session().get_one(Need, referral.need_id)
    consent = consenting.live(need.id, referral.agency_id, day_here(), hold=True)
    if consent is None:
        raise Refused(_("The consent for this referral does not hold any more, so it can only be ended."))
    referral.consent_id = consent.id
    disclosing.fill(referral, need, consent.disclosed, is_claimed=True)
    disclosing.disclose(referral, sorted(referral.packet), by_label, "")
    for each in others(referral):
        if each.state in BEFORE | WAITING:
            was_sent = each.sent_at is not None
            note = {"note": words.kept(words.TAKEN)}
            stepping.take(each, "withdraw", stepping.SYSTEM_BY, note)
            each.link_version += 1
            if was_sent:
                notices.to_agency(each, "taken")
