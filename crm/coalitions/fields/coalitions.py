"""Coalitions as lists, filters and export know them."""

from dataclasses import replace

from sqlalchemy import ColumnElement, func, or_, select, true

from crm.access import visible_clause
from crm.access.actor import Actor
from crm.coalitions.fields.shared import coalition_choices, is_chosen, named, owner_choices, owner_name
from crm.coalitions.models import Coalition, Commitment, Membership
from crm.coalitions.permissions import EDIT, VIEW
from crm.coalitions.words import LEVELS
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Preset, RecordType


def _members(counted: ColumnElement[bool] | None = None) -> Field:
    """How many active members there are, of those that are counted."""
    expression = (
        select(func.count(Membership.id))
        .where(Membership.coalition_id == Coalition.id, Membership.status == "active")
        .where(true() if counted is None else counted)
        .correlate(Coalition)
        .scalar_subquery()
    )
    return Field("members", _("Active members"), "number", expression, sortable=True)


def _open(counted: ColumnElement[bool] | None = None) -> Field:
    """How many open commitments there are, of those that are counted."""
    expression = (
        select(func.count(Commitment.id))
        .where(Commitment.coalition_id == Coalition.id, Commitment.status == "open")
        .where(true() if counted is None else counted)
        .correlate(Coalition)
        .scalar_subquery()
    )
    return Field("open_commitments", _("Open commitments"), "number", expression, sortable=True)


def _seen_members(actor: Actor) -> Field:
    return _members(visible_clause(Membership, actor))


def _seen_commitments(actor: Actor) -> Field:
    return _open(visible_clause(Commitment, actor))


def _quick_filter(text: str, _actor: Actor) -> ColumnElement[bool]:
    value = text.strip().lower()
    columns = (Coalition.name, Coalition.region, Coalition.description)
    return or_(*(func.lower(each).contains(value, autoescape=True) for each in columns))


def coalitions() -> RecordType:
    """Coalitions of every level."""
    fields = (
        Field("name", _("Name"), expression=Coalition.name, sort_expression=Coalition.sort_name,
              sortable=True),
        Field("level", _("Level"), "choice", Coalition.level, choices=lambda: tuple(LEVELS.items()),
              sortable=True),
        Field("region", _("Where"), expression=Coalition.region, sortable=True),
        Field("parent_id", _("Part of"), "choices", fetch=named(Coalition, Coalition.parent_id, Coalition),
              filter=is_chosen(Coalition.parent_id), choices=coalition_choices),
        replace(_members(), scoped=_seen_members),
        replace(_open(), scoped=_seen_commitments),
        Field("owner", _("Looked after by"), "choices", owner_name(Coalition.owner_user_id),
              filter=is_chosen(Coalition.owner_user_id), choices=owner_choices),
        Field("founded_on", _("Since"), "date", Coalition.founded_on),
        Field("ended_on", _("Until"), "date", Coalition.ended_on),
        Field("description", _("About"), "long_text", Coalition.description),
        Field("created_at", _("Added"), "datetime", Coalition.created_at, sortable=True),
        Field("updated_at", _("Changed"), "datetime", Coalition.updated_at, sortable=True),
    )  # fmt: skip
    return RecordType(
        "coalitions",
        _("Coalitions"),
        _("Coalition"),
        Coalition,
        VIEW,
        Coalition.name,
        "coalitions.show",
        "coalitions.index",
        fields,
        default_columns=("name", "level", "region", "parent_id", "members", "open_commitments", "owner"),
        default_sort="name",
        quick_filter=_quick_filter,
        id_argument="coalition_id",
        icon="users-group",
        edit_permission=EDIT,
        presets=(
            Preset("all", _("All")),
            *(Preset(level, label, (("level", "is", level),)) for level, label in LEVELS.items()),
        ),
        extra_columns=(("kind_of", Coalition.level),),
    )
