"""People who change things, and a look at all rows that the journal answers for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import exists, literal, select, union_all

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.models import Contact, Tag
from crm.journal.images import journaled
from crm.journal.models import ChangeSet
from crm.journal.recorder import Change
from crm.journal.undo.references import enabled_tables

ANA, BEN = Actor.system("Ana Ruiz"), Actor.system("Ben Cole")

Rows = dict[str, dict[int, dict[str, Any]]]
Act = Callable[..., ChangeSet]


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """The application's context, for tests that call services."""
    with app.app_context():
        yield app


@contextmanager
def acting(actor: Actor = ANA, action: str = "contacts.edit", summary: str = "") -> Iterator[Change]:
    """One change set of somebody who may see everything."""
    with db.transaction(actor, action, summary) as change, system("a test"):
        yield change


def add(actor: Actor = ANA, summary: str = "", **values: Any) -> tuple[int, int]:
    """A new contact, "Priya Shah" unless `values` say otherwise: its id and its change set's."""
    given = {"given_name": "Priya", "family_name": "Shah"} if "name" not in values else {}
    with acting(actor, "contacts.create", summary or "Added somebody") as change:
        contact = services.create({**given, **values}, actor)
        contact_id = contact.id
    return contact_id, id_of(change)


def organization(name: str, actor: Actor = ANA) -> tuple[int, int]:
    """A new organization: its id and its change set's."""
    return add(actor, kind="organization", name=name)


def edit(contact_id: int, actor: Actor = ANA, summary: str = "", **values: Any) -> int:
    """Change columns of a contact, as a form does: its version rises. The id of the change set."""
    with acting(actor, summary=summary) as change:
        contact = db.session().get_one(Contact, contact_id)
        for name, value in values.items():
            setattr(contact, name, value)
        services.touch(contact)
    return id_of(change)


def remove(*contact_ids: int, actor: Actor = ANA) -> int:
    """Delete contacts; the id of the change set."""
    with acting(actor, "contacts.delete", "Deleted") as change:
        services.delete(contact_ids)
    return id_of(change)


def id_of(change: Change) -> int:
    """The id of a change set that wrote something."""
    assert change.id is not None
    return change.id


def rows() -> Rows:
    """Every journaled row of the database, by table and id, with the columns that the journal keeps."""
    db.session().rollback()
    kept = [one for table in enabled_tables() if (one := journaled(table.name)) is not None]
    found: Rows = {one.table.name: {} for one in kept}
    with system("a test looks at everything"):
        ask = [select(literal(one.table.name)).where(exists().select_from(one.table)) for one in kept]
        filled = set(db.session().scalars(union_all(*ask)))
        for one in (each for each in kept if each.table.name in filled):
            lines = db.session().execute(select(*one.columns).order_by(one.table.c.id)).mappings()
            found[one.table.name] = {line["id"]: dict(line) for line in lines}
    return found


def change_set(change_set_id: int) -> ChangeSet:
    """A change set as it is now."""
    db.session().rollback()
    return db.session().get_one(ChangeSet, change_set_id)


def tag_id(name: str) -> int:
    """The id of a tag by its name."""
    with system("a test"):
        return db.session().scalars(select(Tag.id).where(Tag.name == name)).one()
