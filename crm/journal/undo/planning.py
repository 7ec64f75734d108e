"""The plan of an undo: what would come back, what would stay, and why. Applying goes through it, too."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain

from flask_babel import gettext as _
from sqlalchemy import func, not_, select

from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.errors import UserError
from crm.journal import change_sets
from crm.journal.images import journaled
from crm.journal.models import ChangeSet
from crm.journal.names import Namer
from crm.journal.permissions import Reach, is_administrator, is_final, is_own, is_unprotected, may_undo
from crm.journal.reading import Row, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo.candidates import (
    all_subjects,
    first_entry,
    newest_entry,
    referred_to_without_journal,
    subjects_in_tables,
    touched_since,
)
from crm.journal.undo.examine import Examination, Kept
from crm.journal.undo.reasons import Blocked, Reasons
from crm.journal.undo.units import Part
from crm.runtime import runtime

SMALL = 2_000
"""Up to so many entries are undone at once; more as background work in chunks."""

SHOWN = 200
"""So many of the records that stay are listed with their reasons."""


@dataclass
class UndoPlan:
    """What undoing a change set would do at this moment.

    `rows_to_restore` counts entries whose inverse there is still to write; `kept_rows` those that stay as
    they are, of `kept_records` records, of which `blocked` names the first. `later` are the ids of the change
    sets that stand in the way. `token` changes whenever something else would stay.
    """

    change_set: ChangeSet
    contents: "Contents"
    rows_to_restore: int
    records: int = 0
    kept_rows: int = 0
    kept_records: int = 0
    blocked: list[Blocked] = field(default_factory=list)
    later: set[int] = field(default_factory=set)
    token: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing stands in the way."""
        return self.kept_rows == 0

    @property
    def is_small(self) -> bool:
        return self.change_set.entries <= SMALL


@dataclass(frozen=True)
class Contents:
    """How many entries a change set has, by record's table, table and operation."""

    counts: dict[tuple[str, str, str], int]

    @property
    def subject_tables(self) -> set[str]:
        return {subject_table for subject_table, _table, _operation in self.counts}

    @property
    def created_tables(self) -> set[str]:
        return {table for _subject, table, operation in self.counts if operation == "create"}

    @property
    def switched_off(self) -> set[str]:
        """Tables of plugins that are not enabled."""
        return {table for _subject, table, _operation in self.counts if journaled(table) is None}


def contents(change_set_id: int) -> Contents:
    """Read what a change set is about."""
    columns = (ENTRIES.c.subject_table, ENTRIES.c.table_name, ENTRIES.c.operation)
    mine = ENTRIES.c.change_set_id == change_set_id
    statement = select(*columns, func.count()).where(mine).group_by(*columns)
    return Contents({(found[0], found[1], found[2]): found[3] for found in rows_of(statement)})


def plan(change_set_id: int, actor: Actor) -> UndoPlan:
    """What undoing would do. Raises UserError when this cannot be undone now, NotAllowed when not by them."""
    change_set, found = undoable(change_set_id, actor)
    subjects = select(ENTRIES.c.subject_table, ENTRIES.c.subject_id).where(
        ENTRIES.c.change_set_id == change_set_id
    )
    counted = select(func.count()).select_from(subjects.distinct().subquery())
    made = UndoPlan(change_set, found, change_set.entries, next(rows_of(counted))[0])
    tally = Tally(made)
    for batch in examine(change_set, found, actor):
        tally.add(batch)
    return tally.finish()


class Tally:
    """Adds up what stays, so that a plan of any size takes little memory."""

    def __init__(self, plan: UndoPlan) -> None:
        self.plan = plan
        self._subjects: set[Row] = set()
        self._mark = 0
        self._idle = 0

    def add(self, found: "Found") -> None:
        self._idle += found.idle
        for each in found.kept:
            self.plan.kept_rows += len(each.unit.operations)
            self._subjects.add(each.unit.subject)
            if each.cause is not None:
                words = f"{each.unit.row} {each.cause.kind} {each.cause.row}".encode()
                self._mark ^= int.from_bytes(blake2b(words, digest_size=8).digest())
        for blocked in found.explained.values():
            if blocked.later_id is not None:
                self.plan.later.add(blocked.later_id)
            if len(self.plan.blocked) < SHOWN:
                self.plan.blocked.append(blocked)

    def finish(self) -> UndoPlan:
        self.plan.rows_to_restore = self.plan.change_set.entries - self.plan.kept_rows - self._idle
        self.plan.kept_records = len(self._subjects)
        self.plan.token = f"{self.plan.kept_rows}-{self._mark:x}"
        return self.plan


@dataclass(frozen=True)
class Found:
    """What one batch of records says: rows that stay, the sentences for those with a cause of their own,
    and how many entries need nothing more to be undone."""

    kept: list[Kept]
    explained: dict[Row, Blocked]
    idle: int


def examine(change_set: ChangeSet, found: Contents, actor: Actor) -> Iterator[Found]:
    """What must stay, a batch at a time, with the sentences that say why."""
    part = Part(change_set.id)
    examination = Examination(part)
    reasons = Reasons(Namer(actor), change_set.id)
    for subjects in _candidates(change_set, found, part):
        idle = examination.idle
        kept = examination.judge(subjects)
        yield Found(kept, reasons.explain(examination.batch, kept), examination.idle - idle)


