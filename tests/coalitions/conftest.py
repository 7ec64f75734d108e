"""Coalitions for tests, written and read past the pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as event_api
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.coalitions.models import Coalition, Commitment, Membership, WorkingGroup
from crm.events.models import Event
from crm.i18n import today
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.transfer.cleaning.text import fold
from tests.contacts.conftest import add, rows

__all__ = ["add", "rows"]

Make = Callable[..., int]
Count = Callable[[Callable[[], Any]], int]


def days_off(days: int) -> date:
    """The day that is so many days from now."""
    return db.now().date() + timedelta(days=days)


def written(app: Flask, record: Any) -> int:
    """Write a record and return its id."""
    with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
        db.session().add(record)
        db.session().flush()
        return int(record.id)


@pytest.fixture
def coalition(app: Flask) -> Make:
    """Make a coalition: `coalition("Maple County", level="local", region="Maple", parent_id=…)`."""

    def make(name: str = "Maple County Coalition", level: str = "local", **values: Any) -> int:
        return written(app, Coalition(name=name, sort_name=fold(name), level=level, **values))

    return make


@pytest.fixture
def member(app: Flask) -> Make:
    """Let a contact belong to a coalition: `member(coalition_id, contact_id, status="invited")`."""

    def make(coalition_id: int, contact_id: int, **values: Any) -> int:
        return written(app, Membership(coalition_id=coalition_id, contact_id=contact_id, **values))

    return make


@pytest.fixture
def group(app: Flask) -> Make:
    def make(coalition_id: int, name: str = "Data") -> int:
        return written(app, WorkingGroup(coalition_id=coalition_id, name=name))

    return make


@pytest.fixture
def commitment(app: Flask, owner: User) -> Make:
    """Write a commitment down: `commitment(contact_id, "Host a meeting", due_date=…)`."""

    def make(contact_id: int, title: str = "Host a meeting", **values: Any) -> int:
        with app.app_context():
            given = {"kind": "host", "pledged_on": today(), "owner_user_id": owner.id, **values}
        return written(app, Commitment(contact_id=contact_id, title=title, **given))

    return make


@pytest.fixture
def owner(make_user: Callable[..., User]) -> User:
    """Somebody who follows commitments up."""
    return make_user(role="organizer", name="Olga Owner")


@pytest.fixture
def made(coalition: Make, member: Make, group: Make, commitment: Make, event: Make) -> "Makers":
    """All of the makers, for tests that need most of them."""
    return Makers(coalition, member, group, commitment, event)


@dataclass(frozen=True)
class Makers:
    coalition: Make
    member: Make
    group: Make
    commitment: Make
    event: Make


def undo_last(client: PageClient, app: Flask) -> None:
    """Undo the newest change set by its button."""
    with app.app_context(), system("test"):
        newest = db.session().execute(select(func.max(ChangeSet.id))).scalar_one()
    answer = client.post(f"/changes/{newest}/undo", follow_redirects=True)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def event(app: Flask) -> Make:
    """Make an event of a coalition, so many days ago: `event(coalition_id, days=3)`."""

    def make(coalition_id: int, days: int = 1, **values: Any) -> int:
        begins = db.now() - timedelta(days=days)
        given = {
            "kind": "meeting",
            "title": "Monthly meeting",
            "time_zone": "UTC",
            "status": "held",
            **values,
        }
        uid = f"event-{coalition_id}-{days}-{len(given)}@example.org"
        ends = begins + timedelta(hours=1)
        return written(
            app, Event(coalition_id=coalition_id, starts_at=begins, ends_at=ends, uid=uid, **given)
        )

    return make


@pytest.fixture
def queries(app: Flask) -> Count:
    """How many statements the work of a function sends to the database."""

    def count(work: Callable[[], Any]) -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        engine = app.extensions["crm"].engine
        event_api.listen(engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            event_api.remove(engine, "before_cursor_execute", note)
        return len(seen)

    return count
