"""How a coalition is doing: who is missing, who has gone quiet, who came, what was kept. Each number is
counted by the condition that finds the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select

from crm import db
from crm.access import SCOPED, visible, visible_clause
from crm.access.actor import Actor
from crm.coalitions.clauses import covered, ended_delegate, quiet_for, state_of_commitment
from crm.coalitions.models import Coalition, Commitment, Membership
from crm.coalitions.names import seen
from crm.contacts.models import ORGANIZATION, Address, Contact
from crm.contacts.words import SECTORS
from crm.events.models import Event, Guest

DISTRICT = "district"
COUNT_LIMIT = 10_000
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Place:
    """Where a coalition works, as addresses say it: the column and its value."""

    field: str
    value: str

    @property
    def clause(self) -> ColumnElement[bool]:
        column = Address.region if self.field == "region" else Address.city
        return (
            select(Address.id)
            .where(Address.contact_id == Contact.id, func.lower(column) == self.value.lower())
            .exists()
        )


def place_of(coalition: Coalition, actor: Actor) -> Place | None:
    """The coalition's region, where districts that the actor sees have it in an address; else None."""
    if not coalition.region or coalition.level == "national":
        return None
    for found in (Place("region", coalition.region), Place("city", coalition.region)):
        statement = visible(Contact, actor).where(Contact.sector == DISTRICT, found.clause).limit(1)
        if db.session().execute(statement.with_only_columns(Contact.id)).first() is not None:
            return found
    return None


def active(coalition_id: int, actor: Actor) -> Select[Any]:
    """The active memberships that the actor may see."""
    return visible(Membership, actor).where(
        Membership.coalition_id == coalition_id, Membership.status == "active"
    )


def _count(statement: Select[Any]) -> int:
    inner = statement.order_by(None).limit(COUNT_LIMIT + 1).subquery()
    outer = select(func.count()).select_from(inner).execution_options(**{SCOPED: True})
    return int(db.session().execute(outer).scalar_one())


@dataclass(frozen=True)
class Sector:
    """A sector without an active member, and how many organizations of it are known."""

    name: str
    label: Any
    known: int


def missing_sectors(coalition_id: int, place: Place | None, actor: Actor) -> list[Sector]:
    """Sectors of which no active member is, those with most organizations to ask first."""
    present = active(coalition_id, actor).join(Contact, Contact.id == Membership.contact_id)
    there = set(db.session().execute(present.with_only_columns(Contact.sector).distinct()).scalars())
    known = visible(Contact, actor).where(Contact.kind == ORGANIZATION, Contact.sector.is_not(None))
    if place is not None:
        known = known.where(place.clause)
    counted = known.with_only_columns(Contact.sector, func.count(Contact.id)).group_by(Contact.sector)
    counts = {row[0]: row[1] for row in db.session().execute(counted)}
    found = [Sector(key, label, counts.get(key, 0)) for key, label in SECTORS.items() if key not in there]
    return sorted(found, key=lambda sector: -sector.known)


def missing_districts(coalition_id: int, place: Place | None, actor: Actor) -> Select[Any]:
    """Districts of the region that are no active member, nor is any part of them."""
    statement = visible(Contact, actor).where(
        Contact.kind == ORGANIZATION, Contact.sector == DISTRICT, ~covered(coalition_id)
    )
    return statement if place is None else statement.where(place.clause)


def quiet(coalition_id: int, days: int, actor: Actor) -> Select[Any]:
    """Active members of whom nothing was heard for so many days."""
    return active(coalition_id, actor).where(quiet_for(days))


@dataclass(frozen=True)
class Numbers:
    """What the page of a coalition says at a glance; each opens its rows."""

    active: int
    quiet: int
    districts: int
    sectors: int
    without_delegate: int
    delegates_left: int


def numbers(coalition: Coalition, days: int, actor: Actor) -> Numbers:
    place = place_of(coalition, actor)
    members = active(coalition.id, actor)
    organizations = members.join(Contact, Contact.id == Membership.contact_id).where(
        Contact.kind == ORGANIZATION, Membership.delegate_id.is_(None)
    )
    return Numbers(
        _count(members),
        _count(quiet(coalition.id, days, actor)),
        _count(missing_districts(coalition.id, place, actor)),
        len(missing_sectors(coalition.id, place, actor)),
        _count(organizations),
        _count(members.where(ended_delegate())),
    )


# Attendance.


