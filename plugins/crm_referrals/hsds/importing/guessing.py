"""What the columns of a vendor's files mean, by their names; whoever imports sees what was understood."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

Columns = dict[str, dict[str, str]]
"""File name → column → `entity.field` of HSDS."""
OWNERS: Final = {
    "organization": ("organization", "organisation", "agency", "provider", "partner", "org"),
    "service": ("service", "program", "programme", "resource"),
    "location": ("location", "site", "place", "branch"),
}
"""What people call the three things that a directory is made of."""
FIELDS: Final = {
    "organization": {
        "id": "id", "uuid": "id", "uid": "id", "name": "name", "title": "name", "description": "description",
        "about": "description", "email": "email", "website": "website", "url": "website", "web": "website",
        "legal_status": "legal_status", "year_incorporated": "year_incorporated",
        "alternate_name": "alternate_name", "aka": "alternate_name",
    },
    "service": {
        "id": "id", "uuid": "id", "uid": "id", "name": "name", "title": "name", "description": "description",
        "email": "email", "url": "url", "website": "url", "status": "status",
        "alternate_name": "alternate_name", "minimum_age": "minimum_age", "min_age": "minimum_age",
        "age_from": "minimum_age", "maximum_age": "maximum_age", "max_age": "maximum_age",
        "age_to": "maximum_age", "fees": "fees_description", "fee": "fees_description",
        "cost": "fees_description", "fees_description": "fees_description",
        "eligibility": "eligibility_description", "eligibility_description": "eligibility_description",
        "application_process": "application_process", "how_to_apply": "application_process",
        "organization_id": "organization_id", "organization_uuid": "organization_id",
        "category": "terms", "categories": "terms", "taxonomy": "terms", "taxonomy_term": "terms",
        "taxonomy_terms": "terms", "taxonomy_name": "terms", "need": "terms", "needs": "terms",
        "kind_of_need": "terms", "kinds_of_need": "terms", "topic": "terms", "topics": "terms",
        "tags": "terms", "keywords": "terms", "types": "terms", "service_type": "terms",
        "problem_code": "legal_problems", "problem_codes": "legal_problems",
        "legal_problem_codes": "legal_problems", "legal_problems": "legal_problems",
    },
    "location": {
        "id": "id", "uuid": "id", "uid": "id", "name": "name", "description": "description", "url": "url",
        "latitude": "latitude", "lat": "latitude", "longitude": "longitude", "lon": "longitude",
        "lng": "longitude", "transportation": "transportation", "organization_id": "organization_id",
        "organization_uuid": "organization_id",
    },
}  # fmt: skip
BESIDE: Final = {
    "address": "address.address_1", "street": "address.address_1", "address_1": "address.address_1",
    "street_address": "address.address_1", "address_line_1": "address.address_1", "city": "address.city",
    "town": "address.city", "state": "address.state_province", "state_province": "address.state_province",
    "region": "address.state_province", "zip": "address.postal_code", "zip_code": "address.postal_code",
    "zipcode": "address.postal_code", "postal_code": "address.postal_code", "postcode": "address.postal_code",
    "phone": "phone.number", "phones": "phone.number", "telephone": "phone.number",
    "phone_number": "phone.number", "service_area": "service_area.name", "service_areas": "service_area.name",
    "area_served": "service_area.name", "areas_served": "service_area.name", "area": "service_area.name",
    "language": "language.name", "languages": "language.name", "languages_spoken": "language.name",
    "hours": "schedule.description", "opening_hours": "schedule.description",
    "hours_of_operation": "schedule.description", "documents": "required_document.document",
    "required_documents": "required_document.document", "what_to_bring": "required_document.document",
    "lat": "location.latitude", "latitude": "location.latitude", "lon": "location.longitude",
    "lng": "location.longitude", "longitude": "location.longitude",
}  # fmt: skip
"""Columns that mean the same in whatever file they stand."""


def is_own(header: Iterable[str]) -> bool:
    """Whether these are HSDS's own columns."""
    return {"id", "name"} <= set(header)


def guess(headers: Mapping[str, Iterable[str]]) -> Columns:
    """The mapping of files with these columns; a column that means nothing here is not in it. Where an
    organization has a file of its own, the others only say which one is meant."""
    of_file = {name: _owner_of(name.rsplit(".", 1)[0]) for name in headers}
    alone = "organization" in of_file.values()
    found: Columns = {}
    for name, header in headers.items():
        entity = of_file[name] or "service"
        targets: dict[str, str] = {}
        for column in header:
            target = _target(column, entity, names_owner=not alone or entity == "organization")
            if target and (target == "service.terms" or target not in targets.values()):
                targets[column] = target
        found[name] = targets
    return {name: targets for name, targets in found.items() if targets}


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")


def _owner_of(text: str) -> str:
    """Which of the three a word speaks of; empty for none."""
    words = [each.removesuffix("s") for each in _plain(text).split("_")]
    for entity, names in OWNERS.items():
        if set(names) & {*words, *(f"{each[:-2]}y" for each in words if each.endswith("ie"))}:
            return entity
    return ""


def _target(column: str, entity: str, *, names_owner: bool) -> str:
    plain = _plain(column)
    for owner, names in OWNERS.items():
        prefix = next((each for each in names if plain.startswith(f"{each}_")), "")
        rest = plain.removeprefix(f"{prefix}_")
        if prefix and rest in FIELDS[owner]:
            if owner == "organization" and entity != "organization" and not names_owner:
                return f"{entity}.organization_id" if FIELDS[owner][rest] == "id" else ""
            return f"{owner}.{FIELDS[owner][rest]}"
        if prefix and rest in BESIDE:
            return BESIDE[rest]
        if plain in names:
            return f"{owner}.name"
    if plain in BESIDE:
        return BESIDE[plain]
    return f"{entity}.{FIELDS[entity][plain]}" if plain in FIELDS[entity] else ""
