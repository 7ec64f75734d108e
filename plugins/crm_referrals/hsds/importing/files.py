"""Files as HSDS's tables: a folder or zip of CSV, JSON, or a vendor's CSV by a mapping."""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing import guessing, shaping, unpacking
from crm_referrals.hsds.importing.kinds import TERMS
from crm_referrals.hsds.importing.mapping import ENTITIES
from crm_referrals.hsds.importing.naming import gathered
from crm_referrals.hsds.importing.nesting import id_of_name, nest
from crm_referrals.hsds.importing.outcome import Outcome, Tables

MOST_OF_A_CELL: Final = 100_000
Mapped = Mapping[str, Mapping[str, str]]
"""File → column → `entity.field`; what `crm_referrals.hsds.importing.mapping.mapping_of` makes."""


def read(path: Path, mapping: Mapped | None, outcome: Outcome) -> list[dict[str, Any]]:
    """The organizations in a file, folder or zip, nested as in HSDS's JSON."""
    outcome.sender = outcome.sender or unpacking.sender_of([path.name])
    return _read(unpacking.of_path(path), mapping, outcome)


def read_uploads(
    uploads: Iterable[tuple[str, bytes]], mapping: Mapped | None, outcome: Outcome
) -> list[dict[str, Any]]:
    """The same of files that were sent: their names as somebody else wrote them, and what is in them."""
    given = list(uploads)
    outcome.sender = outcome.sender or unpacking.sender_of([name for name, _content in given])
    return _read(unpacking.of_uploads(given), mapping, outcome)


def _read(files: Mapping[str, bytes], mapping: Mapped | None, outcome: Outcome) -> list[dict[str, Any]]:
    found = _nested(files, mapping, outcome)
    if not found and not outcome.notes:
        raise UserError(
            _(
                "There is no agency and no service in %(files)s, so nothing came of it.",
                files=", ".join(files),
            )
        )
    return found


def _nested(files: Mapping[str, bytes], mapping: Mapped | None, outcome: Outcome) -> list[dict[str, Any]]:
    if mapping is not None:
        for name in files.keys() - mapping.keys():
            outcome.rejected(name, _("The mapping does not name this file."))
        return nest(_mapped(files, mapping, outcome), outcome)
    if len(files) == 1 and (name := next(iter(files))).lower().endswith(".json"):
        return _from_json(files[name], outcome)
    tables = {name: content for name, content in files.items() if name.lower().endswith(".csv")}
    own = {name.lower(): content for name, content in tables.items()}
    if any(_is_own(name, own[name]) for name in ("organizations.csv", "services.csv") if name in own):
        return nest(_own(own, outcome), outcome)
    return nest(_guessed(tables, outcome), outcome)


def _is_own(name: str, content: bytes) -> bool:
    return guessing.is_own(_header(name, content))


def _own(files: Mapping[str, bytes], outcome: Outcome) -> Tables:
    """HSDS's own files; those of tables that are not read are named."""
    known = {name for names in ENTITIES.values() for name in names}
    for name in sorted(files.keys() - known):
        if any(True for _row in _rows(name, files[name], Outcome())):
            outcome.rejected(name, _("This file is none of those that are read, so its rows were left out."))
    return {
        entity: [{**row, "_line": f"{name}:{number}"} for number, row in _rows(name, files[name], outcome)]
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
    return next((row for _number, row in _cells(name, _text(name, content, Outcome()))), [])


def _cells(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV file with their numbers, the first its columns. UserError where one ends nowhere."""
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)  # Spreadsheets write what their language puts between.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    try:
        for cells in reader:
            if any(len(each) > MOST_OF_A_CELL for each in cells):
                raise _too_long(name, reader.line_num)
            yield reader.line_num, [each.strip() for each in cells]
    except csv.Error as error:
        raise _too_long(name, reader.line_num) from error


def _too_long(name: str, number: int) -> UserError:
    sentence = _(
        "Line %(number)s of %(file)s cannot be read: a cell in it has more than 100,000 letters. Most often "
        "a quotation mark before it was opened and not closed.",
        number=number,
        file=name,
    )
    return UserError(sentence)


def _text(name: str, content: bytes, outcome: Outcome) -> str:
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_wide else "utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        outcome.repaired(name, _("It is not in UTF-8; it was read as Windows-1252."))
        return content.decode("cp1252", "replace").replace("\0", "")


def _rows(name: str, content: bytes, outcome: Outcome) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers; ragged ones are cut or filled."""
    lines = _cells(name, _text(name, content, outcome))
    header = next(lines, (0, []))[1]
    for number, cells in lines:
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            where = _("%(file)s, line %(number)s", file=name, number=number)
            outcome.repaired(where, _("There are more cells than columns; the rest was left out."))
        yield number, {title: cell for title, cell in zip(header, cells, strict=False) if title and cell}


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
    return gathered(found, outcome)


def _mapped(files: Mapping[str, bytes], mapping: Mapped, outcome: Outcome) -> Tables:
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
                    said = made[entity].get(field_name)
                    # Several columns may name kinds of need.
                    is_more = bool(said) and field_name == TERMS
                    made[entity][field_name] = f"{said};{row[column]}" if is_more else row[column]
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
        ("language", "service"),
        ("schedule", "service"),
        ("required_document", "service"),
        ("cost_option", "service"),
        ("funding", "service"),
        ("language", "location"),
        ("schedule", "location"),
        ("accessibility", "location"),
        ("funding", "organization"),
        ("program", "organization"),
        ("organization_identifier", "organization"),
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
