"""Rows beside services, places and organizations as the published schemas have them.

What comes in from vendors is kept as it is; what goes out has the fields of HSDS 3.1 and no others, each of
its type, and those that must be there (`schema/compiled` of the specification).
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

_OWNERS: Final = "service_id location_id organization_id service_at_location_id phone_id"
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TEXTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "phones": f"{_OWNERS} number type description",
        "schedules": f"{_OWNERS} valid_from valid_to dtstart until wkst freq byday byweekno bymonthday "
        "byyearday description opens_at closes_at schedule_link attending_type notes",
        "service_areas": "service_id name description extent extent_type uri",
        "languages": "service_id location_id phone_id name code note",
        "cost_options": "service_id valid_from valid_to option currency amount_description",
        "required_documents": "service_id document uri",
        "funding": "organization_id service_id source",
        "organization_identifiers": "organization_id identifier_scheme identifier_type identifier",
        "programs": "organization_id name alternate_name description",
        "accessibility": "location_id description details url",
        "addresses": "location_id attention address_1 address_2 city region state_province postal_code "
        "country address_type",
    }.items()
}
_NUMBERS: Final = {
    "phones": frozenset({"extension"}),
    "schedules": frozenset({"timezone", "count", "interval"}),
    "cost_options": frozenset({"amount"}),
}
_CHOICES: Final = {
    "wkst": _DAYS,
    "freq": ("WEEKLY", "MONTHLY"),
    "address_type": ("physical", "postal", "virtual"),
}
_PAGES: Final = {
    "schedules": ("schedule_link",),
    "required_documents": ("uri",),
    "accessibility": ("url",),
}
_REQUIRED: Final = {
    "phones": ("number",),
    "organization_identifiers": ("identifier_type", "identifier"),
    "programs": ("name",),
}
_OF_ADDRESS: Final = ("address_1", "city", "state_province", "postal_code")


def rows(name: str, given: list[Any]) -> list[dict[str, Any]]:
    """The rows of a list, by the list's name; what cannot be made to conform is left out."""
    return [found for each in given if isinstance(each, Mapping) and (found := _row(name, each))]


def _row(name: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {"id": _uid(given.get("id")) or _made_up(given)}
    found |= {key: str(given[key]) for key in given if key in _TEXTS[name] and _says(name, key, given[key])}
    numbers = _NUMBERS.get(name, frozenset()) & given.keys()
    found |= {key: given[key] for key in numbers if type(given[key]) in (int, float)}
    if name == "phones" and (spoken := rows("languages", given.get("languages") or [])):
        found["languages"] = spoken
    if name == "programs":
        found.setdefault("description", found.get("name", ""))
    if name == "addresses":
        return _address(found)
    return None if any(not found.get(key) for key in _REQUIRED.get(name, ())) else found


def _address(found: dict[str, Any]) -> dict[str, Any] | None:
    """An address must say all of itself; what a vendor did not say is empty."""
    if not any(found.get(key) for key in _OF_ADDRESS):
        return None
    said = {key: found.get(key, "") for key in _OF_ADDRESS}
    whole = {"id": found["id"]} | said | {"country": "US", "address_type": "physical"}
    return whole | found


def _says(name: str, key: str, value: Any) -> bool:
    """Whether a field may hold this text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return False
    if key.endswith("_id"):
        return _uid(value) == value
    if key in _PAGES.get(name, ()):
        return bool(re.fullmatch(r"https?://\S+", str(value)))
    return key not in _CHOICES or value in _CHOICES[key]


def _uid(value: Any) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError:
        return ""


def _made_up(row: Mapping[str, Any]) -> str:
    """An id for a row whose own is none: the same each time."""
    return str(uuid5(NAMESPACE_URL, f"rollcall/{row.get('id') or sorted(map(str, row.items()))}"))
