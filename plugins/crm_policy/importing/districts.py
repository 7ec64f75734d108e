"""Districts of an import: a plain list, matched by their Open Civic Data ids."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing.batch import Batch, set_each
from crm_policy.models import District

_COLUMNS: Final = ("ocd_id", "state", "kind", "code", "name", "nces")


def plan(kind: str, lines: Sequence[Line], settings: Settings) -> None:
    known = _known([line.record["ocd_id"] for line in lines])
    for line in lines:
        found = known.get(line.record["ocd_id"])
        if found is None:
            line.action = "unchanged" if line.record["over"] else "create"
            continue
        line.record_id = found.id
        same = all(getattr(found, name) == line.record[name] for name in _COLUMNS)
        line.action = "unchanged" if same else "update"
        line.changes = [] if same else [["title", found.name, line.record["name"]]]


def _known(ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with system("matching districts of an import"):
        for start in range(0, len(ids), 500):
            statement = select(db.table(District)).where(District.ocd_id.in_(ids[start : start + 500]))
            found.update({row.ocd_id: row for row in db.session().execute(statement)})
    return found


def write(kind: str, lines: Sequence[Line], settings: Settings, change: Change) -> None:
    known = _known([line.record["ocd_id"] for line in lines])
    fresh = [line for line in lines if line.record["ocd_id"] not in known]
    batch = Batch(change)
    ids = batch.add(District, _COLUMNS, [[line.record[name] for name in _COLUMNS] for line in fresh])
    for line, row_id in zip(fresh, ids, strict=True):
        line.record_id = row_id
    set_each(
        change,
        District,
        [
            {"id": known[line.record["ocd_id"]].id, **{name: line.record[name] for name in _COLUMNS}}
            for line in lines
            if line.record["ocd_id"] in known
        ],
    )
    batch.write()


def is_known(state: str, chamber: str, district: str) -> bool:
    """Whether a state has this district; True where no list of its districts is here to say so."""
    with system("a list of districts that anybody may see"):
        here = select(District.code).where(District.state == state, District.kind == chamber)
        codes = {code.lower() for code in db.session().scalars(here)}
    return not codes or district.lower().replace(" ", "_") in codes
