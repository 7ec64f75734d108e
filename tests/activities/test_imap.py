"""Mail is fetched from a real IMAP server, each message once, whatever breaks off."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from crm import create_app, db
from crm.access.actor import Actor
from crm.activities.mail import filing, imap, reading
from crm.activities.models import Activity, ActivityFile, ReceivedMail
from crm.config import Config
from crm.doctor import settings
from crm.errors import ConfigurationError
from crm.jobs.inline import run_waiting
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.plugin_api.testing.people import MakeUser
from tests.activities import messages
from tests.activities.conftest import Add, Rows
from tests.activities.imap_server import Mailbox, certificate, serving


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving() as found:
        yield found


@pytest.fixture
def config(config: Config, mailbox: Mailbox) -> Config:
    return replace(config, imap_url=mailbox.url(), mailbox=messages.MAILBOX)


@pytest.fixture
def people(make_user: MakeUser, add: Add) -> None:
    make_user(role="organizer", email="marisol@coalition.example.org", name="Marisol Vega")
    add("Ana", "Ruiz", emails=[{"address": "ana@school.example.org"}])


def fetch(app: Flask) -> Job:
    """Run the job that the schedule asks for every few minutes."""
    with app.app_context(), db.transaction(Actor.system(), "test"):
        enqueue(imap.JOB, {}, "Fetch mail", Actor.system())
    return run_waiting(app)[-1]


def test_unread_mail_is_logged_and_marked(app: Flask, mailbox: Mailbox, people: None, rows: Rows) -> None:
    mailbox.put(messages.to_ana())
    mailbox.put(messages.OUTLOOK_SPANISH)
    assert fetch(app).status == "done"
    assert rows(select(Activity.subject).order_by(Activity.id)) == ["Buses", "Acuerdo"]
    assert mailbox.unread == []
    assert fetch(app).status == "done"
    assert len(rows(select(Activity.id))) == 2


def test_what_a_crash_left_unmarked_is_not_logged_twice(
    app: Flask, mailbox: Mailbox, people: None, rows: Rows
) -> None:
    mailbox.put(messages.to_ana())
    mailbox.fail_at = "UID STORE"
    broken = fetch(app)
    assert broken.status == "failed"
    assert "does not answer" in broken.error
    assert rows(select(Activity.subject)) == ["Buses"]
    assert mailbox.unread == [1]
    mailbox.fail_at = ""
    assert fetch(app).status == "done"
    assert rows(select(Activity.subject)) == ["Buses"]
    assert mailbox.unread == []


def test_what_cannot_be_read_or_is_too_large_is_flagged_and_holds_nobody_up(
    app: Flask, mailbox: Mailbox, people: None, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST", 2000)
    monkeypatch.setattr(reading, "LARGEST", 2000)
    mailbox.put(b"this is no message")
    mailbox.put(messages.to_ana("<large@x.example>", "x" * 3000))
    mailbox.put(messages.to_ana())
    assert fetch(app).status == "done"
    assert rows(select(Activity.message_id)) == ["<m1@coalition.example.org>"]
    flagged = [each.uid for each in mailbox.messages if r"\Flagged" in each.flags]
    assert flagged == [1, 2]
    assert mailbox.unread == []
    assert "BODY.PEEK" not in "".join(each for each in mailbox.commands if each.startswith("UID FETCH 2 "))


def test_half_a_letter_is_stored_and_holds_nobody_up(
    app: Flask, mailbox: Mailbox, people: None, rows: Rows
) -> None:
    mailbox.put(messages.with_half_a_letter())
    mailbox.put(messages.to_ana())
    assert fetch(app).status == "done"
    assert rows(select(Activity.message_id).order_by(Activity.id)) == [
        "<h1@coalition.example.org>", "<m1@coalition.example.org>",
    ]  # fmt: skip
    assert rows(select(ActivityFile.file_name)) == ["plan\ufffd.txt"]
    assert mailbox.unread == []
    assert not any(r"\Flagged" in each.flags for each in mailbox.messages)


def test_a_message_that_breaks_us_is_flagged_and_holds_nobody_up(
    app: Flask,
    mailbox: Mailbox,
    people: None,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    read = reading.read

    def breaks(raw: bytes) -> reading.Message:
        found = read(raw)
        if found.message_id == "<bad@x.example>":
            raise ZeroDivisionError(found.text)
        return found

    monkeypatch.setattr(reading, "read", breaks)
    mailbox.put(messages.to_ana("<bad@x.example>", "Between us."))
    mailbox.put(messages.to_ana())
    assert fetch(app).status == "done"
    assert rows(select(Activity.message_id)) == ["<m1@coalition.example.org>"]
    assert [each.uid for each in mailbox.messages if r"\Flagged" in each.flags] == [1]
    assert mailbox.unread == []
    assert "ZeroDivisionError" in caplog.text
    assert "Between us" not in caplog.text


def test_a_message_waits_unread_while_the_database_is_away(
    app: Flask, mailbox: Mailbox, people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_raw: bytes) -> reading.Message:
        raise OperationalError("select 1", {}, Exception("it is away"))

    monkeypatch.setattr(reading, "read", away)
    mailbox.put(messages.to_ana())
    with pytest.raises(OperationalError):
        fetch(app)
    assert mailbox.unread == [1]


def test_mail_of_strangers_waits(app: Flask, mailbox: Mailbox, people: None, rows: Rows) -> None:
    mailbox.put(messages.to_ana().replace(b"marisol@coalition", b"someone@else"))
    fetch(app)
    assert rows(select(Activity.id)) == []
    assert rows(select(ReceivedMail.user_id, ReceivedMail.status)) == [(None, "waiting")]


def test_what_is_too_much_of_strangers_is_flagged_and_not_kept(
    app: Flask,
    mailbox: Mailbox,
    people: None,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(filing, "MOST_WAITING", 1)
    for number in range(2):
        raw = messages.to_ana(f"<{number}@else.example.org>")
        mailbox.put(raw.replace(b"marisol@coalition", b"someone@else"))
    assert fetch(app).status == "done"
    assert rows(select(ReceivedMail.message_id)) == ["<0@else.example.org>"]
    assert [each.uid for each in mailbox.messages if r"\Flagged" in each.flags] == [2]
    assert mailbox.unread == []
    assert "someone@else" not in caplog.text


def test_more_than_one_piece_is_fetched(
    app: Flask, mailbox: Mailbox, people: None, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 2)
    for number in range(5):
        mailbox.put(messages.to_ana(f"<n{number}@x.example>"))
    assert fetch(app).status == "done"
    assert len(rows(select(Activity.id))) == 5
    assert mailbox.unread == []


def test_what_is_logged_is_moved_where_the_address_says_so(
    config: Config, app: Flask, mailbox: Mailbox, people: None
) -> None:
    moving = create_app(replace(config, imap_url=mailbox.url("?move=Logged")))
    mailbox.put(messages.to_ana())
    assert fetch(moving).status == "done"
    assert mailbox.messages == []
    assert len(mailbox.moved["Logged"]) == 1
    moving.extensions["crm"].engine.dispose()


@pytest.mark.parametrize("change", [("quiet", "loud"), ("INBOX", "Elsewhere")])
def test_a_refusal_is_said_without_the_password(
    config: Config, app: Flask, mailbox: Mailbox, change: tuple[str, str]
) -> None:
    wrong = create_app(replace(config, imap_url=mailbox.url().replace(*change)))
    job = fetch(wrong)
    wrong.extensions["crm"].engine.dispose()
    assert job.status == "failed"
    assert "The mailbox does not answer" in job.error
    assert "harbor" not in job.error


def test_without_a_mailbox_nothing_is_asked(config: Config, app: Flask, mailbox: Mailbox) -> None:
    without = create_app(replace(config, imap_url=""))
    assert fetch(without).status == "done"
    assert mailbox.commands == []
    without.extensions["crm"].engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "http://a:b@host/INBOX",
        "imaps://host/INBOX",
        "imap://a:b@mail.example.org/INBOX",
        "imaps://a:b@h:x",
        "x",
    ],
)
def test_an_address_that_makes_no_sense_or_would_tell_the_password_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="CRM_IMAP_URL"):
        imap.Place.parse(url)


def test_an_address_is_read_in_all_its_parts() -> None:
    found = imap.Place.parse("imaps://log%40x.org:p%2Fw@mail.example.org/Log%20it?move=Done")
    assert (found.user, found.password, found.port) == ("log@x.org", "p/w", 993)
    assert (found.folder, found.move_to, found.encrypted) == ("Log it", "Done", True)


def test_the_doctor_looks_into_the_mailbox(config: Config, mailbox: Mailbox) -> None:
    def says(url: str) -> str:
        found = [each for each in settings.findings(replace(config, imap_url=url)) if each.what == "Mailbox"]
        return " ".join(f"{each.level} {each.message}" for each in found)

    config.data_dir.mkdir(parents=True, exist_ok=True)
    assert says(mailbox.url()) == "ok INBOX at 127.0.0.1"
    assert "does not let us in" in says(mailbox.url().replace("quiet", "loud"))
    assert "makes no sense" in says("imap://nobody")
    assert says("") == ""


def test_over_tls_the_server_must_show_who_it_is(
    config: Config, app: Flask, people: None, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = certificate(tmp_path)
    with serving(identity) as mailbox:
        mailbox.put(messages.to_ana())
        encrypted = create_app(replace(config, imap_url=mailbox.url()))
        refused = fetch(encrypted)
        assert refused.status == "failed"
        assert "certificate" in refused.error.lower()
        assert mailbox.commands == []
        monkeypatch.setenv("SSL_CERT_FILE", str(identity))
        assert fetch(encrypted).status == "done"
        encrypted.extensions["crm"].engine.dispose()
    assert rows(select(Activity.subject)) == ["Buses"]
