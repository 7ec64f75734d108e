"""Two people who do the same at once do it once, and the second is told so."""

import re
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from crm.plugin_api import Actor, UserError, day_here, db, now, system
from crm.plugin_api.files import Upload
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Recipient, Release, Reporter
from crm_media.reading import feed as reading
from crm_media.services import coverage, intake, outreach
from crm_media.tests.feeds import RSS
from crm_media.tests.test_outreach import begin, reporters, returned, rows, work

__all__ = ["reporters"]
MOVED: dict[str, Any] = {"name": "September", "kind": "release", "topics": "", "areas": "", "follow_ups": 1}
MOVED |= {"embargo_until": now().replace(year=2099), "exclusive_until": None, "exclusive_outlet_id": None}
ITEM = "<item><title>On the radio this morning, absence</title><guid>9</guid></item>"


@pytest.fixture
def both(sign_in: SignIn) -> Callable[[str, dict[str, Any]], list[int]]:
    """Two people press the same button at the same moment; what each is answered."""
    people = (sign_in(role="media"), sign_in(role="media"))

    def press(address: str, data: dict[str, Any]) -> list[int]:
        barrier, answers = Barrier(2, timeout=20), []

        def one(person: Any) -> None:
            barrier.wait()
            answers.append(person.post(address, data=data).status_code)

        threads = [Thread(target=one, args=(each,)) for each in people]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return sorted(answers)

    return press


def test_a_piece_is_kept_once(app: Flask, both: Any) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test") as change, system("the test writes"):
        feed = intake.feed_of_file("radio")
        feed.takes_all = True
        intake.take(feed, reading.read(RSS.format(ITEM).encode(), "", "", now()), change)
    assert both("/media/inbox/decide", {"ids": ["1"], "to": "keep"}) == [303, 422]
    assert len(rows(app, Clip.id)) == 1


def test_an_address_is_clipped_once_and_somebody_added_once(
    app: Flask, both: Any, reporters: list[int], sign_in: SignIn
) -> None:
    clip = {"title": "Same", "url": "https://l.example.org/a", "medium": "online", "piece": "news"}
    assert both("/media/coverage/new", clip) == [303, 303]  # The second is led to what is there.
    assert len(rows(app, Clip.id)) == 1
    about = {"name": "September", "kind": "release", "follow_ups": "1"}
    sign_in(role="media").post("/media/releases/new", data=about)
    added = {"ids": [str(each) for each in reporters], "release_id": "1"}
    assert both("/media/releases/add", added) == [303, 303]
    assert len(rows(app, Recipient.id)) == len(reporters)


def test_nothing_of_a_release_changes_that_somebody_sends_meanwhile(
    app: Flask, reporters: list[int], sign_in: SignIn
) -> None:
    begin(sign_in(role="media"), reporters)
    actor = Actor.system()
    table = db.table(Release)
    for change in (
        lambda release: outreach.write(release, "Other", "Words", actor),
        lambda release: outreach.move(release, "draft", actor, may_approve=True),
        lambda release: outreach.attach(release, Upload("a.txt", "text/plain", b""), actor),
        lambda release: outreach.add(release, []),
        lambda release: outreach.save(release, MOVED, actor),
    ):
        with app.app_context(), db.transaction(actor, "test"), system("the test writes"):
            release, seen = db.session().get_one(Release, 1), db.session().connection()
            assert not release.sending
            seen.execute(table.update().values(sending=True))
            with pytest.raises(UserError, match="on its way"):
                change(release)
            seen.execute(table.update().values(sending=False))


def test_two_who_put_pieces_together_from_either_side_leave_one_that_stands_for_both(
    app: Flask, sign_in: SignIn
) -> None:
    people = [sign_in(role="media"), sign_in(role="media")]
    for title in ("Two days", "Two days a month", "A third"):
        people[0].post("/media/coverage/by-hand", data={"title": title, "medium": "print", "piece": "news"})
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        one, other = db.session().get_one(Clip, 1), db.session().get_one(Clip, 2)
        seen = db.session().connection()
        seen.execute(db.table(Clip).update().where(db.table(Clip).c.id == 2).values(copy_of_id=1))
        with pytest.raises(UserError, match="together already"):
            coverage.join(one, other)  # In the meantime the other was put to this one.
    people[1].post("/media/coverage/1/join", data={"number": "3"})
    assert rows(app, Clip.id, Clip.copy_of_id) == [(1, 3), (2, 3), (3, None)]


def test_two_who_note_an_answer_at_once_do_not_lose_one(
    app: Flask, reporters: list[int], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, other = sign_in(role="media"), sign_in(role="media")
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    page, transaction, first = "/media/releases/1/recipients/1", db.transaction, list[int]()
    shown = re.search(r'name="_shown" value="(\w+)"', staff.get(page).text)
    assert shown
    answer = {"standing": "declined", "note": "No, thanks", "_shown": shown[1]}

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        if "media.recipients" in args and not first:
            first.append(0)  # The other one's own is not waited for.
            thread = Thread(target=lambda: first.append(other.post(page, data=answer).status_code))
            thread.start()
            thread.join()
        return transaction(*args, **kwargs)

    monkeypatch.setattr(db, "transaction", meanwhile)
    late = staff.post(page, data={**answer, "standing": "replied", "note": "Yes"})
    assert (first, late.status_code) == ([0, 303], 409)
    assert "Somebody else" in late.text
    assert rows(app, Recipient.id, Recipient.status, Recipient.note)[0] == (1, "declined", "No, thanks")


def test_an_address_that_ends_is_written_before_the_record_that_is_doubted(
    app: Flask, reporters: list[int], sign_in: SignIn
) -> None:
    """Always in this order, so that nobody waits for each other for ever."""
    staff = sign_in(role="media")
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("they were verified"):
        for each in db.session().scalars(select(Reporter)):
            each.verified_on = day_here()
    written: list[str] = []

    def note(*arguments: Any) -> None:
        found = re.match(r"UPDATE (contact_email|media_reporter)\b", arguments[2])
        written.extend(found.groups() if found else ())

    event.listen(app.extensions["crm"].engine, "before_cursor_execute", note)
    staff.post("/media/releases/1/recipients/1", data={"standing": "bounced"})
    staff.post("/media/returns", data={"text": returned(app, "ben@press.example")})
    assert written == ["contact_email", "media_reporter"] * 2
