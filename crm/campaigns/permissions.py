"""Who may see and change campaigns and what belongs to them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import STAFF
from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.coalitions.permissions import coalitions_in
from crm.contacts.models import Affiliation
from crm.contacts.permissions import organizations_in
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility

VIEW = "campaigns.view"
EDIT = "campaigns.edit"
DELETE = "campaigns.delete"
ASK = "campaigns.ask"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(VIEW, _("See campaigns, their goals, targets and asks"), roles=(*STAFF, "viewer")),
        Permission(EDIT, _("Change campaigns"), roles=STAFF),
        Permission(DELETE, _("Delete campaigns"), roles=organizer),
        Permission(ASK, _("Write down who was asked for what"), roles=STAFF),
    )


def campaigns_in(scopes: Scopes) -> Select[int]:
    """The ids of the campaigns of the coalitions that somebody's roles are limited to."""
    return select(Campaign.id).where(Campaign.coalition_id.in_(coalitions_in(scopes)))


def campaign_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return Campaign.coalition_id.in_(coalitions_in(scopes))


def ask_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """One's own. Over a coalition: the asks of its campaigns. Over an organization: what its people were
    asked."""
    organizations = organizations_in(scopes)
    people = select(Affiliation.person_id).where(Affiliation.organization_id.in_(organizations))
    return or_(
        false() if actor.user_id is None else Ask.asked_by_user_id == actor.user_id,
        Ask.campaign_id.in_(campaigns_in(scopes)),
        Ask.contact_id.in_(organizations),
        Ask.contact_id.in_(people),
    )


def _part(model: Any) -> Visibility:
    """Whoever sees a campaign sees what it consists of."""
    return Visibility(model, VIEW, lambda _actor, scopes: model.campaign_id.in_(campaigns_in(scopes)))


def visibility() -> Iterable[Visibility]:
    return (
        Visibility(Campaign, VIEW, campaign_rule),
        Visibility(Ask, VIEW, ask_rule),
        *(_part(model) for model in (Milestone, Goal, Target, Supporter, Cost)),
    )
