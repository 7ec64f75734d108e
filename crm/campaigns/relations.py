"""Asks, targets and steps of the ladder as what belongs to contacts, for conditions of lists."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased

from crm.access import visible
from crm.access.actor import Actor
from crm.campaigns.models import Ask, Campaign, Supporter, Target
from crm.campaigns.words import STAGES
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Relation

_target = aliased(Target, name="target_of")
_step = aliased(Supporter, name="step_of")


def _targets(actor: Actor) -> Select[Any]:
    return visible(Campaign, actor).join(_target, _target.campaign_id == Campaign.id)


def _steps(actor: Actor) -> Select[Any]:
    return visible(Campaign, actor).join(_step, _step.campaign_id == Campaign.id)


_TARGET = (
    Field("target_stage", _("Stage"), "choice", _target.stage, choices=lambda: tuple(STAGES.items())),
    Field("target_support", _("Support"), "number", _target.support),
    Field("target_influence", _("Influence"), "number", _target.influence),
)
_STEP = (
    Field("step_rung", _("Step of the ladder"), "number", _step.rung),
    Field("step_since", _("Since"), "date", _step.since),
)


def relations() -> Iterable[Relation]:
    return (
        Relation("campaigns_asks", "contacts", _("Asks"), Ask.contact_id, "asks"),
        Relation("campaigns_targets", "contacts", _("Decides in campaigns"), _target.contact_id, "campaigns",
                 _targets, _TARGET),
        Relation("campaigns_steps", "contacts", _("On the ladder of campaigns"), _step.contact_id,
                 "campaigns", _steps, _STEP),
        Relation("campaigns_asked", "campaigns", _("Asks"), Ask.campaign_id, "asks"),
    )  # fmt: skip
