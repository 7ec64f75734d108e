"""What came from a service, planned and written like an import."""

from collections.abc import Sequence
from typing import Any

from crm.plugin_api import Actor
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing import bills as importing
from crm_policy.importing import people
from crm_policy.reading.neutral import Record


def take(records: Sequence[Record], actor: Actor, change: Change) -> dict[str, int]:
    """Plan and write some records; returns how many were new, changed, as they were."""
    settings = Settings(0, actor, "sync")
    counts = {"create": 0, "update": 0, "unchanged": 0}
    for kind in ("person", "committee", "bill", "vote", "hearing"):
        work: Any = people if kind in ("person", "committee") else importing
        lines = [Line(number, record) for number, record in enumerate(records) if record["t"] == kind]
        if not lines:
            continue
        work.plan(kind, lines, settings)
        writing = [line for line in lines if line.action in ("create", "update")]
        if writing:
            work.write(kind, writing, settings, change)
        if kind == "bill":
            importing.keep_hashes([line for line in lines if line.action == "unchanged"], change)
        for line in lines:
            counts[line.action if line.action in counts else "unchanged"] += 1
    return counts
