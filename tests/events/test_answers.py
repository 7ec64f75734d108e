"""Answering by the link of an invitation: reading changes nothing, a forged link is nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.events.models import Event, Guest
from crm.events.services import editing, seats
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.access.walking import everything
from tests.events.conftest import Add, Invite, Plan, Rows, answers, token, values

Link = tuple[int, int, str]


@pytest.fixture
def link(app: Flask, plan: Plan, add: Add, invite: Invite) -> Link:
    """Event, guest and address of Amina's invitation."""
    event = plan(capacity=2)
    (guest,) = invite(event, add("Amina", "Okafor"))
    return event, guest, f"/events/answer/{token(app, guest)}"


def test_opening_every_part_of_a_link_changes_nothing(app: Flask, client: PageClient, link: Link) -> None:
    before = everything(app)
    for address in (
        link[2],
        f"{link[2]}/event.ics",
        f"{link[2]}?language=es",
        f"{link[2]}?answer=yes&saved=1",
    ):
        assert client.get(address).status_code == 200
        client.head(address)
    assert everything(app) == before


def test_a_yes_a_maybe_and_a_no(app: Flask, client: PageClient, link: Link, rows: Rows) -> None:
    event, _guest, address = link
    page = client.get(address)
    assert "Invitation for Amina Okafor" in page.text
    assert "Steering committee" in page.text
    for answer, sentence in (("yes", "You come."), ("maybe", "You said maybe."), ("no", "You do not come.")):
        sent = client.post(
            address, data={"answer": answer, "note": "Bringing <b>two</b>"}, follow_redirects=True
        )
        assert sentence in sent.text
        assert answers(rows, event) == [answer]
    assert rows(select(Guest.note)) == ["Bringing <b>two</b>"]
    assert "Bringing &lt;b&gt;two&lt;/b&gt;" in client.get(address).text


def test_nothing_else_is_an_answer(app: Flask, client: PageClient, link: Link) -> None:
    before = everything(app)
    for data in ({"answer": "waiting"}, {"answer": "none"}, {}, {"answer": "yes", "note": "x" * 600}):
        client.post(link[2], data=data)
    assert everything(app) == before


def test_the_language_is_the_guests_own_and_can_be_switched(
    app: Flask, client: PageClient, plan: Plan, add: Add, invite: Invite
) -> None:
    (guest,) = invite(plan(), add("Rosa", "Vega", language="es"))
    address = f"/events/answer/{token(app, guest)}"
    assert '<html lang="es"' in client.get(address).text
    assert '<html lang="en"' in client.get(f"{address}?language=en").text
    german = client.get(f"{address}?language=de", headers={"Accept-Language": "de"})
    assert '<html lang="es"' in german.text


def test_an_altered_link_is_a_clear_page(client: PageClient, link: Link) -> None:
    address = link[2]
    for altered in (
        address[:-1] + ("A" if address[-1] != "A" else "B"),
        address[:-5],
        address + "x",
        "/events/answer/x",
    ):
        for suffix in ("", "/event.ics"):
            page = client.get(altered + suffix)
            assert page.status_code == 404
            assert "This link does not work" in page.text
        assert client.post(altered, data={"answer": "yes"}).status_code == 404


def test_a_link_of_another_guest_cannot_be_made_from_ones_own(
    app: Flask, client: PageClient, link: Link, add: Add, invite: Invite
) -> None:
    other = token(app, invite(link[0], add("Wei", "Chen"))[0])
    mine = link[2].rpartition("/")[2]
    mixed = other.rpartition(".")[0] + "." + mine.rpartition(".")[2]
    assert client.get(f"/events/answer/{mixed}").status_code == 404


def test_a_link_ends_when_it_is_reset_removed_or_restored(
    app: Flask, client: PageClient, sign_in: SignIn, link: Link
) -> None:
    event, guest, address = link
    sign_in(role="organizer").post(f"/events/{event}/guests/{guest}/reset")
    assert client.post(address, data={"answer": "yes"}).status_code == 404
    fresh = f"/events/answer/{token(app, guest)}"
    assert client.get(fresh).status_code == 200
    with app.app_context(), db.transaction(Actor.system(), "backup.restore"), system("a restore"):
        app.extensions["crm"].plugins.all("crm_restored")
    assert client.get(fresh).status_code == 404
    newest = f"/events/answer/{token(app, guest)}"
    sign_in(role="organizer").post(f"/events/{event}/guests/{guest}/remove")
    assert client.get(newest).status_code == 404


def test_undo_revives_no_link_that_was_ended(
    app: Flask, client: PageClient, organizer_client: PageClient, link: Link, rows: Rows
) -> None:
    event, guest, address = link

    def undo_last() -> None:
        organizer_client.post(f"/changes/{rows(select(func.max(ChangeSet.id)))[0]}/undo")

    organizer_client.post(f"/events/{event}/guests/{guest}/reset")
    undo_last()
    assert client.get(address).status_code == 404
    fresh = f"/events/answer/{token(app, guest)}"
    assert client.get(fresh).status_code == 200
    organizer_client.post(f"/events/{event}/guests/{guest}/remove")
    assert client.get(fresh).status_code == 404
    undo_last()
    assert client.get(fresh).status_code == 200
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("what", ["cancelled", "over"])
def test_what_is_cancelled_or_over_says_so_and_takes_no_answer(
    what: str, app: Flask, client: PageClient, link: Link, rows: Rows
) -> None:
    event, _guest, address = link
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        if what == "cancelled":
            editing.cancel(event)
        else:
            past = datetime.now(UTC) - timedelta(days=2)
            times = {"starts_at": past, "ends_at": past + timedelta(hours=1)}
            db.session().execute(update(Event).where(Event.id == event).values(**times))
    page = client.get(address)
    assert ("This event is cancelled" if what == "cancelled" else "This event is over") in page.text
    assert 'name="answer"' not in page.text
    client.post(address, data={"answer": "yes"})
    assert answers(rows, event) == ["none"]


