"""The outbox: written with what caused it, sent once, tried again, never lost without a word."""

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from crm import create_app, db
from crm.access.actor import Actor
from crm.accounts import delivery, mail
from crm.accounts.models import OutgoingMail, Role, User
from crm.config import Config
from crm.contacts import emailing
from crm.contacts import services as contacts
from crm.errors import UserError
from crm.jobs.inline import run_waiting
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_client
from tests.accounts.helpers import change, delivered, rows, text_of, writing
from tests.accounts.smtp_server import Mailbox, serving


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with serving(Mailbox()) as box:
        yield box


def app_with(config: Config, url: str) -> Flask:
    return create_app(replace(config, smtp_url=url, mail_from="Rollcall <rollcall@northside.example>"))


@pytest.fixture
def mailing(config: Config, box: Mailbox) -> Iterator[Flask]:
    """The application with that server."""
    app = app_with(config, f"smtp://127.0.0.1:{box.port}")
    yield app
    app.extensions["crm"].engine.dispose()


def write(app: Flask, recipient: str = "ana@example.org", subject: str = "Hello", **more: Any) -> None:
    with writing(app):
        mail.send(
            recipient, subject, more.pop("body", "A line.\n.\n..\nThe end.\n"), more.pop("purpose", "notice")
        )


def state(app: Flask) -> str:
    [row] = rows(app, OutgoingMail)
    return str(row.status)


def due(app: Flask) -> None:
    """Let the time of the next try come, and the scheduled job look."""
    change(app, OutgoingMail, next_try_at=db.now() - timedelta(minutes=1))
    with writing(app):
        from crm.jobs.services import enqueue

        enqueue(mail.SEND_WAITING, {}, "Try again", Actor.system())
    run_waiting(app)


def test_a_message_arrives_as_it_was_written(mailing: Flask, box: Mailbox) -> None:
    write(mailing, subject="Reunión  de\npadres", body="Línea\n.\n..two dots\n" + "long " * 300 + "\n")
    run_waiting(mailing)
    [message] = box.messages
    assert message["To"] == "ana@example.org"
    assert message["From"] == "Rollcall <rollcall@northside.example>"
    assert message["Subject"] == "Reunión de padres"
    assert message["Auto-Submitted"] == "auto-generated"
    assert text_of(message).replace("\r\n", "\n").startswith("Línea\n.\n..two dots\nlong long")
    assert state(mailing) == "sent"


def test_what_a_person_wrote_is_answered_to_them_and_is_no_mail_of_a_program(
    mailing: Flask, box: Mailbox
) -> None:
    with writing(mailing):
        mail.send("ana@example.org", "Hello", "Text", "letter", reply_to="robin@straße.example")
    run_waiting(mailing)
    [message] = box.messages
    assert message["Reply-To"] == "robin@xn--strae-oqa.example"
    assert message["From"] == "Rollcall <rollcall@northside.example>"  # Where mail that comes back goes.
    assert message["Auto-Submitted"] is None


@on_sqlite
def test_an_address_for_answers_that_is_none_is_refused(mailing: Flask) -> None:
    with pytest.raises(UserError), writing(mailing):
        mail.send(
            "ana@example.org", "Hello", "Text", "letter", reply_to="eve@example.org\r\nBcc: x@y.example"
        )
    assert rows(mailing, OutgoingMail) == []


def test_nothing_is_sent_when_what_caused_it_is_taken_back(mailing: Flask, box: Mailbox) -> None:
    def fail() -> None:
        with writing(mailing):
            mail.send("ana@example.org", "Hello", "Text", "notice")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert run_waiting(mailing) == []
    assert box.messages == []


@on_sqlite
@pytest.mark.parametrize("recipient", ["", "nobody", "ana@example.org\r\nBcc: eve@example.org"])
def test_an_address_that_is_none_is_refused(mailing: Flask, recipient: str) -> None:
    with pytest.raises(UserError), writing(mailing):
        mail.send(recipient, "Hello", "Text", "notice")
    assert rows(mailing, OutgoingMail) == []


