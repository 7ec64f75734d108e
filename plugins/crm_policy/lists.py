"""Further lists: roll calls, how each member voted, committees, stances of members, the log of lobbying. Each
has filters, saved lists and export, as all lists have."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select

from crm.plugin_api import Contact, Field, Preset, RecordType, lazy_pgettext
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.records import User
from crm_policy.fields import one_of, or_first, states, users, words_of
from crm_policy.models import Ballot, Bill, Committee, Legislator, Lobbying, Seat, Session, Stance, Vote
from crm_policy.permissions import VIEW
from crm_policy.words import CHAMBERS, FORMS, LEANS, LOBBYING, OPTIONS, POSITIONS, SIGN_OFFS

Clause = ColumnElement[bool]


def _bill_named(operator: str, values: Sequence[str]) -> Clause:
    """By the number of a bill, as people write it: `HB 12`."""
    from crm_policy.reading.neutral import identifier

    number = identifier(values[0]) if values and values[0].strip() else ""
    tests: dict[str, Clause] = {
        "is": Bill.identifier == number,
        "not": Bill.identifier != number,
        "contains": Bill.identifier.contains(number, autoescape=True),
        "lacks": ~Bill.identifier.contains(number, autoescape=True),
        "starts": Bill.identifier.startswith(number, autoescape=True),
        "empty": Bill.id.is_(None),
        "filled": Bill.id.is_not(None),
    }
    return tests.get(operator, Bill.identifier == number)


def _of_bill(statement: Select[Any]) -> Select[Any]:
    return statement.join(Bill, Bill.id == Vote.bill_id).join(Session, Session.id == Bill.session_id)


_BILL = (
    Field("bill", _("Bill"), expression=Bill.identifier, filter=_bill_named),
    Field("state", _("State"), "choice", Bill.state, choices=states),
    Field("session", _("Session"), expression=Session.identifier),
)
_VOTE = (
    Field("motion", _("What about"), expression=Vote.motion),
    Field("chamber", _("Chamber"), "choice", Vote.chamber, choices=words_of(CHAMBERS)),
)


def _newest(column: Any) -> Field:
    return Field(
        "entered", _("Order of entry"), "number", column, sortable=True, filterable=False, exportable=False
    )


def votes() -> RecordType:
    passed = case((Vote.passed.is_(True), "yes"), (Vote.passed.is_(False), "no"))
    fields = (
        *_BILL,
        *_VOTE,
        Field("voted_on", _("Day"), "date", Vote.voted_on),
        Field("yes", _("Yes"), "number", Vote.yes),
        Field("no", _("No"), "number", Vote.no),
        Field("other", _("Others"), "number", Vote.other),
        Field("passed", _("Passed"), "choice", passed, choices=words_of({"yes": _("Yes"), "no": _("No")})),
        Field(
            "tracked",
            _("Of what we track"),
            "boolean",
            listable=False,
            exportable=False,
            filter=lambda operator, _values: (
                Bill.triage == "tracked" if operator == "yes" else Bill.triage != "tracked"
            ),
        ),
        _newest(Vote.id),
    )
    return RecordType(
        "policy_vote",
        _("Roll calls"),
        _("Roll call"),
        Vote,
        VIEW,
        Vote.motion,
        "policy.vote",
        "policy.votes",
        fields,
        default_columns=("motion", "bill", "state", "voted_on", "yes", "no", "passed"),
        default_sort="-entered",
        base=_of_bill,
        id_argument="vote_id",
        icon="checklist",
        presets=(
            Preset("all", _("Everything")),
            Preset("tracked", _("Of what we track"), (("tracked", "yes", ""),)),
        ),
    )


def ballots() -> RecordType:
    """Who voted how. The name is that of the legislator where it is certain who that was, else the
    source's."""
    fields = (
        Field("name", _("Member"), expression=func.coalesce(Legislator.name, Ballot.name)),
        Field("party", _("Party"), expression=Legislator.party),
        Field("district", _("District"), expression=Legislator.district),
        Field("option", _("Vote"), "choice", Ballot.option, choices=words_of(OPTIONS)),
        *_BILL,
        *_VOTE,
        Field("voted_on", _("Day"), "date", Vote.voted_on),
        Field(
            "vote",
            _("Roll call"),
            "number",
            Ballot.vote_id,
            listable=False,
            exportable=False,
        ),
        _newest(Ballot.id),
    )
    return RecordType(
        "policy_ballot",
        _("Votes of members"),
        _("Vote of a member"),
        Ballot,
        VIEW,
        func.coalesce(Legislator.name, Ballot.name),
        "policy.ballot",
        "policy.ballots",
        fields,
        default_columns=("name", "party", "option", "bill", "motion", "voted_on"),
        default_sort="-entered",
        base=lambda statement: _of_bill(statement.join(Vote, Vote.id == Ballot.vote_id)).outerjoin(
            Legislator, Legislator.id == Ballot.legislator_id
        ),
        id_argument="ballot_id",
        icon="checklist",
    )


