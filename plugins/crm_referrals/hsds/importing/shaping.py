"""JSON that somebody sends has any shape; what has not HSDS's is left out, and said."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm_referrals.hsds import documents
from crm_referrals.hsds.importing.outcome import Outcome

LISTS: Final = frozenset(
    {
        *documents.CHILDREN,
        *documents.AGENCY_CHILDREN,
        *documents.PLACE_CHILDREN,
        "attributes",
        "locations",
        "service_at_locations",
        "services",
    }
)
"""Names under which rows stand."""
OBJECTS: Final = frozenset({"location", "organization", "program", "taxonomy_term"})
"""Names under which one row stands."""
_SINGLE: Final = (
    "id organization_id service_id location_id phone_id contact_id link_id taxonomy_term_id "
    "name alternate_name description email website url status code number type note notes "
    "legal_status year_incorporated location_type latitude longitude transportation assured_date "
    "application_process eligibility_description fees_description minimum_age maximum_age "
    "address_1 address_2 city state_province postal_code country extent extension document "
    "freq byday wkst opens_at closes_at valid_from valid_to timezone amount currency"
)
SINGLE: Final = frozenset(_SINGLE.split())
"""Names under which a text or a number stands."""
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")


def clean(value: Any) -> Any:
    """The same without what no database keeps: NUL, halves of characters, numbers that are none."""
    if isinstance(value, str):
        return _NO_TEXT.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [clean(each) for each in value]
    if isinstance(value, Mapping):
        return {clean(str(name)): clean(each) for name, each in value.items()}
    return value


def shaped(row: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """A row with rows where HSDS has rows, and single values elsewhere."""
    found: dict[str, Any] = {}
    where = str(row.get("id") or row.get("name") or "JSON")[:80]
    for name, value in row.items():
        if name in LISTS:
            found[name] = _rows(name, value, where, outcome)
        elif name in OBJECTS:
            kept = _rows(name, [value] if value is not None else [], where, outcome)
            found |= {name: kept[0]} if kept else {}
        elif name in SINGLE and isinstance(value, list | Mapping):
            _leave_out(name, where, outcome)
        else:
            found[name] = value
    return found


def _rows(name: str, value: Any, where: str, outcome: Outcome) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else [] if value is None else [value]
    rows = [each for each in given if isinstance(each, Mapping)]
    if len(rows) < len(given):
        _leave_out(name, where, outcome)
    return [shaped(each, outcome) for each in rows]


def _leave_out(name: str, where: str, outcome: Outcome) -> None:
    outcome.repaired(where, _("“%(name)s” does not hold what HSDS has there; it was left out.", name=name))
