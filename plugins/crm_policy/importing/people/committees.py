"""Committees of an import with their members."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from crm.plugin_api import day_here, db, system
from crm.plugin_api.transfer import Line
from crm.plugin_api.words import fold
from crm_policy.importing.committee_names import join_hearings
from crm_policy.importing.people.known import legislators_by_reference
from crm_policy.importing.people.names import digest
from crm_policy.models import Committee, Seat
from crm_policy.models.people import left_by_staff
from crm_policy.reading.neutral import Record


def plan_committees(lines: Sequence[Line]) -> None:
    known = _known_committees([line.record for line in lines])
    for line in lines:
        found = _committee_of(line.record, known)
        if found is None:
            line.action = "create"
        else:
            line.record_id = found.id
            line.action = "unchanged" if found.hash == digest(line.record) else "update"
            line.changes = [["members", "", line.record["name"]]] if line.action == "update" else []


def _known_committees(records: Sequence[Record]) -> list[Committee]:
    states = {record["state"] for record in records}
    with system("matching committees of an import"):
        return list(db.session().scalars(select(Committee).where(Committee.state.in_(states))))


def _committee_of(record: Record, known: Sequence[Committee]) -> Committee | None:
    for each in known:
        if record["ocd_id"] and each.ocd_id == record["ocd_id"]:
            return each
    key = (record["state"], record["chamber"], fold(record["name"]))
    return next((each for each in known if (each.state, each.chamber, each.name_key) == key), None)


def write_committees(lines: Sequence[Line]) -> None:
    known = _known_committees([line.record for line in lines])
    references = {member[2] for line in lines for member in line.record["members"] if member[2]}
    people = legislators_by_reference(references)
    for line in lines:
        record = line.record
        found = _committee_of(record, known)
        if found is None:
            found = Committee(state=record["state"], chamber=record["chamber"], name="", name_key="")
            db.session().add(found)
            known.append(found)
        _make_room(found, record, known)
        for name in ("name", "kind", "parent", "meets", "url"):
            setattr(found, name, record[name])
        found.name_key, found.ocd_id, found.hash = fold(record["name"]), record["ocd_id"], digest(record)
        db.session().flush()
        line.record_id = found.id
        _write_members(found, record["members"], people)
    db.session().flush()
    join_hearings({line.record["state"] for line in lines})


def _make_room(found: Committee, record: Record, known: Sequence[Committee]) -> None:
    """Another committee that stands under this name gives way until its source tells of it; so two may swap
    their names."""
    key = (record["state"], record["chamber"], fold(record["name"]))
    for each in known:
        if each is not found and (each.state, each.chamber, each.name_key) == key:
            each.name = f"{each.name} ({each.id})"
            each.name_key, each.hash = fold(each.name), ""
    db.session().flush()


def _write_members(committee: Committee, members: Sequence[Sequence[str]], people: Mapping[str, int]) -> None:
    """Who sits there now. A committee without any member says nothing: sources lose them, and it has some."""
    if not members:
        return
    with system("the members of one committee"):
        rows = db.session().scalars(select(Seat).where(Seat.committee_id == committee.id)).all()
    ours = {row.legislator_id for row in rows if row.is_by_staff and row.legislator_id is not None}
    left = {row.reference for row in rows if row.is_by_staff}
    present = {row.reference or row.name: row for row in rows if not row.is_by_staff}
    for name, role, reference in members:
        if people.get(reference) in ours or left_by_staff(reference or name) in left:
            continue
        seat = present.pop(reference or name, None)
        if seat is None:
            seat = Seat(committee_id=committee.id, name=name, reference=reference)
            db.session().add(seat)
        seat.name, seat.role, seat.ended_on = name, role, None
        seat.legislator_id = people.get(reference) or seat.legislator_id
    for seat in present.values():
        seat.ended_on = seat.ended_on or day_here()