def test_a_server_that_is_down_gets_it_later_and_once(config: Config) -> None:
    with serving(Mailbox()) as gone:
        pass
    app = app_with(config, f"smtp://127.0.0.1:{gone.port}")
    write(app)
    run_waiting(app)
    [row] = rows(app, OutgoingMail)
    assert (row.status, row.attempts) == ("waiting", 1)
    assert "Connection refused" in row.last_error
    assert row.next_try_at > db.now()
    with serving(Mailbox(port=gone.port)) as box:
        run_waiting(app)
        assert box.messages == []  # Not before its time.
        due(app)
        due(app)
        assert len(box.messages) == 1
    assert state(app) == "sent"
    app.extensions["crm"].engine.dispose()


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
def test_a_refusal_for_now_is_tried_again_and_one_for_ever_is_not(
    command: str, mailing: Flask, box: Mailbox
) -> None:
    box.answers[command] = "451 come back later"
    write(mailing)
    run_waiting(mailing)
    [row] = rows(mailing, OutgoingMail)
    assert (row.status, row.attempts) == ("waiting", 1)
    assert "come back later" in row.last_error
    box.answers[command] = "550 no such person"
    due(mailing)
    [row] = rows(mailing, OutgoingMail)
    assert row.status == "failed"
    assert "no such person" in row.last_error
    due(mailing)
    assert state(mailing) == "failed"
    assert box.messages == []


def test_after_the_last_try_the_message_has_failed_and_can_be_sent_by_hand(
    mailing: Flask, box: Mailbox
) -> None:
    box.answers["MAIL"] = "451 never"
    write(mailing)
    run_waiting(mailing)
    change(mailing, OutgoingMail, attempts=len(delivery.PAUSES))
    due(mailing)
    assert state(mailing) == "failed"
    box.answers.clear()
    client = sign_in_client(mailing, make_user_in(mailing, "administrator"))
    assert "Not sent" in client.get("/outbox").text
    assert client.post("/outbox/1/send").status_code == 303
    run_waiting(mailing)
    assert len(box.messages) == 1
    assert client.post("/outbox/1/send").status_code == 422


def test_a_server_that_dies_before_it_answers_leaves_it_to_a_person(mailing: Flask, box: Mailbox) -> None:
    """It may have been accepted, so it is not sent a second time by itself."""
    box.answers["."] = ""
    write(mailing)
    run_waiting(mailing)
    assert state(mailing) == "unclear"
    due(mailing)
    assert len(box.messages) == 1
    client = sign_in_client(mailing, make_user_in(mailing, "administrator"))
    assert "May have arrived" in client.get("/outbox").text


