"""Two sessions that are one: the services call it `2025-2026` and `103rd`, and its bills are here twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import InvalidRequestError

from crm.plugin_api import UserError, db, runtime, system
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm_policy.importing.batch import set_each
from crm_policy.importing.bills.hearings import off_agenda
from crm_policy.importing.sessions import years_of
from crm_policy.models import (
    Action,
    Alert,
    Ballot,
    Bill,
    BillLetter,
    Document,
    ElementValue,
    Hearing,
    HearingBill,
    Hit,
    Lobbying,
    Mark,
    Point,
    Relation,
    Session,
    Sponsor,
    Stance,
    Testimony,
    Vote,
)
from crm_policy.services import assessing
from crm_policy.services.bills import WORK
from crm_policy.writing import delete_rows, update_rows

_TOLD: Final[tuple[Any, ...]] = (Action, Sponsor, Document, Vote, Relation)
"""What sources tell: of two sources the first one's stays, and where it has nothing the other's."""
_OURS: Final[tuple[Any, ...]] = (Testimony, Point, Alert, ElementValue, Lobbying)
"""What is ours and may be there twice."""
_ONCE: Final[Mapping[Any, str]] = {
    HearingBill: "hearing_id",
    Stance: "contact_id",
    Mark: "legislator_id",
    BillLetter: "letter_id",
    Hit: "search_id",
}
"""What can be there once for each bill and one of these."""
_FIRST: Final = (
    *WORK, "short_title", "description", "url", "legiscan_id", "ocd_id", "change_hash", "status_events",
    "subjects", "introduced_on", "later_until", "group_id",
)  # fmt: skip
"""Columns of which the first that says anything counts."""
_OVERRULING: Final = (
    "stage_override", "disposition_override", "override_reason", "override_by", "overruled_stage",
    "overruled_disposition",
)  # fmt: skip
_TRIAGE: Final = ("tracked", "later", "inbox", "ignored", "")
"""Of two the one that is worth more attention."""


@dataclass(frozen=True)
class Pair:
    """One bill that is here twice: what stays and what goes."""

    stays: Any
    goes: Any


def others(session: Session) -> list[tuple[int, str]]:
    """The other sessions of the state, with how many bills they share; those that LegiScan numbers otherwise,
    or that say other years, cannot be meant."""
    with system("sessions of a state are public"):
        rows = select(Session).where(Session.state == session.state, Session.id != session.id)
        found = list(db.session().scalars(rows.order_by(Session.identifier)))
        numbers = select(Bill.identifier).where(Bill.session_id == session.id)
        count = (
            select(
                Bill.session_id, func.count(Bill.id), func.count(Bill.id).filter(Bill.identifier.in_(numbers))
            )
            .where(db.among(Bill.session_id, [each.id for each in found]))
            .group_by(Bill.session_id)
        )
        shared = {row[0]: (row[1], row[2]) for row in db.session().execute(count)}
    return [
        (each.id, _label(each, *shared.get(each.id, (0, 0))))
        for each in found
        if not _tells_apart(each, session)
    ]


def _tells_apart(one: Session, two: Session) -> bool:
    """Whether somebody says that these are two sessions: LegiScan by its numbers, or their names by years."""
    days = [years_of(each.identifier) for each in (one, two)]
    return bool(one.legiscan_id and two.legiscan_id) or (all(each[0] for each in days) and days[0] != days[1])


def _label(session: Session, count: int, here: int) -> str:
    return _(
        "%(name)s (bills: %(count)s, in both: %(here)s)",
        name=session.name or session.identifier,
        count=count,
        here=here,
    )


def unite(keep: Session, other: Session, change: Change) -> int:
    """Make one session of two; how many bills were here twice. Everything of ours stays. UserError where a
    service itself tells the two apart."""
    for each in sorted((keep, other), key=lambda one: one.id):
        _hold(each)
    if keep.id == other.id or keep.state != other.state:
        raise UserError(_("Choose another session of the same state."))
    if _tells_apart(keep, other):
        raise UserError(_("These are two sessions: LegiScan numbers them otherwise, or their years differ."))
    with system("the bills of two sessions that are one"):
        mine, theirs = _bills(keep.id), _bills(other.id)
        pairs = [_pair(mine[number], theirs[number]) for number in mine if number in theirs]
        _check(pairs)
        _agree(pairs)
        _move_parts(pairs, change)
        heirs = {pair.goes.id: pair.stays.id for pair in pairs}
        runtime().plugins.all("crm_records_joined", kind="policy_bill", heirs=heirs)
        delete_rows(change, Bill, [pair.goes.id for pair in pairs])
        gone = {pair.goes.id for pair in pairs}
        rest = [each.id for each in theirs.values() if each.id not in gone]
        update_rows(change, Bill, rest, {"session_id": keep.id})
        set_each(change, Bill, [_values(pair, keep) for pair in pairs])
        _join_groups(pairs, change)
        _join_sessions(keep, other)
        ids = [*rest, *(pair.stays.id for pair in pairs)]
        assessing.refresh(ids, change)
        assessing.join_relations(ids, ids, change)
    db.session().expire_all()
    return len(pairs)


def _hold(session: Session) -> None:
    try:
        db.session().refresh(session, with_for_update=True)
    except InvalidRequestError as error:
        raise UserError(_("Somebody has just made this session part of another one.")) from error


def _bills(session_id: int) -> dict[str, Any]:
    rows = db.session().execute(select(db.table(Bill)).where(Bill.session_id == session_id))
    return {row.identifier: row for row in rows}


def _pair(mine: Any, theirs: Any) -> Pair:
    """The one stays on which we worked: other pages may refer to it."""
    return Pair(theirs, mine) if _worth(theirs) > _worth(mine) else Pair(mine, theirs)


def _worth(bill: Any) -> tuple[int, bool]:
    return sum(bool(getattr(bill, name)) for name in WORK), bill.triage == "tracked"


def _check(pairs: Iterable[Pair]) -> None:
    for pair in pairs:
        for name in ("legiscan_id", "ocd_id"):
            one, two = getattr(pair.stays, name), getattr(pair.goes, name)
            if one and two and one != two:
                raise UserError(
                    _(
                        "One service has %(number)s in both sessions, as two bills: they are two.",
                        number=pair.stays.identifier,
                    )
                )


def _agree(pairs: Iterable[Pair]) -> None:
    """Where we said two things of one bill, somebody must say first which one holds."""
    two_words = [
        pair.stays.identifier
        for pair in pairs
        for names in (("position",), ("stage_override", "disposition_override"))
        if _both_differ(pair, names)
    ]
    if two_words:
        raise UserError(
            _(
                "Of these bills we say different things in the two sessions: %(numbers)s. Make our position "
                "and our word on where they stand the same first.",
                numbers=", ".join(dict.fromkeys(two_words[:10])),
            )
        )


def _both_differ(pair: Pair, names: Sequence[str]) -> bool:
    one, two = ([getattr(bill, name) for name in names] for bill in (pair.stays, pair.goes))
    said = [any(each not in ("", None) for each in some) for some in (one, two)]
    return all(said) and one != two


def _move_parts(pairs: Sequence[Pair], change: Change) -> None:
    heirs = {pair.goes.id: pair.stays.id for pair in pairs}
    for model in _TOLD:
        _move_told(model, heirs, change)
    for model in _OURS:
        rows = _rows(model, heirs)
        set_each(change, model, [{"id": row.id, "bill_id": heirs[row.bill_id]} for row in rows])
    for model, who in _ONCE.items():
        _move_once(model, who, heirs, change)
    _keep_off_agendas(heirs, change)
    table = db.table(Relation)
    for some in db.chunks([*heirs]):
        found = db.session().execute(select(table).where(db.among(table.c.related_bill_id, some))).all()
        moved = [{"id": row.id, "related_bill_id": heirs[row.related_bill_id]} for row in found]
        set_each(change, Relation, moved)


def _keep_off_agendas(heirs: Mapping[int, int], change: Change) -> None:
    """What staff took off the agenda of a hearing stays off it."""
    told = select(Hearing.id, Hearing.staff_fields).where(cast(Hearing.staff_fields, String).contains("off:"))
    names = {off_agenda(goes): off_agenda(stays) for goes, stays in heirs.items()}
    rows = [
        {"id": hearing_id, "staff_fields": sorted({names.get(each, each) for each in fields})}
        for hearing_id, fields in db.session().execute(told)
        if names.keys() & {*fields}
    ]
    set_each(change, Hearing, rows)


def _rows(model: Any, bill_ids: Iterable[int]) -> list[Any]:
    table, found = db.table(model), list[Any]()
    for some in db.chunks(list(bill_ids)):
        statement = select(table).where(db.among(table.c.bill_id, some)).order_by(table.c.id)
        found += db.session().execute(statement).all()
    return found


def _move_told(model: Any, heirs: Mapping[int, int], change: Change) -> None:
    present: dict[int, list[Any]] = {}
    for row in _rows(model, heirs.values()):
        if row.source:
            present.setdefault(row.bill_id, []).append(row)
    moved: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for row in _rows(model, heirs):
        heir = heirs[row.bill_id]
        (moved if _is_wanted(row, present.get(heir, ())) else gone).append({"id": row.id, "bill_id": heir})
    set_each(change, model, moved)
    ids = [each["id"] for each in gone]
    if model is Vote:
        for some in db.chunks(ids):
            ballots = select(Ballot.id).where(db.among(Ballot.vote_id, some))
            delete_rows(change, Ballot, list(db.session().scalars(ballots)))
    delete_rows(change, model, ids)


def _is_wanted(row: Any, present: Sequence[Any]) -> bool:
    """What staff wrote or pasted, what the other source says nothing of, and of actions what is newer."""
    if not row.source or not present or getattr(row, "body", None):
        return True
    acted_on = getattr(row, "acted_on", None)
    return acted_on is not None and acted_on > max(each.acted_on for each in present)


def _move_once(model: Any, who: str, heirs: Mapping[int, int], change: Change) -> None:
    present = {(row.bill_id, getattr(row, who)): row for row in _rows(model, heirs.values())}
    rows = _rows(model, heirs)
    both = [
        (present[key], row) for row in rows if (key := (heirs[row.bill_id], getattr(row, who))) in present
    ]
    if model in _OF_BOTH:
        set_each(change, model, [_OF_BOTH[model](mine, theirs) for mine, theirs in both])
    gone = [row.id for row in rows if (heirs[row.bill_id], getattr(row, who)) in present]
    delete_rows(change, model, gone)
    moved = [{"id": row.id, "bill_id": heirs[row.bill_id]} for row in rows if row.id not in set(gone)]
    set_each(change, model, moved)


def _stance_of_both(mine: Any, theirs: Any) -> dict[str, Any]:
    """Of what a member said twice the later answer, and whether it signed, with both notes."""
    answered = [each for each in (mine, theirs) if each.stance]
    newest = max(answered or [mine], key=lambda each: (each.answered_on or date.min, each.id == mine.id))
    further = max(mine, theirs, key=lambda each: _SIGN_OFFS.index(each.sign_off))
    return {
        "id": mine.id,
        "stance": newest.stance,
        "sign_off": further.sign_off,
        "asked_on": further.asked_on or mine.asked_on or theirs.asked_on,
        "answered_on": further.answered_on or newest.answered_on,
        "note": _joined(mine.note, theirs.note),
    }


def _mark_of_both(mine: Any, theirs: Any) -> dict[str, Any]:
    """Of what was noted of a legislator twice the later, with what both said."""
    newest = max(mine, theirs, key=lambda each: (each.noted_on, each.id == mine.id))
    columns = {name: getattr(newest, name) for name in ("lean", "noted_on", "user_id")}
    return {"id": mine.id, **columns, "said": _joined(mine.said, theirs.said)}


_SIGN_OFFS: Final = ("", "asked", "declined", "signed")
_OF_BOTH: Final[Mapping[Any, Any]] = {Stance: _stance_of_both, Mark: _mark_of_both}


def _joined(*texts: str) -> str:
    return "\n\n".join(dict.fromkeys(filter(None, texts)))


def _values(pair: Pair, keep: Session) -> dict[str, Any]:
    stays, goes = pair.stays, pair.goes
    first = {name: getattr(stays, name) or getattr(goes, name) for name in _FIRST}
    ours = goes if goes.override_reason and not stays.override_reason else stays
    return {
        "id": stays.id,
        "session_id": keep.id,
        **first,
        "position_note": _joined(stays.position_note, goes.position_note),
        "priority": max(stays.priority, goes.priority),
        **{name: getattr(ours, name) for name in _OVERRULING},
        "triage": min(stays.triage, goes.triage, key=_TRIAGE.index),
        "hashes": {**(goes.hashes or {}), **(stays.hashes or {})},
        "former_identifiers": list(dict.fromkeys([*stays.former_identifiers, *goes.former_identifiers])),
        "custom": {**(goes.custom or {}), **(stays.custom or {})},
        "missing_since": None,
    }


def _join_groups(pairs: Iterable[Pair], change: Change) -> None:
    """Companions of both stay companions, whichever of each pair stays."""
    told = {(pair.stays.group_id, pair.goes.group_id) for pair in pairs}
    for stays, goes in sorted((one, two) for one, two in told if one and two and one != two):
        members = select(Bill.id).where(Bill.group_id == goes)
        update_rows(change, Bill, list(db.session().scalars(members)), {"group_id": stays})


def _join_sessions(keep: Session, other: Session) -> None:
    """The one that stays is found under the names of both."""
    number, starts_on, ends_on, assumed = (
        other.legiscan_id, other.starts_on, other.ends_on, other.assumed_end,
    )  # fmt: skip
    names = [*keep.aliases, other.identifier, *other.aliases, *([other.name] if other.name else [])]
    seen: list[Any] = [each for each in (keep.seen_at, other.seen_at) if each]
    keep.carries_over = keep.carries_over or other.carries_over
    db.session().delete(other)
    db.session().flush()
    keep.legiscan_id = keep.legiscan_id or number
    keep.aliases = [each for each in dict.fromkeys(names) if each not in (keep.identifier, keep.name)]
    keep.seen_at = max(seen, default=None)
    keep.starts_on = keep.starts_on or starts_on
    if keep.ends_on is None or (keep.assumed_end and not assumed and ends_on is not None):
        keep.ends_on, keep.assumed_end = ends_on, assumed
    elif keep.assumed_end and assumed and ends_on is not None:
        keep.ends_on = max(keep.ends_on, ends_on)
    db.session().flush()
