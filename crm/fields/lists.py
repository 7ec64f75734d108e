"""Saved lists: one's own and those that others share."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Boolean, ColumnElement, and_, bindparam, or_, select

from crm import db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.filters import Filter, as_id
from crm.fields.listing import ListState
from crm.fields.models import ListColumns, SavedList
from crm.fields.permissions import SHARE
from crm.plugin_api.types import Heirs, Preset, Responsibility
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
    .execution_options(**db.KEPT_PLAN)
)

_CHOSEN = db.table(ListColumns).c
_COLUMNS = (
    select(_CHOSEN.columns)
    .where(
        _CHOSEN.user_id == bindparam("user_id"),
        _CHOSEN.record_type == bindparam("type"),
        _CHOSEN.tab == bindparam("tab"),
    )
    .execution_options(**db.KEPT_PLAN)
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


def state_of(saved: SavedList) -> ListState:
    """A saved list as it stands under its tab."""
    return ListState.from_json(saved.record_type, saved.query, str(saved.id))


def saved_state(record_type: str, state: ListState, actor: Actor) -> ListState:
    """The state with what its preset or saved list says, where the address itself says nothing, and with
    the columns that this reader chose for the tab."""
    preset = preset_of(record_type, state)
    if preset is not None:
        found = replace(
            state,
            base=tuple(Filter(*each) for each in preset.filters),
            sort=state.sort or preset.sort,
            kept=preset.columns,
        )
    else:
        found = _with_saved(record_type, state, actor)
    return replace(found, kept=columns_of(record_type, tab_of(record_type, found), actor) or found.kept)


def preset_of(record_type: str, state: ListState) -> Preset | None:
    """The built-in list that the state is about."""
    presets = runtime().fields.type(record_type).presets
    return next((preset for preset in presets if preset.name == state.saved), None)


def _with_saved(record_type: str, state: ListState, actor: Actor) -> ListState:
    saved = current(record_type, state, actor)
    if saved is None:
        return replace(state, saved="", whole=False, gone=bool(as_id(state.saved)))
    kept = ListState.from_json(record_type, saved.query, state.saved)
    if state.whole or state.filters or state.text or state.rules is not None:
        own = {(each.field, each.operator, each.value) for each in kept.filters}
        beyond = (each for each in state.filters if (each.field, each.operator, each.value) not in own)
        return replace(state, whole=True, kept=kept.columns, beyond=tuple(beyond))
    return replace(
        kept,
        sort=state.sort or kept.sort,
        columns=state.columns,
        kept=kept.columns,
        after=state.after,
        before=state.before,
        whole=True,
    )


def current(record_type: str, state: ListState, actor: Actor) -> SavedList | None:
    """The saved list whose tab is open."""
    list_id = as_id(state.saved)
    saved = find(list_id, actor) if list_id else None
    return saved if saved is not None and saved.record_type == record_type else None


def differs(state: ListState, saved: SavedList | None) -> bool:
    """Whether the list on the screen says something else than its tab, so that it can be kept."""
    if saved is not None:
        return _comparable(state) != _comparable(ListState.from_json(saved.record_type, saved.query))
    preset = preset_of(state.record_type, state)
    return bool(state.filters or state.rules or state.text or state.sort != (preset.sort if preset else ""))


def _comparable(state: ListState) -> tuple[Any, ...]:
    kept = state.each_filter(lambda _type, chosen: replace(chosen, kind="")).as_json()
    return kept["text"], *(kept[name] or None for name in ("filters", "sort", "columns", "rules"))


def tab_of(record_type: str, state: ListState) -> str:
    """The name under which columns of a tab are remembered: an address without a tab is the first one."""
    presets = runtime().fields.type(record_type).presets
    return state.saved or (presets[0].name if presets else "")


def columns_of(record_type: str, tab: str, actor: Actor) -> tuple[str, ...]:
    """The columns that this user chose for a tab; empty when they never did."""
    if actor.user_id is None:
        return ()
    values = {"user_id": actor.user_id, "type": record_type, "tab": tab}
    return tuple(db.plain(_COLUMNS, values).scalar_one_or_none() or ())


def remember_columns(record_type: str, tab: str, columns: Sequence[str], actor: Actor) -> None:
    """Keep the columns of a tab for this user; inside a transaction."""
    statement = select(ListColumns).where(
        ListColumns.user_id == actor.user_id,
        ListColumns.record_type == record_type,
        ListColumns.tab == tab,
    )
    kept = db.session().scalars(statement).one_or_none()
    if kept is None:
        kept = ListColumns(user_id=actor.user_id, record_type=record_type, tab=tab)
        db.session().add(kept)
    kept.columns = list(columns)
    db.session().flush()


def rename(saved: SavedList, name: str) -> None:
    """Give a saved list another name; inside a transaction."""
    saved.name = checked_name(name)


def checked_name(name: str) -> str:
    name = " ".join(name.split())[:80]
    if not name:
        raise UserError(_("Give the list a name, such as “Principals in the north”."))
    return name


def require_may_share(actor: Actor) -> None:
    """NotAllowed for somebody who may keep lists for themselves alone."""
    if not actor.can_everywhere(SHARE):
        raise NotAllowed(_("Your role does not allow you to share lists. Keep it for yourself."))


def save(state: ListState, name: str, shared: bool, actor: Actor) -> SavedList:
    """Keep a list under a name; saved twice it is one. NotAllowed when it is to be shared by somebody who may
    not. Inside a transaction."""
    if shared:
        require_may_share(actor)
    values = {
        "record_type": state.record_type,
        "name": checked_name(name),
        "shared": shared,
        "owner_user_id": actor.user_id,
    }
    query = state.as_json()
    for same in db.session().scalars(select(SavedList).filter_by(**values)):
        if same.query == query:
            return same
    saved = SavedList(query=query, **values)
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


def follow_value(record_type: str, field: str, old: str, new: str) -> None:
    """Saved lists that ask for the one value of a field of these records ask for the other from now on,
    wherever they do; inside a transaction."""

    def change(asked_of: str, chosen: Filter) -> Filter:
        fits = asked_of == record_type and chosen.field == field and chosen.value == old
        return replace(chosen, value=new) if fits else chosen

    known = {each.name for each in runtime().fields.types()}
    for saved in db.session().scalars(select(SavedList).where(SavedList.record_type.in_(known))):
        before = ListState.from_json(saved.record_type, saved.query)
        after = before.each_filter(change)
        if after != before:
            saved.query = after.as_json()
