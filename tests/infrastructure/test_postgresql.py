"""What a page asks of PostgreSQL besides its statements, which takes longer than many of them."""

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import text
from sqlalchemy.engine import make_url

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_postgresql

ENOUGH = 8
"""PostgreSQL makes a plan for the values five times before it thinks of one for all."""


def _status() -> TransactionStatus:
    driver = db.session().connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.info.transaction_status


@on_postgresql
def test_reading_opens_no_transaction_and_writing_does(app: Flask) -> None:
    with app.app_context(), system("test"):
        db.session().execute(text("SELECT 1"))
        assert _status() == TransactionStatus.IDLE
        with pytest.raises(ValueError, match="half way"):
            _write_half_way()
        with db.transaction(Actor.system(), "test.write"):
            assert _status() == TransactionStatus.INTRANS
        assert db.session().execute(text("SELECT count(*) FROM contact")).scalar_one() == 0


def _write_half_way() -> None:
    with db.transaction(Actor.system(), "test.write"):
        services.create({"given_name": "Ana", "family_name": "López"}, Actor.system())
        raise ValueError("half way")


@on_postgresql
def test_pages_plan_once_what_is_found_by_keys(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    with app.app_context(), db.transaction(Actor.system(), "test.write"):
        contact_id = services.create({"given_name": "Ana", "family_name": "López"}, Actor.system()).id
    for _time in range(ENOUGH):
        assert client.get(f"/contacts/{contact_id}").status_code == 200
        assert client.get("/search?q=an", headers={"HX-Request": "true"}).status_code == 200
    with app.app_context():
        asked = text("SELECT statement, generic_plans FROM pg_prepared_statements")
        kept = {row[0]: row[1] for row in db.session().execute(asked)}
    session = [count for statement, count in kept.items() if "sign_in_session.token_hash" in statement]
    assert session
    assert session[0] >= ENOUGH
    # Titles are asked alike for words and beginnings. Elsewhere a word may be rare or everywhere.
    assert len([statement for statement in kept if "search_document" in statement]) == 1


@on_postgresql
def test_a_connection_that_was_cut_while_it_rested_is_replaced(
    app: Flask, sign_in: SignIn, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(role="organizer")
    assert client.get("/contacts").status_code == 200
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    monkeypatch.setattr(db, "PROBE_AFTER", 0.0)
    assert client.get("/contacts").status_code == 200
