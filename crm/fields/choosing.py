"""The rows that somebody chose in a list: single ones, or the whole list as its address describes it."""

from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import parse_qsl

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm import access, db
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.conditions import Group
from crm.fields.filters import Filter
from crm.fields.listing import Listing, ListState
from crm.fields.lists import saved_state
from crm.runtime import runtime


def chosen_ids(record_type: str, actor: Actor, permission: str | None = None) -> list[int]:
    """The ids posted by the bar of a list, those alone that the actor may see, in order of id; with a
    permission those of them that it holds over, NotAllowed when there is none.

    Raises UserError when there are none, and when a filter of the list cannot be understood any more: the
    list would then be larger than what stood on the screen.
    """
    found = _whole_list(record_type, actor) if request.form.get("whole_list") else _single(record_type, actor)
    if not found:
        raise UserError(_("Choose at least one of the list first. Go back and tick the ones you mean."))
    return found if permission is None else _allowed(record_type, found, actor, permission)


def _allowed(record_type: str, ids: list[int], actor: Actor, permission: str) -> list[int]:
    if actor.can_everywhere(permission):
        return ids
    model = runtime().fields.type(record_type).model
    statement = access.visible(model, actor, permission).where(db.among(model.id, ids))
    found = db.session().execute(statement.with_only_columns(model.id).order_by(model.id)).scalars().all()
    if not found:
        raise access.NotAllowed(
            _("You may see those you chose, but your role does not let you take them out of here.")
        )
    return list(found)


def _single(record_type: str, actor: Actor) -> list[int]:
    model = runtime().fields.type(record_type).model
    posted = {int(each) for each in request.form.getlist("ids") if each.isdecimal() and len(each) < 19}
    statement = access.visible(model, actor).where(db.among(model.id, sorted(posted)))
    return list(db.session().execute(statement.with_only_columns(model.id).order_by(model.id)).scalars())


def chosen_state(record_type: str, actor: Actor) -> ListState:
    """The list in which they were chosen: its filters, order and columns."""
    return saved_state(record_type, _posted_state(record_type), actor)


_SAYS: Final = frozenset({"contains", "is", "starts"})


def looked_for(record_type: str, names: Collection[str], actor: Actor) -> list[str]:
    """The words by which the list that rows were chosen in was filtered in the fields of these names: what
    whoever chose them asked for, so nothing that one must be warned of."""
    state = chosen_state(record_type, actor)
    parts = [*state.filters, *state.base, *(_wanted(state.rules) if state.rules is not None else ())]
    found = (each.value for each in parts if each.field in names and each.operator in _SAYS)
    return list(dict.fromkeys(each for each in found if each))


def _wanted(group: Group) -> Iterator[Filter]:
    """The filters of conditions of which all or some must hold."""
    for each in group.parts if group.join != "none" else ():
        if isinstance(each, Filter):
            yield each
        elif isinstance(each, Group):
            yield from _wanted(each)


def posted_query(record_type: str) -> str:
    """The address of that list, to go back to."""
    return _posted_state(record_type).query()


def _posted_state(record_type: str) -> ListState:
    args = MultiDict(parse_qsl(request.form.get("query", ""), keep_blank_values=True))
    return ListState.from_args(record_type, args)


def _whole_list(record_type: str, actor: Actor) -> list[int]:
    listing = Listing(chosen_state(record_type, actor), actor)
    statement = listing.ids().order_by(None).order_by(listing.record_type.model.id)
    if listing.warnings:
        raise UserError(listing.warnings[0])
    return list(db.session().execute(statement).scalars())
