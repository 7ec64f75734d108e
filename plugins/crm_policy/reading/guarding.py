"""What no source may do to us: addresses that are none, letters that no database keeps, words too long for
where they stand."""

import re
from typing import Any, Final

import orjson

from crm_policy.reading.neutral import Record, Unreadable

LONGEST: Final = {"identifier": 40, "ocd_id": 60, "session": 100}
"""What tells one thing from another is refused when it is too long: a part of it could be another's."""
_LONGEST_DISTRICT: Final = 160
"""The ids of school districts spell out their names."""
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""What neither PostgreSQL nor a feed can hold."""


def web(text: Any, most: int = 1000) -> str:
    """The address of a web page; empty for what is none, such as `javascript:`."""
    found = str(text or "").strip()[:most]
    return found if found.lower().startswith(("https://", "http://")) else ""


def guarded(record: Record) -> Record:
    """The record as it may be kept; Unreadable for one that cannot be."""
    record = _writable(record)
    session = record.get("session")
    told = {**record, "session": session.get("identifier") if isinstance(session, dict) else ""}
    longest = {**LONGEST, "ocd_id": _LONGEST_DISTRICT} if record["t"] in ("district", "overlap") else LONGEST
    for name, most in longest.items():
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


_ESCAPED: Final = re.compile(rb"\\u00[01]|\x7f|\xef\xbf[\xbe\xbf]")
"""How those letters stand in JSON; line breaks and tabs have a short form."""


def _writable(record: Record) -> Record:
    """Without halves of letters and control letters, which JSON can spell and no text of ours can hold."""
    try:
        if not _ESCAPED.search(orjson.dumps(record)):
            return record
    except TypeError:
        pass
    cleaned: Record = _cleaned(record)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _NO_XML.sub("", value.encode("utf-8", "replace").decode())
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    return value
