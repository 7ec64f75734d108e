"""The doctor finds what is wrong, says what to do, and changes nothing."""

import json
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text

from crm import create_app, db
from crm.access import Actor
from crm.accounts import mail
from crm.accounts.models import OutgoingMail
from crm.config import load
from crm.contacts.files import storage
from crm.contacts.models import Attachment, Person
from crm.db import make_engine
from crm.jobs.models import Job
from crm.journal.models import ChangeSet
from tests.cli.conftest import Rollcall

Settings = Callable[..., None]
GOOD_KEY = "k3y-of-many-different-letters-0123456789"


@pytest.fixture
def healthy(database_url: str, settings: Settings, tmp_path: Path) -> Path:
    """A migrated installation; its data folder."""
    (tmp_path / "data").mkdir(mode=0o700)
    settings(DATABASE_URL=database_url, SECRET_KEY=GOOD_KEY)
    return tmp_path / "data"


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def findings(rollcall: Rollcall) -> dict[str, tuple[str, str, str]]:
    """Level, message and advice by what was looked at."""
    done = rollcall("doctor", "--json")
    assert done.code == (0 if done.data["ok"] else 1)
    return {each["check"]: (each["level"], each["message"], each["advice"]) for each in done.data["checks"]}


def test_a_healthy_installation_is_fine(healthy: Path, rollcall: Rollcall) -> None:
    found = findings(rollcall)
    assert {level for level, _message, _advice in found.values()} <= {"ok", "warn"}
    assert {name for name, (level, *_rest) in found.items() if level == "warn"} == {"Mail", "Administrators"}
    assert found["Tables"][0] == found["Drift"][0] == "ok"


@on_sqlite
def test_people_read_a_line_for_each_check(healthy: Path, rollcall: Rollcall) -> None:
    shown = rollcall("doctor")
    assert shown.code == 0
    assert "ok    Tables         at their newest version" in shown.out
    assert "rollcall init" in shown.out


@on_sqlite
@pytest.mark.parametrize(
    "given, check, level, words",
    [
        (("BASE_URL", "http://crm.example.org"), "Address", "fail", "unencrypted"),
        (("BASE_URL", "https://crm.example.org"), "Address", "ok", "cookies for https only"),
        (("SECRET_KEY", "secret"), "Secret key", "fail", "can be guessed"),
        (("SECRET_KEY", "a" * 64), "Secret key", "fail", "can be guessed"),
        (("SECRET_KEY", "twentytwo-letters-only"), "Secret key", "warn", "22 characters only"),
        (("TIME_ZONE", "Springfield"), "Time zone", "fail", "Springfield is none"),
        (("DEVELOPMENT", "1"), "Mode", "warn", "development"),
        (("SMTP_URL", "smtp://127.0.0.1:1"), "Mail", "fail", "127.0.0.1 does not take mail"),
    ],
)
def test_settings_are_judged(
    given: tuple[str, str],
    check: str,
    level: str,
    words: str,
    healthy: Path,
    rollcall: Rollcall,
    settings: Settings,
) -> None:
    settings(**dict([given]))
    found = findings(rollcall)[check]
    assert found[0] == level
    assert words in found[1]
    assert found[2] or level == "ok"


