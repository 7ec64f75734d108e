"""What a plugin says of itself: its name, what it lets people do, and what administrators set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement

from crm.plugin_api.types.basics import API_VERSION, Text

if TYPE_CHECKING:
    from crm.access.actor import Actor, Scopes


@dataclass(frozen=True)
class PluginInfo:
    """What a plugin says of itself. `name` owns the blueprint, URL prefix, permission prefix, template
    folder and table prefix; `requires` names plugins that must be enabled too, `uses` those whose module
    `public` it asks where they are enabled."""

    name: str
    label: Text
    version: str
    api_version: int = API_VERSION
    requires: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    description: Text = ""
    migrations: Path | None = None
    models: str | None = None
    """The dotted name of the module that defines the tables, for migrations."""
    interfaces: tuple[str, ...] = ()
    """First parts of addresses that a published standard demands, such as `hsds`: the blueprint
    `<name>_hsds` serves below `/hsds`, to everybody."""
    final_actions: tuple[str, ...] = ()
    """Actions by which people outside take back their word, such as a signature: nobody here undoes them."""


@dataclass(frozen=True)
class Permission:
    """A name such as `contacts.edit`, in words, and the default roles that have it. One that bears on no
    particular record, such as giving roles, holds `everywhere` or not at all: a role granted over one
    organization is without it."""

    name: str
    label: Text
    help: Text = ""
    roles: tuple[str, ...] = ()
    everywhere: bool = False


@dataclass(frozen=True)
class DefaultRole:
    """A role that a new installation begins with. `everything` gives every permission there is; `permissions`
    are names of others' that it has from the beginning, besides those that are declared for it."""

    name: str
    label: Text
    description: Text
    everything: bool = False
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScopeKind:
    """A kind of record that a grant can be limited to, with a way to name and to choose one."""

    name: str
    label: Text
    label_of: Callable[[int], str | None]
    search: "Callable[[Actor, str], Sequence[tuple[int, str]]]"


@dataclass(frozen=True)
class Visibility:
    """The rule of one protected table: given the scopes of `permission`, which rows may be seen.

    With `own`, the rule is asked even of somebody without the permission, for rows that are their own.
    `writing` is the rule of every other permission, such as to change or to delete, where seeing a row is not
    enough for that; else the same rule holds. `reading` names those that only read, such as to export.
    """

    model: type[Any]
    permission: str
    rule: "Callable[[Actor, Scopes], ColumnElement[bool]]"
    own: bool = False
    writing: "Callable[[Actor, Scopes], ColumnElement[bool]] | None" = None
    reading: tuple[str, ...] = ()

    def rule_of(self, permission: str) -> "Callable[[Actor, Scopes], ColumnElement[bool]]":
        """Which rows somebody with `permission` over these scopes may do it to."""
        reads = permission == self.permission or permission in self.reading
        return self.rule if reads or self.writing is None else self.writing


@dataclass(frozen=True)
class Withheld:
    """Rows of a table that are kept from people whatever their roles say, but for those whom `rule` excepts:
    given the actor and the column with an id, the condition that its row is kept from them, None where no row
    is. It holds for history and what else tells of the row, too."""

    model: type[Any]
    rule: "Callable[[Actor, Any], ColumnElement[bool] | None]"


@dataclass(frozen=True)
class ReservedIds:
    """Beginnings of external ids of contacts, such as `garden:`, that a plugin gives to people who may be
    kept from others. Whoever is not `allowed` gives none of them to a contact, and so learns of none whether
    somebody has it; an id of a contact whom they see goes on being recognized."""

    beginnings: tuple[str, ...]
    allowed: "Callable[[Actor], bool]"


@dataclass(frozen=True)
class Setting:
    """Something that administrators set in a page, such as the key of a service. `name` begins with the
    plugin's (`garden.weather_key`). A `secret` is sealed in the database and never shown again; a `boolean`
    is "1" or "". `setting(name)` gives the value, `default` while nobody has set it."""

    name: str
    label: Text
    kind: Literal["text", "secret", "number", "boolean", "choice"] = "text"
    default: str = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
