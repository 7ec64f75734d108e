"""Logging and reading activities in the browser's way."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.activities.models import Activity, Participant, Task
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.activities.conftest import Add, Log, Rows, undo_newest


def test_a_call_is_logged_from_somebodys_page(sign_in: SignIn, add: Add, rows: Rows) -> None:
    ana = add("Ana", "Ruiz")
    client = sign_in(role="organizer")
    form = client.get(f"/activities/new?contact_id={ana}&kind=call")
    assert "Ana Ruiz · #" in form.text
    answer = client.post(
        f"/activities/new?contact_id={ana}",
        data={"kind": "call", "participants": f"#{ana}", "at": "2026-03-04T10:30", "body": "About buses"},
    )
    assert answer.headers["Location"] == f"/contacts/{ana}"
    assert rows(select(Activity.subject, Activity.at)) == [
        ("Call with Ana Ruiz", datetime(2026, 3, 4, 15, 30, tzinfo=UTC))
    ]
    assert "Undo" in client.get(f"/contacts/{ana}").text
    timeline = client.get(f"/contacts/{ana}/timeline").text
    assert timeline.count("Call: Call with Ana Ruiz") == 1
    assert "Logged “" not in timeline


def test_a_follow_up_becomes_a_task(sign_in: SignIn, make_user: MakeUser, add: Add, rows: Rows) -> None:
    user, ana = make_user(role="organizer"), add("Ana", "Ruiz")
    data = {
        "kind": "meeting",
        "participants": f"#{ana}",
        "at": "2026-03-04T10:30",
        "follow_title": "Send the numbers",
        "follow_due": "2026-03-11",
        "follow_assignee": str(user.id),
    }
    sign_in(user).post("/activities/new", data=data)
    ((title, due, whose, about, activity),) = rows(
        select(Task.title, Task.due_date, Task.assignee_user_id, Task.contact_id, Task.activity_id)
    )
    assert (title, str(due), whose, about) == ("Send the numbers", "2026-03-11", user.id, ana)
    assert activity == rows(select(Activity.id))[0]


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"participants": "Nobody Atall"}, "Nobody is called"),
        ({"participants": ""}, "Say with whom"),
        ({"at": "2150-01-01T10:00"}, "This is still to come"),
        ({"at": "yesterday"}, "Not a valid datetime"),
        ({"minutes": "5000"}, "between 0 and 1440"),
        ({"kind": "dance"}, "Not a valid choice"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence(
    sign_in: SignIn, add: Add, rows: Rows, changed: dict[str, str], sentence: str
) -> None:
    ana = add("Ana", "Ruiz")
    data = {"kind": "call", "participants": f"#{ana}", "at": "2026-03-04T10:30", **changed}
    answer = sign_in(role="organizer").post("/activities/new", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert rows(select(Activity.id)) == []


def test_an_edit_that_crosses_another_shows_both(sign_in: SignIn, add: Add, log: Log, rows: Rows) -> None:
    ana, ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    activity = log([ana], subject="Buses")
    first, second = sign_in(role="organizer"), sign_in(role="organizer")
    data = {"kind": "call", "participants": f"#{ana}", "at": "2026-03-04T10:30", "version": "1"}
    first.post(f"/activities/{activity}/edit", data={**data, "subject": "Routes"})
    clash = second.post(
        f"/activities/{activity}/edit", data={**data, "subject": "Trains", "participants": f"#{ben}"}
    )
    assert clash.status_code == 409
    assert "Routes" in clash.text
    assert "Trains" in clash.text
    assert "Save mine anyway" in clash.text
    assert rows(select(Activity.subject)) == ["Routes"]
    again = {**data, "subject": "Trains", "participants": f"#{ben}", "version": "2"}
    assert second.post(f"/activities/{activity}/edit", data=again).status_code == 303
    assert rows(select(Activity.subject)) == ["Trains"]
    assert rows(select(Participant.contact_id)) == [ben]


def test_a_deletion_is_undone_with_everybody_in_it(
    app: Flask, sign_in: SignIn, add: Add, log: Log, rows: Rows
) -> None:
    people = [add("Ana", "Ruiz"), add("Ben", "Ode")]
    activity = log(people, subject="Buses")
    client = sign_in(role="administrator")
    assert "Tasks that came out of it stay" in client.get(f"/activities/{activity}/delete").text
    client.post(f"/activities/{activity}/delete")
    assert rows(select(Activity.id)) == [] == rows(select(Participant.id))
    undo_newest(client)
    assert rows(select(Activity.id)) == [activity]
    assert sorted(rows(select(Participant.contact_id))) == sorted(people)


def test_many_share_one_activity(sign_in: SignIn, add: Add, rows: Rows) -> None:
    people = [add("Ana", "Ruiz"), add("Ben", "Ode"), add("Cy", "Poe")]
    client = sign_in(role="administrator")
    form = client.post("/activities/bulk", data={"ids": [str(each) for each in people[:2]]})
    assert "Ana Ruiz, Ben Ode" not in form.text
    assert "Ben Ode, Ana Ruiz" in form.text
    answer = client.post(
        "/activities/bulk/log",
        data={
            "ids": ",".join(map(str, people[:2])),
            "kind": "meeting",
            "subject": "Summit",
            "at": "2026-03-04T10:30",
        },
    )
    assert answer.status_code == 303
    assert len(rows(select(Activity.id))) == 1
    assert sorted(rows(select(Participant.contact_id))) == sorted(people[:2])
    undo_newest(client)
    assert rows(select(Activity.id)) == []


def test_the_list_is_filtered_by_kind_and_person(sign_in: SignIn, add: Add, log: Log) -> None:
    ana, ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    log([ana, ben], subject="Buses", kind="meeting")
    log([ben], subject="Trains", kind="call")
    client = sign_in(role="viewer")
    assert "Buses" in client.get("/activities").text
    by_name = client.get("/activities?f=who:contains:ruiz").text
    assert "Buses" in by_name
    assert "Trains" not in by_name
    by_number = client.get(f"/activities?f=who:is:%23{ben}&f=kind:is:call").text
    assert "Trains" in by_number
    assert "Buses" not in by_number
    assert "Trains" in client.get("/search?q=trains").text


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_time_that_never_was_gets_a_sentence(
    sign_in: SignIn, add: Add, log: Log, rows: Rows, at: str
) -> None:
    ana = add("Ana", "Ruiz")
    activity = log([ana], subject="Buses")
    client = sign_in(role="organizer")
    data = {"kind": "call", "participants": f"#{ana}", "at": at, "version": "1"}
    for address in ("/activities/new", f"/activities/{activity}/edit"):
        answer = client.post(address, data=data)
        assert answer.status_code == 422
        assert "This is not a time. Choose one." in answer.text
    answer = client.post("/activities/bulk/log", data={**data, "ids": str(ana)})
    assert answer.status_code == 422
    assert len(rows(select(Activity.id))) == 1


def test_what_the_editor_may_not_see_stays_what_an_activity_belongs_to(
    app: Flask, sign_in: SignIn, add: Add, log: Log, rows: Rows
) -> None:
    school = add(organization="Maple School")
    ana = add("Ana", "Ruiz", at="Maple School")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        campaign = Campaign(name="Buses", sort_name="buses", kind="local_practice")
        coalition = Coalition(name="Maple", sort_name="maple", level="local")
        db.session().add_all([campaign, coalition])
        db.session().flush()
        about = {"campaign_id": campaign.id, "coalition_id": coalition.id}
    activity = log([ana], subject="Route two", **about)
    data = {"kind": "call", "participants": f"#{ana}", "at": "2026-03-04T10:30", "subject": "Route three",
            "campaign_id": "", "coalition_id": "", "event_id": ""}  # fmt: skip
    limited = sign_in(role="organizer", scope=school)
    assert "Buses" not in limited.get(f"/activities/{activity}/edit").text
    assert limited.post(f"/activities/{activity}/edit", data={**data, "version": "1"}).status_code == 303
    found = select(Activity.subject, Activity.campaign_id, Activity.coalition_id)
    assert rows(found) == [("Route three", about["campaign_id"], about["coalition_id"])]
    everything = sign_in(role="organizer")
    assert everything.post(f"/activities/{activity}/edit", data={**data, "version": "2"}).status_code == 303
    assert rows(found) == [("Route three", None, None)]
