"""The HSDS data package: one CSV for each table, and the description of them, in a zip."""

import csv
import io
import json
import zipfile
from typing import Any, Final

from crm_referrals.hsds import documents, reading
from crm_referrals.hsds.importing import ENTITIES
from crm_referrals.models import Agency
from crm_referrals.services import finding
from crm_referrals.words import term_id

_NESTED: Final = {
    "phones": "phone",
    "schedules": "schedule",
    "service_areas": "service_area",
    "languages": "language",
    "cost_options": "cost_option",
    "required_documents": "required_document",
    "funding": "funding",
    "addresses": "address",
    "accessibility": "accessibility",
    "attributes": "attribute",
    "programs": "program",
    "organization_identifiers": "organization_identifier",
    "service_at_locations": "service_at_location",
    "location": "location",
    "locations": "location",
}
_OWNERS: Final = {
    "phone": "phone_id",
    "service": "service_id",
    "location": "location_id",
    "organization": "organization_id",
}


def tables() -> dict[str, list[dict[str, Any]]]:
    """All that is public as HSDS's tables."""
    from crm.plugin_api import db

    found: dict[str, list[dict[str, Any]]] = {}
    agencies = db.session().scalars(reading.organizations().order_by(Agency.uid)).all()
    places = reading.places_of_agencies([each.id for each in agencies])
    for agency in agencies:
        whole = documents.organization_full(agency, (), places.get(agency.id, ()))
        _flatten(whole, "organization", None, found)
    for service in reading.everything():
        _flatten(service, "service", None, found)
    _capacities(found)
    return found


def _flatten(row: dict[str, Any], entity: str, owner: tuple[str, str] | None, found: dict[str, Any]) -> None:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name in _NESTED and isinstance(value, dict | list):
            for each in value if isinstance(value, list) else [value]:
                _flatten(each, _NESTED[name], (entity, row["id"]), found)
        elif not isinstance(value, dict | list):
            flat[name] = value
    if owner is not None and entity != "attribute" and owner[0] in _OWNERS:
        flat.setdefault(_OWNERS[owner[0]], owner[1])
    rows = found.setdefault(entity, [])
    if flat not in rows:
        rows.append(flat)


def _capacities(found: dict[str, list[dict[str, Any]]]) -> None:
    """How full services are; what is too old is left out."""
    from crm.plugin_api import db

    rows = db.session().execute(reading.services()).all()
    ids = {row[0].id: row[0].uid for row in rows}
    unit = term_id("unit/place")
    for service_id, said in finding.capacities_of(list(ids)).items():
        if finding.state_of(said) == "unknown":
            continue
        found.setdefault("unit", [{"id": unit, "name": "place"}])
        available = said.available if said.available is not None else int(said.state == "open")
        found.setdefault("service_capacity", []).append(
            {
                "id": term_id(f"capacity/{said.id}"),
                "service_id": ids[service_id],
                "unit_id": unit,
                "available": available,
                "description": said.state,
                "updated": said.said_at.date().isoformat(),
            }
        )


def package() -> bytes:
    """The zip."""
    out = io.BytesIO()
    resources = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entity, rows in sorted(tables().items()):
            name = ENTITIES.get(entity, (f"{entity}.csv",))[0]
            columns = list(dict.fromkeys(key for row in rows for key in row))
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, columns)
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(zipfile.ZipInfo(name), text.getvalue())
            fields = [{"name": column, "type": "string"} for column in columns]
            resources.append({"name": entity, "path": name, "schema": {"fields": fields, "primaryKey": "id"}})
        described = {"name": "human_services_data", "title": "HSDS 3.1", "resources": resources}
        archive.writestr(zipfile.ZipInfo("datapackage.json"), json.dumps(described, indent=1))
    return out.getvalue()
