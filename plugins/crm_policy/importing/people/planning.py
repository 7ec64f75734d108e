"""Which legislators and committees of an import are new, which changed."""

from collections.abc import Sequence

from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing.people.committees import plan_committees
from crm_policy.importing.people.known import Known
from crm_policy.importing.people.names import hash_of


def plan(kind: str, lines: Sequence[Line], settings: Settings) -> None:
    """Decide about persons or committees."""
    (plan_committees if kind == "committee" else _plan_persons)(lines)


def _plan_persons(lines: Sequence[Line]) -> None:
    known = Known([line.record for line in lines])
    for line in lines:
        record = line.record
        if record["committee"]:
            line.action = "unchanged"
            continue
        found, candidates = known.match(record)
        if found is None and known.waiting(record):
            line.action = "unchanged"
        elif found is None and candidates:
            line.action, line.reasons = "create", [["queued", "", ""]]
        elif found is None:
            line.action = "create"
        else:
            line.record_id = found.id
            line.action = "unchanged" if found.hash == hash_of(record, found) else "update"
            line.changes = [["person", "", record["name"]]] if line.action == "update" else []
