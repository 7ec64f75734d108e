"""Background work, search, import and export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Select, SQLColumnExpression

from crm.plugin_api.types.basics import Text

if TYPE_CHECKING:
    from crm.access.actor import Actor
    from crm.transfer.exporting import ExportHandler
    from crm.transfer.kinds import ImportHandler


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
    uploads, plans, jobs, pages and undo are the same for every kind. `endpoint` is the page that shows what
    was imported. `recognizes` says of the headers of a table whether it is of this kind and no list of
    contacts, which whoever chose that is then warned of."""

    kind: str
    label: Text
    permission: str
    suffixes: tuple[str, ...]
    handler: "ImportHandler"
    help: Text = ""
    endpoint: str = ""
    recognizes: Callable[[Sequence[str]], bool] | None = None


@dataclass(frozen=True)
class Exporter:
    """A kind of export: `rollcall export KIND --format F`, and a choice on every list of that record type.

    `kind` is the name of a record type; `formats` are some of csv, xlsx and vcf."""

    kind: str
    label: Text
    permission: str
    formats: tuple[str, ...]
    handler: "ExportHandler"
