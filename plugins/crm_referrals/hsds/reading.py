"""What the interface and the export read: only what is public."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from crm.plugin_api import db
from crm_referrals.hsds import documents
from crm_referrals.models import Agency, Location, Placing, Service
from crm_referrals.services import finding

_PUBLIC = (Service.is_public, Agency.closed_on.is_(None))


def services() -> Select[Service, Agency]:
    """Public services with their agencies."""
    statement = select(Service, Agency).join(Agency, Agency.id == Service.agency_id)
    return statement.where(*_PUBLIC)


def organizations() -> Select[Any]:
    """Agencies with at least one public service: of others nobody is told that they are known here."""
    shown = exists().where(Service.agency_id == Agency.id, Service.is_public)
    return select(Agency).where(Agency.closed_on.is_(None), shown)


def count(statement: Select[*tuple[Any, ...]]) -> int:
    return int(
        db.session().scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    )


def places_of(ids: Sequence[int]) -> dict[int, list[tuple[Placing, Location]]]:
    """Where services are given, without what is confidential."""
    statement = select(Placing, Location).join(Location, Location.id == Placing.location_id)
    found: dict[int, list[tuple[Placing, Location]]] = {}
    open_ones = statement.where(db.among(Placing.service_id, ids), Location.is_confidential.is_(False))
    for placing, place in db.session().execute(open_ones.order_by(Placing.id)):
        found.setdefault(placing.service_id, []).append((placing, place))
    return found


def places_of_agencies(ids: Sequence[int]) -> dict[int, list[Location]]:
    """The places of agencies that may be told: where something public is given, or of which nobody said what
    is given there; nothing confidential."""
    shown = exists().where(
        Placing.location_id == Location.id, Service.id == Placing.service_id, Service.is_public
    )
    open_ones = and_(Location.is_confidential.is_(False), shown)
    statement = select(Location).where(db.among(Location.agency_id, ids), or_(open_ones, finding.unplaced()))
    found: dict[int, list[Location]] = {}
    for place in db.session().scalars(statement.order_by(Location.uid)):
        found.setdefault(place.agency_id, []).append(place)
    return found


def full(rows: Sequence[tuple[Service, Agency]]) -> list[dict[str, Any]]:
    """Whole services, three statements for any number of them."""
    ids = [row.id for row, _agency in rows]
    terms, places = finding.terms_of(ids), places_of(ids)
    return [
        documents.service_full(row, agency, terms.get(row.id, []), places.get(row.id, []))
        for row, agency in rows
    ]


def full_organizations(agencies: Sequence[Agency], *, full_service: bool) -> list[dict[str, Any]]:
    """Whole organizations with their public services, those whole too where that is asked for."""
    ids = [each.id for each in agencies]
    places = places_of_agencies(ids)
    rows = [
        (row[0], row[1])
        for row in db.session().execute(services().where(db.among(Agency.id, ids)).order_by(Service.uid))
    ]
    told = full(rows) if full_service else [documents.service(*row) for row in rows]
    given: dict[int, list[dict[str, Any]]] = {}
    for (_service, agency), each in zip(rows, told, strict=True):
        given.setdefault(agency.id, []).append(each)
    return [
        documents.organization_full(each, given.get(each.id, ()), places.get(each.id, ()))
        for each in agencies
    ]


def everything() -> list[dict[str, Any]]:
    """All public services, whole, in the order of their ids."""
    rows = db.session().execute(services().order_by(Service.uid)).all()
    return full([(row[0], row[1]) for row in rows])
