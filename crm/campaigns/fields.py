"""The fields of campaigns and asks, declared once for lists, filters and export."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, func, literal, not_, or_, select

from crm import db
from crm.access import current_actor, visible, visible_clause
from crm.access.actor import Actor
from crm.accounts.models import User
from crm.campaigns import names
from crm.campaigns.models import Ask, Campaign
from crm.campaigns.permissions import ASK, EDIT, VIEW
from crm.campaigns.words import ANSWERS, KINDS, STATUSES
from crm.coalitions.models import Coalition
from crm.contacts.choosing import users
from crm.contacts.models import Contact
from crm.fields.filters import as_id
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Preset, RecordType

Clause = ColumnElement[bool]
_parent = db.table(Campaign).alias("parent_campaign")


def _user_name(column: Any) -> Any:
    return select(User.name).where(User.id == column).scalar_subquery()


def _visible_names(model: Any, owner: Any, column: Any) -> Callable[[Sequence[int]], Mapping[int, Any]]:
    """The name of a record that each row refers to, where the reader may see it."""

    def fetch(ids: Sequence[int]) -> Mapping[int, Any]:
        statement = (
            visible(model, current_actor())
            .join(owner, column == model.id)
            .where(db.among(owner.id, ids))
            .with_only_columns(owner.id, model.name)
        )
        return {row[0]: row[1] for row in db.session().execute(statement)}

    return fetch


def _parent_names(ids: Sequence[int]) -> Mapping[int, Any]:
    rows = db.session().execute(
        visible(Campaign, current_actor())
        .join(_parent, _parent.c.parent_id == Campaign.id)
        .where(db.among(_parent.c.id, ids))
        .with_only_columns(_parent.c.id, Campaign.name)
    )
    return {row[0]: row[1] for row in rows}


def _is_one_of(column: Any) -> Callable[[str, Sequence[str]], Clause]:
    """A filter on a column of ids."""

    def clause(operator: str, values: Sequence[str]) -> Clause:
        tests: dict[str, Clause] = {
            "empty": column.is_(None),
            "filled": column.is_not(None),
            "is": column == as_id(values[0]),
            "not": or_(column.is_(None), column != as_id(values[0])),
        }
        return tests[operator]

    return clause


def _mine(column: Any) -> Callable[[str, Sequence[str]], Clause]:
    def clause(operator: str, _values: Sequence[str]) -> Clause:
        mine = and_(column.is_not(None), column == (current_actor().user_id or 0))
        return mine if operator == "yes" else not_(mine)

    return clause


def _owners() -> Sequence[tuple[str, Any]]:
    return [(str(each.value), each.label) for each in users(True)]


def _coalitions() -> Sequence[tuple[str, Any]]:
    return _choices(Coalition)


def _campaigns() -> Sequence[tuple[str, Any]]:
    return _choices(Campaign)


def _choices(model: Any) -> Sequence[tuple[str, Any]]:
    statement = visible(model, current_actor()).order_by(model.sort_name, model.id).limit(500)
    rows = db.session().execute(statement.with_only_columns(model.id, model.name))
    return [(str(row[0]), row[1]) for row in rows]


def _day_or_last(column: Any) -> Any:
    """To sort by: what has no day comes last."""
    return func.coalesce(column, literal(date(9999, 12, 31), Date))


CAMPAIGN_FIELDS: tuple[Field, ...] = (
    Field("name", _("Name"), expression=Campaign.name, sort_expression=Campaign.sort_name, sortable=True),
    Field("kind", _("Kind"), "choice", Campaign.kind, choices=lambda: tuple(KINDS.items())),
    Field("status", _("Status"), "choice", Campaign.status, choices=lambda: tuple(STATUSES.items())),
    Field("parent_id", _("Part of"), "choice", fetch=_parent_names, filter=_is_one_of(Campaign.parent_id),
          choices=_campaigns),
    Field("coalition_id", _("Coalition"), "choice", choices=_coalitions,
          fetch=_visible_names(Coalition, Campaign, Campaign.coalition_id),
          filter=_is_one_of(Campaign.coalition_id)),
    Field("owner", _("Owner"), "choice", _user_name(Campaign.owner_user_id), choices=_owners,
          filter=_is_one_of(Campaign.owner_user_id)),
    Field("mine", _("Mine"), "boolean", listable=False, exportable=False,
          filter=_mine(Campaign.owner_user_id)),
    Field("start_date", _("Begin"), "date", Campaign.start_date, sortable=True,
          sort_expression=_day_or_last(Campaign.start_date)),
    Field("end_date", _("End"), "date", Campaign.end_date, sort_expression=_day_or_last(Campaign.end_date),
          sortable=True),
    Field("summary", _("Summary"), "long_text", Campaign.summary),
    Field("created_at", _("Added"), "datetime", Campaign.created_at, sortable=True),
    Field("updated_at", _("Changed"), "datetime", Campaign.updated_at, sortable=True),
)  # fmt: skip


def _search_campaigns(text: str, actor: Actor) -> Clause:
    from crm.search.services import matching_ids_clause

    return Campaign.id.in_(matching_ids_clause(text, "campaign", actor))


def campaigns() -> RecordType:
    return RecordType(
        "campaigns",
        _("Campaigns"),
        _("Campaign"),
        Campaign,
        VIEW,
        Campaign.name,
        "campaigns.show",
        "campaigns.index",
        CAMPAIGN_FIELDS,
        default_columns=("name", "kind", "status", "owner", "coalition_id", "start_date", "end_date"),
        default_sort="name",
        quick_filter=_search_campaigns,
        id_argument="campaign_id",
        icon="speakerphone",
        edit_permission=EDIT,
        presets=(
            Preset("all", _("Everything")),
            Preset("active", _("Active"), (("status", "is", "active"),)),
            Preset("mine", _("Mine"), (("mine", "yes", ""),)),
        ),
    )


def _askers(ids: Sequence[int]) -> Mapping[int, Any]:
    """Who asked: one of ours, or somebody of a partner whom the reader may see."""
    statement = visible(Ask, current_actor()).where(db.among(Ask.id, ids))
    asks = (
        db.session()
        .execute(statement.with_only_columns(Ask.id, Ask.asked_by_user_id, Ask.asked_by_contact_id))
        .all()
    )
    ours = names.users(row[1] for row in asks)
    partners = names.contacts((row[2] for row in asks), current_actor())
    return {row[0]: ours.get(row[1] or 0) or partners.get(row[2] or 0) for row in asks}


def _search_asks(text: str, actor: Actor) -> Clause:
    from crm.search.services import matching_ids_clause

    people = select(Contact.id).where(
        Contact.id.in_(matching_ids_clause(text, "contact", actor)), visible_clause(Contact, actor)
    )
    what = func.lower(Ask.what).contains(text.lower(), autoescape=True)
    return or_(what, Ask.contact_id.in_(people))


ASK_FIELDS: tuple[Field, ...] = (
    Field("what", _("What"), expression=Ask.what),
    Field("contact", _("Who is asked"), fetch=_visible_names(Contact, Ask, Ask.contact_id), filterable=False),
    Field("campaign_id", _("Campaign"), "choice", fetch=_visible_names(Campaign, Ask, Ask.campaign_id),
          filter=_is_one_of(Ask.campaign_id), choices=_campaigns),
    Field("asker", _("Who asks"), fetch=_askers, filterable=False),
    Field("asked_by", _("One of us who asks"), "choice", listable=False, exportable=False, choices=_owners,
          filter=_is_one_of(Ask.asked_by_user_id)),
    Field("mine", _("Mine"), "boolean", listable=False, exportable=False, filter=_mine(Ask.asked_by_user_id)),
    Field("asked_on", _("Asked on"), "date", Ask.asked_on, sortable=True),
    Field("answer", _("Answer"), "choice", Ask.answer, choices=lambda: tuple(ANSWERS.items())),
    Field("answered_on", _("Answered on"), "date", Ask.answered_on),
    Field("note", _("Note"), "long_text", Ask.note),
)  # fmt: skip


def asks() -> RecordType:
    return RecordType(
        "asks",
        _("Asks"),
        _("Ask"),
        Ask,
        VIEW,
        Ask.what,
        "campaigns.ask",
        "campaigns.asks",
        ASK_FIELDS,
        default_columns=("what", "contact", "campaign_id", "asker", "asked_on", "answer"),
        default_sort="-asked_on",
        quick_filter=_search_asks,
        id_argument="ask_id",
        icon="message-circle",
        edit_permission=ASK,
        presets=(
            Preset("all", _("Everything")),
            Preset("waiting", _("Waiting for an answer"), (("answer", "is", "waiting"),)),
            Preset("mine", _("Mine"), (("mine", "yes", ""),)),
        ),
    )
