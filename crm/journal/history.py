"""What happened, in words: the entries of a record or of a change set, field by field."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Boolean, ColumnElement, func, not_, or_, select
from sqlalchemy import Row as Found

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.db import among
from crm.journal import change_sets
from crm.journal.images import Image, Journaled, journaled
from crm.journal.models import ChangeSet, UndoKept
from crm.journal.names import Namer, Record
from crm.journal.permissions import Reach, is_own, is_unprotected, may_undo
from crm.journal.reading import Row, by_table, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo import ACTION
from crm.journal.undo.units import load_images
from crm.journal.words import (
    OWN,
    Names,
    column_label,
    noun,
    own_changes,
    row_words,
    shown_columns,
    targets_in,
    value_words,
)

MOST_LINES = 200
"""So many entries of one change set are shown at once."""
MOST_ASKED = 1000
"""Of more entries nobody asks whether one is about somebody kept from the reader: that takes too long, so
what was done is told without names."""
MOST_NAMING = 20
"""A sentence about more entries than these names no one record to which their rows refer."""


@dataclass(frozen=True)
class Line:
    """One thing that became something else; an empty text stands for nothing.

    `label` says what it is. `of` says of which row of the record, as "priya@example.org, Kind".
    """

    label: str
    before: str = ""
    after: str = ""
    of: str = ""
    table: str = ""
    operation: str = ""


@dataclass
class Act:
    """One change set, or as much of it as concerns one record. `count` is how many of its entries the reader
    may see, None where nobody counts them."""

    change_set: ChangeSet
    title: str
    may_undo: bool
    count: int | None
    undone_by: ChangeSet | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def is_undo(self) -> bool:
        """Whether undoing it does again what it took back."""
        return self.change_set.action == ACTION

    @property
    def kind(self) -> change_sets.Kind:
        return change_sets.kind_of(self.change_set)


@dataclass(frozen=True)
class Page:
    """Acts, newest first; `next_id` is where the next page begins."""

    acts: list[Act]
    next_id: int | None


@dataclass
class Group:
    """The entries of a change set about one record."""

    record: Record
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Details:
    """What a change set did, record by record; `next_id` is where the next page begins."""

    groups: list[Group]
    next_id: int | None


def entries_for(
    subject_table: str, subject_id: int, before_id: int | None = None, limit: int = 20, *, actor: Actor
) -> Page:
    """What was done to a record, newest first. Whoever asks has made sure that `actor` may see it."""
    newest = func.max(ENTRIES.c.id)
    reach = Reach(actor)
    mine = _about(subject_table, subject_id, reach)
    statement = select(ENTRIES.c.change_set_id, newest).where(mine).group_by(ENTRIES.c.change_set_id)
    if before_id is not None:
        statement = statement.having(newest < before_id)
    found = list(rows_of(statement.order_by(newest.desc()).limit(limit + 1)))
    acts = acts_of([each[0] for each in found[:limit]], actor, reach)
    _fill(acts, mine, Namer(actor, reach))
    return Page(acts, found[limit - 1][1] if len(found) > limit else None)


def fill(acts: list[Act], subject_table: str, subject_id: int, actor: Actor) -> None:
    """Give acts the lines that are about one record, which the actor may see; acts that did nothing else to
    it than what they may not see go."""
    namer = Namer(actor)
    shown = _fill(acts, _about(subject_table, subject_id, namer.reach), namer)
    if namer.reach.limited and len(shown) < MOST_LINES:
        left = {entry.change_set_id for entry in shown}
        acts[:] = [act for act in acts if act.change_set.id in left]


def _about(subject_table: str, subject_id: int, reach: Reach) -> ColumnElement[bool]:
    """The entries about a record, those left out whose own rows are not the reader's to see."""
    mine = (ENTRIES.c.subject_table == subject_table) & (ENTRIES.c.subject_id == subject_id)
    mine = mine & reach.told
    return mine & reach.rows if subject_table in reach.mixed else mine


def _fill(acts: list[Act], mine: ColumnElement[bool], namer: Namer) -> list[Any]:
    by_id = {act.change_set.id: act for act in acts}
    entries = _entries(mine & among(ENTRIES.c.change_set_id, by_id), MOST_LINES)
    names, present = namer.names(_targets(entries)), _updated_rows(entries)
    for entry in entries:
        by_id[entry.change_set_id].lines += _lines(entry, names, present)
    return entries


def details(change_set: ChangeSet, actor: Actor, after_id: int = 0) -> Details:
    """What a change set did to records that the actor may see, in the order in which it was done."""
    namer = Namer(actor)
    condition = (ENTRIES.c.change_set_id == change_set.id) & (ENTRIES.c.id > after_id)
    entries = _entries(condition & within_reach(change_set, actor, namer.reach), MOST_LINES + 1)
    more = len(entries) > MOST_LINES
    entries = entries[:MOST_LINES]
    records = namer.records((entry.subject_table, entry.subject_id) for entry in entries)
    names, present = namer.names(_targets(entries)), _updated_rows(entries)
    groups: dict[Row, Group] = {}
    for entry in entries:
        subject = (entry.subject_table, entry.subject_id)
        group = groups.setdefault(subject, Group(records[subject]))
        group.lines += _lines(entry, names, present)
    return Details(list(groups.values()), entries[-1].id if more else None)


