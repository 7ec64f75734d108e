"""Addresses that stand in one cell are taken apart, so that a place is found by its city and ZIP code."""

import re
from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing.outcome import Outcome

_REST: Final = ("city", "state_province", "postal_code")
_WHOLE: Final = re.compile(
    r"(?:(?P<street>.+?),\s*)?(?P<city>[^,\d]+),\s*(?P<state>[A-Z]{2})(?:[,\s]+(?P<zip>\d{5})(?:-\d{4})?)?"
)
"""As people in the United States write one: street, city, state and ZIP code."""
_STATE: Final = re.compile(r"(?:State:\s*)?(?P<state>[A-Z]{2})(?:\s+(?P<zip>\d{5}))?")


def apart(row: Mapping[str, Any], where: str, outcome: Outcome) -> dict[str, Any]:
    """An address with its city, state and ZIP code where HSDS has them; as it was where any of them stands
    there already, or where one cell does not say them."""
    text = " ".join(str(row.get("address_1") or "").split())
    if not text or any(row.get(name) for name in _REST):
        return dict(row)
    found = _WHOLE.fullmatch(text) or _STATE.fullmatch(text)
    if found is None:
        return dict(row)
    said = found.groupdict()
    outcome.repaired(where, _("One cell held the whole address; it was taken apart."))
    given = {
        "address_1": said.get("street"),
        "city": said.get("city"),
        "state_province": said["state"],
        "postal_code": said["zip"],
    }
    return dict(row) | {name: (value or "").strip() for name, value in given.items()}
