"""Events and guests for tests, written and read past the pages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, Membership
from crm.contacts import services as contacts
from crm.events import links
from crm.events.models import Event, Guest
from crm.events.services import editing, seats

Plan = Callable[..., int]
Add = Callable[..., int]
Invite = Callable[..., list[int]]
Rows = Callable[[Select[*tuple[Any, ...]]], list[Any]]


def values(**changes: Any) -> dict[str, Any]:
    """What an event consists of: in a week, two hours, at a place, on one day there whatever it is now."""
    morning = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0)
    begins = changes.pop("starts_at", morning + timedelta(days=7))
    return {
        "title": "Steering committee", "kind": "meeting", "starts_at": begins,
        "ends_at": begins + timedelta(hours=2), "time_zone": "America/New_York", "place": "Town Hall",
        "online_url": "", "description": "", "capacity": None, "coalition_id": None, "group_id": None,
        "campaign_id": None, "owner_user_id": None, **changes,
    }  # fmt: skip


@pytest.fixture
def plan(app: Flask) -> Plan:
    """Plan an event and return its id: `plan(title="Training", capacity=2)`."""

    def make(**changes: Any) -> int:
        with app.app_context(), db.transaction(Actor.system(), "events.create", "Planned for a test"):
            return editing.create(values(**changes), Actor.system()).id

    return make


@pytest.fixture
def add(app: Flask) -> Add:
    """Add a contact: `add("Amina", "Okafor", at="Harbor", language="es")`; `add(organization="Harbor")`."""

    def make(given: str = "", family: str = "", *, organization: str = "", **more: Any) -> int:
        kind = "organization" if organization else "person"
        words = re.findall("[a-z0-9]+", f"{given} {family} {organization}".lower())
        address = more.pop("email", f"{'.'.join(words)}@example.org")
        named: dict[str, Any] = {
            "kind": kind,
            "given_name": given,
            "family_name": family,
            "name": organization,
        }
        named |= {"organization": more.pop("at", ""), "emails": [{"address": address}] if address else []}
        with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
            return contacts.create({**named, **more}, Actor.system()).id

    return make


@pytest.fixture
def invite(app: Flask) -> Invite:
    """Make guests of contacts: `invite(event_id, amina, wei)`; returns the ids of the guests."""

    def make(event_id: int, *people: int, organization: int | None = None, **more: Any) -> list[int]:
        with app.app_context(), db.transaction(Actor.system(), "events.invite", "Invited for a test"):
            return seats.add([(each, organization) for each in people], event_id, **more)

    return make


@pytest.fixture
def coalition(app: Flask) -> Callable[..., int]:
    """A coalition with members: `coalition("North", {lincoln: (delegate, alternate)})`."""

    def make(name: str = "North", members: dict[int, Any] | None = None) -> int:
        with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
            made = Coalition(name=name, sort_name=name.lower(), level="local")
            db.session().add(made)
            db.session().flush()
            for contact, speakers in (members or {}).items():
                delegate, alternate = speakers or (None, None)
                row = Membership(coalition_id=made.id, contact_id=contact, delegate_id=delegate)
                row.alternate_id = alternate
                db.session().add(row)
            db.session().flush()
            return made.id

    return make


@pytest.fixture
def campaign(app: Flask) -> Callable[..., int]:
    """A campaign of a coalition: `campaign(north)`."""

    def make(coalition_id: int | None = None, name: str = "Every day counts") -> int:
        with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
            made = Campaign(name=name, sort_name=name.lower(), kind="public_awareness")
            made.coalition_id = coalition_id
            db.session().add(made)
            db.session().flush()
            return made.id

    return make


@pytest.fixture
def rows(app: Flask) -> Rows:
    """What a SELECT finds, as the system sees it; one value a row where one column is asked for."""

    def read(statement: Select[*tuple[Any, ...]]) -> list[Any]:
        with app.app_context(), system("test"):
            found = db.session().execute(statement).all()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    return read


def token(app: Flask, guest_id: int) -> str:
    with app.app_context(), system("test"):
        return links.token_of(db.session().get_one(Guest, guest_id))


def answers(rows: Rows, event_id: int) -> list[str]:
    return rows(select(Guest.answer).where(Guest.event_id == event_id).order_by(Guest.id))


def event_of(rows: Rows, event_id: int, *columns: str) -> Any:
    return rows(select(*(getattr(Event, each) for each in columns)).where(Event.id == event_id))[0]


def form_of(**changes: Any) -> dict[str, Any]:
    """An event as the form sends it, on a day next year."""
    return {
        "title": "Steering committee", "kind": "meeting", "day": f"{datetime.now(UTC).year + 1}-05-04",
        "begins": "16:00", "ends": "17:30", "time_zone": "America/New_York", "place": "Town Hall",
        "online_url": "", "state": "planned", **changes,
    }  # fmt: skip
