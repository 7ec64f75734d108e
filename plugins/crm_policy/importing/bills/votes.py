"""Roll calls that come by themselves, and wait where their bill is not here yet."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import or_, select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line
from crm_policy.importing.batch import Batch
from crm_policy.importing.bills.ballots import ballots_of, put_right, reads_otherwise
from crm_policy.importing.bills.rows import add_votes
from crm_policy.importing.people import legislators_by_reference
from crm_policy.models import Bill, Session, Unmatched, Vote
from crm_policy.reading.neutral import Record, identifier


def plan_votes(lines: Sequence[Line]) -> None:
    records = [line.record for line in lines]
    found = _Bills(records)
    waiting = _waiting_votes(records)
    same = _as_told(records, found)
    for line in lines:
        bill_id = found.of(line.record)
        if bill_id is None:
            line.action = "unchanged" if _waiting_key(line.record) in waiting else "create"
            line.reasons = [["waits", "", ""]]
            continue
        line.record_id = bill_id
        line.action = "unchanged" if (bill_id, line.record["vote"]["key"]) in same else "create"


class _Bills:
    """The bills of roll calls that came without them: by what their source calls the bill, else by state,
    session and number; without a state only where one state alone has such a bill."""

    def __init__(self, records: Sequence[Record]) -> None:
        numbers = [record["legiscan_id"] for record in records if record["legiscan_id"]]
        ocd = [record["ocd_id"] for record in records if record.get("ocd_id")]
        names = {identifier(record["identifier"]) for record in records if record.get("identifier")}
        with system("whose roll calls these are"):
            rows = (
                db.session()
                .execute(
                    select(Bill.id, Bill.legiscan_id, Bill.ocd_id, Bill.state, Bill.identifier, Session)
                    .join(Session, Session.id == Bill.session_id)
                    .where(
                        or_(
                            db.among(Bill.legiscan_id, numbers),
                            Bill.ocd_id.in_(ocd),
                            Bill.identifier.in_(names),
                        )
                    )
                )
                .all()
            )
        self._by_number = {row.legiscan_id: row.id for row in rows if row.legiscan_id}
        self._by_ocd = {row.ocd_id: row.id for row in rows if row.ocd_id}
        self._by_name: dict[str, list[Any]] = {}
        for row in rows:
            self._by_name.setdefault(row.identifier, []).append(row)

    def of(self, record: Record) -> int | None:
        certain = self._by_number.get(record["legiscan_id"]) or self._by_ocd.get(record.get("ocd_id"))
        if certain is not None or not record.get("identifier"):
            return certain
        session, state = str(record.get("session") or "").lower(), record.get("state") or ""
        found = [
            row.id
            for row in self._by_name.get(identifier(record["identifier"]), ())
            if session in {str(each).lower() for each in _called(row.Session)} and state in {"", row.state}
        ]
        return found[0] if len(found) == 1 else None


def _called(session: Session) -> tuple[Any, ...]:
    return session.identifier, session.name, *session.aliases


def _waiting_key(record: Record) -> str:
    """What tells a roll call that waits from all others, short enough for its column."""
    bill = record["legiscan_id"] or record.get("ocd_id")
    named = [record.get(name) or "" for name in ("state", "session", "identifier")]
    whole = f"{bill or ' '.join(named)} {record['vote']['key']}"
    return f"vote:{blake2b(whole.encode(), digest_size=16).hexdigest()}"


def _waiting_votes(records: Sequence[Record]) -> set[str]:
    with system("roll calls that wait for their bill"):
        statement = select(Unmatched.reference).where(
            Unmatched.reference.in_([_waiting_key(each) for each in records])
        )
        return set(db.session().scalars(statement))


def _stored(records: Sequence[Record], found: _Bills) -> dict[tuple[int, str], Any]:
    """The votes that are here, by bill and key."""
    bill_ids = {bill_id for record in records if (bill_id := found.of(record)) is not None}
    keys, table = {record["vote"]["key"] for record in records}, db.table(Vote)
    with system("roll calls that come again"):
        statement = select(table).where(db.among(table.c.bill_id, bill_ids), table.c.key.in_(keys))
        return {(row.bill_id, row.key): row for row in db.session().execute(statement)}


def _people(records: Iterable[Record]) -> dict[str, int]:
    return legislators_by_reference({row[0] for each in records for row in each["vote"]["ballots"]} - {""})


def _as_told(records: Sequence[Record], found: _Bills) -> set[tuple[int, str]]:
    """The votes that read just as their source says."""
    stored, people = _stored(records, found), _people(records)
    ballots = ballots_of([row.id for row in stored.values()])
    same = set()
    for record in records:
        key = (found.of(record) or 0, record["vote"]["key"])
        row = stored.get(key)
        if row is not None and not reads_otherwise(row, record["vote"], ballots.get(row.id, ()), people):
            same.add(key)
    return same


def write_votes(lines: Sequence[Line], change: Change) -> None:
    records = [line.record for line in lines]
    found, fresh = _Bills(records), dict[str, Record]()
    for record in records:
        if found.of(record) is None:
            fresh[_waiting_key(record)] = record
    waiting = _waiting_votes([*fresh.values()])
    for key, record in fresh.items():
        if key not in waiting:
            _keep(key, record)
    _write([(bill_id, each) for each in records if (bill_id := found.of(each)) is not None], found, change)
    db.session().flush()


def _keep(key: str, record: Record) -> None:
    """Until its bill is here."""
    waiting = Unmatched(reference=key, name=record["vote"]["motion"], state="", record=record)
    waiting.candidates, waiting.status = [], "vote"
    db.session().add(waiting)


def _write(work: Sequence[tuple[int, Record]], found: _Bills, change: Change) -> None:
    """Roll calls of bills that are here: new ones, and what reads otherwise in known ones."""
    if not work:
        return
    records = [record for _bill_id, record in work]
    stored, people, batch = _stored(records, found), _people(records), Batch(change)
    told = {(bill_id, record["vote"]["key"]): record for bill_id, record in work}
    for key, record in told.items():
        if key not in stored:
            add_votes(batch, key[0], [record["vote"]], record["source"], people)
    known = [(stored[key], record["vote"]) for key, record in told.items() if key in stored]
    put_right(batch, known, people, change)
    batch.write()


def take_waiting(change: Change) -> None:
    """Roll calls that came before their bills."""
    with system("roll calls that wait for their bill"):
        waiting = list(db.session().scalars(select(Unmatched).where(Unmatched.status == "vote")))
    if not waiting:
        return
    found = _Bills([each.record for each in waiting])
    here = [(bill_id, each) for each in waiting if (bill_id := found.of(each.record)) is not None]
    _write([(bill_id, each.record) for bill_id, each in here], found, change)
    for _bill_id, each in here:
        each.status = "done"
    db.session().flush()
