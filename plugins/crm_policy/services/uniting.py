"""Two sessions that are one: the services call it `2025-2026` and `103rd`, and its bills are here twice."""

from collections.abc import Iterable, Mapping, Sequence
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
    FormerBill,
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
from crm_policy.services import agreeing, assessing, kinship
from crm_policy.services.agreeing import Pair
from crm_policy.services.kinship import WORK
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
        agreeing.check(pairs)
        _move_parts(pairs, change)
        heirs = {pair.goes.id: pair.stays.id for pair in pairs}
        runtime().plugins.all("crm_records_joined", kind="policy_bill", heirs=heirs)
        _lead_on(heirs)  # Also of bills that went before: they led to one that goes now.
        delete_rows(change, Bill, [pair.goes.id for pair in pairs])
        gone = {pair.goes.id for pair in pairs}
        rest = [each.id for each in theirs.values() if each.id not in gone]
        update_rows(change, Bill, rest, {"session_id": keep.id})
        names = {each.id: each.name or each.identifier for each in (keep, other)}
        set_each(change, Bill, agreeing.values_of(pairs, keep.id, names))
        _join_groups(pairs, change)
        _share_work(pairs, change)
        before = keep.ends_on, keep.carries_over
        _join_sessions(keep, other)
        ids = [*rest, *(pair.stays.id for pair in pairs)]
        same_days = before == (keep.ends_on, keep.carries_over)
        assessing.refresh(ids if same_days else assessing.all_of(keep.id), change)
        kinship.join_relations(ids, ids, change)
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
    if model in agreeing.OF_BOTH:
        set_each(change, model, [agreeing.OF_BOTH[model](mine, theirs) for mine, theirs in both])
    gone = [row.id for row in rows if (heirs[row.bill_id], getattr(row, who)) in present]
    delete_rows(change, model, gone)
    moved = [{"id": row.id, "bill_id": heirs[row.bill_id]} for row in rows if row.id not in set(gone)]
    set_each(change, model, moved)


def _join_groups(pairs: Iterable[Pair], change: Change) -> None:
    """Companions of both stay companions, whichever of each pair stays."""
    told = {(pair.stays.group_id, pair.goes.group_id) for pair in pairs}
    for stays, goes in sorted((one, two) for one, two in told if one and two and one != two):
        members = select(Bill.id).where(Bill.group_id == goes)
        update_rows(change, Bill, list(db.session().scalars(members)), {"group_id": stays})


def _share_work(pairs: Iterable[Pair], change: Change) -> None:
    """Companions that shared the work on one of both, and those on which nobody worked, share that of the
    bill that stays; one that was worked on apart keeps its own."""
    for pair in pairs:
        shared_before = {kinship.work_of(pair.stays), kinship.work_of(pair.goes)}
        kinship.share(pair.stays.id, shared_before, change)


def _lead_on(heirs: Mapping[int, int]) -> None:
    """Addresses of the bills that go lead to those that stay, also those that led to them before."""
    for some in db.chunks([*heirs]):
        for each in db.session().scalars(select(FormerBill).where(db.among(FormerBill.bill_id, some))):
            each.bill_id = heirs[each.bill_id]
    db.session().add_all(FormerBill(bill_id=stays, former_id=goes) for goes, stays in heirs.items())
    db.session().flush()


def _join_sessions(keep: Session, other: Session) -> None:
    """The one that stays is found under the names of both."""
    number, starts_on, ends_on, assumed, over = (
        other.legiscan_id, other.starts_on, other.ends_on, other.assumed_end, other.adjourned,
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
    if keep.ends_on is None:
        keep.ends_on, keep.assumed_end = (None, False) if keep.open_ended else (ends_on, assumed)
    elif keep.assumed_end and ends_on is not None and (not assumed or (over and not keep.adjourned)):
        keep.ends_on, keep.assumed_end = ends_on, assumed
    elif keep.assumed_end and ends_on is not None and over == keep.adjourned:
        keep.ends_on = max(keep.ends_on, ends_on)
    keep.adjourned = keep.adjourned or over
    db.session().flush()
