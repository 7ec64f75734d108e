"""What an undo, a redo or an unmerge has put back follows what its fields are now: of another kind, under a
name that another field has meanwhile."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from crm import db
from crm.access.guard import system
from crm.fields.custom import fields, pasts, settling
from crm.fields.custom.words import unfit_words
from crm.fields.models import CustomField
from crm.journal.images import journaled
from crm.journal.models import ChangeSet
from crm.journal.recorder import ENTRIES, Change
from crm.journal.undo import putting_back
from crm.journal.undo.candidates import first_entry
from crm.journal.undo.inverse import KEPT, Entry
from crm.journal.undo.putting_back import PutBack
from crm.journal.undo.units import OWN, own_changed
from crm.plugin_api.types import RecordType
from crm.runtime import runtime
from crm.transfer.cleaning.text import fold


def follow(done: PutBack) -> None:
    """Settle what was put back into records; once all is done, every value of fields that became others."""
    fields.forget()
    if not done.entries:
        _follow_fields(done)
        return
    for table_name, entries in _by_table(done.entries).items():
        record_type = runtime().fields.by_table(table_name)
        if record_type is not None and fields.takes(record_type):
            _follow_records(done, record_type, entries)


def install() -> None:
    """Listen; once, however often features are loaded."""
    if follow not in putting_back.listeners:
        putting_back.listeners.append(follow)


def _by_table(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for each in entries:
        if each.operation != "create" and _has_own(each.table_name):
            found[each.table_name].append(each)
    return found


def _has_own(table_name: str) -> bool:
    specification = journaled(table_name)
    return specification is not None and OWN in specification.table.c


def _follow_records(done: PutBack, record_type: RecordType, entries: Sequence[Entry]) -> None:
    """Values are as old as the entries that they were put back from. Those of fields that this undo changes,
    too, wait until it has done so."""
    oldest, waiting = min(each.id for each in entries), _fields_in(done)
    known = pasts.of_type(record_type.name)
    for kept in fields.defined(record_type.name):
        formers = known[kept.id].since(oldest) if kept.id in known and kept.id not in waiting else []
        if ids := _put_back(kept, entries) if formers else []:
            rows = settling.held(db.table(record_type.model), ids)
            _say(done.change, kept, settling.settle_rows(kept, formers, rows, done.change))


def _put_back(kept: CustomField, entries: Sequence[Entry]) -> list[int]:
    """The records of these entries into whose field a value was put back."""
    entry = ENTRIES.c
    wanted = select(entry.row_id, entry.before, entry.after).where(
        db.among(entry.id, [each.id for each in entries])
    )
    with system("into which records an undo put a value back"):
        return sorted({each.row_id for each in db.session().execute(wanted) if _is_about(kept, each)})


def _fields_in(done: PutBack) -> set[int]:
    """The fields that the undone act made, changed or removed, but for those that stay as they are."""
    entry, table = ENTRIES.c, CustomField.__tablename__
    stays = exists().where(
        KEPT.c.change_set_id == done.change.id, KEPT.c.table_name == table, KEPT.c.row_id == entry.row_id
    )
    statement = select(entry.row_id).where(
        entry.change_set_id == done.undone_id, entry.table_name == table, ~stays
    )
    with system("which fields an undo is about"):
        return set(db.session().execute(statement.distinct()).scalars())


def _follow_fields(done: PutBack) -> None:
    """Of a field that is of another kind by this undo, or here again, the values are looked at that the undo
    leaves."""
    for field_id in sorted(_fields_in(done)):
        kept = db.session().get(CustomField, field_id, populate_existing=True)
        if kept is None or kept.record_type not in {each.name for each in runtime().fields.types()}:
            continue
        _rename(kept, done.change)
        assert done.change.id is not None
        formers = pasts.of(kept).since(first_entry(done.change.id) - 1)
        if formers or _is_here_again(kept, done.change):
            _say(done.change, kept, _settle(kept, formers, done))


def _settle(kept: CustomField, formers: Sequence[CustomField], done: PutBack) -> int:
    """What nobody wrote since the undone act is as it was before, even where it reads like a choice that it
    became by that act. What is done again may have broken off the first time: then all counts but what the
    act itself wrote."""
    if _is_again(done.undone_id):
        return settling.settle_field(kept, formers, done.change, partial(_written_by, kept, done.change))
    table, unfit = settling.table_of(kept.record_type), 0
    for ids in _written_since(kept, done):
        unfit += settling.settle_rows(kept, formers, settling.held(table, ids), done.change)
    return unfit


def _written_by(kept: CustomField, change: Change, ids: Sequence[int]) -> set[int]:
    """Of these records, those into whose field the change put a value."""
    entry, table = ENTRIES.c, settling.table_of(kept.record_type)
    statement = select(entry.row_id, entry.before, entry.after).where(
        entry.change_set_id == change.id, entry.table_name == table.name, db.among(entry.row_id, ids)
    )
    with system("into which records an act put a value again"):
        return {each.row_id for each in db.session().execute(statement) if _is_about(kept, each)}


def _is_again(undone_id: int) -> bool:
    """Whether to undo this act is to do again what was undone, be it for the second time."""
    again, undone = False, db.session().get_one(ChangeSet, undone_id)
    while undone.undoes_id is not None:
        again, undone = not again, db.session().get_one(ChangeSet, undone.undoes_id)
    return again


def _written_since(kept: CustomField, done: PutBack) -> Iterator[list[int]]:
    """The records into whose field somebody wrote since the act that is undone began, in pieces."""
    table, entry = settling.table_of(kept.record_type), ENTRIES.c
    acts = [done.undone_id, done.change.id]
    last = first_entry(done.undone_id)
    statement = select(entry.id, entry.row_id, entry.before, entry.after).where(
        entry.table_name == table.name, entry.change_set_id.not_in(acts), entry.operation != "delete"
    )
    while True:
        piece = statement.where(entry.id > last).order_by(entry.id).limit(settling.PIECE)
        with system("who wrote into a field since it became another one"):
            found = db.session().execute(piece).all()
        if not found:
            return
        last = found[-1].id
        if wrote := {each.row_id for each in found if _is_about(kept, each)}:
            yield sorted(wrote)


def _is_about(kept: CustomField, entry: Any) -> bool:
    return kept.key in own_changed(entry.before or {}, entry.after or {})


def _is_here_again(kept: CustomField, change: Change) -> bool:
    entry, table = ENTRIES.c, CustomField.__tablename__
    statement = select(entry.id).where(
        entry.change_set_id == change.id, entry.table_name == table, entry.row_id == kept.id,
        entry.operation == "create",
    )  # fmt: skip
    with system("whether an undo brought a field back"):
        return db.session().execute(statement).first() is not None


def _rename(kept: CustomField, change: Change) -> None:
    """No two fields of the same records are called the same: files could not tell them apart."""
    others = {fold(each.label) for each in fields.defined(kept.record_type) if each.id != kept.id}
    if fold(kept.label) not in others:
        return
    was = kept.label
    kept.label = next(name for name in _names(was) if fold(name) not in others)
    db.session().flush()
    fields.forget()
    change.notes.append(
        _("There is another field “%(name)s” now, so this one is called “%(new)s”.", name=was, new=kept.label)
    )


def _names(label: str) -> Iterable[str]:
    yield _("%(name)s (brought back)", name=label)
    for number in itertools.count(2):
        yield _("%(name)s (brought back, %(number)s)", name=label, number=number)


def _say(change: Change, kept: CustomField, unfit: int) -> None:
    if unfit:
        change.notes.append(unfit_words(kept.label, unfit))
