"""Access: who may see and do what.

`visible(Model, actor)` is the only way to a query over records that are not everybody's. Views declare
their permission with `requires(...)`, `signed_in` or `public`; a view that declares nothing is refused
before it runs, and a test finds it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, g, request
from sqlalchemy import ColumnElement, Select, and_, bindparam, false, not_, select, true
from sqlalchemy.sql.elements import True_

from crm.access.actor import Actor, Grant, Scopes
from crm.access.guard import SCOPED, Unscoped, system
from crm.errors import UserError
from crm.plugin_api.types import Visibility
from crm.runtime import kept, runtime

__all__ = [
    "SCOPED",
    "Actor",
    "Grant",
    "Scopes",
    "Unscoped",
    "current_actor",
    "load",
    "may",
    "public",
    "require",
    "requires",
    "sees_all",
    "signed_in",
    "system",
    "visible",
    "visible_clause",
]

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed in"


def requires(permission: str) -> Callable[[View], View]:
    """Declare the permission that a view needs; records in it are still loaded through `load`."""

    def declare(view: View) -> View:
        view.crm_permission = permission  # type: ignore[attr-defined]  # A mark on the function itself.
        return view

    return declare


def public(view: View) -> View:
    """Declare that anybody may call this view, signed in or not."""
    return requires(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Declare that whoever is signed in may call this view."""
    return requires(SIGNED_IN)(view)


def declared_permission(app: Flask, endpoint: str) -> str | None:
    """The permission that the view behind an endpoint declares, or None."""
    view = app.view_functions.get(endpoint)
    target = getattr(view, "view_class", view)
    return getattr(target, "crm_permission", None)


def current_actor() -> Actor:
    """The actor of this request, job or command."""
    actor: Actor = g.get("crm_actor") or Actor.nobody()
    return actor


def visible_clause(model: type[Any], actor: Actor, permission: str | None = None) -> ColumnElement[bool]:
    """The condition under which `actor` may see (or do `permission` to) a row of `model`."""
    rule = runtime().access.rule_for(model)
    if rule is None:
        return true()
    withheld = runtime().access.withheld(model, actor, model.id)
    allowed = _allowed(rule, actor, permission or rule.permission)
    return allowed if withheld is None else and_(allowed, not_(withheld))


def _allowed(rule: Visibility, actor: Actor, permission: str) -> ColumnElement[bool]:
    """What the roles of an actor let them do a permission to."""
    scopes = actor.scopes(permission)
    if scopes.everything:
        return true()
    return rule.rule_of(permission)(actor, scopes) if scopes or rule.own else false()


def sees_all(model: type[Any], actor: Actor) -> bool:
    """Whether the actor may see every row of `model`, so that a statement about it can be kept for all who
    do."""
    return isinstance(visible_clause(model, actor), True_)


def visible(model: type[Any], actor: Actor, permission: str | None = None) -> Select[Any]:
    """`SELECT model` limited to what the actor may see; add columns, joins and order to it."""
    clause = visible_clause(model, actor, permission)
    return select(model).where(clause).execution_options(**{SCOPED: True})


def load(model: type[Any], record_id: int, permission: str | None = None, *options: Any) -> Any:
    """The record for this request's actor. 404 when it is not theirs to see, 403 when they may see it
    but not do `permission` to it."""
    from crm import db

    actor = current_actor()
    clause = visible_clause(model, actor)
    if options or not isinstance(clause, True_):
        statement, values = visible(model, actor).where(model.id == record_id).options(*options), {}
    else:
        # Most see everything: for them the statement is the same each time, and is put together once.
        statement, values = kept(("load", model), lambda: _by_id(model)), {"wanted_id": record_id}
    record = db.session().scalars(statement, values).unique().one_or_none()
    if record is None:
        abort(404)
    if permission is not None:
        require(model, record_id, permission)
    return record


def _by_id(model: type[Any]) -> Select[Any]:
    from crm import db

    found = select(model).where(model.id == bindparam("wanted_id"))
    return found.execution_options(**{SCOPED: True}, **db.KEPT_PLAN)


def may(model: type[Any], record_id: int, permission: str) -> bool:
    """Whether this request's actor may do `permission` to this record."""
    from crm import db

    actor = current_actor()
    if not actor.can(permission):
        return False
    statement = visible(model, actor, permission).where(model.id == record_id).with_only_columns(model.id)
    return db.session().execute(statement).first() is not None


def require(model: type[Any], record_id: int, permission: str) -> None:
    """403 unless the actor may do `permission` to this record."""
    if not may(model, record_id, permission):
        abort(403)


def enforce() -> None:
    """Before every request: no declared permission means no."""
    from flask import current_app

    if request.endpoint is None or request.endpoint == "static":
        return
    permission = declared_permission(current_app, request.endpoint)
    if permission is None:
        raise Unscoped(f"the view {request.endpoint} declares no permission")
    if permission == PUBLIC:
        return
    actor = current_actor()
    if actor.user_id is None:
        abort(401)
    if permission != SIGNED_IN and not actor.can(permission):
        abort(403)


class NotAllowed(UserError):
    """The actor lacks a permission that a service needs."""

    status = 403
