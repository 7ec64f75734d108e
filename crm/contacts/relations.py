"""What belongs to contacts among contacts themselves, for conditions of lists."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, or_
from sqlalchemy.orm import aliased

from crm.access import Actor, visible
from crm.contacts.models import Affiliation, Contact
from crm.i18n import day_here
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Relation

# Aliases, since fields of contacts read these tables themselves.
_part = aliased(Affiliation, name="part_of")
_above = aliased(Contact, name="contact_below")
_PART = _("Their part there")


def _current() -> ColumnElement[bool]:
    day: ColumnElement[date] = bindparam("part_today", callable_=day_here, type_=Date, unique=True)
    return or_(_part.end_date.is_(None), _part.end_date > day)


def _organizations(actor: Actor) -> Select[Any]:
    return visible(Contact, actor).join(_part, _part.organization_id == Contact.id)


def _people(actor: Actor) -> Select[Any]:
    return visible(Contact, actor).join(_part, _part.person_id == Contact.id)


def _below(actor: Actor) -> Select[Any]:
    return visible(Contact, actor).where(Contact.parent_id.is_not(None))


def _parents(actor: Actor) -> Select[Any]:
    return visible(Contact, actor).join(_above, _above.parent_id == Contact.id)


_FIELDS = (
    Field("part_role", _("Role there"), expression=_part.role, section=_PART),
    Field("part_department", _("Department"), expression=_part.department, section=_PART),
    Field("part_current", _("Still there"), "boolean", _current(), section=_PART,
          filter=lambda operator, _values: _current() if operator == "yes" else ~_current()),
    Field("part_primary", _("Their main organization"), "boolean", _part.is_primary, section=_PART),
    Field("part_start", _("Since"), "date", _part.start_date, section=_PART),
    Field("part_end", _("Until"), "date", _part.end_date, section=_PART),
)  # fmt: skip


def relations() -> Iterable[Relation]:
    return (
        Relation("contacts_organizations", "contacts", _("Belongs to organizations"), _part.person_id,
                 "contacts", _organizations, _FIELDS),
        Relation("contacts_people", "contacts", _("Has people"), _part.organization_id, "contacts", _people,
                 _FIELDS),
        Relation("contacts_above", "contacts", _("Is part of an organization"), _above.id, "contacts",
                 _parents),
        Relation("contacts_below", "contacts", _("Has organizations within it"), Contact.parent_id,
                 "contacts", _below),
    )  # fmt: skip
