"""Organizations in HSDS's nested form come into the directory."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from crm.plugin_api import Actor, db
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.hsds import documents
from crm_referrals.hsds.importing import addresses, kinds, own_words
from crm_referrals.hsds.importing.outcome import Gone, Outcome
from crm_referrals.hsds.importing.shaping import LISTS
from crm_referrals.hsds.importing.tidying import parts_of, tidy, uid_of
from crm_referrals.models import Agency, Location, Placing, Service
from crm_referrals.services import entries, finding
from crm_referrals.words import STATUSES


def apply(agencies: Iterable[Mapping[str, Any]], outcome: Outcome) -> None:
    """Bring organizations in. A file that comes a second time changes nothing."""
    for each in agencies:
        where = str(each.get("_line") or each.get("id") or each.get("name"))
        if not str(each.get("name", "")).strip():
            outcome.rejected(where, _("The organization has no name."))
            continue
        agency = write_agency(tidy(each, where, outcome), outcome)
        placed = _placed(each)
        for place in each.get("locations") or ():
            if place.get("id") not in placed:
                _location(agency, tidy(place, str(place.get("_line", place.get("id"))), outcome), outcome)
        for row in each.get("services") or ():
            at = str(row.get("_line") or row.get("id"))
            if not str(row.get("name", "")).strip():
                outcome.rejected(at, _("The service has no name."))
                continue
            _service(agency, tidy(row, at, outcome), outcome, at)
    db.session().flush()


def _placed(agency: Mapping[str, Any]) -> set[Any]:
    """The ids of places that come with what is given there."""
    links = (link for row in agency.get("services") or () for link in row.get("service_at_locations") or ())
    return {link["location"].get("id") for link in links if link.get("location")} - {None}


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


def _write(
    row: Any, values: Mapping[str, Any], outcome: Outcome, *, is_new: bool, is_moved: bool = False
) -> None:
    """Write what differs and was not changed here, and count it."""
    if not is_new and values["parts"] == parts_of({"id": row.uid, **documents.rows_of(row)}, list(LISTS)):
        values = {**values, "parts": row.parts}  # The file says what goes out from here.
    values = own_words.heeded(row, values, outcome)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if is_new:
        outcome.created += 1
    elif changed or is_moved:
        outcome.updated += 1
    else:
        outcome.unchanged += 1


def _known(model: Any, uid: str) -> Any:
    return db.session().scalar(select(model).where(model.uid == uid))


def write_agency(row: Mapping[str, Any], outcome: Outcome) -> Agency:
    agency: Agency | None = _known(Agency, row["id"])
    is_new = agency is None
    if agency is None:
        agency = Agency(uid=row["id"], name="", sort_name="", parts={}, staff_fields=[])
        db.session().add(agency)
    name = str(row["name"]).strip()
    parts = parts_of(row, documents.AGENCY_CHILDREN)
    # A number of a contact is a person's; what stands here is public.
    phones = [each for each in parts.get("phones") or () if not each.get("contact_id")] or [{}]
    described = str(row.get("description") or "").strip()
    values = {
        "name": name,
        "sort_name": finding.fold(name),
        # HSDS demands a description; what goes out without one has its name there.
        "description": described if described != name or agency.description == name else "",
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
        place = Location(
            uid=row["id"], agency_id=agency.id, parts={}, staff_fields=[], came_from=outcome.sender
        )
        db.session().add(place)
    _note_sender(place, outcome)
    where = str(row.get("_line") or row.get("name") or row["id"])
    told = [addresses.apart(each, where, outcome) for each in row.get("addresses") or ()]
    parts = parts_of({**row, "addresses": told}, documents.PLACE_CHILDREN)
    address = (parts.get("addresses") or [{}])[0]
    kind = str(row.get("location_type"))
    north, east = _coordinates(row, outcome)
    values = {
        "latitude": north,
        "longitude": east,
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
    has_moved = not is_new and (values["address"], values["postal_code"]) != (
        place.address,
        place.postal_code,
    )
    if not place.is_confidential and (is_new or has_moved) and _is_hidden(agency, place, values):
        place.is_confidential = True
        sentence = _(
            "A confidential place has its street, or its name at this agency; so it is confidential too."
        )
        if outcome.tells_all:
            outcome.marked(where, sentence)
    # Vendors' places are known by their streets, so that one is known already would tell it too.
    _write(place, values, outcome, is_new=is_new or _is_kept_back(place, outcome))
    db.session().flush()
    return place


def _note_sender(row: Location | Placing | Service, outcome: Outcome) -> None:
    """What came before it was noted whose it is belongs to whom names it by its id."""
    if row.came_from is None and outcome.sender:
        row.came_from = outcome.sender


def _is_kept_back(place: Location, outcome: Outcome) -> bool:
    """Whether nothing may tell whoever imports that this place is known here as confidential."""
    return place.is_confidential and not outcome.tells_all


def _is_hidden(agency: Agency, place: Location, values: Mapping[str, Any]) -> bool:
    """Whether a place is one that is confidential here: vendors give the same place, and its organization
    too, another id. A street is looked for at all agencies, a name at this one alone."""
    known = select(Location.agency_id, Location.name, Location.address, Location.postal_code).where(
        Location.is_confidential, Location.uid != place.uid
    )
    with db.session().no_autoflush:  # The new one is not written yet.
        rows = db.session().execute(known).all()
    street = finding.fold(values["address"])
    said = {finding.fold(values["name"]), street} - {""}
    return any(
        (owner == agency.id and bool(said & {finding.fold(name), finding.fold(where)}))
        or (bool(street) and street == finding.fold(where) and _is_same_zip(values["postal_code"], code))
        for owner, name, where, code in rows
    )


def _is_same_zip(one: str, other: str) -> bool:
    """Whether two ZIP codes can be the same; one that nobody wrote can be any."""
    return not one.strip() or not other.strip() or one.strip()[:5] == other.strip()[:5]


def _coordinates(row: Mapping[str, Any], outcome: Outcome) -> tuple[float | None, float | None]:
    """Where a place is, in degrees; what is nowhere on the earth is left out."""
    north, east = row.get("latitude"), row.get("longitude")
    if north is None or east is None:
        return None, None
    if abs(north) > 90 or abs(east) > 180 or (north, east) == (0, 0):
        where = str(row.get("id"))
        outcome.repaired(where, _("Its coordinates are nowhere on the earth; they were left out."))
        return None, None
    return float(north), float(east)


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


def _latest(here: date | None, there: date | None) -> date | None:
    """Whoever looked last counts, here or there."""
    return max(filter(None, (here, there)), default=None)


def _areas(row: Mapping[str, Any]) -> list[str]:
    """The ZIP codes that an area names, or else its names: counties, districts, states. Vendors write many of
    them in one cell, with semicolons between."""
    text = str(row.get("extent") or row.get("name") or "")
    zips = re.findall(r"\b\d{5}\b", text)
    names = (
        " ".join(each.replace(",", " ").split()) for each in re.split(r"[;|\n]", str(row.get("name") or ""))
    )
    return zips or [each[:80] for each in names if each]


def _languages(row: Mapping[str, Any]) -> list[str]:
    """The codes of what a row of languages names; vendors write several in one cell, by their names."""
    said = re.split(r"[;,/|]", str(row.get("code") or row.get("name") or ""))
    return [words.language_code(each)[:40] for each in said if each.strip()]


def _service(agency: Agency, row: Mapping[str, Any], outcome: Outcome, where: str) -> None:
    service = _known(Service, row["id"])
    if service is not None and service.agency_id != agency.id:
        owner = db.session().get_one(Agency, service.agency_id).name
        sentence = _("A service of %(agency)s has this id already, so this one was left out.", agency=owner)
        outcome.rejected(where, sentence)
        return
    is_new = service is None
    if service is None:
        service = Service(
            uid=row["id"],
            agency_id=agency.id,
            name="",
            sort_name="",
            parts={},
            staff_fields=[],
            came_from=outcome.sender,
        )
        db.session().add(service)
    _note_sender(service, outcome)
    parts = parts_of(row, documents.CHILDREN)
    spoken = (each for row in parts.get("languages", ()) for each in _languages(row))
    areas = (_areas(each) for each in parts.get("service_areas", ()))
    values = {
        "name": str(row["name"]).strip(),
        "status": _status(row, where, outcome),
        "minimum_age": row.get("minimum_age"),
        "maximum_age": row.get("maximum_age"),
        "assured_on": _latest(service.assured_on, _day(row.get("assured_date"), where, outcome)),
        "parts": parts,
    }
    if "languages" in parts:
        values["language_codes"] = finding.codes(",".join(filter(None, spoken)))
    if "service_areas" in parts:
        values["area_codes"] = finding.codes(",".join(code for each in areas for code in each))
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
    db.session().flush()
    is_moved = kinds.mark(service, row, outcome, where)
    is_moved |= _belongings(agency, service, row, outcome, where)
    _write(service, values, outcome, is_new=is_new, is_moved=is_moved)
    entries.set_words(service, agency.name)
    db.session().flush()


def _belongings(
    agency: Agency, service: Service, row: Mapping[str, Any], outcome: Outcome, where: str
) -> bool:
    """Its kinds and its places; whether any of them changed."""
    changed, seen, kept = _kinds(service, row, outcome), set[str](), set[int]()
    for link in row.get("service_at_locations") or ():
        if not link.get("location"):
            continue
        place = _location(agency, tidy(link["location"], str(link.get("id")), outcome), outcome)
        uid = uid_of(link["id"], "", Outcome()) if link.get("id") else ""
        changed |= _place(service, place, uid, seen, outcome, where)
        seen.add(uid)
        kept.add(place.id)
    if kept:
        _say_missing(service, kept, outcome)
    return changed


def _kinds(service: Service, row: Mapping[str, Any], outcome: Outcome) -> bool:
    """Its kinds of need; whether they changed. What words of others mean is guessed, so it counts only where
    nobody has said anything yet."""
    ours, guessed = kinds.of_row(row, outcome)
    known = set(finding.terms_of([service.id]).get(service.id, ()))
    wanted = own_words.kinds(service, known, ours, outcome) or known or guessed
    entries.set_terms(service, wanted)
    if not wanted:
        outcome.kindless.add(service.id)
    return wanted != known


def _say_missing(service: Service, kept: Collection[int], outcome: Outcome) -> None:
    """Places that came with this sender's file and are in it no more: people decide. Those that were added
    here, or that others' files brought, are not in it by right."""
    if not outcome.sender:
        return
    theirs = select(Placing.location_id).where(
        Placing.service_id == service.id, Placing.came_from == outcome.sender
    )
    brought = set(db.session().scalars(theirs))
    for place in finding.locations_of(service.id):
        if place.id in brought - set(kept) and not place.is_confidential:
            name = ", ".join(filter(None, (place.name, place.address, place.city))) or place.uid
            outcome.gone.append(Gone(service.id, place.id, service.name, name))


