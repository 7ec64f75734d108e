"""Calendars as other programs read them (RFC 5545). Only this module and `zones` know the library."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Response, make_response
from icalendar import Calendar, Event, vCalAddress, vText, vUri

from crm.calendar.zones import vtimezone
from crm.runtime import runtime

PRODUCT = "-//Rollcall//Rollcall//EN"
PUBLISH, CANCEL = "PUBLISH", "CANCEL"
MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Item:
    """One entry. A day takes the whole day and ends with the day `ends`. With `time_zone` the hours are those
    of a place; else they are UTC, which every program shows in its owner's own."""

    uid: str
    title: str
    starts: date | datetime
    stamp: datetime
    ends: date | datetime | None = None
    time_zone: str = ""
    place: str = ""
    description: str = ""
    url: str = ""
    sequence: int = 0
    cancelled: bool = False
    organizer: bool = False


def domain() -> str:
    """What ends the names of this installation's entries."""
    return urlsplit(runtime().config.base_url).hostname or "localhost"


def write(items: Iterable[Item], *, method: str = "", name: str = "") -> str:
    """A calendar with these entries, and with the clocks of each place that they name."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    if method:
        made.add("method", method)
    if name:
        made.add("x-wr-calname", name)
    found = list(items)
    for zone in sorted({each.time_zone for each in found if each.time_zone}):
        there = [each for each in found if each.time_zone == zone and isinstance(each.starts, datetime)]
        moments = [at for each in there for at in (each.starts, each.ends) if isinstance(at, datetime)]
        made.add_component(vtimezone(zone, min(moments), max(moments)))
    for each in found:
        made.add_component(_event(each))
    return str(made.to_ical().decode())


def _event(item: Item) -> Event:
    made = Event()
    made.add("uid", item.uid)
    made.add("dtstamp", item.stamp.astimezone(UTC).replace(microsecond=0))
    made.add("summary", clean(item.title))
    made.add("sequence", item.sequence)
    made.add("status", "CANCELLED" if item.cancelled else "CONFIRMED")
    _add_times(made, item)
    for field, text in (("location", item.place), ("description", item.description)):
        if text:
            made.add(field, clean(text))
    if item.url:
        made.add("url", vUri(item.url))
    if item.organizer:
        made.add("organizer", _organizer())
    return made


def _add_times(made: Event, item: Item) -> None:
    if not isinstance(item.starts, datetime):
        last = item.ends if isinstance(item.ends, date) else item.starts
        made.add("dtstart", item.starts)
        made.add("dtend", last + timedelta(days=1))
        made.add("transp", "TRANSPARENT")
        return
    zone = ZoneInfo(item.time_zone) if item.time_zone else UTC
    made.add("dtstart", item.starts.astimezone(zone).replace(microsecond=0))
    if isinstance(item.ends, datetime) and item.ends > item.starts:
        made.add("dtend", item.ends.astimezone(zone).replace(microsecond=0))


def _organizer() -> vCalAddress:
    config = runtime().config
    made = vCalAddress(f"mailto:{parseaddr(config.mail_from)[1]}")
    made.params["cn"] = vText(config.organization_name)
    return made


def clean(text: str) -> str:
    """Without the control characters that no calendar may hold; line breaks stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        letter for letter in text if letter in "\n\t" or (ord(letter) >= 32 and ord(letter) != 127)
    )


def as_file(text: str, file_name: str) -> Response:
    """The answer of a view that hands out a calendar."""
    response = make_response(text)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
