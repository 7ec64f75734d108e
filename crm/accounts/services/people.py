"""The list of people who sign in, and what each of them can see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select

from crm import access, db
from crm.access.actor import Actor, Grant, Scopes
from crm.accounts import sessions
from crm.accounts.models import Passkey, Role, RoleGrant, User
from crm.accounts.services import invitations, roles
from crm.plugin_api.types import Permission, RecordType
from crm.runtime import runtime

MOST, SHOWN = 10_000, 20


@dataclass
class Row:
    """A line of the list: who, their roles in words, and whether they are in yet."""

    user: User
    roles: list[str] = field(default_factory=list)
    second_step: bool = False
    invited_until: datetime | None = None

    @property
    def state(self) -> str:
        """`active`, `invited`, `expired` (an invitation that nobody took) or `disabled`."""
        if not self.user.active:
            return "disabled"
        if self.user.password_hash is not None:
            return "active"
        waiting = self.invited_until is not None and self.invited_until > db.now()
        return "invited" if waiting else "expired"


def everybody(text: str = "", *, disabled: bool = False) -> list[Row]:
    """The people whose name or address contains the text, by name; those disabled only when asked for."""
    statement = select(User).order_by(func.lower(User.name), User.id)
    if not disabled:
        statement = statement.where(User.active)
    if text := text.strip():
        statement = statement.where(
            or_(User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True))
        )
    return described(db.session().scalars(statement).all())


def described(users: Sequence[User]) -> list[Row]:
    """The lines for these users, in three queries however many there are."""
    ids = [user.id for user in users]
    rows = {user.id: Row(user, second_step=user.totp_secret is not None) for user in users}
    given = (
        select(RoleGrant, Role)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(RoleGrant.user_id.in_(ids))
        .order_by(RoleGrant.id)
    )
    for grant, role in db.session().execute(given):
        rows[grant.user_id].roles.append(grant_label(grant, role))
    for user_id in db.session().scalars(select(Passkey.user_id).where(Passkey.user_id.in_(ids))):
        rows[user_id].second_step = True
    for user_id, until in invitations.open_until(ids).items():
        rows[user_id].invited_until = until
    return list(rows.values())


def grant_label(grant: RoleGrant, role: Role) -> str:
    """“Organizer”, or “Organizer over Northside Schools”."""
    label = roles.role_label(role)
    if grant.scope_id is None:
        return label
    scope = roles.scope_label(grant.scope_kind, grant.scope_id)
    return _("%(role)s over %(scope)s", role=label, scope=scope)


@dataclass(frozen=True)
class Feature:
    """The permissions of one feature: each with the scopes that it holds over, in words."""

    label: str
    permissions: list[tuple[Permission, list[str]]]


@dataclass(frozen=True)
class Visible:
    """How many records of a kind somebody sees, `more` when that is only where counting stopped, and the
    first of them (id and name) that the asking person may see too."""

    record_type: RecordType
    count: int
    more: bool
    first: list[tuple[int, str]]


def by_feature() -> list[tuple[str, list[Permission]]]:
    """Every permission, grouped by the feature that declares it, in the order of declaration."""
    groups: dict[str, list[Permission]] = {}
    for name, permission in runtime().access.permissions.items():
        groups.setdefault(name.partition(".")[0], []).append(permission)
    return [(feature_label(name), permissions) for name, permissions in groups.items()]


def feature_label(name: str) -> str:
    plugin = runtime().plugins.get(name)
    return str(plugin.info.label) if plugin is not None else name


def permissions_of(user: User) -> list[Feature]:
    """What somebody may do, by feature, over what; features in which they may do nothing are left out."""
    actor = sessions.actor_for(user)
    found = []
    for label, permissions in by_feature():
        held = [(each, _in_words(actor.scopes(each.name))) for each in permissions]
        if held := [(each, words) for each, words in held if words]:
            found.append(Feature(label, held))
    return found


def _in_words(scopes: Scopes) -> list[str]:
    if scopes.everything:
        return [_("Everything")]
    return [roles.scope_label(kind, scope_id) for kind, ids in scopes.ids.items() for scope_id in sorted(ids)]


def visible_to(user: User, viewer: Actor) -> list[Visible]:
    """By kind of protected record, what somebody sees. The viewer learns no name that they may not see."""
    actor = sessions.actor_for(user)
    rules: Mapping[type[Any], Any] = runtime().access.visibility
    return [_visible(kind, actor, viewer) for kind in runtime().fields.types() if kind.model in rules]


def would_see(role: Role, scope_kind: str, scope_id: int | None) -> int:
    """How many records somebody with this role alone would see."""
    permissions = sessions.holding(None if role.everything else frozenset(role.permissions), scope_kind)
    nobody = Actor(None, "", (Grant(permissions, scope_kind, scope_id),))
    rules: Mapping[type[Any], Any] = runtime().access.visibility
    kinds = [kind for kind in runtime().fields.types() if kind.model in rules]
    return sum(_visible(kind, nobody, nobody).count for kind in kinds)


def _visible(kind: RecordType, actor: Actor, viewer: Actor) -> Visible:
    scoped = {access.SCOPED: True}
    seen = access.visible(kind.model, actor)
    some = seen.with_only_columns(kind.model.id).limit(MOST + 1).subquery()
    count = db.session().scalar(select(func.count()).select_from(some).execution_options(**scoped)) or 0
    named: Select[Any] = seen.where(access.visible_clause(kind.model, viewer))
    columns: tuple[Any, ...] = (kind.model.id, kind.label_column)
    named = named.with_only_columns(*columns, maintain_column_froms=True)
    named = kind.base(named) if kind.base is not None else named  # The name may stand in another table.
    first = named.order_by(kind.label_column, kind.model.id).limit(SHOWN)
    rows = [(row[0], row[1]) for row in db.session().execute(first)]
    return Visible(kind, min(count, MOST), count > MOST, rows)
