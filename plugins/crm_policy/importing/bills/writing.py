"""Writing what an import planned: new bills, those that changed, and what follows from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from crm.plugin_api import day_here, db
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing.batch import Batch
from crm_policy.importing.bills.columns import SECTIONS
from crm_policy.importing.bills.hearings import hearings_of, write_hearings
from crm_policy.importing.bills.known import KnownBills
from crm_policy.importing.bills.merging import update_bills
from crm_policy.importing.bills.renumbering import make_room
from crm_policy.importing.bills.rows import add_bills, add_parts, references_in
from crm_policy.importing.bills.votes import take_waiting, write_votes
from crm_policy.importing.lines import dump
from crm_policy.importing.people import legislators_by_reference
from crm_policy.models import Session
from crm_policy.reading.neutral import Record
from crm_policy.services import assessing, carrying, kinship, searching


def write(kind: str, lines: Sequence[Line], settings: Settings, change: Change) -> None:
    if kind == "vote":
        write_votes(lines, change)
    elif kind == "hearing":
        write_hearings([line.record for line in lines])
    else:
        for source in dict.fromkeys(line.record["source"] for line in lines):
            write_bills([line for line in lines if line.record["source"] == source], change)


def write_bills(lines: Sequence[Line], change: Change) -> None:
    """New bills and what changed of known ones, all of one source: the next may tell of the same bills."""
    known = KnownBills([line.record for line in lines])
    people = legislators_by_reference(references_in(line.record for line in lines))
    batch, moment, today = Batch(change), db.now(), day_here()
    fresh: list[Record] = []
    old: list[tuple[Any, Record]] = []
    for line in lines:
        found = known.of(line.record)
        if found is None:
            fresh.append(line.record)
        else:
            old.append((found, line.record))
            line.record_id = found.id
    sessions = _sessions_of([*fresh, *(record for _row, record in old)], known)
    for session in sessions.values():
        session.seen_at = moment
    db.session().flush()
    make_room([(record, sessions[id(record)]) for record in fresh], old, change)
    ids = add_bills(batch, fresh, sessions, moment, today)
    for record in fresh:
        add_parts(batch, ids[id(record)], record, people, SECTIONS)
    made = {id(record): ids[id(record)] for record in fresh}
    for line in lines:
        line.record_id = line.record_id or made.get(id(line.record))
    update_bills(batch, old, people, change, moment)
    batch.write()
    _after(fresh, old, made, change)
    _sessions_go_on((*fresh, *(record for _row, record in old)), sessions, known, change)


def _sessions_of(records: Iterable[Record], known: KnownBills) -> dict[int, Session]:
    """By the id of each record its session; most say the same one, which is looked for once."""
    found: dict[str, Session] = {}
    sessions = {}
    for record in records:
        key = dump([record["state"], record["session"]])
        if key not in found:
            found[key] = known.sessions.find_or_make(record["state"], record["session"])
        sessions[id(record)] = found[key]
    return sessions


def _sessions_go_on(
    records: Iterable[Record], sessions: Mapping[int, Session], known: KnownBills, change: Change
) -> None:
    """What bills say of their sessions: where these were not over yet, the others are looked at again."""
    newest: dict[int, tuple[Session, date]] = {}
    for record in records:
        session = sessions[id(record)]
        on = max((on for on, *_rest in record["actions"] or ()), default="")
        if on and (session.id not in newest or newest[session.id][1].isoformat() < on):
            newest[session.id] = session, date.fromisoformat(on)
    for session, day in newest.values():
        known.sessions.acted(session, day)
    for session_id in known.sessions.longer:
        assessing.refresh(assessing.ended_with(session_id), change)
    for session in {each.id: each for each in sessions.values()}.values():
        over = known.sessions.told_over.get(session.id)
        if over is not None and known.sessions.adjourn(session, over=over):
            assessing.refresh(assessing.all_of(session.id), change)


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
    kinship.join_relations(relating, [*made.values()], change)
    kinship.part_companions([row.id for row, record in old if record["relations"]], change)
    ids = {
        **{id(record): made[id(record)] for record in fresh},
        **{id(record): row.id for row, record in old},
    }
    for record in (*fresh, *(record for _row, record in old)):
        if record["hearings"]:
            hearings_of(ids[id(record)], record, change)
    carrying.to_inbox([*ids.values()], change)
    take_waiting(change)
    searching.look_at([*ids.values()], change)
