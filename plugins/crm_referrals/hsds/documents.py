"""Services and organizations as HSDS 3.1 writes them in JSON (`schema/compiled` of the specification).

What is confidential never gets here: addresses of shelters, and the contacts of an agency, who are people.
Capacity is not part of the 3.1 schemas that validators use; it goes out with the files.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crm_referrals.hsds import conforming
from crm_referrals.models import Agency, Location, Placing, Service
from crm_referrals.words import CATEGORIES, TAXONOMY_ID, TAXONOMY_NAME, TERM_IDS, term_id

CHILDREN = (
    "phones",
    "schedules",
    "service_areas",
    "languages",
    "cost_options",
    "required_documents",
    "funding",
)
AGENCY_CHILDREN = ("phones", "funding", "organization_identifiers", "programs")
PLACE_CHILDREN = ("phones", "schedules", "languages", "accessibility", "addresses")
PRIVATE = frozenset({"contacts", "contact_id", "assurer_email"})
"""What names a person; it is taken out wherever it stands."""


def without_people(value: Any) -> Any:
    """The same without contacts, and without telephones that belong to one."""
    if isinstance(value, Mapping):
        return {name: without_people(each) for name, each in value.items() if name not in PRIVATE}
    if isinstance(value, list):
        return [
            without_people(each)
            for each in value
            if not (isinstance(each, Mapping) and each.get("contact_id"))
        ]
    return value


def _filled(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is unknown: the schemas allow no null."""
    return {name: value for name, value in pairs.items() if value not in (None, "", [], {})}


def _children(parts: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    found = {name: conforming.rows(name, without_people(parts[name])) for name in names if parts.get(name)}
    return _filled(found)


def organization(agency: Agency) -> dict[str, Any]:
    """One-to-one fields of an organization."""
    return _filled(
        {
            "id": agency.uid,
            "name": agency.name,
            "alternate_name": agency.alternate_name,
            "email": agency.email,
            "website": agency.website,
            "legal_status": agency.legal_status,
            "year_incorporated": agency.year_incorporated,
        }
    ) | {"description": agency.description or agency.name}


def organization_full(
    agency: Agency, services: Sequence[Mapping[str, Any]], places: Sequence[Location]
) -> dict[str, Any]:
    """An organization with all that belongs to it; `services` as `service` or `service_full` wrote them."""
    found = organization(agency) | _children(agency.parts, AGENCY_CHILDREN)
    return found | _filled(
        {
            "services": [{name: each[name] for name in each if name != "organization"} for each in services],
            "locations": [location(each, agency) for each in places],
        }
    )


def service(row: Service, agency: Agency) -> dict[str, Any]:
    """One-to-one fields of a service."""
    return _filled(
        {
            "id": row.uid,
            "organization_id": agency.uid,
            "name": row.name,
            "alternate_name": row.alternate_name,
            "description": row.description,
            "url": row.url,
            "email": row.email,
            "status": row.status,
            "application_process": row.application_process,
            "eligibility_description": row.eligibility_description,
            "fees_description": row.fees_description,
            "minimum_age": row.minimum_age,
            "maximum_age": row.maximum_age,
            "assured_date": row.assured_on.isoformat() if row.assured_on else "",
            "last_modified": row.updated_at.isoformat(),
        }
    )


def location(row: Location, agency: Agency | None = None) -> dict[str, Any]:
    """A place that is nobody's secret, and whose it is."""
    found = _filled(
        {
            "id": row.uid,
            "organization_id": agency.uid if agency is not None else "",
            "location_type": row.kind,
            "name": row.name,
            "description": row.description,
            "transportation": row.transportation,
            "url": row.url,
            "latitude": row.latitude,
            "longitude": row.longitude,
        }
    ) | _children(row.parts, PLACE_CHILDREN)
    if "addresses" not in found:
        said = {
            "id": row.uid,
            "address_1": row.address,
            "city": row.city,
            "state_province": row.state,
            "postal_code": row.postal_code,
            "address_type": row.kind,
        }
        found |= _filled({"addresses": conforming.rows("addresses", [said])})
    return found


def at_location(
    row: Service, agency: Agency, placing: Placing, place: Location, *, full: bool
) -> dict[str, Any]:
    """A service at one place; in lists without what has rows of its own."""
    where = location(place, agency)
    if not full:
        where = {name: value for name, value in where.items() if not isinstance(value, list)}
    return _filled(
        {
            "id": placing.uid,
            "service_id": row.uid,
            "location_id": place.uid,
            "description": placing.description,
            "location": where,
            "service": service(row, agency) | {"organization": organization(agency)},
        }
    )


def attribute(row: Service, term: str) -> dict[str, Any]:
    """That a service meets a kind of need."""
    return {
        "id": term_id(f"{row.uid}/{term}"),
        "link_id": row.uid,
        "link_entity": "service",
        "taxonomy_term_id": TERM_IDS[term],
        "taxonomy_term": taxonomy_term(term),
    }


def taxonomy() -> dict[str, Any]:
    return {
        "id": TAXONOMY_ID,
        "name": TAXONOMY_NAME,
        "description": "What stands between students and school.",
        "version": "1",
    }


def taxonomy_term(code: str) -> dict[str, Any]:
    """Terms are in English, whoever asks."""
    text = CATEGORIES[code]
    label = text._args[0] if hasattr(text, "_args") else str(text)
    return {
        "id": TERM_IDS[code],
        "code": code,
        "name": str(label),
        "description": str(label),
        "taxonomy": TAXONOMY_NAME,
        "taxonomy_id": TAXONOMY_ID,
    }


def _said_here(row: Service) -> dict[str, Any]:
    """Areas and languages that were typed here, where no file brought them in."""
    areas, spoken = (
        [each for each in codes.split(",") if each] for codes in (row.area_codes, row.language_codes)
    )
    return _filled(
        {
            "service_areas": [{"id": term_id(f"{row.uid}/area/{each}"), "name": each} for each in areas],
            "languages": [{"id": term_id(f"{row.uid}/language/{each}"), "code": each} for each in spoken],
        }
    )


def rows_of(row: Agency | Location | Service) -> dict[str, Any]:
    """The lists that go out with a row, whether a file brought them in or somebody typed them here."""
    if isinstance(row, Agency):
        return _children(row.parts, AGENCY_CHILDREN)
    if isinstance(row, Location):
        found = location(row)
        return {name: found[name] for name in PLACE_CHILDREN if name in found}
    return _said_here(row) | _children(row.parts, CHILDREN)


def service_full(
    row: Service, agency: Agency, terms: Sequence[str], places: Sequence[tuple[Placing, Location]]
) -> dict[str, Any]:
    """A service with all that belongs to it."""
    return (
        service(row, agency)
        | _said_here(row)
        | _children(row.parts, CHILDREN)
        | _filled(
            {
                "organization": organization(agency),
                "attributes": [attribute(row, term) for term in terms],
                "service_at_locations": [
                    {
                        "id": placing.uid,
                        "service_id": row.uid,
                        "location_id": place.uid,
                        "location": location(place, agency),
                    }
                    for placing, place in places
                    if not place.is_confidential
                ],
            }
        )
    )
