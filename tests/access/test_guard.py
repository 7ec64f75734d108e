"""A protected table is read through `visible(...)`, or not at all."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, delete, exists, func, insert, select, text, union_all, update
from sqlalchemy.orm import Session, aliased, selectinload

from crm import db
from crm.access import Unscoped, system, visible
from crm.access.actor import Actor, Grant
from crm.contacts.models import Affiliation, Contact, Person, Tag
from tests.access.conftest import Site

TABLE: Table = Contact.__table__  # type: ignore[assignment]  # Of a mapped class it is a Table.
TREE = select(TABLE.c.id).cte("tree")

READS: dict[str, Callable[[Session], Any]] = {
    "select of the class": lambda session: session.scalars(select(Contact)).all(),
    "select of a subclass": lambda session: session.scalars(select(Person)).all(),
    "select of one column": lambda session: session.scalars(select(Contact.name)).all(),
    "get": lambda session: session.get(Contact, 1),
    "query": lambda session: session.query(Contact).count(),
    "Core select": lambda session: session.execute(select(TABLE)).all(),
    "count": lambda session: session.scalar(select(func.count()).select_from(TABLE)),
    "alias": lambda session: session.scalars(select(aliased(Contact))).all(),
    "subquery": lambda session: session.execute(select(select(TABLE.c.id).subquery())).all(),
    "scalar subquery": lambda session: session.scalar(select(select(func.max(TABLE.c.id)).scalar_subquery())),
    "CTE": lambda session: session.execute(select(TREE)).all(),
    "union": lambda session: session.execute(union_all(select(TABLE.c.id), select(Tag.id))).all(),
    "join": lambda session: session.execute(select(Affiliation).join(Contact, Contact.id == 1)).all(),
    "condition": lambda session: session.scalars(select(Tag).where(exists().where(Contact.id == 1))).all(),
    "text": lambda session: session.execute(text("SELECT name FROM contact")).all(),
    "text in capitals": lambda session: session.execute(text("SELECT name FROM CONTACT")).all(),
    "text within": lambda session: session.execute(select(text("name")).select_from(text("contact"))).all(),
    "connection": lambda session: session.connection().execute(select(TABLE)).all(),
    "Core update": lambda session: session.execute(update(TABLE).values(name="x")),
    "ORM update": lambda session: session.execute(update(Contact).values(name="x")),
    "delete": lambda session: session.execute(delete(TABLE)),
    "insert from select": lambda session: session.execute(
        insert(Tag.__table__).from_select(["name"], select(TABLE.c.name))  # type: ignore[arg-type]  # As above.
    ),
}


@pytest.fixture
def session(app: Flask, site: Site) -> Iterator[Session]:
    with app.app_context():
        yield db.session()


@pytest.mark.parametrize("how", READS)
def test_reading_without_saying_for_whom_raises(how: str, session: Session) -> None:
    with pytest.raises(Unscoped, match=r"(?i)contact"):
        READS[how](session)


def test_reading_for_somebody_gives_what_they_may_see(session: Session, site: Site) -> None:
    everything = Actor(1, "Ana", (Grant(frozenset({"contacts.view"})),))
    one = Actor(1, "Ana", (Grant(frozenset({"contacts.view"}), "organization", site.inside),))
    other = Actor(1, "Ana", (Grant(frozenset({"journal.view"})),))
    assert len(session.scalars(visible(Contact, everything)).all()) == 4
    assert set(session.scalars(visible(Contact, one).with_only_columns(Contact.id))) == {
        site.inside,
        site.member,
    }
    for nothing in (other, Actor.nobody()):
        assert session.scalars(visible(Contact, nothing)).all() == []


def test_what_hangs_on_a_record_that_was_read_properly_may_be_read(session: Session, site: Site) -> None:
    statement = visible(Contact, Actor.system()).where(Contact.id == site.member)
    person = session.scalars(statement.options(selectinload(Contact.emails))).one()
    assert person.emails == []


def test_the_system_says_why_it_reads(session: Session) -> None:
    with system("a test of the guard"):
        assert len(session.scalars(select(Contact)).all()) == 4
    with pytest.raises(Unscoped):
        session.scalars(select(Contact)).all()


def test_a_block_of_the_system_ends_when_something_fails_in_it(session: Session) -> None:
    with pytest.raises(ZeroDivisionError), system("a test of the guard"):
        raise ZeroDivisionError
    with pytest.raises(Unscoped):
        session.scalars(select(Contact)).all()
