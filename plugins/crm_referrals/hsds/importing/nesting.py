"""HSDS's tables as its nested JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext
from crm_referrals.hsds.importing.kinds import LEGAL_PROBLEMS, TERMS
from crm_referrals.hsds.importing.outcome import Outcome, Tables


def nest(tables: Tables, outcome: Outcome) -> list[dict[str, Any]]:
    """HSDS's tables as HSDS's nested JSON."""
    agencies = {str(each["id"]): each for each in _merged(tables.get("organization", ()), outcome)}
    places = {str(each["id"]): each for each in _merged(tables.get("location", ()), outcome)}
    services = {str(each["id"]): each for each in _merged(tables.get("service", ()), outcome)}
    _hang(tables, agencies, places, services, outcome)
    _place(tables, agencies, places, services, outcome)
    for uid, each in services.items():
        owner = agencies.get(str(each.get("organization_id", "")))
        if owner is None:
            outcome.rejected(each.get("_line", uid), _("The service names no organization that is there."))
        else:
            owner.setdefault("services", []).append(each)
    return list(agencies.values())


def _place(tables: Tables, agencies: Any, places: Any, services: Any, outcome: Outcome) -> None:
    """Places go to the services that are given there, and to the organizations that they name."""
    placed = set[str]()
    for link in tables.get("service_at_location", ()):
        if link.get("service_id") in services and link.get("location_id") in places:
            held = services[link["service_id"]].setdefault("service_at_locations", [])
            held.append({**link, "location": places[link["location_id"]]})
            placed.add(link["location_id"])
        else:
            outcome.rejected(
                _where(link), _("It names a service or a place that is not in the file, so it was left out.")
            )
    for uid, place in places.items():
        if place.get("organization_id") in agencies:
            agencies[place["organization_id"]].setdefault("locations", []).append({**place, "id": uid})
        elif uid not in placed:
            outcome.rejected(
                _where(place),
                _("No organization and no service of the file is at this place; it was left out."),
            )


def _where(row: Mapping[str, Any]) -> str:
    return str(row.get("_line") or row.get("id") or row.get("name") or "?")


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, wherever it stood."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _mark(row: Mapping[str, Any]) -> str:
    """The same for rows that say the same."""
    return json.dumps(_said(row), sort_keys=True, default=str)


def id_of_name(row: Mapping[str, Any]) -> str:
    """The id of a row that has none: the same for the same name under the same organization."""
    return str(uuid5(NAMESPACE_URL, f"rollcall/{row.get('organization_id', '')}/{row.get('name', '')}"))


def _merged(rows: Iterable[dict[str, Any]], outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Rows of one id are one; the first to say something is right."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row.get("id"):
            row["id"] = id_of_name(row)
            outcome.repaired(row.get("_line", row["id"]), _("It had no id; one was made of its name."))
        kept, differs = found.setdefault(str(row["id"]), {}), False
        for name, value in row.items():
            if name in (TERMS, LEGAL_PROBLEMS) and kept.get(name, value) != value:
                kept[name] = f"{kept[name]};{value}"  # A service stands once for each of its kinds.
            first = kept.setdefault(name, value)
            # Two organizations may give services in one house.
            differs |= first != value and name not in {TERMS, LEGAL_PROBLEMS, "_line", "organization_id"}
        if differs:
            sentence = _("It stands in the file more than once; what the first row says counts.")
            outcome.repaired(_where(row), sentence)
    yield from found.values()


_LOST: Final = lazy_gettext("What it belongs to is not in the file, so it was left out.")


def _hang(tables: Tables, agencies: Any, places: Any, services: Any, outcome: Outcome) -> None:
    """Children go where their foreign keys say; a language may be that of a telephone."""
    phones = {row["id"]: row for row in tables.get("phone", ()) if row.get("id")}
    said: dict[int, set[str]] = {}
    for entity, listed in (
        ("phone", "phones"),
        ("schedule", "schedules"),
        ("language", "languages"),
        ("funding", "funding"),
        ("address", "addresses"),
        ("accessibility", "accessibility"),
        ("service_area", "service_areas"),
        ("cost_option", "cost_options"),
        ("required_document", "required_documents"),
        ("program", "programs"),
        ("organization_identifier", "organization_identifiers"),
    ):
        for row in tables.get(entity, ()):
            for key, owners in (
                ("phone_id", phones),
                ("service_id", services),
                ("location_id", places),
                ("organization_id", agencies),
            ):
                if row.get(key) in owners:
                    held = owners[row[key]].setdefault(listed, [])
                    if id(held) not in said:
                        said[id(held)] = {_mark(each) for each in held}
                    if (mark := _mark(row)) not in said[id(held)]:
                        said[id(held)].add(mark)
                        held.append(row)
                    break
            else:
                outcome.rejected(_where(row), str(_LOST))
    _hang_attributes(tables, services, outcome)


def _hang_attributes(tables: Tables, services: Any, outcome: Outcome) -> None:
    """What kinds of service they are, each with its word."""
    terms = {row["id"]: row for row in tables.get("taxonomy_term", ()) if row.get("id")}
    for row in tables.get("attribute", ()):
        if row.get("taxonomy_term_id") in terms:
            row["taxonomy_term"] = terms[row["taxonomy_term_id"]]
        if row.get("link_id") in services:
            services[row["link_id"]].setdefault("attributes", []).append(row)
        else:
            outcome.rejected(_where(row), str(_LOST))
