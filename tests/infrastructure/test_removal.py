"""Many rows that go at once, and what refers to them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import IntegrityError

from crm import bulk, db, removal
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact, Email
from crm.plugin_api.testing.databases import on_postgresql
from crm.runtime import runtime

CONTACTS = db.table(Contact)
UNASKED = "SET LOCAL session_replication_role = replica"


@pytest.fixture
def people(app: Flask) -> range:
    """The ids of new people, as many as are deleted in one go."""
    with app.app_context(), db.transaction(Actor.system(), "test.fill"), system("test"):
        ids = bulk.reserve(CONTACTS, removal.MANY)
        columns = ("id", "kind", "name", "sort_name", "name_key", "custom", "version")
        rows: list[tuple[object, ...]] = [(each, "person", "Ana", "ana", "ana", {}, 1) for each in ids]
        bulk.insert(CONTACTS, columns, rows, {"created_at": db.now(), "updated_at": db.now()})
        return range(ids[0], ids[-1] + 1)


@contextmanager
def _listening(hear: Callable[[str], object]) -> Iterator[None]:
    """Tell each statement, before it runs."""
    engine: Engine = runtime().engine
    event.listen(engine, "before_cursor_execute", told := lambda *args: hear(args[2]))
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", told)


def _delete(people: range) -> list[str]:
    """The statements that deleting them takes."""
    said: list[str] = []
    with db.transaction(Actor.system(), "test.delete") as change, system("test"), _listening(said.append):
        change.delete(CONTACTS, people)
    return said


def _delete_plainly(people: range) -> None:
    with db.transaction(Actor.system(), "test.delete"), system("test"):
        removal.delete_rows(CONTACTS, people)


def _count() -> int:
    with system("test"):
        return int(db.session().execute(text("SELECT count(*) FROM contact")).scalar_one())


def test_rows_that_nothing_refers_to_go_together(app: Flask, people: range) -> None:
    with app.app_context():
        said = _delete(people)
        assert _count() == 0
        assert (UNASKED in said) == (db.dialect() == "postgresql")


def test_a_row_that_something_refers_to_keeps_all_of_them(app: Flask, people: range) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "test.email"), system("test"):
            values = {"contact_id": people[7], "address": "a@example.org", "address_key": "a@example.org"}
            db.session().execute(insert(Email).values(**values))
        with pytest.raises(IntegrityError):
            _delete(people)
        assert _count() == len(people)


@on_postgresql
def test_what_refers_to_a_row_at_the_same_moment_is_seen(
    app: Flask, people: range, database_url: str
) -> None:
    """Another program adds a reference after the deletion began, and commits before it is through."""
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with app.app_context(), psycopg.connect(plain, autocommit=True) as other:
        other.execute("SET lock_timeout = '20s'")

        def refer(statement: str) -> None:
            if statement == UNASKED:
                other.execute(
                    "INSERT INTO do_not_contact (contact_id, channel, reason, since, source, created_at) "
                    "VALUES (%s, 'all', '', now(), '', now())",
                    [people[3]],
                )

        # Not by the change set, which holds the rows from its first look on.
        with _listening(refer), pytest.raises(IntegrityError):
            _delete_plainly(people)
        assert _count() == len(people)


@on_postgresql
def test_an_account_without_the_privilege_deletes_as_ever(app: Flask, people: range) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "test.role") as change, system("test"):
            run = change.session.connection().exec_driver_sql
            run("CREATE ROLE rollcall_modest")
            run("GRANT ALL ON ALL TABLES IN SCHEMA public TO rollcall_modest")
            run("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO rollcall_modest")
            run("SET LOCAL ROLE rollcall_modest")
            said: list[str] = []
            with _listening(said.append):
                change.delete(CONTACTS, people)
            run("RESET ROLE")
            run("DROP OWNED BY rollcall_modest")
            run("DROP ROLE rollcall_modest")
        assert UNASKED not in said
        assert _count() == 0
