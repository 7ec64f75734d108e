"""A backup brings back everything, into either database, and nothing that would act by itself."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import create_app, db
from crm.access import Actor, system
from crm.accounts import mail
from crm.accounts.mail import SECRET_PURPOSES
from crm.accounts.models import OutgoingMail, SignInSession
from crm.backup import back_up, dump, restore, rows
from crm.backup.archive import MANIFEST
from crm.config import Config
from crm.contacts import services as contacts
from crm.contacts.files import storage
from crm.contacts.models import Attachment, Contact
from crm.db import make_engine
from crm.errors import UserError
from crm.jobs.models import Job
from crm.journal.images import image, journaled
from crm.journal.models import JournalEntry
from crm.search.services import find
from tests.backup.conftest import PAPER, Url, person

QUIETENED = {
    "sign_in_session", "account_token", "failed_attempt", "outgoing_mail", "job", "activity_morning_mail",
}  # fmt: skip
MADE_ANEW = {"search_document"}


def config_of(app: Flask) -> Config:
    config: Config = app.extensions["crm"].config
    return config


def content(config: Config) -> dict[str, list[Any]]:
    """Every row of every table in one form, JSON as what it says."""
    engine = make_engine(config)
    with engine.connect() as connection, connection.begin():
        found = {}
        for table in dump.all_tables(connection):
            columns = rows.columns_of(connection, table)
            at_json = [at for at, (_name, kind) in enumerate(columns) if kind == "json"]
            found[table] = [parsed(row, at_json) for row in rows.read(connection, table, columns)]
    engine.dispose()
    return found


def parsed(row: list[Any], at_json: list[int]) -> list[Any]:
    return [json.loads(value) if at in at_json and value else value for at, value in enumerate(row)]


def without_images(entries: list[list[Any]]) -> list[list[Any]]:
    """Journal entries without the rows they keep: these are each database's own way of writing."""
    return [[value for value in entry if not isinstance(value, dict)] for entry in entries]


@pytest.fixture
def file(source: Flask, tmp_path: Path) -> Path:
    """A backup of the source."""
    target = tmp_path / "backup.zip"
    back_up(config_of(source), target)
    return target


def test_all_of_it_comes_back(source: Flask, target: Flask, file: Path, subtests: pytest.Subtests) -> None:
    """From either database into either; one restore, looked at from every side."""
    restore(target, file)
    checks: list[Callable[[Flask, Flask], None]] = [
        every_row_is_there,
        attachments_are_there_byte_by_byte,
        nobody_is_signed_in_and_nothing_old_goes_on,
        a_search_finds_what_came_back,
        history_reads_as_if_it_had_been_written_here,
        ids_go_on_where_they_were,
    ]
    for check in checks:
        with subtests.test(check.__name__):
            check(source, target)


def every_row_is_there(source: Flask, target: Flask) -> None:
    before, after = content(config_of(source)), content(config_of(target))
    same_system = config_of(source).is_sqlite == config_of(target).is_sqlite
    assert before.keys() == after.keys()
    for table in before.keys() - QUIETENED - MADE_ANEW - {"journal_entry"}:
        assert after[table] == before[table], table
    assert len(before["contact"]) == 3
    entries = (before["journal_entry"], after["journal_entry"])
    assert without_images(entries[1]) == without_images(entries[0])
    assert entries[0] == entries[1] or not same_system