@on_sqlite
def test_the_page_says_nothing_about_others(
    app: Flask, client: PageClient, link: Link, add: Add, invite: Invite
) -> None:
    invite(link[0], add("Wei", "Chen"), note="Secret note", answer="yes")
    page = client.get(link[2]).text
    assert "Chen" not in page
    assert "Secret" not in page


@on_sqlite
def test_its_headers_are_those_of_every_page(client: PageClient, link: Link) -> None:
    answer = client.get(link[2])
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Amina" not in link[2]


def test_answers_without_end_are_refused(client: PageClient, link: Link) -> None:
    codes = [client.post(link[2], data={"answer": "yes"}).status_code for _each in range(21)]
    assert codes == [303] * 20 + [429]


def test_a_full_event_makes_a_line_and_a_free_seat_goes_to_the_first(
    app: Flask, client: PageClient, link: Link, add: Add, invite: Invite, rows: Rows
) -> None:
    event, _amina, address = link
    others = invite(event, *(add(name, "Chen") for name in ("Wei", "Li", "Bo")))
    wei, li, bo = (f"/events/answer/{token(app, each)}" for each in others)
    for each in (address, wei):
        client.post(each, data={"answer": "yes"})
    assert "All seats are taken. If you say yes" in client.get(li).text
    client.post(li, data={"answer": "yes"})
    client.post(bo, data={"answer": "yes"})
    assert answers(rows, event) == ["yes", "yes", "waiting", "waiting"]
    assert "You are number 2 on the waiting list" in client.get(bo).text
    client.post(li, data={"answer": "yes"})
    assert "You are number 1 on the waiting list" in client.get(li).text
    client.post(wei, data={"answer": "no"})
    assert answers(rows, event) == ["yes", "no", "yes", "waiting"]
    assert rows(select(OutgoingMail.recipient, OutgoingMail.purpose)) == [
        ("li.chen@example.org", "event_seat")
    ]
    client.post(bo, data={"answer": "maybe"})
    client.post(li, data={"answer": "maybe"})
    assert answers(rows, event) == ["yes", "no", "maybe", "maybe"]


def test_more_seats_let_those_in_who_wait(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(capacity=1)
    guests = invite(event, *(add(name, "Chen") for name in ("Wei", "Li", "Bo")))
    for each in guests:
        _answer(app, event, each, "yes")
    with app.app_context(), db.transaction(Actor.system(), "test") as _change:
        _event, _moved, seated = editing.change(event, {**values(), "capacity": 2}, 1, Actor.system())
    assert seated == [guests[1]]
    assert answers(rows, event) == ["yes", "yes", "waiting"]


def _answer(app: Flask, event_id: int, guest_id: int, wanted: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        seats.answer(db.session().get_one(Event, event_id), guest_id, wanted)


def _together(app: Flask, work: list[Callable[[], None]]) -> None:
    """All begin at the same moment; what one raises, the test raises."""
    barrier, errors = Barrier(len(work)), []

    def run(each: Callable[[], None]) -> None:
        try:
            barrier.wait()
            each()
        except Exception as error:  # noqa: BLE001  # Raised again by the test.
            errors.append(error)

    threads = [Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


def test_of_many_who_want_the_last_seat_one_gets_it(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(capacity=1)
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(6)))
    _together(app, [lambda each=each: _answer(app, event, each, "yes") for each in guests])  # type: ignore[misc]  # Mypy cannot tell what a default makes of a lambda.
    assert sorted(answers(rows, event)) == ["waiting"] * 5 + ["yes"]


def test_who_leaves_while_others_come_leaves_no_seat_empty(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows
) -> None:
    event = plan(capacity=2)
    guests = invite(event, *(add(f"Guest{number}", "Chen") for number in range(6)))
    for each in guests[:2]:
        _answer(app, event, each, "yes")
    wanted = {each: "no" if each in guests[:2] else "yes" for each in guests}
    _together(app, [lambda each=each: _answer(app, event, each, wanted[each]) for each in guests])  # type: ignore[misc]  # As above.
    assert sorted(answers(rows, event)) == ["no", "no", "waiting", "waiting", "yes", "yes"]


def test_without_its_turn_the_last_seat_would_be_given_twice(
    app: Flask, plan: Plan, add: Add, invite: Invite, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real where nothing orders writers, so the test above proves something."""
    if app.extensions["crm"].engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time anyway")
    both_counted, count = Barrier(2), seats.taken

    def taken(event_id: int) -> int:
        found = count(event_id)
        both_counted.wait(timeout=30)
        return found

    event = plan(capacity=1)
    guests = invite(event, add("Wei", "Chen"), add("Li", "Chen"))
    monkeypatch.setattr(seats, "take_turn", lambda subject: None)
    monkeypatch.setattr(seats, "taken", taken)
    monkeypatch.setattr(seats, "fill", lambda event: [])
    _together(app, [lambda each=each: _answer(app, event, each, "yes") for each in guests])  # type: ignore[misc]  # As above.
    assert answers(rows, event) == ["yes", "yes"]
