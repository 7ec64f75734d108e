"""The one way in which a referral changes its state: who may, what must be said, the clock, the event.

A step that the table in `crm_referrals.states` does not have is refused with a sentence, and the refusal
is kept by `refuse_loudly`. Of two at once one wins: `version` is compared in the UPDATE itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from crm.plugin_api import Actor, Conflict, UserError, day_here, db, system
from crm.plugin_api import gettext as _
from crm_referrals import clock, words
from crm_referrals.models import Agency, Event, Need, Referral
from crm_referrals.states import AGENCY, AT_WORK, OPEN, STEPS, SYSTEM, WAITING

UNDO_WITHIN = timedelta(hours=24)
ACKNOWLEDGED = frozenset({"completed", "failed", "declined", "forwarded", "expired"})
"""What the school says that it has seen."""
LEAST_ATTEMPTS = 3
PAUSE_AT_MOST = 5
FOLLOWS_UP = timedelta(days=30)
"""After this the school asks the family how it is."""
YEAR, ZONES = timedelta(days=366), timedelta(days=1)
"""How far days may be away; where somebody writes it may still be yesterday."""
MOST_LETTERS, MOST_OF_A_NAME = 5000, 200


@dataclass(frozen=True)
class By:
    """Who takes a step: a side, and somebody of it in words. `agency_id` is which agency, for that side."""

    side: str
    label: str
    user_id: int | None = None
    agency_id: int | None = None

    @classmethod
    def school(cls, actor: Actor) -> "By":
        return cls("school", actor.label, actor.user_id)


class Refused(UserError):
    """A step that must not be; nothing changed."""

    status = 409


def take(
    referral: Referral, step: str, by: By, values: Mapping[str, Any], version: int | None = None
) -> Event:
    """Take a step, or raise Refused. `version` is the one that whoever decides has seen."""
    rule = STEPS.get(step)
    if rule is None or by.side not in rule.sides or _is_another_agency(referral, by):
        raise Refused(_("This step is not yours to take."))
    if version is not None and version != referral.version:
        raise Conflict(
            _("Somebody else has moved this referral meanwhile. Look at it again before you decide.")
        )
    if referral.state not in rule.before:
        state = words.STATES[referral.state]
        raise Refused(_("The referral is “%(state)s”, so this cannot be done any more.", state=state))
    told = {name: values.get(name) for name in rule.needs}
    _demand(referral, step, told, str(values.get("note") or ""))
    event = Event(
        referral_id=referral.id,
        step=step,
        side=by.side,
        user_id=by.user_id,
        actor_label=by.label,
        from_state=referral.state,
        to_state=rule.after,
        reason=str(told.get("reason") or told.get("outcome") or ""),
        note=str(values.get("note") or ""),
        said_by=_said_by(step, values),
    )
    win(referral)
    _keep(referral, step, told, str(values.get("note") or ""))
    referral.state = rule.after
    referral.escalated_at = referral.escalated_at if step == "open" else None
    _set_clock(referral, step)
    db.session().add(event)
    db.session().flush()
    return event


def _said_by(step: str, values: Mapping[str, Any]) -> str:
    said = str(values.get("by") or "")
    return said if step == "decline" and said in words.DECLINED_BY else ""


def _is_another_agency(referral: Referral, by: By) -> bool:
    return by.side == AGENCY and by.agency_id != referral.agency_id


def win(referral: Referral) -> None:
    """Raise the version where it is still the one that was read; of two at once the second finds none."""
    raised = (
        update(Referral)
        .where(Referral.id == referral.id, Referral.version == referral.version)
        .values(version=Referral.version + 1)
        .execution_options(synchronize_session=False)
    )
    with system("a referral that whoever moves it may move"):
        if not db.session().execute(raised).rowcount:  # type: ignore[attr-defined]  # Of every UPDATE.
            raise Conflict(
                _("Somebody else has moved this referral meanwhile. Look at it again before you decide.")
            )
        db.session().refresh(referral)


def _sentence(name: str) -> str:
    """What is missing, in words."""
    return {
        "note": _("Write a sentence about it."),
        "assignee": _("Write who looks after it."),
        "next_on": _("Say on which day it goes on."),
        "started_on": _("Say on which day it began."),
        "family_agrees": _("Ask the family first whether they want to wait."),
        "reason": _("Choose a reason."),
        "outcome": _("Choose what came of it."),
        "suggested": _("Choose the better place."),
    }[name]


def _demand(referral: Referral, step: str, values: Mapping[str, Any], note: str) -> None:
    """Whatever a step must say is said, and makes sense."""
    for name, value in values.items():
        if not value:
            raise UserError(_sentence(name))
    _limit(values, note)
    if step == "unaccept" and not is_fresh(referral.accepted_at):
        raise Refused(_("It was accepted more than 24 hours ago. End it with a reason instead."))
    if step == "fail" and values["reason"] == "no_contact" and referral.attempts < LEAST_ATTEMPTS:
        raise Refused(_("Log at least three tries to reach the family before you give up."))
    if step in {"decline", "fail"} and values["reason"] not in words.NOT_HELPED:
        raise UserError(_("Choose a reason."))
    if step == "complete" and values["outcome"] not in words.HELPED:
        raise UserError(_("Choose what came of it."))


def is_fresh(at: datetime | None) -> bool:
    """Whether what happened then can still be taken back."""
    return (at or db.now()) >= db.now() - UNDO_WITHIN


def _limit(values: Mapping[str, Any], note: str) -> None:
    """Texts have an end, and days are near: one from the year 1 would break every board that shows it."""
    if len(note) > MOST_LETTERS or len(str(values.get("assignee") or "")) > MOST_OF_A_NAME:
        raise UserError(_("This text is too long. Write it in fewer words."))
    today = day_here()
    next_on, started_on = values.get("next_on"), values.get("started_on")
    if next_on and not today - ZONES <= next_on <= today + YEAR:
        raise UserError(_("Say a day from today on, at most a year ahead, on which it goes on."))
    if started_on and not today - YEAR <= started_on <= today + ZONES:
        raise UserError(_("Say a day of the last year, until today, on which help began."))


_MOMENTS = {"send": "sent_at", "open": "opened_at", "accept": "accepted_at"}


_KEPT = frozenset({"assignee", "next_on", "started_on", "outcome", "reason"})


def _keep(referral: Referral, step: str, values: Mapping[str, Any], note: str) -> None:
    """Write down what a step said, of what it is asked alone."""
    now = db.now()
    for name in _KEPT & values.keys():
        setattr(referral, name, values[name])
    if step in _MOMENTS and getattr(referral, _MOMENTS[step]) is None:
        setattr(referral, _MOMENTS[step], now)
    if step == "start":  # From the waiting list it is taken in only now.
        referral.accepted_at = referral.accepted_at or now
    if step in {"accept", "decline", "waitlist", "forward"}:
        referral.answered_at = referral.answered_at or now
    if step == "unaccept":
        referral.accepted_at, referral.answered_at, referral.assignee = None, None, ""
    if STEPS[step].after not in OPEN:
        referral.ended_at = now
        referral.note = note
        referral.outcome = values["reason"] if step == "fail" else referral.outcome


def _set_clock(referral: Referral, step: str) -> None:
    """When whose move it is has to have moved; a question stops the clock, its answer lets it go on."""
    now = db.now()
    if step == "open":
        return
    if step == "ask":
        left = clock.business_seconds(now, referral.due_at) if referral.due_at else 0
        referral.paused_left = max(3600, left)
        referral.due_at = clock.add_business_days(now, PAUSE_AT_MOST)
        return
    if step == "answer":
        referral.due_at = clock.add_business_seconds(now, referral.paused_left or 3600)
        referral.paused_left = None
        return
    if step != "mistake":  # Whoever takes it back finds the clock of a question as it stood.
        referral.paused_left = None
    referral.due_at = due_after(referral, now)


def due_after(referral: Referral, now: datetime) -> datetime | None:
    """When the next move is due in the state that a referral has come to."""
    days = {
        "draft": 10,
        "accepted": 3,
        "completed": 5,
        "failed": 0,
        "declined": 0,
        "forwarded": 0,
        "expired": 0,
    }
    state = referral.state
    if state == "accepted" and _reports_nothing(referral):
        return None
    if state == "awaiting_consent":
        return now + timedelta(days=21)
    if state in WAITING:
        return clock.add_business_days(now, _respond_days(referral))
    if state == "in_progress":
        return now + timedelta(days=30)
    if state in {"waitlisted", "on_hold"} and referral.next_on is not None:
        return clock.last_minute_of(referral.next_on)
    return clock.add_business_days(now, days[state]) if state in days else None


def _reports_nothing(referral: Referral) -> bool:
    """Whether its agency serves victims: after it has accepted, nobody asks it how it goes."""
    return db.session().get_one(Agency, referral.agency_id).acknowledges_only


def _respond_days(referral: Referral) -> int:
    with system("how fast the agency of this referral answers"):
        need = db.session().get_one(Need, referral.need_id)
    agency = db.session().get_one(Agency, referral.agency_id)
    return 1 if need.urgency == "urgent" else agency.respond_days


def log_attempt(referral: Referral, by: By, note: str) -> None:
    """The agency tried to reach the family. Of two at once both count."""
    db.session().refresh(referral, with_for_update={"key_share": True})
    if by.side != AGENCY or _is_another_agency(referral, by):
        raise Refused(_("This step is not yours to take."))
    if referral.state not in AT_WORK:
        raise Refused(_("Accept the referral before you call the family."))
    referral.attempts += 1
    write_down(referral, "attempt", by, note)
    heard(referral)


def heard(referral: Referral) -> None:
    """The agency tells how it goes, as it was asked to: the clock of its next word begins anew. Where a
    colleague has ended it meanwhile, that clock goes on."""
    db.session().flush()
    db.session().refresh(referral, with_for_update={"key_share": True})
    if referral.state in {"accepted", "in_progress"}:
        referral.due_at, referral.escalated_at = due_after(referral, db.now()), None
        db.session().flush()


def sender_of(referral_id: int) -> int | None:
    """The account that sent a referral."""
    sent = select(Event.user_id).where(
        Event.referral_id == referral_id, Event.step == "send", Event.was_refused.is_(False)
    )
    with system("who sent a referral that was loaded for this reader"):
        return db.session().scalars(sent.order_by(Event.id)).first()


def hold(referral: Referral) -> None:
    """A referral as it is now, and nobody else moves it before the transaction ends: of two who click at once
    the second is judged by what the first has done."""
    db.session().flush()
    with system("a referral that whoever holds it may move"):
        db.session().refresh(referral, with_for_update={"key_share": True})


def acknowledge(referral: Referral, by: By) -> None:
    """The school has seen the outcome."""
    hold(referral)
    if by.side != "school" or referral.state not in ACKNOWLEDGED or referral.acknowledged_at is not None:
        raise Refused(_("There is no outcome to acknowledge."))
    referral.acknowledged_at, referral.due_at = db.now(), None
    write_down(referral, "acknowledge", by, "")


def unacknowledge(referral: Referral, by: By) -> None:
    """It was clicked too early: the outcome waits for the school again."""
    hold(referral)
    if by.side != "school" or referral.acknowledged_at is None or referral.state not in ACKNOWLEDGED:
        raise Refused(_("Nothing was acknowledged."))
    referral.acknowledged_at = None
    referral.due_at = due_after(referral, db.now())
    write_down(referral, "unacknowledge", by, "")


def follow_up(referral: Referral, by: By, how: str, note: str) -> None:
    """Thirty days after the help: how it is now."""
    hold(referral)
    if by.side != "school" or referral.state != "completed":
        raise Refused(_("Only help that was given is followed up."))
    if (referral.ended_at or db.now()) > db.now() - FOLLOWS_UP:
        raise Refused(_("It is followed up thirty days after the help."))
    if referral.followed_up_at is not None:
        raise Refused(_("This has been followed up already."))
    referral.follow_up, referral.follow_up_note, referral.followed_up_at = how, note.strip(), db.now()
    write_down(referral, "follow_up", by, str(words.FOLLOW_UPS[how]))


def write_down(referral: Referral, step: str, by: By, note: str, came_from: str = "") -> None:
    """Keep that something happened which is no step of the table; `came_from` is the state before, where it
    was another."""
    db.session().add(
        Event(
            referral_id=referral.id,
            step=step,
            side=by.side,
            user_id=by.user_id,
            actor_label=by.label,
            from_state=came_from or referral.state,
            to_state=referral.state,
            note=note,
        )
    )
    db.session().flush()


def write_refusal(referral_id: int, state: str, step: str, by: By, sentence: str) -> None:
    """Keep that a step was tried and refused, and with what sentence."""
    db.session().add(
        Event(
            referral_id=referral_id,
            step=step[:20],
            side=by.side,
            user_id=by.user_id,
            actor_label=by.label,
            from_state=state,
            to_state=state,
            note=sentence,
            was_refused=True,
        )
    )
    db.session().flush()


@contextmanager
def refuse_loudly(referral_id: int, state: str, step: str, by: By) -> Iterator[None]:
    """Around the transaction of a step: one that is refused changes nothing, and that it was tried is
    kept."""
    try:
        yield
    except (Refused, Conflict) as error:
        with db.transaction(Actor.system(), "referrals.refused"):
            write_refusal(referral_id, state, step, by, str(error.message))
        raise


SYSTEM_BY = By(SYSTEM, "Rollcall")
