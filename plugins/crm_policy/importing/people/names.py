"""How people are told apart: surnames, references of sources, hashes of what was said."""

from datetime import date
from hashlib import blake2b
from typing import Any, Final

import orjson

from crm.plugin_api.words import fold
from crm_policy.models import Legislator, Term
from crm_policy.reading.neutral import Record

SOURCE_NAMES: Final = {"openstates": "Open States", "legiscan": "LegiScan"}


def digest(value: Any) -> str:
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def family_key(text: str) -> str:
    """A surname for comparing: folded, without signs and suffixes."""
    words = "".join(letter if letter.isalnum() else " " for letter in fold(text)).split()
    return "".join(word for word in words if word not in {"jr", "sr", "ii", "iii", "iv"})


def reference_of(record: Record) -> str:
    """How a source calls somebody; who came without an id is told apart by name and seat."""
    if record["ocd_id"]:
        return str(record["ocd_id"])
    if record["legiscan_id"]:
        return f"ls:{record['legiscan_id']}"
    seat = record["terms"][-1][:3] if record["terms"] else []
    return f"named:{digest([fold(record['name']), *seat])}"


def hash_of(record: Record, found: Legislator | None = None) -> str:
    """Of what would be written. A second source only brings its number, which is compared alone."""
    if found is not None and found.source != record["source"]:
        mine = found.legiscan_id if record["source"] == "legiscan" else found.ocd_id
        theirs = record["legiscan_id"] if record["source"] == "legiscan" else record["ocd_id"]
        return found.hash if mine == theirs and not better(record, found) else "new"
    return digest({name: record[name] for name in ("name", "email", "terms", "offices", "links")})


def better(record: Record, found: Legislator) -> bool:
    """Open States knows offices and dates; what it says replaces what LegiScan's file said."""
    return record["source"] == "openstates" and found.source == "legiscan"


def overlap(term: Term, start: str | None, end: str | None) -> bool:
    begins, ends = (term.starts_on or date.min).isoformat(), (term.ends_on or date.max).isoformat()
    return begins <= (end or "9999") and (start or "0000") <= ends


def share_a_word(one: str, other: str) -> bool:
    """A part of a double surname, say; initials do not count."""
    words = [
        {word for word in fold(name).replace("-", " ").split()[1:] if len(word) > 2} for name in (one, other)
    ]
    return bool(words[0] & words[1])
