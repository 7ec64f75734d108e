"""Bills of an import, with everything that is told of them: what is new, what changed, and writing that.

Nothing is ever removed: what a source tells no more is marked with the day since when, and a section that
came empty where there was something counts as not sent. What staff wrote is in columns and rows of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from sqlalchemy import and_, or_, select, tuple_

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm.plugin_api.words import fold
from crm_policy.importing.batch import Batch, set_each
from crm_policy.importing.people import legislators_by_reference
from crm_policy.importing.sessions import Sessions
from crm_policy.models import (
    Action,
    Ballot,
    Bill,
    Committee,
    Document,
    Hearing,
    HearingBill,
    Relation,
    Sponsor,
    Unmatched,
    Vote,
)
from crm_policy.reading.neutral import Record, sort_key
from crm_policy.services import assessing
from crm_policy.writing import update_rows

SECTIONS: Final = ("actions", "sponsors", "documents", "votes", "relations", "hearings")
FACTS: Final = ("identifier", "title", "description", "chamber", "kind", "subjects", "url", "progress")
_BILL_COLUMNS: Final = (
    "state",
    "session_id",
    "identifier",
    "sort_key",
    "former_identifiers",
    "title",
    "description",
    "chamber",
    "kind",
    "subjects",
    "url",
    "source",
    "legiscan_id",
    "ocd_id",
    "change_hash",
    "hashes",
    "status_events",
    "source_stage",
    "source_disposition",
    "source_why",
    "stage",
    "disposition",
    "override_reason",
    "override_by",
    "introduced_on",
    "last_action_on",
    "last_action",
    "seen_at",
    "changed_at",
    "change_note",
    "short_title",
    "triage",
    "position",
    "priority",
    "position_note",
    "version",
    "created_at",
    "updated_at",
)
_COLUMNS: Final[Mapping[Any, tuple[str, ...]]] = {
    Action: ("bill_id", "acted_on", "position", "chamber", "text", "classes", "source"),
    Sponsor: ("bill_id", "legislator_id", "name", "name_key", "role", "committee", "reference", "source"),
    Document: (
        "bill_id",
        "kind",
        "note",
        "classification",
        "dated_on",
        "url",
        "media_type",
        "adopted",
        "key",
        "body",
        "source",
    ),
    Vote: ("bill_id", "key", "voted_on", "chamber", "motion", "passed", "yes", "no", "other", "source"),
    Ballot: ("vote_id", "legislator_id", "name", "option", "reference"),
    Relation: ("bill_id", "related_bill_id", "identifier", "session", "kind", "source"),
}


def short_hash(value: Any) -> str:
    return blake2b(orjson.dumps(value), digest_size=6).hexdigest()


def hashes_of(record: Record) -> dict[str, str]:
    """A hash of each section that came with something in it."""
    found = {"facts": short_hash([record[name] for name in FACTS])}
    found.update({name: short_hash(record[name]) for name in SECTIONS if record[name]})
    return found


# Planning.


def plan(kind: str, lines: Sequence[Line], settings: Settings) -> None:
    if kind == "bill":
        _plan_bills(lines)
    elif kind == "vote":
        _plan_votes(lines)
    else:
        for line in lines:
            line.action = "create"


def _plan_bills(lines: Sequence[Line]) -> None:
    known = KnownBills([line.record for line in lines])
    for line in lines:
        found = known.of(line.record)
        if found is None:
            line.action = "create"
            continue
        line.record_id = found.id
        changed = changed_sections(line.record, found)
        line.action = "update" if changed else "unchanged"
        line.changes = [_change(name, line.record, found) for name in changed]
        if found.source not in (line.record["source"], "staff"):
            line.reasons = [["other_source", "", ""]]


def _change(name: str, record: Record, found: Any) -> list[str]:
    if name == "facts" and record["title"] != found.title:
        return ["title", found.title, record["title"]]
    if name == "facts" and record["identifier"] != found.identifier:
        return ["renumbered", found.identifier, record["identifier"]]
    value = record.get(name)
    return [name, "", str(len(value)) if isinstance(value, list) else ""]


def changed_sections(record: Record, found: Any) -> list[str]:
    """What the source says differently than the last time; a section without anything says nothing."""
    stored = (found.hashes or {}).get(record["source"], {})
    told = hashes_of(record)
    return [name for name in ("facts", *SECTIONS) if name in told and stored.get(name) != told[name]]


class KnownBills:
    """The stored bills that some records mean: by their source's number, else by session and number."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.sessions = Sessions()
        numbers = [record["legiscan_id"] for record in records if record["legiscan_id"]]
        ocd = [record["ocd_id"] for record in records if record["ocd_id"]]
        places = {
            (session.id, record["identifier"])
            for record in records
            if (session := self.sessions.find(record["state"], record["session"])) is not None
        }
        wanted = (
            [db.among(Bill.legiscan_id, numbers), Bill.ocd_id.in_(ocd)]
            if ocd
            else [db.among(Bill.legiscan_id, numbers)]
        )
        columns = (
            Bill.id,
            Bill.legiscan_id,
            Bill.ocd_id,
            Bill.session_id,
            Bill.identifier,
            Bill.title,
            Bill.hashes,
            Bill.source,
            Bill.former_identifiers,
            Bill.status_events,
        )
        self.rows: list[Any] = []
        with system("matching bills of an import"):
            self.rows += db.session().execute(select(*columns).where(or_(*wanted))).all()
            for some in _pieces(sorted(places), 400):
                clause = tuple_(Bill.session_id, Bill.identifier).in_(some)
                self.rows += db.session().execute(select(*columns).where(clause)).all()
        self._by_number = {row.legiscan_id: row for row in self.rows if row.legiscan_id}
        self._by_ocd = {row.ocd_id: row for row in self.rows if row.ocd_id}
        self._by_place = {(row.session_id, row.identifier): row for row in self.rows}

    def of(self, record: Record) -> Any | None:
        found = self._by_number.get(record["legiscan_id"]) or self._by_ocd.get(record["ocd_id"])
        if found is not None:
            return found
        session = self.sessions.find(record["state"], record["session"])
        row = self._by_place.get((session.id, record["identifier"])) if session is not None else None
        if row is None:
            return None
        # The same number under another id of the same source is another bill: the older was renumbered.
        other = row.legiscan_id if record["source"] == "legiscan" else row.ocd_id
        mine = record["legiscan_id"] if record["source"] == "legiscan" else record["ocd_id"]
        return None if other and mine and other != mine else row


