"""What media relations add to the rest of Rollcall: calendar and timelines."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from flask import url_for

from crm.plugin_api import Actor, CalendarEntry, Contact, TimelineEntry
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm_media.models import Spokesperson
from crm_media.permissions import VIEW
from crm_media.services import messages, press


def calendar_entries(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """Interviews that stand."""
    if mine or not actor.can(VIEW):
        return
    for booking, name in messages.bookings_between(actor, begins.date(), ends.date()):
        yield CalendarEntry(
            f"media-booking-{booking.id}",
            lazy("Interview"),
            f"{name}: {booking.title}",
            booking.on_day,
            url_for("media.spokesperson", spokesperson_id=booking.spokesperson_id),
            icon="speakerphone",
            place=booking.outlet,
        )


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """The interviews of somebody."""
    if contact.kind != "person" or not actor.can(VIEW):
        return []
    speaker = press.detail_of(Spokesperson, contact.id)
    found = []
    for booking in messages.bookings(speaker.id, actor) if speaker is not None else ():
        if booking.status != "declined":
            title = _("Interview: %(title)s", title=booking.title)
            url = url_for("media.spokesperson", spokesperson_id=booking.spokesperson_id)
            found.append(
                TimelineEntry(
                    _noon(booking.on_day), "speakerphone", title, booking.outlet, url=url, day=booking.on_day
                )
            )
    return newest(found, before, limit)


def newest(found: list[TimelineEntry], before: datetime | None, limit: int) -> list[TimelineEntry]:
    past = [each for each in found if before is None or each.at < before]
    return sorted(past, key=lambda each: each.at, reverse=True)[:limit]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
