"""How far places are, as the crow flies, by the coordinates that the directory itself has; nobody is asked.

Where a ZIP code is, its places in the directory tell; where it has none, those whose ZIP codes begin with the
same three digits. So a distance is a rough one, and is told in whole miles.
"""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

from sqlalchemy import ColumnElement, Select, func, select

from crm.plugin_api import db
from crm_referrals.models import Agency, Location, Placing, Service

RUNNING = ("active", "temporarily closed")
Point = tuple[float, float]
"""Degrees north, degrees east."""
MILES_AROUND_THE_EARTH_BY_TWO_PI = 3958.8
METRES_IN_A_MILE = 1609.344
MILES_IN_A_DEGREE = 69.0


def miles(one: Point, other: Point) -> float:
    """The great-circle distance (haversine formula)."""
    (north, east), (north_2, east_2) = (map(radians, point) for point in (one, other))
    half = sin((north_2 - north) / 2) ** 2 + cos(north) * cos(north_2) * sin((east_2 - east) / 2) ** 2
    return 2 * MILES_AROUND_THE_EARTH_BY_TWO_PI * asin(sqrt(min(1.0, half)))


def _known() -> tuple[ColumnElement[bool], ...]:
    """Places that have coordinates and are nobody's secret."""
    return (
        Location.latitude.is_not(None),
        Location.longitude.is_not(None),
        Location.is_confidential.is_(False),
    )


def _told_to_all() -> ColumnElement[bool]:
    """Places at which something is given that everybody may read. Where a ZIP code is, others must not say:
    by the distances of several places from it one would find them to the metre."""
    public = (
        select(Placing.location_id)
        .join(Service, Service.id == Placing.service_id)
        .join(Agency, Agency.id == Service.agency_id)
        .where(Service.is_public, Service.status.in_(RUNNING), Agency.closed_on.is_(None))
    )
    return Location.id.in_(public)


def center_of(zip_code: str) -> Point | None:
    """About where a ZIP code is; None when no place near it is known."""
    code = zip_code.strip()[:5]
    if len(code) != 5:
        return None
    for prefix in (code, code[:3]):
        near = Location.postal_code.startswith(prefix, autoescape=True)
        mean = select(func.avg(Location.latitude), func.avg(Location.longitude)).where(
            *_known(), _told_to_all(), near
        )
        north, east = db.session().execute(mean).one()
        if north is not None and east is not None:
            return (float(north), float(east))
    return None


def distances(service_ids: Sequence[int], origin: Point) -> dict[int, float]:
    """Miles to the nearest place of each service; services without a known place are not in it."""
    statement = (
        select(Placing.service_id, Location.latitude, Location.longitude)
        .join(Location, Location.id == Placing.location_id)
        .where(db.among(Placing.service_id, service_ids), *_known())
    )
    found: dict[int, float] = {}
    for service_id, north, east in db.session().execute(statement):
        far = miles(origin, (float(north or 0), float(east or 0)))
        found[service_id] = min(far, found.get(service_id, far))
    return found


def within(origin: Point, limit: float) -> list[int]:
    """The ids of the places at most so many miles away."""
    north, east = origin
    tall = limit / MILES_IN_A_DEGREE
    wide = min(180.0, tall / max(0.01, cos(radians(min(89.0, abs(north) + tall)))))
    statement = select(Location.id, Location.latitude, Location.longitude).where(
        *_known(),
        Location.latitude.between(north - tall, north + tall),
        Location.longitude.between(east - wide, east + wide),
    )
    rows = db.session().execute(statement.order_by(Location.id))
    return [row[0] for row in rows if miles(origin, (float(row[1] or 0), float(row[2] or 0))) <= limit]


def services_within(origin: Point, limit: float) -> Select[int]:
    """The ids of the services that are given at one of these places."""
    return select(Placing.service_id).where(db.among(Placing.location_id, within(origin, limit)))
