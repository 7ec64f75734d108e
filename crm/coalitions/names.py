"""What the people of a coalition are called, as far as a reader may know."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_

from crm.access import visible_clause
from crm.access.actor import Actor
from crm.contacts.models import Contact


def hidden() -> str:
    """The name of somebody whom the reader may not see."""
    return _("Somebody whom you may not see")


def seen(column: Any, actor: Actor) -> ColumnElement[bool]:
    """What to join contacts on: the one in the column, where the actor may see them. An outer join keeps the
    row without a name, an inner one leaves it out."""
    return and_(Contact.id == column, visible_clause(Contact, actor))
