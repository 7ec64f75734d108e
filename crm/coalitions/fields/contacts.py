"""What coalitions add to the fields of contacts: of which coalition somebody is an active member."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, exists, not_

from crm.access import current_actor, visible_clause
from crm.coalitions.fields.shared import coalition_choices
from crm.coalitions.models import Membership
from crm.coalitions.permissions import VIEW
from crm.contacts.models import Contact
from crm.fields.filters import as_id
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field


def _is_member(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    """By the memberships that the reader may see."""
    belongs = and_(
        Membership.contact_id == Contact.id,
        Membership.status == "active",
        visible_clause(Membership, current_actor()),
    )
    if operator in {"is", "not"}:
        belongs = and_(belongs, Membership.coalition_id == as_id(values[0]))
    found = exists().where(belongs)
    return not_(found) if operator in {"not", "empty"} else found


def contact_fields() -> Iterable[Field]:
    yield Field(
        "coalitions_member",
        _("Active member of"),
        "choices",
        filter=_is_member,
        choices=coalition_choices,
        permission=VIEW,
        section=_("Belonging"),
        listable=False,
        exportable=False,
    )
