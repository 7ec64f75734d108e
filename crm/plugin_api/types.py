"""What hooks return. All of it is plain data, frozen once declared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, SQLColumnExpression, bindparam

if TYPE_CHECKING:
    from crm.access.actor import Actor, Scopes
    from crm.transfer.exporting import ExportHandler
    from crm.transfer.kinds import ImportHandler

API_VERSION = 1
"""Raised when a hook changes in a way that a plugin must follow."""

RECORD_ID: Final[BindParameter[int]] = bindparam("record_id", type_=BigInteger)
"""Stands for the id of the record on whose page a panel may be shown; see `Panel.when`."""

Text = Any
"""A string or a lazily translated one."""


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


Kind = Literal[
    "text", "long_text", "number", "date", "datetime", "boolean", "choice", "choices", "tags", "email",
    "phone", "link", "reference", "image", "language",
]  # fmt: skip


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
class Preset:
    """A list that is always there, as a tab: filters as (field, operator, value)."""

    name: str
    label: Text
    filters: tuple[tuple[str, str, str], ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()


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
class ColumnWords:
    """What the history calls columns of one name: in one table, or in all tables of the plugin."""

    column: str
    label: Text = None
    """None where only the program reads it; the history leaves it out."""
    choices: Mapping[Any, Text] = field(default_factory=dict)
    """What stored values mean; others are shown as they are."""
    table: str = ""


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
class TimelineEntry:
    """One thing that happened with a record."""

    at: datetime
    icon: str
    title: str
    body: str = ""
    actor: str = ""
    url: str | None = None
    minor: bool = False
    """Whether only those want to know who ask for all changes."""
    day: date | None = None
    """Where only the day is known: it is shown, and the hours of `at` only say where the entry stands."""


@dataclass(frozen=True)
class CalendarEntry:
    """Something dated. `key` is stable and tells it from all others (`task-12`); `starts` is a day for what
    takes a whole day, else a moment. `kind` names its sort in one word for people (“Task”), `icon` its
    picture. `mine` marks what is the actor's own, so that a calendar can show that alone."""

    key: str
    kind: Text
    title: str
    starts: date | datetime
    url: str
    ends: date | datetime | None = None
    icon: str = "calendar"
    place: str = ""
    description: str = ""
    mine: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class DigestItem:
    """A line of the morning mail: below which heading, what, and where it is shown (a path)."""

    section: Text
    title: str
    url: str
    detail: str = ""
    late: bool = False


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
class PublicFigure:
    """A number about many people that anybody may see: small counts are out of it, and nobody can be told
    from it. `words` says it in a sentence, `place` what it is of, `source` where it was published, `on` up to
    which day it counts; `contact_id` is the organization that it is about, where it is among the contacts."""

    topic: str
    place: str
    words: str
    source: Text = ""
    on: date | None = None
    url: str | None = None
    contact_id: int | None = None


@dataclass(frozen=True)
class Counted:
    """One row behind a number: what it is and where it is shown."""

    title: str
    url: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Measure:
    """A way to count what a campaign has reached.

    `rows` gives, for the id of a campaign and the parameters of a goal, a SELECT of the ids of `model` that
    count; the number is how many there are. `show` says of some of those ids, as far as the actor may see
    them, what they are. `parameters` name what a goal must choose: (name, label, choices as value and label).
    """

    name: str
    label: Text
    model: type[Any]
    rows: Callable[[int, Mapping[str, Any]], Select[Any]]
    show: "Callable[[Sequence[int], Actor], Sequence[Counted]]"
    parameters: tuple[tuple[str, Text, Callable[[], Sequence[tuple[str, Text]]]], ...] = ()
    help: Text = ""


class JobRun(Protocol):
    """What a step of background work gets.

    Every `db.transaction` that the step opens also saves what the step has set here, so set it inside,
    before the transaction ends. `cursor` says what is finished and fits JSON. `result` is for people:
    `summary` is a sentence, `link` holds the arguments of the kind's `result_endpoint`.
    """

    job_id: int
    args: dict[str, Any]
    cursor: dict[str, Any]
    result: dict[str, Any]
    actor: "Actor"

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how much of how much is finished."""
        ...

    def finish(self) -> None:
        """Say, inside the last transaction, that all is done: needed where a step called once more would
        do its work again."""
        ...


@dataclass(frozen=True)
class JobKind:
    """A kind of background work.

    `step` is called until it returns True. Each call does one bounded piece, a second or two, and writes
    it in one `db.transaction` with the cursor that says so; a killed process then repeats only what was
    rolled back. A UserError ends the job with its sentence; any other error is tried again a few times.
    `schedule` is a cron line in UTC; its job runs as the system. `permission` is asked for again at every
    step. `result_endpoint` shows what came out, called with `run.result["link"]`.
    """

    name: str
    label: Text
    step: Callable[[JobRun], bool]
    schedule: str | None = None
    permission: str | None = None
    result_endpoint: str | None = None


@dataclass(frozen=True)
class SearchProvider:
    """How records of one kind get into the index.

    `documents` takes a condition on `id_column` and gives a SELECT with the columns record_id, title,
    subtitle and body; body is whatever else the record itself is found by, as it is written. The subtitle
    may name other records; it is neither searched for nor shown to those who do not see everything.
    `related` names
    other tables whose records the text shows: given ids that changed there, a SELECT of ids here.
    `endpoint` is called with the id as `id_argument`.
    """

    kind: str
    label: Text
    subject_table: str
    model: type[Any]
    documents: Callable[[ColumnElement[bool]], Select[Any]]
    id_column: SQLColumnExpression[int]
    endpoint: str
    icon: str = "user"
    permission: str | None = None
    id_argument: str = "id"
    related: Mapping[str, Callable[[Sequence[int]], Select[Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Importer:
    """A kind of import: `rollcall import KIND FILE…` and a choice on the import page.

    `permission` is what a person needs, over everything. `handler` knows what rows of this kind mean;
    uploads, plans, jobs, pages and undo are the same for every kind."""

    kind: str
    label: Text
    permission: str
    suffixes: tuple[str, ...]
    handler: "ImportHandler"
    help: Text = ""


@dataclass(frozen=True)
class Exporter:
    """A kind of export: `rollcall export KIND --format F`, and a choice on every list of that record type.

    `kind` is the name of a record type; `formats` are some of csv, xlsx and vcf."""

    kind: str
    label: Text
    permission: str
    formats: tuple[str, ...]
    handler: "ExportHandler"


@dataclass(frozen=True)
class DataSection:
    """A part of what is held about somebody, for handing it over: a title and rows of name to value."""

    title: Text
    rows: Iterable[Mapping[str, Any]]


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


_OURS = [name for name, thing in list(globals().items()) if getattr(thing, "__module__", "") == __name__]
__all__ = ["API_VERSION", "RECORD_ID", *_OURS]  # noqa: PLE0604  # A list of names, made so that none is forgotten.
