"""Where and when a service is given, and what one brings: kept in HSDS's own terms, so that it goes out as
it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from crm.plugin_api import UserError, db
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.models import Location, Placing, Service
from crm_referrals.services import entries

_ADDRESS = frozenset({"address", "city", "state", "postal_code"})


def save_location(service: Service, location: Location | None, values: Mapping[str, Any]) -> Location:
    """A place of the service's agency, at which the service is given."""
    if values["kind"] == "physical" and not values["is_confidential"] and not values["address"].strip():
        raise UserError(_("Write the street, or say that the place is confidential."))
    if (values.get("latitude") is None) != (values.get("longitude") is None):
        raise UserError(_("Write both latitude and longitude, or neither."))
    if location is None:
        location = Location(uid=str(uuid4()), agency_id=service.agency_id, parts={}, staff_fields=[])
        db.session().add(location)
    entries.put(location, values)
    if _ADDRESS & set(location.staff_fields):
        entries.staff_said(location, ["parts.addresses"])
    location.parts = {name: each for name, each in location.parts.items() if name != "addresses"}
    db.session().flush()
    join(service, location)
    return location


def join(service: Service, location: Location) -> None:
    """The service is given at a place of its agency."""
    if location.agency_id != service.agency_id:
        raise UserError(_("This place belongs to another agency."))
    known = select(Placing.id).where(Placing.service_id == service.id, Placing.location_id == location.id)
    if db.session().scalar(known) is None:
        db.session().add(Placing(uid=str(uuid4()), service_id=service.id, location_id=location.id))
        db.session().flush()


def leave(service: Service, location: Location, *, only_brought: bool = False) -> None:
    """The service is given there no more; a place where nothing is given any more goes. With `only_brought`
    one that was written here stays."""
    for row in db.session().scalars(
        select(Placing).where(Placing.service_id == service.id, Placing.location_id == location.id)
    ):
        db.session().delete(row)
    db.session().flush()
    if only_brought and location.came_from == "":
        return
    if not db.session().scalar(select(func.count(Placing.id)).where(Placing.location_id == location.id)):
        db.session().delete(location)
        db.session().flush()


def take_away(pairs: Iterable[tuple[int, int]]) -> int:
    """Services (by id) are given at places (by id) no more; how many there were. Only what a file brought
    goes; what went meanwhile, and confidential places, which no import names, are passed over."""
    count = 0
    for service_id, location_id in dict.fromkeys(pairs):
        at = select(Placing.id).where(
            Placing.service_id == service_id, Placing.location_id == location_id, Placing.came_from != ""
        )
        location = db.session().get(Location, location_id)
        if location is not None and not location.is_confidential and db.session().scalar(at) is not None:
            leave(db.session().get_one(Service, service_id), location, only_brought=True)
            count += 1
    return count


def senders() -> list[str]:
    """Whose files brought what is in the directory, by name."""
    statement = select(Service.came_from).where(Service.came_from != "").distinct()
    return sorted(each for each in db.session().scalars(statement.limit(100)) if each)


def others_of(service: Service) -> list[tuple[int, str]]:
    """Places of the agency at which this service is not given yet."""
    here = select(Placing.location_id).where(Placing.service_id == service.id)
    statement = select(Location).where(Location.agency_id == service.agency_id, Location.id.not_in(here))
    rows = db.session().scalars(statement.order_by(Location.id).limit(100))
    return [(each.id, _label(each)) for each in rows]


def _label(place: Location) -> str:
    """A place in a list of places; nothing of where a confidential one is, its name neither."""
    if place.is_confidential:
        return _("Confidential place no. %(number)s", number=place.id)
    return ", ".join(filter(None, (place.name, place.address, place.city)))


@dataclass(frozen=True)
class Hours:
    """Opening hours as people read them; `uid` names the row."""

    uid: str
    days: str
    times: str
    note: str


def schedules_of(service: Service) -> list[Hours]:
    return [_hours(each) for each in service.parts.get("schedules", [])]


def _hours(row: Mapping[str, Any]) -> Hours:
    codes = str(row.get("byday") or "").split(",")
    days = ", ".join(str(words.DAYS[code]) for code in codes if code in words.DAYS)
    times = "–".join(str(row[name])[:5] for name in ("opens_at", "closes_at") if row.get(name))
    return Hours(str(row.get("id", "")), days, times, str(row.get("description") or row.get("notes") or ""))


def add_schedule(service: Service, days: Sequence[str], opens: Any, closes: Any, note: str) -> None:
    """Weekly hours. UserError when they make no sense."""
    if opens and closes and opens >= closes:
        raise UserError(_("It would close before it opens. Change one of the times."))
    if not days and not note.strip():
        raise UserError(_("Choose at least one day, or write when it is open."))
    row = {
        "id": str(uuid4()),
        "freq": "WEEKLY" if days else "",
        "byday": ",".join(code for code in words.DAYS if code in days),
        "opens_at": f"{opens:%H:%M}" if opens else "",
        "closes_at": f"{closes:%H:%M}" if closes else "",
        "description": note.strip(),
    }
    kept = {name: value for name, value in row.items() if value}
    _set(service, "schedules", [*service.parts.get("schedules", []), kept])


def drop_schedule(service: Service, uid: str) -> None:
    _set(service, "schedules", [each for each in service.parts.get("schedules", []) if each.get("id") != uid])


def documents_of(service: Service) -> str:
    """What one brings, one a line."""
    return "\n".join(str(each.get("document", "")) for each in service.parts.get("required_documents", []))


def set_documents(service: Service, text: str) -> None:
    """One document a line; one that stays keeps its id."""
    known = {str(each.get("document", "")): each for each in service.parts.get("required_documents", [])}
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    found = [known.get(line, {"id": str(uuid4()), "document": line}) for line in lines]
    if found != list(known.values()):
        _set(service, "required_documents", found)


def _set(service: Service, name: str, rows: list[Any]) -> None:
    parts = {key: value for key, value in service.parts.items() if key != name}
    service.parts = parts | ({name: rows} if rows else {})
    entries.staff_said(service, [f"parts.{name}"])
    db.session().flush()
