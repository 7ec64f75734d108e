"""Roll calls that come by themselves, and wait where their bill is not here yet."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line
from crm_policy.importing.batch import Batch
from crm_policy.importing.bills.columns import COLUMNS
from crm_policy.importing.bills.known import votes_with_ballots
from crm_policy.importing.bills.rows import add_votes, ballot_rows
from crm_policy.importing.people import legislators_by_reference
from crm_policy.models import (
    Ballot,
    Bill,
    Unmatched,
    Vote,
)
from crm_policy.reading.neutral import Record


def plan_votes(lines: Sequence[Line]) -> None:
    found = _bills_of_votes([line.record for line in lines])
    waiting = _waiting_votes([line.record for line in lines])
    for line in lines:
        bill_id = found.get(_bill_key(line.record))
        if bill_id is None:
            line.action = "unchanged" if _waiting_key(line.record) in waiting else "create"
            line.reasons = [["waits", "", ""]]
            continue
        line.record_id = bill_id
        line.action = "unchanged" if _has_ballots(bill_id, line.record["vote"]["key"]) else "create"


def _bill_key(record: Record) -> Any:
    return record["legiscan_id"] or record.get("ocd_id") or (record.get("session"), record.get("identifier"))


def _bills_of_votes(records: Sequence[Record]) -> dict[Any, int]:
    numbers = [record["legiscan_id"] for record in records if record["legiscan_id"]]
    ocd = [record["ocd_id"] for record in records if record.get("ocd_id")]
    with system("whose roll calls these are"):
        rows = select(Bill.legiscan_id, Bill.ocd_id, Bill.id).where(
            or_(db.among(Bill.legiscan_id, numbers), Bill.ocd_id.in_(ocd))
            if ocd
            else db.among(Bill.legiscan_id, numbers)
        )
        found = db.session().execute(rows).all()
    return {**{row[0]: row[2] for row in found if row[0]}, **{row[1]: row[2] for row in found if row[1]}}


def _waiting_key(record: Record) -> str:
    return f"vote:{record['legiscan_id'] or ''}:{record['vote']['key']}"[:60]


def _waiting_votes(records: Sequence[Record]) -> set[str]:
    with system("roll calls that wait for their bill"):
        statement = select(Unmatched.reference).where(
            Unmatched.reference.in_([_waiting_key(each) for each in records])
        )
        return set(db.session().scalars(statement))


def _has_ballots(bill_id: int, key: str) -> bool:
    with system("whether a roll call has its ballots"):
        statement = (
            select(Ballot.id)
            .join(Vote, Vote.id == Ballot.vote_id)
            .where(Vote.bill_id == bill_id, Vote.key == key)
        )
        return db.session().execute(statement.limit(1)).first() is not None


def write_votes(lines: Sequence[Line], change: Change) -> None:
    found = _bills_of_votes([line.record for line in lines])
    for line in lines:
        bill_id = found.get(_bill_key(line.record))
        if bill_id is None:
            vote = line.record["vote"]
            waiting = Unmatched(
                reference=_waiting_key(line.record), name=vote["motion"], state="", record=line.record
            )
            waiting.candidates, waiting.status = [], "vote"
            db.session().add(waiting)
        else:
            _add_vote(bill_id, line.record, change)
    db.session().flush()


def _add_vote(bill_id: int, record: Record, change: Change) -> None:
    """The ballots of a roll call: of one that is known, or with it."""
    vote, batch = record["vote"], Batch(change)
    people = legislators_by_reference({row[0] for row in vote["ballots"]} - {""})
    with system("a roll call of a bill"):
        present = (
            db.session()
            .execute(select(Vote.id).where(and_(Vote.bill_id == bill_id, Vote.key == vote["key"])))
            .scalar()
        )
    if present is None:
        add_votes(batch, bill_id, [vote], record["source"], people)
    elif present not in votes_with_ballots([present]):
        batch.add(Ballot, COLUMNS[Ballot], ballot_rows(present, vote, people))
    batch.write()


def take_waiting(fresh: Sequence[Record], change: Change) -> None:
    """Roll calls that came before their bills."""
    with system("roll calls that wait for their bill"):
        waiting = list(db.session().scalars(select(Unmatched).where(Unmatched.status == "vote")))
    if not waiting:
        return
    found = _bills_of_votes([each.record for each in waiting])
    for each in waiting:
        bill_id = found.get(_bill_key(each.record))
        if bill_id is not None:
            _add_vote(bill_id, each.record, change)
            each.status = "done"
    db.session().flush()
