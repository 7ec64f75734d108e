"""Who may see and stop background work: everybody their own."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false

from crm.access.actor import Actor, Scopes
from crm.i18n import lazy_gettext as _
from crm.jobs.models import Job
from crm.plugin_api.types import Permission, Visibility

VIEW_ALL = "jobs.view_all"
MANAGE = "jobs.manage"


def permissions() -> Iterable[Permission]:
    return (
        Permission(VIEW_ALL, _("See the background work of everybody")),
        Permission(MANAGE, _("Stop the background work of everybody")),
    )


def own_rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """Jobs that the actor asked for; those of the system are nobody's own."""
    return false() if actor.user_id is None else Job.actor_user_id == actor.user_id


def visibility() -> Iterable[Visibility]:
    return (Visibility(Job, VIEW_ALL, own_rule, own=True),)
