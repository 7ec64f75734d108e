"""When an event is, in words: in the hours of its own place."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _

from crm.calendar import zones
from crm.errors import UserError
from crm.events.models import Event

FIRST_YEAR, LAST_YEAR = 1901, 2199
"""What the calendar shows. Beyond, clocks of some zone would leave the years that a computer knows."""


def span(day: date, begins: time, last_day: date | None, ends: time, zone: str) -> tuple[datetime, datetime]:
    """Begin and end as moments; UserError where they make no sense."""
    for each in (day, last_day):
        if each is not None and not FIRST_YEAR <= each.year <= LAST_YEAR:
            raise UserError(_("That start lies too far away. Choose another day."))
    first = zones.moment(day, begins, zone)
    last = zones.moment(last_day or day, ends, zone)
    if last <= first:
        raise UserError(
            _("The event would end before it begins. Check the hours, and the last day if it takes several.")
        )
    return first, last


def local(event: Event) -> tuple[datetime, datetime]:
    """Begin and end as the clocks of the event's place show them."""
    zone = ZoneInfo(event.time_zone)
    return event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)


def in_words(event: Event) -> str:
    """“Tuesday, December 1, 2026, 4:00 – 5:30 PM EST”."""
    return f"{_day_and_hours(event)} {zone_words(event)}"


def _day_and_hours(event: Event) -> str:
    first, last = local(event)
    begins, ends = (format_time(each, "short", locale=get_locale()) for each in (first, last))
    if first.date() == last.date():
        return f"{_day(first)}, {begins} – {ends}"
    return f"{_day(first)}, {begins} – {_day(last)}, {ends}"


def _day(moment: datetime) -> str:
    return str(format_date(moment, "full", locale=get_locale()))


def zone_words(event: Event) -> str:
    """The short name of the event's time zone on its day, such as EST."""
    first, _last = local(event)
    return str(get_timezone_name(first, width="short", locale=get_locale()))


def hours(event: Event) -> str:
    """“4:00 – 5:30 PM”, in the event's own zone."""
    return " – ".join(format_time(each, "short", locale=get_locale()) for each in local(event))


def elsewhere(event: Event) -> str:
    """The hour in the reader's own zone, where it is another than the event's; else nothing."""
    zone = get_timezone()
    first, _last = local(event)
    mine = event.starts_at.astimezone(zone)
    if zone is None or mine.utcoffset() == first.utcoffset():
        return ""
    hour = format_time(mine, "short", locale=get_locale())
    name = get_timezone_name(mine, width="short", locale=get_locale())
    return _("%(hour)s %(zone)s for you", hour=hour, zone=name)


def note_of_twice(event: Event) -> str:
    """A sentence when the clocks show the event's begin or end twice, saying which of both is meant."""
    if not any(zones.is_twice(each, event.time_zone) for each in (event.starts_at, event.ends_at)):
        return ""
    return _("The clocks go back that night, so an hour comes twice: the first of both is meant.")
