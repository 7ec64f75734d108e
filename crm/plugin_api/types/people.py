"""People: what they answer for, what is held about them, who plays them in the demo."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crm.plugin_api.types.basics import Text


@dataclass(frozen=True)
class DemoAccount:
    """Somebody of the made-up coalition who may be signed in as, with a role over one organization, or over
    everything."""

    local: str
    """What stands before the @ of the address."""
    name: str
    role: str
    organization_id: int | None
    help: str
    """What they do or see, in a few words."""


@dataclass(frozen=True)
class Responsibility:
    """Something that somebody answers for, and that would be without an owner if they left. `kind` begins
    with the feature's name (`coalitions.delegate`); `heir` says who can take it over: a person among the
    contacts or somebody who signs in."""

    kind: str
    record_id: int
    label: Text
    title: str
    heir: Literal["person", "user"]
    detail: str = ""
    url: str | None = None


@dataclass(frozen=True)
class Heirs:
    """Who takes over: a person's contact id, and the id of an account; either may be missing."""

    contact_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class DataSection:
    """A part of what is held about somebody, for handing it over: a title and rows of name to value."""

    title: Text
    rows: Iterable[Mapping[str, Any]]
    warning: Text = ""
    """What one must know before one erases it, as sentences; empty for nothing."""
