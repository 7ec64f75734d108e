"""A plugin that fails while a page is made costs its own part of that page and no more."""

import logging
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from crm import create_app, db
from crm.access import Actor
from crm.access.guard import system
from crm.config import Config
from crm.contacts.models import Note, Person
from crm.pages import offered
from crm.plugin_host.host import Failure
from tests.plugin_host.plugins import Install, install

__all__ = ["install"]

BAD = """
from sqlalchemy import select, text

@hookimpl
def crm_nav_items(actor):
    {body}
"""
GOOD = """
from flask import Blueprint

pages = Blueprint("meadow", __name__, url_prefix="/meadow")

@pages.get("/")
@public
def home():
    return "meadow"

@hookimpl
def crm_blueprints():
    return (pages,)

@hookimpl
def crm_nav_items(actor):
    return (NavItem("Meadow", "meadow.home", "plant", "public"),)
"""
BODIES = {
    "an error": "raise ValueError('oh')",
    "an exit": "raise SystemExit(1)",
    "an error half way": "yield NavItem('A', 'meadow.home', 'x', 'public')\n    raise ValueError('oh')",
    "a statement that fails": "db.session().execute(text('SELECT no_such_thing'))",
    "an answer of another kind": "return ['Garden']",
    "nothing that can be listed": "return NavItem('A', 'meadow.home', 'x', 'public')",
    "an address that does not exist": "return [NavItem('A', 'garden.home', 'x', 'public')]",
}


@pytest.fixture
def served(config: Config) -> Config:
    """As on a server: failures become notices."""
    return replace(config, testing=False)


@pytest.mark.parametrize("fault", BODIES)
def test_a_failing_hook_costs_its_own_part(
    fault: str, served: Config, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("garden", BAD.format(body=BODIES[fault]))
    install("meadow", GOOD)
    app = create_app(served)
    with app.test_request_context("/"):
        db.session().execute(text("SELECT 1"))
        found = list(app.extensions["crm"].plugins.each("crm_nav_items", actor=Actor.nobody()))
        assert db.session().execute(text("SELECT 2")).scalar_one() == 2
    ours = [(plugin.name, answer) for plugin, answer in found if not plugin.core]
    assert ours[0] == ("garden", Failure("garden", "crm_nav_items"))
    assert [answer.label for name, answer in ours if name == "meadow"] == ["Meadow"]
    assert "plugin garden failed in crm_nav_items" in caplog.text
    app.extensions["crm"].engine.dispose()


def test_what_the_page_has_loaded_stays_loaded(served: Config, install: Install) -> None:
    from crm.accounts.models import Role

    install("garden", BAD.format(body=BODIES["a statement that fails"]))
    app = create_app(served)
    with app.test_request_context("/"):
        with db.transaction(Actor.system(), "accounts.test"):
            db.session().add(Role(name="gardener", label="Gardener", permissions=[]))
        role = db.session().query(Role).one()
        assert list(app.extensions["crm"].plugins.each("crm_nav_items", actor=Actor.nobody()))
        assert role.__dict__["label"] == "Gardener"
    app.extensions["crm"].engine.dispose()


def test_in_tests_a_failing_hook_fails_the_test(config: Config, install: Install) -> None:
    install("garden", BAD.format(body="raise ValueError('oh')"))
    app = create_app(config)
    with app.test_request_context("/"), pytest.raises(ValueError, match="oh"):
        list(app.extensions["crm"].plugins.each("crm_nav_items", actor=Actor.nobody()))
    app.extensions["crm"].engine.dispose()


PANELS = """
from flask import Blueprint
from sqlalchemy import exists, literal, literal_column

pages = Blueprint("{name}", __name__, url_prefix="/{name}")

@pages.get("/<int:contact_id>")
@public
def here(contact_id):
    return "here"

@hookimpl
def crm_blueprints():
    return (pages,)

def is_first():
    return RECORD_ID == literal(1)

def never():
    return literal(1) == literal(2)

def wrong():
    return literal_column("no_such_column") == RECORD_ID

@hookimpl
def crm_contact_panels(contact, actor):
    this = {{"contact_id": contact.id}}
    for when in ({when}):
        yield Panel("{name}", when and when.__name__, "{name}.here", this, when=when)
"""


def test_a_panel_stands_where_its_condition_holds(served: Config, install: Install) -> None:
    install("garden", PANELS.format(name="garden", when="is_first, never, None"))
    app = create_app(served)
    with app.test_request_context("/"):
        assert panels(1) == ["is_first", None]
        assert panels(2) == [None]
    app.extensions["crm"].engine.dispose()


def test_a_condition_that_fails_costs_its_own_panel(
    served: Config, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("garden", PANELS.format(name="garden", when="wrong, is_first"))
    install("meadow", PANELS.format(name="meadow", when="is_first, never"))
    app = create_app(served)
    with app.test_request_context("/"):
        assert panels(1) == ["is_first", "is_first", Failure("garden", "crm_contact_panels")]
        assert db.session().execute(text("SELECT 2")).scalar_one() == 2
    assert "plugin garden failed in crm_contact_panels" in caplog.text
    app.extensions["crm"].engine.dispose()


def panels(contact_id: int) -> list[object]:
    """Labels of what the two plugins show of a person, and what failed."""
    shown = offered("crm_contact_panels", contact=Person(id=contact_id, kind="person"))
    return [
        getattr(each, "label", each)
        for each in shown
        if not hasattr(each, "permission") or not each.permission
    ]


VIEW = """
from flask import Blueprint

pages = Blueprint("garden", __name__, url_prefix="/garden")

@pages.get("/")
@public
def home():
    raise SystemExit(1)

@hookimpl
def crm_blueprints():
    return (pages,)
"""


def test_a_view_that_exits_is_an_error_of_that_page_alone(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    assert client.get("/garden/").status_code == 500
    assert client.get("/garden/").status_code == 500
    assert client.get("/meadow/").text == "meadow"


@pytest.fixture
def sqlite_app(sqlite_url: str, served: Config, install: Install) -> Flask:
    """Two plugins, one of which ends the program whenever it is asked for its page."""
    install("garden", VIEW)
    install("meadow", GOOD)
    return create_app(served)


def test_a_failing_hook_of_the_domain_undoes_the_whole_step(served: Config, install: Install) -> None:
    install("garden", "@hookimpl\ndef crm_contact_erase(contact):\n    raise ValueError('not now')")
    app = create_app(served)
    with app.app_context():
        with db.transaction(Actor.system(), "contacts.create"):
            person = Person(name="Ada", sort_name="ada", name_key="ada", custom={})
            db.session().add(person)
            db.session().flush()
            db.session().add(Note(contact_id=person.id, body="Kept"))
        erasing = db.transaction(Actor.system(), "contacts.erase")
        with pytest.raises(ValueError, match="not now"), erasing, system("as erasing somebody does"):
            app.extensions["crm"].plugins.all("crm_contact_erase", contact=person)
        assert db.session().scalars(select(Note.body)).all() == ["Kept"]
    app.extensions["crm"].engine.dispose()


def test_calls_are_traced_when_asked_for(
    served: Config, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("garden", "@hookimpl\ndef crm_nav_items(actor):\n    return ()")
    app = create_app(replace(served, trace_hooks=True))
    with caplog.at_level(logging.WARNING, "crm.hooks"), app.test_request_context("/"):
        list(app.extensions["crm"].plugins.each("crm_nav_items", actor=Actor.nobody()))
    assert "crm_nav_items of garden" in caplog.text
