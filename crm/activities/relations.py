"""Activities and tasks as what belongs to others, for conditions of lists."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased

from crm.access import visible
from crm.access.actor import Actor
from crm.activities.models import Activity, Participant, Task
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Relation

# An alias, since a field of activities reads the table itself.
_part = aliased(Participant, name="part_in")


def _activities(actor: Actor) -> Select[Any]:
    return visible(Activity, actor).join(_part, _part.activity_id == Activity.id)


def relations() -> Iterable[Relation]:
    return (
        Relation("activities_done", "contacts", _("Activities"), _part.contact_id, "activities",
                 _activities),
        Relation("activities_tasks", "contacts", _("Tasks about them"), Task.contact_id, "activities_tasks"),
        Relation("activities_of_campaign", "campaigns", _("Activities"), Activity.campaign_id, "activities"),
        Relation("activities_of_coalition", "coalitions", _("Activities"), Activity.coalition_id,
                 "activities"),
    )  # fmt: skip
