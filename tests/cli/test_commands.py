"""The command line as an administrator and their scripts meet it."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crm import create_app
from crm.config import load
from tests.cli.conftest import Rollcall

Settings = Callable[..., None]


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from crm.cli import run; code = run(['--help']); "
        "print('heavy:', [name for name in ('polars', 'dbos', 'alembic', 'PIL') if name in sys.modules]); "
        "sys.exit(code)"
    )
    environ = os.environ | {"CRM_DATA_DIR": str(tmp_path / "untouched")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    named = re.findall(r"^  ([a-z]+) ", done.stdout, re.MULTILINE)
    assert {"init", "serve", "worker", "db", "user", "backup", "restore", "doctor", "plugin"} <= {*named}
    assert "heavy: []" in done.stdout
    assert not (tmp_path / "untouched").exists()


def test_version(rollcall: Rollcall) -> None:
    done = rollcall("--version")
    assert (done.code, done.out) == (0, "Rollcall 0.1.0\n")


def test_wrong_calls_are_two(rollcall: Rollcall) -> None:
    for arguments in (("bogus",), ("db", "sideways"), ("backup",), ("doctor", "--loudly")):
        done = rollcall(*arguments)
        assert done.code == 2
        assert not done.out
        assert "Error:" in done.err


def test_errors_are_a_json_object_where_json_is_asked_for(rollcall: Rollcall) -> None:
    done = rollcall("restore", "no-such-file.zip", "--json")
    assert done.code == 1
    assert done.data == {"error": "There is no file no-such-file.zip."}
    assert rollcall("doctor", "--loudly", "--json").data["error"].startswith("No such option")


@pytest.mark.usefixtures("on_database")
def test_init_makes_everything_and_may_run_again(rollcall: Rollcall) -> None:
    first = rollcall("init", "--json").data
    assert first["changed"]
    assert first["setup_url"].startswith("http://127.0.0.1:5000/setup/")
    second = rollcall("init", "--json").data
    assert second["changed"] == []
    assert second["setup_url"] != first["setup_url"]
    assert rollcall("db", "check", "--json").data == {"pending": [], "drift": []}


def test_the_setup_link_lets_the_first_person_in_once(ready: Rollcall) -> None:
    url = ready("init", "--json").data["setup_url"]
    app = create_app(load())
    client = app.test_client()
    path = url.removeprefix("http://127.0.0.1:5000")
    assert client.get(path).status_code == 200
    made = ready("user", "create", "ada@example.org", "--role", "administrator", "--json")
    assert made.code == 0
    assert ready("init", "--json").data["setup_url"] is None
    app.extensions["crm"].engine.dispose()


@pytest.mark.usefixtures("on_database")
def test_a_database_without_tables_is_told_apart(rollcall: Rollcall) -> None:
    done = rollcall("user", "create", "ada@example.org")
    assert done.code == 1
    assert "Run `rollcall db upgrade`." in done.err
    assert "Traceback" not in done.err
    check = rollcall("db", "check", "--json")
    assert check.code == 1
    assert check.data["pending"][0].startswith("core is at nothing, not core_")


def test_a_database_that_is_not_there_is_told_apart(rollcall: Rollcall, settings: Settings) -> None:
    settings(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    done = rollcall("db", "upgrade")
    assert done.code == 1
    assert "The database does not answer" in done.err


def test_settings_that_make_no_sense_are_named(rollcall: Rollcall, settings: Settings) -> None:
    settings(MAX_UPLOAD_MB="plenty")
    done = rollcall("db", "check", "--json")
    assert (done.code, done.data) == (
        1,
        {"error": "CRM_MAX_UPLOAD_MB must be a whole number, not 'plenty'."},
    )


def test_a_data_folder_that_cannot_be_used_is_named(
    rollcall: Rollcall, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings(DATA_DIR=str(tmp_path / "file" / "data"))
    done = rollcall("db", "upgrade")
    assert done.code == 1
    assert "cannot be used" in done.err


@pytest.fixture
def ready(sqlite_url: str, settings: Settings, rollcall: Rollcall) -> Rollcall:
    """Commands on a migrated database; the services below them are tested on both systems."""
    settings(DATABASE_URL=sqlite_url)
    return rollcall


def signed_in(email: str, password: str) -> bool:
    """Whether this person can sign in on the page."""
    app = create_app(load())
    client = app.test_client()
    form = client.get("/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    sent = client.post("/sign-in", data={"csrf_token": token[1], "email": email, "password": password})
    app.extensions["crm"].engine.dispose()
    return sent.status_code == 303


def test_somebody_is_added_with_a_password_and_locked_out(
    ready: Rollcall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bea"):
        monkeypatch.setattr(sys, "stdin", io.StringIO("a quiet harbor at noon\n"))
        arguments = ("--role", "administrator", "--password-stdin", "--json")
        made = ready("user", "create", f"{name}@example.org", *arguments)
        assert made.data["link"] is None
    assert signed_in("ada@example.org", "a quiet harbor at noon")
    assert ready("user", "disable", "ada@example.org").code == 0
    assert not signed_in("ada@example.org", "a quiet harbor at noon")
    assert ready("user", "disable", "bea@example.org").code == 1
    assert signed_in("bea@example.org", "a quiet harbor at noon")


def test_a_common_password_is_refused_with_a_sentence(
    ready: Rollcall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("password1234\n"))
    done = ready("user", "create", "ada@example.org", "--password-stdin", "--json")
    assert done.code == 1
    assert "password" in done.data["error"].lower()
    assert ready("user", "disable", "ada@example.org").code == 1


def test_without_a_password_there_is_a_link_that_works_until_the_next(ready: Rollcall) -> None:
    first = ready("user", "create", "jo.lane@example.org", "--json").data
    assert first["name"] == "Jo Lane"
    second = ready("user", "create", "jo.lane@example.org", "--json").data
    assert second["id"] == first["id"]
    app = create_app(load())
    client = app.test_client()
    answers = [
        client.get(each["link"].removeprefix("http://127.0.0.1:5000")).status_code for each in (first, second)
    ]
    assert answers == [410, 200]
    app.extensions["crm"].engine.dispose()


def test_roles_and_scopes_are_checked(ready: Rollcall) -> None:
    unknown = ready("user", "create", "a@example.org", "--role", "boss")
    assert "There is no role boss. There are: administrator, organizer, " in unknown.err
    assert "looks like organization:12" in ready(
        "user", "create", "a@example.org", "--role", "viewer", "--scope", "organization"
    ).err.replace("should look like", "looks like")
    assert "needs a role" in ready("user", "create", "a@example.org", "--scope", "organization:1").err
    assert "Nobody signs in as a@example.org" in ready("user", "disable", "a@example.org").err


def test_somebody_is_locked_out_although_there_is_no_administrator_yet(ready: Rollcall) -> None:
    assert ready("user", "create", "ada@example.org", "--role", "viewer").code == 0
    done = ready("user", "disable", "ada@example.org")
    assert (done.code, done.out) == (0, "Ada cannot sign in any more.\n")


def test_an_invitation_waits_in_the_outbox(ready: Rollcall) -> None:
    from sqlalchemy import select

    from crm import db
    from crm.accounts.models import OutgoingMail

    assert ready("user", "invite", "ada@example.org", "--role", "organizer").code == 0
    app = create_app(load())
    with app.app_context():
        waiting = db.session().scalars(select(OutgoingMail)).one()
        assert waiting.recipient == "ada@example.org"
        assert "/invitation/" in waiting.body
    app.extensions["crm"].engine.dispose()


def test_backup_and_restore(ready: Rollcall, tmp_path: Path) -> None:
    file = str(tmp_path / "backup.zip")
    ready("user", "create", "ada@example.org")
    made = ready("backup", file, "--json")
    assert made.data["tables"]["user_account"] == 1
    assert (
        ready("backup", file).err
        == f"{file} exists already; name a file that does not. Nothing was written.\n"
    )
    assert ready("restore", file, "--check").code == 0
    assert "There are records" in ready("restore", file).err
    ready("user", "create", "bea@example.org")
    back = ready("restore", file, "--replace", "--json")
    assert back.code == 0
    assert Path(back.data["safety_copy"]).exists()
    assert ready("backup", str(tmp_path / "again.zip"), "--json").data["tables"]["user_account"] == 1


def test_restoring_waits_for_workers_to_stop(ready: Rollcall, tmp_path: Path) -> None:
    from crm.jobs.places import Place

    file = str(tmp_path / "backup.zip")
    ready("backup", file)
    app = create_app(load())
    place = Place.take(app.extensions["crm"])
    assert ready("restore", file, "--replace").err.startswith("Rollcall is running. Stop it")
    place.release()
    assert ready("restore", file, "--replace").code == 0
    app.extensions["crm"].engine.dispose()


def test_nothing_asks_without_a_terminal(ready: Rollcall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    done = ready("plugin", "purge", "garden")
    assert done.code == 2
    assert "Say --yes if you mean it" in done.err
    assert ready("plugin", "purge", "garden", "--yes").err == (
        "A plugin named garden keeps nothing in this database.\n"
    )


def test_a_broken_plugin_leaves_the_commands_that_mend_it(
    rollcall: Rollcall, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "site" / "broken-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[crm.plugins]\nbroken = no_such_module\n")
    monkeypatch.syspath_prepend(str(info.parent))
    shown = rollcall("--help")
    assert shown.code == 0
    assert "doctor" in shown.out
    assert "The plugin broken could not be loaded" in shown.err
    assert "broken: The plugin broken could not be loaded" in rollcall("plugin", "list").out
    assert "The plugin broken could not be loaded" in rollcall("db", "upgrade").err
    assert rollcall("doctor").code == 1
    settings(PLUGINS="-broken")
    assert rollcall("db", "upgrade").code == 0
    assert rollcall("doctor").code == 0


def test_json_is_one_object(ready: Rollcall) -> None:
    for arguments in (("init",), ("db", "upgrade"), ("db", "check"), ("plugin", "list"), ("doctor",)):
        assert isinstance(json.loads(ready(*arguments, "--json").out), dict)


def test_an_import_of_which_nothing_could_be_used_is_no_success(rollcall: Rollcall, tmp_path: Path) -> None:
    rollcall("init", "--json")
    wrong, mixed = tmp_path / "wrong.csv", tmp_path / "mixed.csv"
    wrong.write_text("First Name,Email\n,nonsense\n,neither\n")
    mixed.write_text("First Name,Email\nAmina,amina@example.org\n,nonsense\n")
    refused = rollcall("import", "contacts", str(wrong), "--json")
    assert (refused.code, refused.data["rejected"], refused.data["create"]) == (1, 2, 0)
    assert rollcall("import", "contacts", str(wrong), "--plan").code == 1
    assert "No row of it can be imported" in rollcall("import", "contacts", str(wrong)).out
    for _again in range(2):  # The second time all that is good in it is there already.
        done = rollcall("import", "contacts", str(mixed), "--remarks", "--json")
        assert (done.code, done.data["rejected"]) == (0, 1)
        assert 3 in {each["line"] for each in done.data["remarks"]}
    assert "Row 3: " in rollcall("import", "contacts", str(mixed), "--plan").out
    unasked = rollcall("import", "contacts", str(mixed))
    assert "Row 3: " not in unasked.out, "what is noticed about rows names people"
    assert "--remarks says them" in unasked.out
    many = tmp_path / "many.csv"
    many.write_text("First Name,Email\n" + ",nonsense\n" * 230)
    told = rollcall("import", "contacts", str(many), "--plan", "--json").data
    assert len(told["remarks"]) == 200
    assert told["more_remarks"] >= 30
    press = tmp_path / "press.csv"
    press.write_text("Name,Outlet,Email\nAda Lane,Harbor Ledger,ada@ledger.example\n")
    assert rollcall("import", "reporters", str(press), "--json").data["create"] == 1
    assert "Harbor Ledger" in rollcall("export", "media_reporter").out  # A field that asks who reads.
    media = tmp_path / "feed.xml"
    media.write_text("no feed at all")
    inside = rollcall("media", "intake", "http://127.0.0.1/feed", "--json")
    assert (inside.code, "our own network" in inside.data["error"]) == (1, True)
    read = rollcall("media", "intake", str(media), "--json")
    assert (read.code, read.data["failed"]) == (1, ["feed.xml"])
