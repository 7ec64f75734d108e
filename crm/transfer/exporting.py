"""Lists as files: what goes into one, written in pieces, for an answer of a page and for a job alike."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, Literal, Protocol
from urllib.parse import parse_qsl

import orjson
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm import access, db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.listing import Listing, ListState
from crm.fields.lists import saved_state
from crm.i18n import today
from crm.plugin_api.types import Exporter, Field
from crm.runtime import runtime
from crm.transfer import writers

Format = Literal["csv", "xlsx", "vcf"]
Columns = Literal["shown", "all"]
AT_ONCE: Final = 1000
TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "vcf": "text/vcard",
}


class ExportHandler(Protocol):
    """How records of one kind become files. A plugin declares it with `crm_exporters`."""

    cards: bool
    """Whether they can be written as vCards."""

    def shape(self, ids: Sequence[int], actor: Actor) -> dict[str, Any]:
        """What columns these records need, asked once for a file; fits JSON."""
        ...

    def headers(self, shape: Mapping[str, Any]) -> list[str]:
        """The headers; an import of the same kind understands them."""
        ...

    def rows(self, ids: Sequence[int], shape: Mapping[str, Any], actor: Actor) -> Iterator[Sequence[str]]:
        """The cells of those of the records that the actor may see."""
        ...

    def card_texts(self, ids: Sequence[int], actor: Actor) -> Iterator[str]:
        """Their vCards; only where `cards` is true."""
        ...


@dataclass(frozen=True)
class FileColumns:
    """The fields that a file has, and their headers as they were when it was begun: rows that are written
    later stand below the same ones."""

    names: Sequence[str]
    labels: Sequence[str]

    @classmethod
    def of(cls, fields: Iterable[Field]) -> "FileColumns":
        found = list(fields)
        return cls([each.name for each in found], [str(each.label) for each in found])

    @classmethod
    def from_shape(cls, shape: Mapping[str, Any]) -> "FileColumns":
        return cls(shape["names"], shape["labels"])

    @property
    def shape(self) -> dict[str, Any]:
        return {"names": self.names, "labels": self.labels}

    def fields(self, there: Iterable[Field]) -> list[Field]:
        """The fields themselves; UserError when one of them is gone."""
        known = {each.name: each for each in there}
        if not known.keys() >= set(self.names):
            raise UserError(
                _("A column was removed while this file was being written. Export the list again.")
            )
        return [known[name] for name in self.names]


@dataclass(frozen=True)
class Wanted:
    """A file that somebody wants: which records (`query` as the address of the list says it, or `ids`
    chosen in it), and in what form."""

    kind: str
    format: str
    columns: str = "all"
    query: str = ""
    ids: Sequence[int] | None = None


def exporters(actor: Actor) -> list[Exporter]:
    """The kinds of export that the actor may do."""
    return [each for each in runtime().exporters.values() if actor.can(each.permission)]


def require(kind: str, actor: Actor) -> Exporter:
    """The kind of export, if the actor may do it; else NotAllowed."""
    found = runtime().exporters.get(kind)
    if found is None:
        raise UserError(_("There is no kind of export called “%(kind)s”.", kind=kind))
    if not actor.can(found.permission):
        raise NotAllowed(_("You may not take lists out as files. Ask an administrator for the permission."))
    return found


class Export:
    """One file for one actor: its records, its headers, and its rows a piece at a time."""

    def __init__(self, wanted: Wanted, actor: Actor) -> None:
        self.exporter = require(wanted.kind, actor)
        self.handler: ExportHandler = self.exporter.handler
        self.wanted, self.actor = wanted, actor
        if wanted.format not in self.exporter.formats:
            formats = ", ".join(self.exporter.formats)
            raise UserError(_("Choose one of the formats: %(formats)s.", formats=formats))
        args = MultiDict(parse_qsl(wanted.query, keep_blank_values=True))
        state = saved_state(wanted.kind, ListState.from_args(wanted.kind, args), actor)
        self.listing = Listing(state, actor)
        self._shape: Mapping[str, Any] = {}

    @property
    def as_shown(self) -> bool:
        """Whether the file has the columns of the list; cards always have everything."""
        return self.wanted.columns == "shown" and self.wanted.format != "vcf"

    def ids(self) -> list[int]:
        """The records in the order of the list, those alone that the actor may take out. UserError when a
        filter of the list cannot be understood: the file would hold more than the list shows."""
        model = self.listing.record_type.model
        allowed = access.visible_clause(model, self.actor, self.exporter.permission)
        chosen = self.wanted.ids
        if chosen is None:
            statement = self.listing.ids().where(allowed)
        else:
            statement = access.visible(model, self.actor).with_only_columns(model.id)
            statement = statement.where(allowed, db.among(model.id, chosen))
        found = list(db.session().execute(statement).scalars())
        if self.listing.warnings:
            raise UserError(self.listing.warnings[0])
        if not found:
            raise UserError(_("There is nothing in this list to export."))
        return self.listing.in_order(found, len(found))

    def prepare(self, ids: Sequence[int]) -> Mapping[str, Any]:
        """What the columns are, as JSON; give it to `resume` when the file is written in several steps."""
        if self.as_shown:
            self._shape = FileColumns.of(
                each for each in self.listing.chosen_columns() if each.exportable
            ).shape
        else:
            self._shape = self.handler.shape(ids, self.actor)
        return self._shape

    def resume(self, shape: Mapping[str, Any]) -> None:
        """Go on with columns that `prepare` found earlier."""
        self._shape = shape

    @property
    def headers(self) -> list[str]:
        if self.as_shown:
            return list(FileColumns.from_shape(self._shape).labels)
        return self.handler.headers(self._shape)

    def rows(self, ids: Sequence[int]) -> Iterator[Sequence[Any]]:
        """The cells of some of the records; not too many at a time."""
        if not self.as_shown:
            yield from self.handler.rows(ids, self._shape, self.actor)
            return
        fields = FileColumns.from_shape(self._shape).fields(self.listing.fields.values())
        for row in self.listing.rows(fields, ids):
            yield [shown(field, row[field.name]) for field in fields]

    def blocks(self, ids: Sequence[int]) -> Iterator[bytes]:
        """The whole file in blocks, for an answer that is sent while it is made. Not for XLSX, whose
        beginning is known at its end."""
        if self.wanted.format == "vcf":
            for part in db.chunks(ids, AT_ONCE):
                yield "".join(self.handler.card_texts(part, self.actor)).encode()
            return
        rows = (row for part in db.chunks(ids, AT_ONCE) for row in self.rows(part))
        yield from writers.csv_blocks(self.headers, rows)

    def write(self, ids: Sequence[int], out: IO[bytes]) -> None:
        """The whole file."""
        if self.wanted.format == "xlsx":
            rows = (row for part in db.chunks(ids, AT_ONCE) for row in self.rows(part))
            writers.write_rows("xlsx", self.headers, rows, out)
            return
        for block in self.blocks(ids):
            out.write(block)

    @property
    def file_name(self) -> str:
        """What the file is called: the list and the day."""
        label = str(self.listing.record_type.label)
        return f"{label} {today().isoformat()}.{self.wanted.format}"


def shown(field: Field, value: Any) -> Any:
    """A value as the list shows it."""
    if value is None:
        return ""
    if field.kind == "tags":
        return ", ".join(str(value).split("\x1f"))
    if field.kind == "choice" and field.choices is not None:
        return next((str(label) for key, label in field.choices() if key == value), value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value


# The pieces of a job: ids and rows beside the file until it is whole.


def save_ids(ids: Sequence[int], out: IO[bytes]) -> None:
    array("Q", ids).tofile(out)


def load_ids(file: IO[bytes], start: int, count: int) -> list[int]:
    """Some of the ids that `save_ids` wrote."""
    found = array("Q")
    file.seek(start * found.itemsize)
    found.frombytes(file.read(count * found.itemsize))
    return list(found)


def spool(row: Sequence[Any]) -> bytes:
    """A row as one line, to be read back by `unspool`."""
    cells = [cell if isinstance(cell, int | float) else writers.cell_text(cell) for cell in row]
    return orjson.dumps(cells) + b"\n"


def unspool(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    for line in file:
        yield orjson.loads(line)
