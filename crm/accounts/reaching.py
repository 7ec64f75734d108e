"""Whom a record can be given to: those who may do something to it."""

from typing import Any

from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Scopes
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.sessions import actors_for


def who_may(model: type[Any], record_id: int, permission: str) -> list[tuple[int, str]]:
    """(id, name) of each account in use whose roles let them do `permission` to this record, by name."""
    with system("whom something can be given to"):
        people = db.session().scalars(
            select(User).where(User.active.is_(True)).order_by(User.name, User.id)
        ).all()  # fmt: skip
        actors = actors_for(people)
    known: dict[Any, bool] = {}
    chosen = []
    for user, actor in zip(people, actors, strict=True):
        scopes = actor.scopes(permission)
        key = _key(scopes)
        if key not in known:
            statement = visible(model, actor, permission).where(model.id == record_id)
            row = db.session().execute(statement.with_only_columns(model.id)).first() if scopes else None
            known[key] = row is not None
        if known[key]:
            chosen.append((user.id, user.name))
    return chosen


def _key(scopes: Scopes) -> tuple[bool, frozenset[tuple[str, frozenset[int]]]]:
    """Those with the same scopes may do the same: a school's staff is asked about once."""
    return scopes.everything, frozenset(scopes.ids.items())
