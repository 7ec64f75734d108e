"""An event as a file for calendar programs."""

from flask_babel import gettext as _

from crm.calendar import ics
from crm.events.models import Event
from crm.events.words import CANCELLED


def item(event: Event, url: str) -> ics.Item:
    return ics.Item(
        uid=event.uid,
        title=event.title,
        starts=event.starts_at,
        ends=event.ends_at,
        stamp=event.updated_at,
        time_zone=event.time_zone,
        place=event.place or event.online_url,
        description=_description(event),
        url=url,
        sequence=event.sequence,
        cancelled=event.status == CANCELLED,
        organizer=True,
    )


def _description(event: Event) -> str:
    online = _("Online: %(address)s", address=event.online_url) if event.online_url else ""
    return "\n\n".join(part for part in (event.description, online) if part)


def text(event: Event, url: str) -> str:
    """The event alone; one that is cancelled takes itself out of the calendars that hold it."""
    return ics.write([item(event, url)], method=ics.CANCEL if event.status == CANCELLED else ics.PUBLISH)
