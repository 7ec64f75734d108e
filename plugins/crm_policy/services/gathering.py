"""All public facts that hang on a bill, in one statement: a page that asks for each by itself pays for a
dozen."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Date,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from crm.plugin_api import db, system
from crm.plugin_api.records import User
from crm_policy.models import (
    Action,
    Bill,
    BillLetter,
    Document,
    Hearing,
    HearingBill,
    Point,
    Relation,
    Session,
    Sponsor,
    Vote,
)

MOST: Final = 500
"""Of each part so many are shown."""
_SLOTS: Final[Mapping[str, tuple[Any, int]]] = {
    "number": (Integer(), 3),
    "day": (Date(), 1),
    "moment": (Hearing.starts_at.type, 1),
    "truth": (Boolean(), 2),
    "text": (Text(), 5),
}
"""Columns that all parts share, by what they hold: their type, and how many there are."""


_KINDS: Final = {int: "number", bool: "truth", str: "text", date: "day"}
"""What is none of these is a moment: its type is one of ours and tells no other."""


class _Part:
    """One part of a bill: the columns by the names that the page calls them, each in a slot of its kind."""

    def __init__(self, rows: Select[Any], **columns: Any) -> None:
        taken = dict.fromkeys(_SLOTS, 0)
        self.slots: dict[str, str] = {}
        filled: dict[str, Any] = {}
        for name, expression in columns.items():
            kind = _KINDS.get(expression.type.python_type, "moment")
            slot = f"{kind}{taken[kind]}"
            taken[kind] += 1
            self.slots[name] = slot
            filled[slot] = cast(expression, Text()) if kind == "text" else expression
        self._rows, self._filled = rows, filled

    def select(self, name: str) -> Select[Any]:
        columns = [
            self._filled[slot].label(slot) if slot in self._filled else cast(null(), kind).label(slot)
            for label, (kind, count) in _SLOTS.items()
            for slot in (f"{label}{number}" for number in range(count))
        ]
        return self._rows.with_only_columns(literal(name, String(12)).label("part"), *columns)


def _parts() -> dict[str, _Part]:
    here, group = bindparam("bill_id", type_=Integer()), bindparam("group_id", type_=Integer())
    kin = select(Bill.id).where(or_(Bill.id == here, Bill.group_id == group)).scalar_subquery()
    related = select(Relation).outerjoin(Bill, Bill.id == Relation.related_bill_id)
    hearings = select(Hearing).join(HearingBill, HearingBill.hearing_id == Hearing.id)
    return {
        "actions": _Part(
            select(Action).where(Action.bill_id == here),
            id=Action.id, position=Action.position, acted_on=Action.acted_on, chamber=Action.chamber,
            text=Action.text, source=Action.source, gone=Action.gone_on.is_not(None),
        ),
        "sponsors": _Part(
            select(Sponsor).where(Sponsor.bill_id == here),
            id=Sponsor.id, legislator_id=Sponsor.legislator_id, name=Sponsor.name, role=Sponsor.role,
            committee=Sponsor.committee, gone=Sponsor.gone_on.is_not(None),
        ),
        "documents": _Part(
            select(Document).where(Document.bill_id == here),
            id=Document.id, adopted=cast(Document.adopted, Integer()), dated_on=Document.dated_on,
            kind=Document.kind, url=Document.url, note=Document.note, body=Document.body != "",
            gone=Document.gone_on.is_not(None),
        ),
        "votes": _Part(
            select(Vote).where(Vote.bill_id == here),
            id=Vote.id, yes=Vote.yes, no=Vote.no, voted_on=Vote.voted_on, motion=Vote.motion,
            chamber=Vote.chamber,
        ),
        "related": _Part(
            related.where(Relation.bill_id == here),
            id=Relation.id, other_id=Bill.id, identifier=Relation.identifier, kind=Relation.kind,
            number=Bill.identifier, title=Bill.title,
        ),
        "points": _Part(
            select(Point).where(Point.bill_id.in_(kin)),
            id=Point.id, bill_id=Point.bill_id, position=Point.position, kind=Point.kind, body=Point.body,
            audience=Point.audience, source_url=Point.source_url,
        ),
        "hearings": _Part(
            hearings.where(HearingBill.bill_id == here),
            id=Hearing.id, starts_at=Hearing.starts_at, all_day=Hearing.all_day, status=Hearing.status,
            committee_name=Hearing.committee_name, time_zone=Hearing.time_zone,
        ),
        "companions": _Part(
            select(Bill).where(Bill.group_id == group, Bill.id != here),
            id=Bill.id, identifier=Bill.identifier, sort_key=Bill.sort_key,
        ),
        "letters": _Part(select(BillLetter).where(BillLetter.bill_id.in_(kin)), id=BillLetter.letter_id),
        "session": _Part(
            select(Session).where(Session.id == bindparam("session_id", type_=Integer())),
            id=Session.id, identifier=Session.identifier, ends_on=Session.ends_on,
            assumed_end=Session.assumed_end, seen_at=Session.seen_at,
        ),
        "owner": _Part(
            select(User).where(User.id == bindparam("owner_id", type_=Integer())), id=User.id, name=User.name
        ),
    }  # fmt: skip


@lru_cache(maxsize=1)
def _statement() -> tuple[Any, dict[str, _Part]]:
    """The same for every bill and reader, so it is put together once."""
    parts = _parts()
    slots = (f"{kind}{number}" for kind, (_type, count) in _SLOTS.items() for number in range(count))
    both = union_all(*(part.select(name) for name, part in parts.items())).subquery("hanging")
    return select(*(both.c[name] for name in ("part", *slots))), parts


_NEWEST: Final[Mapping[str, str]] = {"actions": "acted_on", "documents": "dated_on", "votes": "voted_on"}


def of_bill(bill: Bill) -> dict[str, Any]:
    """The parts of a bill that was loaded for the reader, by name, each in the order in which it is shown.
    They are facts, which whoever sees the bill may see."""
    statement, parts = _statement()
    told = {"bill_id": bill.id, "group_id": bill.group_id, "session_id": bill.session_id}
    with system("the public facts of a bill that was loaded for the reader"):
        rows = db.session().execute(statement, {**told, "owner_id": bill.owner_user_id}).all()
    found: dict[str, list[Any]] = {name: [] for name in parts}
    for row in rows:
        values = row._mapping
        slots = parts[row.part].slots
        found[row.part].append(SimpleNamespace(**{name: values[slot] for name, slot in slots.items()}))
    return {name: _in_order(name, some)[:MOST] for name, some in found.items()}


def _in_order(name: str, rows: list[Any]) -> list[Any]:
    if name in _NEWEST:
        return sorted(rows, key=lambda row: _by_day(row, _NEWEST[name]), reverse=True)
    if name == "sponsors":
        by_id = sorted(rows, key=lambda row: row.id)
        return sorted(by_id, key=lambda row: row.role, reverse=True)
    if name == "hearings":
        return sorted(rows, key=lambda row: row.starts_at, reverse=True)
    if name == "companions":
        return sorted(rows, key=lambda row: row.sort_key)
    return sorted(rows, key=lambda row: (getattr(row, "position", 0), row.id))


def _by_day(row: Any, name: str) -> tuple[str, int, int]:
    """The newest first; what has no day comes last."""
    day = getattr(row, name)
    return day.isoformat() if day else "", getattr(row, "position", 0), row.id
