"""How one contact stands towards a change, and why it may have to stay as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _

Arguments = Mapping[str, Any]

NOT_YOURS, IN_USE, NO_SUCH_FIELD, OWN_PART = "not_yours", "in_use", "no_such_field", "own_part"
REFUSALS: dict[str, Any] = {
    NOT_YOURS: _("You may see them, but not change them."),
    IN_USE: _("Another part of Rollcall still refers to them. Remove or move that first."),
    NO_SUCH_FIELD: _("Only people have this field; these are organizations."),
    OWN_PART: _("An organization cannot become part of itself or of what belongs to it."),
}


@dataclass(frozen=True)
class State:
    """`seen` is what the change would replace, as JSON; a plan is kept only while it stays the same.
    `refusal` is a key of REFUSALS."""

    seen: Any = None
    already: bool = False
    refusal: str = ""


def touch_many(ids: Sequence[int], **values: Any) -> int:
    """Set the same values on contacts and say that they changed; returns how many did."""
    change = db.current_change()
    assert change is not None
    table = db.table(Contact)
    with system("the ids were checked against what the actor may change"):
        return change.update(table, ids, {**values, "version": table.c.version + 1, "updated_at": db.now()})
