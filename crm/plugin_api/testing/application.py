"""The application of a test, on a database of its own."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from crm import create_app, db
from crm.access.guard import Guard
from crm.config import Config
from crm.db import make_engine
from crm.runtime import Runtime

Assemble = Callable[[Config], Flask]
MakeEngine = Callable[[Config], Engine]


_RANDOM: Final = re.compile(r'(X-CSRFToken": "|name="(?:csrf_token|stamp)"[^>]*? value=")[^"]+')


class PageAnswer(TestResponse):
    """An answer whose `text` lacks the marks against forging: a test that asks whether “Wei” is on a page
    would find it once in a while in their random letters. `get_data()` holds them."""

    @property
    def text(self) -> str:
        return _RANDOM.sub(r"\1", self.get_data(as_text=True))


class PageClient(FlaskClient):
    """A browser without scripts that sends the forgery token as the pages' forms do. `sends_token = False`
    makes it another site's; `base_url` is where it thinks the site is."""

    sends_token = True
    base_url = "http://localhost"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_wrapper = type("Answer", (PageAnswer, self.response_wrapper), {})

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        method = str(kwargs.get("method", "GET")).upper()
        to_a_path = not args or isinstance(args[0], str)
        if to_a_path:
            kwargs.setdefault("base_url", self.base_url)
        if self.sends_token and method not in {"GET", "HEAD", "OPTIONS"} and to_a_path:
            headers = dict(kwargs.pop("headers", None) or {})
            headers.setdefault("X-CSRFToken", self.token())
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def token(self) -> str:
        """The forgery token of this browser's pages."""
        with self.session_transaction(base_url=self.base_url) as kept:
            kept.setdefault("csrf_token", secrets.token_hex(20))
            raw = kept["csrf_token"]
        with self.application.test_request_context():
            session["csrf_token"] = raw
            return str(generate_csrf())


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """The settings of one test."""
    return Config.for_testing(database_url=database_url, data_dir=tmp_path / "data")


@pytest.fixture(scope="session")
def compiled_templates(run_dir: Path) -> BytecodeCache:
    """Templates are compiled once in a run: each application would do it again for every page."""
    folder = run_dir / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def assembled(compiled_templates: BytecodeCache) -> Assemble:
    """Applications put together once for each kind of settings, to be given a database by each test: putting
    one together takes longer than most tests."""
    known: dict[str, tuple[Flask, dict[str, Any], dict[str, Any]]] = {}

    def assemble(config: Config) -> Flask:
        kind = repr(replace(config, database_url="", data_dir=Path(), jobs_database_url=""))
        if kind not in known:
            app = create_app(config)
            app.jinja_env.bytecode_cache = compiled_templates
            app.extensions["crm"].engine.dispose()
            known[kind] = app, dict(app.config), dict(app.view_functions)
        app, settings, views = known[kind]
        app.config.clear()
        app.config.update(settings)
        app.view_functions.update(views)
        return app

    return assemble


@pytest.fixture(scope="session")
def engines() -> MakeEngine:
    """Makes engines that know the statements which earlier ones of their kind have compiled."""
    kept: dict[str, Engine] = {}

    def make(config: Config) -> Engine:
        engine = make_engine(config)
        known = kept.get(engine.dialect.name)
        if known is None or getattr(known.dialect, "server_version_info", None) is None:
            # Only what has met its database once knows what that can do.
            kept[engine.dialect.name] = engine
            return engine
        engine.dialect, engine.pool._dialect = known.dialect, known.dialect  # There is no other way.
        engine._compiled_cache = known._compiled_cache  # The same.
        return engine

    return make


@contextmanager
def with_database(config: Config, assembled: Assemble, engines: MakeEngine) -> Iterator[Flask]:
    """An application that was put together before, with the database of `config`."""
    app, engine = assembled(config), engines(config)
    runtime: Runtime = app.extensions["crm"]
    Guard(runtime.access.protected_tables()).install(engine)
    sessions = db.sessions(engine)
    app.extensions["crm"] = replace(runtime, config=config, engine=engine, sessions=sessions, kept={})
    yield app
    engine.dispose()


@pytest.fixture
def app(config: Config, assembled: Assemble, engines: MakeEngine) -> Iterator[Flask]:
    """The application, migrated and empty; once on SQLite and once on PostgreSQL."""
    with with_database(config, assembled, engines) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser without scripts, signed in as nobody."""
    return PageClient(app, app.response_class, use_cookies=True)
