"""All that an agency can reach. Whoever signs in for an agency, and whoever holds a link, comes through
here.

An agency reads of a referral its packet, its state, its messages, and nothing else of ours: not the need,
not the student, not other attempts. Each function is about the agencies of a `Desk`; what belongs to
another one does not exist.
"""

import csv
import io
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from crm.plugin_api import Actor, UserError, day_here, db, runtime, system
from crm.plugin_api import gettext as _
from crm.plugin_api.contacts import phone_words
from crm_referrals import links, words
from crm_referrals.models import Agency, Message, Need, Referral, Service, ServiceTerm
from crm_referrals.permissions import ANSWER
from crm_referrals.services import disclosing, finding, needs, notices, pooling, reading, stepping
from crm_referrals.services.stepping import By, Refused
from crm_referrals.states import AGENCY, allowed

logger = logging.getLogger(__name__)
SEEN = ("sent", "reviewing", "info_needed", "accepted", "waitlisted", "in_progress", "on_hold")
DONE = ("completed", "failed", "declined", "forwarded", "withdrawn", "expired", "entered_in_error")
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "answer": ("sent", "reviewing"),
    "asked": ("info_needed",),
    "work": ("accepted", "waitlisted", "in_progress", "on_hold"),
    "done": DONE,
}


@dataclass(frozen=True)
class Desk:
    """Who answers for which agencies; with `referral_id` for that one referral alone."""

    agency_ids: frozenset[int]
    label: str
    user_id: int | None = None
    referral_id: int | None = None

    def by(self, referral: Referral) -> By:
        return By(AGENCY, self.label, self.user_id, referral.agency_id)


def desk_of(actor: Actor) -> Desk:
    """The agencies that somebody who signed in answers for: those whose own organization they have the role
    over. That another organization stands under it says nothing here, since whoever edits contacts decides
    about that. One that has closed reads nothing any more."""
    scopes = actor.scopes(ANSWER)
    statement = select(Agency.id).where(Agency.closed_on.is_(None))
    if not scopes.everything:
        own = sorted(scopes.ids.get("organization", frozenset()))
        statement = statement.where(db.among(Agency.contact_id, own))
    with system("which agencies somebody answers for"):
        return Desk(frozenset(db.session().scalars(statement)), actor.label, actor.user_id)


def desk_by_link(text: str) -> Desk | None:
    """The one referral that a link leads to; None when it was altered, ended or is too old."""
    told = links.read_referral(text)
    if told is None:
        return None
    with system("an agency opens the link of a referral"):
        referral = db.session().get(Referral, told[0])
    if referral is None or referral.link_version != told[1] or referral.sent_at is None:
        return None
    agency = db.session().get_one(Agency, referral.agency_id)
    if agency.closed_on is not None or agency.link_version != told[2]:
        return None
    if told[3] and told[3] != links.imprint(agency.notice_email):  # Such as after an undo.
        return None
    return Desk(frozenset({agency.id}), agency.name, None, referral.id)


def language_of(desk: Desk | None) -> str:
    """In what language the agency of a link reads."""
    if desk is None:
        return ""
    return db.session().get_one(Agency, min(desk.agency_ids)).language


def refuse_link(text: str, step: str) -> None:
    """Somebody wants to take a step by a link that leads nowhere: that is kept with the referral where the
    link once was ours, and in the log where it never was."""
    told = links.read_referral(text)
    with system("a step by a link that was ended"):
        referral = db.session().get(Referral, told[0]) if told else None
    if referral is None:
        logger.warning("A step by a link of a referral was refused: the link is altered or too old.")
        return
    by = By(AGENCY, words.kept(words.OLD_LINK), None, referral.agency_id)
    with db.transaction(Actor(None, by.label), "referrals.refused"):
        stepping.write_refusal(referral.id, referral.state, step, by, _("This link works no more."))


def _mine(desk: Desk) -> Select[Any]:
    statement = select(Referral).where(
        Referral.agency_id.in_(sorted(desk.agency_ids)), Referral.sent_at.is_not(None)
    )
    return statement if desk.referral_id is None else statement.where(Referral.id == desk.referral_id)


def inbox(desk: Desk, folder: str, limit: int = 100) -> list[tuple[Referral, str]]:
    """The referrals of a folder with the names of their services, most urgent first."""
    statement = _mine(desk).where(Referral.state.in_(FOLDERS[folder]))
    order = Referral.ended_at.desc() if folder == "done" else Referral.due_at
    with system("what an agency was sent"):
        found = db.session().scalars(statement.order_by(order, Referral.id).limit(limit)).all()
    names = finding.pairs(
        select(Service.id, Service.name).where(db.among(Service.id, [each.service_id for each in found]))
    )
    return [(each, names.get(each.service_id, "")) for each in found]


def counts(desk: Desk) -> dict[str, int]:
    """How many are in each folder."""
    statement = _mine(desk).with_only_columns(Referral.state, func.count()).group_by(Referral.state)
    with system("what an agency was sent"):
        by_state = finding.pairs(statement)
    return {name: sum(by_state.get(state, 0) for state in states) for name, states in FOLDERS.items()}


