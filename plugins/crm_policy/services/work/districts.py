"""Constituents: partner, legislative district, legislator, committee seats."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, tuple_

from crm.plugin_api import Actor, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day_here, squash
from crm_policy.importing.districts import is_known
from crm_policy.models import (
    Committee,
    Constituency,
    Legislator,
    Seat,
)
from crm_policy.words import CHAMBERS


def districts_of(contact: Contact) -> list[Constituency]:
    """Those of an organization, else of what it belongs to."""
    current: Any = contact
    seen: set[int] = set()
    with system("a school lies where its district lies"):
        while current is not None and current.id not in seen:
            seen.add(current.id)
            rows = list(
                db.session().scalars(select(Constituency).where(Constituency.contact_id == current.id))
            )
            if rows:
                return rows
            parent = current.parent_id
            current = db.session().get(Contact, parent) if parent else None
    return []


def represented_by(rows: Sequence[Constituency], actor: Actor) -> list[tuple[Any, str]]:
    """The legislators of some districts, with their committee seats in words."""
    found = []
    today = day_here()
    for row in rows:
        statement = visible(Legislator, actor).where(
            Legislator.state == row.state,
            Legislator.chamber == row.chamber,
            Legislator.district == row.district,
            or_(Legislator.ends_on.is_(None), Legislator.ends_on >= today),
        )
        found += [(each, seats_in_words(each.id, actor)) for each in db.session().scalars(statement)]
    return found


def seats(legislator_id: int, actor: Actor) -> list[Any]:
    statement = (
        visible(Seat, actor)
        .join(Committee, Committee.id == Seat.committee_id)
        .where(Seat.legislator_id == legislator_id, Seat.ended_on.is_(None))
        .order_by(Committee.name)
        .with_only_columns(Seat.role, Committee.id, Committee.name, Committee.chamber)
    )
    return list(db.session().execute(statement))


def seats_in_words(legislator_id: int, actor: Actor) -> str:
    return ", ".join(
        f"{row.name} ({row.role})" if row.role != "member" else row.name
        for row in seats(legislator_id, actor)
    )


def partners_in(legislator: Legislator, actor: Actor) -> list[Any]:
    """Our organizations in a legislator's district, and those that belong to them."""
    places = select(Constituency.contact_id).where(
        Constituency.state == legislator.state,
        Constituency.chamber == legislator.chamber,
        Constituency.district == legislator.district,
    )
    statement = (
        visible(Contact, actor)
        .where(or_(Contact.id.in_(places), Contact.parent_id.in_(places)))
        .order_by(Contact.sort_name)
        .limit(200)
        .with_only_columns(Contact.id, Contact.name, Contact.parent_id)
    )
    return list(db.session().execute(statement))


def partners_of_each(legislators: Sequence[Legislator], actor: Actor) -> dict[int, list[Any]]:
    """Our organizations in the districts of several legislators, by the legislator's id: one statement."""
    if not legislators:
        return {}
    columns = (Constituency.state, Constituency.chamber, Constituency.district)
    seats_ = {(each.state, each.chamber, each.district): each.id for each in legislators}
    mine = visible(Contact, actor).with_only_columns(Contact.id)
    statement = (
        select(Contact.id, Contact.name, *columns)
        .join(
            Constituency,
            or_(Constituency.contact_id == Contact.id, Constituency.contact_id == Contact.parent_id),
        )
        .where(Contact.id.in_(mine), tuple_(*columns).in_(list(seats_)))
        .order_by(Contact.sort_name)
        .limit(2000)
    )
    found: dict[int, list[Any]] = {}
    with system("the actor's own organizations, by district"):
        for row in db.session().execute(statement):
            found.setdefault(seats_[(row.state, row.chamber, row.district)], []).append(row)
    return found


def set_constituency(contact: Contact, values: Mapping[str, Any]) -> None:
    """The Senate and House district of an organization; an empty one is taken away."""
    with system("the districts of one organization"):
        present = {
            row.chamber: row
            for row in db.session().scalars(select(Constituency).where(Constituency.contact_id == contact.id))
        }
    for chamber in ("upper", "lower"):
        district = squash(values[chamber] or "").lstrip("0")
        row = present.get(chamber)
        if not district:
            if row is not None:
                db.session().delete(row)
            continue
        if not is_known(values["state"], chamber, district):
            name = chamber_words(values["state"], chamber)
            raise UserError(
                _(
                    "There is no district %(district)s of the %(chamber)s there.",
                    district=district,
                    chamber=name,
                )
            )
        if row is None:
            row = Constituency(contact_id=contact.id, chamber=chamber)
            db.session().add(row)
        row.state, row.district, row.source = values["state"], district, "staff"
    db.session().flush()


def chamber_words(state: str, chamber: str) -> str:
    from crm_policy.places import PLACES

    place = PLACES.get(state)
    if place is None or chamber not in ("upper", "lower"):
        return str(CHAMBERS.get(chamber, chamber))
    return place.upper if chamber == "upper" else place.lower
