"""Several small questions asked in one statement: a page that asks each by itself pays for a dozen ways to
the database and back."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CompoundSelect,
    Date,
    Select,
    Text,
    cast,
    literal_column,
    null,
    select,
    union_all,
)

from crm.plugin_api import db
from crm_policy.models import Hearing

_TYPES: Final[Mapping[str, Any]] = {
    "n": BigInteger(),
    "d": Date(),
    "m": Hearing.starts_at.type,
    "b": Boolean(),
    "t": Text(),
}
"""Columns that all parts share, by what they hold: numbers, days, moments, truths, texts."""
_KINDS: Final = {int: "n", bool: "b", str: "t", date: "d"}
"""What is none of these is a moment: its type is one of ours and tells no other."""


class Part:
    """One question: its rows, of which ordered ones may be cut after so many, and the columns by the names
    that the page calls them."""

    def __init__(self, rows: Select[Any], most: int | None = None, **columns: Any) -> None:
        self._rows, self._most, self._columns = rows, most, columns
        taken = dict.fromkeys(_TYPES, 0)
        self.slots: dict[str, str] = {}
        for name, expression in columns.items():
            kind = _KINDS.get(expression.type.python_type, "m")
            self.slots[name] = f"{kind}{taken[kind]}"
            taken[kind] += 1

    def select(self, name: str, slots: Sequence[str]) -> Select[Any]:
        """The rows with the name of their part and each column in its slot; names of parts are ours, never
        what somebody typed."""
        filled = {self.slots[column]: (column, expression) for column, expression in self._columns.items()}
        part = literal_column(f"'{name}'", Text())
        if self._most is None:
            columns = [self._slot(filled[slot][1], slot) if slot in filled else null() for slot in slots]
            return self._rows.with_only_columns(part, *columns)
        named = (each.label(column) for column, each in self._columns.items())
        cut = self._rows.with_only_columns(*named).limit(self._most).subquery()
        columns = [self._slot(cut.c[filled[slot][0]], slot) if slot in filled else null() for slot in slots]
        return select(part, *columns).select_from(cut)

    @staticmethod
    def _slot(expression: Any, slot: str) -> Any:
        return cast(expression, Text()) if slot[0] == "t" else expression


class Together:
    """Parts by their names, as one statement. One that is `kept` is the same for every reader, and the
    database plans it once: then what it looks for must be rare whatever the values are."""

    def __init__(self, parts: Mapping[str, Part], *, kept: bool = False) -> None:
        slots = sorted({slot for part in parts.values() for slot in part.slots.values()})
        places = {slot: place for place, slot in enumerate(slots, 1)}
        self._places = {
            name: [(column, places[slot]) for column, slot in part.slots.items()]
            for name, part in parts.items()
        }
        # The first select says what the columns hold; it finds nothing itself.
        types = (cast(null(), _TYPES[slot[0]]).label(slot) for slot in slots)
        head = select(literal_column("''", Text()).label("part"), *types).where(literal_column("1") == 0)
        found: CompoundSelect[Any] = union_all(
            head, *(part.select(name, slots) for name, part in parts.items())
        )
        self.statement: Any = found.execution_options(**db.KEPT_PLAN) if kept else found

    def ask(self, values: Mapping[str, Any]) -> dict[str, list[Any]]:
        """The rows of each part; to be called where reading was allowed, by `visible` or by `system`."""
        found: dict[str, list[Any]] = {name: [] for name in self._places}
        for row in db.plain(self.statement, values):
            values_of = {column: row[place] for column, place in self._places[row[0]]}
            found[row[0]].append(SimpleNamespace(**values_of))
        return found


def said(word: str) -> Any:
    """A word of ours (never one that somebody typed) that stands in the statement, so that a plan made
    without values knows how rare it is."""
    return literal_column(f"'{word}'", Text())
