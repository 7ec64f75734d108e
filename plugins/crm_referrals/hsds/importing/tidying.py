"""What cannot be used as it stands is put right, and said."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing.outcome import Outcome

NUMBERS: Final = frozenset(
    {
        "minimum_age",
        "maximum_age",
        "latitude",
        "longitude",
        "extension",
        "year_incorporated",
        "amount",
        "timezone",
        "count",
        "interval",
    }
)
MOST: Final = 2**31 - 1
"""What a column of whole numbers holds."""
MOST_OF_A_NAME: Final = 300
"""Longer ones no index of PostgreSQL holds."""
WHOLE: Final = frozenset({"minimum_age", "maximum_age", "year_incorporated"})


def tidy(row: Mapping[str, Any], where: str, outcome: Outcome) -> dict[str, Any]:
    """The same with what cannot be used put right: ids, numbers, addresses of pages and mail."""
    found = {name: value for name, value in row.items() if not name.startswith("_")}
    found["id"] = uid_of(found.get("id"), where, outcome)
    for name in NUMBERS & found.keys():
        found[name] = _number(name, found[name], where, outcome)
    if len(str(found.get("name") or "")) > MOST_OF_A_NAME:
        found["name"] = str(found["name"])[:MOST_OF_A_NAME].strip()
        outcome.repaired(where, _("Its name has more than 300 letters; the rest was left out."))
    for name in ("website", "url"):
        value = str(found.get(name) or "")
        if value and not re.match(r"https?://", value) and (" " in value or "." not in value):
            outcome.repaired(
                where, _("“%(value)s” is no address of a page; it was left out.", value=value[:80])
            )
            found[name] = ""
        elif value and not re.match(r"https?://", value):
            found[name] = f"https://{value}"
            outcome.repaired(where, _("“%(value)s” got https:// before it.", value=value))
    email = str(found.get("email") or "")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        outcome.repaired(where, _("“%(value)s” is no email address; it was left out.", value=email))
        found["email"] = ""
    return found


def uid_of(value: Any, where: str, outcome: Outcome) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError:
        outcome.repaired(where, _("“%(value)s” is no UUID; one was made of it.", value=value))
        return str(uuid5(NAMESPACE_URL, f"rollcall/{value}"))


def _number(name: str, value: Any, where: str, outcome: Outcome) -> float | int | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > MOST:
        outcome.repaired(where, _("“%(value)s” is no number; it was left out.", value=str(value)[:40]))
        return None
    return int(number) if name in WHOLE or number.is_integer() else number


def parts_of(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The lists of a row; each of their rows has an id, so that what goes out is known again."""
    found = {}
    for name in names:
        given = enumerate(row.get(name) or ())
        rows = [_child(each, row["id"], f"{name}/{number}") for number, each in given]
        if rows:
            found[name] = rows
    return found


_NOT_KEPT: Final = frozenset({"attributes", "metadata"})
"""What others noted beside a row in their own taxonomies, and their histories."""


def _child(row: Mapping[str, Any], owner: str, where: str) -> dict[str, Any]:
    """A row as it is kept: whose it is says the row that holds it."""
    found: dict[str, Any] = {
        key: value.strip() if isinstance(value, str) else value
        for key, value in row.items()
        if not key.startswith("_")
        and key not in _NOT_KEPT
        and value not in ("", None, [])
        and not (key.endswith("_id") and value == owner)
    }
    found.setdefault("id", str(uuid5(NAMESPACE_URL, f"rollcall/{owner}/{where}")))
    for key in NUMBERS & found.keys():
        found[key] = _number(key, found[key], "", Outcome())
    for name in ("languages", "phones"):
        if isinstance(found.get(name), list):
            found[name] = [_child(each, str(found["id"]), name) for each in found[name]]
    return found