def _pieces(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


# Writing.


def write(kind: str, lines: Sequence[Line], settings: Settings, change: Change) -> None:
    if kind == "vote":
        _write_votes(lines, change)
    elif kind == "hearing":
        _write_hearings([line.record for line in lines])
    else:
        write_bills(lines, change)


def write_bills(lines: Sequence[Line], change: Change) -> None:
    """New bills and what changed of known ones."""
    known = KnownBills([line.record for line in lines])
    people = legislators_by_reference(references_in(line.record for line in lines))
    batch, moment, today = Batch(change), db.now(), db.now().date()
    fresh: list[Record] = []
    old: list[tuple[Any, Record]] = []
    for line in lines:
        found = known.of(line.record)
        if found is None:
            fresh.append(line.record)
        else:
            old.append((found, line.record))
            line.record_id = found.id
    sessions = {
        id(record): known.sessions.find_or_make(record["state"], record["session"])
        for record in (*fresh, *(record for _row, record in old))
    }
    for session in {each.id: each for each in sessions.values()}.values():
        session.seen_at = moment
    db.session().flush()
    ids = _add_bills(batch, fresh, sessions, moment, today)
    for record, bill_id in ids.items():
        _add_parts(batch, bill_id, fresh_by_id(fresh, record), people, SECTIONS)
    made = {id(record): ids[id(record)] for record in fresh}
    for line in lines:
        line.record_id = line.record_id or made.get(id(line.record))
    _update_bills(batch, old, people, change, moment)
    batch.write()
    _after(fresh, old, made, change)


def fresh_by_id(fresh: Sequence[Record], key: int) -> Record:
    return next(record for record in fresh if id(record) == key)


def references_in(records: Iterable[Record]) -> set[str]:
    found: set[str] = set()
    for record in records:
        found.update(row[3] for row in record["sponsors"] or ())
        for vote in record["votes"] or ():
            found.update(row[0] for row in vote["ballots"])
    return found - {""}


def _add_bills(
    batch: Batch, fresh: Sequence[Record], sessions: Mapping[int, Any], moment: datetime, today: date
) -> dict[int, int]:
    rows = [_bill_row(record, sessions[id(record)], moment, today) for record in fresh]
    ids = batch.add(Bill, _BILL_COLUMNS, rows)
    return {id(record): bill_id for record, bill_id in zip(fresh, ids, strict=True)}


def _bill_row(record: Record, session: Any, moment: datetime, today: date) -> tuple[Any, ...]:
    verdict = assessing.of_record(record, session, today)
    last = max(record["actions"] or (), key=lambda row: (row[0], row[1]), default=None)
    first = min((row[0] for row in record["actions"] or ()), default=None)
    return (
        record["state"],
        session.id,
        record["identifier"],
        sort_key(record["state"], record["identifier"]),
        [],
        record["title"],
        record["description"],
        record["chamber"],
        record["kind"],
        record["subjects"] or [],
        record["url"],
        record["source"],
        record["legiscan_id"],
        record["ocd_id"],
        record["change_hash"],
        {record["source"]: hashes_of(record)},
        record["progress"],
        verdict.stage,
        verdict.disposition,
        verdict.why,
        verdict.stage,
        verdict.disposition,
        "",
        "",
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last[0]) if last else None,
        last[3] if last else "",
        moment,
        moment,
        "new",
        "",
        "",
        "",
        0,
        "",
        1,
        moment,
        moment,
    )