def _was_hidden(service: Service, place: Location) -> bool:
    """Whether a place that is new to all services comes to one that has a confidential one: it may be that
    one under another id."""
    known = db.session().scalar(select(Placing.id).where(Placing.location_id == place.id).limit(1))
    return known is None and any(each.is_confidential for each in finding.locations_of(service.id))


def _place(
    service: Service, place: Location, uid: str, seen: Collection[str], outcome: Outcome, where: str
) -> bool:
    """The service is given at a place; whether that is new. One that was known by this id has moved there,
    unless the same file gives that id to another place or service too."""
    at = select(Placing).where(Placing.service_id == service.id, Placing.location_id == place.id)
    if (here := db.session().scalar(at)) is not None:
        _note_sender(here, outcome)
        return _is_kept_back(place, outcome)
    placing: Placing | None = _known(Placing, uid)
    if not place.is_confidential and _was_hidden(service, place):
        place.is_confidential = True
        if outcome.tells_all:
            outcome.marked(
                where, _("This service has a confidential place, so a new one is confidential too.")
            )
    if placing is not None and placing.service_id == service.id and uid not in seen:
        placing.location_id = place.id
        _note_sender(placing, outcome)
        db.session().flush()
        return True
    if placing is not None:
        outcome.repaired(where, _("The id of its place is that of another one too; it got one of its own."))
    own = uid if uid and placing is None else str(uuid4())
    db.session().add(Placing(uid=own, service_id=service.id, location_id=place.id, came_from=outcome.sender))
    db.session().flush()
    return True
