"""Hearings of an import: one committee, moment and kind is one hearing, whoever tells of it. One that its
source moves goes on as the same; what staff put right stays."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import String, cast, select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line
from crm.plugin_api.words import fold
from crm_policy.importing.committee_names import committee_of
from crm_policy.models import Bill, Hearing, HearingBill, Session, Testimony
from crm_policy.places import zone_of
from crm_policy.reading.neutral import Record
from crm_policy.writing import delete_rows

_CLOCK: Final = re.compile(r"^(\d{1,2}):(\d{2})(?::\d{2})?\s*([AaPp])?\.?[Mm]?\.?$")
_HEARINGS: Final = frozenset({"hearing", "committee-meeting"})
"""What sources call the meeting of a committee."""
_NEAR: Final = timedelta(days=2)
"""So far apart are the moments of two hearings that can be one."""
TOLD: Final = ("place", "status", "url", "all_day")
"""What a source tells of a hearing beside its moment."""


def clock(text: str) -> time | None:
    """`9:00`, `13:00:00`, `1:30 PM`; None for what is no hour of a day."""
    found = _CLOCK.match(text.strip())
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def hearings_of(bill_id: int, record: Record, change: Change) -> None:
    """The calendar that came with a bill. It is the whole of what its source knows, so what the source put on
    the bill before and lies ahead has moved or is off."""
    told: list[Hearing] = []
    before = _ahead(bill_id, record["source"])
    may_move = [each for each in before if not _names(each) & _moments(record)]
    for each in record["hearings"]:
        starts = _starts(each, record)
        hearing = _moved(may_move, each, starts) or hearing_at(
            record["state"], each["committee"], starts, each["kind"]
        )
        may_move = [other for other in may_move if other is not hearing]
        _take(hearing, {"place": each["place"], "all_day": clock(each["time"]) is None}, record["source"])
        put_on_agenda(hearing, bill_id, record["source"])
        told.append(hearing)
    _leave([each for each in before if each not in told], told, bill_id, record["source"], change)


def _ahead(bill_id: int, source: str) -> list[Hearing]:
    """The hearings still to come on whose agenda a source put a bill."""
    with system("hearings that a source told of before"):
        statement = (
            select(Hearing)
            .join(HearingBill, HearingBill.hearing_id == Hearing.id)
            .where(HearingBill.bill_id == bill_id, HearingBill.source == source, Hearing.starts_at > db.now())
        )
        return list(db.session().scalars(statement.order_by(Hearing.starts_at)))


def _starts(told: Mapping[str, Any], record: Record) -> datetime:
    """When a hearing of a calendar begins; at midnight of its place where no hour is told."""
    day, zone = date.fromisoformat(told["date"]), zone_of(record["state"])
    return datetime.combine(day, clock(told["time"]) or time(), zone)


def _names(hearing: Hearing) -> set[str]:
    """What a hearing is called, and what those were that staff said are the same."""
    return {hearing.called(), *hearing.aliases}


def _called(key: str, kind: str, starts: datetime) -> str:
    return Hearing(committee_key=key, kind=kind, starts_at=starts).called()


def _moments(record: Record) -> set[str]:
    """What a calendar names: a hearing that stands there is that one, and none that moved."""
    return {
        _called(fold(each["committee"])[:200], each["kind"], _starts(each, record))
        for each in record["hearings"]
    }


def _moved(may_move: Sequence[Hearing], told: Mapping[str, Any], starts: datetime) -> Hearing | None:
    """The one hearing of this bill alone that stands at another moment now: it moves, with its notes and its
    testimony. None where another stands there already, or where others are on its agenda, who may not
    move."""
    key = fold(told["committee"])[:200]
    begin = f"{key}|{told['kind']}|"
    same = [each for each in may_move if any(name.startswith(begin) for name in _names(each))]
    if len(same) != 1:
        return None
    found = same[0]
    if "starts_at" in found.staff_fields or _standing(found.state, key, starts, found.kind) is not None:
        return None
    if len(_agenda(found)) > 1:
        return None
    found.starts_at = starts
    found.aliases = [
        _called(key, told["kind"], starts) if name.startswith(begin) else name for name in found.aliases
    ]
    db.session().flush()
    return found


def _leave(
    gone: Sequence[Hearing], told: Sequence[Hearing], bill_id: int, source: str, change: Change
) -> None:
    """A bill is off the agenda of these; a hearing without any bill is off itself. Testimony for it goes on
    to the hearing of the same committee that is there instead."""
    for hearing in gone:
        mine = [row for row in _agenda(hearing) if row.bill_id == bill_id and row.source == source]
        delete_rows(change, HearingBill, [row.id for row in mine])
        instead = [each for each in told if each.committee_key == hearing.committee_key]
        with system("testimony for a hearing that moved"):
            spoken = select(Testimony).where(Testimony.hearing_id == hearing.id, Testimony.bill_id == bill_id)
            for each in db.session().scalars(spoken):
                each.hearing_id = instead[0].id if len(instead) == 1 else each.hearing_id
        if not _agenda(hearing) and "status" not in hearing.staff_fields and hearing.source == source:
            hearing.status = "cancelled"
    db.session().flush()


def _agenda(hearing: Hearing) -> list[HearingBill]:
    with system("what is on an agenda"):
        statement = select(HearingBill).where(HearingBill.hearing_id == hearing.id)
        return list(db.session().scalars(statement.execution_options(populate_existing=True)))


def _standing(state: str, key: str, starts: datetime, kind: str) -> Hearing | None:
    with system("one committee, moment and kind is one hearing"):
        statement = select(Hearing).where(
            Hearing.state == state,
            Hearing.committee_key == key,
            Hearing.starts_at == starts,
            Hearing.kind == kind,
        )
        return db.session().scalars(statement).first() or _under(state, _called(key, kind, starts), starts)


def _under(state: str, name: str, near: datetime | None = None) -> Hearing | None:
    """The hearing that staff said is the one of this name."""
    named = select(Hearing).where(Hearing.state == state, cast(Hearing.aliases, String) != "[]")
    if near is not None:
        named = named.where(Hearing.starts_at >= near - _NEAR, Hearing.starts_at <= near + _NEAR)
    return next((each for each in db.session().scalars(named) if name in each.aliases), None)


def hearing_at(state: str, committee: str, starts: datetime, kind: str) -> Hearing:
    """The hearing of a committee at a moment, made if nobody has told of it yet: sources tell of one
    twice."""
    key = fold(committee)[:200]
    found = _standing(state, key, starts, kind)
    if found is not None:
        return found
    committee_id = committee_of(state, committee)
    found = _told_by_another(committee_id, starts, kind)
    if found is not None:
        return found
    found = Hearing(state=state, committee_name=committee, committee_key=key, starts_at=starts, kind=kind)
    found.committee_id = committee_id
    found.time_zone, found.staff_fields = str(zone_of(state)), []
    db.session().add(found)
    db.session().flush()
    return found


def standing(state: str, committee: str, starts: datetime, kind: str = "hearing") -> Hearing | None:
    """The hearing of a committee at a moment, if there is one, under whatever name of the committee."""
    found = _standing(state, fold(committee)[:200], starts, kind)
    return found or _told_by_another(committee_of(state, committee), starts, kind)


def _told_by_another(committee_id: int | None, starts: datetime, kind: str) -> Hearing | None:
    """The hearing of one committee at one moment under another name: `House Education` and `Education`,
    `hearing` and `committee-meeting`. A day without an hour is no moment."""
    if committee_id is None or kind not in _HEARINGS:
        return None
    with system("one committee meets once at a moment"):
        same = select(Hearing).where(
            Hearing.committee_id == committee_id,
            Hearing.starts_at == starts,
            Hearing.kind.in_(_HEARINGS),
            Hearing.all_day.is_(False),
        )
        return db.session().scalars(same.order_by(Hearing.id)).first()


def put_on_agenda(hearing: Hearing, bill_id: int, source: str = "") -> None:
    """Once is enough; what staff put there stays theirs, and what they took off stays off."""
    if source and off_agenda(bill_id) in hearing.staff_fields:
        return
    with system("what is on an agenda"):
        statement = select(HearingBill).where(
            HearingBill.hearing_id == hearing.id, HearingBill.bill_id == bill_id
        )
        if db.session().scalars(statement).first() is None:
            db.session().add(HearingBill(hearing_id=hearing.id, bill_id=bill_id, source=source))
            db.session().flush()


def off_agenda(bill_id: int) -> str:
    """The mark that staff took a bill off an agenda."""
    return f"off:{bill_id}"


def _take(hearing: Hearing, told: Mapping[str, Any], source: str) -> None:
    """What a source says now; what it leaves empty, and what staff put right, stays."""
    for name, value in told.items():
        if name not in hearing.staff_fields and value not in ("", None):
            setattr(hearing, name, value)
    hearing.source = hearing.source or source


# Events, which tell of a hearing by themselves.


def plan_hearings(lines: Sequence[Line]) -> None:
    for line in lines:
        found = _of_event(line.record)
        if found is None:
            line.action = "create"
            continue
        line.record_id = found.id
        off = {int(name[4:]) for name in found.staff_fields if name.startswith("off:")}
        there = {row.bill_id for row in _agenda(found)} | off
        same = _reads_so(found, line.record) and set(_bills_of(line.record)) <= there
        line.action = "unchanged" if same else "update"


def _of_event(record: Record) -> Hearing | None:
    if record.get("key"):
        with system("an event that was here before"):
            statement = select(Hearing).where(
                Hearing.source_key == record["key"], Hearing.state == record["state"]
            )
            found = db.session().scalars(statement).first() or _under(record["state"], f"={record['key']}")
        if found is not None:
            return found
    starts = datetime.fromisoformat(record["starts"])
    return standing(record["state"], record["committee"], starts, record["kind"]) or _told_by_another(
        committee_of(record["state"], record["committee"]), starts, record["kind"]
    )


def _told(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in TOLD}


def _reads_so(hearing: Hearing, record: Record) -> bool:
    if record.get("key") and not hearing.source_key:
        return False  # Without its source's key it could not move with it.
    told = {**_told(record), "starts_at": datetime.fromisoformat(record["starts"])}
    return all(
        getattr(hearing, name) == value
        for name, value in told.items()
        if name not in hearing.staff_fields and value not in ("", None)
    )


def write_hearings(records: Sequence[Record]) -> None:
    for record in records:
        starts = datetime.fromisoformat(record["starts"])
        hearing = _of_event(record) or hearing_at(
            record["state"], record["committee"], starts, record["kind"]
        )
        hearing = _to_moment(hearing, starts)
        _take(hearing, _told(record), record["source"])
        hearing.source_key = hearing.source_key or record.get("key") or ""
        db.session().flush()
        for bill_id in _bills_of(record):
            put_on_agenda(hearing, bill_id, record["source"])


def _to_moment(hearing: Hearing, starts: datetime) -> Hearing:
    """Move a hearing; where another stands at that moment already, that is it, and this one is off."""
    if hearing.starts_at == starts or "starts_at" in hearing.staff_fields:
        return hearing
    other = _standing(hearing.state, hearing.committee_key, starts, hearing.kind)
    if other is None:
        hearing.starts_at = starts
        return hearing
    other.source_key, hearing.source_key = other.source_key or hearing.source_key, ""
    hearing.status = hearing.status if "status" in hearing.staff_fields else "cancelled"
    return other


def _bills_of(record: Record) -> list[int]:
    """One bill for each number on the agenda: that of the session which has the day of the hearing in it,
    else of the newest."""
    on = datetime.fromisoformat(record["starts"]).date()
    with system("bills on an agenda"):
        statement = (
            select(Bill.id, Bill.identifier, Session.id, Session.starts_on, Session.ends_on)
            .join(Session, Session.id == Bill.session_id)
            .where(Bill.state == record["state"], Bill.identifier.in_(record["bills"]))
        )
        rows = db.session().execute(statement).all()
    best: dict[str, tuple[Any, int]] = {}
    for bill_id, number, session_id, begins, ends in rows:
        holds = (begins or date.min) <= on <= (ends or date.max)
        rank = (holds, begins or date.min, session_id)
        if number not in best or rank > best[number][0]:
            best[number] = (rank, bill_id)
    return [bill_id for _rank, bill_id in best.values()]
