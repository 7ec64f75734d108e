"""What comes next for a bill, and who decides it: the members of the committee that hears it, else of the
chamber that has it, each with their district and how they lean."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from crm.plugin_api import Actor, db, system, visible
from crm_policy.models import Bill, Hearing, HearingBill, Legislator, Seat
from crm_policy.places import PLACES
from crm_policy.services.naming import BillName, names_of
from crm_policy.services.work.districts import Place, chamber_words, keys_of
from crm_policy.services.work.whip import whip_sheet

AHEAD: Final = timedelta(days=60)
_STILL_HERE: Final = timedelta(hours=12)
"""A hearing of this morning is still to be seen in the evening."""


@dataclass(frozen=True)
class Decision:
    """What comes up for a bill: a hearing with its moment (UTC), or with None the floor of a chamber, whose
    day nobody tells. `where` is the committee or the chamber in words."""

    bill: BillName
    starts_at: datetime | None
    all_day: bool
    kind: str
    where: str
    chamber: str
    committee_id: int | None
    hearing_id: int | None
    url: str


@dataclass(frozen=True)
class Decider:
    """A legislator who decides; `lean` is from -2 (firm no) to 2 (firm yes), None where nothing says so, and
    `why` what says it."""

    legislator_id: int
    contact_id: int | None
    name: str
    party: str
    role: str
    place: Place
    lean: int | None
    why: str
    url: str

    @property
    def swings(self) -> bool:
        """Neither firmly for nor firmly against it."""
        return self.lean in (None, -1, 0, 1)


def upcoming(
    actor: Actor, bill_ids: Collection[int] | None = None, ahead: timedelta = AHEAD, limit: int = 200
) -> list[Decision]:
    """Hearings to come, the soonest first: of some bills, or of all that are tracked."""
    now = db.now()
    statement = (
        visible(Hearing, actor)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .join(Bill, Bill.id == HearingBill.bill_id)
        .where(
            Hearing.starts_at >= now - _STILL_HERE,
            Hearing.starts_at < now + ahead,
            Hearing.status != "cancelled",
            Bill.triage == "tracked" if bill_ids is None else db.among(Bill.id, list(bill_ids)),
        )
        .order_by(Hearing.starts_at, Hearing.id, Bill.id)
        .limit(limit)
        .with_only_columns(Hearing, Bill.id)
    )
    rows = [(row[0], row[1]) for row in db.session().execute(statement)]
    names = names_of([bill_id for _hearing, bill_id in rows], actor)
    return [_heard(hearing, names[bill_id]) for hearing, bill_id in rows if bill_id in names]


def _heard(hearing: Hearing, bill: BillName) -> Decision:
    return Decision(
        bill,
        hearing.starts_at,
        hearing.all_day,
        hearing.kind,
        hearing.committee_name,
        "",
        hearing.committee_id,
        hearing.id,
        url_for("policy.hearing", hearing_id=hearing.id),
    )


def next_decision(bill: Bill, actor: Actor) -> Decision | None:
    """The soonest hearing of a bill, else the floor of the chamber that has it; None once it is through, with
    the executive, or dead."""
    if coming := upcoming(actor, [bill.id], limit=1):
        return coming[0]
    if bill.stage >= 8 or bill.disposition not in ("live", "carried_over"):
        return None
    chamber, name = chamber_of(bill), names_of([bill.id], actor).get(bill.id)
    if name is None:
        return None
    return Decision(
        name, None, False, "vote", chamber_words(bill.state, chamber), chamber, None, None, name.url
    )


def chamber_of(bill: Bill) -> str:
    """The chamber that has a bill: where it began, until it crossed over."""
    place = PLACES.get(bill.state)
    if place is not None and place.unicameral:
        return "legislature" if bill.chamber == "legislature" else bill.chamber
    if bill.stage < 5 or bill.chamber not in ("upper", "lower"):
        return bill.chamber
    return "lower" if bill.chamber == "upper" else "upper"


def deciders(bill_id: int, actor: Actor) -> tuple[Decision | None, list[Decider]]:
    """What comes next for a bill and who decides it, by how they lean, those for it first."""
    bill = db.session().scalars(visible(Bill, actor).where(Bill.id == bill_id)).first()
    decision = next_decision(bill, actor) if bill is not None else None
    if bill is None or decision is None:
        return None, []
    roles = _members(decision.committee_id)
    lines = whip_sheet(bill, actor, decision.chamber)
    return decision, [_decider(each, roles) for each in lines if not roles or each.legislator.id in roles]


def _members(committee_id: int | None) -> dict[int, str]:
    if committee_id is None:
        return {}
    statement = select(Seat.legislator_id, Seat.role).where(
        Seat.committee_id == committee_id, Seat.legislator_id.is_not(None), Seat.ended_on.is_(None)
    )
    with system("who sits on a committee is published"):
        return {int(row[0] or 0): row[1] for row in db.session().execute(statement)}


def _decider(line: Any, roles: dict[int, str]) -> Decider:
    one: Legislator = line.legislator
    return Decider(
        one.id,
        one.contact_id,
        one.name,
        one.party,
        roles.get(one.id, ""),
        Place(one.state, one.chamber, one.district),
        line.lean,
        line.evidence[0].words if line.evidence else "",
        url_for("policy.legislator", legislator_id=one.id),
    )


def key_of(place: Place) -> tuple[str, str, str]:
    """What two places have in common that are one district, however it is written."""
    return keys_of(place)[0]


def by_district(deciding: Sequence[Decider]) -> dict[tuple[str, str, str], Decider]:
    """Who decides, by the key of their district (`key_of`)."""
    return {key_of(each.place): each for each in deciding}
