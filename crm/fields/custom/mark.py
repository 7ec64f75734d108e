"""By what a request knows whether what its process keeps is still so: the custom fields that it has read, and
the statements of lists that it has put together."""

from typing import Any

from flask import g, has_app_context
from sqlalchemy import event, func, literal_column, select
from sqlalchemy.orm import Session

from crm import db
from crm.fields.models import CustomField
from crm.journal.models import JournalEntry

_FIELDS, _ENTRIES = db.table(CustomField), db.table(JournalEntry)
_NAME: Any = literal_column(f"'{CustomField.__tablename__}'")
"""Written into the statement: not told which table, PostgreSQL expects the entries of any, and
plans the statement of every request anew, which takes longer than to run it."""
COLUMNS: tuple[Any, ...] = (
    select(func.count()).select_from(_FIELDS).scalar_subquery(),
    select(func.max(_FIELDS.c.updated_at)).scalar_subquery(),
    select(func.count()).where(_ENTRIES.c.subject_table == _NAME).scalar_subquery(),
    select(func.max(_ENTRIES.c.id)).scalar_subquery(),
)
"""For a statement that every request needs anyway: how many custom fields there are, when one was changed
last, how often the journal says that one was written, and the newest entry of the journal. An undo puts the
time of a change back, too, so times alone do not tell; and of two who write at once the later may be seen
first, so the newest entry alone does not."""


def remember(values: tuple[Any, ...]) -> None:
    """Take down, for this request, what the columns said."""
    g.crm_custom_mark, g.crm_newest_entry = values[:3], values[3] or 0


def _after_commit(_session: Session) -> None:
    """Whoever has written something asks anew."""
    if has_app_context():
        g.pop("crm_newest_entry", None)


event.listen(Session, "after_commit", _after_commit)
