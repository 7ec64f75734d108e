"""Files as HSDS's tables: a folder or zip of CSV, JSON, or a vendor's CSV by a mapping."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing import guessing, shaping
from crm_referrals.hsds.importing.nesting import id_of_name, nest
from crm_referrals.hsds.importing.outcome import Outcome, Tables

MOST: Final = 50_000_000
ENTITIES: Final = {
    "organization": ("organizations.csv",),
    "service": ("services.csv",),
    "location": ("locations.csv",),
    "service_at_location": ("service_at_location.csv", "services_at_location.csv"),
    "address": ("addresses.csv",),
    "phone": ("phones.csv",),
    "schedule": ("schedules.csv",),
    "service_area": ("service_areas.csv",),
    "language": ("languages.csv",),
    "cost_option": ("cost_options.csv",),
    "required_document": ("required_documents.csv",),
    "funding": ("funding.csv",),
    "accessibility": ("accessibility.csv",),
    "attribute": ("attributes.csv",),
    "program": ("programs.csv",),
    "organization_identifier": ("organization_identifiers.csv",),
}


def read(
    path: Path, mapping: Mapping[str, Mapping[str, str]] | None, outcome: Outcome
) -> list[dict[str, Any]]:
    """The organizations in a file, folder or zip, nested as in HSDS's JSON."""
    files = _files(path)
    if mapping is not None:
        return nest(_mapped(files, mapping, outcome), outcome)
    if len(files) == 1 and (name := next(iter(files))).endswith(".json"):
        return _from_json(files[name], outcome)
    tables = {name: content for name, content in files.items() if name.endswith(".csv")}
    if any(_is_own(name, tables[name]) for name in ("organizations.csv", "services.csv") if name in tables):
        return nest(_own(tables, outcome), outcome)
    return nest(_guessed(tables, outcome), outcome)


def _is_own(name: str, content: bytes) -> bool:
    return guessing.is_own(_header(name, content))


def _own(files: Mapping[str, bytes], outcome: Outcome) -> Tables:
    """HSDS's own files."""
    return {
        entity: [dict(row) for _number, row in _rows(name, files[name], outcome)]
        for entity, names in ENTITIES.items()
        for name in names
        if name in files
    }


def _guessed(files: Mapping[str, bytes], outcome: Outcome) -> Tables:
    """A vendor's files by the names of their columns, and what was understood of them."""
    headers = {name: _header(name, content) for name, content in files.items()}
    mapping = guessing.guess(headers)
    outcome.columns = {
        name: {column: mapping.get(name, {}).get(column, "") for column in header if column}
        for name, header in headers.items()
    }
    targets = {target for columns in mapping.values() for target in columns.values()}
    if not targets & {"organization.name", "service.name"}:
        raise UserError(
            _(
                "No column in it is called like the name of an agency or of a service. Name the columns "
                "agency_name and service_name, or add a mapping."
            )
        )
    return _mapped(files, mapping, outcome)


def _header(name: str, content: bytes) -> list[str]:
    reader = csv.reader(io.StringIO(_text(name, content, Outcome()), newline=""))
    return [each.strip() for each in next(reader, [])]


