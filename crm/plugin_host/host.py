"""The pluggy manager of one application, and calls that isolate plugins from each other."""

import inspect
import logging
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import pluggy
from flask import current_app

from crm.config import Config
from crm.errors import ConfigurationError
from crm.plugin_api import hookspecs
from crm.plugin_host.discovery import Plugin, load_core, load_enabled

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)
trace = logging.getLogger("crm.hooks")
SLOW = 0.2
"""Seconds after which a hook of a page is worth a line in the log."""


@dataclass(frozen=True)
class Failure:
    """A plugin's part of a page that could not be made; shown as a small notice."""

    plugin: str
    hook: str


class WrongAnswerError(TypeError):
    """A hook answered with something else than its specification promises."""


class PluginHost:
    """All registered features and plugins, core first, each plugin after those it requires.

    With `raise_failures` a request's hook that fails is not turned into a notice but raised, so that
    tests see it. With `tracing` every call is logged.
    """

    def __init__(self, plugins: list[Plugin], *, raise_failures: bool = False, tracing: bool = False) -> None:
        self.plugins = plugins
        self.raise_failures = raise_failures
        self.manager = pluggy.PluginManager("crm")
        self.manager.add_hookspecs(hookspecs)
        self._tracing = tracing
        self._implementations: dict[tuple[str, str], Any] = {}
        self._sound: set[Hashable] = set()
        for plugin in plugins:
            self._register(plugin)

    @classmethod
    def load(cls, config: Config) -> "PluginHost":
        core = load_core()
        taken = {plugin.name for plugin in core}
        plugins = load_enabled(config.plugins)
        for plugin in plugins:
            if plugin.name in taken:
                raise ConfigurationError(
                    f"A plugin may not be named {plugin.name}: that is a part of Rollcall itself."
                )
        return cls([*core, *plugins], raise_failures=config.testing, tracing=config.trace_hooks)

    def _register(self, plugin: Plugin) -> None:
        _check_marks(plugin)
        try:
            self.manager.register(plugin.module, name=plugin.name)
            self.manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise ConfigurationError(f"The plugin {plugin.name} cannot be used: {error}") from error

    def get(self, name: str) -> Plugin | None:
        return next((plugin for plugin in self.plugins if plugin.name == name), None)

    def declared(self, hook: str, **arguments: Any) -> Iterator[tuple[Plugin, Any]]:
        """What every plugin declares through a boot hook, in order; errors name the plugin."""
        for plugin in self.plugins:
            try:
                found = self._answers(plugin, hook, arguments)
            except ConfigurationError:
                raise
            except (Exception, SystemExit) as error:
                raise ConfigurationError(f"The plugin {plugin.name} failed in {hook}: {error}") from error
            for each in found:
                yield plugin, each

    def each(self, hook: str, **arguments: Any) -> Iterator[tuple[Plugin, Any]]:
        """What every plugin answers to a request's hook. One that fails yields a Failure instead."""
        for plugin in self.plugins:
            started = time.perf_counter()
            try:
                found = self._answers(plugin, hook, arguments)
                for answer in found:
                    self._check_address(answer)
            # SystemExit too: a plugin's mistake must not take the server down.
            except (Exception, SystemExit):
                log.exception("plugin %s failed in %s", plugin.name, hook)
                if self.raise_failures:
                    raise
                heal_session()
                yield plugin, Failure(plugin.name, hook)
                continue
            if (seconds := time.perf_counter() - started) > SLOW:
                log.warning("plugin %s took %.0f ms in %s", plugin.name, seconds * 1000, hook)
            for each in found:
                yield plugin, each

    def all(self, hook: str, **arguments: Any) -> None:
        """Call a hook of the domain on every plugin, inside the caller's transaction; errors rise."""
        for plugin in self.plugins:
            self.ask(plugin, hook, **arguments)

    def backwards(self, hook: str, **arguments: Any) -> None:
        """As `all`, the last plugin first: what takes things away goes before what it builds upon."""
        for plugin in reversed(self.plugins):
            self.ask(plugin, hook, **arguments)

    def collect(self, hook: str, **arguments: Any) -> Iterator[tuple[Plugin, Any]]:
        """What every plugin answers to a hook of the domain; errors rise."""
        for plugin in self.plugins:
            for each in self._answers(plugin, hook, arguments):
                yield plugin, each

    def _answers(self, plugin: Plugin, hook: str, arguments: dict[str, Any]) -> list[Any]:
        answers = list(self.ask(plugin, hook, **arguments) or ())
        wanted = answer_type(hook)
        for answer in answers:
            if not isinstance(answer, wanted):
                raise WrongAnswerError(f"it answered {answer!r}, which is no {wanted.__name__}")
        return answers

    def ask(self, plugin: Plugin, hook: str, /, **arguments: Any) -> Any:
        """Call one plugin's implementation alone; None when it has none. Pluggy would let the first error end
        the whole call."""
        key = (plugin.name, hook)
        if key not in self._implementations:
            self._implementations[key] = self._implementation(plugin, hook)
        implementation = self._implementations[key]
        if implementation is None:
            return None
        if self._tracing:
            trace.warning("%s of %s", hook, plugin.name)
        return implementation.function(*[arguments[name] for name in implementation.argnames])

    def _implementation(self, plugin: Plugin, hook: str) -> Any:
        if getattr(plugin.module, hook, None) is None:
            return None
        caller = getattr(self.manager.hook, hook)
        return next(one for one in caller.get_hookimpls() if one.plugin is plugin.module)

    def _check_address(self, answer: Any) -> None:
        """Whatever names an endpoint names one that exists, with the arguments that it needs. A page asks
        for dozens, the same each time."""
        endpoint = getattr(answer, "endpoint", None)
        if endpoint is None:
            return
        given = getattr(answer, "arguments", None)
        key = (endpoint, None if given is None else tuple(given))
        if key not in self._sound:
            _check_address(endpoint, given)
            self._sound.add(key)


