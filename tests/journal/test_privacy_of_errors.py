"""What a database says when it refuses a row goes to the log: without what stood in the row."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm import db


def test_an_error_of_the_database_names_nobody(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as refused:
        db.session().execute(text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "Ana López"})
    assert "nowhere" in str(refused.value)
    assert "Ana" not in str(refused.value)
