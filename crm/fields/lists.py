"""Saved lists: one's own and those that others share."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm import db
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.filters import Filter, as_id
from crm.fields.listing import ListState
from crm.fields.models import SavedList
from crm.plugin_api.types import Heirs, Responsibility
from crm.runtime import runtime


def saved_lists(record_type: str, actor: Actor) -> Sequence[SavedList]:
    """The lists this actor may use, in their order."""
    statement = (
        select(SavedList)
        .where(
            SavedList.record_type == record_type,
            or_(SavedList.shared, SavedList.owner_user_id == actor.user_id),
        )
        .order_by(SavedList.position, SavedList.name)
    )
    return db.session().scalars(statement).all()


def find(list_id: int, actor: Actor) -> SavedList | None:
    """A list by id, if the actor may use it."""
    statement = select(SavedList).where(
        SavedList.id == list_id, or_(SavedList.shared, SavedList.owner_user_id == actor.user_id)
    )
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
    """Keep a list under a name; inside a transaction."""
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


OWNED = "fields.list"


def owned_by(user_id: int, actor: Actor) -> Iterable[Responsibility]:
    """The saved lists of an account, of those kinds of records that the actor sees all of."""
    statement = select(SavedList).where(SavedList.owner_user_id == user_id)
    for saved in db.session().scalars(statement.order_by(SavedList.name, SavedList.id)):
        known = {each.name: each for each in runtime().fields.types()}.get(saved.record_type)
        if known is not None and actor.can_everywhere(known.permission):
            yield Responsibility(OWNED, saved.id, _("Saved list"), saved.name, "user", str(known.label))


def take_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give saved lists to the account that takes over; inside a transaction."""
    for item in items:
        if item.kind == OWNED and heirs.user_id is not None:
            saved = db.session().get(SavedList, item.record_id)
            if saved is not None:
                saved.owner_user_id = heirs.user_id
