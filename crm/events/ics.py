"""An event as a file for calendar programs."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.calendar import ics
from crm.events.models import Event
from crm.events.words import CANCELLED
from crm.journal.models import JournalEntry


def text(event: Event, url: str, sequence: int | None = None) -> str:
    """The event alone; one that is cancelled takes itself out of the calendars that hold it."""
    made = ics.Item(
        uid=event.uid,
        title=event.title,
        starts=event.starts_at,
        ends=event.ends_at,
        stamp=db.now(),
        time_zone=event.time_zone,
        place=event.place or event.online_url,
        description=_description(event),
        url=url,
        sequence=sequence_of(event) if sequence is None else sequence,
        cancelled=event.status == CANCELLED,
        organizer=True,
    )
    return ics.write([made], method=ics.CANCEL if event.status == CANCELLED else ics.PUBLISH)


def sequence_of(event: Event) -> int:
    """How often the event has changed. It is what calendars compare, so what is undone must count, too."""
    changes = select(func.count()).where(
        JournalEntry.table_name == db.table(Event).name, JournalEntry.row_id == event.id
    )
    db.session().flush()
    with system("how often an event that was loaded for this reader has changed"):
        return max(0, (db.session().scalar(changes) or 0) - 1)


def _description(event: Event) -> str:
    online = _("Online: %(address)s", address=event.online_url) if event.online_url else ""
    return "\n\n".join(part for part in (event.description, online) if part)
