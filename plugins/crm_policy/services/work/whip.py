"""The whip sheet: how each legislator leans, with all that says so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import url_for
from sqlalchemy import or_, select

from crm.plugin_api import Actor, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import User
from crm.plugin_api.words import day_here, squash
from crm_policy.models import (
    Action,
    Ballot,
    Bill,
    Legislator,
    Lobbying,
    Mark,
    Relation,
    Sponsor,
    Vote,
)
from crm_policy.places import PLACES, chambers_like, seats_of
from crm_policy.services.bills import track
from crm_policy.services.kinship import companions
from crm_policy.words import OPTIONS, ROLES


@dataclass(frozen=True)
class Evidence:
    """Why a legislator is where they are on the sheet; without a lean it only tells what they did."""

    lean: int | None
    words: str
    on: date | None
    url: str = ""


@dataclass
class Line:
    """A legislator on the whip sheet: how they lean, and all that says so, the strongest first."""

    legislator: Any
    lean: int | None
    evidence: list[Evidence]


_NEVER: Final = re.compile(
    r"\btabl(e|ed|ing)\b|postpone|sustain|nonconcur|non-concur|not concur|adverse|reconsider|recommit"
    r"|inexpedient",
    re.IGNORECASE,
)
_ALWAYS: Final = re.compile(
    r"\b(third|3rd|final) reading\b|\bpassage\b|concur(red|rence)? in|overrid|notwithstanding"
    r"|\breported\b|do pass|favorabl",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"amendment|refer|discharge|adjourn|rules|immediate effect|previous question|substitute|suspend",
    re.IGNORECASE,
)


_ROLL_CALL: Final = re.compile(r"\broll call #? ?(\d+)\b", re.IGNORECASE)
_NOT_TAKEN: Final = re.compile(r"non-?concur|not concur", re.IGNORECASE)


def is_on_the_bill(motion: str, line: str = "", before: str = "") -> bool:
    """Whether a yes to this motion is a yes to the bill: to table it, or to change it, it is not. `line` is
    what the history of the bill says of the roll call, `before` the line before that one: where a motion only
    names its reading, they say what was voted on."""
    if _NEVER.search(motion) or _NEVER.search(line) or _NOT_TAKEN.search(before):
        return False
    return bool(_ALWAYS.search(motion)) or not _ELSEWHERE.search(motion)


ORDER: Final = (2, 1, 0, -1, -2, None)


def whip_sheet(bill: Bill, actor: Actor, chamber: str = "") -> list[Line]:
    """All who sit in the bill's state, from votes, sponsorships and meetings on the bill and its
    companions and earlier versions, and from what staff noted. The newest of what staff noted, a meeting
    and a vote on the bill wins; sponsorships count where there is none of them."""
    members = sitting(bill.state, chamber, actor)
    ids = _kin(bill)
    found: dict[int, list[Evidence]] = {}
    newest = [*_noted(ids, actor), *_met(ids, actor, members), *_voted(ids, actor)]
    newest.sort(key=lambda pair: pair[1].on or date.min, reverse=True)
    for legislator_id, evidence in (*newest, *_sponsored(ids, actor)):
        found.setdefault(legislator_id, []).append(evidence)
    lines = [Line(each, _leans(found.get(each.id, [])), found.get(each.id, [])) for each in members]
    return sorted(lines, key=lambda line: (ORDER.index(line.lean), line.legislator.sort_name))


def _leans(evidence: Sequence[Evidence]) -> int | None:
    return next((each.lean for each in evidence if each.lean is not None), None)


def sitting(state: str, chamber: str, actor: Actor) -> Sequence[Any]:
    today = day_here()
    statement = visible(Legislator, actor).where(
        Legislator.state == state, or_(Legislator.ends_on.is_(None), Legislator.ends_on >= today)
    )
    if chamber:
        statement = statement.where(Legislator.chamber.in_(chambers_like(state, chamber)))
    return db.session().scalars(statement.order_by(Legislator.sort_name).limit(1000)).all()


def needed(state: str, chamber: str, sit: int) -> int | None:
    """How many votes pass a bill in a chamber: more than half of its seats, vacant ones counted (of those who
    sit, where we do not know the seats). None for both chambers together, which never vote as one."""
    if not sit or (not chamber and not (state in PLACES and PLACES[state].unicameral)):
        return None
    return (seats_of(state, chamber) or sit) // 2 + 1


def _kin(bill: Bill) -> list[int]:
    """The bill, its companions, and the same bill of earlier sessions."""
    ids = set(companions(bill))
    with system("what a bill was before"):
        rows = select(Relation.related_bill_id).where(
            Relation.bill_id.in_(ids),
            Relation.related_bill_id.is_not(None),
            Relation.kind.in_(("prior-session", "carry-over")),
        )
        ids.update(db.session().scalars(rows))
    return sorted(ids)


def _noted(ids: Sequence[int], actor: Actor) -> list[tuple[int, Evidence]]:
    statement = visible(Mark, actor).outerjoin(User, User.id == Mark.user_id).where(Mark.bill_id.in_(ids))
    marks = db.session().execute(statement.order_by(Mark.noted_on.desc()).add_columns(User.name))
    return [
        (each.legislator_id, Evidence(each.lean, _noted_by(each.said, who), each.noted_on))
        for each, who in marks
    ]


def _noted_by(said: str, who: str | None) -> str:
    return _("%(said)s (noted by %(who)s)", said=said or "…", who=who) if who else said


def _met(ids: Sequence[int], actor: Actor, members: Sequence[Any]) -> list[tuple[int, Evidence]]:
    by_contact = {each.contact_id: each.id for each in members}
    statement = visible(Lobbying, actor).where(Lobbying.bill_id.in_(ids), Lobbying.lean.is_not(None))
    return [
        (
            by_contact[each.contact_id],
            Evidence(
                each.lean or 0,
                _("Meeting: %(note)s", note=(each.note or "…")[:80]),
                each.worked_on,
                url_for("policy.log_entry", entry_id=each.id),
            ),
        )
        for each in db.session().scalars(statement.order_by(Lobbying.worked_on.desc()))
        if each.contact_id in by_contact
    ]


def _voted(ids: Sequence[int], actor: Actor) -> list[tuple[int, Evidence]]:
    statement = (
        visible(Ballot, actor)
        .join(Vote, Vote.id == Ballot.vote_id)
        .where(Vote.bill_id.in_(ids), Ballot.legislator_id.is_not(None), Ballot.option.in_(("yes", "no")))
        .where(Vote.gone_on.is_(None))  # What a source took back says nothing about anybody.
        .order_by(Vote.voted_on.desc(), Vote.id.desc())
        .with_only_columns(Ballot.legislator_id, Ballot.option, Vote.motion, Vote.voted_on, Vote.id)
    )
    on_the_bill = _on_the_bill(ids)
    return [
        (
            int(row[0] or 0),
            Evidence(
                (2 if row[1] == "yes" else -2) if on_the_bill[row[4]] else None,
                f"{OPTIONS[row[1]]}: {row[2][:80]}",
                row[3],
                url_for("policy.vote", vote_id=row[4]),
            ),
        )
        for row in db.session().execute(statement)
    ]


def _on_the_bill(ids: Sequence[int]) -> dict[int, bool]:
    """Of each roll call on some bills whether it was on the bill itself."""
    with system("what was voted on is public"):
        columns = (Action.bill_id, Action.acted_on, Action.chamber, Action.text)
        told = select(*columns).where(Action.bill_id.in_(ids), Action.gone_on.is_(None))
        lines = db.session().execute(told.order_by(Action.bill_id, Action.acted_on, Action.position)).all()
        votes = db.session().scalars(select(Vote).where(Vote.bill_id.in_(ids))).all()
    said: dict[tuple[Any, ...], tuple[str, str]] = {}
    for number, line in enumerate(lines):
        if found := _ROLL_CALL.search(line.text):
            before = lines[number - 1] if number else line
            same = (before.bill_id, before.acted_on) == (line.bill_id, line.acted_on)
            said[(*line[:3], found[1])] = line.text, before.text if same else ""
    return {
        each.id: is_on_the_bill(
            each.motion, *said.get((each.bill_id, each.voted_on, each.chamber, _number(each.motion)), ())
        )
        for each in votes
    }


def _number(motion: str) -> str:
    found = _ROLL_CALL.search(motion)
    return found[1] if found else ""


def _sponsored(ids: Sequence[int], actor: Actor) -> list[tuple[int, Evidence]]:
    statement = (
        visible(Sponsor, actor)
        .join(Bill, Bill.id == Sponsor.bill_id)
        .where(Sponsor.bill_id.in_(ids), Sponsor.legislator_id.is_not(None), Sponsor.gone_on.is_(None))
        .with_only_columns(Sponsor.legislator_id, Sponsor.role, Bill.identifier, Bill.introduced_on, Bill.id)
    )
    return [
        (
            int(row[0] or 0),
            Evidence(
                2 if row[1] == "primary" else 1,
                f"{ROLES.get(row[1], row[1])}: {row[2]}",
                row[3],
                url_for("policy.bill", bill_id=row[4]),
            ),
        )
        for row in db.session().execute(statement)
    ]


def set_mark(bill: Bill, legislator: Legislator, values: Mapping[str, Any], actor: Actor) -> None:
    if values["lean"] not in (-2, -1, 0, 1, 2):
        raise UserError(_("Choose how they lean."))
    with system("one mark for each legislator and bill"):
        statement = select(Mark).where(Mark.bill_id == bill.id, Mark.legislator_id == legislator.id)
        found = db.session().scalars(statement).first() or Mark(bill_id=bill.id, legislator_id=legislator.id)
    found.lean, found.said = values["lean"], squash(values["said"])
    found.noted_on, found.user_id = day_here(), actor.user_id
    db.session().add(found)
    track(bill.id)
    db.session().flush()
