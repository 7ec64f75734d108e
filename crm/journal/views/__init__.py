"""Pages of history: recent changes, one change in detail, undoing it, and the history of a record."""

from crm.journal.views import reading, undoing
from crm.journal.views.blueprint import blueprint

__all__ = ["blueprint", "reading", "undoing"]