@on_sqlite
def test_a_mail_server_that_answers_is_fine(healthy: Path, settings: Settings, rollcall: Rollcall) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _address = listening.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 ready\r\n")
                for line in lines:
                    connection.sendall(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 fine\r\n")
                    if line.startswith(b"QUIT"):
                        break

        thread = Thread(target=answer)
        thread.start()
        settings(SMTP_URL=f"smtp://127.0.0.1:{listening.getsockname()[1]}")
        assert findings(rollcall)["Mail"][0] == "ok"
        thread.join()


@on_sqlite
def test_a_key_file_that_others_can_read_is_wrong(
    healthy: Path, monkeypatch: pytest.MonkeyPatch, rollcall: Rollcall
) -> None:
    monkeypatch.delenv("CRM_SECRET_KEY")
    assert findings(rollcall)["Secret key"][0] == "ok"
    (healthy / "secret_key").chmod(0o644)
    level, message, advice = findings(rollcall)["Secret key"]
    assert (level, advice) == ("fail", f"chmod 600 {healthy / 'secret_key'}")
    assert "can be read by others" in message


@on_sqlite
def test_a_folder_open_to_everybody_is_mentioned(healthy: Path, rollcall: Rollcall) -> None:
    healthy.chmod(0o755)
    assert findings(rollcall)["Data folder"][0] == "warn"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere, so nothing can be refused")
@on_sqlite
def test_a_folder_that_cannot_be_written_is_wrong(healthy: Path, rollcall: Rollcall) -> None:
    healthy.chmod(0o500)
    assert findings(rollcall)["Data folder"][0] == "fail"


def test_a_database_without_tables_is_wrong(
    empty_database_url: str, settings: Settings, rollcall: Rollcall
) -> None:
    settings(DATABASE_URL=empty_database_url)
    level, message, advice = findings(rollcall)["Tables"]
    assert level == "fail"
    assert "core is at nothing" in message
    assert "rollcall db upgrade" in advice


def test_a_database_that_does_not_answer_is_wrong(settings: Settings, rollcall: Rollcall) -> None:
    settings(DATABASE_URL="postgresql://ada:hidden@127.0.0.1:1/none")
    level, message, _advice = findings(rollcall)["Database"]
    assert level == "fail"
    assert "hidden" not in message


@pytest.fixture
def app(healthy: Path) -> Flask:
    return create_app(load())


def run_sql(app: Flask, *statements: str) -> None:
    engine = make_engine(app.extensions["crm"].config)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_tables_that_somebody_changed_by_hand_are_wrong(app: Flask, rollcall: Rollcall) -> None:
    run_sql(app, "ALTER TABLE tag DROP COLUMN color")
    assert findings(rollcall)["Drift"][0] == "fail"
    app.extensions["crm"].engine.dispose()


@on_sqlite
def test_a_reference_to_nothing_is_wrong(app: Flask, rollcall: Rollcall) -> None:
    engine = make_engine(app.extensions["crm"].config)
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            text("INSERT INTO contact_tag (contact_id, tag_id, created_at) VALUES (7, 8, '2026')")
        )
        connection.commit()
    engine.dispose()
    level, message, _advice = findings(rollcall)["Integrity"]
    assert level == "fail"
    assert "contact_tag" in message
    app.extensions["crm"].engine.dispose()


def test_unfinished_work_stuck_mail_and_lost_files_are_found(app: Flask, rollcall: Rollcall) -> None:
    long_ago = db.now() - timedelta(days=2)
    with app.app_context():
        with db.transaction(Actor.system(), "test.write"):
            person = Person(name="Ada", sort_name="ada", name_key="ada", custom={})
            db.session().add(person)
            db.session().flush()
            lost = {"file_name": "a.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0"}
            db.session().add(Attachment(contact_id=person.id, storage_key="0" * 32, **lost))
            db.session().add(ChangeSet(actor_label="A", action="test.x", finished=False, at=long_ago))
            db.session().add(Job(kind="jobs.tidy", title="Waits", created_at=long_ago))
            done = {"status": "failed", "finished_at": db.now()}
            db.session().add(Job(kind="jobs.tidy", title="Failed", **done))
            message = mail.send("ada@example.org", "Hello", "Hello", "notice")
        with db.transaction(Actor.system(), "test.fail"):
            db.session().get_one(OutgoingMail, message.id).status = mail.FAILED
        stray = storage.path_of(storage.keep(b"nobody's"))
        os.utime(stray, (0, 0))
    found = findings(rollcall)
    assert found["Changes"][0] == "warn"
    assert "rollcall undo" in found["Changes"][2]
    assert found["Worker"][:2] == ("fail", "none runs, and 1 job waits")
    assert found["Jobs"][1] == "1 failed in the last seven days"
    assert found["Outbox"][:2] == ("warn", "1 message did not go out")
    assert found["Attachments"][0] == "fail"
    assert found["Files"][1] == "1 file belongs to nothing"
    app.extensions["crm"].engine.dispose()


@on_sqlite
def test_looking_changes_nothing(app: Flask, healthy: Path, rollcall: Rollcall) -> None:
    def state() -> str:
        engine = make_engine(app.extensions["crm"].config)
        with engine.connect() as connection:
            lines = list(connection.connection.dbapi_connection.iterdump())  # type: ignore[union-attr]  # sqlite3's own.
        engine.dispose()
        return json.dumps(lines)

    before = state()
    rollcall("doctor")
    assert state() == before
    app.extensions["crm"].engine.dispose()