def _candidates(change_set: ChangeSet, found: Contents, part: Part) -> Iterator[list[Row]]:
    if change_set.entries <= SMALL:
        return iter([list(chain.from_iterable(all_subjects(part)))])
    first, newest = first_entry(change_set.id), newest_entry(change_set.id)
    alone = newest - first + 1 == change_set.entries
    return chain(
        subjects_in_tables(part, found.switched_off),
        referred_to_without_journal(part, found.created_tables),
        touched_since(part, newest if alone else first - 1),
    )


def undoable(change_set_id: int, actor: Actor) -> tuple[ChangeSet, Contents]:
    """The change set, if it is there, finished, not undone, and this actor's to undo; else UserError."""
    change_set = change_sets.find(change_set_id)
    if change_set is None or change_set.entries == 0:
        raise UserError(_("There is nothing to undo here. It may have been removed for good."))
    if is_final(change_set):
        raise UserError(_("Somebody took back their word by this. Only they can give it again."))
    if not may_undo(change_set, actor):
        raise NotAllowed(_("You may undo only what you did yourself. Ask an administrator."))
    if change_set.undone_by_id is not None:
        raise UserError(_("This has been undone already."))
    if (whole := _went_on(change_set)) is not None:
        what = change_sets.title(whole)
        raise UserError(_("“%(what)s” went on after this. Undo that: it takes back all of it.", what=what))
    if change_set.undoes_id is not None and not change_set.finished:
        raise UserError(_("This undo is not finished. Let it finish, then it can be taken back."))
    if change_sets.job_writing(change_set) is not None:
        raise UserError(_("This is still being written. Wait until it has finished, then undo it."))
    found = contents(change_set_id)
    _require_records(change_set, found, actor)
    return change_set, found


def _went_on(change_set: ChangeSet) -> ChangeSet | None:
    """What this did again, if its work has gone on since: this is a part of it only."""
    original, again = change_set, True
    while original.undoes_id is not None and (before := change_sets.find(original.undoes_id)) is not None:
        original, again = before, not again
    redone = again and original is not change_set and original.undone_by_id is None
    return original if redone and newest_entry(original.id) > newest_entry(change_set.id) else None


def _is_free(table_name: str, found: Contents) -> bool:
    """Whether whoever made the change may take it back as it is: nothing protects these records, or they
    came into the world by it and are others' to change only since (a tag that was new)."""
    if is_unprotected(table_name):
        return True
    specification = journaled(table_name)
    for_administrators = (
        specification is None or not specification.permissions or not specification.permissions[1]
    )
    made = {operation for subject, _table, operation in found.counts if subject == table_name} == {"create"}
    return made and not for_administrators and table_name not in runtime().access.protected_tables()


def _require_records(change_set: ChangeSet, found: Contents, actor: Actor) -> None:
    """Raise NotAllowed unless the actor may change every record that undoing would touch.

    Of a record that is gone, nobody can say any more whose it was; whoever made the change had the right.
    """
    reach, own = Reach(actor, to_undo=True), is_own(change_set, actor)
    along = _came_along(change_set, found, reach) if own else set()
    if not along and found.subject_tables & reach.mixed:
        hidden = select(ENTRIES.c.id).where(ENTRIES.c.change_set_id == change_set.id, not_(reach.rows))
        if next(rows_of(hidden.limit(1)), None) is not None:
            raise NotAllowed(_("This concerns records that you may not change. Ask an administrator."))
    for table_name in found.subject_tables - reach.whole - along:
        if table_name not in reach.parts:
            if is_administrator(actor) or (own and _is_free(table_name, found)):
                continue
            raise NotAllowed(_("This concerns records that you may not change. Ask an administrator."))
        table = reach.parts[table_name].__table__
        mine = (ENTRIES.c.change_set_id == change_set.id) & (ENTRIES.c.subject_table == table_name)
        beyond = select(ENTRIES.c.id).where(mine, ENTRIES.c.subject_id.not_in(reach.records(table_name)))
        if own:
            beyond = beyond.where(ENTRIES.c.subject_id.in_(select(table.c.id)))
        if next(rows_of(beyond.limit(1)), None) is not None:
            raise NotAllowed(_("This concerns records that you may not change. Ask an administrator."))


def _came_along(change_set: ChangeSet, found: Contents, reach: Reach) -> set[str]:
    """Tables of other features whose records this change touched because it removed records of its own:
    whoever could delete or merge a contact took its ballots and guardianships along, and brings them back
    with it, while they may still change contacts."""
    original, inverted = change_set, False
    while original.undoes_id is not None and (before := change_sets.find(original.undoes_id)) is not None:
        original, inverted = before, not inverted
    feature, removal = original.action.partition(".")[0], "create" if inverted else "delete"
    its_own = {name for name in found.subject_tables if reach.feature_of(name) == feature}
    removed = {table for _subject, table, operation in found.counts if operation == removal}
    return found.subject_tables - its_own if removed & its_own else set()
