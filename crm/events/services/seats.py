"""Who has a seat and who waits for one. All inside a transaction.

Whoever decides about a seat takes a turn first, so that of two who want the last one exactly one gets it.
Seats are counted from answers; nothing else remembers how many are taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, insert, select

from crm import db
from crm.access.guard import system
from crm.accounts.turns import take_turn
from crm.events.models import Event, Guest
from crm.events.words import CANCELLED, WAITING, YES


@dataclass
class Outcome:
    """What an answer led to: what the guest's is now, and who came in from the waiting list."""

    answer: str
    seated: list[int] = field(default_factory=list)


def add(invitees: Iterable[tuple[int, int | None]], event_id: int, **values: object) -> list[int]:
    """Make guests of contacts, each with the organization they speak for; those who are guests already stay
    as they are. Returns the ids of the new ones."""
    change = db.current_change()
    assert change is not None
    take_turn(f"seats {event_id}")
    table = db.table(Guest)
    with system("who is a guest already"):
        known = set(db.session().scalars(select(table.c.contact_id).where(table.c.event_id == event_id)))
    wanted = dict(invitees)
    rows = [
        {
            "event_id": event_id, "contact_id": each, "organization_id": organization, "answer": "none",
            "note": "", "link_version": 1, "is_walk_in": False, "created_at": db.now(), **values,
        }
        for each, organization in wanted.items()
        if each not in known
    ]  # fmt: skip
    if not rows:
        return []
    made = db.session().execute(insert(table).returning(table.c.id), rows).scalars().all()
    change.created(table, made)
    return sorted(made)


def taken(event_id: int) -> int:
    """How many seats are taken."""
    with system("seats of an event"):
        statement = select(func.count()).where(Guest.event_id == event_id, Guest.answer == YES)
        return db.session().scalar(statement) or 0


def answer(event: Event, guest_id: int, wanted: str, note: str | None = None) -> Outcome:
    """Write down an answer. A yes to a full event waits in line; a seat that comes free goes to the first
    who waits. Somebody who waits already keeps their place."""
    take_turn(f"seats {event.id}")
    with system("the guest was found by a link or loaded for this actor"):
        capacity = _capacity(event.id)
        guest = db.session().get_one(Guest, guest_id, populate_existing=True)
        if wanted == YES and guest.answer != YES and capacity is not None:
            waits = guest.answer == WAITING or taken(event.id) >= capacity or bool(_waiting(event.id, 1))
            wanted = WAITING if waits else YES
        _set(guest, wanted, note)
    seated = fill(event)
    return Outcome(YES if guest_id in seated else wanted, [each for each in seated if each != guest_id])


def _capacity(event_id: int) -> int | None:
    """As it is now: the event may have been read before the turn came."""
    return db.session().execute(select(Event.capacity).where(Event.id == event_id)).scalar_one()


def _set(guest: Guest, wanted: str, note: str | None) -> None:
    if note is not None:
        guest.note = note
    if wanted == WAITING and guest.answer != WAITING:
        guest.queued_at = db.now()
    elif wanted != WAITING:
        guest.queued_at = None
    guest.answer, guest.answered_at = wanted, db.now()
    db.session().flush()


def fill(event: Event) -> list[int]:
    """Give free seats to those who wait, in their order; returns their guests' ids. What is over or cancelled
    seats nobody."""
    take_turn(f"seats {event.id}")
    if event.status == CANCELLED or event.ends_at <= db.now():
        return []
    with system("the waiting list of an event"):
        capacity = _capacity(event.id)
        free = None if capacity is None else max(0, capacity - taken(event.id))
        came_in = _waiting(event.id, free) if free != 0 else []
        for guest in came_in:
            guest.answer, guest.queued_at = YES, None
        db.session().flush()
        return [guest.id for guest in came_in]


def _waiting(event_id: int, most: int | None) -> Sequence[Guest]:
    statement = select(Guest).where(Guest.event_id == event_id, Guest.answer == WAITING)
    statement = statement.order_by(Guest.queued_at, Guest.id).limit(most)
    return db.session().scalars(statement.execution_options(populate_existing=True)).all()


def place_in_line(guest: Guest) -> int:
    """Where somebody stands on the waiting list, beginning with 1; 0 when they do not wait."""
    if guest.answer != WAITING:
        return 0
    with system("the waiting list of an event"):
        statement = select(Guest.id).where(Guest.event_id == guest.event_id, Guest.answer == WAITING)
        line = db.session().execute(statement.order_by(Guest.queued_at, Guest.id)).scalars().all()
    return line.index(guest.id) + 1 if guest.id in line else 0


def remove(event: Event, guest_id: int) -> list[int]:
    """Take somebody off the list of guests; who comes in for them is returned."""
    with system("the guest was loaded for this actor"):
        guest = db.session().get_one(Guest, guest_id)
        db.session().delete(guest)
        db.session().flush()
    return fill(event)
