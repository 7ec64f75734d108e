"""Tasks: whose they are, what is done with one click, what comes after, who may see and change them."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import Role
from crm.activities.models import Activity, Task, TaskItem
from crm.activities.services import handing, tasks
from crm.activities.views import rows as task_rows
from crm.events.models import Decision, Event
from crm.i18n import today
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.plugin_api.types import Heirs
from tests.activities.conftest import Add, MakeTask, Rows, undo_newest


def test_a_task_in_one_line(sign_in: SignIn, make_user: MakeUser, add: Add, rows: Rows) -> None:
    user, ana = make_user(role="organizer"), add("Ana", "Ruiz")
    client = sign_in(user)
    data = {"title": "Call Ana", "due_date": "2030-03-04", "back": f"/contacts/{ana}"}
    answer = client.post(f"/activities/tasks/quick?contact_id={ana}", data=data)
    assert answer.headers["Location"] == f"/contacts/{ana}"
    found = rows(select(Task.title, Task.due_date, Task.assignee_user_id, Task.contact_id))
    assert found == [("Call Ana", date(2030, 3, 4), user.id, ana)]
    assert "Call Ana" in client.get(f"/activities/tasks/of/contact/{ana}").text
    away = client.post("/activities/tasks/quick", data={"title": "x", "back": "//evil.example"})
    assert away.headers["Location"] == "/activities/my-day"
    assert client.post("/activities/tasks/quick", data={"title": ""}).status_code == 422


def test_my_day_groups_what_waits(
    app: Flask, sign_in: SignIn, make_user: MakeUser, make_task: MakeTask
) -> None:
    user, other = make_user(role="organizer"), make_user(role="organizer")
    with app.test_request_context():
        day = today()
    for title, due in (
        ("Overslept", day - timedelta(days=2)),
        ("Nowadays", day),
        ("Soonish", day + timedelta(days=7)),
        ("Farther", day + timedelta(days=8)),
        ("Whenever", None),
    ):
        make_task(user, title, due_date=due)
    make_task(other, "Somebody's", due_date=day)
    with app.test_request_context():
        found = task_rows.my_day(Actor(user.id, user.name), day)
        groups = (found.late, found.today, found.week, found.later, found.undated)
        assert [[row.task.title for row in group] for group in groups] == [
            ["Overslept"],
            ["Nowadays"],
            ["Soonish"],
            ["Farther"],
            ["Whenever"],
        ]
    page = sign_in(user).get("/activities/my-day").text
    assert "Somebody&#39;s" not in page
    assert page.index("Overslept") < page.index("Nowadays") < page.index("Whenever")
    assert "Overslept" in sign_in(user).get("/activities/cards/my-day").text


def test_done_with_one_click_and_undone(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="administrator")
    first = make_task(
        user, "Count", due_date=date(2030, 1, 31), repeat="month", items=["Ask", "Add"], repeat_every=1
    )
    client = sign_in(user)
    client.post(f"/activities/tasks/{first}/done")
    assert "due again on Feb 28, 2030" in client.get("/activities/my-day").text
    (second,) = rows(select(Task.id).where(Task.done_at.is_(None)))
    assert rows(select(Task.due_date, Task.series_id).where(Task.id == second)) == [
        (date(2030, 2, 28), first)
    ]
    assert rows(select(TaskItem.text).where(TaskItem.task_id == second)) == ["Ask", "Add"]
    undo_newest(client)
    assert rows(select(Task.id, Task.done_at)) == [(first, None)]
    assert rows(select(func.count(TaskItem.id))) == [2]


def test_the_31st_comes_back(app: Flask, make_user: MakeUser, make_task: MakeTask, rows: Rows) -> None:
    user = make_user(role="organizer")
    make_task(user, "Report", due_date=date(2030, 1, 31), repeat="month", repeat_every=1)
    actor = Actor.system()
    for _month in range(3):
        with app.app_context(), db.transaction(actor, "test"):
            open_ones = select(Task).where(Task.done_at.is_(None))
            with system("test"):
                task = db.session().scalars(open_ones).one()
            tasks.finish(task, actor, date(2030, 1, 1))
    assert [str(day) for day in rows(select(Task.due_date).order_by(Task.id))] == [
        "2030-01-31",
        "2030-02-28",
        "2030-03-31",
        "2030-04-30",
    ]


def test_done_twice_makes_one_successor(
    app: Flask, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="organizer")
    task_id = make_task(user, "Count", due_date=date(2030, 1, 1), repeat="day", repeat_every=1)
    for _time in range(2):
        with app.app_context(), db.transaction(Actor.system(), "test"):
            with system("test"):
                task = db.session().get_one(Task, task_id)
            tasks.finish(task, Actor.system(), date(2030, 1, 1))
    assert len(rows(select(Task.id))) == 2


def test_opened_again_the_untouched_successor_goes(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="organizer")
    first = make_task(user, "Count", due_date=date(2030, 1, 1), repeat="week", repeat_every=1)
    client = sign_in(user)
    client.post(f"/activities/tasks/{first}/done")
    client.post(f"/activities/tasks/{first}/open")
    assert rows(select(Task.id, Task.done_at)) == [(first, None)]


def test_a_changed_due_date_is_counted_from(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="organizer")
    task_id = make_task(user, "Count", due_date=date(2030, 1, 31), repeat="month", repeat_every=1)
    data = {
        "title": "Count",
        "assignee_user_id": str(user.id),
        "due_date": "2030-02-15",
        "repeat": "month",
        "repeat_every": "1",
        "version": "1",
    }
    client = sign_in(user)
    client.post(f"/activities/tasks/{task_id}/edit", data=data)
    client.post(f"/activities/tasks/{task_id}/done")
    assert rows(select(Task.due_date).order_by(Task.id)) == [date(2030, 2, 15), date(2030, 3, 15)]


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"title": " "}, "Say what is to be done"),
        ({"repeat": "week", "due_date": ""}, "needs a due date"),
        ({"repeat_every": "0"}, "between 1 and 365"),
        ({"due_date": "2999-01-01"}, "out of range"),
        ({"contact_id": "Zed Nobody"}, "Nobody is called"),
        ({"assignee_user_id": "999999"}, "Not a valid choice"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence(
    sign_in: SignIn, make_user: MakeUser, rows: Rows, changed: dict[str, str], sentence: str
) -> None:
    user = make_user(role="organizer")
    data = {"title": "Call", "assignee_user_id": str(user.id), "due_date": "2030-01-01", **changed}
    answer = sign_in(user).post("/activities/tasks/new", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert rows(select(Task.id)) == []


def test_an_edit_that_crosses_another_is_not_lost(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="organizer")
    task_id = make_task(user, "Call")
    client = sign_in(user)
    data = {"assignee_user_id": str(user.id), "repeat_every": "1", "version": "1"}
    client.post(f"/activities/tasks/{task_id}/edit", data={**data, "title": "Call Ana"})
    clash = client.post(f"/activities/tasks/{task_id}/edit", data={**data, "title": "Call Ben"})
    assert clash.status_code == 409
    assert "Call Ana" in clash.text
    assert rows(select(Task.title)) == ["Call Ana"]


def test_the_checklist_is_ticked_added_to_and_shortened(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="administrator")
    task_id = make_task(user, "Summit", items=["Room"])
    client = sign_in(user)
    client.post(f"/activities/tasks/{task_id}/items", data={"text": "Flyers"})
    first, second = rows(select(TaskItem.id).order_by(TaskItem.position))
    client.post(f"/activities/tasks/{task_id}/items/{first}", data={"done": "1"})
    assert rows(select(TaskItem.text, TaskItem.done).order_by(TaskItem.position)) == [
        ("Room", True),
        ("Flyers", False),
    ]
    assert "1/2" in client.get("/activities/my-day").text
    client.post(f"/activities/tasks/{task_id}/items/{second}/delete")
    assert rows(select(TaskItem.text)) == ["Room"]
    undo_newest(client)
    assert sorted(rows(select(TaskItem.text))) == ["Flyers", "Room"]


def test_a_deletion_is_undone_with_what_referred_to_it(
    app: Flask, sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    user = make_user(role="administrator")
    task_id = make_task(user, "Book the room", items=["Ask"])
    with app.app_context(), db.transaction(Actor.system(), "test"):
        begins = db.now()
        event = Event(
            kind="meeting",
            title="Summit",
            starts_at=begins,
            ends_at=begins + timedelta(hours=1),
            time_zone="UTC",
            uid="u1",
        )
        db.session().add(event)
        db.session().flush()
        db.session().add(Decision(event_id=event.id, kind="action", text="Room", task_id=task_id))
    client = sign_in(user)
    assert "Its checklist goes with it" in client.get(f"/activities/tasks/{task_id}/delete").text
    client.post(f"/activities/tasks/{task_id}/delete")
    assert rows(select(Task.id)) == [] == rows(select(TaskItem.id))
    assert rows(select(Decision.task_id)) == [None]
    undo_newest(client)
    assert rows(select(Task.id)) == [task_id] == rows(select(Decision.task_id))
    assert rows(select(TaskItem.text)) == ["Ask"]


# Who may do what.


def test_tasks_of_others_are_seen_by_those_who_may(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, add: Add
) -> None:
    owner, ana = make_user(role="organizer"), add("Ana", "Ruiz")
    task_id = make_task(owner, "Secret plan", contact_id=ana)
    organizer, viewer = sign_in(role="organizer"), sign_in(role="viewer")
    assert "Secret plan" in organizer.get("/activities/tasks?list=open").text
    assert organizer.get(f"/activities/tasks/{task_id}").status_code == 200
    assert viewer.get("/activities/tasks").status_code == 403
    assert viewer.get(f"/activities/tasks/{task_id}").status_code == 404
    assert viewer.post(f"/activities/tasks/{task_id}/done").status_code == 404
    assert "Secret plan" not in viewer.get(f"/activities/tasks/of/contact/{ana}").text
    limited = sign_in(role="organizer", scope=add(organization="Maple"))
    assert limited.get(f"/activities/tasks/{task_id}").status_code == 404
    assert "Secret plan" not in limited.get("/activities/tasks?list=open").text
    assert sign_in().get("/activities/my-day").status_code in {403, 404}


def test_whoever_has_a_task_may_tick_it(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    viewer = make_user(role="viewer")
    task_id = make_task(viewer, "Read this")
    client = sign_in(viewer)
    assert "Read this" in client.get("/activities/my-day").text
    assert client.post(f"/activities/tasks/{task_id}/edit", data={}).status_code == 403
    assert client.post(f"/activities/tasks/{task_id}/done").status_code == 303
    assert rows(select(Task.done_by_user_id)) == [viewer.id]


def test_only_some_may_give_tasks_to_others(
    app: Flask, sign_in: SignIn, make_user: MakeUser, add: Add, rows: Rows
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        role = Role(
            name="caller", label="Caller", permissions=["activities.view", "activities.edit", "contacts.view"]
        )
        db.session().add(role)
    caller, other, ana = make_user(role="caller"), make_user(role="organizer"), add("Ana", "Ruiz")
    client = sign_in(caller)
    data = {"title": "Call", "assignee_user_id": str(other.id)}
    answer = client.post("/activities/tasks/new", data=data)
    assert "You can give tasks to yourself only" in answer.text
    assert rows(select(Task.id)) == []
    follow = {"kind": "note", "at": "2026-03-04T10:30", "follow_title": "x", "follow_assignee": str(other.id)}
    assert "yourself only" in client.post("/activities/new", data={**follow, "participants": f"#{ana}"}).text
    assert rows(select(Task.id)) == [] == rows(select(Activity.id))
    client.post("/activities/tasks/new", data={**data, "assignee_user_id": str(caller.id)})
    assert rows(select(Task.assignee_user_id)) == [caller.id]


def test_open_tasks_are_handed_over_and_back(
    app: Flask, sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, add: Add, rows: Rows
) -> None:
    leaver, heir, school = make_user(role="organizer"), make_user(role="organizer"), add(organization="Maple")
    mine = make_task(leaver, "Write", contact_id=school)
    elsewhere = make_task(leaver, "Phone")
    actor, admin = Actor.system(), sign_in(role="administrator")
    with app.test_request_context():
        found = list(handing.responsibilities(leaver.id, None, actor))
        assert [item.title for item in found] == ["Write", "Phone"]
        assert [item.title for item in handing.responsibilities(leaver.id, school, actor)] == ["Write"]
        assert list(handing.responsibilities(None, None, actor)) == []
        with db.transaction(actor, "test.hand_over", "Handed over"):
            handing.hand_over(found[:1], Heirs(user_id=heir.id))
    whose = dict(rows(select(Task.id, Task.assignee_user_id)))
    assert whose == {mine: heir.id, elsewhere: leaver.id}
    undo_newest(admin)
    assert rows(select(Task.assignee_user_id).distinct()) == [leaver.id]