def find(desk: Desk, referral_id: int) -> Referral | None:
    """A referral that was sent to this desk; None for every other one, and for one that is none."""
    with system("what an agency was sent"):
        return db.session().scalars(_mine(desk).where(Referral.id == referral_id)).one_or_none()


def all_of(desk: Desk) -> Sequence[Referral]:
    """Everything that was ever sent to this desk."""
    with system("what an agency was sent"):
        return db.session().scalars(_mine(desk).order_by(Referral.id).limit(5000)).all()


def as_csv(desk: Desk) -> str:
    """What the agency may hold, in columns; what is locked says only that it is."""
    found = all_of(desk)
    names = finding.pairs(
        select(Service.id, Service.name).where(db.among(Service.id, [each.service_id for each in found]))
    )
    heads = [_("Number"), _("Service"), _("State"), _("Sent"), _("Looked after by"), _("Outcome")]
    rows = [[*heads, *(str(label) for label in words.DISCLOSABLE.values()), _("Do not contact the family")]]
    readable, barred = reading.readable(found), disclosing.unreachable(found)
    worded = disclosing.worded_of_barred([each for each in found if each.id in readable])
    for each in found:
        told = each.packet if each.id in readable else {}
        is_barred = bool(told) and each.id in barred
        packet = disclosing.still_told(told, is_barred=is_barred, is_worded=each.id in worded)
        came = words.OUTCOMES.get(each.outcome, each.outcome)
        cells = [
            each.id,
            names.get(each.service_id, ""),
            words.STATES[each.state],
            moment(each.sent_at),
            each.assignee,
            came,
        ]
        rows.append(
            [
                str(cell or "")
                for cell in [
                    *cells,
                    *(_said(name, packet) for name in words.DISCLOSABLE),
                    _("yes") if packet.get("contact_prohibited") else "",
                ]
            ]
        )
    return sheet(rows)


def _said(name: str, packet: Mapping[str, Any]) -> str:
    value = packet.get(name, "")
    if name == "phone":
        return phone_words(str(value))  # A cell that begins with a plus is a formula to a spreadsheet.
    if name == "language":
        return words.language_name(str(value))
    return str(words.CATEGORIES.get(value, value) if name == "category" else value)


