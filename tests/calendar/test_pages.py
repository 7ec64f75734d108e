"""The calendar page and the private feed."""

import re
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select, text

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits, tokens
from crm.accounts.models import User
from crm.accounts.services import resets
from crm.calendar import services
from crm.calendar.models import CalendarFeed
from crm.events import offers
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn, sign_in_client
from tests.events.conftest import Add, Invite, Plan, Rows

SOON = datetime(2026, 11, 12, 15, tzinfo=UTC)


def make(client: PageClient, what: str = "mine") -> str:
    """The path of a new feed."""
    page = client.post("/calendar/feed", data={"what": what}).text
    found = re.search(r'value="http://[^/"]+(/calendar/feed/[^"]+)"', page)
    assert found is not None
    return found[1]


def titles(client: PageClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return sorted(str(each["summary"]) for each in Calendar.from_ical(answer.text).walk("VEVENT"))


@pytest.mark.parametrize("view", ["month", "week", "agenda"])
def test_events_stand_on_their_day(organizer_client: PageClient, plan: Plan, view: str) -> None:
    event = plan(title="Board meeting", starts_at=SOON)
    page = organizer_client.get(f"/calendar?view={view}&day=2026-11-10").text
    assert "Board meeting" in page
    assert f'href="/events/{event}"' in page
    assert "Board meeting" not in organizer_client.get(f"/calendar?view={view}&day=2027-03-10").text


@on_sqlite
def test_nonsense_in_the_address_shows_today(organizer_client: PageClient) -> None:
    for query in (
        "day=x",
        "view=x",
        "day=9999-12-31",
        "day=0001-01-01",
        "kind=%00",
        "mine=2",
        "day=2026-02-31",
    ):
        assert organizer_client.get(f"/calendar?{query}").status_code == 200


@on_sqlite
def test_filters_keep_what_is_wanted(organizer_client: PageClient, plan: Plan) -> None:
    plan(title="Board meeting", starts_at=SOON)
    address = "/calendar?view=agenda&day=2026-11-10"
    assert "Board meeting" in organizer_client.get(f"{address}&kind=Event").text
    assert "Board meeting" not in organizer_client.get(f"{address}&kind=Task").text
    assert "Board meeting" not in organizer_client.get(f"{address}&mine=1").text


@on_sqlite
def test_months_and_weeks_have_whole_weeks(app: Flask) -> None:
    with app.test_request_context():
        for number in range(400):
            day = date(2026, 1, 1) + timedelta(days=number)
            for view in ("month", "week"):
                first, last = services.span(view, day)
                assert (last - first).days % 7 == 6
                assert first <= day <= last
                assert first.weekday() == services.first_weekday()
        assert services.step("month", date(2026, 12, 31), 1) == date(2027, 1, 1)
        assert services.step("month", date(2026, 1, 31), -1) == date(2025, 12, 1)


@on_sqlite
def test_an_event_of_several_days_stands_on_each(organizer_client: PageClient, plan: Plan) -> None:
    plan(title="Retreat", starts_at=SOON, ends_at=SOON + timedelta(days=2))
    page = organizer_client.get("/calendar?view=agenda&day=2026-11-10").text
    assert page.count('class="rc-name"') == 3


@on_sqlite
def test_a_part_that_fails_is_a_small_notice(
    app: Flask, organizer_client: PageClient, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(app.extensions["crm"].plugins, "raise_failures", False)
    monkeypatch.setattr(offers, "calendar_entries", fail)
    page = organizer_client.get("/calendar")
    assert page.status_code == 200
    assert "The part of “events” cannot be shown right now." in page.text


def test_the_feed_holds_what_its_owner_may_see(
    app: Flask, client: PageClient, make_user: MakeUser, plan: Plan, coalition: Callable[..., int]
) -> None:
    north = coalition("North")
    user = make_user("organizer", north, scope_kind="coalition")
    mine = sign_in_client(app, user)
    plan(title="Ours", coalition_id=north)
    plan(title="Mine", coalition_id=north, owner_user_id=user.id)
    plan(title="Elsewhere")
    own = make(mine)
    assert titles(client, own) == ["Mine"]
    everything = make(mine, "everything")
    assert titles(client, everything) == ["Mine", "Ours"]
    assert client.get(own).status_code == 404


def test_the_feed_is_read_without_a_warning(
    client: PageClient, organizer_client: PageClient, plan: Plan
) -> None:
    event_title = "Long; title, with “signs” and a\\backslash " + "x" * 200
    plan(title=event_title, description="Two\nlines", online_url="https://meet.example.org/x")
    answer = client.get(make(organizer_client, "everything"))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calendar = Calendar.from_ical(answer.text)
    assert [each.errors for each in calendar.walk()] == [[]] * len(calendar.walk())
    (event,) = calendar.walk("VEVENT")
    assert str(event["summary"]) == event_title
    assert str(event["description"]) == "Two\nlines"


def test_the_same_feed_is_not_read_twice(
    client: PageClient, organizer_client: PageClient, plan: Plan, rows: Rows
) -> None:
    plan(title="Board meeting")
    address = make(organizer_client, "everything")
    first = client.get(address)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": modified}).status_code == 304
    assert rows(select(CalendarFeed.read_at)) != [None]
    plan(title="One more")
    again = client.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert again.headers["ETag"] != etag


def test_only_a_hash_is_kept_and_a_stranger_gets_nothing(
    app: Flask, client: PageClient, organizer_client: PageClient, rows: Rows
) -> None:
    address = make(organizer_client)
    secret = address.rsplit("/", 1)[1].removesuffix(".ics")
    with app.app_context(), system("test"):
        kept = str(db.session().execute(text("SELECT * FROM calendar_feed")).all())
    assert secret not in kept
    assert secret not in organizer_client.get("/calendar/feed").text
    assert client.get("/calendar/feed/x.ics").status_code == 404
    assert client.get(address.replace(secret, secret[:-1] + "_")).status_code == 404
    organizer_client.post("/calendar/feed/end")
    assert client.get(address).status_code == 404
    assert rows(select(CalendarFeed.id)) == []


@pytest.mark.parametrize("how", ["disabled", "restored", "roles"])
def test_a_feed_ends_with_the_account_and_follows_its_roles(
    how: str, app: Flask, client: PageClient, make_user: MakeUser, plan: Plan
) -> None:
    user = make_user(role="organizer")
    plan(title="Board meeting")
    address = make(sign_in_client(app, user), "everything")
    assert titles(client, address) == ["Board meeting"]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        if how == "disabled":
            db.session().execute(text("UPDATE user_account SET active = false"))
        elif how == "restored":
            app.extensions["crm"].plugins.all("crm_restored")
        else:
            db.session().execute(text("DELETE FROM role_grant"))
    if how == "roles":
        assert titles(client, address) == []
    else:
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("how", ["disable", "sessions/end", "second-step/remove", "reset"])
def test_a_feed_ends_when_its_owner_is_shut_out(
    how: str, app: Flask, client: PageClient, admin_client: PageClient, make_user: MakeUser
) -> None:
    user = make_user(role="organizer")
    address = make(sign_in_client(app, user))
    assert client.get(address).status_code == 200
    if how == "reset":
        with app.test_request_context(), db.transaction(Actor.system(), "test"):
            owner = db.session().get_one(User, user.id)
            resets.reset(tokens.issue(tokens.RESET, owner), "a quiet harbor in the morning")
    else:
        assert admin_client.post(f"/users/{user.id}/{how}").status_code == 303
        if how == "disable":
            admin_client.post(f"/users/{user.id}/enable")
    assert client.get(address).status_code == 404


@on_sqlite
def test_a_reading_too_many_costs_nothing(
    client: PageClient, organizer_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make(organizer_client)
    monkeypatch.setattr(limits, "FEED", limits.Limit("calendar_feed", 1, timedelta(hours=1)))
    assert client.get(address).status_code == 200
    monkeypatch.setattr(services, "collect", None)
    assert client.get(address).status_code == 429


def test_a_feed_is_not_read_without_end(client: PageClient, organizer_client: PageClient) -> None:
    address = make(organizer_client)
    codes = {client.get(address).status_code for _each in range(60)}
    assert codes == {200}
    assert client.get(address).status_code == 429


@on_sqlite
def test_whoever_has_no_role_has_an_empty_calendar(sign_in: SignIn, plan: Plan) -> None:
    plan(title="Board meeting")
    page = sign_in().get("/calendar?view=agenda")
    assert page.status_code == 200
    assert "Board meeting" not in page.text


@on_sqlite
def test_an_invitation_and_the_feed_name_an_event_alike(
    client: PageClient, organizer_client: PageClient, plan: Plan, add: Add, invite: Invite
) -> None:
    event = plan(title="Board meeting")
    (alone,) = Calendar.from_ical(organizer_client.get(f"/events/{event}/event.ics").text).walk("VEVENT")
    (shared,) = Calendar.from_ical(client.get(make(organizer_client, "everything")).text).walk("VEVENT")
    assert str(alone["uid"]) == str(shared["uid"])
    assert alone.decoded("dtstart") == shared.decoded("dtstart")
