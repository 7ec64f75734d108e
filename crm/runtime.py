"""What one running application holds: settings, engine, plugins and the registries they filled."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from crm.config import Config

if TYPE_CHECKING:
    from crm.access.registry import AccessRegistry
    from crm.fields.registry import FieldRegistry
    from crm.plugin_api.types import (
        ColumnWords,
        Exporter,
        Importer,
        JobKind,
        Measure,
        SearchProvider,
        Setting,
    )
    from crm.plugin_host.host import PluginHost


_Kept = TypeVar("_Kept")

MOST_KEPT: Final = 1024
"""An installation has some dozens of sets of rights, lists and orders."""


@dataclass
class Runtime:
    """Built once by `create_app`; nothing is registered after that."""

    config: Config
    engine: Engine
    sessions: sessionmaker[Session]
    plugins: "PluginHost"
    access: "AccessRegistry"
    fields: "FieldRegistry"
    jobs: "dict[str, JobKind]" = field(default_factory=dict)
    importers: "dict[str, Importer]" = field(default_factory=dict)
    exporters: "dict[str, Exporter]" = field(default_factory=dict)
    search: "dict[str, SearchProvider]" = field(default_factory=dict)
    measures: "dict[str, Measure]" = field(default_factory=dict)
    kept: dict[Hashable, Any] = field(default_factory=dict)
    """What does not change while the process lives; see `kept`."""
    settings: "dict[str, Setting]" = field(default_factory=dict)
    column_words: "dict[str, ColumnWords]" = field(default_factory=dict)
    """By `table.column`, `plugin.column` for all tables of a plugin, and `.column` for all others."""


def runtime() -> Runtime:
    """The runtime of the current application."""
    # Every page asks hundreds of times; a step through the proxy costs more than the answer.
    found: Runtime = current_app._get_current_object().extensions["crm"]  # type: ignore[attr-defined]  # A proxy has it.
    return found


def enabled(name: str) -> bool:
    """Whether a plugin is enabled, so that what it makes public can be asked."""
    return runtime().plugins.get(name) is not None


def kept(key: Hashable, make: Callable[[], _Kept]) -> _Kept:
    """What `make` gives, made once for each key as long as the process lives: statements, parts of pages that
    are the same for all who have the same rights. Never anything of a single record or reader."""
    known = runtime().kept
    if key not in known:
        if len(known) >= MOST_KEPT:
            known.clear()
        known[key] = make()
    found: _Kept = known[key]
    return found