def moment(at: datetime | None) -> str:
    """As a spreadsheet reads it, where the organization is."""
    zone = ZoneInfo(runtime().config.time_zone)
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def sheet(rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(
        [[f"'{each}" if each[:1] in "=+-@\t\r" and each else each for each in row] for row in rows]
    )
    return out.getvalue()


def shown(referral: Referral) -> Mapping[str, Any]:
    """What the agency may read of it now: nothing any more once the consent does not hold."""
    if not reading.may_still_read(referral):
        return {}
    return disclosing.still_told(
        referral.packet,
        is_barred=referral.id in disclosing.unreachable([referral]),
        is_worded=referral.id in disclosing.worded_of_barred([referral]),
    )


def urgency_of(referral: Referral) -> str:
    """How soon the school needs an answer, which the agency knows by its day."""
    with system("how urgent the need of a referral is that an agency was sent"):
        return db.session().get_one(Need, referral.need_id).urgency


def messages(referral: Referral) -> Sequence[Message]:
    if not reading.may_still_read(referral):
        return []
    with system("messages of a referral that an agency was sent"):
        statement = select(Message).where(Message.referral_id == referral.id).order_by(Message.id)
        return db.session().scalars(statement).all()


def _refuse_unread(referral: Referral, step: str) -> None:
    """Nobody goes on with what nobody allows any more."""
    if step not in reading.ENDS and not reading.may_still_read(referral):
        raise Refused(_("The consent for this referral does not hold any more, so it can only be ended."))


def move(desk: Desk, referral: Referral, step: str, values: Mapping[str, Any], version: int | None) -> None:
    """Take a step for the agency, or log a try to reach the family, or write a message."""
    agency = db.session().get_one(Agency, referral.agency_id)
    if agency.closed_on is not None:
        raise Refused(_("%(agency)s has closed, so nothing can be answered for it.", agency=agency.name))
    note = str(values.get("note") or "")
    if agency.acknowledges_only and step in {"attempt", "message"}:
        raise Refused(_says_nothing())
    _refuse_unread(referral, step)
    if step == "attempt":
        stepping.log_attempt(referral, desk.by(referral), note)
    elif step == "message":
        needs.say(referral, AGENCY, desk.label, note)
        if referral.state == "in_progress":  # Before that it owes the family a call, not the school a word.
            stepping.heard(referral)
        notices.to_school(referral, "message")
    else:
        _step(desk, referral, agency, step, values, version)


def _step(
    desk: Desk, referral: Referral, agency: Agency, step: str, values: Mapping[str, Any], version: int | None
) -> None:
    said = dict(values)
    if agency.acknowledges_only:
        step, said = _without_report(step, said)
    elif step == "end":
        raise Refused(_("This step is not yours to take."))
    nameless = disclosing.is_nameless(referral)
    if referral.pool_id is not None:
        pooling.refuse(referral, step)  # It holds the need, and always before anything else is held.
    is_new = step == "accept" or (step == "start" and referral.accepted_at is None)
    must_name = step == "forward" or (step == "decline" and bool(said.get("suggested")))
    if must_name and said.get("suggested") not in _proposable(referral):
        raise UserError(_("Choose the better place."))
    stepping.take(referral, step, desk.by(referral), said, version)
    if agency.acknowledges_only and step == "accept":
        referral.assignee, referral.next_on = "", None
    if is_new and agency.weekly_cap is not None:
        _refuse_over_cap(agency, referral)
    if step == "accept" and nameless:
        pooling.claim(referral, desk.label)
    _tell(desk, referral, step, said)


def _tell(desk: Desk, referral: Referral, step: str, said: Mapping[str, Any]) -> None:
    if step == "ask":
        needs.say(referral, AGENCY, desk.label, str(said["note"]))
    if step in PROPOSE and said.get("suggested"):
        chosen = db.session().get_one(Service, said["suggested"])
        referral.suggested_id = chosen.id
        needs.say(referral, AGENCY, desk.label, _("We propose: %(service)s", service=chosen.name))
    if step in notices.TOLD:
        notices.to_school(referral, step)


def _without_report(step: str, said: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Victim services accept, decline and end: what came of it, and why, they do not tell."""
    step = "end" if step in {"complete", "fail"} else step
    if step not in ACKNOWLEDGES:
        raise Refused(_says_nothing())
    if step == "accept":  # Who looks after somebody, and when they meet, stays there.
        said = {**said, "assignee": "–", "next_on": day_here()}
    nothing = {"note": words.kept(words.REPORTS_NOTHING), "by": "", "reason": "other", "suggested": None}
    return step, {**said, **nothing}


PROPOSE = frozenset({"decline", "forward"})
"""Steps with which an agency can name a better place."""
ACKNOWLEDGES = frozenset({"accept", "decline", "end"})


def _says_nothing() -> str:
    return str(words.REPORTS_NOTHING)


def steps_of(agency: Agency, referral: Referral) -> list[str]:
    """What an agency can do with a referral now; where it reads nothing any more, only end it."""
    found = allowed(AGENCY, referral.state)
    if not reading.may_still_read(referral):
        found = [each for each in found if each in reading.ENDS]
    if disclosing.is_nameless(referral):
        found = [each for each in found if each in pooling.CAN]
    if referral.pool_id is not None or not stepping.is_fresh(referral.accepted_at):
        found = [each for each in found if each != "unaccept"]
    return [each for each in found if (each in ACKNOWLEDGES if agency.acknowledges_only else each != "end")]


def _refuse_over_cap(agency: Agency, referral: Referral) -> None:
    """Of two who accept at once the second counts the first. What only refers to the agency need not wait."""
    db.session().refresh(agency, with_for_update={"key_share": True})
    if agency.weekly_cap is None:
        return
    since = db.now() - timedelta(days=7)
    statement = select(func.count()).where(
        Referral.agency_id == agency.id, Referral.accepted_at > since, Referral.id != referral.id
    )
    with system("how many an agency accepted this week"):
        taken = db.session().execute(statement).scalar_one()
    if taken >= agency.weekly_cap:
        raise Refused(
            _("The agency has taken as many this week as it said that it can. Raise that number first.")
        )


def _others(service_id: int) -> Any:
    return (
        select(Service.id, Service.name, Agency.name)
        .join(Agency, Agency.id == Service.agency_id)
        .where(
            Service.status == "active",
            Service.id != service_id,
            Service.is_public,
            Agency.closed_on.is_(None),
        )
        .order_by(Service.sort_name, Service.id)
    )


def _proposable(referral: Referral) -> Collection[int]:
    """Services that can be proposed in place of the one it was sent to."""
    ids = _others(referral.service_id).with_only_columns(Service.id)
    return frozenset(db.session().scalars(ids))


def places_but(referral: Referral) -> list[tuple[str, list[tuple[int, str]]]]:
    """Services that one can propose in place of this one, under headings: first those that meet what the
    agency reads that is needed, else what its own service meets; each with its agency's name."""
    told = shown(referral).get("category")
    kinds = [told] if told else finding.terms_of([referral.service_id]).get(referral.service_id, [])
    alike = select(ServiceTerm.service_id).where(ServiceTerm.term.in_(kinds))
    groups = (
        (_("For the same need"), Service.id.in_(alike)),
        (_("Other services"), Service.id.not_in(alike)),
    )
    found = []
    for label, condition in groups:
        rows = db.session().execute(_others(referral.service_id).where(condition).limit(300))
        if places := [(row[0], f"{row[1]} – {row[2]}") for row in rows]:
            found.append((label, places))
    return found
