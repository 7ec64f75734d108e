"""Hours of a place: from what is typed to a moment, and the rules of its clocks for other programs."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vDDDTypes

from crm.errors import UserError
from crm.i18n import day as in_words

STEP = timedelta(days=7)
NO_TIME = timedelta(0)


def moment(day: date, hour: time, zone_name: str) -> datetime:
    """The moment when it is that day and hour there. UserError when the clocks jump over it; of an hour that
    comes twice the first is meant, as RFC 5545 has it."""
    zone = ZoneInfo(zone_name)
    found = datetime.combine(day, hour.replace(fold=0), zone)
    if found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found.replace(tzinfo=None):
        raise UserError(
            _(
                "On %(day)s there is no %(hour)s in the time zone %(zone)s: the clocks go forward then. "
                "Choose another hour.",
                day=in_words(day),
                hour=f"{hour:%H:%M}",
                zone=zone_name,
            )
        )
    return found.astimezone(UTC)


def is_twice(moment_: datetime, zone_name: str) -> bool:
    """Whether clocks there show the hour of this moment twice, because they go back."""
    local = moment_.astimezone(ZoneInfo(zone_name)).replace(fold=0)
    return local.utcoffset() != local.replace(fold=1).utcoffset()


def changes(zone: tzinfo, begins: datetime, ends: datetime) -> list[datetime]:
    """The moments between the two from which the clocks there show another offset, to the second."""
    found, here = [], begins.astimezone(UTC)
    while here < ends:
        later = here + STEP
        if here.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found.append(_first_other(zone, here, later))
        here = later
    return found


def _first_other(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """Where between the two the offset changes, by halving."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def vtimezone(zone_name: str, begins: datetime, ends: datetime) -> Timezone:
    """The clocks of a place around an event: what they show a year before it, and each change until a year
    after. Every change is written with the hour that the clocks showed when it came (RFC 5545, 3.6.5)."""
    zone = ZoneInfo(zone_name)
    first = (begins - timedelta(days=370)).astimezone(UTC).replace(microsecond=0)
    made = Timezone()
    made.add("tzid", zone_name)
    made.add_component(_observance(zone, first, first))
    for change in changes(zone, first, ends + timedelta(days=370)):
        made.add_component(_observance(zone, change, change - timedelta(seconds=1)))
    return made


def _observance(zone: tzinfo, at: datetime, before: datetime) -> TimezoneStandard | TimezoneDaylight:
    now, earlier = at.astimezone(zone), before.astimezone(zone)
    offset = earlier.utcoffset() or NO_TIME
    made = TimezoneDaylight() if now.dst() else TimezoneStandard()
    made.add("dtstart", vDDDTypes((at + offset).replace(tzinfo=None)))
    made.add("tzoffsetfrom", offset)
    made.add("tzoffsetto", now.utcoffset() or NO_TIME)
    made.add("tzname", now.tzname() or "UTC")
    return made