def _add_parts(
    batch: Batch, bill_id: int, record: Record, people: Mapping[str, int], sections: Sequence[str]
) -> None:
    """All rows of some sections of a new bill."""
    for section, model in (
        ("actions", Action),
        ("sponsors", Sponsor),
        ("documents", Document),
        ("relations", Relation),
    ):
        if section in sections and record[section]:
            rows = list(keyed_rows(section, bill_id, record, people).values())
            batch.add(model, _COLUMNS[model], rows)
    if "votes" in sections and record["votes"]:
        _add_votes(batch, bill_id, record["votes"], record["source"], people)


def _add_votes(
    batch: Batch, bill_id: int, votes: Sequence[Record], source: str, people: Mapping[str, int]
) -> None:
    ids = batch.add(Vote, _COLUMNS[Vote], [_vote_row(bill_id, vote, source) for vote in votes])
    ballots: list[tuple[Any, ...]] = []
    for vote_id, vote in zip(ids, votes, strict=True):
        ballots += _ballot_rows(vote_id, vote, people)
    batch.add(Ballot, _COLUMNS[Ballot], ballots)


def _vote_row(bill_id: int, vote: Record, source: str) -> tuple[Any, ...]:
    on = date.fromisoformat(vote["date"]) if vote["date"] else None
    return (
        bill_id,
        vote["key"],
        on,
        vote["chamber"],
        vote["motion"],
        vote["passed"],
        *vote["counts"],
        source,
    )


def _ballot_rows(vote_id: int, vote: Record, people: Mapping[str, int]) -> list[tuple[Any, ...]]:
    rows = []
    for reference, name, option in vote["ballots"]:
        who = people.get(reference)
        rows.append((vote_id, who, name, option, "" if who else reference))
    return rows


