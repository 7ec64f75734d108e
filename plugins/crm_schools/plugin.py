"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from flask import Blueprint

from crm.plugin_api import Permission, PluginInfo, Visibility, hookimpl
from crm.plugin_api import lazy_gettext as _


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="schools",
        label=_("Schools"),
        version="1.0",
        description=_("Who is missing too much school, why, and what was done."),
        models="crm_schools.models",
        migrations=Path(__file__).parent / "migrations",
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_schools.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_schools import permissions

    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_schools import permissions

    return permissions.visibility()


@hookimpl
def crm_changed(touched: Mapping[str, Collection[int]]) -> None:
    if any(table.startswith("schools_") for table in touched):
        from crm_schools import rating

        rating.follow(touched)
