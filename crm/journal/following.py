"""Telling features that records were written, whatever wrote them, before the transaction ends."""

from crm.journal.recorder import Change, before_commit
from crm.runtime import runtime


def tell(change: Change) -> None:
    """Ask everybody's `crm_changed` with the records that the change touched."""
    if change.touched:
        touched = {table: frozenset(ids) for table, ids in change.touched.items()}
        runtime().plugins.all("crm_changed", touched=touched)


def install() -> None:
    """Listen; once, however often features are loaded."""
    if tell not in before_commit:
        before_commit.append(tell)
