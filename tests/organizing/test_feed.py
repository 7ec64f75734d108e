"""What an organizer planned stands in the calendar program that follows their private address."""

import re
import warnings
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from tests.events.conftest import form_of

pytestmark = on_sqlite


@pytest.mark.parametrize("what", ["mine", "everything"])
def test_a_calendar_program_reads_the_planned_event(
    what: str, client: PageClient, organizer_client: PageClient
) -> None:
    day = datetime.now(UTC).date() + timedelta(days=9)
    organizer_client.post("/coalitions/new", data={"name": "Maple County Coalition", "level": "local"})
    planned = form_of(
        title="October meeting; rooms, doors", day=day.isoformat(), place="Library", coalition="1", owner="1"
    )
    assert organizer_client.post("/events/new", data=planned).status_code == 303
    page = organizer_client.post("/calendar/feed", data={"what": what}).text
    found = re.search(r'value="http://[^/"]+(/calendar/feed/[^"]+)"', page)
    assert found is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calendar = Calendar.from_ical(client.get(found[1]).text)
    assert [each.errors for each in calendar.walk()] == [[]] * len(calendar.walk())
    (event,) = calendar.walk("VEVENT")
    assert str(event["summary"]) == "October meeting; rooms, doors"
    assert str(event["location"]) == "Library"
    there = ZoneInfo("America/New_York")
    assert event.decoded("dtstart") == datetime.combine(day, time(16), there)