def within_reach(change_set: ChangeSet, actor: Actor, reach: Reach) -> ColumnElement[bool]:
    """The entries of a change set that an actor may see; of their own acts, those too that no rule covers."""
    if not is_own(change_set, actor):
        return reach.entries & reach.told
    open_tables = [name for name in _tables(change_set) if is_unprotected(name)]
    return or_(reach.entries, ENTRIES.c.subject_table.in_(open_tables)) & reach.told


def _tables(change_set: ChangeSet) -> list[str]:
    return [name for name in change_set.subject_tables.split(",") if name]


def acts_of(ids: Sequence[int], actor: Actor, reach: Reach | None = None) -> list[Act]:
    """These change sets in the order of the ids, titled as this actor may read them."""
    reach = reach or Reach(actor)
    with system("the journal"):
        found = db.session().scalars(select(ChangeSet).where(among(ChangeSet.id, ids))).all()
        undoing = [each.undone_by_id for each in found if each.undone_by_id is not None]
        undoers = db.session().scalars(select(ChangeSet).where(among(ChangeSet.id, undoing))).all()
    by_id = {each.id: each for each in found}
    undone = {each.id: each for each in undoers}
    whole = _seen_whole(found, actor, reach)
    hidden = [each for each in found if each.id not in whole]
    uncounted = {each.id for each in hidden if _is_long(each, reach)}
    counts: dict[int, int | None] = {each.id: each.entries for each in found}
    counts |= _counts([each.id for each in hidden if each.id not in uncounted], reach)
    counts |= dict.fromkeys(uncounted)
    return [
        Act(
            by_id[each],
            _title(by_id[each], whole),
            may_undo(by_id[each], actor),
            counts[each],
            undone.get(by_id[each].undone_by_id or 0),
        )
        for each in ids
        if each in by_id
    ]


def _is_long(change_set: ChangeSet, reach: Reach) -> bool:
    """Whether a change is told without names because it is long alone, so that nobody counts what they see of
    it."""
    tables = set(_tables(change_set))
    is_whole = tables <= reach.whole and not tables & reach.mixed
    return reach.kept_away is not None and change_set.entries > MOST_ASKED and is_whole


def _sees_parts(reach: Reach) -> bool:
    """Whether there are records of tables that somebody sees of which they do not see all."""
    return bool(reach.parts or reach.limited) or reach.kept_away is not None


def _title(change_set: ChangeSet, whole: set[int]) -> str:
    """The sentence that names what was done; without names for whoever sees only a part of such records,
    for it may name others than those that were changed."""
    return (change_sets.title if change_set.id in whole else change_sets.plain_title)(change_set)


def _seen_whole(found: Sequence[ChangeSet], actor: Actor, reach: Reach) -> set[int]:
    """The ids of those change sets that are all the reader's to see."""
    own: set[int] = set()
    whole: set[int] = set()
    mixed: set[int] = set()
    for each in found:
        tables = set(_tables(each))
        if is_own(each, actor):
            own.add(each.id)
        elif tables <= reach.whole:
            (mixed if tables & reach.mixed else whole).add(each.id)
    if mixed:
        mixed -= _with_entries(mixed, not_(reach.rows))
    if reach.kept_away is not None:
        few = {each.id for each in found if each.id in whole | mixed and each.entries <= MOST_ASKED}
        few -= _with_entries(few, reach.kept_away)
        short = {each.id for each in found if each.id in few and each.entries <= MOST_NAMING}
        return own | (few - _naming_kept(short, reach))
    return own | whole | mixed


def _naming_kept(change_sets: Collection[int], reach: Reach) -> set[int]:
    """Those of these change sets with rows that refer to a record that is kept from the reader, as that of a
    member does to the contact: their sentences may name it."""
    found = rows_of(select(ENTRIES).where(among(ENTRIES.c.change_set_id, change_sets))) if change_sets else ()
    entries = list(found)
    whole_rows = _whole_rows([entry for entry in entries if entry.operation == "update"])
    naming: dict[str, dict[int, set[int]]] = {}
    for entry in entries:
        specification = journaled(entry.table_name)
        images = [entry.before, entry.after, whole_rows.get((entry.table_name, entry.row_id))]
        for table_name, row_id in targets_in(specification, images) if specification else ():
            naming.setdefault(table_name, {}).setdefault(row_id, set()).add(entry.change_set_id)
    return {
        each
        for table_name, by_row in naming.items()
        for row_id in reach.kept_among(table_name, by_row)
        for each in by_row[row_id]
    }


def _with_entries(change_sets: Collection[int], condition: ColumnElement[bool]) -> set[int]:
    """Those of these change sets with entries for which a condition holds."""
    mine = among(ENTRIES.c.change_set_id, change_sets) & condition
    return {row[0] for row in rows_of(select(ENTRIES.c.change_set_id).where(mine).distinct())}


