"""Recording: whatever a transaction writes to a journaled table is journaled in that transaction.

Writes through the ORM are seen by mapper events. Work on sets calls `Change.created`, `Change.update`
and `Change.delete`, which journal with one statement however many rows there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Table,
    bindparam,
    event,
    insert,
    literal,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper, Session, object_session

from crm import bulk, db, removal
from crm.access.guard import system
from crm.db import Base, Id, Json, among, now
from crm.journal.images import Journaled, image, journaled
from crm.journal.models import ChangeSet, JournalEntry
from crm.removal import MANY

if TYPE_CHECKING:
    from crm.access.actor import Actor

CHANGE_SETS = cast(Table, ChangeSet.__table__)
ENTRIES = cast(Table, JournalEntry.__table__)
ENTRY_COLUMNS = [
    ENTRIES.c[name]
    for name in (
        "change_set_id",
        "table_name",
        "row_id",
        "operation",
        "subject_table",
        "subject_id",
        "before",
        "after",
    )
]

before_commit: list[Callable[["Change"], None]] = []
"""Called with each change that wrote something, inside its transaction; search indexing listens here."""


class Change:
    """The change set being written. Its row appears with the first journaled write, so a transaction
    that changes nothing leaves no trace."""

    def __init__(
        self,
        session: Session,
        actor: "Actor",
        action: str,
        summary: str,
        change_set_id: int | None = None,
        *,
        alone: bool = False,
    ) -> None:
        self.session = session
        self.actor = actor
        self.action = action
        self.summary = summary
        self.undoes_id: int | None = None
        self.undone_action = ""
        """Of an undo or redo the action of what was done in the first place."""
        self.finished = True
        self.alone = alone
        """Whether nobody else writes meanwhile; else rows are held once they are remembered."""
        self.id: int | None = change_set_id
        self.touched: dict[str, set[int]] = defaultdict(set)
        self.made: dict[str, set[int]] = defaultdict(set)
        """Records that this transaction created: nobody else's text shows them yet."""
        self.callbacks: list[Callable[[], None]] = []
        self.notes: list[str] = []
        """Sentences that whoever asked for the change should read besides what was done."""
        self._continues = change_set_id is not None
        self._entries = 0
        self._subject_tables: set[str] = set()
        self._created: dict[str, list[int]] = defaultdict(list)
        self._images: dict[tuple[str, int], dict[str, Any]] = {}

    # What sets of rows call.

    def created(self, table: Table, ids: Iterable[int]) -> None:
        """Journal rows that were just inserted into `table`."""
        self._copy_images(table.name, "create", list(ids))

    def delete(self, table: Table, ids: Iterable[int]) -> int:
        """Delete rows by id and journal what they were; returns how many there were."""
        wanted = list(ids)
        self._hold(table.name, wanted)
        count = self._copy_images(table.name, "delete", wanted)
        removal.delete_rows(table, wanted)
        return count

    def update(self, table: Table, ids: Iterable[int], values: dict[str, Any]) -> int:
        """Set the same `values` (literals or expressions) on rows by id; returns how many changed."""
        wanted = list(ids)
        before = self._read_images(table.name, wanted, hold=True)
        self.session.execute(update(table).where(among(table.c.id, wanted)).values(**values))
        return self._write_differences(table.name, before)

    def watch(self, table: Table, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Remember rows before a set update of the caller's own; give the result to `changed`."""
        return self._read_images(table.name, list(ids), hold=True)

    def changed(self, table: Table, before: dict[int, dict[str, Any]]) -> int:
        """Journal the differences since `watch`; returns how many rows differ."""
        return self._write_differences(table.name, before)

    def touch(self, subject_table: str, ids: Iterable[int]) -> None:
        """Say that records changed in a way that their search text may show."""
        self.touched[subject_table].update(ids)

    def rows(
        self, table_name: str, subject_ids: Iterable[int], column: str = "", operation: str = ""
    ) -> set[int]:
        """The ids of rows of a table that this change wrote, of those about these subjects of it; with a
        `column` of those rows alone of which it changed that one, with an `operation` (`create`, `update`,
        `delete`) of those alone to which it did that."""
        specification = journaled(table_name)
        self.flush_created()
        if specification is None or self.id is None:
            return set()
        statement = select(ENTRIES.c.row_id).where(
            ENTRIES.c.subject_table == specification.subject_table,
            among(ENTRIES.c.subject_id, list(subject_ids)),
            ENTRIES.c.change_set_id == self.id,
            ENTRIES.c.table_name == table_name,
        )
        if column:
            updates = statement.add_columns(ENTRIES.c.after).where(ENTRIES.c.operation == "update")
            return {row_id for row_id, after in self._run(updates) if column in after}
        if operation:
            statement = statement.where(ENTRIES.c.operation == operation)
        return set(self._run(statement).scalars())

    # What the transaction calls.

    def finish(self) -> None:
        """Complete the change set's row; listeners run before the commit."""
        self.flush_created()
        for listener in before_commit:
            listener(self)
        if self.id is None:
            return
        values: dict[str, Any] = {
            "entries": CHANGE_SETS.c.entries + self._entries,
            "subject_tables": self._joined_subject_tables(),
            "finished": self.finished,
        }
        if self.summary:
            values["summary"] = self.summary
        self.session.execute(update(CHANGE_SETS).where(CHANGE_SETS.c.id == self.id).values(**values))

    def _joined_subject_tables(self) -> str:
        """With those of the chunks before."""
        tables = set(self._subject_tables)
        if self._continues:
            known = select(CHANGE_SETS.c.subject_tables).where(CHANGE_SETS.c.id == self.id)
            tables.update(filter(None, self._run(known).scalar_one().split(",")))
        return f",{','.join(sorted(tables))}," if tables else ""

    @property
    def touched_tables(self) -> set[str]:
        """The tables of the records that changed."""
        return set(self._subject_tables)

    def undone_subjects(self) -> set[str]:
        """The tables of the records that the act touched which this takes back, or does again, in one step or
        in many; none where it is an act of its own."""
        undone, own = CHANGE_SETS.alias(), CHANGE_SETS.c.id == self.id
        statement = select(undone.c.subject_tables).join_from(
            undone, CHANGE_SETS, CHANGE_SETS.c.undoes_id == undone.c.id
        )
        found = self._run(statement.where(own)).scalar()
        return set(filter(None, (found or "").split(",")))

    def committed(self) -> None:
        for callback in self.callbacks:
            callback()

    # What the mapper events call.

    def flush_created(self) -> None:
        """Journal the rows that the ORM inserted since the last call."""
        pending, self._created = self._created, defaultdict(list)
        for table_name, ids in pending.items():
            self._copy_images(table_name, "create", ids)

    def row_created(self, table_name: str, row_id: int) -> None:
        self._created[table_name].append(row_id)

    def row_updating(self, table_name: str, row_id: int) -> None:
        self.flush_created()
        images = self._read_images(table_name, [row_id], hold=True)
        self._images.update({(table_name, key): value for key, value in images.items()})

    def row_updated(self, table_name: str, row_id: int) -> None:
        before = self._images.pop((table_name, row_id), None)
        if before is not None:
            self._write_differences(table_name, {row_id: before})

    def row_deleting(self, table_name: str, row_id: int) -> None:
        self.flush_created()
        self._hold(table_name, [row_id])
        self._copy_images(table_name, "delete", [row_id])

    # The statements.

    def require_id(self) -> int:
        """The id of the change set, made at the first write."""
        if self.id is None:
            values = {
                "at": now(),
                "actor_user_id": self.actor.user_id,
                "actor_label": self.actor.label,
                "action": self.action,
                "summary": self.summary,
                "entries": 0,
                "subject_tables": "",
                "finished": self.finished,
                "undoes_id": self.undoes_id,
            }
            result = self._run(insert(CHANGE_SETS).values(**values).returning(CHANGE_SETS.c.id))
            self.id = int(result.scalar_one())
        return self.id

    def _run(
        self, statement: Executable, parameters: list[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Execute beside the ORM, so that this is safe inside a flush."""
        with system("journal"):
            return self.session.connection().execute(statement, parameters)

    @property
    def _dialect(self) -> str:
        return str(self.session.get_bind().dialect.name)

    def _copy_images(self, table_name: str, operation: str, ids: list[int]) -> int:
        specification = journaled(table_name)
        if specification is None or not ids:
            return 0
        statement = _copying(specification, self._dialect, operation)
        values = {"change_set_id": self.require_id(), "ids": ids}
        if len(ids) < MANY:
            subjects = self._run(statement, values).scalars().all()
        else:
            with bulk.planned_once():
                subjects = self._run(statement, values).scalars().all()
        self._entries += len(subjects)
        self._subject_tables.add(specification.subject_table)
        self.touch(specification.subject_table, subjects)
        if operation == "create" and specification.subject_column == "id":
            self.made[table_name].update(ids)
        return len(subjects)

    def _hold(self, table_name: str, ids: list[int]) -> None:
        """Keep others from rows that are about to be deleted: what they write between copy and deletion
        would be lost without a trace. Always from the lowest id on, so that two never wait for each other."""
        specification = journaled(table_name)
        if specification is None or not ids or self.alone or self._dialect == "sqlite":
            return
        row_id = specification.table.c.id
        self._run(select(row_id).where(among(row_id, ids)).order_by(row_id).with_for_update())

    def _read_images(
        self, table_name: str, ids: list[int], *, hold: bool = False
    ) -> dict[int, dict[str, Any]]:
        """Rows as they are, by id. With `hold` nobody else writes to them until the transaction ends: what
        they wrote in between would be journaled as ours, and taken away by our undo."""
        specification = journaled(table_name)
        if specification is None or not ids:
            return {}
        statement = _reading(specification, self._dialect, hold and not self.alone)
        return {row[0]: row[1] for row in self._run(statement, {"ids": ids})}

    def _write_differences(self, table_name: str, before: dict[int, dict[str, Any]]) -> int:
        specification = journaled(table_name)
        if specification is None or not before:
            return 0
        entries = []
        for row_id, new in self._read_images(table_name, list(before)).items():
            old = before[row_id]
            names = [name for name in new if _differ(old.get(name), new[name])]
            if names:
                entries.append(
                    {
                        "change_set_id": self.require_id(),
                        "table_name": table_name,
                        "row_id": row_id,
                        "operation": "update",
                        "subject_table": specification.subject_table,
                        "subject_id": new[specification.subject_column],
                        "before": {name: old.get(name) for name in names},
                        "after": {name: new[name] for name in names},
                    }
                )
        if entries:
            self._run(insert(ENTRIES), entries)
            self._entries += len(entries)
            self._subject_tables.add(specification.subject_table)
            self.touch(specification.subject_table, {entry["subject_id"] for entry in entries})
        return len(entries)


def _differ(old: Any, new: Any) -> bool:
    """Whether two values of a column are two. Python takes yes for 1; a custom field of another kind not."""
    if old != new or not isinstance(new, dict):
        return bool(old != new)
    return any(isinstance(old[key], bool) != isinstance(value, bool) for key, value in new.items())


@lru_cache(maxsize=512)
def _copying(specification: Journaled, dialect: str, operation: str) -> Executable:
    """Journals rows of a table by their ids; gives the records that they belong to. Made once, for putting a
    statement together costs more than running it for a row."""
    whole = image(specification, dialect)
    empty: ColumnElement[Any] = null()
    before, after = (empty, whole) if operation == "create" else (whole, empty)
    table = specification.table
    rows = (
        select(
            bindparam("change_set_id", type_=Id),
            literal(table.name),
            table.c.id,
            literal(operation),
            literal(specification.subject_table),
            table.c[specification.subject_column],
            before,
            after,
        )
        .where(db.among_bound(table.c.id, "ids", dialect))
        # Read backwards, a deletion begins with the oldest rows, to which younger ones refer.
        .order_by(table.c.id if operation == "create" else table.c.id.desc())
    )
    entries = insert(ENTRIES).from_select([column.name for column in ENTRY_COLUMNS], rows)
    return entries.returning(ENTRIES.c.subject_id)


@lru_cache(maxsize=512)
def _reading(specification: Journaled, dialect: str, hold: bool) -> Executable:
    """Ids and images of rows by their ids."""
    whole = type_coerce(image(specification, dialect), Json)
    table = specification.table
    found = select(table.c.id, whole).where(db.among_bound(table.c.id, "ids", dialect))
    return found.order_by(table.c.id).with_for_update(key_share=True) if hold else found


def install() -> None:
    """Listen to every mapped class; called once when this package is imported."""
    event.listen(Base, "after_insert", _after_insert, propagate=True)
    event.listen(Base, "before_update", _before_update, propagate=True)
    event.listen(Base, "after_update", _after_update, propagate=True)
    event.listen(Base, "before_delete", _before_delete, propagate=True)
    event.listen(Session, "after_flush", _after_flush)


def _change_for(target: Any) -> Change | None:
    if not type(target).__journaled__:
        return None
    session = object_session(target)
    change = None if session is None else session.info.get("change")
    if change is None:
        raise RuntimeError(f"{type(target).__name__} may only be written inside db.transaction")
    return cast(Change, change)


def _after_insert(_mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    if change := _change_for(target):
        change.row_created(target.__table__.name, target.id)


def _before_update(_mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    session = object_session(target)
    if session is not None and session.is_modified(target) and (change := _change_for(target)):
        change.row_updating(target.__table__.name, target.id)


def _after_update(_mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    if change := _change_for(target):
        change.row_updated(target.__table__.name, target.id)


def _before_delete(_mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    if change := _change_for(target):
        change.row_deleting(target.__table__.name, target.id)


def _after_flush(session: Session, _context: object) -> None:
    if change := session.info.get("change"):
        change.flush_created()


install()
