"""Bills that go with others: those that relations name, and companions, which share position and work."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import or_, select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm_policy.models import Bill, Relation, Session
from crm_policy.ordering import oldest_first
from crm_policy.reading.neutral import session_key
from crm_policy.writing import update_rows

COMPANION: Final = frozenset({"companion", "same-as"})
EARLIER: Final = ("carry-over", "prior-session")
"""How sources call the bill of an earlier session that another one goes on from."""
WORK: Final = ("position", "priority", "owner_user_id", "campaign_id", "position_note")
"""What companions share."""


def companions(bill: Bill) -> list[int]:
    if bill.group_id is None:
        return [bill.id]
    with system("companions share their work"):
        return list(db.session().scalars(select(Bill.id).where(Bill.group_id == bill.group_id)))


def join_relations(bill_ids: Sequence[int], made: Sequence[int], change: Change) -> None:
    """Find the bills that relations name, those of new bills and those that waited for them; companions
    become one group."""
    found = [*_open_relations(Relation.bill_id, bill_ids), *_waiting_for(made)]
    targets = _targets(found)
    pairs = []
    for row in {each.id: each for each in found}.values():
        target = targets.get(row.session) or targets.get(_place(row))
        if target is None or target == row.bill_id:
            continue
        update_rows(change, Relation, [row.id], {"related_bill_id": target})
        if row.kind in COMPANION:
            pairs.append((row.bill_id, target))
    for one, two in pairs:
        group(one, two, change)


def _place(row: Any) -> Any:
    """Where the bill that a relation names stands: in the session that it says, else in the bill's own,
    unless it is one of an earlier session."""
    if not row.session or row.session.startswith("ls:"):
        return None if row.kind in EARLIER else (row.session_id, row.identifier)
    return row.state, session_key(row.session), row.identifier


def _open_relations(column: Any, values: Iterable[Any], *more: Any) -> list[Any]:
    columns = (
        Relation.id,
        Relation.bill_id,
        Relation.identifier,
        Relation.session,
        Relation.kind,
        Bill.session_id,
        Bill.state,
    )
    found: list[Any] = []
    items = list(values)
    for start in range(0, len(items), 500):
        statement = (
            select(*columns)
            .join(Bill, Bill.id == Relation.bill_id)
            .where(Relation.related_bill_id.is_(None), Relation.gone_on.is_(None))
            .where(column.in_(items[start : start + 500]), *more)
        )
        with system("which bills relations name"):
            found += db.session().execute(statement).all()
    return found


def _waiting_for(made: Sequence[int]) -> list[Any]:
    """Relations of others that name a bill which is new now."""
    with system("relations that waited for a bill"):
        if (
            db.session()
            .execute(select(Relation.id).where(Relation.related_bill_id.is_(None)).limit(1))
            .first()
            is None
        ):
            return []
        rows: list[Any] = []
        for some in db.chunks(made):
            statement = select(Bill.legiscan_id, Bill.identifier).where(db.among(Bill.id, some))
            rows += db.session().execute(statement).all()
    numbers = [f"ls:{row[0]}" for row in rows if row[0]]
    return [
        *_open_relations(Relation.session, numbers),
        *_open_relations(Relation.identifier, {row[1] for row in rows}, Relation.session.not_like("ls:%")),
    ]


def _targets(found: Sequence[Any]) -> dict[Any, int]:
    """The bills that are meant, by `ls:<number>` and by session and number."""
    numbers = [
        int(row.session[3:]) for row in found if row.session.startswith("ls:") and row.session[3:].isdecimal()
    ]
    names = sorted({row.identifier for row in found})
    targets: dict[Any, int] = {}
    with system("which bills relations name"):
        rows = select(Bill.legiscan_id, Bill.id).where(db.among(Bill.legiscan_id, numbers))
        targets.update({f"ls:{row[0]}": row[1] for row in db.session().execute(rows)})
        for start in range(0, len(names), 500):
            wanted = (
                select(
                    Bill.session_id,
                    Bill.identifier,
                    Bill.id,
                    Bill.state,
                    Session.aliases,
                    Session.identifier,
                    Session.name,
                )
                .join(Session, Session.id == Bill.session_id)
                .where(Bill.identifier.in_(names[start : start + 500]))
                .order_by(*oldest_first())  # Where two sessions are called alike the newest is meant.
            )
            for session_id, number, bill_id, state, aliases, *called in db.session().execute(wanted):
                targets[session_id, number] = bill_id
                named = (*called, *aliases)
                targets.update({(state, session_key(each), number): bill_id for each in named if each})
    return targets


def group(one: int, two: int, change: Change) -> None:
    """Two bills are companions: what one of them has in work the others share, also those that come later."""
    with system("companions share their work"):
        rows = db.session().execute(select(*_WORK).where(Bill.id.in_((one, two)))).all()
        groups = {row.group_id for row in rows if row.group_id}
        target = min([one, two, *groups])
        members = select(*_WORK).where(or_(Bill.id.in_((one, two)), Bill.group_id.in_(groups or {0})))
        found = db.session().execute(members.order_by(Bill.id)).all()
    update_rows(change, Bill, [row.id for row in found], {"group_id": target})
    _share(found, change)


_WORK: Final = (
    Bill.id,
    Bill.group_id,
    Bill.triage,
    Bill.position,
    Bill.priority,
    Bill.owner_user_id,
    Bill.campaign_id,
    Bill.position_note,
)


def _share(found: Sequence[Any], change: Change) -> None:
    """Bills on which nobody worked take over the work on the one that has some. Where two were worked on
    apart, each keeps its own until somebody decides."""
    worked = [row for row in found if any(work_of(row))]
    idle = [row.id for row in found if row not in worked and row.triage != "ignored"]
    told = {work_of(row) for row in worked}
    if len(told) != 1 or not idle:
        return
    triage = {"triage": "tracked"} if any(row.triage == "tracked" for row in worked) else {}
    update_rows(change, Bill, idle, {**dict(zip(WORK, told.pop(), strict=True)), **triage})


def work_of(bill: Any) -> tuple[Any, ...]:
    """What companions share, of a bill or a row of it."""
    return tuple(getattr(bill, name) for name in WORK)


def share(bill_id: int, before: Collection[tuple[Any, ...]], change: Change) -> None:
    """Give the work on a bill to those of its companions that have none or one of `before`."""
    with system("companions share their work"):
        bill = db.session().execute(select(*_WORK).where(Bill.id == bill_id)).one()
        others = select(*_WORK).where(Bill.group_id == (bill.group_id or 0), Bill.id != bill_id)
        found = db.session().execute(others.order_by(Bill.id)).all()
    if not any(work_of(bill)):
        return
    idle = [row.id for row in found if not any(work_of(row)) and row.triage != "ignored"]
    same = [row.id for row in found if any(work_of(row)) and work_of(row) in before]
    triage = {"triage": "tracked"} if bill.triage == "tracked" else {}
    values = dict(zip(WORK, work_of(bill), strict=True))
    update_rows(change, Bill, [*idle, *same], {**values, **triage})


def part_companions(bill_ids: Sequence[int], change: Change) -> None:
    """Companions that no source calls so any more go apart; each keeps the work that they shared."""
    with system("companions that are none any more"):
        groups = select(Bill.group_id).where(db.among(Bill.id, bill_ids), Bill.group_id.is_not(None))
        members = db.session().execute(select(Bill.id, Bill.group_id).where(Bill.group_id.in_(groups))).all()
        if not members:
            return
        ids = [row.id for row in members]
        living = select(Relation.bill_id, Relation.related_bill_id).where(
            db.among(Relation.bill_id, ids),
            Relation.related_bill_id.is_not(None),
            Relation.kind.in_(COMPANION),
            Relation.gone_on.is_(None),
        )
        pairs = [(row[0], int(row[1] or 0)) for row in db.session().execute(living)]
    now = _joined(ids, pairs)
    for row in members:
        if now.get(row.id) != row.group_id:
            update_rows(change, Bill, [row.id], {"group_id": now.get(row.id)})


def _joined(ids: Sequence[int], pairs: Sequence[tuple[int, int]]) -> dict[int, int | None]:
    """The group of each bill by what goes with what, the smallest id of them; None for one that is alone."""
    first = {each: each for each in ids}

    def root(number: int) -> int:
        while first[number] != number:
            number = first[number]
        return number

    for one, two in pairs:
        if one in first and two in first:
            low, high = sorted((root(one), root(two)))
            first[high] = low
    sizes: dict[int, int] = {}
    for each in ids:
        sizes[root(each)] = sizes.get(root(each), 0) + 1
    return {each: root(each) if sizes[root(each)] > 1 else None for each in ids}
