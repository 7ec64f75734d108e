"""The fields of bills, legislators and hearings, for lists and filters."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, and_, case, cast, func, literal, not_, or_, select

from crm.plugin_api import Actor, Field, Preset, RecordType, current_actor, db, visible
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.records import Campaign, User
from crm.plugin_api.words import day_here, matching_ids_clause
from crm_policy.models import Bill, Hearing, Legislator, Session, Stance
from crm_policy.permissions import EDIT, VIEW
from crm_policy.places import PLACES
from crm_policy.services import assessing
from crm_policy.words import (
    CHAMBERS,
    DISPOSITIONS,
    DONE,
    HEARING_STATUSES,
    KINDS,
    LAW,
    POSITIONS,
    PRIORITIES,
    STAGES,
    TRIAGE,
)

Clause = ColumnElement[bool]


def states() -> Sequence[tuple[str, Any]]:
    return [(code, place.name) for code, place in PLACES.items()]


def _number_choice(column: Any) -> Callable[[str, Sequence[str]], Clause]:
    """A filter on a number that people see as words."""

    def clause(operator: str, values: Sequence[str]) -> Clause:
        number = int(values[0]) if values and values[0].lstrip("-").isdecimal() else -1
        tests: dict[str, Clause] = {
            "is": column == number,
            "not": column != number,
            "empty": column.is_(None),
            "filled": column.is_not(None),
        }
        return tests[operator]

    return clause


def _mine(operator: str, _values: Sequence[str]) -> Clause:
    mine = and_(Bill.owner_user_id.is_not(None), Bill.owner_user_id == (current_actor().user_id or 0))
    return mine if operator == "yes" else not_(mine)


def one_of(column: Any) -> Callable[[str, Sequence[str]], Clause]:
    def clause(operator: str, values: Sequence[str]) -> Clause:
        number = int(values[0]) if values and values[0].isdecimal() else 0
        tests: dict[str, Clause] = {
            "empty": column.is_(None),
            "filled": column.is_not(None),
            "is": column == number,
            "not": or_(column.is_(None), column != number),
        }
        return tests[operator]

    return clause


def users() -> Sequence[tuple[str, Any]]:
    from crm.plugin_api import system

    with system("whom a bill can belong to"):
        rows = db.session().execute(
            select(User.id, User.name).where(User.active.is_(True)).order_by(User.name)
        )
        return [(str(row[0]), row[1]) for row in rows]


def campaigns() -> Sequence[tuple[str, Any]]:
    statement = visible(Campaign, current_actor()).order_by(Campaign.sort_name, Campaign.id).limit(500)
    rows = db.session().execute(statement.with_only_columns(Campaign.id, Campaign.name))
    return [(str(row[0]), row[1]) for row in rows]


def words_of(choices: Any) -> Callable[[], Sequence[tuple[str, Any]]]:
    return lambda: [(str(key), label) for key, label in choices.items()]


def or_first(column: Any) -> Any:
    """To sort by: what has no day comes first of all days."""
    return func.coalesce(column, literal(date(1, 1, 1), Date))


def _owner() -> Any:
    return select(User.name).where(User.id == Bill.owner_user_id).scalar_subquery()


BILL_FIELDS: tuple[Field, ...] = (
    Field(
        "identifier", _("Number"), expression=Bill.identifier, sort_expression=Bill.sort_key, sortable=True
    ),
    Field("state", _("State"), "choice", Bill.state, choices=states),
    Field("title", _("Title"), expression=func.coalesce(func.nullif(Bill.short_title, ""), Bill.title)),
    Field(
        "stage",
        _("Stage"),
        "choice",
        cast(Bill.stage, String),
        choices=words_of(STAGES),
        filter=_number_choice(Bill.stage),
    ),
    Field(
        "disposition",
        _("What became of it"),
        "choice",
        case((and_(Bill.stage == LAW, Bill.disposition == "live"), "done"), else_=Bill.disposition),
        choices=words_of({**DISPOSITIONS, "died_at_session_end": _("Dead: session over"), "done": DONE}),
    ),
    Field("position", _("Position"), "choice", func.nullif(Bill.position, ""), choices=words_of(POSITIONS)),
    Field(
        "priority",
        _("Priority"),
        "choice",
        cast(func.nullif(Bill.priority, 0), String),
        choices=words_of(PRIORITIES),
        filter=_number_choice(Bill.priority),
    ),
    Field("owner", _("Owner"), "choice", _owner(), choices=users, filter=one_of(Bill.owner_user_id)),
    Field("mine", _("Mine"), "boolean", listable=False, exportable=False, filter=_mine),
    Field(
        "campaign",
        _("Campaign"),
        "choice",
        listable=False,
        exportable=False,
        choices=campaigns,
        filter=one_of(Bill.campaign_id),
    ),
    Field("triage", _("With us"), "choice", Bill.triage, choices=words_of(TRIAGE)),
    Field(
        "last_action_on",
        _("Last action"),
        "date",
        Bill.last_action_on,
        sortable=True,
        sort_expression=or_first(Bill.last_action_on),
    ),
    Field("last_action", _("What happened last"), expression=Bill.last_action),
    Field("introduced_on", _("Introduced on"), "date", Bill.introduced_on),
    Field("session", _("Session"), expression=Session.identifier),
    Field(
        "overruled",
        _("We say otherwise than the source"),
        "choice",
        case(
            (Bill.overruled_stage.is_(None), literal("no")),
            (assessing.has_moved(), literal("moved")),
            else_=literal("yes"),
        ),
        choices=lambda: [("no", _("No")), ("yes", _("Yes")), ("moved", _("Yes, and the source moved since"))],
    ),
    Field("kind", _("Kind"), "choice", Bill.kind, choices=words_of(KINDS)),
    Field("chamber", _("Chamber"), "choice", Bill.chamber, choices=words_of(CHAMBERS)),
    Field("changed_at", _("Changed"), "datetime", Bill.changed_at, sortable=True),
    Field("missing_since", _("Not seen since"), "date", Bill.missing_since),
    Field(
        "source",
        _("Source"),
        "choice",
        Bill.source,
        choices=lambda: [("legiscan", "LegiScan"), ("openstates", "Open States"), ("staff", _("Us"))],
    ),
)


def _with_session(statement: Select[Any]) -> Select[Any]:
    return statement.join(Session, Session.id == Bill.session_id)


def _search_bills(text: str, actor: Actor) -> Clause:
    return Bill.id.in_(matching_ids_clause(text, "policy_bill", actor))


def bills() -> RecordType:
    return RecordType(
        "policy",
        _("Bills"),
        _("Bill"),
        Bill,
        VIEW,
        Bill.identifier,
        "policy.bill",
        "policy.index",
        BILL_FIELDS,
        default_columns=(
            "identifier",
            "state",
            "session",
            "title",
            "stage",
            "disposition",
            "position",
            "last_action_on",
        ),
        default_sort="-changed_at",
        base=_with_session,
        quick_filter=_search_bills,
        id_argument="bill_id",
        icon="gavel",
        edit_permission=EDIT,
        presets=(
            Preset("all", _("Everything")),
            Preset("tracked", _("Tracked"), (("triage", "is", "tracked"),)),
            Preset("mine", _("Mine"), (("mine", "yes", ""),)),
            Preset("alive", _("Alive"), (("disposition", "is", "live"),)),
        ),
    )


LEGISLATOR_FIELDS: tuple[Field, ...] = (
    Field("name", _("Name"), expression=Legislator.name, sort_expression=Legislator.sort_name, sortable=True),
    Field("state", _("State"), "choice", Legislator.state, choices=states),
    Field("chamber", _("Chamber"), "choice", Legislator.chamber, choices=words_of(CHAMBERS)),
    Field("district", _("District"), expression=Legislator.district),
    Field("party", _("Party"), expression=Legislator.party),
    Field("ends_on", _("Term ends"), "date", Legislator.ends_on),
    Field(
        "sits",
        _("Sits now"),
        "boolean",
        listable=False,
        exportable=False,
        filter=lambda operator, _values: _sits() if operator == "yes" else not_(_sits()),
    ),
    Field("source", _("Source"), expression=Legislator.source, filterable=False),
)


def _sits() -> Clause:
    return or_(Legislator.ends_on.is_(None), Legislator.ends_on >= day_here())


def legislators() -> RecordType:
    return RecordType(
        "policy_legislator",
        _("Legislators"),
        _("Legislator"),
        Legislator,
        VIEW,
        Legislator.name,
        "policy.legislator",
        "policy.legislators",
        LEGISLATOR_FIELDS,
        default_columns=("name", "state", "chamber", "district", "party", "ends_on"),
        default_sort="name",
        quick_filter=lambda text, actor: func.lower(Legislator.name).contains(text.lower(), autoescape=True),
        id_argument="legislator_id",
        edit_permission=EDIT,
        icon="building-bank",
        presets=(
            Preset("all", _("Everything")),
            Preset("now", _("Sitting now"), (("sits", "yes", ""),)),
        ),
    )


HEARING_FIELDS: tuple[Field, ...] = (
    Field("committee", _("Committee"), expression=Hearing.committee_name),
    Field("state", _("State"), "choice", Hearing.state, choices=states),
    Field("starts_at", _("Begins"), "datetime", Hearing.starts_at, sortable=True),
    Field("place", _("Place"), expression=Hearing.place),
    Field("status", _("Status"), "choice", Hearing.status, choices=words_of(HEARING_STATUSES)),
    Field(
        "coming",
        _("Still to come"),
        "boolean",
        listable=False,
        exportable=False,
        filter=lambda operator, _values: (
            Hearing.starts_at >= db.now() if operator == "yes" else Hearing.starts_at < db.now()
        ),
    ),
)


def hearings() -> RecordType:
    return RecordType(
        "policy_hearing",
        _("Hearings"),
        _("Hearing"),
        Hearing,
        VIEW,
        Hearing.committee_name,
        "policy.hearing",
        "policy.hearings",
        HEARING_FIELDS,
        default_columns=("committee", "state", "starts_at", "place", "status"),
        default_sort="-starts_at",
        edit_permission=EDIT,
        id_argument="hearing_id",
        icon="calendar-event",
        presets=(
            Preset("all", _("Everything")),
            Preset("coming", _("Still to come"), (("coming", "yes", ""),), sort="starts_at"),
        ),
    )


def stances_of_contacts() -> Field:
    """How many bills a member took a stance on, for lists of contacts."""
    from crm.plugin_api import Contact

    count = (
        select(func.count(Stance.id))
        .where(Stance.contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery()
    )
    return Field("policy_stances", _("Stances on bills"), "number", count, permission=VIEW)
