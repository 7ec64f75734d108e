"""Parts of pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement

from crm.plugin_api.types.basics import Text


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation. Lower weights come first. A `command` stands in the search box alone."""

    label: Text
    endpoint: str
    icon: str
    permission: str
    weight: int = 100
    section: Literal["command", "main", "settings"] = "main"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    named: str = ""
    """For what makes a record: the argument that takes its name, so that the search offers it for a name that
    it did not find."""
    posts: bool = False
    """Whether it is done by a button rather than by opening a page."""
    under: str = ""
    """The path below which it is the open one, such as `/media`, where its own page is one among many."""
    area: Literal["", "coalition", "policy", "schools"] = ""
    """The heading of a long menu under which it stands; without one it stands above them all."""


@dataclass(frozen=True)
class Panel:
    """A part of a record's page that htmx loads from `endpoint`, so a slow or broken one costs itself."""

    name: str
    label: Text
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    permission: str | None = None
    weight: int = 100
    when: Callable[[], ColumnElement[bool]] | None = None
    """Gives the condition under which there is anything to show, for a record whose id is `RECORD_ID`: a
    function of a module, for it is kept. What all panels of a page depend on is asked in one statement."""


@dataclass(frozen=True)
class Action:
    """Something to do with a record, in the menu of its header. `method` POST sends a form; with `dialog`
    the page of the endpoint opens over the record, where scripts run."""

    label: Text
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    icon: str = ""
    permission: str | None = None
    method: Literal["GET", "POST"] = "GET"
    weight: int = 100
    dialog: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Card:
    """A card of the home page, loaded by htmx from `endpoint`."""

    name: str
    label: Text
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    permission: str | None = None
    weight: int = 100
    width: Literal[6, 12] = 6
    """One of two columns, or both."""
    roles: tuple[str, ...] = ()
    """Names of roles to whom this card matters most: it stands first on their home page."""
