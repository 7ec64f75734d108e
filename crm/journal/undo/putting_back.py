"""Telling features which rows an undo has put back: what those hold may mean something else since."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm.journal.recorder import Change
from crm.journal.undo.inverse import Entry


@dataclass(frozen=True)
class PutBack:
    """What an undo has written into its transaction `change`: the inverse of these `entries` of the change
    set `undone_id`; none once all of it is done. What listeners write belongs to the undo; what people should
    know of it they add to `change.notes`."""

    change: Change
    undone_id: int
    entries: Sequence[Entry]


listeners: list[Callable[[PutBack], None]] = []
"""Called after each chunk, and once more after the last."""


def tell(change: Change, undone_id: int, entries: Sequence[Entry] = ()) -> None:
    """Ask every listener to look at what was put back."""
    for listener in listeners:
        listener(PutBack(change, undone_id, entries))
