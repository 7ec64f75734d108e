"""Memberships as lists, filters and export know them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from crm.access import current_actor
from crm.coalitions.clauses import LONGEST_DAYS, USUAL_DAYS, ended_delegate, quiet_for
from crm.coalitions.fields.shared import coalition_choices, found_by_name, is_chosen, named, names_like
from crm.coalitions.models import Coalition, Membership
from crm.coalitions.names import seen
from crm.coalitions.permissions import EDIT, VIEW
from crm.coalitions.words import ROLES, STATUSES
from crm.contacts.models import ORGANIZATION, PERSON, Contact
from crm.contacts.words import SECTORS
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Preset, RecordType

Clause = ColumnElement[bool]
_member = aliased(Contact, name="named_member")
_name = (
    select(_member.name).where(_member.id == Membership.contact_id).correlate(Membership).scalar_subquery()
)


def _base(statement: Select[Any]) -> Select[Any]:
    """Each with its coalition and with whom it is about; those whose contact the reader may not see are left
    out."""
    return statement.join(Coalition, Coalition.id == Membership.coalition_id).join(
        Contact, seen(Membership.contact_id, current_actor())
    )


def as_days(text: str) -> int:
    """A number of days out of an address; the usual one for what makes no sense."""
    return min(int(text), LONGEST_DAYS) if text.isdecimal() and len(text) < 6 else USUAL_DAYS


def _quiet(operator: str, values: Sequence[str]) -> Clause:
    clause = quiet_for(as_days(values[0]))
    return clause if operator in {"more", "is", "filled"} else ~clause


def _without_delegate(operator: str, _values: Sequence[str]) -> Clause:
    missing = (Contact.kind == ORGANIZATION) & Membership.delegate_id.is_(None)
    return missing if operator == "yes" else ~missing


def _delegate_left(operator: str, _values: Sequence[str]) -> Clause:
    return ended_delegate() if operator == "yes" else ~ended_delegate()


def memberships() -> RecordType:
    """Who belongs to which coalition."""
    fields = (
        Field("name", _("Member"), expression=Contact.name, sort_expression=Contact.sort_name, sortable=True),
        Field("coalition", _("Coalition"), "choices", Coalition.name, choices=coalition_choices,
              filter=is_chosen(Membership.coalition_id)),
        Field("status", _("Status"), "choice", Membership.status, choices=lambda: tuple(STATUSES.items()),
              sortable=True),
        Field("role", _("Role"), "choice", Membership.role, choices=lambda: tuple(ROLES.items())),
        Field("kind", _("Kind"), "choice", Contact.kind,
              choices=lambda: ((PERSON, _("Person")), (ORGANIZATION, _("Organization")))),
        Field("sector", _("Sector"), "choice", Contact.sector, choices=lambda: tuple(SECTORS.items())),
        Field("start_date", _("Begin"), "date", Membership.start_date),
        Field("end_date", _("End"), "date", Membership.end_date),
        Field("delegate", _("Delegate"), fetch=named(Membership, Membership.delegate_id),
              filter=names_like(Membership.delegate_id)),
        Field("alternate", _("Alternate"), fetch=named(Membership, Membership.alternate_id),
              filter=names_like(Membership.alternate_id)),
        Field("invited_by", _("Invited by"), fetch=named(Membership, Membership.invited_by_contact_id),
              filter=names_like(Membership.invited_by_contact_id)),
        Field("quiet", _("Days of silence"), "number", filter=_quiet, listable=False, exportable=False),
        Field("without_delegate", _("Organization without a delegate"), "boolean",
              filter=_without_delegate, listable=False, exportable=False),
        Field("delegate_left", _("Delegate has left the organization"), "boolean", filter=_delegate_left,
              listable=False, exportable=False),
        Field("note", _("Note"), "long_text", Membership.note),
        Field("created_at", _("Added"), "datetime", Membership.created_at, sortable=True),
    )  # fmt: skip
    return RecordType(
        "memberships",
        _("Members of coalitions"),
        _("Membership"),
        Membership,
        VIEW,
        _name,
        "coalitions.membership",
        "coalitions.members",
        fields,
        default_columns=("name", "coalition", "status", "role", "sector", "delegate", "start_date"),
        default_sort="name",
        base=_base,
        quick_filter=lambda text, actor: found_by_name(Membership.contact_id, text, actor),
        id_argument="membership_id",
        icon="users-group",
        edit_permission=EDIT,
        presets=(
            Preset("all", _("All")),
            Preset("active", STATUSES["active"], (("status", "is", "active"),)),
            Preset("invited", STATUSES["invited"], (("status", "is", "invited"),)),
            Preset("prospect", STATUSES["prospect"], (("status", "is", "prospect"),)),
        ),
        extra_columns=(("kind_of", Contact.kind),),
    )
