"""Planning an event, changing, cancelling, copying and deleting it. All inside a transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.models import Activity, Task
from crm.calendar.ics import domain
from crm.coalitions.models import WorkingGroup
from crm.errors import Conflict, UserError
from crm.events.models import Decision, Event, Guest
from crm.events.permissions import EDIT
from crm.events.services import seats
from crm.events.words import CANCELLED, PLANNED
from crm.fields.custom.values import apply_custom
from crm.transfer.cleaning.text import squash

TOLD = ("starts_at", "ends_at", "time_zone", "place", "online_url")
"""What calendars and guests must hear of when it changes."""
COPIED = (
    "kind", "title", "time_zone", "place", "online_url", "description", "agenda", "capacity", "coalition_id",
    "group_id", "campaign_id", "owner_user_id",
)  # fmt: skip
FIELDS = (*COPIED, "starts_at", "ends_at")


class Clash(Conflict):
    """Somebody saved the event after this form was opened; `fields` are those that they changed."""


def create(values: Mapping[str, Any], actor: Actor) -> Event:
    """A new event out of a form's clean values."""
    event = Event(uid=f"event-{uuid4()}@{domain()}", kind=values["kind"])
    _apply(event, values)
    db.session().add(event)
    db.session().flush()
    _require_mine(event, actor)
    return event


def held(event_id: int) -> Event:
    """The event as it is now; until the transaction ends nobody else changes it."""
    with system("the event was loaded for this actor"):
        statement = select(Event).where(Event.id == event_id).with_for_update()
        return db.session().scalars(statement.execution_options(populate_existing=True)).one()


def require_version(event: Event, seen: int) -> None:
    if event.version != seen:
        raise Clash(
            _(
                "Somebody else changed this event after you opened the form. Their state is marked below; "
                "save again to put yours in its place."
            )
        )


def change(
    event_id: int, values: Mapping[str, Any], seen: int, actor: Actor
) -> tuple[Event, bool, list[int]]:
    """Change an event; says whether its time or place moved, and who of the waiting list came in. Clash when
    it is no longer the version `seen`."""
    event = held(event_id)
    require_version(event, seen)
    before = {name: getattr(event, name) for name in TOLD}
    _apply(event, values)
    moved = any(getattr(event, name) != before[name] for name in TOLD)
    _touch(event)
    _require_mine(event, actor)
    return event, moved, seats.fill(event)


def write_text(event_id: int, values: Mapping[str, str], seen: int) -> Event:
    """Agenda or minutes; Clash when somebody wrote meanwhile."""
    event = held(event_id)
    require_version(event, seen)
    for name, text in values.items():
        setattr(event, name, text.replace("\r\n", "\n").strip())
    _touch(event)
    return event


def _apply(event: Event, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            value = values[name]
            setattr(event, name, squash(value) if name in {"title", "place", "online_url"} else value)
    if "status" in values:
        event.status = values["status"]
    apply_custom(event, values)
    if not event.title:
        raise UserError(_("Give the event a title, such as “Steering committee”."))
    if not (event.place or event.online_url):
        raise UserError(_("Say where it is: a place, an online address, or both."))
    if event.group_id is not None:
        _place_in_coalition(event)


def _place_in_coalition(event: Event) -> None:
    """A working group belongs to its coalition."""
    with system("which coalition a working group belongs to"):
        group = db.session().get(WorkingGroup, event.group_id)
    coalition_id = group.coalition_id if group else None
    if event.coalition_id not in {None, coalition_id}:
        raise UserError(_("This working group belongs to another coalition. Choose one that fits."))
    event.coalition_id = coalition_id


def _require_mine(event: Event, actor: Actor) -> None:
    """Nobody puts an event where they could not change it."""
    db.session().flush()
    statement = visible(Event, actor, EDIT).where(Event.id == event.id).with_only_columns(Event.id)
    if db.session().execute(statement).first() is None:
        raise UserError(_("Your role covers some coalitions only. Choose one of them for this event."))


def _touch(event: Event) -> None:
    event.version += 1
    event.updated_at = db.now()
    db.session().flush()


def cancel(event_id: int) -> Event:
    """Say that it will not be held; UserError when that is so already."""
    event = held(event_id)
    if event.status == CANCELLED:
        raise UserError(_("This event is cancelled already."))
    event.status = CANCELLED
    _touch(event)
    return event


def revive(event_id: int) -> Event:
    """It will be held after all."""
    event = held(event_id)
    event.status = PLANNED
    _touch(event)
    return event


def clone(event: Event, starts_at: datetime, ends_at: datetime, actor: Actor, *, with_guests: bool) -> Event:
    """The same event at another time: without answers, minutes and decisions; the guests, when they are
    wanted, have not been told yet."""
    values = {name: getattr(event, name) for name in COPIED}
    made = create({**values, "starts_at": starts_at, "ends_at": ends_at}, actor)
    if with_guests:
        statement = select(Guest.contact_id, Guest.organization_id).where(Guest.event_id == event.id)
        with system("the guests of an event that the actor sees"):
            rows = db.session().execute(statement.order_by(Guest.id)).all()
        seats.add([(row[0], row[1]) for row in rows], made.id)
    return made


def delete(event_id: int) -> None:
    """Remove an event with its guests and decisions; tasks and activities stay and no longer name it."""
    change_set = db.current_change()
    assert change_set is not None
    with system("an event goes with all that hangs on it"):
        for model in (Task, Activity):
            table = db.table(model)
            rows = db.session().execute(select(table.c.id).where(table.c.event_id == event_id)).scalars()
            change_set.update(table, rows.all(), {"event_id": None})
        for part in (Guest, Decision):
            table = db.table(part)
            rows = db.session().execute(select(table.c.id).where(table.c.event_id == event_id)).scalars()
            change_set.delete(table, rows.all())
        change_set.delete(db.table(Event), [event_id])
    db.session().expire_all()
