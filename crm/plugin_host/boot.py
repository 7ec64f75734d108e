"""Boot: everything that features and plugins declare goes into the runtime, checked, once."""

from importlib import import_module
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from crm.access.guard import Guard
from crm.access.registry import AccessRegistry
from crm.config import Config
from crm.errors import ConfigurationError
from crm.fields.registry import FieldRegistry
from crm.plugin_host import checks
from crm.plugin_host.discovery import Plugin
from crm.plugin_host.host import PluginHost
from crm.runtime import Runtime


def boot(app: Flask, config: Config, engine: Engine, sessions: sessionmaker[Session]) -> Runtime:
    """Build the runtime; any mistake raises ConfigurationError naming the plugin."""
    host = PluginHost.load(config)
    for plugin in host.plugins:
        import_models(plugin)
        checks.check_migrations(plugin)
    checks.check_tables(host.plugins)
    runtime = Runtime(config, engine, sessions, host, AccessRegistry(), FieldRegistry())
    _declare_access(runtime)
    _declare_fields(runtime)
    _declare_services(runtime)
    _register_blueprints(app, runtime)
    _check_endpoints(app, runtime)
    if protected := runtime.access.protected_tables():
        Guard(protected).install(engine)
    return runtime


def import_models(plugin: Plugin) -> None:
    """Define the tables of a feature or plugin."""
    if plugin.info.models is None:
        return
    try:
        import_module(plugin.info.models)
    except (Exception, SystemExit) as error:
        raise ConfigurationError(f"The models of the plugin {plugin.name} failed: {error!r}") from error


def _declare_access(runtime: Runtime) -> None:
    host, access = runtime.plugins, runtime.access
    for plugin, role in host.declared("crm_roles"):
        _add(access.roles, role.name, role, plugin)
    for plugin, permission in host.declared("crm_permissions"):
        checks.require_prefix(plugin, permission.name, ".")
        access.add_permission(permission, plugin.name)
    for plugin, scope_kind in host.declared("crm_scope_kinds"):
        _add(access.scope_kinds, scope_kind.name, scope_kind, plugin)
    for plugin, visibility in host.declared("crm_visibility"):
        checks.require_prefix(plugin, visibility.model.__table__.name, "_")
        access.add_visibility(visibility, plugin.name)
    for _plugin, withheld in host.declared("crm_withheld"):
        access.add_withheld(withheld)
    for _plugin, reserved in host.declared("crm_reserved_ids"):
        access.add_reserved_ids(reserved)


def _declare_fields(runtime: Runtime) -> None:
    host = runtime.plugins
    for plugin, record_type in host.declared("crm_record_types"):
        checks.require_own(plugin, record_type.name)
        runtime.fields.add_type(record_type, plugin.name)
        checks.require_permission(runtime, plugin, record_type.permission, f"the list {record_type.name}")
    for record_type in runtime.fields.types():
        for plugin, field in host.declared("crm_fields", record_type=record_type.name):
            checks.require_prefix(plugin, field.name, "_")
            runtime.fields.add_field(record_type.name, field, plugin.name)
            checks.require_permission(runtime, plugin, field.permission, f"the field {field.name}")
    for plugin, relation in host.declared("crm_relations"):
        checks.require_prefix(plugin, relation.name, "_")
        runtime.fields.add_relation(relation, plugin.name)
        checks.require_permission(runtime, plugin, relation.permission, f"the relation {relation.name}")

    for plugin, words in host.declared("crm_history_words"):
        if words.table:
            checks.require_prefix(plugin, words.table, "_")
        place = words.table or ("" if plugin.core else plugin.name)
        _add(runtime.column_words, f"{place}.{words.column}", words, plugin)


def _declare_services(runtime: Runtime) -> None:
    host = runtime.plugins
    for hook, registry, key in (
        ("crm_jobs", runtime.jobs, "name"),
        ("crm_importers", runtime.importers, "kind"),
        ("crm_exporters", runtime.exporters, "kind"),
        ("crm_search_providers", runtime.search, "kind"),
        ("crm_measures", runtime.measures, "name"),
        ("crm_settings", runtime.settings, "name"),
    ):
        for plugin, declared in host.declared(hook):
            name = getattr(declared, key)
            if hook in {"crm_jobs", "crm_settings"}:
                checks.require_prefix(plugin, name, ".")
            if hook == "crm_search_providers":
                checks.require_own(plugin, name)
            _add(registry, name, declared, plugin)
            checks.require_permission(runtime, plugin, getattr(declared, "permission", None), name)


def _add(registry: dict[str, Any], name: str, declared: object, plugin: Plugin) -> None:
    if name in registry:
        raise ConfigurationError(f"The plugin {plugin.name} declares {name} a second time.")
    registry[name] = declared


def _register_blueprints(app: Flask, runtime: Runtime) -> None:
    for plugin, blueprint in runtime.plugins.declared("crm_blueprints"):
        checks.check_blueprint(app, plugin, blueprint)
        before = set(app.view_functions)
        try:
            app.register_blueprint(blueprint)
        except (AssertionError, ValueError) as error:
            raise ConfigurationError(f"The pages of the plugin {plugin.name} failed: {error}") from error
        checks.check_views(app, runtime, plugin, sorted(set(app.view_functions) - before))


def _check_endpoints(app: Flask, runtime: Runtime) -> None:
    """Records, results and references are shown by views that exist."""
    named = [(each.name, each.endpoint) for each in runtime.fields.types()]
    named += [(each.name, each.list_endpoint) for each in runtime.fields.types()]
    named += [
        (each.name, field.endpoint)
        for each in runtime.fields.types()
        for field in each.fields
        if field.endpoint
    ]
    named += [(each.kind, each.endpoint) for each in runtime.search.values()]
    named += [(each.name, each.result_endpoint) for each in runtime.jobs.values() if each.result_endpoint]
    for name, endpoint in named:
        if endpoint not in app.view_functions:
            raise ConfigurationError(f"{name} names the endpoint {endpoint}, which does not exist.")
