"""What would be left behind when somebody goes: the events they look after, and the seats kept for them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.events import times
from crm.events.models import Event, Guest
from crm.events.permissions import EDIT
from crm.events.words import ANSWERS, CANCELLED, KINDS
from crm.plugin_api.types import Heirs, Responsibility

OWNER: Final = "events.owner"
GUEST: Final = "events.guest"


def responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    """The events to come that somebody's account looks after, none of them on behalf of an organization, and
    those that they are invited to; each as far as the actor may give it to somebody else."""
    if user_id is not None and organization_id is None:
        yield from _owned(user_id, actor)
    yield from _invited(contact.id, organization_id, actor)


def _coming(actor: Actor) -> Any:
    return visible(Event, actor, EDIT).where(Event.ends_at > db.now(), Event.status != CANCELLED)


def _owned(user_id: int, actor: Actor) -> Iterable[Responsibility]:
    statement = _coming(actor).where(Event.owner_user_id == user_id).order_by(Event.starts_at)
    for event in db.session().scalars(statement).all():
        address = url_for("events.show", event_id=event.id)
        yield Responsibility(
            OWNER, event.id, str(KINDS[event.kind]), event.title, "user", times.in_words(event), address
        )


def _invited(contact_id: int, organization_id: int | None, actor: Actor) -> Iterable[Responsibility]:
    statement = _coming(actor).join(Guest, Guest.event_id == Event.id).where(Guest.contact_id == contact_id)
    if organization_id is not None:
        statement = statement.where(
            or_(Guest.organization_id == organization_id, Guest.organization_id.is_(None))
        )
    statement = statement.where(Guest.answer != "no").add_columns(Guest).order_by(Event.starts_at)
    for event, guest in db.session().execute(statement).all():
        detail = f"{times.in_words(event)} · {ANSWERS[guest.answer]}"
        address = url_for("events.show", event_id=event.id)
        yield Responsibility(GUEST, guest.id, _("Invitation"), event.title, "person", detail, address)


def hand_over(items: Sequence[Responsibility], heirs: Heirs, actor: Actor) -> None:
    """Give events to whoever takes over, as far as the actor may change them. Inside a transaction."""
    if heirs.user_id is not None:
        _give_events([each.record_id for each in items if each.kind == OWNER], heirs.user_id, actor)
    if heirs.contact_id is not None:
        _give_seats([each.record_id for each in items if each.kind == GUEST], heirs.contact_id, actor)
    db.session().flush()


def _give_events(ids: Sequence[int], user_id: int, actor: Actor) -> None:
    for event in db.session().scalars(visible(Event, actor, EDIT).where(db.among(Event.id, ids))):
        event.owner_user_id = user_id
        event.version += 1
        event.updated_at = db.now()


def _give_seats(ids: Sequence[int], contact_id: int, actor: Actor) -> None:
    """The heir is invited anew and has not answered: nobody promises for somebody else. The link in the old
    invitation opens nothing any more."""
    statement = _coming(actor).join(Guest, Guest.event_id == Event.id).where(db.among(Guest.id, ids))
    for guest in db.session().scalars(statement.with_only_columns(Guest)).all():
        if _is_guest(guest.event_id, contact_id):
            db.session().delete(guest)
            continue
        guest.contact_id, guest.answer = contact_id, "none"
        guest.answered_at = guest.queued_at = guest.invited_at = None
        guest.note = ""
        guest.link_version += 1


def _is_guest(event_id: int, contact_id: int) -> bool:
    with system("whether the heir is invited already"):
        statement = select(Guest.id).where(Guest.event_id == event_id, Guest.contact_id == contact_id)
        return db.session().execute(statement).first() is not None
