"""The application of a test, on a database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm import create_app
from crm.config import Config


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """The settings of one test."""
    return Config.for_testing(database_url=database_url, data_dir=tmp_path / "data")


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """The application, migrated and empty; once on SQLite and once on PostgreSQL."""
    app = create_app(config)
    yield app
    app.extensions["crm"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts, signed in as nobody."""
    return app.test_client()
