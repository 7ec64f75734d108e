"""What pages show of events: lists of them, numbers, guests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, WorkingGroup
from crm.contacts.models import Contact
from crm.events.models import Event, Guest
from crm.events.words import CANCELLED, MAYBE, NO, NONE, WAITING, YES

MOST_GUESTS = 200
_organization = aliased(Contact, name="organization")


@dataclass(frozen=True)
class Numbers:
    """How many guests there are, by answer, and how many came."""

    invited: int = 0
    yes: int = 0
    maybe: int = 0
    no: int = 0
    waiting: int = 0
    none: int = 0
    came: int = 0


def numbers(event_id: int, actor: Actor) -> Numbers:
    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    answers = [counted(Guest.answer == each) for each in (YES, MAYBE, NO, WAITING, NONE)]
    columns: list[Any] = [func.count(Guest.id), *answers, counted(Guest.checked_in_at.is_not(None))]
    statement = visible(Guest, actor).where(Guest.event_id == event_id).with_only_columns(*columns)
    row = db.session().execute(statement).one()
    return Numbers(*(int(each) for each in row))


@dataclass(frozen=True)
class GuestRow:
    """A guest as a list shows them. `seen` says that the reader may open their page."""

    guest: Guest
    name: str
    organization: str
    seen: bool


def guests(
    event_id: int,
    actor: Actor,
    text: str = "",
    answer: str = "",
    *,
    most: int = MOST_GUESTS,
    only: int | None = None,
) -> Sequence[GuestRow]:
    """Guests by name. Whoever sees an event sees who its guests are, but opens only pages that are theirs
    to see."""
    mine = visible(Contact, actor).with_only_columns(Contact.id).scalar_subquery()
    statement = (
        visible(Guest, actor)
        .join(Contact, Contact.id == Guest.contact_id)
        .outerjoin(_organization, _organization.id == Guest.organization_id)
        .where(Guest.event_id == event_id)
        .order_by(Contact.sort_name, Guest.id)
        .limit(most)
        .add_columns(Contact.name, _organization.name, Contact.id.in_(mine))
    )
    if only is not None:
        statement = statement.where(Guest.id == only)
    if answer == "came":
        statement = statement.where(Guest.checked_in_at.is_not(None))
    elif answer:
        statement = statement.where(Guest.answer == answer)
    for word in text.split()[:5]:
        has = (func.lower(each).contains(word.lower(), autoescape=True) for each in _SEARCHED)
        statement = statement.where(or_(*has))
    rows = db.session().execute(statement).all()
    return [GuestRow(row[0], row[1], row[2] or "", bool(row[3])) for row in rows]


_SEARCHED: Any = (Contact.name, _organization.name)


def guest(event_id: int, guest_id: int, actor: Actor) -> Guest | None:
    statement = visible(Guest, actor).where(Guest.id == guest_id, Guest.event_id == event_id)
    return db.session().scalars(statement).one_or_none()


@dataclass(frozen=True)
class Setting:
    """What an event belongs to, by name; what the reader may not see has none."""

    coalition: str = ""
    group: str = ""
    campaign: str = ""
    owner: str = ""


def setting(event: Event, actor: Actor) -> Setting:
    def name_of(model: Any, record_id: int | None) -> str:
        if record_id is None:
            return ""
        statement = visible(model, actor).where(model.id == record_id).with_only_columns(model.name)
        return db.session().execute(statement).scalar_one_or_none() or ""

    owner = select(User.name).where(User.id == event.owner_user_id)
    return Setting(
        name_of(Coalition, event.coalition_id),
        name_of(WorkingGroup, event.group_id),
        name_of(Campaign, event.campaign_id),
        db.session().execute(owner).scalar_one_or_none() or "" if event.owner_user_id else "",
    )


def coming(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Events that are not over, the next first."""
    return (
        visible(Event, actor).where(Event.ends_at > db.now(), *conditions).order_by(Event.starts_at, Event.id)
    )


def past(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Events that are over, the last first."""
    statement = visible(Event, actor).where(Event.ends_at <= db.now(), *conditions)
    return statement.order_by(Event.starts_at.desc(), Event.id.desc())


def between(actor: Actor, begins: datetime, ends: datetime) -> Select[Any]:
    """Events of which some part lies between the two moments."""
    return (
        visible(Event, actor)
        .where(Event.starts_at < ends, Event.ends_at > begins)
        .order_by(Event.starts_at, Event.id)
    )


def mine(actor: Actor) -> ColumnElement[bool]:
    """The actor's own: what they look after, and where they are a guest who has not declined."""
    own = Event.owner_user_id == actor.user_id
    if actor.contact_id is None:
        return own
    invited = select(Guest.event_id).where(Guest.contact_id == actor.contact_id, Guest.answer != NO)
    return or_(own, Event.id.in_(invited))


def counts(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many said yes and how many came, by event; of events that the reader sees."""
    yes = func.sum(case((Guest.answer == YES, 1), else_=0))
    came = func.sum(case((Guest.checked_in_at.is_not(None), 1), else_=0))
    statement = select(Guest.event_id, yes, came).where(db.among(Guest.event_id, ids))
    with system("numbers of events that the reader sees"):
        rows = db.session().execute(statement.group_by(Guest.event_id)).all()
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def is_over(event: Event) -> bool:
    return event.ends_at <= db.now()


def may_answer(event: Event) -> bool:
    return event.status != CANCELLED and not is_over(event)
