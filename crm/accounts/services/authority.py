"""Nobody gives away more than they have, and somebody always remains who may do everything."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import gettext as _
from sqlalchemy import select

from crm import access, db
from crm.access.actor import EVERYTHING, Actor
from crm.accounts.models import Role, RoleGrant, User
from crm.accounts.turns import take_turn
from crm.errors import UserError


def holds_everything(actor: Actor) -> bool:
    """Whether the actor may do everything everywhere, as an administrator and the system may."""
    return any(grant.permissions is None and grant.scope_kind == EVERYTHING for grant in actor.grants)


def may_give(actor: Actor, role: Role) -> bool:
    """Whether the role allows nothing that the actor may not do everywhere."""
    if holds_everything(actor):
        return True
    return not role.everything and all(actor.can_everywhere(name) for name in role.permissions)


def require_may_give(actor: Actor, role: Role) -> None:
    if not may_give(actor, role):
        raise access.NotAllowed(
            _("This role allows more than yours does. Only an administrator can give or take it.")
        )


def may_manage(actor: Actor, user: User) -> bool:
    """Whether the actor could have given the user every role they have."""
    statement = select(Role).join(RoleGrant, RoleGrant.role_id == Role.id).where(RoleGrant.user_id == user.id)
    return all(may_give(actor, role) for role in db.session().scalars(statement))


def require_may_manage(actor: Actor, user: User) -> None:
    if not may_manage(actor, user):
        raise access.NotAllowed(
            _("%(name)s may do more than you, so only an administrator can do this.", name=user.name)
        )


@contextmanager
def losing_power() -> Iterator[None]:
    """Around a change after which fewer people may do everything: one such change at a time. UserError when
    it takes away the last who can sign in and may; where nobody could before, it takes nothing away."""
    take_turn("administrators")
    somebody = _is_an_administrator()
    yield
    if somebody and not _is_an_administrator():
        raise UserError(_nobody_left())


def require_an_administrator() -> None:
    """After an undo: UserError unless somebody who can sign in still may do everything."""
    take_turn("administrators")
    if not _is_an_administrator():
        raise UserError(_nobody_left())


def _nobody_left() -> str:
    return _("Nobody would be left who may do everything. Make somebody else an administrator first.")


def _is_an_administrator() -> bool:
    db.session().flush()
    holding = (
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(
            User.active,
            User.password_hash.is_not(None),
            Role.everything,
            RoleGrant.scope_kind == EVERYTHING,
        )
    )
    return db.session().scalar(holding.limit(1)) is not None
