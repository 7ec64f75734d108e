"""Contacts for tests, written and read past the pages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.models import Contact, ContactTag, Tag
from crm.journal.models import ChangeSet

Add = Callable[..., int]
AnySelect = Select[*tuple[Any, ...]]
Rows = Callable[[AnySelect], list[Any]]


@pytest.fixture
def add(app: Flask) -> Add:
    """Add a contact and return its id: `add("Amina", "Okafor", tags=["school"])`, or
    `add(organization="Lincoln")`. Other values are those of `services.create`."""

    def make(given: str = "", family: str = "", *, organization: str = "", **values: Any) -> int:
        kind = "organization" if organization else "person"
        named = {"kind": kind, "given_name": given, "family_name": family, "name": organization}
        works_at = values.pop("at", "")
        with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
            return services.create({**named, "organization": works_at, **values}, Actor.system()).id

    return make


@pytest.fixture
def rows(app: Flask) -> Rows:
    """What a SELECT finds, as the system sees it; one value a row where one column is asked for."""

    def read(statement: AnySelect) -> list[Any]:
        with app.app_context(), system("test"):
            found = db.session().execute(statement).all()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    return read


@pytest.fixture
def request_context(app: Flask) -> Iterator[None]:
    """An application context with a request, for tests of services."""
    with app.test_request_context():
        yield


def tags_of(rows: Rows, contact_id: int) -> list[str]:
    tags = select(Tag.name).join(ContactTag, ContactTag.tag_id == Tag.id)
    return sorted(rows(tags.where(ContactTag.contact_id == contact_id)))


def change_sets(rows: Rows) -> list[tuple[str, str, int]]:
    """Action, sentence and number of entries of each change set, oldest first."""
    return rows(select(ChangeSet.action, ChangeSet.summary, ChangeSet.entries).order_by(ChangeSet.id))


def names(rows: Rows) -> list[str]:
    return rows(select(Contact.name).order_by(func.lower(Contact.name), Contact.id))
