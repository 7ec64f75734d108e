"""Change sets as a whole: finding them, saying what they are, and what has become of them."""

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.i18n import lazy_gettext as lazy
from crm.jobs.models import Job
from crm.journal.models import ChangeSet

KINDS = {
    "create": lazy("Added"),
    "edit": lazy("Changed"),
    "delete": lazy("Deleted"),
    "tag": lazy("Tagged"),
    "merge": lazy("Merged"),
    "import": lazy("Imported"),
    "bulk": lazy("Changed many"),
    "note": lazy("Noted"),
    "undo": lazy("Undone"),
}
"""Kinds of action: the last word of an action's name, such as `contacts.merge`."""

JOB_KEYS = ("change_set_id", "change_set", "undo_id")
"""Under one of these names work in the background keeps the change set that it is writing."""


def find(change_set_id: int) -> ChangeSet | None:
    """The change set, as it is in the database now."""
    return db.session().get(ChangeSet, change_set_id, populate_existing=True)


def title(change_set: ChangeSet) -> str:
    """What was done, as a sentence."""
    if change_set.summary:
        return change_set.summary
    kind = change_set.action.rpartition(".")[2]
    return str(KINDS.get(kind) or _("Changed"))


def undo_title(change_set: ChangeSet) -> str:
    """What undoing it would be called: taking back what was taken back is doing it again."""
    again = False
    original = change_set
    while original.undoes_id is not None and (before := find(original.undoes_id)) is not None:
        original, again = before, not again
    what = title(original)
    return _("Redid: %(what)s", what=what) if again else _("Undid: %(what)s", what=what)


def job_writing(change_set: ChangeSet) -> Job | None:
    """The unfinished job that is still adding to a change set. What broke off for good has none, and can
    be undone."""
    if change_set.finished:
        return None
    with system("asking whether background work goes on"):
        unfinished = db.session().scalars(select(Job).where(Job.finished_at.is_(None))).all()
    return next((job for job in unfinished if change_set.id in _written_by(job)), None)


def _written_by(job: Job) -> set[object]:
    return {values.get(key) for values in (job.args, job.cursor, job.result) for key in JOB_KEYS}
