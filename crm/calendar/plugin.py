"""What the calendar declares to the rest of the program."""

from collections.abc import Iterable

from flask import Blueprint

from crm.access import SIGNED_IN
from crm.access.actor import Actor
from crm.accounts import sessions
from crm.i18n import lazy_gettext as _
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import NavItem, PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("calendar", _("Calendar"), "1", models="crm.calendar.models")


@hookimpl
def crm_blueprints() -> Iterable[Blueprint]:
    from crm.calendar.views import blueprint

    return (blueprint,)


@hookimpl
def crm_nav_items(actor: Actor) -> Iterable[NavItem]:
    return (NavItem(_("Calendar"), "calendar.index", "calendar-month", SIGNED_IN, 15),)


@hookimpl
def crm_restored() -> None:
    from crm.calendar import services

    services.end_all()


def _end_feed(user_id: int) -> None:
    from crm.calendar import services

    services.end_feed(user_id)


sessions.ENDED_TOO.append(_end_feed)
