"""Boot: everything that features and plugins declare goes into the runtime, checked, once."""

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from crm.access.guard import Guard
from crm.access.registry import AccessRegistry
from crm.config import Config
from crm.errors import ConfigurationError
from crm.fields.registry import FieldRegistry
from crm.plugin_host.discovery import Plugin
from crm.plugin_host.host import PluginHost
from crm.runtime import Runtime


def boot(app: Flask, config: Config, engine: Engine, sessions: sessionmaker[Session]) -> Runtime:
    """Build the runtime; any mistake raises ConfigurationError naming the plugin."""
    host = PluginHost.load(config)
    runtime = Runtime(config, engine, sessions, host, AccessRegistry(), FieldRegistry())
    _declare_access(runtime)
    _declare_fields(runtime)
    _declare_services(runtime)
    _register_blueprints(app, host)
    if protected := runtime.access.protected_tables():
        Guard(protected).install(engine)
    return runtime


def _declare_access(runtime: Runtime) -> None:
    host, access = runtime.plugins, runtime.access
    for _plugin, role in host.declared("crm_roles"):
        access.roles[role.name] = role
    for plugin, permission in host.declared("crm_permissions"):
        _check_prefix(plugin, permission.name, ".")
        access.add_permission(permission, plugin.name)
    for _plugin, scope_kind in host.declared("crm_scope_kinds"):
        access.scope_kinds[scope_kind.name] = scope_kind
    for plugin, visibility in host.declared("crm_visibility"):
        _check_prefix(plugin, visibility.model.__table__.name, "_")
        access.add_visibility(visibility, plugin.name)


def _declare_fields(runtime: Runtime) -> None:
    for plugin, record_type in runtime.plugins.declared("crm_record_types"):
        runtime.fields.add_type(record_type, plugin.name)
    for record_type in runtime.fields.types():
        for plugin, field in runtime.plugins.declared("crm_fields", record_type=record_type.name):
            runtime.fields.add_field(record_type.name, field, plugin.name)


def _declare_services(runtime: Runtime) -> None:
    host = runtime.plugins
    for hook, registry, key in (
        ("crm_jobs", runtime.jobs, "name"),
        ("crm_importers", runtime.importers, "kind"),
        ("crm_exporters", runtime.exporters, "kind"),
        ("crm_search_providers", runtime.search, "kind"),
        ("crm_settings", runtime.settings, "key"),
    ):
        for plugin, declared in host.declared(hook):
            name = getattr(declared, key)
            if name in registry:
                raise ConfigurationError(f"The plugin {plugin.name} declares {name} a second time.")
            registry[name] = declared


def _register_blueprints(app: Flask, host: PluginHost) -> None:
    for plugin, blueprint in host.declared("crm_blueprints"):
        if not plugin.core and blueprint.name != plugin.name:
            raise ConfigurationError(
                f"The plugin {plugin.name} has a blueprint named {blueprint.name}; it must be {plugin.name}."
            )
        if not plugin.core and blueprint.url_prefix != f"/{plugin.name}":
            raise ConfigurationError(
                f"The plugin {plugin.name} must serve below /{plugin.name}, not {blueprint.url_prefix}."
            )
        app.register_blueprint(blueprint)


def _check_prefix(plugin: Plugin, name: str, separator: str) -> None:
    if not plugin.core and not name.startswith(plugin.name + separator):
        raise ConfigurationError(f"The plugin {plugin.name} may not declare {name}; it lacks its prefix.")
