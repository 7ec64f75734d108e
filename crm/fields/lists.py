"""Saved lists: one's own and those that others share."""

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import Boolean, ColumnElement, and_, bindparam, or_, select

from crm import db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.filters import Filter, as_id
from crm.fields.listing import ListState
from crm.fields.models import SavedList
from crm.fields.permissions import SHARE
from crm.runtime import runtime

_OF_TYPE = (
    select(SavedList)
    .where(
        SavedList.record_type == bindparam("type"),
        or_(
            and_(SavedList.shared, bindparam("whole", type_=Boolean)),
            SavedList.owner_user_id == bindparam("user_id"),
        ),
    )
    .order_by(SavedList.position, SavedList.name)
)


def saved_lists(record_type: str, actor: Actor) -> Sequence[SavedList]:
    """The lists this actor may use, in their order."""
    values = {"type": record_type, "user_id": actor.user_id, "whole": _sees_all(record_type, actor)}
    return db.session().scalars(_OF_TYPE, values).all()


def _sees_all(record_type: str, actor: Actor) -> bool:
    return actor.can_everywhere(runtime().fields.type(record_type).permission)


def _usable(actor: Actor, record_types: Sequence[str]) -> ColumnElement[bool]:
    """One's own lists, and shared ones of the records that one sees all of: their names and filters may
    tell of others."""
    whole = [each for each in record_types if _sees_all(each, actor)]
    shared = and_(SavedList.shared, SavedList.record_type.in_(whole))
    return or_(shared, SavedList.owner_user_id == actor.user_id)


def may_remove(saved: SavedList, actor: Actor) -> bool:
    """Whoever keeps it; a shared one also whoever may share."""
    return saved.owner_user_id == actor.user_id or (saved.shared and actor.can_everywhere(SHARE))


def find(list_id: int, actor: Actor) -> SavedList | None:
    """A list by id, if the actor may use it."""
    every = [each.name for each in runtime().fields.types()]
    statement = select(SavedList).where(SavedList.id == list_id, _usable(actor, every))
    return db.session().scalars(statement).one_or_none()


def saved_state(record_type: str, state: ListState, actor: Actor) -> ListState:
    """The state with what its preset or saved list says, where the address itself says nothing."""
    if state.filters or state.text or not state.saved:
        return state
    for preset in runtime().fields.type(record_type).presets:
        if preset.name == state.saved:
            filters = tuple(Filter(*each) for each in preset.filters)
            return replace(
                state,
                filters=filters,
                sort=state.sort or preset.sort,
                columns=state.columns or preset.columns,
            )
    saved = find(as_id(state.saved), actor)
    if saved is None or saved.record_type != record_type:
        return replace(state, saved="")
    kept = ListState.from_json(record_type, saved.query, state.saved)
    return replace(
        kept,
        sort=state.sort or kept.sort,
        columns=state.columns or kept.columns,
        after=state.after,
        before=state.before,
    )


def save(state: ListState, name: str, shared: bool, actor: Actor) -> SavedList:
    """Keep a list under a name; NotAllowed when it is to be shared by somebody who may not. Inside a
    transaction."""
    if shared and not actor.can_everywhere(SHARE):
        raise NotAllowed(_("Your role does not allow you to share lists. Keep it for yourself."))
    name = " ".join(name.split())[:80]
    if not name:
        raise UserError(_("Give the list a name, such as “Principals in the north”."))
    saved = SavedList(
        record_type=state.record_type,
        name=name,
        query=state.as_json(),
        shared=shared,
        owner_user_id=actor.user_id,
    )
    db.session().add(saved)
    db.session().flush()
    return saved
