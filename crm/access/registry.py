"""What features declare about access: permissions, default roles, and the rule of each protected table."""

from typing import Any

from crm.errors import ConfigurationError
from crm.plugin_api.types import DefaultRole, Permission, ScopeKind, Visibility


class AccessRegistry:
    """Filled at boot, frozen afterwards."""

    def __init__(self) -> None:
        self.permissions: dict[str, Permission] = {}
        self.roles: dict[str, DefaultRole] = {}
        self.scope_kinds: dict[str, ScopeKind] = {}
        self.visibility: dict[type[Any], Visibility] = {}

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
        self.visibility[visibility.model] = visibility

    def rule_for(self, model: type[Any]) -> Visibility | None:
        """The rule of a model or of the one it inherits from; None for what is everybody's."""
        for each in model.__mro__:
            if each in self.visibility:
                return self.visibility[each]
        return None

    def protected_tables(self) -> set[str]:
        return {visibility.model.__table__.name for visibility in self.visibility.values()}