def _files(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {each.name: each.read_bytes() for each in sorted(path.glob("*.csv"))}
    content = path.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return {path.name: content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [each for each in archive.infolist() if each.filename.endswith((".csv", ".json"))]
        if sum(each.file_size for each in members) > MOST:
            raise UserError(_("This zip would unpack to more than 50 MB. Split it in parts."))
        members = [each for each in members if not each.filename.endswith("datapackage.json")]
        return {Path(each.filename).name: archive.read(each) for each in members}


def _text(name: str, content: bytes, outcome: Outcome) -> str:
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        outcome.repaired(name, _("It is not in UTF-8; it was read as Windows-1252."))
        return content.decode("cp1252", "replace").replace("\0", "")


def _rows(name: str, content: bytes, outcome: Outcome) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers; ragged ones are cut or filled."""
    reader = csv.reader(io.StringIO(_text(name, content, outcome), newline=""))
    header = [each.strip() for each in next(reader, [])]
    for cells in reader:
        if not any(each.strip() for each in cells):
            continue
        where = _("%(file)s, line %(number)s", file=name, number=reader.line_num)
        if len(cells) > len(header) and any(each.strip() for each in cells[len(header) :]):
            outcome.repaired(where, _("There are more cells than columns; the rest was left out."))
        yield (
            reader.line_num,
            {
                title: cell.strip()
                for title, cell in zip(header, cells, strict=False)
                if title and cell.strip()
            },
        )


def _from_json(content: bytes, outcome: Outcome) -> list[dict[str, Any]]:
    try:
        found = json.loads(_text("JSON", content, outcome))
    except ValueError as error:
        raise UserError(_("This is not JSON: %(error)s.", error=error)) from error
    except RecursionError as error:
        raise UserError(_("This JSON is nested too deep to be a directory.")) from error
    if isinstance(found, dict):
        found = found.get("contents", [found])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UserError(_("This JSON holds neither services nor organizations of HSDS."))
    try:
        found = [shaping.shaped(shaping.clean(each), outcome) for each in found]
    except RecursionError as error:
        raise UserError(_("This JSON is nested too deep to be a directory.")) from error
    agencies: dict[str, dict[str, Any]] = {}
    for each in found:
        is_service = "organization" in each or "service_at_locations" in each or "status" in each
        owner = dict(each.get("organization") or {}) if is_service else each
        if is_service:
            owner.setdefault("id", each.get("organization_id", ""))
        kept = agencies.setdefault(str(owner.get("id") or owner.get("name")), {**owner, "services": []})
        kept["services"] += [each] if is_service else list(owner.get("services") or [])
    return list(agencies.values())


def _mapped(files: Mapping[str, bytes], mapping: Mapping[str, Mapping[str, str]], outcome: Outcome) -> Tables:
    """A vendor's files: `mapping` is file name → column → `entity.field`."""
    found: Tables = {}
    for name, columns in mapping.items():
        if name not in files:
            raise UserError(_("The mapping names %(file)s, which is not there.", file=name))
        entities = list(dict.fromkeys(target.split(".")[0] for target in columns.values()))
        for number, row in _rows(name, files[name], outcome):
            made: dict[str, dict[str, Any]] = {entity: {} for entity in entities}
            for column, target in columns.items():
                entity, _dot, field_name = target.partition(".")
                if column in row:
                    made[entity][field_name] = row[column]
            _link(made)
            for entity, values in made.items():
                if values:
                    found.setdefault(entity, []).append({**values, "_line": f"{name}:{number}"})
    return found


def _link(made: dict[str, dict[str, Any]]) -> None:
    """What stands in one row belongs together; a place without a name is known by its address."""
    address = made.get("address")
    if address and made.get("service", made.get("organization")) is not None and not made.get("location"):
        made["location"] = {}
    if address and "location" in made and not made["location"].get("id"):
        text = "/".join(str(address.get(name, "")) for name in ("address_1", "city", "postal_code"))
        made["location"]["id"] = str(uuid5(NAMESPACE_URL, f"rollcall/location/{text.casefold()}"))
    for child, parent in (
        ("service", "organization"),
        ("location", "organization"),
        ("address", "location"),
        ("phone", "location"),
        ("phone", "organization"),
        ("service_area", "service"),
    ):
        owner = made.get(parent)
        if made.get(child) and owner and not owner.get("id") and owner.get("name"):
            owner["id"] = id_of_name(owner)
        if made.get(child) and owner and owner.get("id"):
            made[child].setdefault(f"{parent}_id", owner["id"])
    service, location = made.get("service"), made.get("location")
    if service and location and service.get("name"):
        service.setdefault("id", id_of_name(service))
        made["service_at_location"] = {"service_id": service["id"], "location_id": location.get("id", "")}
