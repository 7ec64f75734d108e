"""What can be done to many contacts at once. Each action reads and writes in sets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.access.actor import Actor
from crm.contacts.bulk import belonging, deleting, fields, tagging, wishes
from crm.contacts.bulk.state import REFUSALS, Arguments, State
from crm.contacts.permissions import DELETE, EDIT
from crm.forms import Form
from crm.i18n import lazy_gettext as _

__all__ = ["ACTIONS", "OTHERS", "REFUSALS", "Action", "State", "action_named"]


@dataclass(frozen=True)
class Action:
    """One change of many contacts.

    `form` asks for the arguments, which `arguments` checks (UserError says what is wrong). `read` says of
    each contact how it stands, by id; `write` changes those of the given ids. `title` is the heading of the
    plan, `sentence` the summary in the journal for so many contacts.
    """

    name: str
    label: Any
    icon: str
    permission: str
    read: Callable[[Arguments, Sequence[int]], Mapping[int, State]]
    write: Callable[[Arguments, Sequence[int], Actor], None]
    title: Callable[[Arguments], str]
    sentence: Callable[[Arguments, int], str]
    form: type[Form] | None = None
    arguments: Callable[[Any], Arguments] = lambda form: {}
    shown: Callable[[Arguments, Any], tuple[str, str]] | None = None
    """What a contact says now and what it will say, in words, where that differs from one to the next."""
    weight: int = 100
    danger: bool = False
    endpoint: str = ""
    """Where another feature takes the chosen ones; else a page of contacts does."""
    will: Any = None
    """What the plan says over the number of those that would change, when “will change” does not fit."""
    button: Callable[[int], str] | None = None
    """What the button says that applies the plan, when “Change so many contacts” does not fit."""
    remarks: Callable[[Arguments, Sequence[int]], Mapping[str, Sequence[int]]] | None = None
    """Sentences to know beforehand about some of those that would change, with their ids."""


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action(
            "tag",
            _("Add tag"),
            "tag",
            EDIT,
            tagging.read_missing,
            tagging.add,
            tagging.add_title,
            tagging.add_sentence,
            tagging.AddForm,
            tagging.add_arguments,
            weight=10,
        ),
        Action(
            "untag",
            _("Remove tag"),
            "tags",
            EDIT,
            tagging.read_present,
            tagging.remove,
            tagging.remove_title,
            tagging.remove_sentence,
            tagging.RemoveForm,
            tagging.remove_arguments,
            weight=20,
        ),
        Action(
            "field",
            _("Edit a field"),
            "edit",
            EDIT,
            fields.read,
            fields.write,
            fields.title,
            fields.sentence,
            fields.FieldForm,
            fields.arguments,
            fields.shown,
            weight=30,
        ),
        Action(
            "organization",
            _("Put into an organization"),
            "building-community",
            EDIT,
            belonging.read,
            belonging.write,
            belonging.title,
            belonging.sentence,
            belonging.BelongingForm,
            belonging.arguments,
            weight=40,
        ),
        Action(
            "wish",
            _("Do not contact"),
            "ban",
            EDIT,
            wishes.read,
            wishes.write,
            wishes.title,
            wishes.sentence,
            wishes.WishForm,
            wishes.arguments,
            weight=50,
        ),
        Action(
            "delete",
            _("Delete"),
            "trash",
            DELETE,
            deleting.read,
            deleting.write,
            deleting.title,
            deleting.sentence,
            weight=90,
            danger=True,
        ),
    )
}

OTHERS: dict[str, Action] = {}
"""Actions of other features, which offer them and have endpoints of their own; `contacts.bulk_plan` shows
their plans too."""


def action_named(name: str) -> Action:
    return ACTIONS[name] if name in ACTIONS else OTHERS[name]