def _members() -> Any:
    return (
        select(func.count(Seat.id))
        .where(Seat.committee_id == Committee.id, Seat.ended_on.is_(None))
        .correlate(Committee)
        .scalar_subquery()
    )


def committees() -> RecordType:
    fields = (
        Field(
            "name", _("Name"), expression=Committee.name, sort_expression=Committee.name_key, sortable=True
        ),
        Field("state", _("State"), "choice", Committee.state, choices=states),
        Field("chamber", _("Chamber"), "choice", Committee.chamber, choices=words_of(CHAMBERS)),
        Field("parent", _("Part of"), expression=Committee.parent),
        Field("members", _("Members"), "number", _members()),
    )
    return RecordType(
        "policy_committee",
        _("Committees"),
        _("Committee"),
        Committee,
        VIEW,
        Committee.name,
        "policy.committee",
        "policy.committees",
        fields,
        default_columns=("name", "state", "chamber", "members"),
        default_sort="name",
        quick_filter=lambda text, actor: func.lower(Committee.name).contains(text.lower(), autoescape=True),
        id_argument="committee_id",
        icon="users-group",
    )


def stances() -> RecordType:
    """Where members of the coalition stand, over all bills."""
    fields = (
        Field("member", _("Member"), expression=Contact.name),
        Field("bill", _("Bill"), expression=Bill.identifier, filter=_bill_named),
        Field("state", _("State"), "choice", Bill.state, choices=states),
        Field("stance", _("Stance"), "choice", func.nullif(Stance.stance, ""), choices=words_of(POSITIONS)),
        Field(
            "sign_off", _("Sign-on"), "choice", func.nullif(Stance.sign_off, ""), choices=words_of(SIGN_OFFS)
        ),
        Field("asked_on", _("Asked on"), "date", Stance.asked_on),
        Field("answered_on", _("Answered on"), "date", Stance.answered_on),
        Field("note", _("Note"), expression=Stance.note),
        _newest(Stance.id),
    )
    return RecordType(
        "policy_stance",
        _("Stances of members"),
        _("Stance of a member"),
        Stance,
        VIEW,
        Contact.name,
        "policy.stance_of",
        "policy.stances",
        fields,
        default_columns=("member", "bill", "state", "stance", "sign_off", "answered_on"),
        default_sort="-entered",
        base=lambda statement: statement.join(Contact, Contact.id == Stance.contact_id).join(
            Bill, Bill.id == Stance.bill_id
        ),
        id_argument="stance_id",
        icon="flag",
    )


def lobbying() -> RecordType:
    fields = (
        Field(
            "worked_on",
            _("Day"),
            "date",
            Lobbying.worked_on,
            sortable=True,
            sort_expression=or_first(Lobbying.worked_on),
        ),
        Field("form", _("What was done"), "choice", Lobbying.form, choices=words_of(FORMS)),
        Field("kind", _("Class"), "choice", Lobbying.kind, choices=words_of(LOBBYING)),
        Field("minutes", lazy_pgettext("length", "Minutes"), "number", Lobbying.minutes),
        Field("cost", _("Money, in dollars"), "number", Lobbying.cost_cents / 100.0),
        Field("who", _("Who worked"), "choice", User.name, choices=users, filter=one_of(Lobbying.user_id)),
        Field("contact", _("With whom"), expression=Contact.name),
        Field("bill", _("Bill"), expression=Bill.identifier, filter=_bill_named),
        Field("lean", _("How they lean now"), "choice", cast(Lobbying.lean, String), choices=words_of(LEANS)),
        Field("note", _("What was said"), expression=Lobbying.note),
    )
    return RecordType(
        "policy_lobbying",
        _("Log of lobbying"),
        _("Entry"),
        Lobbying,
        VIEW,
        Lobbying.form,
        "policy.log_entry",
        "policy.lobbying_log",
        fields,
        default_columns=("worked_on", "form", "kind", "minutes", "cost", "contact", "bill"),
        default_sort="-worked_on",
        base=lambda statement: (
            statement.outerjoin(User, User.id == Lobbying.user_id)
            .outerjoin(Contact, Contact.id == Lobbying.contact_id)
            .outerjoin(Bill, Bill.id == Lobbying.bill_id)
        ),
        id_argument="entry_id",
        icon="clipboard-list",
    )


def all_lists() -> Iterable[RecordType]:
    return (votes(), ballots(), committees(), stances(), lobbying())