def keyed_rows(
    section: str, bill_id: int, record: Record, people: Mapping[str, int]
) -> dict[Any, tuple[Any, ...]]:
    """The rows of a section by what tells them apart; what stands there twice is one row."""
    source = record["source"]
    found: dict[Any, tuple[Any, ...]] = {}
    for row in record[section] or ():
        if section == "actions":
            on, position, chamber, text, classes = row
            key: Any = (on, chamber, text)
            found.setdefault(key, (bill_id, date.fromisoformat(on), position, chamber, text, classes, source))
        elif section == "sponsors":
            name, role, committee, reference = row
            who = people.get(reference)
            key = (fold(name), role)
            found.setdefault(
                key, (bill_id, who, name, fold(name), role, committee, "" if who else reference, source)
            )
        elif section == "documents":
            on = date.fromisoformat(row["date"]) if row["date"] else None
            values = (row["kind"], row["note"], row["classification"], on, row["url"], row["media_type"])
            found.setdefault(row["key"], (bill_id, *values, row["adopted"], row["key"], "", source))
        else:
            number, session, kind = row
            found.setdefault((number, session, kind), (bill_id, None, number, session, kind, source))
    return found


def _update_bills(
    batch: Batch,
    old: Sequence[tuple[Any, Record]],
    people: Mapping[str, int],
    change: Change,
    moment: datetime,
) -> None:
    """Known bills: their facts anew, and of each changed section what is new or gone."""
    values = []
    by_section: dict[str, list[tuple[Any, Record]]] = {}
    for row, record in old:
        changed = changed_sections(record, row)
        own = row.source in (record["source"], "staff")
        values.append(_new_values(row, record, changed, own, moment))
        for section in changed:
            by_section.setdefault(section, []).append((row, record))
    set_each(change, Bill, values)
    for section, model in (
        ("actions", Action),
        ("sponsors", Sponsor),
        ("documents", Document),
        ("relations", Relation),
    ):
        if section in by_section:
            _merge(batch, section, model, by_section[section], people, change)
    if "votes" in by_section:
        _merge_votes(batch, by_section["votes"], people, change)


def _new_values(
    row: Any, record: Record, changed: Sequence[str], own: bool, moment: datetime
) -> dict[str, Any]:
    hashes = {
        **(row.hashes or {}),
        record["source"]: {**(row.hashes or {}).get(record["source"], {}), **hashes_of(record)},
    }
    found = {
        "id": row.id,
        "hashes": hashes,
        "legiscan_id": record["legiscan_id"] or row.legiscan_id,
        "ocd_id": record["ocd_id"] or row.ocd_id,
        "change_hash": record["change_hash"],
        "seen_at": moment,
        "missing_since": None,
        "changed_at": moment,
        "updated_at": moment,
        "change_note": ",".join(changed),
        "identifier": row.identifier,
        "title": row.title,
        "former_identifiers": row.former_identifiers,
        "status_events": row.status_events,
    }
    if own:
        renamed = record["identifier"] != row.identifier
        former = [*row.former_identifiers, row.identifier] if renamed else row.former_identifiers
        found.update(identifier=record["identifier"], title=record["title"], former_identifiers=former)
        found["status_events"] = record["progress"] or row.status_events
    return found | {"sort_key": sort_key(record["state"], found["identifier"])}


_KEYS: Final[Mapping[str, Any]] = {
    "actions": lambda row: (row.acted_on.isoformat(), row.chamber, row.text),
    "sponsors": lambda row: (row.name_key, row.role),
    "documents": lambda row: row.key,
    "relations": lambda row: (row.identifier, row.session, row.kind),
}


def _stored(model: Any, bill_ids: Sequence[int]) -> dict[int, list[Any]]:
    table = db.table(model)
    found: dict[int, list[Any]] = {}
    with system("what is known of the bills of an import"):
        for some in db.chunks(bill_ids):
            for row in db.session().execute(select(table).where(db.among(table.c.bill_id, some))):
                found.setdefault(row.bill_id, []).append(row)
    return found


def _merge(
    batch: Batch,
    section: str,
    model: Any,
    work: Sequence[tuple[Any, Record]],
    people: Mapping[str, int],
    change: Change,
) -> None:
    """Add what is new, mark what is gone, bring back what returned. A second source only fills a section in
    which the first has nothing."""
    stored = _stored(model, [row.id for row, _record in work])
    key_of, gone, back = _KEYS[section], [], []
    for bill, record in work:
        present = {key_of(row): row for row in stored.get(bill.id, ())}
        theirs = [row for row in present.values() if row.source not in ("", record["source"])]
        if theirs:
            continue
        told = keyed_rows(section, bill.id, record, people)
        batch.add(model, _COLUMNS[model], [row for key, row in told.items() if key not in present])
        for key, row in present.items():
            if row.source and key not in told and row.gone_on is None:
                gone.append(row.id)
            elif key in told and row.gone_on is not None:
                back.append(row.id)
    _mark(model, gone, back, change)


