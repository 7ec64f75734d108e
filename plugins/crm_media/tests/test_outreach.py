"""A release from its first draft to its answers: approved words, a kept embargo, one message each."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, jobs, now, system
from crm.plugin_api.records import DoNotContact
from crm.plugin_api.running import run_waiting
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Plan, PlanStep, Recipient, Release, Reporter
from crm_media.services import outreach, press, sending
from crm_media.tests.test_bounces import REPORT

TEXT = {
    "subject": "Two days a month",
    "body": "Dear {given_name},\n\nchronic absence … for {outlet}.",
}


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


@pytest.fixture
def reporters(app: Flask) -> list[int]:
    """Three reporters of two outlets, each with an address; the last does not want to be chased."""
    with app.app_context(), db.transaction(Actor.system(), "test.reporters"), system("the test writes"):
        made = []
        for name, outlet, beats in (
            ("Ada", "Ledger", "education"),
            ("Ben", "Ledger", "sports"),
            ("Cleo", "Radio", ""),
        ):
            about = {
                "given_name": name,
                "family_name": "Lane",
                "email": f"{name.lower()}@press.example",
                "phone": "",
            }
            about |= {"outlet": outlet, "role": "", "beats": beats, "areas": "", "kind": "reporter"}
            made.append(press.new_reporter({**about, "do_not_chase": name == "Cleo"}, Actor.system()))
        return [each.id for each in made]


def rows(app: Flask, *columns: Any) -> list[Any]:
    with app.app_context(), system("the test looks"):
        return [tuple(row) for row in db.session().execute(select(*columns).order_by(columns[0]))]


def outbox(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context(), system("the test looks into the outbox"):
        table = db.Base.metadata.tables["outgoing_mail"]
        columns = (table.c.recipient, table.c.subject, table.c.body)
        wanted = select(*columns).where(table.c.purpose == sending.PURPOSE).order_by(table.c.id)
        return [tuple(row) for row in db.session().execute(wanted)]


def begin(staff: Any, reporters: list[int], **values: Any) -> None:
    about = {"name": "September", "kind": "release", "topics": "education", "follow_ups": "1", **values}
    sent = staff.post("/media/releases/new", data=about)
    assert sent.status_code == 303, re.findall(
        r"invalid-feedback.*?</div>|role=.alert.*?</div>", sent.text, re.DOTALL
    )
    staff.post("/media/releases/1/text", data=TEXT)
    staff.post("/media/releases/1/move", data={"to": "approved", "number": "1"})
    ids = [str(each) for each in reporters]
    assert "Nothing is sent yet" in staff.post("/media/releases/add", data={"ids": ids}).text
    assert staff.post("/media/releases/add", data={"ids": ids, "release_id": "1"}).status_code == 303


def mail_files(app: Flask) -> list[bytes]:
    """All messages, as they travelled."""
    folder = app.extensions["crm"].config.data_dir / "mail"
    return [each.read_bytes() for each in folder.glob("*.eml")]


def mail_to(app: Flask, address: str) -> Any:
    """The newest message to somebody."""
    found = [message_from_bytes(each, policy=policy.default) for each in mail_files(app)]
    return max((each for each in found if each["To"] == address), key=lambda each: each["Message-ID"])


def returned(app: Flask, address: str) -> str:
    """What a server says of the message that it could not hand over, with its headers."""
    report = REPORT.format(address, "failed", "5.1.1", "550 User unknown")
    number = mail_to(app, address)["Message-ID"]
    return report.replace("Subject: Two days\n", f"Subject: Two days\nMessage-ID: {number}\n")


def work(app: Flask) -> None:
    with app.app_context():
        run_waiting(app)


def soon(**delta: int) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M")


def test_each_gets_one_message_of_their_own(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    page = staff.get("/media/releases/1/send").text
    assert "Their beats: sports" in page
    assert "Dear Ada" in page
    assert staff.post("/media/releases/1/send").status_code == 422
    assert staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"}).status_code == 303
    work(app)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    found = outbox(app)
    assert [each[0] for each in found] == ["ada@press.example", "ben@press.example", "cleo@press.example"]
    assert "Dear Cleo" in found[2][2]
    assert "for Radio." in found[2][2]
    assert {row[1] for row in rows(app, Recipient.id, Recipient.status)} == {"sent"}
    assert staff.post("/media/releases/1/recipients/1", data={"standing": "covered"}).status_code == 303
    assert "Covered it" in staff.get("/media/releases/1").text
    clip = {"title": "Two days, says the county", "medium": "online", "piece": "news", "release_id": "1"}
    assert staff.post("/media/coverage/by-hand", data=clip).status_code == 303
    assert "Two days, says the county" in staff.get("/media/releases/1").text
    assert "September" in staff.get("/media/coverage/1").text


def test_words_that_change_are_approved_anew_and_unknown_fields_are_refused(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    for text in ("Dear {first_name}", "{{7*7}}", "{name.__class__}"):
        wrong = staff.post("/media/releases/1/text", data={**TEXT, "body": text})
        assert wrong.status_code == 422
        assert "is no personal field" in wrong.text
    staff.post("/media/releases/1/text", data={**TEXT, "body": "Other words"})
    assert rows(app, Release.status, Release.approved_number) == [("draft", None)]
    assert staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"}).status_code == 422
    assert outbox(app) == []


def test_nothing_under_embargo_leaves_to_anyone_who_is_not_listed(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    staff.post("/media/releases/1/recipients/1/early")
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    ((address, subject, body),) = outbox(app)
    assert address == "ada@press.example"
    assert subject.startswith("[Embargo until")
    assert "UNDER EMBARGO until" in body
    assert "Waits for the end of the embargo" in staff.get("/media/releases/1").text
    with app.app_context(), db.transaction(Actor.system(), "test.due"), system("the test asks"):
        jobs.enqueue(sending.DUE, {}, "due", Actor.system())
    work(app)
    assert len(outbox(app)) == 1
    _restored_and_sent_anew(app, staff)
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        db.session().get_one(Release, 1).embargo_until = now() - timedelta(minutes=1)
        jobs.enqueue(sending.DUE, {}, "due", Actor.system())
    work(app)
    work(app)
    assert [each[0] for each in outbox(app)][1:] == ["ben@press.example", "cleo@press.example"]
    assert "EMBARGO" not in outbox(app)[2][2]


def _restored_and_sent_anew(app: Flask, staff: Any) -> None:
    """After a restore nothing goes by itself: somebody must send it once more."""
    with app.app_context(), db.transaction(Actor.system(), "test.restore"):
        sending.hold_all()
    assert rows(app, Release.sending) == [(False,)]
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    assert len(outbox(app)) == 1


def test_an_exclusive_goes_to_one_outlet_until_it_ends(app: Flask, staff: Any, reporters: list[int]) -> None:
    refused = staff.post(
        "/media/releases/new", data={"name": "x", "kind": "pitch", "exclusive_outlet_id": "1"}
    )
    assert "An exclusive needs an outlet and a day" in refused.text
    begin(staff, reporters, exclusive_outlet_id="1", exclusive_until=soon(days=2))
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    assert [each[0] for each in outbox(app)] == ["ada@press.example", "ben@press.example"]
    assert "Ledger has it alone until" in staff.get("/media/releases/1").text


def test_consent_is_asked_again_when_it_leaves_and_one_click_refuses(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    with app.app_context(), db.transaction(Actor.system(), "test.refuse"), system("in the meantime"):
        ben = db.session().get_one(Reporter, reporters[1]).contact_id
        db.session().add(DoNotContact(contact_id=ben, channel="email", since=now().date()))
    work(app)
    assert [each[0] for each in outbox(app)] == ["ada@press.example", "cleo@press.example"]
    assert ("left_out", "They do not want mail.") in rows(app, Recipient.status, Recipient.reason)
    link = re.search(r"https?://[^/\s]+(/media/no-mail/\S+)", outbox(app)[0][2])
    assert link is not None
    stranger = app.test_client()
    assert "One click" in stranger.get(link[1]).text
    assert stranger.get(link[1][:-2]).status_code == 404
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get(link[1]).get_data(as_text=True))
    answer = stranger.post(link[1], data={"csrf_token": token[1] if token else ""})
    assert "That is settled" in answer.text
    assert len(rows(app, DoNotContact.contact_id)) == 2
    assert "They do not want mail" in staff.get("/media/releases/1").text or rows(app, Recipient.id)


def test_a_reminder_goes_once_and_never_to_those_who_do_not_want_it(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    place = "/media/releases/1/recipients"
    assert "too early" in staff.post(f"{place}/1/chase", data={"words": "Hi"}).text
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        for row in db.session().scalars(select(Recipient)):
            row.sent_at = now() - timedelta(days=5)
    assert staff.post(f"{place}/1/chase", data={"words": "Hi {given_name}"}).status_code == 303
    assert "Hi Ada" in outbox(app)[-1][2]
    assert "as often as this release allows" in staff.post(f"{place}/1/chase", data={"words": "Hi"}).text
    assert "do not want to be chased" in staff.post(f"{place}/3/chase", data={"words": "Hi"}).text
    assert len(outbox(app)) == 4


def test_mail_that_came_back_is_noted_and_asks_to_be_verified(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    raw = returned(app, "ada@press.example")
    assert staff.post("/media/returns", data={"text": raw}).status_code == 303
    assert ("bounced", "550 User unknown") in rows(app, Recipient.status, Recipient.reason)
    assert rows(app, Reporter.id, Reporter.verified_on)[0][1] is None
    assert "noted already" in staff.post("/media/returns", data={"text": raw}).text
    assert "does not say that mail came back" in staff.post("/media/returns", data={"text": "Hello"}).text


def test_a_worker_that_dies_sends_nobody_two(
    app: Flask, staff: Any, reporters: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message and the note that it was made are one transaction; what broke off is done again."""
    begin(staff, reporters)
    real, calls = sending._send, []

    def breaks(*values: Any) -> int:
        calls.append(1)
        if len(calls) == 3:
            raise OSError("killed")
        return real(*values)

    monkeypatch.setattr(sending, "_send", breaks)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    work(app)
    assert sorted(each[0] for each in outbox(app)) == [
        "ada@press.example", "ben@press.example", "cleo@press.example",
    ]  # fmt: skip
    assert len(calls) > 3
    assert outreach.ANSWERED


