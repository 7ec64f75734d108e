"""Directories that come in: HSDS as JSON or as a folder or zip of its CSV files, and any vendor's CSV by a
mapping.

All of them become HSDS's own nested form first, and one function brings that in. Each repair and each
refusal is a `Note` that says where it stood, what was wrong and what was done.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db
from crm.plugin_api import gettext as _
from crm_referrals.hsds import documents
from crm_referrals.models import Agency, Location, Placing, Service
from crm_referrals.services import directory
from crm_referrals.words import STATUSES, TERM_IDS

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
NUMBERS: Final = frozenset(
    {
        "minimum_age",
        "maximum_age",
        "latitude",
        "longitude",
        "extension",
        "year_incorporated",
        "amount",
        "timezone",
        "count",
        "interval",
    }
)
WHOLE: Final = frozenset({"minimum_age", "maximum_age", "year_incorporated"})


@dataclass(frozen=True)
class Note:
    """Something that was put right (`repaired`) or left out (`rejected`)."""

    kind: str
    where: str
    text: str


@dataclass
class Outcome:
    """What an import did, or would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    notes: list[Note] = field(default_factory=list)

    def repaired(self, where: str, text: str) -> None:
        self.notes.append(Note("repaired", where, text))

    def rejected(self, where: str, text: str) -> None:
        self.notes.append(Note("rejected", where, text))

    def as_object(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "repaired": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "repaired"],
            "rejected": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "rejected"],
        }


Tables = dict[str, list[dict[str, Any]]]


def read(
    path: Path, mapping: Mapping[str, Mapping[str, str]] | None, outcome: Outcome
) -> list[dict[str, Any]]:
    """The organizations in a file, folder or zip, nested as in HSDS's JSON."""
    files = _files(path)
    if mapping is not None:
        return nest(_mapped(files, mapping, outcome), outcome)
    if len(files) == 1 and (name := next(iter(files))).endswith(".json"):
        return _from_json(files[name], outcome)
    found: Tables = {}
    for entity, names in ENTITIES.items():
        for name in names:
            if name in files:
                found[entity] = [dict(row) for _number, row in _rows(name, files[name], outcome)]
    if "organization" not in found and "service" not in found:
        raise UserError(
            _("There is no organizations.csv or services.csv in it. Other columns need a mapping.")
        )
    return nest(found, outcome)


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
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        outcome.repaired(name, _("It is not in UTF-8; it was read as Windows-1252."))
        return content.decode("cp1252", "replace")


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
    """What stands in one row belongs together."""
    for child, parent in (
        ("service", "organization"),
        ("location", "organization"),
        ("address", "location"),
        ("phone", "location"),
        ("phone", "organization"),
        ("service_area", "service"),
    ):
        if made.get(child) and made.get(parent, {}).get("id"):
            made[child].setdefault(f"{parent}_id", made[parent]["id"])


def nest(tables: Tables, outcome: Outcome) -> list[dict[str, Any]]:
    """HSDS's tables as HSDS's nested JSON."""
    agencies = {str(each["id"]): each for each in _merged(tables.get("organization", ()), outcome)}
    places = {str(each["id"]): each for each in _merged(tables.get("location", ()), outcome)}
    services = {str(each["id"]): each for each in _merged(tables.get("service", ()), outcome)}
    _hang(tables, agencies, places, services)
    for link in tables.get("service_at_location", ()):
        if link.get("service_id") in services and link.get("location_id") in places:
            held = services[link["service_id"]].setdefault("service_at_locations", [])
            held.append({**link, "location": places[link["location_id"]]})
    for uid, place in places.items():
        if place.get("organization_id") in agencies:
            agencies[place["organization_id"]].setdefault("locations", []).append({**place, "id": uid})
    for uid, each in services.items():
        owner = agencies.get(str(each.get("organization_id", "")))
        if owner is None:
            outcome.rejected(each.get("_line", uid), _("The service names no organization that is there."))
        else:
            owner.setdefault("services", []).append(each)
    return list(agencies.values())


