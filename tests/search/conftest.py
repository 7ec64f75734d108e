"""People and organizations to find, and who may see them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor, Grant
from crm.contacts import services as contacts
from crm.search import services

Add = Callable[..., int]
Find = Callable[..., list[str]]


@pytest.fixture
def add(app: Flask) -> Add:
    """Add a person by name, or `add(organization="Lincoln School")`; returns the id. `at` is the name of
    the organization that either belongs to."""

    def make(name: str = "", *, organization: str = "", **values: Any) -> int:
        given, _, family = name.rpartition(" ")
        named = {"kind": "person", "given_name": given, "family_name": family}
        if organization:
            named = {"kind": "organization", "name": organization}
        named["organization"] = values.pop("at", "")
        with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
            return contacts.create({**named, **values}, Actor.system()).id

    return make


@pytest.fixture
def find(app: Flask) -> Find:
    """The titles that are found, best first."""

    def search(text: str, actor: Actor | None = None, **values: Any) -> list[str]:
        with app.test_request_context():
            return [hit.title for hit in services.find(text, actor or Actor.system(), **values)]

    return search


@pytest.fixture
def request_context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def limited_to(organization_id: int) -> Actor:
    """Somebody who sees one organization, what is under it, and their people."""
    return Actor(1, "Somebody", (Grant(frozenset({"contacts.view"}), "organization", organization_id),))
