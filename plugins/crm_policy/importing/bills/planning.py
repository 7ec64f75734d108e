"""What an import would do with each bill: which are here already, and what of them changed."""

from collections.abc import Sequence
from typing import Any

from crm.plugin_api.transfer import Line, Settings
from crm_policy.importing.bills.columns import AGE, SECTIONS, SEEN, age, hashes_of, is_older
from crm_policy.importing.bills.hearings import plan_hearings
from crm_policy.importing.bills.known import KnownBills
from crm_policy.importing.bills.votes import plan_votes
from crm_policy.reading.neutral import Record


def plan(kind: str, lines: Sequence[Line], settings: Settings) -> None:
    if kind == "bill":
        _plan_bills(lines, live=settings.run_id == 0)
    elif kind == "vote":
        plan_votes(lines)
    else:
        plan_hearings(lines)


def _plan_bills(lines: Sequence[Line], *, live: bool) -> None:
    """What a live service says is what holds now; a file may be an old one."""
    known = KnownBills([line.record for line in lines])
    for line in lines:
        found = known.of(line.record)
        if found is None:
            line.action = "create"
            continue
        line.record_id = found.id
        here = (found.hashes or {}).get(line.record["source"], {}).get(AGE, ())
        if not live and (newer := is_older(line.record, here)):
            line.action, line.reasons = "unchanged", [["older", "", newer]]
            continue
        changed = changed_sections(line.record, found)
        line.action = "update" if changed else "unchanged"
        line.changes = [_change(name, line.record, found) for name in changed]
        if found.source not in (line.record["source"], "staff"):
            line.reasons = [["other_source", "", ""]]


def left_as_here(records: Sequence[Record], made_on: str | None) -> list[Record]:
    """The bills of a service's file that stay as they are here, for here they are as new or newer. `made_on`
    is the day of the file (ISO), and its service is asked singly for whatever still differs, so in doubt ours
    stay; None where it is not, so that only what tells of later days stays."""
    known = KnownBills(records)
    return [
        record
        for record in records
        if (found := known.of(record)) is not None and _is_as_new(found, record, made_on)
    ]


def _is_as_new(found: Any, record: Record, made_on: str | None) -> bool:
    here = (found.hashes or {}).get(record["source"], {}).get(AGE, ())
    if is_older(record, here):
        return True
    if made_on is None or not found.change_hash or age(record)[1] > (*here, "", "")[1]:
        return False
    # Of the same day, and not the same: whatever was written here before the file was made is the older.
    return found.seen_at is None or found.seen_at.date().isoformat() >= made_on


def _change(name: str, record: Record, found: Any) -> list[str]:
    if name == "facts" and record["title"] != found.title:
        return ["title", found.title, record["title"]]
    if name == "facts" and record["identifier"] != found.identifier:
        return ["renumbered", found.identifier, record["identifier"]]
    value = record.get(name)
    return [name, "", str(len(value)) if isinstance(value, list) else ""]


def is_news(section: str, record: Record, found: Any) -> bool:
    """Whether people should hear of a changed section: an action that only has another place, chamber or
    class now is nothing new; where it moves the bill, that is said by itself."""
    if section != "actions":
        return True
    stored = (found.hashes or {}).get(record["source"], {})
    return bool(stored.get(SEEN) != hashes_of(record)[SEEN])


def changed_sections(record: Record, found: Any) -> list[str]:
    """What the source says differently than the last time; a section without anything says nothing."""
    stored = (found.hashes or {}).get(record["source"], {})
    told = hashes_of(record)
    named = all(record[name] in (None, getattr(found, name)) for name in ("legiscan_id", "ocd_id"))
    return [
        name
        for name in ("facts", *SECTIONS)
        if (name in told and stored.get(name) != told[name]) or (name == "facts" and not named)
    ]
