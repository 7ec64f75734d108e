"""What records are called, for one reader: those they may not see, or that are gone, have no name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import has_request_context, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, Table, func, not_, select, true

from crm import db
from crm.access.actor import Actor
from crm.db import among
from crm.journal.images import journaled
from crm.journal.permissions import Reach
from crm.journal.reading import Row, by_table, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.words import NAME_COLUMNS, noun, row_words
from crm.runtime import runtime


@dataclass(frozen=True)
class Record:
    """A record as a reader knows it: `url` is where to see it, None when it is gone or has no page.
    `hidden` says that it is not theirs to see; its name then says so, too."""

    table: str
    id: int
    name: str
    url: str | None = None
    exists: bool = True
    hidden: bool = False


class Namer:
    """Names records for one actor, many at a time; asks for each once."""

    def __init__(self, actor: Actor, reach: Reach | None = None) -> None:
        self.reach = reach or Reach(actor)
        self._known: dict[Row, Record] = {}

    def records(self, rows: Iterable[Row]) -> dict[Row, Record]:
        """What is known of these records, every one of them answered."""
        wanted = set(rows)
        for table_name, ids in by_table(wanted - self._known.keys()).items():
            self._look_up(table_name, ids)
        return {row: self._known[row] for row in wanted}

    def names(self, rows: Iterable[Row]) -> dict[Row, str]:
        """Only the names."""
        return {row: record.name for row, record in self.records(rows).items()}

    def _look_up(self, table_name: str, ids: list[int]) -> None:
        table = db.Base.metadata.tables.get(table_name)
        if table is not None and (named := _named(table)) is not None:
            for record_id, name in rows_of(named.where(among(table.c.id, ids), self._is_within(table))):
                url = url_of(table_name, record_id)
                self._known[table_name, record_id] = Record(table_name, record_id, str(name), url)
        missing = [each for each in ids if (table_name, each) not in self._known]
        missing = self._look_up_numbers(table_name, missing)
        if missing and table_name in self.reach.whole:
            self._look_up_deleted(table_name, missing)
        for each in missing:
            hidden = Record(table_name, each, _("something that you may not see"), exists=False, hidden=True)
            self._known.setdefault((table_name, each), hidden)

    def _is_within(self, table: Table) -> ColumnElement[bool]:
        """The condition on records that the reader reaches them; of a table seen whole nothing else is asked,
        for a list of all its ids would be made first."""
        if table.name not in self.reach.whole:
            return table.c.id.in_(self.reach.records(table.name))
        withheld = self.reach.withheld(table.name, table.c.id)
        return true() if withheld is None else not_(withheld)

    def _look_up_numbers(self, table_name: str, ids: list[int]) -> list[int]:
        """Of a table without names, by the number that people know its rows by; returns those not found."""
        specification = journaled(table_name)
        if not ids or specification is None or not specification.number:
            return ids
        table = specification.table
        numbered = select(table.c.id, table.c[specification.number])
        for record_id, number in rows_of(numbered.where(among(table.c.id, ids), self._is_within(table))):
            name = _numbered(table_name, number or record_id)
            self._known[table_name, record_id] = Record(table_name, record_id, name)
        return [each for each in ids if (table_name, each) not in self._known]

    def _look_up_deleted(self, table_name: str, ids: list[int]) -> None:
        """By what the journal kept of them when they were deleted."""
        specification = journaled(table_name)
        newest = (
            select(func.max(ENTRIES.c.id))
            .where(ENTRIES.c.subject_table == table_name, among(ENTRIES.c.subject_id, ids))
            .where(ENTRIES.c.table_name == table_name, ENTRIES.c.operation == "delete")
            .group_by(ENTRIES.c.subject_id)
        )
        statement = select(ENTRIES.c.row_id, ENTRIES.c.before).where(ENTRIES.c.id.in_(newest))
        if (withheld := self.reach.withheld(table_name, ENTRIES.c.row_id)) is not None:
            statement = statement.where(not_(withheld))
        for record_id, image in rows_of(statement):
            name = row_words(specification, image, {}) if specification else ""
            if specification is not None and specification.number:
                name = _numbered(table_name, image.get(specification.number) or record_id)
            self._known[table_name, record_id] = Record(
                table_name, record_id, name or _numbered(table_name, record_id), exists=False
            )
        for each in ids:
            gone = Record(table_name, each, _numbered(table_name, each), exists=False)
            self._known.setdefault((table_name, each), gone)


def _numbered(table_name: str, number: int | str) -> str:
    return f"{noun(table_name)} {number}"


def _named(table: Table) -> Select[Any] | None:
    """The ids and names of the rows of a table; None where they have no names. A name may stand in another
    table, to which the list of that kind of records joins its own."""
    record_type = runtime().fields.by_table(table.name)
    if record_type is None:
        label = next((table.c[name] for name in NAME_COLUMNS if name in table.c), None)
        return None if label is None else select(table.c.id, label)
    named = select(table.c.id, record_type.label_column).select_from(table)
    return named if record_type.base is None else record_type.base(named)


def url_of(table_name: str, record_id: int) -> str | None:
    """The page of a record; None where its kind has none, or there are no pages."""
    record_type = runtime().fields.by_table(table_name)
    if record_type is None or not has_request_context():
        return None
    arguments: dict[str, Any] = {record_type.id_argument: record_id}
    return url_for(record_type.endpoint, **arguments)
