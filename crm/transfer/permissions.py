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
    """One's own, and those of the kinds that one may import over everything, as far as these are kept to
    nobody else."""
    kinds = [
        each.kind
        for each in runtime().importers.values()
        if actor.can_everywhere(each.permission)
        and (not isinstance(each.handler, KeepsToReaders) or each.handler.may_read(actor))
    ]
    own = false() if actor.user_id is None else ImportRun.actor_user_id == actor.user_id
    return or_(own, ImportRun.kind.in_(kinds))


def export_rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """One's own: an export holds what its maker may see."""
    return false() if actor.user_id is None else ExportRun.actor_user_id == actor.user_id


def visibility() -> Iterable[Visibility]:
    return (
        Visibility(ImportRun, VIEW_ALL, import_rule, own=True),
        Visibility(ExportRun, VIEW_ALL, export_rule, own=True),
    )
