"""Campaigns for tests, written and read past the pages."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import Select, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns import services
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, Membership
from crm.contacts import services as contacts
from crm.journal.models import ChangeSet
from crm.journal.undo import services as undo

Make = Callable[..., int]
Read = Callable[[Select[*tuple[Any, ...]]], list[Any]]
Write = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def write(app: Flask) -> Write:
    """Do something in a transaction of its own, as the system; gives what it gave."""

    def run(act: Callable[[], Any]) -> Any:
        with app.test_request_context(), system("test"):
            g.crm_actor = Actor.system()
            with db.transaction(Actor.system(), "test.write", "Written for a test"):
                return act()

    return run


@pytest.fixture
def add(write: Write) -> Make:
    """Add a person or, with `organization`, an organization; gives the id."""

    def make(given: str = "", family: str = "", *, organization: str = "", **values: Any) -> int:
        kind = "organization" if organization else "person"
        named = {"kind": kind, "given_name": given, "family_name": family, "name": organization}
        return int(write(lambda: contacts.create({**named, **values}, Actor.system()).id))

    return make


@pytest.fixture
def campaign(write: Write) -> Make:
    """Add a campaign; gives its id."""

    def make(name: str = "Attendance bill", **values: Any) -> int:
        given = {"name": name, "kind": "state_policy", "status": "active", "start_date": date(2026, 3, 1)}
        return int(write(lambda: services.create({**given, **values}, Actor.system()).id))

    return make


@pytest.fixture
def coalition(write: Write) -> Make:
    """Add a coalition with members; gives its id."""

    def make(name: str = "Harbor coalition", members: tuple[int, ...] = ()) -> int:
        found = Coalition(name=name, sort_name=name.lower(), level="local")
        db.session().add(found)
        db.session().flush()
        db.session().add_all(Membership(coalition_id=found.id, contact_id=each) for each in members)
        return found.id

    return lambda *args, **values: int(write(lambda: make(*args, **values)))


@pytest.fixture
def part(write: Write) -> Make:
    """Add any row: `part(Target, campaign_id=…, contact_id=…)`; gives its id."""

    def make(model: Any, **values: Any) -> int:
        def act() -> int:
            row = model(**values)
            db.session().add(row)
            db.session().flush()
            return int(row.id)

        return int(write(act))

    return make


@pytest.fixture
def read(app: Flask) -> Read:
    """What a SELECT finds, as the system sees it; one value a row where one column is asked for."""

    def rows(statement: Select[*tuple[Any, ...]]) -> list[Any]:
        with app.app_context(), system("test"):
            found = db.session().execute(statement).all()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    return rows


@pytest.fixture
def undo_last(app: Flask) -> Callable[[], None]:
    """Take back the newest change."""

    def run() -> None:
        with app.test_request_context(), system("test"):
            g.crm_actor = Actor.system()
            newest = db.session().scalars(select(ChangeSet.id).order_by(ChangeSet.id.desc()).limit(1)).one()
            undo.undo(newest, Actor.system())

    return run


def named(read: Read, campaign_id: int) -> Campaign:
    found: Campaign = read(select(Campaign).where(Campaign.id == campaign_id))[0]
    return found
