"""Work on many rows at once: see `crm.bulk` and `crm.collecting`. Whoever inserts into a journaled table
calls `Change.created`."""

from crm.bulk import defer_references, insert, reserve
from crm.collecting import many_objects
from crm.journal.recorder import Change

__all__ = ["Change", "defer_references", "insert", "many_objects", "reserve"]
