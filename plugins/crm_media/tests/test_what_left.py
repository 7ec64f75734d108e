"""What left stays as it was told, an embargo is told in one time zone, nobody gets it twice or too late."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import delete, select, update

from crm.contacts.services import deleting
from crm.plugin_api import Actor, Affiliation, db, jobs, now, system
from crm.plugin_api.records import Email, User
from crm.plugin_api.testing import SignIn
from crm_media.models import Outlet, Recipient, Release, Reporter, Version
from crm_media.services import returns, sending
from crm_media.tests.test_addresses import again
from crm_media.tests.test_approval import file
from crm_media.tests.test_outreach import (
    begin,
    mail_to,
    outbox,
    reporters,
    returned,
    rows,
    soon,
    staff,
    work,
)

__all__ = ["reporters", "staff"]


def write(app: Flask, *statements: Any) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        for each in statements:
            db.session().execute(each)


def send(app: Flask, staff: Any) -> None:
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)


def test_undo_takes_no_word_back_that_the_press_was_told(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    send(app, staff)
    change = db.Base.metadata.tables["change_set"]
    with app.app_context(), system("the test looks"):
        ids = db.session().scalars(select(change.c.id).order_by(change.c.id.desc())).all()
    for number in ids:
        staff.post(f"/changes/{number}/undo")
    assert rows(app, Release.status, Release.approved_number) == [("sent", 1)]
    assert [each[0] for each in rows(app, Version.body)] == [
        "Dear {given_name},\n\nchronic absence … for {outlet}."
    ]
    assert set(rows(app, Recipient.version_id)) == {(1,)}
    assert staff.post("/media/releases/1/move", data={"to": "draft"}).status_code == 422


def test_an_embargo_is_told_in_the_zone_of_the_house_and_the_language_of_the_release(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters, embargo_until="2099-03-02T08:00", language="en")
    write(app, update(User).values(time_zone="America/Los_Angeles", language="es"))
    assert "8:00" in staff.get("/media/releases/1").text
    assert "EST (UTC−5)" in staff.get("/media/releases/1").text
    assert "hora oriental" in staff.get("/media/releases/1/edit").text.lower()
    staff.post("/media/releases/1/recipients/1/early")
    send(app, staff)
    ((_to, subject, body),) = outbox(app)
    assert subject.startswith("[Embargo until Mar 2, 2099, 8:00 AM EST (UTC−5)]")
    assert "UNDER EMBARGO until Mar 2, 2099, 8:00 AM EST (UTC−5)." in body


def test_who_may_have_it_early_gets_it_when_an_exclusive_of_others_is_over(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    radio = next(each[0] for each in rows(app, Outlet.id, Outlet.contact_id)[::-1])
    begin(
        staff,
        reporters,
        embargo_until=soon(days=3),
        exclusive_outlet_id=str(radio),
        exclusive_until=soon(days=1),
    )
    staff.post("/media/releases/1/recipients/1/early")
    page = staff.get("/media/releases/1/send").text
    assert "Their beats: sports" in page  # Whoever waits is looked at now: later it goes by itself.
    send(app, staff)
    assert outbox(app) == []
    write(app, update(Release).values(exclusive_until=now() - timedelta(minutes=1)))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        jobs.enqueue(sending.DUE, {}, "Due", Actor.system())
    work(app)
    assert [each[0] for each in outbox(app)] == ["ada@press.example"]


def test_two_who_share_an_address_get_one_message(app: Flask, staff: Any, reporters: list[int]) -> None:
    desk = {"address": "News@press.example", "address_key": "news@press.example"}
    write(
        app, update(Email).where(Email.address.in_(["ada@press.example", "ben@press.example"])).values(desk)
    )
    begin(staff, reporters)
    assert "It goes to the same address for Ada Lane." in staff.get("/media/releases/1/send").text
    send(app, staff)
    assert sorted(each[0] for each in outbox(app)) == ["News@press.example", "cleo@press.example"]
    assert rows(app, Recipient.id, Recipient.status)[1][1] == "left_out"


def test_mail_that_comes_back_today_did_arrive_in_spring(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    send(app, staff)
    again(app, staff, reporters, 2)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        returns.take(returned(app, "ada@press.example").encode(), returns.Noted())
    mine = [
        each[1] for each in rows(app, Recipient.id, Recipient.status, Recipient.address) if each[2][0] == "a"
    ]
    assert mine == ["sent", "bounced"]
    assert mail_to(app, "ada@press.example")["Subject"] == "Next"


def test_on_its_way_it_says_so_can_be_held_and_goes_on(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    send(app, staff)
    page = staff.get("/media/releases/1").text
    assert "On its way" in page
    assert "3 wait for their moment" in page
    moved = {"name": "September", "kind": "release", "language": "en", "embargo_until": ""}
    assert staff.post("/media/releases/1/edit", data=moved).status_code == 422
    assert staff.post("/media/releases/1/hold").status_code == 303
    assert staff.post("/media/releases/1/edit", data=moved).status_code == 303  # The embargo is lifted.
    work(app)
    assert outbox(app) == []
    send(app, staff)
    assert len(outbox(app)) == 3
    assert rows(app, Release.sending) == [(False,)]


def test_who_was_left_out_gets_it_once_they_can_and_a_correction_goes_to_those_who_got_it(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    cleo = Email.address == "cleo@press.example"
    write(app, update(Email).where(cleo).values(no_mail_since=now().date(), no_mail_why="bounced"))
    begin(staff, reporters)
    send(app, staff)
    assert len(outbox(app)) == 2
    assert staff.post("/media/releases/1/again", data={"to": "correction"}).status_code == 303
    write(app, update(Email).where(cleo).values(no_mail_since=None, no_mail_why=None))
    assert "Cleo Lane" in staff.get("/media/releases/1/send").text
    send(app, staff)
    assert [each[0] for each in outbox(app)][2:] == ["cleo@press.example"]
    mine = [each[1] for each in rows(app, Recipient.id, Recipient.release_id)]
    assert mine == [1, 1, 1, 2, 2]
    assert ("Correction: Two days a month",) in rows(app, Version.subject)


def test_a_reporters_page_tells_what_they_got_and_what_they_answered(
    app: Flask, staff: Any, reporters: list[int], sign_in: SignIn
) -> None:
    begin(staff, reporters)
    send(app, staff)
    staff.post("/media/releases/1/recipients/1", data={"standing": "declined", "note": "Not this week"})
    (ada, *_others) = [each[1] for each in rows(app, Recipient.id, Recipient.contact_id)]
    page = staff.get(f"/contacts/{ada}/timeline").text
    assert "Got “September”" in page
    assert "Declined · Not this week" in page
    viewer = sign_in(role="viewer")
    for each in (f"/contacts/{ada}/timeline", f"/media/contact/{ada}"):
        assert "September" in staff.get(each).text
        assert "September" not in viewer.get(each).text


def test_gaps_languages_and_channels_are_warned_of(app: Flask, staff: Any, reporters: list[int]) -> None:
    write(
        app,
        update(Reporter)
        .where(Reporter.id == reporters[0])
        .values(languages="Español", channel="phone", hours="after 2"),
        update(Affiliation).values(is_primary=False, end_date=now().date() - timedelta(days=9)),
    )
    begin(staff, reporters)
    page = staff.get("/media/releases/1/send").text
    assert page.count("Nothing is known of them for {outlet}: there will be a gap.") == 3
    assert page.count("They write in: Español.") == 1
    assert page.count("Best reached by: Phone · after 2.") == 1


def test_a_correction_keeps_what_is_left_of_the_embargo(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters, embargo_until="2099-03-02T08:00", language="en")
    staff.post("/media/releases/1/recipients/1/early")
    send(app, staff)
    assert staff.post("/media/releases/1/again", data={"to": "correction"}).status_code == 303
    assert rows(app, Recipient.id, Recipient.release_id, Recipient.early)[-1][1:] == (2, True)
    staff.post("/media/releases/2/move", data={"to": "approved", "number": "1"})
    staff.post("/media/releases/2/send", data={"looked": "1", "number": "1"})
    work(app)
    _first, (to, subject, body) = outbox(app)
    assert (to, subject[:20]) == ("ada@press.example", "[Embargo until Mar 2")
    assert "UNDER EMBARGO" in body


def test_what_was_told_stays_when_nobody_is_left_who_got_it(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters[:1])
    send(app, staff)
    (ada,) = [each[1] for each in rows(app, Recipient.id, Recipient.contact_id)]
    with app.app_context(), db.transaction(Actor.system(), "contacts.delete"):
        deleting.delete([ada])
    assert rows(app, Recipient.id) == []
    assert staff.post("/media/releases/1/text", data={"subject": "Other", "body": "Words"}).status_code == 422
    assert staff.post("/media/releases/1/remove").status_code == 422
    assert [each[0] for each in rows(app, Version.number)] == [1]


def test_while_our_mail_server_is_away_nobody_came_back_and_they_get_it_by_sending_again(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    send(app, staff)
    mails = db.Base.metadata.tables["outgoing_mail"]
    away, full = "ConnectionRefusedError: [Errno 111] Connection refused", "552 5.2.2 Mailbox full"
    told = {"ada": away, "ben": "5.7.8 Username and Password not accepted", "cleo": full}
    for name, why in told.items():
        failed = {"status": "failed", "last_error": why}
        write(app, update(mails).where(mails.c.recipient == f"{name}@press.example").values(failed))
    look(app)
    statuses = [each[1] for each in rows(app, Recipient.id, Recipient.status)]
    assert statuses == ["left_out", "left_out", "bounced"]
    page = staff.get("/media/releases/1").text
    assert page.count("Our mail server could not be reached") == 2
    staff.post("/media/releases/1/again", data={"to": "correction"})
    assert rows(app, Recipient.release_id) == [(1,)] * 3  # Nobody of them has the wrong words.
    assert "did not leave" in staff.get("/media/releases/1/send").text
    assert staff.post("/media/releases/1/send", data={"number": "1"}).status_code == 422
    assert staff.post("/media/releases/1/recipients/2/remove").status_code == 303
    send(app, staff)
    send(app, staff)
    look(app)
    assert [each[1] for each in rows(app, Recipient.id, Recipient.status)] == ["sent", "bounced"]
    with app.app_context(), system("the test looks into the outbox"):
        left = db.session().execute(select(mails.c.recipient, mails.c.status).order_by(mails.c.id)).all()
    assert left == [("cleo@press.example", "failed"), ("ada@press.example", "sent")]


def look(app: Flask) -> None:
    """What is due looks how far the messages are."""
    with app.app_context(), db.transaction(Actor.system(), "test"):
        jobs.enqueue(sending.DUE, {}, "Due", Actor.system())
    work(app)


def test_who_was_left_out_after_their_message_was_made_gets_no_correction_of_it(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    send(app, staff)
    mails = db.Base.metadata.tables["outgoing_mail"]
    write(app, update(Recipient).where(Recipient.id == 1).values(status="left_out"), delete(mails))
    staff.post("/media/releases/1/again", data={"to": "correction"})
    assert [each[1] for each in rows(app, Recipient.id, Recipient.release_id)] == [1, 1, 1, 2, 2]
    assert staff.post("/media/releases/1/recipients/1/remove").status_code == 422  # Nobody knows any more.


def test_a_correction_that_is_begun_is_gone_on_with_and_its_files_are_spoken_of(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/files", **file("figures.csv"))
    send(app, staff)
    asked: dict[str, Any] = {"data": {"to": "correction"}, "follow_redirects": True}
    assert "without the files of the first one" in staff.post("/media/releases/1/again", **asked).text
    second = staff.post("/media/releases/1/again", **asked)
    assert second.request.path == "/media/releases/2"
    assert "was begun before" in second.text
    assert "something else from us" not in second.text
    assert len(rows(app, Release.id)) == 2
    staff.post("/media/releases/2/move", data={"to": "approved", "number": "1"})
    staff.post("/media/releases/2/send", data={"looked": "1", "number": "1"})
    work(app)
    assert staff.post("/media/releases/1/again", **asked).request.path == "/media/releases/3"


def test_a_correction_that_is_begun_takes_in_who_got_the_release_since(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters[:2])
    send(app, staff)
    asked: dict[str, Any] = {"data": {"to": "correction"}}
    staff.post("/media/releases/1/again", **asked)
    staff.post("/media/releases/2/recipients/3/early")  # What the draft says of somebody stays.
    staff.post("/media/releases/add", data={"ids": [str(reporters[2])], "release_id": "1"})
    send(app, staff)
    staff.post("/media/releases/1/again", **asked)
    found = sorted(rows(app, Recipient.release_id, Recipient.contact_id, Recipient.early))
    who = [[each[1] for each in found if each[0] == release] for release in (1, 2)]
    assert (len(who[0]), who[1]) == (3, who[0])
    assert [each[2] for each in found if each[0] == 2].count(True) == 1
