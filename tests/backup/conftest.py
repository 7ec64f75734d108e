"""Two installations: one with a bit of everything, one that is empty."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from crm import create_app, db
from crm.access import Actor
from crm.accounts import mail, services, sessions
from crm.config import Config
from crm.contacts import services as contacts
from crm.contacts.files import storage
from crm.contacts.models import Attachment
from crm.jobs.models import Job

SYSTEMS = ("sqlite", "postgresql")
PAPER = b"%PDF-1.4 what the school board decided \x00\xff\n"

Url = Callable[[str], str]


@pytest.fixture
def database_of(request: pytest.FixtureRequest) -> Url:
    """The URL of a migrated database of a system, `sqlite` or `postgresql`."""
    return lambda system: str(request.getfixturevalue({"sqlite": "sqlite_url"}.get(system, "pg_url")))


@pytest.fixture
def empty_database_of(request: pytest.FixtureRequest) -> Url:
    """The URL of a database without tables."""
    names = {"sqlite": "empty_sqlite_url", "postgresql": "empty_pg_url"}
    return lambda system: str(request.getfixturevalue(names[system]))


@pytest.fixture(params=SYSTEMS)
def source(request: pytest.FixtureRequest, database_of: Url, tmp_path: Path) -> Iterator[Flask]:
    """An installation in which people have worked."""
    app = create_app(Config.for_testing(database_of(request.param), tmp_path / "source"))
    with app.app_context():
        work(app)
    yield app
    app.extensions["crm"].engine.dispose()


@pytest.fixture(params=SYSTEMS)
def target(request: pytest.FixtureRequest, empty_database_of: Url, tmp_path: Path) -> Iterator[Flask]:
    """An installation on a machine where nothing has happened yet."""
    app = create_app(Config.for_testing(empty_database_of(request.param), tmp_path / "target"))
    yield app
    app.extensions["crm"].engine.dispose()


def person(given: str, family: str, **values: Any) -> dict[str, Any]:
    """What the form of a new person sends."""
    return {"kind": "person", "given_name": given, "family_name": family, **values}


def work(app: Flask) -> None:
    """People, a deletion, a change, an attachment, somebody signed in, mail and work that wait."""
    actor = Actor.system("A test")
    with db.transaction(actor, "accounts.create"):
        services.seed_roles()
        user = services.create_user("ada@example.org", "Ada Lane", "a quiet harbor at noon")
        role = services.role_named("administrator")
        assert role is not None
        services.grant(user, role)
        mail.send("old@example.org", "Before the backup", "Hello", "notice")
        db.session().add(Job(kind="jobs.tidy", title="Waits", args={"n": 1.5}))
    with app.test_request_context(), db.transaction(actor, "accounts.sign_in"):
        sessions.open_session(user)
    with db.transaction(actor, "contacts.create", "Added people"):
        first = contacts.create(
            person(
                "Zoë",
                "Núñez",
                emails=[{"address": "zoe@example.org"}],
                phones=[{"number": "+12025550143"}],
                tags=["board", "north"],
            ),
            actor,
        )
        contacts.create(person("Li", "Wei", organization="Lincoln School", birth_date="1984-02-29"), actor)
        gone = contacts.create(person("Gone", "Tomorrow", note="“quoted”, \\ and \ttabs\nlines"), actor)
    with db.transaction(actor, "contacts.attach", "Attached a file"):
        key = storage.keep(PAPER)
        digest = "4b1d"
        paper = {"file_name": "minutes.pdf", "media_type": "application/pdf", "size": len(PAPER)}
        db.session().add(Attachment(contact_id=first.id, storage_key=key, sha256=digest, **paper))
        first.custom = {"favorite": ["a", {"b": None}], "Größe": 1.25, "yes": True}
    with db.transaction(actor, "contacts.delete", "Deleted somebody"):
        contacts.delete([gone.id])
