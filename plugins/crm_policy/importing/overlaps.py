"""Overlaps of an import: which school districts lie in which legislative districts."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing.batch import Batch, set_each
from crm_policy.models import District, Overlap

_KEY: Final = ("nces", "state", "chamber", "district")


def plan(kind: str, lines: Sequence[Line], settings: Settings) -> None:
    """A school district that is named by its Open Civic Data id needs the list that has its NCES number."""
    _name_by_nces(lines)
    known = _known(lines)
    for line in lines:
        if line.action == "rejected":
            continue
        found = known.get(_key(line))
        if found is None:
            line.action = "create"
            continue
        line.record_id, edition = found.id, line.record.get("edition") or 0
        same = found.edition > edition or (found.share, found.edition) == (line.record["share"], edition)
        line.action = "unchanged" if same else "update"
        differs = found.share != line.record["share"] and not same
        line.changes = [["share", _in_words(found.share), _in_words(line.record["share"])]] if differs else []


def _in_words(share: int | None) -> str:
    return "" if share is None else f"{share}%"


def _key(line: Line) -> tuple[str, ...]:
    return tuple(str(line.record[name]) for name in _KEY)


def _name_by_nces(lines: Sequence[Line]) -> None:
    wanted = sorted({line.record["school"] for line in lines if line.record["school"].startswith("ocd-")})
    numbers: dict[str, str] = {}
    with system("the NCES numbers of school districts"):
        for start in range(0, len(wanted), 500):
            statement = select(District.ocd_id, District.nces).where(
                District.ocd_id.in_(wanted[start : start + 500]), District.nces != ""
            )
            numbers.update({row[0]: row[1] for row in db.session().execute(statement)})
    for line in lines:
        school = line.record["school"]
        line.record["nces"] = numbers.get(school, "") if school.startswith("ocd-") else school
        if not line.record["nces"]:
            line.reject("unknown_school_district", "school_district", school)


def _known(lines: Sequence[Line]) -> dict[tuple[str, ...], Any]:
    numbers = sorted({line.record["nces"] for line in lines if line.record["nces"]})
    found: dict[tuple[str, ...], Any] = {}
    with system("matching overlaps of an import"):
        for start in range(0, len(numbers), 500):
            statement = select(db.table(Overlap)).where(Overlap.nces.in_(numbers[start : start + 500]))
            for row in db.session().execute(statement):
                found[(row.nces, row.state, row.chamber, row.district)] = row
    return found


def write(kind: str, lines: Sequence[Line], settings: Settings, change: Change) -> None:
    _name_by_nces(lines)  # What was planned was kept as it was read.
    lines = [line for line in lines if line.action != "rejected"]
    known = _known(lines)
    fresh = {_key(line): line for line in lines if _key(line) not in known}
    batch = Batch(change)
    columns = (*_KEY, "share", "edition")
    ids = batch.add(
        Overlap, columns, [[each.record.get(name, 0) for name in columns] for each in fresh.values()]
    )
    for line, row_id in zip(fresh.values(), ids, strict=True):
        line.record_id = row_id
    old = [line for line in lines if _key(line) in known]
    rows = [
        {
            "id": known[_key(each)].id,
            "share": each.record["share"],
            "edition": max(each.record.get("edition") or 0, known[_key(each)].edition),
        }
        for each in old
    ]
    set_each(change, Overlap, rows)
    batch.write()
