"""Roles and who has them."""

import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import insert, select

from crm import access, db
from crm.access.actor import EVERYTHING, Actor
from crm.accounts.models import KnownPermission, Role, RoleGrant, User
from crm.accounts.services import authority
from crm.accounts.turns import take_turn
from crm.errors import UserError
from crm.plugin_api.types import DefaultRole, Permission
from crm.runtime import runtime
from crm.transfer.cleaning.text import fold

SEEDED_ROLE = "role:"


def seed_roles() -> None:
    """Make the default roles and hand each new permission to the roles it is declared for, once: what an
    administrator changed or deleted since stays so. May run as often as one likes."""
    take_turn("seed roles")
    known = set(db.session().scalars(select(KnownPermission.name)))
    roles = {role.name: role for role in db.session().scalars(select(Role))}
    new_roles = [each for each in runtime().access.roles.values() if SEEDED_ROLE + each.name not in known]
    new_permissions = [each for each in runtime().access.permissions.values() if each.name not in known]
    for declared in new_roles:
        if declared.name not in roles:
            roles[declared.name] = _make_role(declared)
    for permission in new_permissions:
        _hand_out(permission, roles)
    names = [SEEDED_ROLE + each.name for each in new_roles] + [each.name for each in new_permissions]
    if names:
        db.session().execute(insert(KnownPermission), [{"name": name} for name in names])
    db.session().flush()


def _make_role(declared: DefaultRole) -> Role:
    role = Role(
        name=declared.name,
        label=in_english(declared.label),
        description=in_english(declared.description),
        everything=declared.everything,
        permissions=list(declared.permissions),
    )
    db.session().add(role)
    return role


def _hand_out(permission: Permission, roles: dict[str, Role]) -> None:
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


def of_user(user: User) -> list[tuple[RoleGrant, Role]]:
    """The grants of a user with their roles, the widest first."""
    statement = (
        select(RoleGrant, Role)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(RoleGrant.user_id == user.id)
        .order_by(RoleGrant.scope_kind != EVERYTHING, RoleGrant.id)
    )
    return [(given, role) for given, role in db.session().execute(statement)]


def revoke(actor: Actor, given: RoleGrant, role: Role) -> None:
    """Take a role from a user. UserError when nobody would be left who may do everything. Inside a
    transaction."""
    authority.require_may_give(actor, role)
    with authority.losing_power():
        db.session().delete(given)


def make_role(actor: Actor, label: str, description: str = "") -> Role:
    """A new role that allows nothing yet. Inside a transaction."""
    label = _free_label(None, label)
    take_turn("roles")
    base = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:50] or "role"
    taken = set(db.session().scalars(select(Role.name)))
    name = next(
        each for each in chain([base], (f"{base}_{number}" for number in count(2))) if each not in taken
    )
    role = Role(name=name, label=label, description=description, permissions=[])
    db.session().add(role)
    db.session().flush()
    return role


def change_role(actor: Actor, role: Role, label: str, description: str, permissions: Iterable[str]) -> None:
    """Set what a role is called and allows. The actor can neither add nor take away what they may not do
    themselves. Permissions of plugins that are not enabled now stay. Inside a transaction."""
    declared = runtime().access.permissions
    before, wanted = set(role.permissions), set(permissions) & declared.keys()
    for name in (before & declared.keys()) ^ wanted:
        if not actor.can_everywhere(name):
            raise access.NotAllowed(
                _(
                    "You may not do “%(permission)s” yourself, so you cannot give or take it.",
                    permission=declared[name].label,
                )
            )
    if role.everything:
        wanted, before = set(), set()
    if label.strip() != role_label(role):
        role.label = _free_label(role, label)
    if description.strip() != role_description(role):
        role.description = description.strip()
    kept = before - declared.keys()
    role.permissions = sorted(wanted | kept)
    db.session().flush()


def delete_role(role: Role) -> None:
    """Remove a role that nobody has. Inside a transaction."""
    if role.everything:
        raise UserError(_("The role that may do everything cannot be deleted."))
    if db.session().scalar(select(RoleGrant.id).where(RoleGrant.role_id == role.id).limit(1)) is not None:
        raise UserError(_("Somebody has this role. Take it from them first."))
    db.session().delete(role)
    db.session().flush()


def role_description(role: Role) -> str:
    """What the role is for, in the reader's language unless an administrator wrote it."""
    declared = runtime().access.roles.get(role.name)
    ours = declared is not None and in_english(declared.description) == role.description
    return str(declared.description) if declared is not None and ours else role.description


def scope_label(scope_kind: str, scope_id: int | None) -> str:
    """A scope in words: “everything”, or the name of the record."""
    if scope_kind == EVERYTHING or scope_id is None:
        return _("Everything")
    kind = runtime().access.scope_kinds.get(scope_kind)
    name = kind.label_of(scope_id) if kind is not None else None
    return name or _("Something that is gone")


def _free_label(role: Role | None, label: str) -> str:
    label = " ".join(label.split())[:100]
    if not label:
        raise UserError(_("A role needs a name."))
    for other in all_roles():
        if (role is None or other.id != role.id) and role_label(other).casefold() == label.casefold():
            raise UserError(_("There is a role “%(label)s” already. Choose another name.", label=label))
    return label
