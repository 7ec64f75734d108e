"""What coalitions declare to the rest of the program."""

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions import permissions
from crm.coalitions.models import Coalition
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import Permission, PluginInfo, ScopeKind, Visibility
from crm.transfer.cleaning.text import fold


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("coalitions", _("Coalitions and commitments"), "1", models="crm.coalitions.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_visibility() -> Iterable[Visibility]:
    return permissions.visibility()


@hookimpl
def crm_scope_kinds() -> Iterable[ScopeKind]:
    return (ScopeKind("coalition", _("Coalition"), _coalition_name, _find_coalitions),)


def _coalition_name(coalition_id: int) -> str | None:
    with system("naming the scope of a grant"):
        statement = select(Coalition.name).where(Coalition.id == coalition_id)
        return db.session().execute(statement).scalar_one_or_none()


def _find_coalitions(actor: Actor, text: str) -> Sequence[tuple[int, str]]:
    statement = (
        visible(Coalition, actor)
        .where(db.begins_with(Coalition.sort_name, fold(text)))
        .order_by(Coalition.sort_name)
        .limit(20)
        .with_only_columns(Coalition.id, Coalition.name)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]
