"""Contacts that become one, ask what is held about them, or are forgotten; who sees which activity."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities import offers
from crm.activities.mail import receiving
from crm.activities.models import Activity, ActivityFile, Participant, ReceivedMail, Task, TaskItem
from crm.activities.services import about
from crm.campaigns.models import Campaign, Target
from crm.coalitions.models import Coalition
from crm.contacts import erasing, subject_data, timeline
from crm.contacts.files import storage
from crm.contacts.models import Contact
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.activities import messages
from tests.activities.conftest import NOON, Add, Log, MakeTask, Rows, undo_newest


def contact(contact_id: int) -> Contact:
    with system("test"):
        return db.session().get_one(Contact, contact_id)


def erase(app: Flask, contact_id: int) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "contacts.erase"):
        erasing.erase(contact(contact_id))


def test_a_merge_takes_part_once_and_is_undone(
    app: Flask, sign_in: SignIn, add: Add, log: Log, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    ana, twin, ben = add("Ana", "Ruiz"), add("Anita", "Ruiz"), add("Ben", "Ode")
    both, hers = log([ana, twin, ben], subject="Both"), log([twin], subject="Hers")
    make_task(make_user(role="organizer"), "Call her", contact_id=twin)
    admin = sign_in(role="administrator")
    with app.test_request_context(), db.transaction(Actor.system(), "contacts.merge", "Merged"):
        about.merge(ana, twin)
    parts = rows(select(Participant.activity_id, Participant.contact_id).order_by(Participant.id))
    assert sorted(parts) == sorted([(both, ana), (both, ben), (hers, ana)])
    assert rows(select(Task.contact_id)) == [ana]
    undo_newest(admin)
    parts = rows(select(Participant.activity_id, Participant.contact_id))
    assert sorted(parts) == sorted([(both, ana), (both, twin), (both, ben), (hers, twin)])
    assert rows(select(Task.contact_id)) == [twin]


def test_all_that_is_held_about_somebody_is_handed_over(
    app: Flask, add: Add, log: Log, make_user: MakeUser, make_task: MakeTask
) -> None:
    ana = add("Ana", "Ruiz", emails=[{"address": "ana@school.example.org"}])
    log([ana], subject="Buses", body="Prefers the early one", outcome="Agreed")
    make_task(make_user(role="organizer"), "Call Ana", note="After ten", contact_id=ana, items=["Dial"])
    with app.test_request_context():
        receiving.take(messages.to_ana())
        parts = subject_data.everything(contact(ana))
    held = " ".join(str(row) for part in parts for row in part.rows)
    texts = ("Buses", "Prefers the early one", "Agreed", "Call Ana", "After ten", "Dial")
    assert [text for text in (*texts, "marisol@coalition") if text not in held] == []


def test_an_activity_with_others_stays_without_the_erased(
    app: Flask, add: Add, log: Log, rows: Rows, sign_in: SignIn
) -> None:
    ana = add("Ana", "Ruiz", emails=[{"address": "ana@school.example.org"}])
    ben = add("Ben", "Ode")
    shared = log(
        [ana, ben],
        subject="Lunch with Ana Ruiz",
        body="ANA RUIZ (ana@school.example.org) and Anabel spoke; Ana left early.",
    )
    erase(app, ana)
    ((subject, body),) = rows(select(Activity.subject, Activity.body))
    assert subject == "Lunch with somebody erased"
    assert body == "somebody erased (somebody erased) and Anabel spoke; somebody erased left early."
    assert rows(select(Participant.contact_id)) == [ben]
    kept = rows(select(JournalEntry.before, JournalEntry.after)) + rows(select(ChangeSet.summary))
    assert "Ana" not in str(kept).replace("Anabel", "")
    admin = sign_in(role="administrator")
    assert admin.get(f"/activities/{shared}").status_code == 200
    assert "Ana Ruiz" not in admin.get("/search?q=ana+ruiz").text.replace('value="ana ruiz"', "")


def test_an_activity_with_nobody_else_goes_with_files_and_mail(
    app: Flask, add: Add, rows: Rows, make_user: MakeUser
) -> None:
    make_user(role="organizer", email="marisol@coalition.example.org")
    ana = add("Ana", "Ruiz", emails=[{"address": "ana@school.example.org"}])
    with app.app_context():
        receiving.take(messages.with_files([("notes.txt", b"About Ana", "text/plain")]))
        receiving.take(messages.to_ana().replace(b"marisol@coalition", b"stranger@else"))
        kept = list(storage.stored(older_than=-1))
    assert len(kept) == 2
    erase(app, ana)
    for model in (Activity, Participant, ActivityFile, ReceivedMail):
        assert rows(select(model.id)) == []
    with app.app_context():
        assert list(storage.stored(older_than=-1)) == []


def test_tasks_about_the_erased_name_them_no_more(
    app: Flask, add: Add, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    ana = add("Ana", "Ruiz")
    user = make_user(role="organizer")
    make_task(user, "Call Ana Ruiz", note="Ana knows", contact_id=ana, items=["Thank Ana", "Anabel too"])
    erase(app, ana)
    assert rows(select(Task.title, Task.note, Task.contact_id)) == [
        ("Call somebody erased", "somebody erased knows", None)
    ]
    assert rows(select(TaskItem.text).order_by(TaskItem.id)) == ["Thank somebody erased", "Anabel too"]


def test_somebody_once_taken_out_of_an_activity_is_forgotten_there_too(
    app: Flask, sign_in: SignIn, add: Add, log: Log, rows: Rows
) -> None:
    ana, ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    activity = log([ana, ben], subject="Lunch with Ana Ruiz")
    data = {"kind": "call", "participants": f"#{ben}", "at": "2026-03-04T10:30", "version": "1",
            "subject": "Lunch with Ana Ruiz"}  # fmt: skip
    sign_in(role="organizer").post(f"/activities/{activity}/edit", data=data)
    erase(app, ana)
    assert rows(select(Activity.subject)) == ["Lunch with somebody erased"]


def test_tasks_that_came_of_activities_name_the_erased_no_more(
    app: Flask, add: Add, log: Log, make_user: MakeUser, make_task: MakeTask, rows: Rows, sign_in: SignIn
) -> None:
    ana, ben, user = add("Ana", "Ruiz"), add("Ben", "Ode"), make_user(role="organizer")
    left, shared, alone, gone = log([ana, ben]), log([ana, ben]), log([ana]), log([ana, ben])
    for activity in (left, shared, alone, gone):
        title = "Follow up: Call with Ana Ruiz and 1 more"
        make_task(user, title, note="Ana knows", activity_id=activity, items=["Thank Ana Ruiz"])
    data = {"kind": "call", "participants": f"#{ben}", "at": "2026-03-04T10:30", "version": "1"}
    client = sign_in(role="organizer")
    assert client.post(f"/activities/{left}/edit", data=data).status_code == 303
    assert client.post(f"/activities/{gone}/delete").status_code == 303
    erase(app, ana)
    named = ("Follow up: Call with somebody erased and 1 more", "somebody erased knows")
    assert rows(select(Task.title, Task.note)) == [named] * 4
    assert rows(select(TaskItem.text)) == ["Thank somebody erased"] * 4
    kept = rows(select(JournalEntry.before, JournalEntry.after)) + rows(select(ChangeSet.summary))
    assert "Ana" not in str(kept)


def test_the_name_of_a_word_is_taken_out_as_it_is_written_only() -> None:
    found = about.without_names("Will said we will. William too.", ["Will"])
    assert found == "somebody erased said we will. William too."


# Who sees what.


def test_outsiders_see_nothing_and_the_limited_see_theirs(sign_in: SignIn, add: Add, log: Log) -> None:
    school, clinic = add(organization="Maple School"), add(organization="Harbor Clinic")
    ana, ben = add("Ana", "Ruiz", at="Maple School"), add("Ben", "Ode", at="Harbor Clinic")
    hers, theirs = log([ana], subject="Hers"), log([ben], subject="Theirs")
    mixed = log([ana, ben], subject="Mixed")
    limited = sign_in(role="organizer", scope=school)
    page = limited.get("/activities").text
    assert "Hers" in page
    assert "Mixed" in page
    assert "Theirs" not in page
    assert limited.get(f"/activities/{theirs}").status_code == 404
    assert limited.post(f"/activities/{theirs}/delete").status_code == 404
    shown = limited.get(f"/activities/{mixed}").text
    assert "Ana Ruiz" in shown
    assert "Ben Ode" not in shown
    assert "1 more whom you may not see" in shown
    assert "Ben Ode" not in page
    viewer = sign_in(role="viewer")
    assert viewer.get(f"/activities/{hers}").status_code == 200
    for address in (f"/activities/{hers}/edit", f"/activities/{hers}/delete", "/activities/new"):
        assert viewer.get(address).status_code == 403
    outsider = sign_in()
    for address in ("/activities", f"/activities/{hers}", f"/activities/of/contact/{clinic}"):
        assert outsider.get(address).status_code in {403, 404}


def test_whom_one_may_not_see_stays_in_an_activity_that_one_changes(
    sign_in: SignIn, add: Add, log: Log, rows: Rows
) -> None:
    school = add(organization="Maple School")
    ana, ben = add("Ana", "Ruiz", at="Maple School"), add("Ben", "Ode")
    mixed = log([ana, ben], subject="Mixed")
    data = {"kind": "call", "participants": f"#{ana}", "at": "2026-03-04T10:30", "version": "1"}
    answer = sign_in(role="organizer", scope=school).post(f"/activities/{mixed}/edit", data=data)
    assert answer.status_code == 303
    assert sorted(rows(select(Participant.contact_id))) == sorted([ana, ben])


def test_what_the_address_claims_is_not_trusted(sign_in: SignIn, add: Add, rows: Rows) -> None:
    school, ben = add(organization="Maple School"), add("Ben", "Ode")
    limited = sign_in(role="organizer", scope=school)
    assert "Ben Ode" not in limited.get(f"/activities/new?contact_id={ben}").text
    limited.post(f"/activities/tasks/quick?contact_id={ben}", data={"title": "Peek"})
    assert rows(select(Task.contact_id)) == [None]
    data = {"kind": "call", "participants": f"#{ben}", "at": "2026-03-04T10:30"}
    assert "Nobody is called" in limited.post("/activities/new", data=data).text
    assert limited.post("/activities/bulk", data={"ids": str(ben)}).status_code == 422


# The timeline, the calendar and goals.


def test_the_timeline_goes_on_where_it_ended(app: Flask, add: Add, log: Log) -> None:
    ana = add("Ana", "Ruiz")
    for number in range(25):
        log([ana], subject=f"Number {number}", at=NOON + timedelta(hours=number))
    with app.test_request_context():
        actor, person = Actor.system(), contact(ana)
        first = list(offers.timeline(person, actor, None, 20))
        assert [entry.title for entry in first[:2]] == ["Call: Number 24", "Call: Number 23"]
        rest = list(offers.timeline(person, actor, first[-1].at, 20))
        assert [entry.title for entry in rest] == [f"Call: Number {number}" for number in range(4, -1, -1)]
        page = timeline.page(person, actor)
        assert sum(entry.title.startswith("Call: ") for entry in page.entries) == 19


def test_due_tasks_stand_in_the_calendar(app: Flask, make_user: MakeUser, make_task: MakeTask) -> None:
    user, other = make_user(role="organizer"), make_user(role="organizer")
    due = datetime(2026, 3, 4, tzinfo=UTC).date()
    make_task(user, "Mine", due_date=due)
    make_task(other, "Theirs", due_date=due)
    make_task(user, "Later", due_date=due + timedelta(days=9))
    begins = datetime(2026, 3, 2, 5, tzinfo=UTC)
    with app.test_request_context():
        actor = Actor(user.id, user.name, Actor.system().grants)
        every = list(offers.calendar(actor, begins, begins + timedelta(days=7), False))
        mine = list(offers.calendar(actor, begins, begins + timedelta(days=7), True))
    assert {entry.title: entry.mine for entry in every} == {"Mine": True, "Theirs": False}
    assert [(entry.title, entry.starts) for entry in mine] == [("Mine", due)]


def test_goals_count_activities_of_the_campaign(app: Flask, add: Add, log: Log) -> None:
    ana, ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        campaign = Campaign(name="Buses", sort_name="buses", kind="local_practice")
        coalition = Coalition(name="Maple", sort_name="maple", level="local")
        db.session().add_all([campaign, coalition])
        db.session().flush()
        db.session().add(Target(campaign_id=campaign.id, contact_id=ana))
        campaign_id, coalition_id = campaign.id, coalition.id
    log([ana], kind="meeting", campaign_id=campaign_id, subject="With her")
    log([ben], kind="meeting", campaign_id=campaign_id)
    log([ana], kind="call", campaign_id=campaign_id)
    log([ana], kind="meeting", coalition_id=coalition_id)
    every, targets = offers.measures()
    with app.test_request_context(), system("test"):
        meetings: dict[str, Any] = {"kind": "meeting"}
        counts = [
            len(db.session().execute(measure.rows(campaign_id, parameters)).all())
            for measure, parameters in ((every, {}), (every, meetings), (targets, meetings))
        ]
        ids = list(db.session().execute(targets.rows(campaign_id, {"kind": "meeting"})).scalars())
        (shown,) = targets.show(ids, Actor.system())
        assert targets.show(ids, Actor.nobody()) == []
    assert counts == [3, 2, 1]
    assert (shown.title, shown.detail.endswith("Ana Ruiz")) == ("With her", True)


@pytest.mark.parametrize("kind", ["contact", "coalition", "campaign", "event"])
def test_panels_of_what_is_not_there_are_refused(sign_in: SignIn, kind: str) -> None:
    client = sign_in(role="organizer")
    assert client.get(f"/activities/of/{kind}/999").status_code == 404
    assert client.get(f"/activities/tasks/of/{kind}/999").status_code == 404
    assert client.get("/activities/of/user_account/1").status_code == 404


def test_a_campaign_shows_and_takes_activities(app: Flask, sign_in: SignIn, add: Add, log: Log) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        campaign = Campaign(name="Buses", sort_name="buses", kind="local_practice")
        db.session().add(campaign)
        db.session().flush()
        campaign_id = campaign.id
    log([add("Ana", "Ruiz")], subject="Route two", campaign_id=campaign_id)
    client = sign_in(role="organizer")
    panel = client.get(f"/activities/of/campaign/{campaign_id}").text
    assert "Route two" in panel
    assert "Ana Ruiz" in panel
    form = client.get(f"/activities/new?campaign_id={campaign_id}").text
    assert f'<option selected value="{campaign_id}">Buses</option>' in form
    listed = client.get(f"/activities?f=campaign:is:{campaign_id}").text
    assert "Campaign is Buses" in listed
    assert "Route two" in listed