def test_a_plan_stands_backwards_from_its_day(app: Flask, staff: Any) -> None:
    about = {"name": "September", "on_day": "2027-09-01", "steps": "september"}
    assert staff.post("/media/plans/new", data=about).status_code == 303
    days = [row[0].isoformat() for row in rows(app, PlanStep.due_on)]
    assert days[0] == "2027-06-09"
    assert "2027-09-01" in days
    staff.post("/media/plans/1/steps/1/done")
    assert (1, True) in rows(app, PlanStep.id, PlanStep.done)
    assert "proclamation" in staff.get("/media/plans").text
    assert "Choose this year’s message" in staff.get("/calendar?day=2027-06-23").text
    staff.post("/media/plans/1/remove")
    assert rows(app, Plan.id) == rows(app, PlanStep.id) == []


def test_what_is_not_out_is_seen_by_those_alone_who_work_on_it(
    app: Flask, staff: Any, sign_in: SignIn, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/opinions/new", data={"title": "Two days", "kind": "oped", "standing": "draft"})
    staff.post("/media/plans/new", data={"name": "P", "on_day": "2027-09-01", "steps": "hearing"})
    staff.post("/media/messages/new", data={"name": "September counts", "active": "y"})
    clip = {"title": "Early news", "medium": "online", "piece": "news", "release_id": "1"}
    staff.post("/media/coverage/by-hand", data=clip)
    viewer, scoped = sign_in(role="viewer"), sign_in(role="media", scope=999_999)
    found = {
        who: client.get("/search?q=september").text
        for who, client in (("staff", staff), ("viewer", viewer), ("scoped", scoped))
    }
    assert {who for who, text in found.items() if "/media/releases/1" in text} == {"staff"}
    assert "/media/messages/1" in found["viewer"]
    assert "/media/opinions/1" not in viewer.get("/search?q=two+days").text
    assert "September" not in viewer.get("/media/coverage/1").text
    assert "September" not in scoped.get("/media/coverage/1/edit").text
    scoped.post("/media/coverage/1/edit", data={**clip, "release_id": ""})
    assert rows(app, Clip.release_id) == [(1,)]
    reading = ("releases/1", "releases/1/edit", "releases/1/text", "releases/1/send",
               "releases/1/recipients/1", "releases/1/recipients/1/chase", "opinions/1",
               "opinions/1/next")  # fmt: skip
    writing = ("releases/1/move", "releases/1/remove", "releases/1/recipients/1/early",
               "releases/1/recipients/1/remove", "opinions/1/remove")  # fmt: skip
    for address in reading:
        assert viewer.get(f"/media/{address}").status_code == 403, address
        assert scoped.get(f"/media/{address}").status_code == 403, address
    for address in (*writing, *reading[1:]):
        assert viewer.post(f"/media/{address}").status_code == 403, address
        assert scoped.post(f"/media/{address}", data={"to": "approved"}).status_code == 403, address
    steps = ("plans/1/steps/new", "plans/1/steps/1", "plans/1/steps/1/done", "plans/1/steps/1/remove")
    for address in ("plans/new", "plans/1/remove", *steps):
        assert viewer.post(f"/media/{address}").status_code == 403, address
    for address in ("releases", "opinions"):
        assert viewer.get(f"/media/{address}").status_code == 403
        assert "September" not in scoped.get(f"/media/{address}").text
        assert "Two days" not in scoped.get(f"/media/{address}").text


def test_undo_makes_nothing_unsent_and_nobody_gets_two(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    for _click in range(2):
        staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    assert len(outbox(app)) == 3
    changed = db.Base.metadata.tables["change_set"]
    with app.app_context(), system("the test looks"):
        ids = list(db.session().scalars(select(changed.c.id).where(changed.c.action == "media.send")))
    for each in reversed(ids):
        staff.post(f"/changes/{each}/undo")
    work(app)
    assert {row[1] for row in rows(app, Recipient.id, Recipient.status)} == {"sent"}
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    assert len(outbox(app)) == 3
    with app.app_context(), db.transaction(Actor.system(), "test.hold"):
        sending.hold_all()
    staff.post("/media/releases/1/remove")
    assert rows(app, Release.id) == [(1,)]


def test_what_was_not_read_is_neither_approved_nor_sent(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/text", data={**TEXT, "body": "Other words"})
    assert staff.post("/media/releases/1/move", data={"to": "approved", "number": "1"}).status_code == 409
    assert rows(app, Release.status) == [("draft",)]
    assert staff.post("/media/releases/1/move", data={"to": "approved", "number": "2"}).status_code == 303
    assert staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"}).status_code == 409
    assert rows(app, Release.sending) == [(False,)]


def test_on_its_way_it_takes_no_more_people_and_keeps_its_exclusive(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters[:1], exclusive_outlet_id="1", exclusive_until=soon(days=2))
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    late = {"ids": [str(reporters[2])], "release_id": "1"}
    assert staff.post("/media/releases/add", data=late).status_code == 422
    about = {"name": "September", "kind": "release", "topics": "education", "follow_ups": "1"}
    about |= {"exclusive_outlet_id": "", "exclusive_until": ""}
    freed = staff.post("/media/releases/1/edit", data=about)
    assert "Press Hold first, then its exclusive can be changed" in freed.text
    assert len(rows(app, Recipient.id)) == 1
    assert rows(app, Release.exclusive_outlet_id) == [(1,)]


def test_a_forged_bounce_changes_nobody_who_answered(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    staff.post("/media/releases/1/recipients/1", data={"standing": "covered"})
    staff.post("/media/returns", data={"text": returned(app, "ada@press.example")})
    assert rows(app, Recipient.id, Recipient.status)[0] == (1, "covered")
    for forged in ("", mail_to(app, "ada@press.example")["Message-ID"], "<rollcall-2-" + "0" * 32 + "@x>"):
        raw = REPORT.format("ben@press.example", "failed", "5.1.1", "550 User unknown")
        raw = raw.replace("Subject: Two days\n", f"Subject: Two days\nMessage-ID: {forged}\n")
        said = staff.post("/media/returns", data={"text": raw + "Message-ID: <rollcall-2-ff@x>"}).text
        assert rows(app, Recipient.id, Recipient.status)[1] == (2, "sent"), said
