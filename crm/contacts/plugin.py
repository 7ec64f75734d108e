"""What contacts declare to the rest of the program."""

from collections.abc import Iterable, Sequence

from flask import Blueprint
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import fields, permissions, search
from crm.contacts.models import Organization
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import (
    NavItem,
    Permission,
    PluginInfo,
    RecordType,
    ScopeKind,
    SearchProvider,
    Visibility,
)
from crm.transfer.cleaning.text import fold


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("contacts", _("People and organizations"), "1", models="crm.contacts.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.contacts.views import blueprint

    return (blueprint,)


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_record_types() -> Iterable[RecordType]:
    return (fields.record_type(),)


@hookimpl
def crm_search_providers() -> Iterable[SearchProvider]:
    return search.providers()


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    new, edit = "contacts.new", permissions.EDIT
    return (
        NavItem(_("Contacts"), "contacts.index", "users", permissions.VIEW, 20),
        NavItem(_("New person"), new, "user-plus", edit, 10, "command"),
        NavItem(
            _("New organization"), new, "building-community", edit, 11, "command", {"kind": "organization"}
        ),
    )


@hookimpl
def crm_scope_kinds() -> Iterable[ScopeKind]:
    return (ScopeKind("organization", _("Organization"), _organization_name, _find_organizations),)


def _organization_name(organization_id: int) -> str | None:
    with system("naming the scope of a grant"):
        statement = select(Organization.name).where(Organization.id == organization_id)
        return db.session().execute(statement).scalar_one_or_none()


def _find_organizations(actor: Actor, text: str) -> Sequence[tuple[int, str]]:
    start = fold(text)
    statement = (
        visible(Organization, actor)
        .where(Organization.kind == "organization", Organization.sort_name.between(start, start + "\uffff"))
        .order_by(Organization.sort_name)
        .limit(20)
        .with_only_columns(Organization.id, Organization.name)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]
