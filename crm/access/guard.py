"""The guard: a query over a protected table that did not come from `visible(...)` raises.

It sees every statement that reaches the engine, Core and text alike. `system(reason)` opens a block for
work that is nobody's view of the data: the journal, the search index, an import's matching.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Table, event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import TextClause

SCOPED = "crm_scoped"
_reason: ContextVar[str | None] = ContextVar("crm_system_reason", default=None)
_flushing: ContextVar[bool] = ContextVar("crm_flushing", default=False)


class Unscoped(RuntimeError):
    """A programming error: a protected table was read without saying for whom."""


@contextmanager
def system(reason: str) -> Iterator[None]:
    """Read protected tables as the system; `reason` says why to whoever reads the code."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


class Guard:
    """Attached to one engine with the names of its protected tables."""

    def __init__(self, protected: set[str]) -> None:
        self.protected = protected
        self._pattern = re.compile(
            r"\b(" + "|".join(map(re.escape, sorted(protected))) + r")\b", re.IGNORECASE
        )
        # SQLAlchemy compiles a statement once and keeps it; so long is what was found in it known too.
        self._found: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()

    def install(self, engine: Engine) -> None:
        if self.protected:
            event.listen(engine, "before_cursor_execute", self._before_execute)

    def _before_execute(
        self, _connection: Any, _cursor: Any, _text: str, _parameters: Any, context: Any, _many: bool
    ) -> None:
        if context.execution_options.get(SCOPED) or _reason.get() or _flushing.get():
            return
        compiled = context.compiled
        if compiled is None:
            return
        if compiled not in self._found:
            self._found[compiled] = self._protected_table(_reading(compiled.statement))
        if name := self._found[compiled]:
            raise Unscoped(f"{name} was read without visible(...); see crm.access")

    def _protected_table(self, clause: Any) -> str | None:
        if clause is None:
            return None
        if isinstance(clause, TextClause):
            found = self._pattern.search(clause.text)
            return found.group(1) if found else None
        if isinstance(clause, Update | Delete):
            name: str | None = getattr(clause.table, "name", None)
            if name in self.protected:
                return name
        for element in visitors.iterate(clause):
            if isinstance(element, Table) and element.name in self.protected:
                return element.name
            if isinstance(element, TextClause) and (found := self._pattern.search(element.text)):
                return found.group(1)
        return None


def _reading(statement: Any) -> Any:
    """The part of a statement that reads: adding rows does not, but what they are selected from is read."""
    return statement.select if isinstance(statement, Insert) else statement


def _mark_follow_up_loads(state: ORMExecuteState) -> None:
    """What hangs on a record that was already loaded properly may be loaded: its rows, its columns."""
    if state.is_relationship_load or state.is_column_load:
        state.update_execution_options(**{SCOPED: True})


def _flush_begins(_session: Session, _context: Any, _instances: Any) -> None:
    _flushing.set(True)


def _flush_ends(_session: Session, _context: Any) -> None:
    _flushing.set(False)


def _session_resets(_session: Session, *_rest: Any) -> None:
    _flushing.set(False)


event.listen(Session, "do_orm_execute", _mark_follow_up_loads)
event.listen(Session, "before_flush", _flush_begins)
event.listen(Session, "after_flush", _flush_ends)
event.listen(Session, "after_soft_rollback", _session_resets)
