"""Who may see events, change them and check people in."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import EVERYBODY, STAFF
from crm.campaigns.permissions import campaigns_in
from crm.coalitions.permissions import coalitions_in
from crm.events.models import Decision, Event, Guest
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility

VIEW = "events.view"
EDIT = "events.edit"
DELETE = "events.delete"
CHECK_IN = "events.check_in"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(VIEW, _("See events and who comes"), roles=EVERYBODY),
        Permission(EDIT, _("Plan events, invite, write minutes"), roles=STAFF),
        Permission(DELETE, _("Delete events"), roles=organizer),
        Permission(CHECK_IN, _("Check people in at the door"), roles=STAFF),
    )


def event_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: its events and those of its campaigns."""
    return or_(Event.coalition_id.in_(coalitions_in(scopes)), Event.campaign_id.in_(campaigns_in(scopes)))


def events_in(actor: Actor, scopes: Scopes) -> Select[int]:
    """The ids of the events that a role limited to coalitions reaches."""
    return select(Event.id).where(event_rule(actor, scopes))


def _part(model: Any) -> Visibility:
    """Whoever sees an event sees its guests and decisions."""
    return Visibility(model, VIEW, lambda actor, scopes: model.event_id.in_(events_in(actor, scopes)))


def visibility() -> Iterable[Visibility]:
    return (Visibility(Event, VIEW, event_rule), _part(Guest), _part(Decision))
