"""The pluggy manager of one application, and calls that isolate plugins from each other."""

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pluggy

from crm.config import Config
from crm.errors import ConfigurationError
from crm.plugin_api import hookspecs
from crm.plugin_host.discovery import Plugin, load_core, load_enabled

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A plugin's part of a page that could not be made; shown as a small notice."""

    plugin: str
    hook: str


class PluginHost:
    """All registered features and plugins, core first, each plugin after those it requires."""

    def __init__(self, plugins: list[Plugin], *, raise_failures: bool = False) -> None:
        self.plugins = plugins
        self.raise_failures = raise_failures
        self.manager = pluggy.PluginManager("crm")
        self.manager.add_hookspecs(hookspecs)
        for plugin in plugins:
            self._register(plugin)
        self.manager.check_pending()
        self._tracing = bool(os.environ.get("CRM_TRACE_HOOKS"))

    @classmethod
    def load(cls, config: Config) -> "PluginHost":
        core = load_core()
        plugins = [*core, *load_enabled(config)]
        names = [plugin.name for plugin in plugins]
        for name in names:
            if names.count(name) > 1:
                raise ConfigurationError(f"Two plugins are named {name}.")
        return cls(plugins, raise_failures=config.testing)

    def _register(self, plugin: Plugin) -> None:
        try:
            self.manager.register(plugin.module, name=plugin.name)
        except (pluggy.PluginValidationError, ValueError) as error:
            raise ConfigurationError(f"The plugin {plugin.name} cannot be used: {error}") from error

    def get(self, name: str) -> Plugin | None:
        return next((plugin for plugin in self.plugins if plugin.name == name), None)

    def declared(self, hook: str, **arguments: Any) -> Iterator[tuple[Plugin, Any]]:
        """What every plugin declares through a boot hook, in order; errors name the plugin."""
        for plugin in self.plugins:
            implementation = getattr(plugin.module, hook, None)
            if implementation is None:
                continue
            try:
                found = list(self._call(plugin, hook, arguments))
            except ConfigurationError:
                raise
            except Exception as error:
                raise ConfigurationError(f"The plugin {plugin.name} failed in {hook}: {error}") from error
            for each in found:
                yield plugin, each

    def each(self, hook: str, **arguments: Any) -> Iterator[tuple[Plugin, Any]]:
        """What every plugin answers to a request's hook. One that fails yields a Failure instead."""
        for plugin in self.plugins:
            if getattr(plugin.module, hook, None) is None:
                continue
            started = time.perf_counter()
            try:
                found = list(self._call(plugin, hook, arguments) or ())
            # SystemExit too: a plugin's mistake must not take the server down.
            except (Exception, SystemExit):
                log.exception("plugin %s failed in %s", plugin.name, hook)
                if self.raise_failures:
                    raise
                yield plugin, Failure(plugin.name, hook)
                continue
            if (spent := time.perf_counter() - started) > 0.2:
                log.warning("plugin %s took %.0f ms in %s", plugin.name, spent * 1000, hook)
            for each in found:
                yield plugin, each

    def all(self, hook: str, **arguments: Any) -> None:
        """Call a hook of the domain on every plugin, inside the caller's transaction; errors rise."""
        for plugin in self.plugins:
            if getattr(plugin.module, hook, None) is not None:
                self._call(plugin, hook, arguments)

    def _call(self, plugin: Plugin, hook: str, arguments: dict[str, Any]) -> Any:
        """Call one plugin's implementation alone: pluggy would let the first error end the whole call."""
        caller = getattr(self.manager.hook, hook)
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin.module:
                if self._tracing:
                    log.info("hook %s of %s(%s)", hook, plugin.name, ", ".join(arguments))
                return implementation.function(*(arguments[name] for name in implementation.argnames))
        return ()
