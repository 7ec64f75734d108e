"""Saved lists of people, for what a plugin makes of one: a feed, a mailing."""

from typing import Any

from flask import g
from sqlalchemy import Select

from crm.access.actor import Actor
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.fields.listing import Listing
from crm.fields.lists import find, saved_lists, state_of

__all__ = ["ids_of_list", "name_of_list", "read_as", "saved_lists"]


def name_of_list(list_id: int, actor: Actor) -> str:
    """Empty for a list that is gone, or not shared with this actor any more."""
    saved = find(list_id, actor)
    return saved.name if saved is not None else ""


def ids_of_list(list_id: int, record_type: str, actor: Actor) -> Select[Any] | None:
    """A SELECT of the ids of a saved list's records, as the actor sees it; None for a list that is gone, is
    of other records, or is not shared with this actor any more."""
    saved = find(list_id, actor)
    if saved is None or saved.record_type != record_type:
        return None
    return Listing(state_of(saved), actor).ids()


def read_as(user: User) -> Actor | None:
    """Whoever reads a feed of this account sees what the account may see now, in its words and its zone:
    nothing once it is closed."""
    if not user.active:
        return None
    g.crm_user, g.crm_actor = user, actor_for(user)
    return actor_for(user)
