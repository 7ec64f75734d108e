"""What a kind of import must know. The rest (uploads, pages, plans, jobs, undo) is the same for every kind.

A plugin declares its kind with `crm_importers`; `handler` is an object with the attributes and methods of
`ImportHandler`. docs/plugins.md shows one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from crm.access.actor import Actor
from crm.transfer.messages import Notice, Problem
from crm.transfer.models import Mode, RowAction

if TYPE_CHECKING:
    from crm.journal.recorder import Change

Reason = Sequence[str]
"""A code, and the column and the value that its sentence names."""

ALIKE: Final = "alike"
ALIKE_OPEN: Final = "alike_open"
ALIKE_SAME: Final = "alike_same"
ALIKE_OTHER: Final = "alike_other"
"""Codes of the first reason of a row that looks like a stored record: nobody has decided, it is that one, it
is somebody else. Their column is the record's id."""

Cleaner = Callable[[Sequence[str]], tuple[Any, list[Problem]]]
"""Makes the record and its problems of a row's cells."""


@dataclass(slots=True)
class Settings:
    """How one file is imported. `source` is what is noted as the origin of each value."""

    run_id: int
    actor: Actor
    source: str
    match_key: str = ""
    mode: Mode = "replace"
    recheck: bool = False
    """While applying: whether anything was written by others since the plan was made."""
    tag: str = ""
    """What everybody in the file is tagged with; only for kinds with `tags_everybody`."""


@dataclass(slots=True)
class Line:
    """One row of a file on its way in, as the plan keeps it.

    Cleaning fills `record`, `problems` and `text`, the record as `dump` writes it; `plan` the rest.
    `cells` is the row as it stood, kept where it is not imported. `keys` are hashes (below 2**32) of what
    a later row of the same file would share if it meant the same record; rows that share one come to
    `together`. `changes` are [field, old, new] for people.
    """

    number: int
    record: Any = None
    problems: list[Problem] = field(default_factory=list)
    cells: Sequence[str] | None = None
    text: str = ""
    action: RowAction = "create"
    reasons: list[Reason] = field(default_factory=list)
    changes: list[Sequence[str]] = field(default_factory=list)
    record_id: int | None = None
    version: int | None = None
    same_as: int | None = None
    keys: Sequence[int] = ()
    noted: bool = False

    @property
    def alike(self) -> Reason | None:
        """The mark of a row that looks like a stored record."""
        return self.reasons[0] if self.reasons and self.reasons[0][0].startswith(ALIKE) else None

    @property
    def said_same(self) -> bool:
        """Whether somebody said which stored record it is: then it only fills what is empty."""
        return self.alike is not None and self.alike[0] == ALIKE_SAME

    def reject(self, code: str, column: str = "", value: str = "") -> None:
        """Leave the row out, for a reason that the handler's `sentences` words."""
        self.action = "rejected"
        self.reasons = [[code, column, value]]
        self.changes, self.record_id, self.version = [], None, None

    def skip(self, code: str, column: str = "", value: str = "") -> None:
        """While applying: leave the row out, since the plan is not true any more."""
        self.action = "skipped"
        self.note(code, column, value)

    def note(self, code: str, column: str = "", value: str = "") -> None:
        """While applying: add a reason to the row."""
        self.reasons = [*self.reasons, [code, column, value]]
        self.noted = True


