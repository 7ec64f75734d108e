"""The addresses of our own pages, made faster than the router makes them: a page has a hundred and more.

Most routes hold nothing but ids and plain words. Of those the pattern is found at boot; whatever asks for
more than that goes through the router as always.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, current_app, request, url_for
from werkzeug.routing import Rule

_ARGUMENT: Final = re.compile(r"<(?:int:)?(\w+)>")
Patterns = dict[str, tuple[str, frozenset[str]]]


def init_app(app: Flask) -> None:
    """Let templates make addresses this way; call it when all routes are known."""
    app.extensions["crm_addresses"] = app.jinja_env.globals["url_for"] = _maker(_patterns(app))


def address(endpoint: str, **values: Any) -> str:
    """What `url_for` gives."""
    made: str = current_app.extensions["crm_addresses"](endpoint, **values)
    return made


def _maker(patterns: Patterns) -> Callable[..., str]:
    def make(endpoint: str, **values: Any) -> str:
        known = patterns.get(endpoint)
        if known is None or not known[1] <= values.keys() or _is_below():
            return url_for(endpoint, **values)
        for name, value in values.items():
            if not _is_plain(value) or name[0] == "_":
                return url_for(endpoint, **values)
        path: str = known[0] % values
        if len(values) == len(known[1]):
            return path
        rest = [f"{name}={value}" for name, value in values.items() if name not in known[1]]
        return f"{path}?{'&'.join(rest)}"

    return make


def _is_below() -> bool:
    """Whether the installation stands below an address of its own."""
    # Past the proxy, for a page asks a hundred times.
    environ = request._get_current_object().environ  # type: ignore[attr-defined]  # A proxy has it.
    return bool(environ.get("SCRIPT_NAME"))


def _is_plain(value: Any) -> bool:
    """Whether a value stands in an address as it is."""
    if type(value) is int:
        return value >= 0
    return type(value) is str and value.isascii() and value.isidentifier()


def _patterns(app: Flask) -> Patterns:
    """For each endpoint with one simple rule: `/contacts/%(contact_id)s/notes` and the names in it."""
    found: Patterns = {}
    several = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in found:
            several.add(rule.endpoint)
        elif pattern := _pattern(rule):
            found[rule.endpoint] = (pattern, frozenset(rule.arguments))
        else:
            several.add(rule.endpoint)
    return {endpoint: each for endpoint, each in found.items() if endpoint not in several}


def _pattern(rule: Rule) -> str | None:
    """None where more than numbers and words stand in the rule."""
    made = _ARGUMENT.sub(r"%(\1)s", rule.rule.replace("%", "%%"))
    return None if "<" in made or rule.defaults else made
