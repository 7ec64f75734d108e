"""Whom a record can be given to: those who may do something to it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor, Scopes
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.sessions import actors_for


def who_may(model: type[Any], record_id: int, permission: str) -> list[tuple[int, str]]:
    """(id, name) of each account in use whose roles let them do `permission` to this record, by name."""
    found = who_may_each(model, [record_id], permission)
    return [(user_id, name) for user_id, name, _allowed in found]


def who_may_each(
    model: type[Any], record_ids: Sequence[int], permission: str
) -> list[tuple[int, str, frozenset[int]]]:
    """The same for several records: whoever may for one of them at least, with the ids of those for which."""
    with system("whom something can be given to"):
        people = db.session().scalars(
            select(User).where(User.active.is_(True)).order_by(User.name, User.id)
        ).all()  # fmt: skip
        actors = actors_for(people)
    known: dict[Any, frozenset[int]] = {}
    for actor in actors:
        scopes = actor.scopes(permission)
        if (key := _key(scopes)) not in known:
            known[key] = _allowed(model, record_ids, permission, actor) if scopes else frozenset()
    of_each = [known[_key(actor.scopes(permission))] for actor in actors]
    return [(user.id, user.name, ids) for user, ids in zip(people, of_each, strict=True) if ids]


def _allowed(model: type[Any], record_ids: Sequence[int], permission: str, actor: Actor) -> frozenset[int]:
    statement = visible(model, actor, permission).where(db.among(model.id, record_ids))
    return frozenset(db.session().execute(statement.with_only_columns(model.id)).scalars())


def _key(scopes: Scopes) -> tuple[bool, frozenset[tuple[str, frozenset[int]]]]:
    """Those with the same scopes may do the same: a school's staff is asked about once."""
    return scopes.everything, frozenset(scopes.ids.items())
