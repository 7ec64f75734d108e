"""Who may see and change what media staff keep."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement

from crm.plugin_api import Actor, Contact, Permission, Scopes, Visibility, visible
from crm.plugin_api import lazy_gettext as _
from crm_media.models import Outlet, Reporter

VIEW, EDIT = "media.view", "media.edit"


def permissions() -> Iterable[Permission]:
    return (
        Permission(VIEW, _("See outlets and reporters"), roles=("organizer", "policy", "media", "viewer")),
        Permission(EDIT, _("Change outlets and reporters"), roles=("organizer", "media")),
    )


def _about(model: Any) -> Visibility:
    """Over a part of the contacts: what is kept about those."""

    def rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
        within = model.contact_id.in_(visible(Contact, actor).with_only_columns(Contact.id))
        return within  # type: ignore[no-any-return]  # The column of either model.

    return Visibility(model, VIEW, rule)


def visibility() -> Iterable[Visibility]:
    return (_about(Outlet), _about(Reporter))