@dataclass(frozen=True)
class Attendance:
    """How often somebody came for a member to the coalition's events of the last year."""

    membership_id: int
    contact_id: int
    name: str
    delegate: int
    alternate: int
    other: int

    @property
    def came(self) -> int:
        return self.delegate + self.alternate + self.other


def events_of(coalition_id: int, actor: Actor) -> Select[Any]:
    """The coalition's events of the last year that the actor may see."""
    now = db.now()
    return visible(Event, actor).where(
        Event.coalition_id == coalition_id,
        Event.status != "cancelled",
        Event.starts_at <= now,
        Event.starts_at >= now - YEAR,
    )


def event_count(coalition_id: int, actor: Actor) -> int:
    return _count(events_of(coalition_id, actor).with_only_columns(Event.id))


def _who() -> ColumnElement[int]:
    """3 the delegate, 2 the alternate, 1 somebody else; a member who is a person comes as themselves."""
    return case(
        (Guest.contact_id == Membership.delegate_id, literal(3)),
        (Guest.contact_id == Membership.contact_id, literal(3)),
        (Guest.contact_id == Membership.alternate_id, literal(2)),
        else_=literal(1),
    )


def attendances(
    coalition_id: int, actor: Actor, only: int | None = None
) -> tuple[list[Attendance], Mapping[int, int]]:
    """For each active member how often who came, most seldom first; and for `only` one of them, by event, who
    it was (3, 2 or 1)."""
    events = events_of(coalition_id, actor).with_only_columns(Event.id).subquery()
    for_it = or_(
        Guest.organization_id == Membership.contact_id,
        Guest.contact_id == Membership.contact_id,
        (Guest.organization_id.is_(None))
        & or_(Guest.contact_id == Membership.delegate_id, Guest.contact_id == Membership.alternate_id),
    )
    there: Any = (
        active(coalition_id, actor)
        .join(Guest, for_it)
        .join(events, events.c.id == Guest.event_id)
        .where(Guest.checked_in_at.is_not(None), visible_clause(Guest, actor))
        .group_by(Membership.id, Guest.event_id)
        .with_only_columns(
            Membership.id.label("member"), Guest.event_id.label("event"), func.max(_who()).label("who")
        )
    )
    if only is not None:
        there = there.where(Membership.contact_id == only)
        return [], {row.event: row.who for row in db.session().execute(there)}
    return _totals(coalition_id, there, actor), {}


def _totals(coalition_id: int, there: Select[Any], actor: Actor) -> list[Attendance]:
    came = there.subquery()
    tally = [
        func.coalesce(func.sum(case((came.c.who == who, 1), else_=0)), 0).label(name)
        for who, name in ((3, "delegate"), (2, "alternate"), (1, "other"))
    ]
    statement = (
        active(coalition_id, actor)
        .join(Contact, seen(Membership.contact_id, actor))
        .join(came, came.c.member == Membership.id, isouter=True)
        .where(Contact.kind == ORGANIZATION)
        .group_by(Membership.id, Contact.id, Contact.name, Contact.sort_name)
        .order_by(func.count(came.c.event), Contact.sort_name)
        .limit(200)
        .with_only_columns(Membership.id, Contact.id, Contact.name, *tally)
    )
    return [Attendance(*row) for row in db.session().execute(statement)]


# Commitments.


@dataclass(frozen=True)
class Ledger:
    """How commitments went: counts by state, as people say it."""

    counts: Mapping[str, int]
    next_due: date | None = None
    """The nearest day of those that are still ahead."""

    def of(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def kept(self) -> int:
        return self.of("kept", "kept_late")

    @property
    def total(self) -> int:
        """All that were to be kept by now; what is open or was taken back is not counted against anybody."""
        return self.of("kept", "kept_late", "late", "lapsed")

    @property
    def everything(self) -> int:
        return sum(self.counts.values())


def ledger(actor: Actor, *conditions: ColumnElement[bool]) -> Ledger:
    """Counts of the commitments that the actor may see, by state."""
    state = state_of_commitment()
    columns = (state.label("state"), Commitment.due_date.label("due"))
    inner = visible(Commitment, actor).where(*conditions).with_only_columns(*columns).subquery()
    statement = select(inner.c.state, func.count(), func.min(inner.c.due)).group_by(inner.c.state)
    rows = db.session().execute(statement.execution_options(**{SCOPED: True})).all()
    due = next((row[2] for row in rows if row[0] == "open"), None)
    return Ledger({row[0]: row[1] for row in rows}, due)