def attachments_are_there_byte_by_byte(_source: Flask, target: Flask) -> None:
    files = [path for path in (config_of(target).data_dir / "files").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [PAPER]
    with target.app_context(), system("a test looks"):
        key = db.session().scalar(select(Attachment.storage_key))
        assert storage.read(str(key)) == PAPER


def nobody_is_signed_in_and_nothing_old_goes_on(_source: Flask, target: Flask) -> None:
    with target.app_context(), system("a test looks"):
        assert db.session().scalar(select(func.count(SignInSession.id))) == 0
        message = db.session().scalars(select(OutgoingMail)).one()
        assert message.status == "failed"
        assert "came back from a backup" in message.last_error
        assert set(db.session().scalars(select(Job.status))) == {"cancelled"}


def a_search_finds_what_came_back(_source: Flask, target: Flask) -> None:
    with target.test_request_context():
        assert [hit.title for hit in find("nunez", Actor.system())] == ["Zoë Núñez"]


def history_reads_as_if_it_had_been_written_here(_source: Flask, target: Flask) -> None:
    """The images of rows are as this database writes them, whichever wrote them first."""
    tags = journaled("tag")
    assert tags is not None
    dialect = "sqlite" if config_of(target).is_sqlite else "postgresql"
    created = select(JournalEntry.after).where(JournalEntry.table_name == "tag")
    rows_now = select(image(tags, dialect)).select_from(tags.table).order_by(tags.table.c.id)
    with target.app_context(), system("a test compares"):
        kept = db.session().scalars(created.order_by(JournalEntry.id)).all()
        now = db.session().execute(rows_now).scalars()
        assert [json.loads(each) if isinstance(each, str) else each for each in now] == list(kept)
        assert len(kept) == 2


def ids_go_on_where_they_were(_source: Flask, target: Flask) -> None:
    """Somebody who was deleted keeps their number, so that undo could bring them back."""
    actor = Actor.system("A test")
    with target.app_context():
        with system("a test looks"):
            highest = db.session().scalar(select(func.max(Contact.id)))
        with db.transaction(actor, "contacts.create"):
            added = contacts.create(person("New", "Person"), actor)
        assert highest is not None
        assert added.id > highest + 1


def test_a_database_with_records_is_not_overwritten(source: Flask, file: Path) -> None:
    before = content(config_of(source))
    with pytest.raises(UserError, match="There are records in this database already"):
        restore(source, file)
    assert content(config_of(source)) == before


def test_replacing_keeps_a_copy_and_never_gives_an_id_twice(source: Flask, file: Path) -> None:
    actor = Actor.system("A test")
    with source.app_context(), db.transaction(actor, "contacts.create"):
        later = contacts.create(person("After", "Backup"), actor).id
    done = restore(source, file, replace=True)
    assert done.safety_copy is not None
    assert done.safety_copy.exists()
    with source.app_context(), db.transaction(actor, "contacts.create"):
        names = db.session().scalars(select(Contact.name).execution_options(crm_scoped=True)).all()
        added = contacts.create(person("Yet", "Later"), actor).id
    assert "After Backup" not in names
    assert added > later


def rewrite(file: Path, change: Any) -> Path:
    """The same archive with parts changed by `change(name, data)`; None leaves a part out."""
    changed = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return changed


DAMAGE = {
    "a changed row": lambda name, data: data.replace(b"Li Wei", b"Li Woo") if "contact." in name else data,
    "a lost row": lambda name, data: data.split(b"\n", 1)[1] if name == "tables/contact.jsonl" else data,
    "a lost table": lambda name, data: None if name == "tables/tag.jsonl" else data,
    "a changed attachment": lambda name, data: data + b"x" if name.startswith("files/") else data,
    "a lost attachment": lambda name, data: None if name.startswith("files/") else data,
    "no manifest": lambda name, data: None if name == MANIFEST else data,
    "half a line": lambda name, data: data[:-5] if name == "tables/contact.jsonl" else data,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_a_damaged_backup_changes_nothing(damage: str, target: Flask, file: Path) -> None:
    changed = rewrite(file, DAMAGE[damage])
    with pytest.raises(UserError, match=r"Use another copy"):
        restore(target, changed)
    assert not content(config_of(target))


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_a_file_that_is_no_backup_is_refused(target: Flask, source: Flask, tmp_path: Path) -> None:
    other = tmp_path / "list.csv"
    other.write_text("name,email\nAda,ada@example.org\n")
    with pytest.raises(UserError, match="is not a whole backup"):
        restore(target, other)
    with pytest.raises(UserError, match="There is no file"):
        restore(target, tmp_path / "nothing.zip")


def manifest_with(**changes: Any) -> Any:
    def change(name: str, data: bytes) -> bytes:
        if name != MANIFEST:
            return data
        raw = json.loads(data)
        for key, value in changes.items():
            raw[key] = {**raw[key], **value} if isinstance(value, dict) else value
        return json.dumps(raw).encode()

    return change


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"format": 99}, "This backup has format 99"),
        ({"branches": {"core": "core_9999"}}, "does not know"),
        ({"branches": {"garden": "garden_0001"}}, "data of the plugin garden, which is not enabled here"),
        ({"files": {"../outside": {"size": 1, "sha256": ""}}}, "no place inside"),
        ({"files": {"secret_key": {"size": 1, "sha256": ""}}}, "which no backup holds"),
        ({"files": {"files": {"size": 1, "sha256": ""}}}, "which no backup holds"),
        ({"files": {"mail/1.eml": {"size": 1, "sha256": ""}}}, "which no backup holds"),
    ],
)
@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_a_backup_that_does_not_fit_is_refused(
    changes: dict[str, Any], words: str, target: Flask, file: Path
) -> None:
    with pytest.raises(UserError, match=words):
        restore(target, rewrite(file, manifest_with(**changes)))
    assert not content(config_of(target))


