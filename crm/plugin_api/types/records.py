"""Records in lists: their fields, what belongs to them, and what is done with many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from sqlalchemy import ColumnElement, Select

from crm.plugin_api.types.basics import Text

if TYPE_CHECKING:
    from crm.access.actor import Actor


Kind = Literal[
    "text", "long_text", "number", "date", "datetime", "boolean", "choice", "choices", "tags", "email",
    "phone", "link", "reference", "image", "language",
]  # fmt: skip


class Linked(str):
    """A text that leads somewhere: what `fetch` of a text field may give for a cell of a list."""

    __slots__ = ("address",)
    address: str

    def __new__(cls, text: str, address: str) -> Self:
        made = super().__new__(cls, text)
        made.address = address
        return made


@dataclass(frozen=True)
class Field:
    """One field of a record, declared once for lists, filters, import, export and letters.

    `expression` is an SQL expression over the record type's base query (`sort_expression` another one to
    order by, never NULL); a field without one is computed
    for a page of rows by `fetch` (ids -> value by id). `filter` overrides how an operator becomes a
    condition: it gets the operator and the text values. `scoped` gives another field to an actor who does
    not see every record of the type, where this one would tell them of records they must not know of.
    """

    name: str
    label: Text
    kind: Kind = "text"
    expression: Any = None
    sort_expression: Any = None
    fetch: Callable[[Sequence[int]], Mapping[int, Any]] | None = None
    filter: Callable[[str, Sequence[str]], ColumnElement[bool]] | None = None
    choices: Callable[[], Sequence[tuple[str, Text]]] | None = None
    permission: str | None = None
    section: Text = ""
    help: Text = ""
    listable: bool = True
    filterable: bool = True
    sortable: bool = False
    importable: bool = False
    exportable: bool = True
    mergeable: bool = False
    scoped: Callable[["Actor"], "Field"] | None = None
    endpoint: str | None = None
    """For references: the endpoint that shows the record, called with `id`."""
    beside: str = ""
    """Another field that goes along in every file that has this one, such as that nothing may be mailed to an
    address."""


@dataclass(frozen=True)
class Preset:
    """A list that is always there, as a tab: filters as (field, operator, value)."""

    name: str
    label: Text
    filters: tuple[tuple[str, str, str], ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordType:
    """A kind of record that lists, import and export work with. `endpoint` shows one (with its id as
    `contact_id`, `bill_id`…, named by `id_argument`), `list_endpoint` lists them.

    `base` gives the joins that field expressions rely on. `label_column` names a record to people.
    """

    name: str
    label: Text
    label_one: Text
    model: type[Any]
    permission: str
    label_column: Any
    endpoint: str
    list_endpoint: str
    fields: tuple[Field, ...] = ()
    default_columns: tuple[str, ...] = ()
    default_sort: str = ""
    base: Callable[[Select[Any]], Select[Any]] | None = None
    quick_filter: Callable[[str, "Actor"], ColumnElement[bool]] | None = None
    id_argument: str = "contact_id"
    icon: str = "list"
    presets: "tuple[Preset, ...]" = ()
    extra_columns: tuple[tuple[str, Any], ...] = ()
    """Columns that the list's template needs in each row besides the chosen ones."""
    edit_permission: str = ""
    """Who may change such a record. With it, and with a column `custom` (`CustomColumn`), administrators can
    give these records fields of their own."""


@dataclass(frozen=True)
class Relation:
    """Records that belong to those of `record_type`, for conditions of lists: “has at least two commitments
    where …”, “is in no coalition where …”.

    `owner` is the column that holds the id of the record that they belong to. `related` names the record type
    whose fields the conditions ask for; `fields` are more of them, first in the form. `rows` gives, for an
    actor, a SELECT of the related rows that this actor may see, with the joins that `owner` and the fields
    rely on; without it, that is what the list of `related` shows. Where `rows` joins a table that fields of
    `related` read themselves, it joins an alias. `permission` is what the actor needs besides, that of
    `related` when left out.
    """

    name: str
    record_type: str
    label: Text
    owner: Any
    related: str
    rows: "Callable[[Actor], Select[Any]] | None" = None
    fields: tuple[Field, ...] = ()
    permission: str | None = None
    shown: Any = None
    """What names a related record to people, where the name that its list has does not tell it apart."""


@dataclass(frozen=True)
class ColumnWords:
    """What the history calls columns of one name: in one table, or in all tables of the plugin."""

    column: str
    label: Text = None
    """None where only the program reads it; the history leaves it out."""
    choices: Mapping[Any, Text] = field(default_factory=dict)
    """What stored values mean; others are shown as they are."""
    table: str = ""


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the chosen rows of a list, with a preview and undo."""

    name: str
    label: Text
    endpoint: str
    permission: str
    icon: str = ""
    record_type: str = ""
    weight: int = 100
    danger: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
