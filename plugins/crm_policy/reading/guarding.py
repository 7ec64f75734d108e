"""What no source may do to us: addresses that are none, letters that no database keeps, words too long for
where they stand."""

from typing import Any, Final

import orjson

from crm_policy.reading.neutral import Record, Unreadable

LONGEST: Final = {"identifier": 40, "ocd_id": 60, "session": 100}
"""What tells one thing from another is refused when it is too long: a part of it could be another's."""
OF_PLACES: Final = {"ocd_id": 160}
"""The ids of districts hold the names of their places."""


def web(text: Any, most: int = 1000) -> str:
    """The address of a web page; empty for what is none, such as `javascript:`."""
    found = str(text or "").strip()[:most]
    return found if found.lower().startswith(("https://", "http://")) else ""


def guarded(record: Record) -> Record:
    """The record as it may be kept; Unreadable for one that cannot be."""
    record = _writable(record)
    session = record.get("session")
    told = {**record, "session": session.get("identifier") if isinstance(session, dict) else ""}
    limits = OF_PLACES if record["t"] in ("district", "overlap") else LONGEST
    for name, most in limits.items():
        if len(str(told.get(name) or "")) > most:
            raise Unreadable("too_long", str(told[name])[:60])
    _with_addresses(record)
    return _fitting(record)


def _with_addresses(record: Record) -> None:
    if "url" in record:
        record["url"] = web(record["url"])
    for part in ("documents", "hearings"):
        for each in record.get(part) or ():
            if "url" in each:
                each["url"] = web(each["url"])
    if record.get("links"):
        record["links"] = [each for each in map(web, record["links"]) if each]


def _fitting(record: Record) -> Record:
    """Seats and roles cut to what is kept of them."""
    if record["t"] == "person":
        record["terms"] = [
            [state, chamber, str(district)[:60], str(party)[:60], *rest]
            for state, chamber, district, party, *rest in record["terms"]
        ]
    elif record["t"] == "committee":
        record["kind"] = str(record.get("kind") or "")[:20]
        record["members"] = [[name, str(role)[:60], who] for name, role, who in record["members"] or ()]
    return record


def _writable(record: Record) -> Record:
    """Without halves of letters and zero bytes, which JSON can spell and no text of ours can hold."""
    try:
        if b"\\u0000" not in orjson.dumps(record):
            return record
    except TypeError:
        pass
    cleaned: Record = _cleaned(record)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "")
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    return value