@pytest.mark.parametrize("when", ["before the content ended", "after the content ended"])
def test_a_worker_that_dies_while_it_sends_sends_once(
    when: str, mailing: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death is played by an error that nothing catches; the mark in the database is what counts."""

    class Died(BaseException):
        pass

    def die(*_args: object, **_values: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        if when == "before the content ended":
            patch.setattr(delivery, "_dotted", die)
        else:
            patch.setattr(smtplib.SMTP, "getreply", reply_until_the_dot(box, die))
        write(mailing)
        with pytest.raises(Died):
            run_waiting(mailing)
    run_waiting(mailing)
    assert len(box.messages) == 1
    assert state(mailing) == ("sent" if when == "before the content ended" else "unclear")


def reply_until_the_dot(box: Mailbox, die: Any) -> Any:
    """Answers as the server gives them, until the whole message is there."""
    real = smtplib.SMTP.getreply

    def getreply(server: Any) -> Any:
        answer = real(server)
        if box.messages:
            die()
        return answer

    return getreply


def test_a_message_whose_job_was_given_up_is_found_again(mailing: Flask, box: Mailbox) -> None:
    write(mailing)
    change(mailing, Job, status="failed", finished_at=db.now())
    due(mailing)
    assert len(box.messages) == 1


def test_what_opens_an_account_is_forgotten_once_it_is_sent(mailing: Flask) -> None:
    write(mailing, body="https://rollcall.example/password/secret", purpose="password_reset")
    write(mailing, body="Your password was changed.", purpose="notice")
    run_waiting(mailing)
    assert [row.body for row in rows(mailing, OutgoingMail)] == ["", "Your password was changed."]


@on_sqlite
def test_with_a_server_the_outbox_shows_no_text(mailing: Flask) -> None:
    write(mailing, body="canary text", purpose="password_reset")
    client = sign_in_client(mailing, make_user_in(mailing, "administrator"))
    assert "canary text" not in client.get("/outbox/1").text


def test_without_a_server_messages_become_files_that_administrators_read(
    app: Flask, admin_client: PageClient, viewer_client: PageClient
) -> None:
    write(app, body="Look: https://rollcall.example/invitation/abc\n")
    [message] = delivered(app)
    assert message["Subject"] == "Hello"
    assert "No mail server" in admin_client.get("/outbox").text
    assert 'href="https://rollcall.example/invitation/abc"' in admin_client.get("/outbox/1").text
    assert viewer_client.get("/outbox").status_code == 403
    assert viewer_client.get("/outbox/1").status_code == 403


def test_plain_text_is_not_escaped(app: Flask) -> None:
    user = make_user_in(app, "viewer", name="Ana O'Neil & Søn <x>")
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        found = db.session().get(User, user.id)
        assert found is not None
        mail.compose(
            found, "invitation", "invitation", inviter="R&D “Kids'” <Team>", url="https://x.example/?a=1&b=2"
        )
    [row] = rows(app, OutgoingMail)
    assert row.subject.startswith("R&D “Kids'” <Team> invites you")
    assert "Hello Ana O'Neil & Søn <x>," in row.body
    assert "?a=1&b=2" in row.body
    with app.test_request_context():
        page = app.jinja_env.from_string("{{ _('Hello %(name)s,', name=name) }}").render(name="<b>")
    assert page == "Hello &lt;b&gt;,"


@on_sqlite
def test_a_link_is_forgotten_when_its_message_has_failed(mailing: Flask, box: Mailbox) -> None:
    client = sign_in_client(mailing, make_user_in(mailing, "administrator"))
    box.answers["MAIL"] = "550 never"
    write(mailing, purpose="invitation", body="canary link")
    run_waiting(mailing)
    box.answers["MAIL"] = "451 later"
    write(mailing, purpose="password_reset", body="canary link")
    run_waiting(mailing)
    change(mailing, OutgoingMail, OutgoingMail.id == 2, attempts=len(delivery.PAUSES))
    due(mailing)
    assert [(row.status, row.body) for row in rows(mailing, OutgoingMail)] == [("failed", "")] * 2
    for address in ("/outbox", "/outbox/1"):
        assert "Send again" not in client.get(address).text
    assert "send a new link" in client.get("/outbox/1").text
    refused = client.post("/outbox/1/send")
    assert (refused.status_code, "forgotten" in refused.text) == (422, True)


def test_links_that_open_accounts_are_for_administrators_alone(app: Flask, admin_client: PageClient) -> None:
    with writing(app) as session:
        session.add(Role(name="postman", label="Postman", permissions=["accounts.outbox"]))
    client = sign_in_client(app, make_user_in(app, "postman"))
    for number, purpose in enumerate(sorted(mail.SECRET_PURPOSES), 1):
        write(app, body="canary text", purpose=purpose)
        for state in ("waiting", "sent"):
            page = client.get(f"/outbox/{number}").text
            assert ("canary text" in page, "not shown" in page) == (False, True), state
            assert "canary text" in admin_client.get(f"/outbox/{number}").text
            delivered(app)
    write(app, body="plain text")
    assert "plain text" in client.get(f"/outbox/{len(mail.SECRET_PURPOSES) + 1}").text


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


@on_sqlite
def test_a_password_goes_over_tls_to_a_server_that_proves_its_name(
    config: Config, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(Mailbox(certificate=context)) as box:
        url = f"smtp://ana%40example.org:pass%3Aword@localhost:{box.port}?tls=starttls"
        app = app_with(config, url)
        write(app)
        run_waiting(app)
        assert box.messages == []  # Nobody vouches for this certificate yet.
        assert "certificate" in rows(app, OutgoingMail)[0].last_error.lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        due(app)
        assert (box.secure, box.logins) == ([True], ["\0ana@example.org\0pass:word"])
        app.extensions["crm"].engine.dispose()


@on_sqlite
@pytest.mark.parametrize(
    "url, said",
    [
        ("smtp://ana:word@mail.example:25", "no TLS"),
        ("http://mail.example", "must look like"),
        ("smtp://mail.example:port", "must look like"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_in_the_outbox(
    url: str, said: str, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda *_args: (220, b"ready"))
    monkeypatch.setattr(smtplib.SMTP, "ehlo_or_helo_if_needed", lambda *_args: None)
    app = app_with(config, url)
    write(app)
    run_waiting(app)
    [row] = rows(app, OutgoingMail)
    assert row.status == "waiting"
    assert said in row.last_error
    app.extensions["crm"].engine.dispose()


def test_old_mail_is_forgotten_with_its_file(app: Flask) -> None:
    for subject in ("Old", "New"):
        write(app, subject=subject)
    delivered(app)
    change(app, OutgoingMail, OutgoingMail.subject == "Old", sent_at=datetime(2020, 1, 1, tzinfo=UTC))
    with writing(app):
        enqueue("accounts.tidy", {}, "Tidy up", Actor.system())
    run_waiting(app)
    assert [row.subject for row in rows(app, OutgoingMail)] == ["New"]
    assert [message["Subject"] for message in delivered(app)] == ["New"]


def test_who_refuses_while_a_message_waits_does_not_get_it(mailing: Flask, box: Mailbox) -> None:
    with writing(mailing):
        about = {"kind": "person", "given_name": "Ana", "emails": [{"address": "ana@example.org"}]}
        ana = contacts.create(about, Actor.system())
        for subject in ("One", "Two"):
            mail.send("ana@example.org", subject, "Text", "release", contact_id=ana.id,
                      unsubscribe="https://rollcall.example/out" if subject == "One" else None)  # fmt: skip
        emailing.end_mail_at(["ANA@example.org"], emailing.ASKED)
    run_waiting(mailing)
    assert [message["Subject"] for message in box.messages] == ["Two"]  # What is no mailing list still goes.
    [refused] = [row for row in rows(mailing, OutgoingMail) if row.subject == "One"]
    assert (refused.status, "No mail goes" in refused.last_error) == (mail.FAILED, True)


@pytest.mark.parametrize("when", ["in the outbox", "at the door"])
def test_what_is_taken_back_before_it_left_does_not_arrive(
    when: str, mailing: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotted = delivery._dotted  # Where the server already has all but the end of it.

    def take_back(raw: bytes) -> bytes:
        with db.transaction(Actor.system(), "test"):
            delivery.withdraw([1], waiting=True)
        return dotted(raw)

    write(mailing)
    if when == "at the door":
        monkeypatch.setattr(delivery, "_dotted", take_back)
    else:
        with writing(mailing):
            delivery.withdraw([1], waiting=True)
    run_waiting(mailing)
    assert (box.messages, rows(mailing, OutgoingMail)) == ([], [])


def test_a_domain_in_other_letters_goes_as_servers_know_it(mailing: Flask, box: Mailbox) -> None:
    write(mailing, recipient="ana@exämple.org")
    write(mailing, recipient="ana@STRAßE.example")  # By older rules somebody else's: strasse.example.
    run_waiting(mailing)
    assert {message["To"] for message in box.messages} == {
        "ana@xn--exmple-cua.org",
        "ana@xn--strae-oqa.example",
    }
