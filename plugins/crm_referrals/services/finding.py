"""Finding services: by words, kind of need and what a family asks for; and what is known of each."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.plugin_api import db
from crm_referrals import words
from crm_referrals.models import Agency, Capacity, Location, Placing, Service, ServiceTerm
from crm_referrals.services import nearness

FADES = timedelta(days=30)
"""After this nobody relies on how full a service said that it was."""
ASSURED_FOR = timedelta(days=365)
PAGE = 25
NO_KIND = "none"
"""What `Wanted.term` is for services without any kind of need: no referral finds those."""


def fold(text: str) -> str:
    """Without accents or capitals, for sorting and finding."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).casefold().split())


def whole(text: str, most: int = 2**31 - 1) -> int | None:
    """A whole number from 0 to `most` as it stands in an address; None for anything else, however long."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return number if (number := int(text)) <= most else None


MOST_WORDS, MOST_LETTERS = 20, 200


def words_of(text: str) -> list[str]:
    """The words of a search: each makes the statement longer, so there are no more than a few."""
    return list(dict.fromkeys(fold(text.replace("\0", "")[:MOST_LETTERS]).split()))[:MOST_WORDS]


def pairs(statement: Any) -> dict[Any, Any]:
    """The two columns of a SELECT as a mapping."""
    return {row[0]: row[1] for row in db.session().execute(statement)}


def codes(text: str) -> str:
    """A list that people typed, between commas on both ends, so that one of them is found by `%,code,%`."""
    found = dict.fromkeys(each.strip() for each in re.split(r"[,;\n]+", text) if each.strip())
    return f",{','.join(found)}," if found else ""


def codes_of(name: str, text: str) -> str:
    """The same of a field; languages are written by their names too."""
    if name != "language_codes":
        return codes(text)
    return codes(",".join(words.language_code(each) for each in re.split(r"[,;\n]+", text)))


def spoken(text: str) -> str:
    """The same list as people read it."""
    return ", ".join(each for each in text.split(",") if each)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty is anything. `within` is so many miles around the ZIP code."""

    text: str = ""
    term: str = ""
    zip_code: str = ""
    language: str = ""
    age: int | None = None
    only_free: bool = False
    has_room: bool = False
    within: int | None = None


@dataclass(frozen=True)
class Found:
    """A service as lists show it; `far` is so many miles from the ZIP code that was asked for."""

    service: Service
    agency: Agency
    terms: Sequence[str]
    capacity: str
    capacity_at: Any
    far: float | None = None


def conditions(wanted: Wanted, *, public: bool) -> Iterable[ColumnElement[bool]]:
    yield Agency.closed_on.is_(None)
    if public:
        yield Service.is_public.is_(True)
        yield Service.status.in_(nearness.RUNNING)
    for word in words_of(wanted.text):
        yield Service.search_text.contains(word, autoescape=True)
    if wanted.term == NO_KIND:
        yield Service.id.not_in(select(ServiceTerm.service_id))
    elif wanted.term:
        yield Service.id.in_(select(ServiceTerm.service_id).where(ServiceTerm.term == wanted.term))
    yield from _for_family(wanted)


