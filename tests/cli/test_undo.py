"""`rollcall undo`, as somebody uses it who has just seen the number of a change set."""

from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import select

from crm import create_app, db
from crm.access import Actor, system
from crm.config import load
from crm.contacts import services
from crm.contacts.models import Contact
from crm.journal.undo import undo
from tests.cli.conftest import Rollcall

ACTOR = Actor.system("A test")


@pytest.fixture
def app(database_url: str, settings: Callable[..., None]) -> Iterator[Flask]:
    """The application that the commands work on."""
    settings(DATABASE_URL=database_url)
    app = create_app(load())
    yield app
    app.extensions["crm"].engine.dispose()


def add(app: Flask, *names: str) -> int:
    """Add people in one change set; returns its number."""
    with app.app_context(), db.transaction(ACTOR, "contacts.create", "Added people") as change:
        for name in names:
            services.create({"kind": "person", "given_name": name, "family_name": "Lane"}, ACTOR)
    assert change.id is not None
    return change.id


def rename(app: Flask, old: str, new: str) -> int:
    with app.app_context(), db.transaction(ACTOR, "contacts.edit", f"{old} is {new}") as change:
        with system("a test"):
            contact = db.session().scalars(select(Contact).where(Contact.given_name == old)).one()
        contact.nickname = new
    assert change.id is not None
    return change.id


def names(app: Flask) -> list[str]:
    with app.app_context(), system("a test"):
        return sorted(db.session().scalars(select(Contact.name)))


def test_a_change_is_planned_undone_and_brought_back(app: Flask, rollcall: Rollcall) -> None:
    number = str(add(app, "Ada", "Bea"))
    planned = rollcall("undo", number, "--plan", "--json").data
    assert planned["kept_rows"] == 0
    assert planned["rows"] > 1
    assert names(app) == ["Ada Lane", "Bea Lane"]
    done = rollcall("undo", number, "--json").data
    assert done["rows"] == planned["rows"]
    assert names(app) == []
    assert rollcall("undo", str(done["undone_by"])).code == 0
    assert names(app) == ["Ada Lane", "Bea Lane"]


def test_what_is_newer_stands_in_the_way_until_one_says_keep(app: Flask, rollcall: Rollcall) -> None:
    number = str(add(app, "Ada", "Bea"))
    rename(app, "Ada", "Adi")
    refused = rollcall("undo", number)
    assert refused.code == 1
    assert "Ada Lane" in refused.err
    assert "Say --keep to undo the rest." in refused.err
    assert names(app) == ["Ada Lane", "Bea Lane"]
    kept = rollcall("undo", number, "--keep", "--json").data
    assert [each["record"] for each in kept["blocked"]] == ["Ada Lane"]
    assert names(app) == ["Ada Lane"]


def test_a_number_that_means_nothing_is_refused(app: Flask, rollcall: Rollcall) -> None:
    done = rollcall("undo", "999", "--json")
    assert done.code == 1
    assert "nothing to undo" in done.data["error"]
    assert rollcall("undo", "yesterday").code == 2


def test_an_undo_that_broke_off_is_taken_up(
    app: Flask, rollcall: Rollcall, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = add(app, "Ada", "Bea")
    monkeypatch.setattr(import_module("crm.journal.undo.planning"), "SMALL", 1)
    with app.app_context():
        begun = undo(number, ACTOR, runner="worker-63")
    assert begun.job_id is not None
    assert names(app) == ["Ada Lane", "Bea Lane"]
    done = rollcall("undo", str(number), "--json")
    assert done.data == {"change_set": number, "undone_by": begun.change.id}
    assert names(app) == []
