"""What events offer to other pages: entries, panels, cards, lines of the morning mail."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import get_timezone

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.contacts.models import Contact
from crm.events import times
from crm.events.models import Event, Guest
from crm.events.permissions import VIEW
from crm.events.services import reading
from crm.events.words import ANSWERS, CANCELLED, NONE
from crm.i18n import gettext as _
from crm.plugin_api.types import (
    CalendarEntry,
    DigestItem,
    Panel,
    TimelineEntry,
)


def calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, *, only_mine: bool
) -> Iterable[CalendarEntry]:
    """Named as other programs know an event, so that an invitation and a feed do not show it twice."""
    if not actor.can(VIEW):
        return
    own = reading.mine(actor)
    statement = reading.between(actor, begins, ends).add_columns(own)
    if only_mine:
        statement = statement.where(own)
    for event, is_mine in db.session().execute(statement):
        yield CalendarEntry(
            event.uid,
            _("Event"),
            event.title,
            event.starts_at,
            url_for("events.show", event_id=event.id),
            event.ends_at,
            "calendar-event",
            event.place or event.online_url,
            event.description,
            bool(is_mine),
            event.status == CANCELLED,
        )


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """That somebody was invited, answered, and came."""
    if not actor.can(VIEW):
        return
    for column, icon, sentence in (
        (Guest.invited_at, "mail", lambda guest, title: _("Invited to “%(title)s”", title=title)),
        (Guest.answered_at, "message-circle", _answered),
        (Guest.checked_in_at, "calendar-event", lambda guest, title: _("Came to “%(title)s”", title=title)),
    ):
        statement = (
            visible(Guest, actor)
            .join(Event, Event.id == Guest.event_id)
            .where(Guest.contact_id == contact.id, column.is_not(None))
            .order_by(column.desc(), Guest.id.desc())
            .limit(limit)
            .add_columns(Event.title)
        )
        if before is not None:
            statement = statement.where(column < before)
        for guest, title in db.session().execute(statement):
            at = getattr(guest, column.key)
            address = url_for("events.show", event_id=guest.event_id)
            yield TimelineEntry(at, icon, sentence(guest, title), guest.note, "", address)


def _answered(guest: Guest, title: str) -> str:
    if guest.answer == NONE:
        return _("Answer about “%(title)s” taken back", title=title)
    return _("“%(title)s”: %(answer)s", title=title, answer=ANSWERS[guest.answer])


def contact_panels(contact: Contact) -> Iterable[Panel]:
    return (Panel("events", _("Events"), "events.of_contact", {"contact_id": contact.id}, VIEW, weight=45),)


def record_panels(kind: str, record_id: int) -> Iterable[Panel]:
    if kind == "coalition":
        yield Panel(
            "events", _("Events"), "events.of_coalition", {"coalition_id": record_id}, VIEW, weight=40
        )
    elif kind == "campaign":
        yield Panel("events", _("Events"), "events.of_campaign", {"campaign_id": record_id}, VIEW, weight=40)


def digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    """One's own events of today and tomorrow."""
    if not actor.can(VIEW):
        return
    zone = get_timezone()
    midnight = datetime.combine(today, datetime.min.time(), zone)
    after = datetime.combine(today + timedelta(days=2), datetime.min.time(), zone)
    statement = reading.between(actor, midnight, after).where(reading.mine(actor), Event.status != CANCELLED)
    for event in db.session().scalars(statement):
        tomorrow = event.starts_at.astimezone(zone).date() > today
        yield DigestItem(
            _("Events tomorrow") if tomorrow else _("Events today"),
            event.title,
            url_for("events.show", event_id=event.id),
            " · ".join(filter(None, (f"{times.hours(event)} {times.zone_words(event)}", event.place))),
        )
