"""The neutral records that every format becomes: plain dicts that fit JSON, so that a plan can keep them.

A bill:  {"t": "bill", "source", "state", "session": {identifier, name, legiscan_id, starts, ends, assumed,
          over (where told)},
          "identifier", "title", "description", "chamber", "kind", "subjects", "url", "legiscan_id", "ocd_id",
          "change_hash", "as_of" (where told), "progress": [[date, event]], "actions": [[date, position,
          chamber, text, [classes]]],
          "sponsors": [[name, role, committee, reference]], "documents": [{…}], "votes": [{…, "ballots":
          [[reference, name, option]]}], "relations": [[identifier, session, kind]], "hearings": [{…}]}
A person: {"t": "person", "source", "name", "given", "family", "email", "ocd_id", "legiscan_id",
          "terms": [[state, chamber, district, party, starts, ends]],
          "offices": [[kind, address, voice, fax]], "links": [url]}
A committee: {"t": "committee", "state", "chamber", "name", "kind", "parent", "ocd_id", "meets", "url",
          "members": [[name, role, reference]]}

A section that its source did not send at all is None: nothing follows from that. References to people are
`ls:<people_id>` or `ocd-person/<uuid>`.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Record = dict[str, Any]
_IDENTIFIER: Final = re.compile(r"^\s*([A-Za-z][A-Za-z .]*?)\s*0*(\d+|[A-Z]{1,2})\s*([A-Z]?)\s*$")
_DATE: Final = re.compile(r"^(\d{4})-(\d{2})-(\d{2})")
_YEARS: Final = re.compile(r"((?:19|20)\d\d)(?:[-–/ ]?((?:19|20)\d\d))?")
_KINDS: Final = (
    ("concurrent resolution", re.compile(r"^[HSA]?CR\b|concurrent", re.IGNORECASE)),
    ("joint resolution", re.compile(r"^[HSA]?JR\b|joint resolution", re.IGNORECASE)),
    ("joint memorial", re.compile(r"^[HSA]?JM\b|joint memorial", re.IGNORECASE)),
    ("memorial", re.compile(r"^[HSA]M\b|memorial", re.IGNORECASE)),
    ("resolution", re.compile(r"^([HSA]|[HS]E|AS|A)?R\b|resolution", re.IGNORECASE)),
)
CHAMBERS: Final = {
    "h": "lower",
    "house": "lower",
    "a": "lower",
    "assembly": "lower",
    "lower": "lower",
    "rep": "lower",
    "s": "upper",
    "senate": "upper",
    "upper": "upper",
    "sen": "upper",
    "c": "legislature",
    "l": "legislature",
    "legislature": "legislature",
    "j": "joint",
    "joint": "joint",
    "executive": "executive",
    "governor": "executive",
    "council": "legislature",
}


def session_key(name: str) -> str:
    """The name of a session as it is compared: `20252026` and `2025/2026` are `2025-2026`."""
    found = _YEARS.fullmatch(name.strip())
    return "-".join(filter(None, found.groups())) if found else name.strip().lower()


def identifier(text: str) -> str:
    """A bill's number as we keep it: `hb0012` → `HB 12`; Michigan's `HJRR` (a letter for a number) stays told
    apart from its kind as `HJR R`."""
    text = " ".join(str(text or "").split()).upper()
    found = re.fullmatch(r"([A-Z]+?)(?:\s+|(?<=R))([A-Z]{1,2})", text)
    if found and found[1] in {"HJR", "SJR", "HCR", "SCR", "HR", "SR"}:
        return f"{found[1]} {found[2]}"
    if found := re.fullmatch(r"([A-Z][A-Z. ]*?)[\s-]*0*(\d+)\s*([A-Z]{0,2})", text):
        return f"{found[1].replace('.', '').strip()} {found[2]}{found[3]}"
    return text


def sort_key(state: str, number: str) -> str:
    """Orders a list by state, kind and number: `mi hb 00004001`."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(8), f"{state} {number}".lower())


def kind_of(number: str, classification: Iterable[str] = ()) -> str:
    """bill, resolution, joint resolution, concurrent resolution, memorial …"""
    named = next((each for each in classification if each), "")
    if named:
        return named[:24]
    for name, pattern in _KINDS:
        if pattern.search(number):
            return name
    return "bill"


def chamber_of(text: Any) -> str:
    """upper, lower, legislature, joint, executive, or empty."""
    return CHAMBERS.get(str(text or "").strip().lower(), "")


def chamber_by_number(number: str, *, unicameral: bool) -> str:
    if unicameral:
        return "legislature"
    return {"H": "lower", "A": "lower", "S": "upper"}.get(number[:1], "lower")


def day_or_none(value: Any) -> str | None:
    """The day of a date or a moment; None for nothing and for what is none (`0000-00-00`)."""
    found = _DATE.match(str(value or ""))
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def moment_or_none(value: Any, zone: str) -> str | None:
    """A moment in ISO with its zone; one without is taken as of the place."""
    try:
        found = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    if found.tzinfo is None:
        try:
            found = found.replace(tzinfo=ZoneInfo(zone or "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            found = found.replace(tzinfo=ZoneInfo("UTC"))
    return found.isoformat()


def in_utc(value: Any) -> str:
    """A moment in UTC, to be compared as text; empty for none."""
    found = moment_or_none(value, "UTC")
    return datetime.fromisoformat(found).astimezone(UTC).isoformat(timespec="seconds") if found else ""


def listed(value: Any) -> list[Any]:
    """A list, whatever it came as: a list, an object with numbers for keys, the repr of a Python list."""
    if isinstance(value, Mapping):
        return [each for each in value.values() if isinstance(each, Mapping)]
    if isinstance(value, list):
        return [each for each in value if each is not None]
    text = str(value or "").strip()
    if text.startswith("["):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return []
        return found if isinstance(found, list) else []
    return [text] if text else []


def whole(value: Any) -> int | None:
    """A number, None for what is none or larger than any that a source counts with."""
    try:
        found = int(str(value).strip()[:20])
    except (TypeError, ValueError):
        return None
    return found if abs(found) < 2**31 else None


def text_of(value: Any, most: int = 4000) -> str:
    return " ".join(str(value if value is not None else "").replace("\x00", "").split())[:most]


class Unreadable(ValueError):
    """A record that cannot be used: a code of `SENTENCES` of the importers, and what it names."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code, self.value = code, value
