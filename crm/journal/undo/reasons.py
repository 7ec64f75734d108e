"""Why something stays when a change set is undone, as a sentence that names who did what, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Row as Found
from sqlalchemy import select

from crm.i18n import exact
from crm.i18n import lazy_gettext as lazy
from crm.journal.images import Image, journaled
from crm.journal.models import ChangeSet
from crm.journal.names import Namer
from crm.journal.reading import Row, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo.candidates import first_entry
from crm.journal.undo.examine import Kept
from crm.journal.undo.obstacles import Batch, Cause
from crm.journal.undo.units import differences, load_images, of_subjects
from crm.journal.words import column_label, noun, row_words, targets_in


@dataclass(frozen=True)
class Blocked:
    """A record of which something stays: what it is called, and the sentence that says why. `later_id` is the
    change set that stands in the way, where the journal knows of one."""

    subject_table: str
    subject_id: int
    label: str
    reason: str
    url: str | None = None
    later_id: int | None = None


@dataclass(frozen=True)
class Trace:
    """What the journal knows of the newest change to a row."""

    change_set_id: int
    who: str
    at: datetime
    operation: str
    before: Image | None


class Reasons:
    """Explains what an examination keeps, a batch at a time."""

    def __init__(self, namer: Namer, change_set_id: int, ours: Iterable[int] = ()) -> None:
        self.namer = namer
        self.ours = [change_set_id, *ours]
        self.first = first_entry(change_set_id)

    def explain(self, batch: Batch, kept: list[Kept]) -> dict[Row, Blocked]:
        """The sentence for each row that is kept for a cause of its own."""
        causes = {each.unit.row: each.cause for each in kept if each.cause is not None}
        images = batch.now | load_images(cause.row for cause in causes.values() if cause.row not in batch.now)
        traces = self._traces(batch, causes.values(), images)
        subjects = {row: batch.units[row].subject for row in causes}
        self.namer.records(subjects.values())
        return {
            row: self._blocked(subjects[row], cause, traces.get(cause.row), images.get(cause.row))
            for row, cause in causes.items()
        }

    def _traces(self, batch: Batch, causes: Iterable[Cause], images: dict[Row, Image]) -> dict[Row, Trace]:
        wanted = {cause.row: cause for cause in causes}
        subjects = {subject for row in wanted for subject in _possible_subjects(row, batch, images.get(row))}
        if not subjects:
            return {}
        entry = ENTRIES.c
        statement = (
            select(entry.table_name, entry.row_id, entry.operation, entry.before, entry.after)
            .add_columns(entry.change_set_id)
            .add_columns(ChangeSet.actor_label, ChangeSet.at)
            .join(ChangeSet, ChangeSet.id == entry.change_set_id)
            .where(of_subjects(subjects), entry.id > self.first, entry.change_set_id.not_in(self.ours))
            .order_by(entry.id)
        )
        found: dict[Row, Trace] = {}
        for each in rows_of(statement):
            row = (each.table_name, each.row_id)
            if row in wanted and _fits(wanted[row], each):
                who = each.change_set_id, each.actor_label
                found[row] = Trace(*who, each.at, each.operation, each.before)
        return found

    def _blocked(self, subject: Row, cause: Cause, trace: Trace | None, image: Image | None) -> Blocked:
        record = self.namer.records([subject])[subject]
        if image is None and trace is not None and trace.operation == "delete":
            image = trace.before
        what = self._what(subject, cause, image)
        later = trace.change_set_id if trace is not None else None
        return Blocked(*subject, record.name, _sentence(cause, trace, what), record.url, later)

    def _what(self, subject: Row, cause: Cause, image: Image | None) -> str:
        table_name = cause.row[0]
        if cause.kind == "changed" and cause.row == subject:
            labels = dict.fromkeys(column_label(table_name, name) for name in cause.columns)
            return ", ".join(list(labels)[:4])
        specification = journaled(table_name)
        if specification is None or image is None:
            return noun(table_name)
        owner = (specification.subject_table, image[specification.subject_column])
        known = self.namer.records([owner])[owner]
        if known.hidden and owner != subject:
            return known.name
        words = row_words(specification, image, self.namer.names(targets_in(specification, [image])))
        thing = f"{noun(table_name)} “{words}”" if words else noun(table_name)
        return thing if owner in (subject, cause.row) else f"{thing} ({known.name})"


def _possible_subjects(row: Row, batch: Batch, image: Image | None) -> set[Row]:
    """The records under which the journal may hold entries about a row."""
    specification = journaled(row[0])
    if specification is None:
        return set()
    found = {batch.units[row].subject} if row in batch.units else set()
    if specification.subject_column == "id":
        found.add(row)
    elif image is not None:
        found.add((specification.subject_table, image[specification.subject_column]))
    return found


def _fits(cause: Cause, entry: Found[*tuple[object, ...]]) -> bool:
    if cause.kind in {"deleted", "missing"}:
        return bool(entry.operation == "delete")
    if entry.operation != "update":
        return bool(entry.operation == "create")
    before, _after = differences(entry.before or {}, entry.after or {})
    return not cause.columns or any(name in before for name in cause.columns)


TRACED = {
    "changed": lazy("%(who)s changed this on %(when)s: %(what)s"),
    "deleted": lazy("%(who)s deleted this on %(when)s: %(what)s"),
    "missing": lazy("It needs something that %(who)s deleted on %(when)s: %(what)s"),
    "taken": lazy("%(who)s entered another like it on %(when)s: %(what)s"),
    "refers": lazy("%(who)s added this on %(when)s: %(what)s"),
}
UNTRACED = {
    "changed": lazy("It was changed since: %(what)s"),
    "deleted": lazy("This was erased since: %(what)s"),
    "missing": lazy("It needs something that was erased: %(what)s"),
    "taken": lazy("There is another like it now: %(what)s"),
    "refers": lazy("Something refers to it: %(what)s"),
}
"""For what the journal does not know of: sign-ins, background work, and what was erased."""


def _sentence(cause: Cause, trace: Trace | None, what: str) -> str:
    if cause.kind == "off":
        return _("It belongs to a part of Rollcall that is switched off.")
    if cause.kind == "needed":
        return _("Something that stays needs it: %(what)s", what=what)
    if trace is None:
        return str(UNTRACED[cause.kind]) % {"what": what}
    return str(TRACED[cause.kind]) % {"who": trace.who, "when": exact(trace.at), "what": what}
