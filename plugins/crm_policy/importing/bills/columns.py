"""What is written of a bill and of each of its parts, and the hashes that tell a change."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import orjson

from crm.plugin_api.words import day_here
from crm_policy.models import (
    Action,
    Ballot,
    Document,
    Relation,
    Sponsor,
    Vote,
)
from crm_policy.reading.neutral import Record

SECTIONS: Final = ("actions", "sponsors", "documents", "votes", "relations", "hearings")
FACTS: Final = ("identifier", "title", "description", "chamber", "kind", "subjects", "url", "progress")
BILL_COLUMNS: Final = (
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
COLUMNS: Final[Mapping[Any, tuple[str, ...]]] = {
    Action: ("bill_id", "acted_on", "position", "chamber", "text", "classes", "source"),
    Sponsor: (
        "bill_id",
        "legislator_id",
        "name",
        "name_key",
        "role",
        "committee",
        "reference",
        "source",
        "namesake",
    ),
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


SEEN: Final = "seen"
"""Of the actions a second hash, of what people read of them."""


AGE: Final = "age"
"""And of the whole how new it was."""


def age(record: Record) -> tuple[str, str]:
    """How new what is told of a bill is: when its source last changed it, where that says so, and the last
    day of which it tells. Days to come (`Effective July 1, 2031`) say nothing of that."""
    if record["t"] != "bill":
        return "", ""
    days = [*(row[0] for row in record["actions"] or ()), *(row[0] for row in record["progress"])]
    today = day_here().isoformat()
    return record.get("as_of") or "", max((day for day in days if day <= today), default="")


def is_older(record: Record, stored: Sequence[str]) -> str:
    """Until when tells what is here, where that is newer than a record of the same source; else nothing."""
    mine, here = age(record), (*stored, "", "")[:2]
    place = 0 if mine[0] and here[0] else 1
    return here[place][:10] if mine[place] and mine[place] < here[place] else ""


def hashes_of(record: Record) -> dict[str, Any]:
    """A hash of each section that came with something in it. Of actions their order counts, not the numbers
    that it is told by: those shift whenever a source counts anew."""
    found: dict[str, Any] = {"facts": short_hash([record[name] for name in FACTS])}
    found.update({name: short_hash(record[name]) for name in SECTIONS if record[name]})
    found[AGE] = list(age(record))
    if record["actions"]:
        rows = sorted(record["actions"], key=lambda row: (row[0], row[1]))
        found["actions"] = short_hash([[row[0], place, *row[2:]] for place, row in enumerate(rows)])
        found[SEEN] = short_hash([[row[0], row[3]] for row in rows])
    return found
