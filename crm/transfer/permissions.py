"""Who may see an import or an export: whoever made it, and whoever may import that kind everywhere."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_

from crm.access.actor import Actor, Scopes
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility
from crm.runtime import runtime
from crm.transfer.kinds import KeepsToReaders
from crm.transfer.models import ExportRun, ImportRun

VIEW_ALL = "transfer.view_all"


def permissions() -> Iterable[Permission]:
    return (Permission(VIEW_ALL, _("See the imports and exports of everybody"), everywhere=True),)


def import_rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """One's own, and those of the kinds that one may import over everything."""
    kinds = [each.kind for each in runtime().importers.values() if actor.can_everywhere(each.permission)]
    return or_(_own(actor), ImportRun.kind.in_(kinds))


def readable(actor: Actor) -> ColumnElement[bool]:
    """Besides what is visible: of kinds that keep their files to some readers one's own alone, unless one of
    them. That holds for whoever may see all imports, too."""
    kept = [
        each.kind
        for each in runtime().importers.values()
        if isinstance(each.handler, KeepsToReaders) and not each.handler.may_read(actor)
    ]
    return or_(_own(actor), ImportRun.kind.not_in(kept))


def _own(actor: Actor) -> ColumnElement[bool]:
    return false() if actor.user_id is None else ImportRun.actor_user_id == actor.user_id


def export_rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """One's own: an export holds what its maker may see."""
    return false() if actor.user_id is None else ExportRun.actor_user_id == actor.user_id


def visibility() -> Iterable[Visibility]:
    return (
        Visibility(ImportRun, VIEW_ALL, import_rule, own=True),
        Visibility(ExportRun, VIEW_ALL, export_rule, own=True),
    )