def _counts(ids: Sequence[int], reach: Reach) -> dict[int, int]:
    """How many entries of these change sets are within reach."""
    if not ids:
        return {}
    mine = among(ENTRIES.c.change_set_id, ids) & reach.entries
    statement = select(ENTRIES.c.change_set_id, func.count()).where(mine).group_by(ENTRIES.c.change_set_id)
    return dict.fromkeys(ids, 0) | {found[0]: found[1] for found in rows_of(statement)}


def _entries(condition: ColumnElement[bool], limit: int) -> list[Any]:
    return list(rows_of(select(ENTRIES).where(condition).order_by(ENTRIES.c.id).limit(limit)))


def _targets(entries: Iterable[Found[Any]]) -> Iterator[Row]:
    for entry in entries:
        specification = journaled(entry.table_name)
        if specification is not None:
            yield from targets_in(specification, [entry.before, entry.after])


def _updated_rows(entries: Iterable[Any]) -> dict[Row, Image]:
    """The rows of records that were changed, as they are now: an update keeps only what it changed."""
    return load_images(
        (entry.table_name, entry.row_id)
        for entry in entries
        if entry.operation == "update" and entry.table_name != entry.subject_table
    )


def _whole_rows(updates: Sequence[Any]) -> dict[Row, Image]:
    """The rows that were changed, as they are now or were when they were deleted since."""
    subject_of = {(each.table_name, each.row_id): (each.subject_table, each.subject_id) for each in updates}
    found = load_images(subject_of)
    for table_name, ids in by_table(subject_of[row] for row in subject_of.keys() - found.keys()).items():
        about = (ENTRIES.c.subject_table == table_name) & among(ENTRIES.c.subject_id, ids)
        for entry in rows_of(select(ENTRIES).where(about, ENTRIES.c.operation == "delete")):
            if (entry.table_name, entry.row_id) in subject_of:
                found[entry.table_name, entry.row_id] = entry.before or {}
    return found


def _lines(entry: Any, names: Names, present: dict[Row, Image]) -> Iterator[Line]:
    """An entry in words; nothing when all that it says is of no interest to people."""
    specification = journaled(entry.table_name)
    if specification is None:
        yield Line(noun(entry.table_name))
        return
    before, after = entry.before or {}, entry.after or {}
    if entry.table_name == entry.subject_table:
        if entry.operation != "update":
            label = _("Created") if entry.operation == "create" else _("Deleted")
            yield Line(label, table=entry.table_name, operation=entry.operation)
        yield from _fields(specification, before, after, names)
    elif entry.operation == "update":
        row = present.get((entry.table_name, entry.row_id), {}) | before
        which = row_words(specification, row, names)
        for line in _fields(specification, before, after, names):
            of = ", ".join(filter(None, (which, line.label)))
            yield Line(noun(entry.table_name), line.before, line.after, of)
    else:
        old, new = (_summary(specification, image, names) for image in (before, after))
        yield Line(noun(entry.table_name), old, new, "", entry.table_name, entry.operation)


def _fields(specification: Journaled, before: Image, after: Image, names: Names) -> Iterator[Line]:
    for column in shown_columns(specification, before | after):
        if column.name == OWN:
            told = own_changes(specification.table.name, before.get(OWN), after.get(OWN))
            yield from (Line(label, old, new) for label, old, new in told)
            continue
        old = value_words(column, before.get(column.name), names)
        new = value_words(column, after.get(column.name), names)
        if old != new:
            yield Line(column_label(specification.table.name, column.name), old, new)


def _summary(specification: Journaled, image: Image, names: Names) -> str:
    """A row in one line: what tells it from others first, then the rest, "yes" as the name of its column."""
    found = [row_words(specification, image, names)] if image else []
    for column in shown_columns(specification, image):
        value = image.get(column.name)
        words = value_words(column, value, names)
        if isinstance(column.type, Boolean):
            words = column_label(specification.table.name, column.name) if value else ""
        if words and not (words.startswith(found[0].removesuffix("…")) and found[0]):
            found.append(words)
    return " · ".join(filter(None, found))


def kept_by(undoing: ChangeSet, actor: Actor, limit: int = MOST_LINES) -> list[tuple[Record, str]]:
    """What an undo left as it was, with the sentences that say why. A sentence may name other records, so
    it is for whoever undid, and for those who see all."""
    namer = Namer(actor)
    reach = namer.reach
    kept = db.table(UndoKept).c
    statement = (
        select(kept.subject_table, kept.subject_id, kept.reason)
        .where(kept.change_set_id == undoing.id, kept.reason != "")
        .order_by(kept.id)
        .limit(limit)
    )
    found = list(rows_of(statement))
    records = namer.records((each.subject_table, each.subject_id) for each in found)
    tables = {each.subject_table for each in found}
    may_read = is_own(undoing, actor) or (not _sees_parts(reach) and tables <= reach.whole)
    hidden = _("It could not be put back as it was.")
    said = [
        (records[each.subject_table, each.subject_id], each.reason if may_read else hidden) for each in found
    ]
    return [(record, reason) for record, reason in said if not record.hidden]
