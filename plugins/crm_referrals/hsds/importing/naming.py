"""JSON in which rows have no ids, or stand more than once: the same file gives the same rows each time."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing.nesting import id_of_name
from crm_referrals.hsds.importing.outcome import Outcome
from crm_referrals.hsds.importing.shaping import LISTS

_SERVICES = "services"


def gathered(found: Iterable[Mapping[str, Any]], outcome: Outcome) -> list[dict[str, Any]]:
    """Organizations with their services, whether the JSON lists the ones or the others."""
    agencies: dict[str, dict[str, Any]] = {}
    services: dict[str, dict[str, dict[str, Any]]] = {}
    for each in found:
        is_service = "organization" in each or "service_at_locations" in each or "status" in each
        owner = dict(each.get("organization") or {}) if is_service else dict(each)
        if is_service and not owner.get("id"):
            owner["id"] = each.get("organization_id")
        if not owner.get("id") and not owner.get("name"):
            _refuse(each, outcome, is_service=is_service)
            continue
        given = [each] if is_service else owner.get(_SERVICES) or []
        uid = _named(owner, id_of_name(owner), outcome)
        _join(agencies, uid, {name: value for name, value in owner.items() if name != _SERVICES}, outcome)
        for row in given:
            service = {**row, "organization_id": uid}
            own = _named(service, id_of_name(service), outcome)
            _join(services.setdefault(uid, {}), own, service, outcome)
    for uid, agency in agencies.items():
        agency[_SERVICES] = list(services.get(uid, {}).values())
        _name_places(uid, agency, outcome)
    return list(agencies.values())


def _refuse(row: Mapping[str, Any], outcome: Outcome, *, is_service: bool) -> None:
    sentence = (
        _("The service names no organization that is there.")
        if is_service
        else _("The organization has no name.")
    )
    outcome.rejected(str(row.get("name") or row.get("id") or "JSON")[:80], sentence)


def _named(row: dict[str, Any], made: str, outcome: Outcome) -> str:
    """The id of a row, which it gets where it has none."""
    if row.get("id") in (None, ""):
        row["id"] = made
        row["_line"] = str(row.get("name") or made)[:80]
        outcome.repaired(row["_line"], _("It had no id; one was made of its name."))
    return str(row["id"])


def _join(kept: dict[str, dict[str, Any]], uid: str, row: dict[str, Any], outcome: Outcome) -> None:
    """Rows of one id are one: what the first says counts, and lists grow."""
    first = kept.setdefault(uid, row)
    if first is row:
        return
    differs = False
    for name, value in row.items():
        if name in LISTS:
            held = first.setdefault(name, [])
            held += [each for each in value if each not in held]
        elif name not in {"organization", "_line"}:
            differs |= first.setdefault(name, value) != value
    if differs:
        where = str(first.get("name") or uid)[:80]
        outcome.repaired(where, _("It stands in the file more than once; what the first row says counts."))


def _name_places(owner: str, agency: Mapping[str, Any], outcome: Outcome) -> None:
    """A place without an id is known by the organization and by what says where it is."""
    links = [link for each in agency[_SERVICES] for link in each.get("service_at_locations") or ()]
    for place in [*(agency.get("locations") or ()), *(link.get("location") for link in links)]:
        if place:
            address = (place.get("addresses") or [{}])[0]
            said = [place.get(name) for name in ("name", "latitude", "longitude")]
            said += [address.get(name) for name in ("address_1", "city", "postal_code")]
            text = "/".join(str(each or "").casefold() for each in said)
            _named(place, str(uuid5(NAMESPACE_URL, f"rollcall/location/{owner}/{text}")), outcome)
