"""Contacts to list, and a counter of statements."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from crm import db
from crm.access.actor import Actor
from crm.contacts import services
from tests.contacts.conftest import add, rows

__all__ = ["add", "rows"]

AddMany = Callable[[list[dict[str, Any]]], list[int]]
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def add_many(app: Flask) -> AddMany:
    """Add people (or with `kind`, organizations) in one transaction; returns their ids."""

    def make(contacts: list[dict[str, Any]]) -> list[int]:
        with app.app_context(), db.transaction(Actor.system(), "test.add"):
            return [services.create(values, Actor.system()).id for values in contacts]

    return make


@pytest.fixture
def statements(app: Flask) -> Counting:
    """The SELECTs that run inside the block."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        found: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                found.append(statement)

        engine = app.extensions["crm"].engine
        event.listen(engine, "before_cursor_execute", note)
        yield found
        event.remove(engine, "before_cursor_execute", note)

    return count