def _for_family(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    """What a family asks for; a service that did not say is not ruled out."""
    if wanted.zip_code:
        serves = Service.area_codes.contains(f",{wanted.zip_code},", autoescape=True)
        wider = ~Service.area_codes.like("%,_____,%")  # Counties and districts: nobody is ruled out by a ZIP.
        yield or_(serves, Service.area_codes == "", wider, Service.is_virtual)
    if wanted.language:
        yield Service.language_codes.contains(f",{wanted.language},", autoescape=True)
    if wanted.age is not None:
        yield or_(Service.minimum_age.is_(None), Service.minimum_age <= wanted.age)
        yield or_(Service.maximum_age.is_(None), Service.maximum_age >= wanted.age)
    if wanted.only_free:
        yield Service.is_free.is_(True)
    if wanted.has_room:
        yield Service.id.in_(_with_room())
    if wanted.within is not None and (origin := nearness.center_of(wanted.zip_code)) is not None:
        yield or_(Service.id.in_(nearness.services_within(origin, wanted.within)), Service.is_virtual)


def _with_room() -> Any:
    newest = select(func.max(Capacity.id)).group_by(Capacity.service_id)
    return select(Capacity.service_id).where(
        Capacity.id.in_(newest), Capacity.state == "open", Capacity.said_at > db.now() - FADES
    )


def search(
    wanted: Wanted, *, after: tuple[str, int] | None = None, public: bool = False, limit: int = PAGE
) -> list[Found]:
    """Services in the order of their names, those after (sort name, id); one more than `limit` says that
    there are more."""
    statement = select(Service, Agency).join(Agency, Agency.id == Service.agency_id)
    statement = statement.where(*conditions(wanted, public=public))
    if after is not None:
        name, last = after
        statement = statement.where(
            or_(Service.sort_name > name, (Service.sort_name == name) & (Service.id > last))
        )
    rows = db.session().execute(statement.order_by(Service.sort_name, Service.id).limit(limit + 1)).all()
    origin = nearness.center_of(wanted.zip_code)
    return decorate([(row[0], row[1]) for row in rows], origin)


def decorate(rows: Sequence[tuple[Service, Agency]], origin: nearness.Point | None = None) -> list[Found]:
    """Services with their kinds, how full they are, and how far from `origin`; three statements for any
    number."""
    ids = [service.id for service, _agency in rows]
    terms, full = terms_of(ids), capacities_of(ids)
    far = nearness.distances(ids, origin) if origin is not None else {}
    found = []
    for service, agency in rows:
        said = full.get(service.id)
        found.append(
            Found(
                service,
                agency,
                terms.get(service.id, []),
                state_of(said),
                said.said_at if said else None,
                far.get(service.id),
            )
        )
    return found


def terms_of(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    statement = select(ServiceTerm.service_id, ServiceTerm.term).where(db.among(ServiceTerm.service_id, ids))
    for service_id, term in db.session().execute(statement.order_by(ServiceTerm.term)):
        found.setdefault(service_id, []).append(term)
    return found


def capacities_of(ids: Sequence[int]) -> dict[int, Capacity]:
    """What each service said last."""
    newest = (
        select(func.max(Capacity.id)).where(db.among(Capacity.service_id, ids)).group_by(Capacity.service_id)
    )
    rows = db.session().scalars(select(Capacity).where(Capacity.id.in_(newest)))
    return {each.service_id: each for each in rows}


def state_of(said: Capacity | None) -> str:
    """How full a service is as far as anybody can know: what it said fades."""
    return "unknown" if said is None or said.said_at < db.now() - FADES else said.state


def is_assured(service: Service, today: date) -> bool:
    return service.assured_on is not None and service.assured_on > today - ASSURED_FOR


def locations_of(service_id: int) -> list[Location]:
    statement = select(Location).join(Placing, Placing.location_id == Location.id)
    return list(db.session().scalars(statement.where(Placing.service_id == service_id).order_by(Location.id)))


MOST_OF_AGENCY = 6


def unplaced() -> ColumnElement[bool]:
    """That nobody said what is given at a place, and that it may be told all the same: it can be the shelter
    of an agency any of whose services is private or not public, so of such an agency none is."""
    hidden = select(Service.agency_id).where(Service.is_sensitive | ~Service.is_public)
    silent = select(Agency.id).where(Agency.acknowledges_only)
    return and_(
        Location.is_confidential.is_(False),
        Location.id.not_in(select(Placing.location_id)),
        Location.agency_id.not_in(hidden),
        Location.agency_id.not_in(silent),
    )


def of_agency(agency_id: int) -> list[Location]:
    """Places of an agency that belong to no service of it, those with a street first; as many as a page
    shows."""
    statement = select(Location).where(Location.agency_id == agency_id, unplaced())
    return list(
        db.session().scalars(statement.order_by(Location.address == "", Location.id).limit(MOST_OF_AGENCY))
    )


def open_places(ids: Sequence[int]) -> dict[int, list[Location]]:
    """Where services are given, without what is confidential; one statement for any number."""
    statement = (
        select(Placing.service_id, Location)
        .join(Location, Location.id == Placing.location_id)
        .where(db.among(Placing.service_id, ids), Location.is_confidential.is_(False))
    )
    found: dict[int, list[Location]] = {}
    for service_id, place in db.session().execute(statement.order_by(Location.id)):
        found.setdefault(service_id, []).append(place)
    return found
