"""Writing what an import planned of people and committees."""

from collections.abc import Sequence

from crm.plugin_api import db
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing.people.committees import write_committees
from crm_policy.importing.people.known import Known
from crm_policy.importing.people.persons import bring_up_to_date, create, queue


def write(kind: str, lines: Sequence[Line], settings: Settings, change: Change) -> None:
    """Write what was planned."""
    if kind == "committee":
        write_committees(lines)
        return
    known = Known([line.record for line in lines])
    for line in lines:
        found, candidates = known.match(line.record)
        if found is None and known.waiting(line.record):
            continue  # Another import asked about them since this one was planned.
        if found is None and candidates:
            line.record_id = queue(line.record, candidates).id
            known.ask(line.record)
        elif found is None:
            line.record_id = create(line.record).id
        else:
            bring_up_to_date(found, line.record)
            line.record_id = found.id
    db.session().flush()
