"""Messages become activities on the right people, or wait until somebody says who is meant."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import User
from crm.activities.mail import filing, receiving
from crm.activities.mail.filing import Received
from crm.activities.models import Activity, ActivityFile, Participant, ReceivedMail
from crm.cli import run
from crm.config import Config
from crm.contacts.files import storage
from crm.contacts.models import Contact, Email
from crm.jobs.inline import run_waiting
from crm.jobs.services import enqueue
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.activities import messages
from tests.activities.conftest import Add, Rows, undo_newest

Receive = Callable[..., tuple[int, str]]
ADDRESS = "marisol@coalition.example.org"


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, mailbox=messages.MAILBOX)


@pytest.fixture
def marisol(make_user: MakeUser) -> User:
    return make_user(role="organizer", email=ADDRESS, name="Marisol Vega")


@pytest.fixture
def ana(add: Add) -> int:
    return add("Ana", "Ruiz", emails=[{"address": "ana@school.example.org"}])


def take(app: Flask, raw: bytes) -> Received:
    with app.app_context():
        return receiving.take(raw)


def test_a_message_with_the_mailbox_in_bcc_is_logged(app: Flask, marisol: User, ana: int, rows: Rows) -> None:
    received = take(app, messages.to_ana())
    assert received.outcome == "logged"
    ((kind, subject, body, author, label, key),) = rows(
        select(
            Activity.kind,
            Activity.subject,
            Activity.body,
            Activity.author_user_id,
            Activity.author_label,
            Activity.message_id,
        )
    )
    assert (kind, subject, body) == ("email", "Buses", "The buses run again.")
    assert (author, label, key) == (marisol.id, "Marisol Vega", "<m1@coalition.example.org>")
    assert rows(select(Participant.contact_id)) == [ana]


def test_the_same_message_twice_does_nothing(app: Flask, marisol: User, ana: int, rows: Rows) -> None:
    take(app, messages.to_ana())
    assert take(app, messages.to_ana()).outcome == "known"
    assert len(rows(select(Activity.id))) == 1
    stranger = messages.raw("From: x@y.example\nTo: ana@school.example.org\nMessage-ID: <s@y>\n\nHi")
    assert take(app, stranger).outcome == "waiting"
    assert take(app, stranger).outcome == "known"
    assert len(rows(select(ReceivedMail.id))) == 1


def test_a_forwarded_message_is_logged_with_whom_it_came_from(
    app: Flask, marisol: User, ana: int, add: Add, rows: Rows
) -> None:
    ben = add("Ben", "Ode", emails=[{"address": "ben@clinic.example.org"}])
    assert take(app, messages.GMAIL).outcome == "logged"
    assert sorted(rows(select(Participant.contact_id))) == sorted([ana, ben])
    ((subject, body, at),) = rows(select(Activity.subject, Activity.body, Activity.at))
    assert subject == "Bus route"
    assert body == "She agrees!\n\nLet us try the second route in April.\nAna"
    assert at.isoformat() == "2026-03-02T21:15:00+00:00"


def test_files_come_along_and_refused_ones_are_named(app: Flask, marisol: User, ana: int, rows: Rows) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    files = [
        ("notes.txt", b"Bring flyers", "text/plain"),
        ("photo.png", picture.getvalue(), "image/png"),
        ("run.exe", b"MZ\x90\0", "application/octet-stream"),
        ("fake.pdf", b"not a pdf at all", "application/pdf"),
    ]
    take(app, messages.with_files(files))
    assert rows(select(ActivityFile.file_name).order_by(ActivityFile.id)) == ["notes.txt", "photo.png"]
    (body,) = rows(select(Activity.body))
    assert body.startswith("Attached.")
    assert "“run.exe” is not a kind of file" in body
    assert "“fake.pdf” is not what its name says" in body


def test_the_files_of_a_forwarded_file_are_downloaded(
    app: Flask, marisol: User, ana: int, rows: Rows, sign_in: SignIn
) -> None:
    assert take(app, messages.forwarded_as_file()).outcome == "logged"
    ((file_id, activity_id),) = rows(select(ActivityFile.id, ActivityFile.activity_id))
    client = sign_in(marisol)
    answer = client.get(f"/activities/{activity_id}/files/{file_id}", buffered=True)
    assert answer.data == b"name,grade\nA,3\n"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert sign_in().get(f"/activities/{activity_id}/files/{file_id}").status_code in {403, 404}


def test_an_unknown_address_makes_it_wait_and_somebody_adds_the_person(
    app: Flask, marisol: User, rows: Rows, sign_in: SignIn
) -> None:
    received = take(app, messages.to_ana())
    assert received.outcome == "waiting"
    assert rows(select(Activity.id)) == []
    client = sign_in(marisol)
    assert "Buses" in client.get("/activities/mail").text
    page = client.get(f"/activities/mail/{received.mail_id}").text
    assert "The buses run again." in page
    assert "A new person" in page
    client.post(f"/activities/mail/{received.mail_id}", data={"who-0": "new"})
    assert rows(select(Contact.name)) == ["Ana Ruiz"]
    assert rows(select(Email.address)) == ["ana@school.example.org"]
    assert rows(select(ReceivedMail.status)) == ["filed"]
    assert rows(select(Activity.author_label)) == ["Marisol Vega"]


def test_an_address_that_several_share_offers_them(
    app: Flask, marisol: User, ana: int, add: Add, rows: Rows, sign_in: SignIn
) -> None:
    other = add("Office", "Desk", emails=[{"address": "ana@school.example.org"}])
    received = take(app, messages.to_ana())
    assert received.outcome == "waiting"
    client = sign_in(marisol)
    address = f"/activities/mail/{received.mail_id}"
    page = client.get(address).text
    assert "Ana Ruiz" in page
    assert "Office Desk" in page
    assert "Choose who is meant" in client.post(address, data={}).text
    assert "Nobody is called" in client.post(address, data={"who-0": "other", "name-0": "Zed"}).text
    assert "Choose at least one" in client.post(address, data={"who-0": "leave"}).text
    assert rows(select(ReceivedMail.status)) == ["waiting"]
    assert client.post(address, data={"who-0": str(other)}).status_code == 303
    assert rows(select(Participant.contact_id)) == [other]
    assert client.post(address, data={"who-0": str(ana)}).status_code == 422
    assert len(rows(select(Activity.id))) == 1


def test_somebody_else_gets_the_address_so_that_the_next_mail_finds_them(
    app: Flask, marisol: User, add: Add, rows: Rows, sign_in: SignIn
) -> None:
    ana = add("Ana", "Ruiz")
    received = take(app, messages.to_ana())
    data = {"who-0": "other", "name-0": "ana ruiz", "remember": "1"}
    sign_in(marisol).post(f"/activities/mail/{received.mail_id}", data=data)
    assert rows(select(Email.contact_id, Email.address_key)) == [(ana, "ana@school.example.org")]
    assert take(app, messages.to_ana("<next@coalition.example.org>")).outcome == "logged"


def test_mail_of_strangers_is_never_logged_by_itself(
    app: Flask, marisol: User, ana: int, rows: Rows, sign_in: SignIn
) -> None:
    raw = messages.to_ana().replace(ADDRESS.encode(), b"stranger@evil.example.org")
    received = take(app, raw)
    assert received.outcome == "waiting"
    client = sign_in(marisol)
    assert "not from one of us" in client.get("/activities/mail").text
    page = client.get(f"/activities/mail/{received.mail_id}").text
    assert "easily forged" in page
    assert len(re.findall("<legend>", page)) == 2


def stranger(message_id: str) -> bytes:
    return messages.to_ana(message_id).replace(ADDRESS.encode(), b"stranger@evil.example.org")


def stored(app: Flask) -> int:
    with app.app_context():
        return len(list(storage.stored(older_than=-1)))


def test_of_strangers_only_so_much_waits(
    app: Flask, marisol: User, ana: int, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "MOST_WAITING", 2)
    outcomes = [take(app, stranger(f"<{number}@evil.example.org>")).outcome for number in range(3)]
    assert outcomes == ["waiting", "waiting", "refused"]
    assert stored(app) == 2
    assert take(app, messages.to_ana().replace(b"ana@", b"anybody@")).outcome == "waiting"
    monkeypatch.setattr(filing, "MOST_WAITING", 99)
    monkeypatch.setattr(filing, "MOST_BYTES", len(stranger("<0@evil.example.org>")) * 3 - 1)
    assert take(app, stranger("<4@evil.example.org>")).outcome == "refused"
    assert len(rows(select(ReceivedMail.id))) == 3


def test_mail_of_strangers_that_nobody_wants_is_forgotten(
    app: Flask, marisol: User, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(app, stranger("<old@evil.example.org>"))
    take(app, messages.to_ana("<ours@coalition.example.org>"))
    tidy(app)
    assert len(rows(select(ReceivedMail.id))) == 2
    month = db.now() + timedelta(days=31)
    monkeypatch.setattr(db, "now", lambda: month)
    tidy(app)
    assert rows(select(ReceivedMail.message_id)) == ["<ours@coalition.example.org>"]
    assert stored(app) == 1


def tidy(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        enqueue("activities.tidy", {}, "Tidy", Actor.system())
    assert run_waiting(app)[-1].status == "done"


def test_a_stranger_keeps_no_message_of_an_account_away(
    app: Flask, marisol: User, ana: int, rows: Rows
) -> None:
    known = "<m1@coalition.example.org>"
    assert take(app, stranger(known)).outcome == "waiting"
    assert take(app, stranger(known)).outcome == "known"
    assert take(app, messages.to_ana(known)).outcome == "logged"
    assert rows(select(Activity.message_id)) == [known]
    assert rows(select(ReceivedMail.id)) == []
    assert stored(app) == 0
    assert take(app, stranger(known)).outcome == "known"


@pytest.mark.parametrize("changed", [{"role": "viewer"}, {"role": None}])
def test_an_account_that_may_log_nothing_is_a_stranger(
    app: Flask, make_user: MakeUser, ana: int, rows: Rows, changed: dict[str, Any]
) -> None:
    make_user(email=ADDRESS, **changed)
    assert take(app, messages.to_ana()).outcome == "waiting"
    assert rows(select(ReceivedMail.user_id)) == [None]


def test_somebody_limited_to_an_organization_matches_its_people_only(
    app: Flask, make_user: MakeUser, ana: int, add: Add, sign_in: SignIn
) -> None:
    school = add(organization="Maple School")
    user = make_user(role="organizer", scope=school, email=ADDRESS)
    received = take(app, messages.to_ana())
    assert received.outcome == "waiting"
    mine = sign_in(user)
    assert "Buses" in mine.get("/activities/mail").text
    assert "Ana Ruiz · #" not in mine.get(f"/activities/mail/{received.mail_id}").text
    other = sign_in(role="organizer", scope=school)
    assert "Buses" not in other.get("/activities/mail").text
    assert other.get(f"/activities/mail/{received.mail_id}").status_code == 404
    assert sign_in(role="viewer").get(f"/activities/mail/{received.mail_id}").status_code == 403


def test_colleagues_need_not_be_contacts(
    app: Flask, marisol: User, ana: int, make_user: MakeUser, rows: Rows
) -> None:
    make_user(role="organizer", email="theo@coalition.example.org")
    raw = messages.to_ana().replace(b"To: ", b"Cc: theo@coalition.example.org\r\nTo: ")
    assert take(app, raw).outcome == "logged"
    assert rows(select(Participant.contact_id)) == [ana]


def test_filing_and_dropping_are_undone(app: Flask, marisol: User, rows: Rows, sign_in: SignIn) -> None:
    received = take(app, messages.to_ana())
    client = sign_in(role="administrator")
    client.post(f"/activities/mail/{received.mail_id}", data={"who-0": "new"})
    assert rows(select(ReceivedMail.status)) == ["filed"]
    undo_newest(client)
    assert rows(select(ReceivedMail.status)) == ["waiting"]
    assert rows(select(Activity.id)) == [] == rows(select(Contact.id))
    client.post(f"/activities/mail/{received.mail_id}/drop")
    assert rows(select(ReceivedMail.status)) == ["dropped"]
    client.get("/")
    assert "Buses" not in client.get("/activities/mail").text
    assert "Buses" in client.get("/activities/mail?show=dropped").text
    client.post(f"/activities/mail/{received.mail_id}/back")
    assert rows(select(ReceivedMail.status)) == ["waiting"]


def test_deleting_what_came_by_mail_is_undone(
    app: Flask, marisol: User, ana: int, rows: Rows, sign_in: SignIn
) -> None:
    received = take(app, messages.with_files([("notes.txt", b"Bring flyers", "text/plain")]))
    client = sign_in(role="administrator")
    client.post(f"/activities/{received.activity_id}/delete")
    assert rows(select(ActivityFile.id)) == []
    undo_newest(client)
    assert rows(select(ActivityFile.file_name)) == ["notes.txt"]


def test_stored_files_of_activities_are_no_rubbish(app: Flask, marisol: User, ana: int, rows: Rows) -> None:
    take(app, messages.with_files([("notes.txt", b"Bring flyers", "text/plain")]))
    take(app, messages.raw("From: x@y.example\nMessage-ID: <s@y>\n\nHi"))
    with app.app_context():
        assert storage.orphan_files(older_than=-1) == []
        (key,) = rows(select(ActivityFile.storage_key))
        assert storage.read(key) == b"Bring flyers"


class TestCommand:
    @pytest.fixture
    def receive(
        self, app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> Receive:
        """`rollcall mail receive` with a message as its standard input; its exit code and all it printed."""
        monkeypatch.setenv("CRM_DATA_DIR", str(config.data_dir))
        monkeypatch.setenv("CRM_DATABASE_URL", config.database_url.replace("+psycopg", ""))
        monkeypatch.setenv("CRM_SECRET_KEY", config.secret_key)

        def command(raw: bytes, *options: str) -> tuple[int, str]:
            monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(raw)))
            code = run(("mail", "receive", *options))
            said = capfd.readouterr()
            return code, said.out + said.err

        return command

    def test_it_reads_standard_input(self, receive: Receive, marisol: User, ana: int, rows: Rows) -> None:
        code, said = receive(messages.to_ana(), "--json")
        assert code == 0, said
        assert '"outcome":"logged"' in said
        assert rows(select(Activity.subject)) == ["Buses"]

    def test_what_cannot_be_read_is_said_and_writes_nothing(self, receive: Receive, rows: Rows) -> None:
        code, said = receive(b"this is no message")
        assert code == 1
        assert "no email message" in said
        assert rows(select(Activity.id)) == [] == rows(select(ReceivedMail.id))