def guarded(hook: str, work: Callable[[], _Answer]) -> _Answer | None:
    """What a plugin's function, declared through a boot hook, gives while a page is made; None when it fails,
    so that it costs its own part of the page. In tests the error rises."""
    try:
        return work()
    except (Exception, SystemExit):
        log.exception("something declared through %s failed", hook)
        if current_app.extensions["crm"].plugins.raise_failures:
            raise
        heal_session()
        return None


@cache
def answer_type(hook: str) -> type[Any]:
    """The class of the things that a hook's iterable holds."""
    promised = get_type_hints(getattr(hookspecs, hook))["return"]
    found: type[Any] = get_args(promised)[0]
    return found


def _check_marks(plugin: Plugin) -> None:
    """A function named like a hook that pluggy would overlook is a mistake, not a helper."""
    for name, function in inspect.getmembers(plugin.module, inspect.isfunction):
        marks = getattr(function, "crm_impl", None)
        if name.startswith("crm_") and marks is None:
            raise ConfigurationError(f"The plugin {plugin.name}: {name} lacks @hookimpl.")
        if marks is not None and (marks["hookwrapper"] or marks["wrapper"]):
            raise ConfigurationError(f"The plugin {plugin.name}: {name} may not wrap the hooks of others.")


def _check_address(endpoint: str, given: Mapping[str, Any] | None) -> None:
    if endpoint not in current_app.view_functions:
        raise WrongAnswerError(f"there is no endpoint {endpoint}")
    if given is None:
        return
    rules = current_app.url_map.iter_rules(endpoint)
    if not any(rule.arguments <= {*given, *(rule.defaults or ())} for rule in rules):
        raise WrongAnswerError(f"the endpoint {endpoint} needs other arguments than {sorted(given)}")


def heal_session() -> None:
    """After a statement that failed, PostgreSQL refuses the rest of the page until a rollback. The
    driver's own rollback leaves what the page has loaded as it is."""
    from crm import db

    current = db.session()
    if db.current_change() is None and current.get_bind().dialect.name == "postgresql":
        driver = current.connection().connection.dbapi_connection
        assert driver is not None
        driver.rollback()
