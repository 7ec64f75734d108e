"""What a list of students offers to do for many of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from crm.plugin_api import current_actor, db, visible
from crm.plugin_api.types import BulkAction
from crm_schools.models import Student
from crm_schools.permissions import ACT
from crm_schools.views.bulk import entries, letters
from crm_schools.views.bulk.plans import Action

ACTIONS: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (letters.ACTION, entries.POINT_PERSON, entries.INTERVENTION, entries.CONTACT)
}
"""By the name in the address, what is done most often first."""

MOST: Final = 200
"""More students than that nobody looks over before acting for them."""

PAGING: Final = frozenset({"after", "later", "report"})
"""What of a list's address says which page of it is shown."""


@dataclass(frozen=True)
class Offer:
    """Whom of a page the reader may act for, and the buttons. `whole` is how many students the list has on
    all of its pages, 0 where it has one page alone; more than MOST is MOST + 1."""

    allowed: frozenset[int]
    actions: list[BulkAction]
    whole: int
    most: int = MOST


def offer(student_ids: Collection[int], address: Mapping[str, Any], whole: int) -> Offer | None:
    """What can be done for students of a page of a list; None where that is nothing."""
    actor = current_actor()
    if not actor.can(ACT) or not student_ids:
        return None
    statement = visible(Student, actor, ACT).where(db.among(Student.id, student_ids))
    allowed = frozenset(db.session().scalars(statement.with_only_columns(Student.id)))
    return Offer(allowed, _buttons(address), whole) if allowed else None


def of_list(address: Mapping[str, Any]) -> dict[str, Any]:
    """The address of a list without the page of it."""
    return {name: value for name, value in address.items() if name not in PAGING}


def _buttons(address: Mapping[str, Any]) -> list[BulkAction]:
    return [
        BulkAction(
            action.name,
            action.label,
            "schools.bulk",
            ACT,
            action.icon,
            arguments={**of_list(address), "name": action.name},
        )
        for action in ACTIONS.values()
    ]
