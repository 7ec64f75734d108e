"""Walking over every page of the application."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import inspect, text
from werkzeug.routing import BuildError, IntegerConverter, Rule
from werkzeug.test import TestResponse

from crm import db
from crm.access import system
from crm.plugin_api.testing.application import PageClient

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Step(NamedTuple):
    """One address and one method."""

    endpoint: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.endpoint})"


def steps(app: Flask, arguments: Mapping[str, Any]) -> Iterator[Step]:
    """Every rule with every method it answers to, its arguments filled in."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        names = rule.arguments - {*(rule.defaults or ())}
        values = {name: arguments.get(name, _value(rule, name)) for name in names}
        try:
            path = urls.build(rule.endpoint, values, method=next(iter(rule.methods or {"GET"})))
        except BuildError as error:
            raise AssertionError(f"no address for {rule.endpoint} with {values}") from error
        for method in METHODS:
            if method in (rule.methods or ()):
                yield Step(rule.endpoint, method, path)


def _value(rule: Rule, name: str) -> Any:
    return 1 if isinstance(rule._converters[name], IntegerConverter) else "x"


def take(client: PageClient, step: Step, **more: Any) -> TestResponse:
    return client.open(step.path, method=step.method, buffered=True, **more)


def to_sign_in(answer: TestResponse) -> bool:
    """Whether the answer sends the reader to sign in first."""
    target = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
    return re.match(r"/sign-in(\?|$)", target) is not None


def everything(app: Flask, but: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """All rows of all tables, except the columns named in `but` (`table.column`)."""
    found: dict[str, list[str]] = {}
    tables = inspect(app.extensions["crm"].engine)
    with app.app_context(), system("comparing the whole database"):
        for table in tables.get_table_names():
            names = [column["name"] for column in tables.get_columns(table)]
            kept = ", ".join(f'"{name}"' for name in names if f"{table}.{name}" not in but)
            rows = db.session().execute(text(f'SELECT {kept} FROM "{table}"'))
            found[table] = sorted(repr(tuple(row)) for row in rows)
    return found
