"""Whom somebody put into a saved list, or took out of it, whatever its conditions say."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, insert, or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.fields.models import ListedByHand, SavedList
from crm.journal.models import ChangeSet
from crm.journal.recorder import ENTRIES
from crm.plugin_api.types import DataSection, RecordType
from crm.runtime import runtime

PINNED: Final = "pinned"
EXCLUDED: Final = "excluded"


def ids(list_id: int, state: str) -> Select[Any]:
    """A SELECT of the ids of those records."""
    return select(ListedByHand.record_id).where(ListedByHand.list_id == list_id, ListedByHand.state == state)


def counts(list_id: int, record_type: RecordType, actor: Actor) -> Mapping[str, int]:
    """How many records that the actor may see are in the list by hand, and how many are out of it; those that
    are gone are not counted, but back in their place once they are brought back."""
    model = record_type.model
    statement = (
        visible(model, actor, record_type.permission)
        .join(ListedByHand, ListedByHand.record_id == model.id)
        .where(ListedByHand.list_id == list_id)
        .with_only_columns(ListedByHand.state, func.count())
        .group_by(ListedByHand.state)
    )
    found = {row[0]: row[1] for row in db.session().execute(statement)}
    return {PINNED: found.get(PINNED, 0), EXCLUDED: found.get(EXCLUDED, 0)}


def state_of(list_id: int, record_id: int) -> str:
    """`pinned`, `excluded`, or nothing for a record that the conditions alone decide about."""
    statement = select(ListedByHand.state).where(
        ListedByHand.list_id == list_id, ListedByHand.record_id == record_id
    )
    return db.session().execute(statement).scalar_one_or_none() or ""


def said_by(list_id: int, record_id: int) -> tuple[str, date] | None:
    """Who last put a record into a list or took it out, and on which day it was here; None where the history
    does not know."""
    entry, table = ENTRIES.c, ListedByHand.__tablename__
    row = select(ListedByHand.id).where(ListedByHand.list_id == list_id, ListedByHand.record_id == record_id)
    statement = (
        select(ChangeSet.actor_label, ChangeSet.at)
        .join(ENTRIES, entry.change_set_id == ChangeSet.id)
        .where(
            entry.subject_table == SavedList.__tablename__, entry.subject_id == list_id,
            entry.table_name == table, entry.row_id.in_(row),
        )
        .order_by(entry.id.desc())
        .limit(1)
    )  # fmt: skip
    with system("who put somebody into a list that the reader sees"):
        found = db.session().execute(statement).first()
    return (found[0], found[1].astimezone(ZoneInfo(runtime().config.time_zone)).date()) if found else None


def put(saved: SavedList, record_ids: Sequence[int], state: str) -> int:
    """Put records into a list (`pinned`), take them out of it (`excluded`), or leave it to the conditions
    again (an empty state). Returns for how many that changed something; inside a transaction."""
    change = db.current_change()
    assert change is not None
    table = db.table(ListedByHand)
    known = {row.record_id: row for row in _rows(saved.id, record_ids)}
    other = [row.id for row in known.values() if row.state != state]
    if not state:
        change.delete(table, other)
        return len(other)
    change.update(table, other, {"state": state})
    new = [each for each in dict.fromkeys(record_ids) if each not in known]
    rows = [{"list_id": saved.id, "record_id": each, "state": state, "created_at": db.now()} for each in new]
    if rows:
        made = db.session().execute(insert(table).returning(table.c.id), rows).scalars()
        change.created(table, list(made))
    return len(other) + len(new)


def _rows(list_id: int, record_ids: Iterable[int]) -> Sequence[Any]:
    table = db.table(ListedByHand)
    statement = select(table.c.id, table.c.record_id, table.c.state).where(
        table.c.list_id == list_id, db.among(table.c.record_id, record_ids)
    )
    return db.session().execute(statement).all()


def of_contacts(record_ids: Sequence[int]) -> Select[Any]:
    """A SELECT of the rows about these contacts."""
    return (
        select(ListedByHand)
        .join(SavedList, SavedList.id == ListedByHand.list_id)
        .where(SavedList.record_type == "contacts", db.among(ListedByHand.record_id, record_ids))
    )


def forget(record_ids: Sequence[int]) -> None:
    """Contacts are deleted or erased; inside a transaction."""
    change = db.current_change()
    assert change is not None
    found = db.session().execute(of_contacts(record_ids).with_only_columns(ListedByHand.id))
    change.delete(db.table(ListedByHand), list(found.scalars()))


def merge(survivor_id: int, loser_id: int) -> None:
    """What was said of the one holds for the other, unless something is said of that one already; inside a
    transaction."""
    rows = db.session().scalars(of_contacts([survivor_id, loser_id])).all()
    known = {row.list_id for row in rows if row.record_id == survivor_id}
    for row in rows:
        if row.record_id == loser_id and row.list_id in known:
            db.session().delete(row)
        elif row.record_id == loser_id:
            row.record_id = survivor_id
    db.session().flush()


def hand_on(kind: str, heirs: Mapping[int, int]) -> None:
    """Records of a plugin that were here twice became one: as `merge`, by the id of each that goes. `kind` is
    the table of the records; inside a transaction."""
    record_type = runtime().fields.by_table(kind)
    if record_type is None:
        return
    for some in db.chunks([*heirs]):
        ids = [*some, *(heirs[each] for each in some)]
        statement = (
            select(ListedByHand)
            .join(SavedList, SavedList.id == ListedByHand.list_id)
            .where(SavedList.record_type == record_type.name, db.among(ListedByHand.record_id, ids))
        )
        rows = db.session().scalars(statement.order_by(ListedByHand.id)).all()
        known = {(row.list_id, row.record_id) for row in rows}
        for row in rows:
            heir = heirs.get(row.record_id)
            if heir is not None and (row.list_id, heir) in known:
                db.session().delete(row)
            elif heir is not None:
                row.record_id = heir
        db.session().flush()


def clear(list_id: int) -> None:
    """The list is removed; inside a transaction."""
    change = db.current_change()
    assert change is not None
    found = db.session().execute(select(ListedByHand.id).where(ListedByHand.list_id == list_id))
    change.delete(db.table(ListedByHand), list(found.scalars()))


def held_about(contact_id: int) -> Iterable[DataSection]:
    """The lists that somebody is in or out of by hand."""
    statement = of_contacts([contact_id]).add_columns(SavedList.name).order_by(SavedList.name, SavedList.id)
    words = {PINNED: _("always in it"), EXCLUDED: _("taken out of it")}
    rows = [{_("Saved list"): name, _("By hand"): words[row.state]} for row, name in _all(statement)]
    return [DataSection(_("Lists by hand"), rows)] if rows else []


def _all(statement: Select[Any]) -> Sequence[Any]:
    return db.session().execute(statement).all()


def erase(contact_id: int) -> None:
    """Somebody is erased: nothing of them stays in lists, nor in the history of lists. Inside a
    transaction."""
    table = db.table(ListedByHand)
    change = db.current_change()
    assert change is not None
    db.session().flush()
    change.flush_created()
    found = db.session().execute(of_contacts([contact_id]).with_only_columns(ListedByHand.id))
    ids = set(found.scalars())
    own = or_(
        *(image["record_id"].as_integer() == contact_id for image in (ENTRIES.c.before, ENTRIES.c.after))
    )
    others = select(SavedList.id).where(SavedList.record_type != "contacts")
    about = (ENTRIES.c.table_name == table.name) & own & ENTRIES.c.subject_id.not_in(others)
    ids.update(db.session().execute(select(ENTRIES.c.row_id).where(about)).scalars())
    of_rows = (ENTRIES.c.table_name == table.name) & db.among(ENTRIES.c.row_id, sorted(ids))
    db.session().execute(delete(ENTRIES).where(of_rows))
    db.session().execute(delete(table).where(db.among(table.c.id, sorted(ids))))