def _mark(model: Any, gone: Sequence[int], back: Sequence[int], change: Change) -> None:
    if gone:
        update_rows(change, model, gone, {"gone_on": db.now().date()})
    if back:
        update_rows(change, model, back, {"gone_on": None})


def _merge_votes(
    batch: Batch, work: Sequence[tuple[Any, Record]], people: Mapping[str, int], change: Change
) -> None:
    stored = _stored(Vote, [row.id for row, _record in work])
    gone: list[int] = []
    back: list[int] = []
    with_ballots = _votes_with_ballots([row.id for rows in stored.values() for row in rows])
    for bill, record in work:
        present = {row.key: row for row in stored.get(bill.id, ())}
        if any(row.source not in ("", record["source"]) for row in present.values()):
            continue
        told = {vote["key"]: vote for vote in record["votes"]}
        _add_votes(
            batch,
            bill.id,
            [vote for key, vote in told.items() if key not in present],
            record["source"],
            people,
        )
        for key, row in present.items():
            if key in told and row.id not in with_ballots and told[key]["ballots"]:
                batch.add(Ballot, _COLUMNS[Ballot], _ballot_rows(row.id, told[key], people))
            if row.source and key not in told and row.gone_on is None:
                gone.append(row.id)
            elif key in told and row.gone_on is not None:
                back.append(row.id)
    _mark(Vote, gone, back, change)


def _votes_with_ballots(ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    with system("which votes have their ballots"):
        for some in db.chunks(ids):
            rows = select(Ballot.vote_id).where(db.among(Ballot.vote_id, some)).distinct()
            found.update(db.session().execute(rows).scalars())
    return found


def _after(
    fresh: Sequence[Record], old: Sequence[tuple[Any, Record]], made: Mapping[int, int], change: Change
) -> None:
    """What follows once all rows stand: stages of known bills, companions, agendas, votes that waited."""
    db.session().expire_all()
    assessing.refresh([row.id for row, _record in old], change)
    relating = [
        *(made[id(record)] for record in fresh if record["relations"]),
        *(row.id for row, record in old if record["relations"]),
    ]
    assessing.join_relations(relating, [*made.values()], change)
    ids = {
        **{id(record): made[id(record)] for record in fresh},
        **{id(record): row.id for row, record in old},
    }
    for record in (*fresh, *(record for _row, record in old)):
        if record["hearings"]:
            _hearings_of(ids[id(record)], record)
    _take_waiting(fresh, change)


# Hearings.


def _hearings_of(bill_id: int, record: Record) -> None:
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


def _write_hearings(records: Sequence[Record]) -> None:
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


# Roll calls that came without their bill.


def _plan_votes(lines: Sequence[Line]) -> None:
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


def _write_votes(lines: Sequence[Line], change: Change) -> None:
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
        _add_votes(batch, bill_id, [vote], record["source"], people)
    elif present not in _votes_with_ballots([present]):
        batch.add(Ballot, _COLUMNS[Ballot], _ballot_rows(present, vote, people))
    batch.write()


def _take_waiting(fresh: Sequence[Record], change: Change) -> None:
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


def mark_missing(bill_ids: Sequence[int], change: Change) -> None:
    """A full listing of their session does not have these bills any more; they stay, marked."""
    update_rows(change, Bill, bill_ids, {"missing_since": db.now().date()})


def unseen(session_id: int, seen_ids: Sequence[int]) -> list[int]:
    """Bills of a session that a full listing did not have."""
    with system("which bills a listing lacks"):
        rows = select(Bill.id).where(
            Bill.session_id == session_id, Bill.missing_since.is_(None), Bill.source != "staff"
        )
        present = db.session().execute(rows).scalars().all()
    return sorted(set(present) - set(seen_ids))
