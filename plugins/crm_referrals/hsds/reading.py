"""What the interface and the export read: only what is public."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, func, select

from crm.plugin_api import db
from crm_referrals.hsds import documents
from crm_referrals.models import Agency, Location, Placing, Service
from crm_referrals.services import directory

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


def full(rows: Sequence[tuple[Service, Agency]]) -> list[dict[str, Any]]:
    """Whole services, three statements for any number of them."""
    ids = [row.id for row, _agency in rows]
    terms, places = directory.terms_of(ids), places_of(ids)
    return [
        documents.service_full(row, agency, terms.get(row.id, []), places.get(row.id, []))
        for row, agency in rows
    ]


def everything() -> list[dict[str, Any]]:
    """All public services, whole, in the order of their ids."""
    rows = db.session().execute(services().order_by(Service.uid)).all()
    return full([(row[0], row[1]) for row in rows])