def test_files_stay_inside_the_data_folder(tmp_path: Path) -> None:
    from crm.backup.archive import safe_path

    assert safe_path(tmp_path, "files/aa/b") == tmp_path / "files" / "aa" / "b"
    for name in ("../x", "files/../../x", "/etc/passwd", "a\\b", ""):
        with pytest.raises(UserError, match="no place inside"):
            safe_path(tmp_path, name)


KILLED = """
import os, signal, sys
from pathlib import Path
from crm import create_app
from crm.backup import restore, rows

write = rows.write

def dying(connection, table, *rest, **options):
    if table == "contact_email":
        os.kill(os.getpid(), signal.SIGKILL)
    write(connection, table, *rest, **options)

rows.write = dying
restore(create_app(), Path(sys.argv[1]), replace=True)
"""


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
def test_a_kill_in_the_middle_leaves_what_was_there(target: Flask, file: Path) -> None:
    restore(target, file)
    before = content(config_of(target))
    config = config_of(target)
    environ = os.environ | {
        "CRM_DATABASE_URL": config.database_url,
        "CRM_DATA_DIR": str(config.data_dir),
    }
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], env=environ, check=False)
    assert done.returncode == -signal.SIGKILL
    assert content(config) == before


@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_a_backup_sees_one_moment(
    source: Flask, target: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others write while it is made is in all of it or in none of it."""
    read = rows.read
    actor = Actor.system("A test")

    def read_slowly(connection: Any, table: str, columns: Any) -> Any:
        yield from read(connection, table, columns)
        if table == "contact":
            with source.app_context(), db.transaction(actor, "contacts.create"):
                contacts.create(person("Later", "On", emails=[{"address": "on@example.org"}]), actor)

    monkeypatch.setattr(rows, "read", read_slowly)
    manifest = back_up(config_of(source), tmp_path / "backup.zip")
    monkeypatch.undo()
    assert manifest.tables["contact"].rows == 3
    assert manifest.tables["contact_email"].rows == 1
    restore(target, tmp_path / "backup.zip")
    assert len(content(config_of(target))["contact_email"]) == 1


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
def test_a_backup_is_private_whole_and_without_the_key(source: Flask, file: Path, tmp_path: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"zoe@example.org" in everything
    assert config_of(source).secret_key.encode() not in everything
    assert [path.name for path in tmp_path.glob("backup*")] == ["backup.zip"]


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
def test_a_backup_holds_no_link_that_opens_an_account(source: Flask, tmp_path: Path) -> None:
    with source.app_context(), db.transaction(Actor.system(), "test"):
        for purpose in sorted(SECRET_PURPOSES):
            mail.send("ana@example.org", "Hello", "canary link", purpose, html="canary link")
        mail.send("ana@example.org", "Hello", "plain words", "notice")
    back_up(config_of(source), tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        held = archive.read("tables/outgoing_mail.jsonl")
    assert (b"canary link" in held, b"plain words" in held) == (False, True)


def test_a_backup_overwrites_nothing(source: Flask, tmp_path: Path) -> None:
    other = tmp_path / "mine.zip"
    other.write_text("precious")
    with pytest.raises(UserError, match="exists already"):
        back_up(config_of(source), other)
    assert other.read_text() == "precious"


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
def test_a_backup_that_fails_leaves_no_file(
    source: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rows, "read", full)
    with pytest.raises(OSError, match="No space left"):
        back_up(config_of(source), tmp_path / "backup.zip")
    assert not list(tmp_path.glob("backup*"))


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
def test_another_secret_key_is_mentioned(
    source: Flask, file: Path, empty_database_of: Url, tmp_path: Path
) -> None:
    config = Config.for_testing(empty_database_of("sqlite"), tmp_path / "x", secret_key="another " * 5)
    app = create_app(config)
    done = restore(app, file)
    assert "another secret key" in done.warnings[0]
    app.extensions["crm"].engine.dispose()
