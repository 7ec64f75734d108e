"""Hearings of an import: one committee, moment and kind is one hearing, whoever tells of it."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.words import fold
from crm_policy.models import (
    Bill,
    Committee,
    Hearing,
    HearingBill,
)
from crm_policy.reading.neutral import Record


def hearings_of(bill_id: int, record: Record) -> None:
    for told in record["hearings"]:
        hour = told["time"] if len(told["time"]) == 5 else ""
        zone = zone_of(record["state"])
        starts = datetime.combine(date.fromisoformat(told["date"]), time.fromisoformat(hour or "00:00"), zone)
        hearing = hearing_at(record["state"], told["committee"], starts, told["kind"])
        hearing.place, hearing.all_day = told["place"] or hearing.place, not hour
        hearing.source = hearing.source or record["source"]
        put_on_agenda(hearing, bill_id)


def hearing_at(state: str, committee: str, starts: datetime, kind: str) -> Hearing:
    """The hearing of a committee at a moment, made if nobody has told of it yet: sources tell of one
    twice."""
    key = fold(committee)[:200]
    with system("one committee, moment and kind is one hearing"):
        statement = select(Hearing).where(
            Hearing.state == state,
            Hearing.committee_key == key,
            Hearing.starts_at == starts,
            Hearing.kind == kind,
        )
        found = db.session().scalars(statement).first()
        if found is None:
            found = Hearing(
                state=state, committee_name=committee, committee_key=key, starts_at=starts, kind=kind
            )
            known = select(Committee.id).where(Committee.state == state, Committee.name_key.in_(_names(key)))
            ids = db.session().execute(known).scalars().all()
            found.committee_id = ids[0] if len(ids) == 1 else None
            found.time_zone = str(zone_of(state))
            db.session().add(found)
            db.session().flush()
    return found


def _names(key: str) -> list[str]:
    """`Senate Education Committee` is the committee Education."""
    plain = key
    for word in ("senate ", "house ", "assembly ", "committee on "):
        plain = plain.removeprefix(word)
    return [key, plain.removesuffix(" committee"), plain]


def put_on_agenda(hearing: Hearing, bill_id: int) -> None:
    with system("what is on an agenda"):
        statement = select(HearingBill).where(
            HearingBill.hearing_id == hearing.id, HearingBill.bill_id == bill_id
        )
        if db.session().scalars(statement).first() is None:
            db.session().add(HearingBill(hearing_id=hearing.id, bill_id=bill_id))
            db.session().flush()


def write_hearings(records: Sequence[Record]) -> None:
    for record in records:
        hearing = hearing_at(
            record["state"], record["committee"], datetime.fromisoformat(record["starts"]), record["kind"]
        )
        for name in ("place", "status", "url", "all_day"):
            setattr(hearing, name, record[name] or getattr(hearing, name))
        hearing.source = hearing.source or record["source"]
        with system("bills on an agenda"):
            statement = select(Bill.id).where(
                Bill.state == record["state"], Bill.identifier.in_(record["bills"])
            )
            newest = db.session().execute(statement.order_by(Bill.session_id.desc())).scalars().all()
        for bill_id in newest[: len(record["bills"])]:
            put_on_agenda(hearing, bill_id)


_ZONES: Final = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC US VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_ZONE_OF: Final = {code: zone for zone, codes in _ZONES.items() for code in codes.split()}


def zone_of(state: str) -> ZoneInfo:
    """The zone of a state's capitol."""
    try:
        return ZoneInfo(_ZONE_OF.get(state, "UTC"))
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")
