"""What a database says when it refuses a row goes to the log: without what stood in the row."""

import traceback

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.plugin_api.testing.databases import on_postgresql


def test_an_error_of_the_database_names_nobody(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as refused:
        db.session().execute(text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "Ana López"})
    assert "nowhere" in str(refused.value)
    assert "Ana" not in str(refused.value)


@on_postgresql
@pytest.mark.parametrize(
    "statement, told",
    [
        ("UPDATE contact SET kind = 'x'", "contact"),
        ("UPDATE contact SET name = NULL", "name"),
        ("INSERT INTO contact SELECT * FROM contact", "pk_contact"),
        ("UPDATE contact SET id = name::int", "InvalidTextRepresentation"),
    ],
)
def test_a_row_that_is_refused_stays_out_of_the_log(app: Flask, statement: str, told: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        person = Contact(kind="person", name="Wilhelmina Quartz", sort_name="quartz", name_key="quartz")
        db.session().add(person)
    with (
        app.app_context(),
        pytest.raises(DBAPIError) as refused,
        db.transaction(Actor.system(), "test"),
        system("test"),
    ):
        db.session().execute(text(statement))
    whole = "".join(traceback.format_exception(refused.value))
    assert told in whole
    assert "Wilhelmina" not in whole