def _merged(rows: Iterable[dict[str, Any]], outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Rows of one id are one; the first to say something is right."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row.get("id"):
            row["id"] = str(
                uuid5(NAMESPACE_URL, f"rollcall/{row.get('organization_id', '')}/{row.get('name', '')}")
            )
            outcome.repaired(row.get("_line", row["id"]), _("It had no id; one was made of its name."))
        kept = found.setdefault(str(row["id"]), {})
        for name, value in row.items():
            kept.setdefault(name, value)
    yield from found.values()


def _hang(tables: Tables, agencies: Any, places: Any, services: Any) -> None:
    """Children go where their foreign keys say; a language may be that of a telephone."""
    phones = {row["id"]: row for row in tables.get("phone", ()) if row.get("id")}
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
                    owners[row[key]].setdefault(listed, []).append(row)
                    break
    for row in tables.get("attribute", ()):
        if row.get("link_id") in services:
            services[row["link_id"]].setdefault("attributes", []).append(row)


def apply(agencies: Iterable[Mapping[str, Any]], outcome: Outcome) -> None:
    """Bring organizations in. A file that comes a second time changes nothing."""
    for each in agencies:
        where = str(each.get("_line") or each.get("id") or each.get("name"))
        if not str(each.get("name", "")).strip():
            outcome.rejected(where, _("The organization has no name."))
            continue
        agency = _agency(_tidy(each, where, outcome), outcome)
        for place in each.get("locations") or ():
            _location(agency, _tidy(place, str(place.get("_line", place.get("id"))), outcome), outcome)
        for row in each.get("services") or ():
            at = str(row.get("_line") or row.get("id"))
            if not str(row.get("name", "")).strip():
                outcome.rejected(at, _("The service has no name."))
                continue
            _service(agency, _tidy(row, at, outcome), outcome, at)
    db.session().flush()


class _OnlyPlanned(Exception):
    """Ends a transaction that was only to see what would happen."""


def plan(agencies: Iterable[Mapping[str, Any]], outcome: Outcome, actor: Actor) -> None:
    """Say in `outcome` what bringing them in would do; nothing is kept."""
    try:
        with db.transaction(actor, "referrals.plan"):
            apply(agencies, outcome)
            raise _OnlyPlanned  # noqa: TRY301  # It is what rolls the transaction back.
    except _OnlyPlanned:
        return


def _tidy(row: Mapping[str, Any], where: str, outcome: Outcome) -> dict[str, Any]:
    """The same with what cannot be used put right: ids, numbers, addresses of pages and mail."""
    found = {name: value for name, value in row.items() if not name.startswith("_")}
    found["id"] = _uid(found.get("id"), where, outcome)
    for name in NUMBERS & found.keys():
        found[name] = _number(name, found[name], where, outcome)
    for name in ("website", "url"):
        value = str(found.get(name) or "")
        if value and not re.match(r"https?://", value):
            found[name] = f"https://{value}"
            outcome.repaired(where, _("“%(value)s” got https:// before it.", value=value))
    email = str(found.get("email") or "")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        outcome.repaired(where, _("“%(value)s” is no email address; it was left out.", value=email))
        found["email"] = ""
    return found


def _uid(value: Any, where: str, outcome: Outcome) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError:
        outcome.repaired(where, _("“%(value)s” is no UUID; one was made of it.", value=value))
        return str(uuid5(NAMESPACE_URL, f"rollcall/{value}"))


def _number(name: str, value: Any, where: str, outcome: Outcome) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        outcome.repaired(where, _("“%(value)s” is no number; it was left out.", value=value))
        return None
    return int(number) if name in WHOLE or number.is_integer() else number


def _parts(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The lists of a row; each of their rows has an id, so that what goes out is known again."""
    found = {}
    for name in names:
        given = enumerate(row.get(name) or ())
        rows = [_child(each, row["id"], f"{name}/{number}") for number, each in given]
        if rows:
            found[name] = rows
    return found


_NOT_KEPT: Final = frozenset({"attributes", "metadata"})
"""What others noted beside a row in their own taxonomies, and their histories."""


def _child(row: Mapping[str, Any], owner: str, where: str) -> dict[str, Any]:
    """A row as it is kept: whose it is says the row that holds it."""
    found: dict[str, Any] = {
        key: value.strip() if isinstance(value, str) else value
        for key, value in row.items()
        if not key.startswith("_")
        and key not in _NOT_KEPT
        and value not in ("", None, [])
        and not (key.endswith("_id") and value == owner)
    }
    found.setdefault("id", str(uuid5(NAMESPACE_URL, f"rollcall/{owner}/{where}")))
    for key in NUMBERS & found.keys():
        found[key] = _number(key, found[key], "", Outcome())
    for name in ("languages", "phones"):
        if isinstance(found.get(name), list):
            found[name] = [_child(each, str(found["id"]), name) for each in found[name]]
    return found


def _write(row: Any, values: Mapping[str, Any], outcome: Outcome, *, is_new: bool) -> None:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if is_new:
        outcome.created += 1
    elif changed:
        outcome.updated += 1
    else:
        outcome.unchanged += 1


def _known(model: Any, uid: str) -> Any:
    return db.session().scalar(select(model).where(model.uid == uid))


def _agency(row: Mapping[str, Any], outcome: Outcome) -> Agency:
    agency: Agency | None = _known(Agency, row["id"])
    is_new = agency is None
    if agency is None:
        agency = Agency(uid=row["id"], name="", sort_name="", parts={})
        db.session().add(agency)
    name = str(row["name"]).strip()
    parts = _parts(row, documents.AGENCY_CHILDREN)
    # A number of a contact is a person's; what stands here is public.
    phones = [each for each in parts.get("phones") or () if not each.get("contact_id")] or [{}]
    values = {
        "name": name,
        "sort_name": directory.fold(name),
        "description": str(row.get("description") or "").strip(),
        "parts": parts,
        "year_incorporated": row.get("year_incorporated"),
        "phone": str(phones[0].get("number", "")) or agency.phone or "",
    }
    values |= {
        key: str(row.get(key) or "").strip() for key in ("alternate_name", "email", "website", "legal_status")
    }
    _write(agency, values, outcome, is_new=is_new)
    db.session().flush()
    return agency


def _location(agency: Agency, row: Mapping[str, Any], outcome: Outcome) -> Location:
    place: Location | None = _known(Location, row["id"])
    is_new = place is None
    if place is None:
        place = Location(uid=row["id"], agency_id=agency.id, parts={})
        db.session().add(place)
    parts = _parts(row, documents.PLACE_CHILDREN)
    address = (parts.get("addresses") or [{}])[0]
    kind = row.get("location_type")
    values = {
        "kind": kind if kind in {"physical", "postal", "virtual"} else "physical",
        "parts": parts,
        "address": str(address.get("address_1", "")),
        "city": str(address.get("city", "")),
        "state": str(address.get("state_province", "")),
        "postal_code": str(address.get("postal_code", "")),
    }
    values |= {
        key: str(row.get(key) or "").strip() for key in ("name", "description", "transportation", "url")
    }
    _write(place, values, outcome, is_new=is_new)
    db.session().flush()
    return place


def _status(row: Mapping[str, Any], where: str, outcome: Outcome) -> str:
    status = str(row.get("status") or "").lower()
    if status not in STATUSES:
        outcome.repaired(where, _("It has no status; it counts as running."))
        return "active"
    return status


def _day(value: Any, where: str, outcome: Outcome) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        outcome.repaired(where, _("“%(value)s” is no date; it was left out.", value=value))
        return None


def _areas(row: Mapping[str, Any]) -> list[str]:
    """The ZIP codes that an area names, or else its name: a county, a district, a state."""
    text = str(row.get("extent") or row.get("name") or "")
    zips = re.findall(r"\b\d{5}\b", text)
    name = str(row.get("name") or "").replace(",", " ").strip()
    return zips or ([name[:80]] if name else [])


def _service(agency: Agency, row: Mapping[str, Any], outcome: Outcome, where: str) -> None:
    service = _known(Service, row["id"])
    is_new = service is None
    if service is None:
        service = Service(uid=row["id"], agency_id=agency.id, name="", sort_name="", parts={})
        db.session().add(service)
    parts = _parts(row, documents.CHILDREN)
    spoken = (str(each.get("code") or "").lower()[:2] for each in parts.get("languages", ()))
    areas = (_areas(each) for each in parts.get("service_areas", ()))
    values = {
        "name": str(row["name"]).strip(),
        "status": _status(row, where, outcome),
        "minimum_age": row.get("minimum_age"),
        "maximum_age": row.get("maximum_age"),
        "assured_on": _day(row.get("assured_date"), where, outcome),
        "parts": parts,
    }
    if "languages" in parts:
        values["language_codes"] = directory.codes(",".join(filter(None, spoken)))
    if "service_areas" in parts:
        values["area_codes"] = directory.codes(",".join(code for each in areas for code in each))
    values |= {
        key: str(row.get(key) or "").strip()
        for key in (
            "alternate_name",
            "description",
            "url",
            "email",
            "application_process",
            "eligibility_description",
            "fees_description",
        )
    }
    _write(service, values, outcome, is_new=is_new)
    moment = service.updated_at
    directory.set_words(service, agency.name)
    if not is_new:
        service.updated_at = moment
    db.session().flush()
    _belongings(agency, service, row, outcome)


def _belongings(agency: Agency, service: Service, row: Mapping[str, Any], outcome: Outcome) -> None:
    """Its kinds and its places."""
    codes = {uid: code for code, uid in TERM_IDS.items()}
    terms = {
        codes[each["taxonomy_term_id"]]
        for each in row.get("attributes") or ()
        if each.get("taxonomy_term_id") in codes
    }
    directory.set_terms(service, terms or directory.terms_of([service.id]).get(service.id, ()))
    for link in row.get("service_at_locations") or ():
        if not link.get("location"):
            continue
        place = _location(agency, _tidy(link["location"], str(link.get("id")), outcome), outcome)
        at = select(Placing).where(Placing.service_id == service.id, Placing.location_id == place.id)
        if db.session().scalar(at) is None:
            uid = _uid(link.get("id") or f"{service.uid}/{place.uid}", str(link.get("id")), Outcome())
            db.session().add(Placing(uid=uid, service_id=service.id, location_id=place.id))
            db.session().flush()
