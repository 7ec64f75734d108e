"""Change sets as a whole: finding them, saying what they are, and what has become of them."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.i18n import lazy_gettext as lazy
from crm.jobs.models import Job
from crm.journal.models import ChangeSet
from crm.journal.sentences import in_words_of_the_reader


@dataclass(frozen=True)
class Kind:
    """A kind of action: what people call it, its icon, and the endings of the names of its actions."""

    name: str
    label: Any
    icon: str
    endings: tuple[str, ...]


KINDS = (
    Kind("added", lazy("Added"), "plus", (".create", ".affiliate", ".attach")),
    Kind("changed", lazy("Changed"), "pencil", (".edit", ".do_not_contact", ".save", ".photo")),
    Kind("tagged", lazy("Tagged"), "tag", (".tag", ".tags", ".untag")),
    Kind("noted", lazy("Noted"), "note", (".note",)),
    Kind("deleted", lazy("Deleted"), "trash", (".delete",)),
    Kind("erased", lazy("Erased"), "user-off", (".erase",)),
    Kind("merged", lazy("Merged"), "arrow-merge", (".merge",)),
    Kind("many", lazy("Changed many"), "list-check", (".bulk",)),
    Kind("imported", lazy("Imported"), "file-import", (".import",)),
    Kind("undone", lazy("Undone"), "arrow-back-up", (".undo", ".redo")),
)
OTHER = Kind("other", lazy("Something else"), "history", ())

JOB_KEYS = ("change_set_id", "change_set", "undo_id")
"""Under one of these names work in the background keeps the change set that it is writing."""


def find(change_set_id: int) -> ChangeSet | None:
    """The change set, as it is in the database now."""
    return db.session().get(ChangeSet, change_set_id, populate_existing=True)


def kind_of(change_set: ChangeSet) -> Kind:
    """The kind of a change set's action."""
    return next((kind for kind in KINDS if change_set.action.endswith(kind.endings)), OTHER)


def title(change_set: ChangeSet) -> str:
    """What was done, as a sentence."""
    return in_words_of_the_reader(change_set.summary) or str(kind_of(change_set).label)


def plain_title(change_set: ChangeSet) -> str:
    """The same without any name in it, for whoever sees a part of what was changed."""
    kind = kind_of(change_set)
    return _("Changes of which you see a part") if kind is OTHER else str(kind.label)


def first_of(change_set: ChangeSet) -> ChangeSet:
    """What was done in the first place, of what undoes it, does it again, and so on."""
    while change_set.undoes_id is not None and (before := find(change_set.undoes_id)) is not None:
        change_set = before
    return change_set


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
