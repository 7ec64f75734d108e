"""The pages of events: planned, changed, cancelled, copied, deleted, and all of it undone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.accounts.models import OutgoingMail
from crm.activities.models import Task
from crm.events.models import Decision, Event, Guest
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn, sign_in_client
from tests.events.conftest import Add, Invite, Plan, Rows, answers, event_of, form_of


def undo_last(client: PageClient, rows: Rows) -> None:
    last = rows(select(func.max(ChangeSet.id)))[0]
    assert client.post(f"/changes/{last}/undo").status_code in {200, 303}


def test_an_event_is_planned_in_the_hours_of_its_place(organizer_client: PageClient, rows: Rows) -> None:
    sent = organizer_client.post(
        "/events/new", data=form_of(title="  Board   of schools ", time_zone="America/Chicago")
    )
    assert sent.status_code == 303
    (event,) = rows(select(Event))
    assert event.title == "Board of schools"
    assert event.starts_at == datetime(event.starts_at.year, 5, 4, 21, 0, tzinfo=UTC)
    page = organizer_client.get(sent.location).text
    assert "4:00\u202fPM – 5:30\u202fPM CDT" in page
    undo_last(organizer_client, rows)
    assert rows(select(Event.id)) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "Give the event a title."),
    ({"place": "", "online_url": ""}, "Say where it is"),
    ({"begins": "17:30", "ends": "16:00"}, "The event would end before it begins."),
    ({"begins": "16:00", "ends": "16:00"}, "The event would end before it begins."),
    ({"day": ""}, "Choose the day."),
    ({"begins": "25:00"}, "Not a valid time value."),
    ({"online_url": "javascript:alert(1)"}, "Write the whole address"),
    ({"capacity": "0"}, "Write a number of seats from 1"),
    ({"time_zone": "Mars/Base"}, "Choose a time zone"),
    (
        {"day": "2027-03-14", "begins": "02:30", "ends": "04:00"},
        "there is no 02:30 in the time zone America/New_York",
    ),
]


@on_sqlite
@pytest.mark.parametrize("changes, sentence", WRONG)
def test_what_makes_no_sense_gets_a_sentence(
    organizer_client: PageClient, rows: Rows, changes: dict[str, Any], sentence: str
) -> None:
    sent = organizer_client.post("/events/new", data=form_of(**changes))
    assert sent.status_code == 422
    assert sentence in sent.text.replace("&#39;", "'")
    assert rows(select(Event.id)) == []


@on_sqlite
def test_an_hour_that_comes_twice_is_the_first_and_the_page_says_so(
    organizer_client: PageClient, plan: Plan, rows: Rows
) -> None:
    event = plan()
    changed = form_of(day="2027-11-07", begins="01:30", ends="03:00", version="1")
    page = organizer_client.post(f"/events/{event}/edit", data=changed, follow_redirects=True)
    assert "an hour comes twice: the first of both is meant" in page.text
    assert event_of(rows, event, "starts_at") == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_who_saves_second_sees_what_the_first_wrote_and_decides(
    organizer_client: PageClient, plan: Plan, rows: Rows
) -> None:
    event = plan()
    organizer_client.post(f"/events/{event}/edit", data=form_of(title="Mine", version="1"))
    clash = organizer_client.post(f"/events/{event}/edit", data=form_of(title="Yours", version="1"))
    assert clash.status_code == 409
    assert "Somebody else changed this event" in clash.text
    assert "<dd>Mine</dd>" in clash.text
    assert 'value="Yours"' in clash.text
    assert 'name="version" type="hidden" value="2"' in clash.text
    assert event_of(rows, event, "title") == "Mine"
    organizer_client.post(f"/events/{event}/edit", data=form_of(title="Yours", version="2"))
    assert event_of(rows, event, "title", "version") == ("Yours", 3)
    undo_last(organizer_client, rows)
    assert event_of(rows, event, "title") == "Mine"


def test_a_new_time_is_told_to_those_who_were_invited(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    invite(event, add("Amina", "Okafor"), invited_at=datetime.now(UTC))
    invite(event, add("Wei", "Chen"))
    organizer_client.post(f"/events/{event}/edit", data=form_of(version="1", tell="y"))
    assert rows(select(OutgoingMail.recipient, OutgoingMail.purpose)) == [
        ("amina.okafor@example.org", "event_changed")
    ]
    organizer_client.post(f"/events/{event}/edit", data=form_of(version="2", tell="y", title="Other title"))
    assert len(rows(select(OutgoingMail.id))) == 1


def test_cancelling_tells_the_guests_in_their_language(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    invite(event, add("Rosa", "Vega", language="es"), add("Amina", "O'Hara"), invited_at=datetime.now(UTC))
    invite(event, add("No", "Mail", email=""), invited_at=datetime.now(UTC))
    question = organizer_client.get(f"/events/{event}/cancel").text
    assert "2 guests can be told by mail." in question
    assert "No Mail" in question
    organizer_client.post(f"/events/{event}/cancel", data={"tell": "y", "note": "Snow & ice"})
    mails = rows(select(OutgoingMail.subject, OutgoingMail.body, OutgoingMail.html, OutgoingMail.calendar))
    assert len(mails) == 2
    (english,) = [each for each in mails if "O'Hara" in each[1]]
    assert english[0] == "Cancelled: Steering committee"
    assert "Snow & ice" in english[1]
    assert "Snow &amp; ice" in english[2]
    assert "METHOD:CANCEL" in english[3]
    assert "STATUS:CANCELLED" in english[3]
    assert event_of(rows, event, "status") == "cancelled"
    assert "This event is cancelled" in organizer_client.get(f"/events/{event}").text
    undo_last(organizer_client, rows)
    assert event_of(rows, event, "status") == "planned"


def test_what_calendars_count_never_falls_not_even_by_undo(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan()
    (guest,) = invite(event, add("Amina", "Okafor"))

    def number() -> int:
        found = re.search(r"SEQUENCE:(\d+)", organizer_client.get(f"/events/{event}/event.ics").text)
        assert found is not None
        return int(found[1])

    assert [number(), number()] == [0, 0]
    organizer_client.post(f"/events/{event}/guests/{guest}/send")
    organizer_client.post(f"/events/{event}/guests/{guest}", data={"answer": "yes"})
    assert number() == 0
    organizer_client.post(f"/events/{event}/cancel", data={"tell": "y"})
    assert number() == 1
    mails = rows(select(OutgoingMail.calendar).order_by(OutgoingMail.id))
    assert ["SEQUENCE:0" in mails[0], "SEQUENCE:1" in mails[1]] == [True, True]
    undo_last(organizer_client, rows)
    assert number() == 2


def test_a_copy_has_other_hours_and_nobodys_answers(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(capacity=5)
    invite(event, add("Amina", "Okafor"), answer="yes", invited_at=datetime.now(UTC))
    data = {"day": "2027-06-01", "begins": "09:00", "ends": "10:00", "with_guests": "y"}
    sent = organizer_client.post(f"/events/{event}/clone", data=data)
    copy = int(sent.location.rsplit("/", 1)[1])
    first, second = event_of(rows, event, "uid", "title"), event_of(rows, copy, "uid", "title")
    assert first[0] != second[0]
    assert first[1] == second[1]
    assert rows(select(Guest.answer, Guest.invited_at).where(Guest.event_id == copy)) == [("none", None)]
    wrong = organizer_client.post(f"/events/{event}/clone", data={**data, "ends": "08:00"})
    assert wrong.status_code == 422
    assert "would end before it begins" in wrong.text


def test_deleting_takes_all_that_hangs_on_it_and_undo_brings_it_back(
    organizer_client: PageClient, plan: Plan, add: Add, invite: Invite, rows: Rows, make_user: MakeUser
) -> None:
    event, user = plan(), make_user(role="organizer")
    invite(event, add("Amina", "Okafor"), answer="yes")
    data = {"kind": "action", "text": "Write the letter", "assignee": str(user.id), "due_date": "2027-01-31"}
    organizer_client.post(f"/events/{event}/decisions/new", data=data)
    assert "Guests are not told" in organizer_client.get(f"/events/{event}/delete").text
    organizer_client.post(f"/events/{event}/delete")
    assert rows(select(Event.id)) == rows(select(Guest.id)) == rows(select(Decision.id)) == []
    assert rows(select(Task.title, Task.event_id)) == [("Write the letter", None)]
    undo_last(organizer_client, rows)
    assert answers(rows, event) == ["yes"]
    assert rows(select(Task.event_id)) == [event]
    assert rows(select(Decision.text)) == ["Write the letter"]


def test_an_action_becomes_a_task_and_follows_it(
    organizer_client: PageClient, plan: Plan, rows: Rows, make_user: MakeUser
) -> None:
    event, user = plan(), make_user(role="organizer", name="Theo Lind")
    address = f"/events/{event}/decisions/new"
    without = organizer_client.post(address, data={"kind": "action", "text": "Call", "assignee": ""})
    assert without.status_code == 422
    organizer_client.post(address, data={"kind": "action", "text": "Call them", "assignee": str(user.id)})
    organizer_client.post(address, data={"kind": "decision", "text": "We meet monthly.", "assignee": ""})
    assert rows(select(Task.title, Task.assignee_user_id, Task.event_id)) == [("Call them", user.id, event)]
    action = rows(select(Decision.id).where(Decision.kind == "action"))[0]
    page = organizer_client.get(f"/events/{event}").text
    assert "We meet monthly." in page
    assert "Theo Lind" in page
    one = f"/events/{event}/decisions/{action}"
    data = {"kind": "action", "text": "Call them twice", "assignee": str(user.id), "due_date": "2027-02-01"}
    organizer_client.post(one, data=data)
    assert rows(select(Task.title, func.count()).group_by(Task.title)) == [("Call them twice", 1)]
    organizer_client.post(f"{one}/delete")
    assert rows(select(Task.id)) == []
    undo_last(organizer_client, rows)
    assert rows(select(Task.title)) == ["Call them twice"]


def test_whoever_may_give_tasks_to_nobody_leaves_those_of_others_alone(
    app: Flask, organizer_client: PageClient, plan: Plan, rows: Rows, make_user: MakeUser
) -> None:
    event, user, writer = plan(), make_user(role="organizer"), make_user(role="media")
    client = sign_in_client(app, writer)
    new = f"/events/{event}/decisions/new"
    theirs = {"kind": "action", "text": "Call them", "assignee": str(user.id)}
    mine = {**theirs, "assignee": str(writer.id)}
    refused = client.post(new, data=theirs)
    assert refused.status_code == 422
    assert "You can give tasks to yourself only." in refused.text
    assert rows(select(Task.id)) == []
    organizer_client.post(new, data=theirs)
    one = f"/events/{event}/decisions/{rows(select(Decision.id))[0]}"
    for data in (mine, {"kind": "decision", "text": "Call them"}, {**theirs, "text": "Call us"}):
        assert client.post(one, data=data).status_code == 422
    assert client.post(f"{one}/delete").status_code == 403
    assert rows(select(Task.title, Task.assignee_user_id)) == [("Call them", user.id)]
    client.post(new, data=mine)
    own = f"/events/{event}/decisions/{rows(select(func.max(Decision.id)))[0]}"
    client.post(own, data={**mine, "text": "Write to them"})
    assert "Write to them" in rows(select(Task.title))
    client.post(f"{own}/delete")
    assert rows(select(Task.title)) == ["Call them"]


def test_two_who_write_minutes_at_once_lose_nothing(
    organizer_client: PageClient, plan: Plan, rows: Rows
) -> None:
    event = plan()
    address = f"/events/{event}/minutes"
    organizer_client.post(address, data={"text": "First\r\nline", "version": "1"})
    clash = organizer_client.post(address, data={"text": "Second", "version": "1"})
    assert clash.status_code == 409
    assert "First\nline" in clash.text
    assert "Second" in clash.text
    assert event_of(rows, event, "minutes") == "First\nline"
    paper = organizer_client.get(f"/events/{event}/print").text
    assert "First\nline" in paper


@on_sqlite
def test_the_list_has_tabs_and_search_finds(organizer_client: PageClient, plan: Plan, app: Flask) -> None:
    past = datetime(2020, 1, 1, 12, tzinfo=UTC)
    plan(title="Winter training")
    plan(title="Ancient meeting", starts_at=past, agenda="")
    coming = organizer_client.get("/events", follow_redirects=True).text
    assert "Winter training" in coming
    assert "Ancient meeting" not in coming
    assert "Ancient meeting" in organizer_client.get("/events?list=past").text
    everything = organizer_client.get("/events?list=all").text
    assert "Winter training" in everything
    assert "Ancient meeting" in everything
    assert "Winter training" in organizer_client.get("/search?q=wint").text
    assert "Winter training" in organizer_client.get("/events?q=training").text


@on_sqlite
def test_pages_have_as_many_queries_however_many_guests(
    app: Flask, organizer_client: PageClient, plan: Plan, add: Add, invite: Invite
) -> None:
    from sqlalchemy import event as listening

    few, many = plan(), plan()
    people = [add(f"Guest{number}", "Chen", at="Harbor") for number in range(12)]
    invite(few, *people[:2])
    invite(many, *people)
    engine, counts = app.extensions["crm"].engine, []
    organizer_client.get(f"/events/{few}")  # What is remembered until the next change is asked.
    for part in ("", "/guests", "/check-in"):
        for event in (few, many):
            seen: list[str] = []
            listener: Callable[..., None] = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731  # Removed again below.
            listening.listen(engine, "before_cursor_execute", listener)
            assert organizer_client.get(f"/events/{event}{part}").status_code == 200
            listening.remove(engine, "before_cursor_execute", listener)
            counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]
    assert counts[4] == counts[5]


def steps(event: int, guest: int) -> list[tuple[str, str, str]]:
    """Method, path and what it needs: `see`, `edit` or `door`."""
    this = f"/events/{event}"
    one = f"{this}/guests/{guest}"
    return [
        ("GET", this, "see"), ("GET", f"{this}/guests", "see"), ("GET", f"{this}/event.ics", "see"),
        ("GET", f"{this}/print", "see"), ("GET", f"{this}/edit", "edit"), ("POST", f"{this}/edit", "edit"),
        ("GET", f"{this}/cancel", "edit"), ("GET", f"{this}/clone", "edit"),
        ("GET", f"{this}/invite", "edit"),
        ("POST", f"{this}/invite/apply", "edit"), ("POST", f"{this}/send", "edit"), ("GET", one, "edit"),
        ("POST", f"{one}/send", "edit"), ("POST", f"{one}/reset", "edit"), ("GET", f"{this}/agenda", "edit"),
        ("GET", f"{this}/minutes", "edit"), ("GET", f"{this}/decisions/new", "edit"),
        ("GET", f"{this}/delete", "edit"), ("GET", f"{this}/check-in", "door"),
        ("POST", f"{one}/check-in", "door"), ("GET", f"{this}/check-in/walk-in", "door"),
        ("GET", f"{this}/check-in/likely", "door"), ("POST", f"{one}/represents", "door"),
        ("POST", f"{this}/revive", "edit"), ("POST", f"{one}/remove", "edit"),
        ("POST", f"{this}/cancel", "edit"), ("POST", f"{this}/delete", "edit"),
    ]  # fmt: skip


def test_viewers_see_and_change_nothing_and_outsiders_see_nothing(  # noqa: PLR0917  # Fixtures.
    app: Flask,
    sign_in: SignIn,
    make_user: MakeUser,
    plan: Plan,
    add: Add,
    invite: Invite,
    coalition: Callable[..., int],
    rows: Rows,
) -> None:
    north, south = coalition("North"), coalition("South")
    event = plan(coalition_id=north)
    (guest,) = invite(event, add("Amina", "Okafor"))
    viewer = sign_in(role="viewer")
    elsewhere = sign_in_client(app, make_user("organizer", south, scope_kind="coalition"))
    here = sign_in_client(app, make_user("viewer", north, scope_kind="coalition"))
    for method, path, needs in steps(event, guest):
        assert viewer.open(path, method=method).status_code == (200 if needs == "see" else 403), path
        assert here.open(path, method=method).status_code == (200 if needs == "see" else 403), path
        assert elsewhere.open(path, method=method).status_code == 404, path
        assert sign_in().open(path, method=method).status_code == 403, path
    assert answers(rows, event) == ["none"]
    organizer = sign_in_client(app, make_user("organizer", north, scope_kind="coalition"))
    for method, path, _needs in steps(event, guest):
        assert organizer.open(path, method=method).status_code in {200, 303, 422}, path


def test_nobody_puts_an_event_where_they_could_not_change_it(
    app: Flask, make_user: MakeUser, coalition: Callable[..., int], rows: Rows
) -> None:
    north, south = coalition("North"), coalition("South")
    client = sign_in_client(app, make_user("organizer", north, scope_kind="coalition"))
    sent = client.post("/events/new", data=form_of())
    assert sent.status_code == 422
    assert "Choose one of them for this event" in sent.text
    assert client.post("/events/new", data=form_of(coalition=south)).status_code == 422
    assert client.post("/events/new", data=form_of(coalition=north)).status_code == 303
    assert rows(select(Event.coalition_id)) == [north]


def test_what_an_editor_may_not_see_of_an_event_is_named_to_nobody_and_kept(
    app: Flask,
    make_user: MakeUser,
    plan: Plan,
    coalition: Callable[..., int],
    campaign: Callable[..., int],
    rows: Rows,
) -> None:
    north, south = coalition("Hidden North"), coalition("South")
    ours = campaign(south, "Every day counts")
    event = plan(coalition_id=north, campaign_id=ours)
    client = sign_in_client(app, make_user("organizer", south, scope_kind="coalition"))
    listed = client.get("/events?list=all&columns=title,coalition,campaign").text
    assert "Steering committee" in listed
    assert "Every day counts" in listed
    assert "Hidden North" not in listed
    assert "Hidden North" not in client.get(f"/events/{event}/edit").text
    data = form_of(title="Renamed", version="1", coalition="", group="", campaign=str(ours))
    assert client.post(f"/events/{event}/edit", data=data).status_code == 303
    assert event_of(rows, event, "title", "coalition_id", "campaign_id") == ("Renamed", north, ours)
    seen = sign_in_client(app, make_user("organizer")).get("/events?list=all&columns=title,coalition").text
    assert "Hidden North" in seen


@on_sqlite
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("part", ["day", "last_day"])
def test_days_beyond_every_calendar_get_a_sentence(
    day: str, part: str, organizer_client: PageClient, plan: Plan, rows: Rows
) -> None:
    event = plan()
    sent = organizer_client.post("/events/new", data=form_of(**{part: day}))
    copied = organizer_client.post(f"/events/{event}/clone", data=form_of(**{part: day}))
    changed = organizer_client.post(f"/events/{event}/edit", data=form_of(version="1", **{part: day}))
    for answer in (sent, copied, changed):
        assert answer.status_code == 422
        assert "Choose another day." in answer.text
    assert rows(select(Event.id)) == [event]


@on_sqlite
def test_numbers_that_no_record_has_are_no_error(organizer_client: PageClient, plan: Plan) -> None:
    event, number = plan(), "9" * 25
    for name in ("campaign_id", "coalition_id"):
        assert organizer_client.get(f"/events/new?{name}={number}").status_code == 200
    data = {"guest": [number, f"1-{number}"]}
    assert organizer_client.post(f"/events/{event}/invite/apply", data=data).status_code == 303
