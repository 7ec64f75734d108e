"""What earlier imports noticed of their files, for a kind that compares a file with those before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.journal.models import ChangeSet
from crm.transfer.models import ImportRun


def noticed_before(kind: str, code: str) -> Sequence[Mapping[str, Any]]:
    """The values of the notices with a code, of all files of a kind whose import is done and stands."""
    statement = (
        select(ImportRun.notices)
        .outerjoin(ChangeSet, ChangeSet.id == ImportRun.change_set_id)
        .where(ImportRun.kind == kind, ImportRun.status == "done", ChangeSet.undone_by_id.is_(None))
    )
    with system("an import compares its file with those before it"):
        found = db.session().scalars(statement).all()
    return [values for notices in found for noticed, values in notices if noticed == code]
