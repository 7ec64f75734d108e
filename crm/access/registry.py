"""What features declare about access: permissions, default roles, and the rule of each protected table."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from crm.access.actor import Actor, Scopes
from crm.errors import ConfigurationError
from crm.plugin_api.types import DefaultRole, Permission, ReservedIds, ScopeKind, Visibility, Withheld


def _either(first: Visibility, second: Visibility, plugin: str) -> Visibility:
    """The rule of a model for which two features know a reason to be seen: either of them is enough."""
    if first.permission != second.permission:
        raise ConfigurationError(
            f"{plugin}: {first.model.__name__} is seen with the permission {first.permission}, not with "
            f"{second.permission}."
        )

    def rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        return or_(first.rule(actor, scopes), second.rule(actor, scopes))

    def writing(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        return or_(*((each.writing or each.rule)(actor, scopes) for each in (first, second)))

    own, reading = first.own or second.own, (*first.reading, *second.reading)
    return Visibility(first.model, first.permission, rule, own, writing, reading)


class AccessRegistry:
    """Filled at boot, frozen afterwards."""

    def __init__(self) -> None:
        self.permissions: dict[str, Permission] = {}
        self.roles: dict[str, DefaultRole] = {}
        self.scope_kinds: dict[str, ScopeKind] = {}
        self.visibility: dict[type[Any], Visibility] = {}
        self._withheld: dict[type[Any], list[Withheld]] = {}
        self._reserved: list[ReservedIds] = []

    def add_permission(self, permission: Permission, plugin: str) -> None:
        if permission.name in self.permissions:
            raise ConfigurationError(f"{plugin}: the permission {permission.name} is declared twice.")
        self.permissions[permission.name] = permission

    def add_visibility(self, visibility: Visibility, plugin: str) -> None:
        if visibility.permission not in self.permissions:
            raise ConfigurationError(
                f"{plugin}: {visibility.model.__name__} asks for the undeclared permission "
                f"{visibility.permission}."
            )
        present = self.visibility.get(visibility.model)
        self.visibility[visibility.model] = (
            visibility if present is None else _either(present, visibility, plugin)
        )

    def add_withheld(self, withheld: Withheld) -> None:
        self._withheld.setdefault(withheld.model, []).append(withheld)

    def withheld(self, model: type[Any], actor: Actor, ids: Any) -> ColumnElement[bool] | None:
        """The condition that a row with one of these ids is kept from an actor whatever their roles say; None
        where no row of the model is."""
        found = [each.rule(actor, ids) for of in model.__mro__ for each in self._withheld.get(of, ())]
        conditions = [condition for condition in found if condition is not None]
        return or_(*conditions) if conditions else None

    def add_reserved_ids(self, reserved: ReservedIds) -> None:
        self._reserved.append(reserved)

    def reserved(self, external_id: str, actor: Actor) -> str:
        """How an external id of a contact begins that an actor may neither give nor ask for, unless they see
        who has it; empty where they may."""
        return next(
            (
                beginning
                for each in self._reserved
                for beginning in each.beginnings
                if external_id.startswith(beginning) and not each.allowed(actor)
            ),
            "",
        )

    def rule_for(self, model: type[Any]) -> Visibility | None:
        """The rule of a model or of the one it inherits from; None for what is everybody's."""
        for each in model.__mro__:
            if each in self.visibility:
                return self.visibility[each]
        return None

    def protected_tables(self) -> set[str]:
        return {visibility.model.__table__.name for visibility in self.visibility.values()}
