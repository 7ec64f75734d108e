"""Roles and who has them."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import EVERYTHING
from crm.accounts.models import KnownPermission, Role, RoleGrant, User
from crm.accounts.turns import take_turn
from crm.errors import UserError
from crm.plugin_api.types import DefaultRole, Permission
from crm.runtime import runtime

SEEDED_ROLE = "role:"


def seed_roles() -> None:
    """Make the default roles and hand each new permission to the roles it is declared for, once: what an
    administrator changed or deleted since stays so. May run as often as one likes."""
    take_turn("seed roles")
    known = set(db.session().scalars(select(KnownPermission.name)))
    for declared in runtime().access.roles.values():
        if SEEDED_ROLE + declared.name not in known:
            _make_role(declared)
    roles = {role.name: role for role in db.session().scalars(select(Role))}
    for permission in runtime().access.permissions.values():
        if permission.name not in known:
            _hand_out(permission, roles)
    db.session().flush()


def _make_role(declared: DefaultRole) -> None:
    db.session().add(KnownPermission(name=SEEDED_ROLE + declared.name))
    if role_named(declared.name) is None:
        label, description = in_english(declared.label), in_english(declared.description)
        everything = declared.everything
        role = Role(
            name=declared.name, label=label, description=description, everything=everything, permissions=[]
        )
        db.session().add(role)
    db.session().flush()


def _hand_out(permission: Permission, roles: dict[str, Role]) -> None:
    db.session().add(KnownPermission(name=permission.name))
    for name in permission.roles:
        if (role := roles.get(name)) is not None and permission.name not in role.permissions:
            role.permissions = [*role.permissions, permission.name]


def role_named(name: str) -> Role | None:
    return db.session().scalar(select(Role).where(Role.name == name))


def all_roles() -> list[Role]:
    """Every role, the one that may do everything first."""
    return list(db.session().scalars(select(Role).order_by(Role.everything.desc(), Role.id)))


def in_english(text: Any) -> str:
    """A translated text as it stands in the code, which is what the database keeps of it."""
    with force_locale("en"):
        return str(text)


def role_label(role: Role) -> str:
    """The role's name in the reader's language, unless an administrator gave it another."""
    declared = runtime().access.roles.get(role.name)
    ours = declared is not None and in_english(declared.label) == role.label
    return str(declared.label) if declared is not None and ours else role.label


def grant(user: User, role: Role, scope_kind: str = EVERYTHING, scope_id: int | None = None) -> RoleGrant:
    """Give a user a role over everything or over one record; UserError when they have it already."""
    if scope_kind != EVERYTHING and scope_kind not in runtime().access.scope_kinds:
        raise UserError(_("A role cannot be limited to “%(kind)s”. Choose another scope.", kind=scope_kind))
    take_turn(f"grants {user.id}")
    same = select(RoleGrant.id).where(
        RoleGrant.user_id == user.id,
        RoleGrant.role_id == role.id,
        RoleGrant.scope_kind == scope_kind,
        RoleGrant.scope_id.is_(None) if scope_id is None else RoleGrant.scope_id == scope_id,
    )
    if db.session().scalar(same) is not None:
        raise UserError(_("%(name)s has this role already.", name=user.name))
    given = RoleGrant(user_id=user.id, role_id=role.id, scope_kind=scope_kind, scope_id=scope_id)
    db.session().add(given)
    db.session().flush()
    return given
