"""What boot refuses: one name owns a plugin's address, permissions, templates, tables and migrations."""

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask
from sqlalchemy import Table

from crm import access
from crm.db import Base
from crm.errors import ConfigurationError
from crm.plugin_host.discovery import Plugin

if TYPE_CHECKING:
    from crm.runtime import Runtime


def require_prefix(plugin: Plugin, name: str, separator: str) -> None:
    """Everything a plugin names begins with its own name."""
    if not plugin.core and not name.startswith(plugin.name + separator):
        raise ConfigurationError(
            f"The plugin {plugin.name} may not declare {name}; the name must begin with "
            f"{plugin.name}{separator}."
        )


def require_own(plugin: Plugin, name: str) -> None:
    """A kind of record has the plugin's name, alone or as a beginning: `policy`, `policy_bill`."""
    if name != plugin.name:
        require_prefix(plugin, name, "_")


def tables_of(plugin: Plugin) -> list[Table]:
    """The tables whose models lie in the plugin's package."""
    return [table for owner, table in _mapped() if plugin.has(owner)]


def core_tables() -> set[str]:
    """The names of the core's tables."""
    return {table.name for owner, table in _mapped() if owner.startswith("crm.")}


def _mapped() -> list[tuple[str, Table]]:
    """Every mapped table with the name of the module that defines its model."""
    found = []
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if isinstance(table, Table):
            found.append((mapper.class_.__module__, table))
    return found


def check_tables(plugins: Iterable[Plugin]) -> None:
    """A plugin's tables carry its prefix and refer to the core, to themselves and to what it requires."""
    added = {plugin.name: plugin for plugin in plugins if not plugin.core}
    core = core_tables()
    for plugin in added.values():
        if claimed := sorted(name for name in core if name.startswith(f"{plugin.name}_")):
            raise ConfigurationError(
                f"A plugin may not be named {plugin.name}: {claimed[0]} is a table of Rollcall itself."
            )
        allowed = (f"{plugin.name}_", *(f"{name}_" for name in _required(plugin, added)))
        for table in tables_of(plugin):
            require_prefix(plugin, table.name, "_")
            _check_references(plugin, table, core, allowed)


def _required(plugin: Plugin, plugins: dict[str, Plugin]) -> set[str]:
    """The names of all that a plugin requires, directly or not."""
    found: set[str] = set()
    for name in plugin.info.requires:
        found |= {name} | _required(plugins[name], plugins)
    return found


def _check_references(plugin: Plugin, table: Table, core: set[str], allowed: tuple[str, ...]) -> None:
    for key in table.foreign_keys:
        target = key.target_fullname.split(".")[0]
        if target not in core and not target.startswith(allowed):
            raise ConfigurationError(
                f"The plugin {plugin.name}: {table.name} refers to {target}, which is neither the core's "
                "nor that of a plugin it requires."
            )


def check_migrations(plugin: Plugin) -> None:
    """The files of a plugin's revisions begin with its name, so that no two plugins' can be confused."""
    folder = plugin.info.migrations
    if folder is None:
        if not plugin.core and tables_of(plugin):
            raise ConfigurationError(f"The plugin {plugin.name} has tables but names no migrations.")
        return
    if not folder.is_dir():
        raise ConfigurationError(
            f"The plugin {plugin.name} names migrations in {folder}, which is no folder."
        )
    for file in folder.glob("*.py"):
        require_prefix(plugin, file.name, "_")


def check_blueprint(app: Flask, plugin: Plugin, blueprint: Blueprint) -> None:
    """A plugin serves below its own name, and its templates lie in a folder of that name."""
    if plugin.core:
        return
    interface = blueprint.name.removeprefix(f"{plugin.name}_")
    if interface in plugin.info.interfaces and blueprint.url_prefix == f"/{interface}":
        _check_free(app, plugin, interface)
        return
    if blueprint.name != plugin.name:
        raise ConfigurationError(
            f"The plugin {plugin.name} has a blueprint named {blueprint.name}; it must be {plugin.name}."
        )
    if blueprint.url_prefix != f"/{plugin.name}":
        raise ConfigurationError(
            f"The plugin {plugin.name} must serve below /{plugin.name}, not {blueprint.url_prefix}."
        )
    _check_free(app, plugin, plugin.name)
    if blueprint.template_folder is not None:
        _check_templates(plugin, Path(blueprint.root_path) / blueprint.template_folder)


def _check_free(app: Flask, plugin: Plugin, name: str) -> None:
    if name == "static" or any(rule.rule.split("/")[1] == name for rule in app.url_map.iter_rules()):
        raise ConfigurationError(f"A plugin may not be named {plugin.name}: /{name} is taken.")


def _check_templates(plugin: Plugin, folder: Path) -> None:
    strangers = [each.name for each in folder.glob("*") if each.name != plugin.name]
    if strangers:
        raise ConfigurationError(
            f"The plugin {plugin.name} must keep its templates in {folder / plugin.name}; "
            f"{strangers[0]} lies beside it."
        )


def check_views(app: Flask, runtime: "Runtime", plugin: Plugin, endpoints: Iterable[str]) -> None:
    """Every view declares a permission that somebody declared; the files of a plugin are everybody's."""
    for endpoint in endpoints:
        if endpoint.endswith(".static"):
            app.view_functions[endpoint] = access.public(_own_function(app.view_functions[endpoint]))
        permission = access.declared_permission(app, endpoint)
        if permission is None:
            raise ConfigurationError(
                f"The plugin {plugin.name}: the view {endpoint} declares no permission; put @requires(...), "
                "@signed_in or @public on it."
            )
        require_permission(runtime, plugin, permission, f"the view {endpoint}")
        if not plugin.core:
            app.view_functions[endpoint] = _survivable(app.view_functions[endpoint], plugin.name)


def require_permission(runtime: "Runtime", plugin: Plugin, permission: str | None, where: str) -> None:
    """What asks for a permission asks for one that exists."""
    known = (None, access.PUBLIC, access.SIGNED_IN)
    if permission not in known and permission not in runtime.access.permissions:
        raise ConfigurationError(
            f"The plugin {plugin.name}: {where} asks for the undeclared permission {permission}."
        )


def _own_function(view: Callable[..., Any]) -> Callable[..., Any]:
    """A function that marks can be set on: the view of static files is a method."""

    @wraps(view)
    def call(*args: Any, **values: Any) -> Any:
        return view(*args, **values)

    return call


def _survivable(view: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A view that asks Python to exit has made a mistake; the server goes on."""

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except SystemExit as error:
            raise RuntimeError(f"the plugin {name} tried to end the program") from error

    return run
