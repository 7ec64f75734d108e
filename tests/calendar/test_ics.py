"""Calendars for other programs: zones and their changes, folding, escaping, what names an event."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from crm.calendar import ics, zones
from crm.errors import UserError
from crm.plugin_api.testing.databases import on_sqlite

pytestmark = on_sqlite
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = (
    "America/New_York",
    "America/Phoenix",
    "America/St_Johns",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
)


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def item(**changes: object) -> ics.Item:
    begins = datetime(2026, 12, 1, 21, tzinfo=UTC)
    values = {
        "uid": "a@b",
        "title": "Meeting",
        "starts": begins,
        "ends": begins + timedelta(hours=1),
        "stamp": STAMP,
    }
    return ics.Item(**{**values, **changes})  # type: ignore[arg-type]  # Values of a test.


def test_an_event_reads_as_it_was_written() -> None:
    text = ics.write(
        [item(time_zone="America/New_York", sequence=3, cancelled=True, organizer=True)], method="CANCEL"
    )
    calendar = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    assert str(calendar["method"]) == "CANCEL"
    assert event.decoded("dtstart").utcoffset() == timedelta(hours=-5)
    assert event.decoded("dtstart") == datetime(2026, 12, 1, 21, tzinfo=UTC)
    assert (str(event["uid"]), str(event["sequence"]), str(event["status"])) == ("a@b", "3", "CANCELLED")
    assert str(event["organizer"]) == "mailto:rollcall@localhost"
    assert [each.errors for each in calendar.walk()] == [[]] * len(calendar.walk())


@given(st.text(max_size=400), st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_survives_and_no_line_is_too_long(title: str, description: str) -> None:
    text = ics.write([item(title=title, description=description)])
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert str(event["summary"]) == ics.clean(title)
    assert str(event.get("description", "")) == ics.clean(description)


def onsets(zone: Timezone) -> list[tuple[datetime, timedelta]]:
    """When each observance begins, in UTC as RFC 5545 has it, and the offset from then on."""
    return sorted(
        (
            each.decoded("dtstart").replace(tzinfo=UTC) - each.decoded("tzoffsetfrom"),
            each.decoded("tzoffsetto"),
        )
        for each in zone.subcomponents
    )


@pytest.mark.parametrize("place", PLACES)
def test_the_clocks_of_a_place_are_right_at_every_hour_of_the_year(place: str) -> None:
    begins = datetime(2026, 6, 1, tzinfo=UTC)
    found = onsets(zones.vtimezone(place, begins, begins))
    for hours in range(0, 8760, 1):
        at = begins - timedelta(days=180) + timedelta(hours=hours)
        offset = [to for onset, to in found if onset <= at][-1]
        assert offset == at.astimezone(ZoneInfo(place)).utcoffset(), at


def test_the_spring_change_of_new_york_is_written_with_the_hour_before() -> None:
    begins = datetime(2026, 6, 1, tzinfo=UTC)
    text = zones.vtimezone("America/New_York", begins, begins).to_ical().decode()
    summer = re.findall(r"BEGIN:DAYLIGHT\r\n(.*?)END:DAYLIGHT", text, re.DOTALL)
    assert any("DTSTART:20260308T020000" in each and "TZOFFSETFROM:-0500" in each for each in summer)


def _typed(wall: datetime, place: str) -> datetime | None:
    try:
        return zones.moment(wall.date(), wall.time(), place)
    except UserError:
        return None


@given(st.integers(0, 365 * 24 * 4), st.sampled_from(PLACES))
@settings(max_examples=200, deadline=None)
def test_what_is_typed_is_that_hour_there_or_a_sentence(quarter: int, place: str) -> None:
    wall = datetime.combine(date(2026, 1, 1), time()) + timedelta(minutes=15 * quarter)
    found = _typed(wall, place)
    if found is None:
        assert wall.date().month in {3, 10}
    else:
        assert found.astimezone(ZoneInfo(place)).replace(tzinfo=None) == wall
        earlier = found - timedelta(minutes=15)
        assert earlier.astimezone(ZoneInfo(place)).replace(tzinfo=None) != wall


def test_an_hour_that_comes_twice_is_the_first() -> None:
    found = zones.moment(date(2026, 11, 1), time(1, 30), "America/New_York")
    assert found == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert zones.is_twice(found, "America/New_York")
    assert not zones.is_twice(found + timedelta(hours=3), "America/New_York")


def test_whole_days_end_with_their_last_day() -> None:
    (event,) = Calendar.from_ical(ics.write([item(starts=date(2026, 5, 1), ends=date(2026, 5, 2))])).walk(
        "VEVENT"
    )
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 5, 1), date(2026, 5, 3))
