"""What the search box knows of campaigns."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from crm.campaigns.models import Campaign
from crm.campaigns.permissions import VIEW
from crm.coalitions.models import Coalition
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import SearchProvider


def providers() -> Iterable[SearchProvider]:
    yield SearchProvider(
        "campaign",
        _("Campaigns"),
        "campaign",
        Campaign,
        _documents,
        Campaign.id,
        "campaigns.show",
        "speakerphone",
        VIEW,
        id_argument="campaign_id",
        related={"coalition": lambda ids: select(Campaign.id).where(Campaign.coalition_id.in_(ids))},
    )


def _documents(chosen: ColumnElement[bool]) -> Select[Any]:
    """Named with the coalition that runs them."""
    coalition = select(Coalition.name).where(Coalition.id == Campaign.coalition_id).scalar_subquery()
    columns: tuple[Any, ...] = (Campaign.id.label("record_id"), Campaign.name.label("title"))
    subtitle = func.coalesce(coalition, "")
    return select(*columns, subtitle.label("subtitle"), Campaign.summary.label("body")).where(chosen)
