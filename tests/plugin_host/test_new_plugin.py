"""A plugin from `rollcall plugin new` works; taken away and brought back, it has lost nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from crm.cli import run
from crm.errors import UserError
from crm.plugin_api.testing.run import only_one
from crm.plugin_host.new_plugin import write

ROOT = Path(__file__).parents[2]
NAME = "garden"


@pytest.fixture(scope="session")
def source(run_dir: Path) -> Path:
    """A new plugin, written by the command."""
    folder = run_dir / "new-plugin"
    with only_one(run_dir, "new-plugin"):
        if not folder.exists():
            assert run(["plugin", "new", NAME, str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def site(source: Path, run_dir: Path) -> Path:
    """A folder of installed packages that holds it, put there by pip."""
    folder = run_dir / "new-plugin-installed"
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--no-compile", "-qq"]
    with only_one(run_dir, "new-plugin"):
        if not folder.exists():
            command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(source)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return folder


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "PYTEST"))}


Process = Callable[..., str]

BEGINNING = """
import os
from secrets import token_hex
from crm import create_app, db
from crm.access import Actor
from crm.cli import run
from crm.config import load
from crm.contacts.models import Person
from crm.errors import UserError
from crm.plugin_api.testing.people import make_user_in, sign_in_client
from crm.plugin_host.absent import require_nobody_absent

def add_person(name):
    with app.app_context(), db.transaction(Actor.system(), "contacts.create"):
        person = Person(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
        db.session().add(person)
        db.session().flush()
        return person.id

def organizer():
    return sign_in_client(app, make_user_in(app, "organizer", email=f"{token_hex(4)}@example.org"))

def add_line(contact_id, text):
    assert organizer().post(f"/garden/contact/{contact_id}/new", data={"text": text}).status_code == 303

def page(contact_id):
    return organizer().get(f"/garden/contact/{contact_id}")

assert run(["db", "upgrade"]) == 0
app = create_app(load())
"""


@pytest.fixture
def process(empty_database_url: str, site: Path, tmp_path: Path) -> Process:
    """Run Python in a process of its own that finds the plugin installed, or does not, upgrades the database
    and has the application as `app`; returns what it printed."""

    def begin(code: str, *, installed: bool) -> str:
        paths = [str(site)] if installed else []
        environ = clean_environment() | {
            "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)]),
            "CRM_DATABASE_URL": empty_database_url,
            "CRM_DATA_DIR": str(tmp_path / "data"),
        }
        done = subprocess.run(
            [sys.executable, "-c", BEGINNING + dedent(code)],
            env=environ,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return begin


def test_a_plugin_is_taken_away_and_comes_back_and_nothing_is_lost(process: Process) -> None:
    process(
        """
        ada = add_person("Ada Lane")
        assert ada == 1
        add_line(ada, "Brings tomatoes")
        assert "Brings tomatoes" in page(ada).text
        """,
        installed=True,
    )
    told = process(
        """
        assert page(1).status_code == 404
        assert organizer().get("/contacts/1").status_code == 200
        grace = add_person("Grace Hill")
        with app.app_context():
            require_nobody_absent([grace])
            try:
                require_nobody_absent([1])
            except UserError as error:
                print(error.message)
        assert run(["doctor"]) == 0
        """,
        installed=False,
    )
    assert "The plugin “garden” is not enabled, but still keeps something about this." in told
    assert "garden keeps data here but is not enabled" in told
    process(
        """
        assert "Brings tomatoes" in page(1).text
        add_line(2, "Has a ladder")
        assert "Has a ladder" in page(2).text
        """,
        installed=True,
    )


def test_what_a_plugin_kept_is_exported_and_dropped(
    process: Process,
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """While it is left out, by its own migrations; once it is uninstalled, table by table."""
    left_out = process(
        """
        add_line(add_person("Ada Lane"), "Brings tomatoes")
        assert run(["plugin", "purge", "garden", "--yes"]) == 1
        os.environ["CRM_PLUGINS"] = "-garden"
        assert run(["plugin", "purge", "garden", "--yes", "--json"]) == 0
        assert run(["plugin", "purge", "garden", "--yes", "--json"]) == 1
        del os.environ["CRM_PLUGINS"]
        assert run(["db", "upgrade"]) == 0
        assert "Brings tomatoes" not in page(1).text
        add_line(1, "Is back")
        """,
        installed=True,
    )
    assert '"tables":{"garden_line":1}' in left_out
    assert "keeps nothing in this database" in left_out
    assert (tmp_path / "garden-data.zip").exists()
    monkeypatch.setenv("CRM_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "data"))
    uninstalled = ["plugin", "purge", NAME, "--yes", "--json", "--export", str(tmp_path / "again.zip")]
    assert run(uninstalled) == 0
    assert '"tables":{"garden_line":1}' in capfd.readouterr().out
    assert run(["db", "check"]) == 0


def test_a_plugin_that_another_needs_is_not_dropped_first(process: Process) -> None:
    told = process(
        """
        engine = app.extensions["crm"].engine
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE meadow_bed (id INTEGER PRIMARY KEY, line_id BIGINT REFERENCES garden_line (id))"
            )
        os.environ["CRM_PLUGINS"] = ""
        assert run(["plugin", "purge", "garden", "--yes", "--json"]) == 1
        """,
        installed=True,
    )
    assert "cannot go before the data of meadow" in told


def test_its_own_tests_pass(source: Path, site: Path, tmp_path: Path) -> None:
    """The contract suite among them, on SQLite and on PostgreSQL, as its author would run them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(source)]
    done = subprocess.run(
        [*command, str(source / "tests")],
        cwd=tmp_path,
        env=clean_environment() | {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout


def test_it_is_written_as_the_house_writes(source: Path) -> None:
    rules = ["--isolated", "--no-cache", "--line-length", "110"]
    for command in (["check", "--select", "B,E,F,PTH,RET,SIM,UP,W"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *rules, str(source)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["Garden", "my-garden", "contacts", "1st", ""])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="may not be named"):
        write(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UserError, match="is not an empty folder"):
        write(NAME, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
