"""What this plugin declares to Rollcall: one function for each hook."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask import Blueprint

from crm.plugin_api import (
    Action,
    Actor,
    CalendarEntry,
    Card,
    Contact,
    DataSection,
    DigestItem,
    Exporter,
    Field,
    Heirs,
    Importer,
    JobKind,
    JobRun,
    NavItem,
    Panel,
    Permission,
    PluginInfo,
    RecordType,
    Responsibility,
    SearchProvider,
    Setting,
    TimelineEntry,
    Visibility,
    hookimpl,
)
from crm.plugin_api import lazy_gettext as _
from crm_policy.permissions import EDIT, IMPORT, VIEW


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo(
        name="policy",
        label=_("State policy"),
        version="1.0",
        description=_("Bills, legislators, hearings and positions in every state."),
        models="crm_policy.models",
        migrations=Path(__file__).parent / "migrations",
    )


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm_policy.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    from crm_policy import permissions

    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    from crm_policy import permissions

    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    from crm_policy import fields

    return (fields.bills(), fields.legislators(), fields.hearings())


@hookimpl
def crm_importers() -> Iterable[Importer]:
    from crm_policy.importing.handler import PolicyImport

    suffixes = (".zip", ".json", ".csv", ".yml", ".yaml")
    yield Importer(
        "bills",
        _("Bills (LegiScan, Open States)"),
        IMPORT,
        suffixes,
        PolicyImport(),
        _("The zip of a session from LegiScan or Open States, or single replies of either service."),
    )
    yield Importer(
        "legislators",
        _("Legislators and committees (Open States, LegiScan)"),
        IMPORT,
        suffixes,
        PolicyImport(),
        _("YAML files of the Open States people, alone or in a zip."),
    )
