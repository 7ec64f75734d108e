"""A place in a list as text in an address: the value that the list is sorted by, and an id."""

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Float, Integer, Numeric

from crm.db import UtcDateTime


def encode_cursor(row: Mapping[str, Any]) -> str:
    """The place of a row in its list: the value it is sorted by, and its id."""
    key = row["sort_key"]
    if isinstance(key, date | datetime):
        key = key.isoformat()
    return urlsafe_b64encode(json.dumps([key, row["id"]]).encode()).decode().rstrip("=")


def decode_cursor(text: str, sort: Any) -> tuple[Any, int] | None:
    """The place in a list, or None when the text is not one (the list then begins at its start)."""
    try:
        key, identity = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        key = _key_for(sort, key)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    fits = key is not None and isinstance(identity, int) and 0 <= identity < 2**63
    return (key, identity) if fits else None


def _key_for(sort: Any, key: Any) -> Any:
    """The key as the column compares it; None for what the column cannot hold."""
    if isinstance(sort.type, DateTime | UtcDateTime):
        return datetime.fromisoformat(key).astimezone(UTC)
    if isinstance(sort.type, Date):
        return date.fromisoformat(key)
    if isinstance(sort.type, Float | Numeric):
        return key if isinstance(key, int | float) and math.isfinite(key) else None
    if isinstance(sort.type, Integer):
        return key if isinstance(key, int) and abs(key) < 2**63 else None
    return key if isinstance(key, str) and "\0" not in key else None
