"""Contacts that are known from the records of schools alone, and from whom they are kept."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, select
from sqlalchemy.orm import aliased

from crm.plugin_api import Actor, Contact, Withheld, bulk, db, prepared, system
from crm_schools.models import FamilyContact, Guardian
from crm_schools.permissions import STUDENTS, students_in

TABLE = db.table(FamilyContact)
CONTACTS = "contacts.view"


def withheld() -> Iterable[Withheld]:
    return (Withheld(Contact, _is_kept_from),)


def keep(contact_ids: Collection[int]) -> None:
    """New contacts are those of families. Inside the transaction that makes them."""
    bulk.insert(
        TABLE,
        ("id", "contact_id"),
        zip(bulk.reserve(TABLE, len(contact_ids)), contact_ids, strict=True),
    )


def unite(survivor_id: int, loser_id: int) -> None:
    """A contact of a family that is one with somebody whom the coalition knows is known to it."""
    with system("a merge asks whether the coalition knows somebody"):
        statement = select(TABLE.c.contact_id, TABLE.c.id).where(
            db.among(TABLE.c.contact_id, (survivor_id, loser_id))
        )
        found = dict(db.session().execute(statement).all())
        change = db.current_change()
        if found.keys() == {survivor_id} and change is not None:
            change.delete(TABLE, found.values())


def _is_kept_from(actor: Actor, ids: Any) -> ColumnElement[bool] | None:
    scopes = actor.scopes(STUDENTS)
    if scopes.everything or not _are_any():
        return None
    # Who works for a school sees of other organizations none, and SQLite takes no deeper statement of theirs.
    if scopes and not actor.can_everywhere(CONTACTS):
        return None
    family, guardian = aliased(FamilyContact), aliased(Guardian)
    kept: ColumnElement[bool] = exists().where(family.contact_id == ids)
    if actor.contact_id is not None:
        kept = and_(kept, ids != actor.contact_id)
    if not scopes:
        return kept
    theirs = exists().where(guardian.contact_id == ids, guardian.student_id.in_(students_in(scopes)))
    return and_(kept, not_(theirs))


def _are_any() -> bool:
    """Whether there are families at all: where there are none, each list is as fast as without this."""
    return prepared(("family contacts",), _ask, keep=lambda: True)


def _ask() -> bool:
    with system("whether there are families at all"):
        return db.session().execute(select(TABLE.c.id).limit(1)).first() is not None