class ImportHandler(Protocol):
    """One kind of import."""

    match_keys: Mapping[str, Any]
    """By what a row can be recognized, in words; the first is what is best for most. May be empty."""

    cards: bool
    """Whether vCards can be imported too; their records come from `crm.transfer.vcard`."""

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        """A target for each column, by index. `known` is what was chosen for such headers before."""
        ...

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a column can become, in groups: `[(heading, [(target, words), …]), …]`."""
        ...

    def target_label(self, target: str) -> str:
        """A target in words; UserError when there is none like it."""
        ...

    def unique_columns(self, mapping: Mapping[int, str]) -> list[int]:
        """Columns whose mapping only makes sense when no two rows share a value."""
        ...

    def settle_card(self, record: Any, problems: list[Problem]) -> None:
        """What the record of a vCard needs before it is planned; only where `cards` is true."""
        ...

    def cleaner(self, headers: Sequence[str], mapping: Mapping[int, str], region: str) -> Cleaner:
        """The function that cleans rows of these columns."""
        ...

    def dump(self, record: Any) -> str:
        """The record as JSON, the same text for equal records."""
        ...

    def load(self, text: str) -> Any:
        """The record that `dump` wrote."""
        ...

    def label(self, record: Any) -> str:
        """What a list of rows calls the record."""
        ...

    def record_url(self, record_id: int) -> str | None:
        """Where a record is shown; None when it has no page."""
        ...

    def describe(self, record: Any) -> list[tuple[str, str]]:
        """The record for people: label and value of each field that is filled."""
        ...

    def sentence(self, code: str, column: str, value: str) -> str:
        """A reason of its own in words; KeyError for a code that is not its own."""
        ...

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        """A change of `Line.changes` in words."""
        ...

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        """Decide what becomes of each row, looked at alone, and set its `keys`."""
        ...

    def together(self, settings: Settings) -> Callable[[Sequence[tuple[int, Line]]], Sequence[Line]]:
        """A function for rows that share keys. It gets them group after group, each with its group, some at a
        time, decides about them anew, and returns those whose plan changed, earlier ones of the same group
        among them."""
        ...

    def apply(self, lines: Sequence[Line], settings: Settings, change: "Change") -> Sequence[int]:
        """Write rows to be created or updated, in one transaction; `skip` those that cannot be written as
        planned. Sets the `record_id` of each, and returns the ids of records that came along without a row of
        their own."""
        ...

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        """The sentence of the journal."""
        ...


@runtime_checkable
class KnowsAlike(Protocol):
    """What a kind has besides that marks rows which look like a stored record, and lets people decide."""

    def names(self, record_ids: Sequence[int]) -> Mapping[int, str]:
        """What the records are called that the reader may see."""
        ...

    def say_same(self, line: Line) -> None:
        """Plan the row anew as the record that it looks like; UserError where that is gone."""
        ...

    def say_other(self, line: Line) -> None:
        """Plan the row anew as somebody else."""
        ...


@runtime_checkable
class MakesAlong(Protocol):
    """What a kind has besides whose rows bring records along that have no row of their own."""

    def along(self, run_id: int) -> list[dict[str, Any]]:
        """Once the plan is there: for each `what`, the `count` and the `names`, each with one like it."""
        ...


@runtime_checkable
class KeepsToReaders(Protocol):
    """What a kind has besides whose files hold what not everybody who may import may read: who else than
    whoever brought a file may read what is in it."""

    def may_read(self, actor: "Actor") -> bool: ...


@runtime_checkable
class SumsUp(Protocol):
    """What a kind has besides whose plans say of all rows together what some do. `totals` are notices by the
    reasons of rows of which they tell, which have a number as their value: a notice gets how many `rows` and
    the sum of their numbers as `count`. A reason whose sentence is empty is only counted. `confirms` are
    those notices that somebody must have agreed to before anything is written."""

    totals: Mapping[str, str]
    confirms: Collection[str]


@runtime_checkable
class Concludes(Protocol):
    """What a kind has besides whose plans say of all rows together what no sum says."""

    def conclude(self, said: Callable[[str], Sequence[Reason]]) -> Sequence[Notice]:
        """Notices of the whole plan, by the reasons of its rows: `said` gives those with a code."""
        ...


class OwnSource(Protocol):
    """A file in a form of the kind's own: an archive, XML, rows that must be put together first.

    `headers` are those of rows that are given back when they are not imported; empty where a row is no list
    of cells, and then the cells of a line are where it stands in the file (empty where nobody can say) and
    what stands there. `notices` is complete once all was read, `fraction` says how much was.
    """

    headers: list[str]
    fraction: float

    @property
    def notices(self) -> list[Notice]: ...

    def lines(self, after: int) -> Iterator[list[Line]]:
        """Some lines at a time, cleaned, with rising numbers behind `after`; an empty list where work was
        done and none is ready, so that others get their turn. Each has its `record` and `text`, or `cells`
        and problems that are fatal."""
        ...


UNSAID: Final = ""
"""The target of a column of which nobody has said yet what it holds, and somebody must."""


@runtime_checkable
class AsksColumns(Protocol):
    """What an `OwnSource` has besides whose file is a table: people may say what its columns hold, and are
    asked to where its headers do not say it. `mapping` is a target for each column, by index, UNSAID where
    people must choose one; `lacks` says in sentences what no column holds yet, and is empty where the plan
    can be made. What people chose comes to
    `OpensFiles.open` among the options, as `columns`: target by header."""

    mapping: dict[int, str]
    lacks: Sequence[str]

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        """The cells of the first rows."""
        ...

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        """What the row is called, its fields as label and value, and what is odd about it, in sentences."""
        ...


@dataclass(frozen=True)
class Question:
    """What is asked beside the columns of a file; the answer comes to `OpensFiles.open` by its name.
    `choices` are value and words, and one of them is `value`."""

    name: str
    label: str
    help: str
    choices: Sequence[tuple[str, str]]
    value: str = ""


@runtime_checkable
class KeepsColumns(Protocol):
    """What a kind that `OpensFiles` has besides whose sources are `AsksColumns`. It remembers what was chosen
    itself, and maps such files in `open` when `columns` is not among the options."""

    def questions(self, options: Mapping[str, Any]) -> Sequence[Question]:
        """What is asked beside the columns, with what holds now."""
        ...

    def keep_columns(self, headers: Sequence[str], options: Mapping[str, Any]) -> None:
        """Remember what people chose. Inside a transaction."""
        ...


@runtime_checkable
class LeadsOn(Protocol):
    """What a kind has besides that knows where people go from an import of it."""

    def onward(self, run_id: int, options: Mapping[str, Any], *, done: bool) -> Sequence[tuple[str, str]]:
        """Addresses with their words: where what was imported is seen, or, unless `done`, where what stopped
        the import is put right. Only what the reader may open."""
        ...


@runtime_checkable
class Finishes(Protocol):
    """What a kind has besides that does something once all rows are written."""

    def finish(self, settings: Settings, change: "Change") -> None:
        """In the last transaction of the import."""
        ...


@runtime_checkable
class OpensFiles(Protocol):
    """What a kind has besides that reads files itself. Nobody is asked what columns hold: the plan comes at
    once. A folder that is named on the command line comes as a zip of its files. Where one record is large,
    `written_at_once` says how many are written in one piece."""

    options: Sequence[str]
    """Names of choices that `rollcall import` takes for it, such as `format`."""

    def open(self, path: Path, name: str, options: Mapping[str, Any], work: Path | None) -> OwnSource:
        """The file, or BadFile with a sentence. `work` is where it may keep what it put together: a path
        whose files go with the upload, None where the file is only looked at."""
        ...

    def notice(self, code: str, values: Mapping[str, Any]) -> str:
        """A notice of its own in words."""
        ...
