"""Commitments as lists, filters and export know them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Date, func, literal, or_

from crm import db
from crm.access import current_actor, visible
from crm.access.actor import Actor
from crm.campaigns.models import Campaign
from crm.coalitions.clauses import state_clause, state_of_commitment
from crm.coalitions.fields.shared import (
    coalition_choices,
    either,
    found_by_name,
    is_chosen,
    named,
    names_like,
    owner_choices,
    owner_name,
)
from crm.coalitions.models import Coalition, Commitment
from crm.coalitions.permissions import COMMIT, VIEW
from crm.coalitions.words import OUTCOMES, PLEDGES, STATES
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Preset, RecordType

Clause = ColumnElement[bool]
SOON = 30


def campaign_choices() -> Sequence[tuple[str, str]]:
    """The campaigns that the reader may see, by name."""
    statement = visible(Campaign, current_actor()).order_by(Campaign.sort_name, Campaign.id)
    rows = db.session().execute(statement.with_only_columns(Campaign.id, Campaign.name))
    return [(str(row[0]), row[1]) for row in rows]


def _state(operator: str, values: Sequence[str]) -> Clause:
    if operator in {"empty", "filled"}:
        return Commitment.status.is_(None) if operator == "empty" else Commitment.status.is_not(None)
    clause = state_clause(values[0])
    return clause if operator == "is" else ~func.coalesce(clause, literal(False))


def _quick_filter(text: str, actor: Actor) -> Clause:
    titled = func.lower(Commitment.title).contains(text.strip().lower(), autoescape=True)
    return or_(titled, found_by_name(Commitment.contact_id, text, actor))


def commitments() -> RecordType:
    """What was promised by whom, until when, and how it went."""
    no_date = literal(date(9999, 12, 31), Date)
    fields = (
        Field("name", _("Promise"), expression=Commitment.title, sort_expression=func.lower(Commitment.title),
              sortable=True),
        Field("contact", _("Promised by"), fetch=named(Commitment, Commitment.contact_id),
              filter=names_like(Commitment.contact_id)),
        Field("involves", _("Promised or answered for by"), listable=False, exportable=False,
              filter=either(names_like(Commitment.contact_id), names_like(Commitment.delegate_id))),
        Field("kind", _("Kind"), "choice", Commitment.kind, choices=lambda: tuple(PLEDGES.items())),
        Field("state", _("Now"), "choice", state_of_commitment(), filter=_state,
              choices=lambda: tuple(STATES.items())),
        Field("status", _("Outcome"), "choice", Commitment.status, choices=lambda: tuple(OUTCOMES.items()),
              listable=False),
        Field("due_date", _("Until"), "date", Commitment.due_date,
              sort_expression=func.coalesce(Commitment.due_date, no_date), sortable=True),
        Field("owner", _("Followed up by"), "choices", owner_name(Commitment.owner_user_id),
              filter=is_chosen(Commitment.owner_user_id), choices=owner_choices),
        Field("coalition", _("Coalition"), "choices",
              fetch=named(Commitment, Commitment.coalition_id, Coalition),
              filter=is_chosen(Commitment.coalition_id), choices=coalition_choices),
        Field("campaign", _("Campaign"), "choices",
              fetch=named(Commitment, Commitment.campaign_id, Campaign),
              filter=is_chosen(Commitment.campaign_id), choices=campaign_choices),
        Field("delegate", _("Who answers for it"), fetch=named(Commitment, Commitment.delegate_id),
              filter=names_like(Commitment.delegate_id)),
        Field("pledged_on", _("Promised on"), "date", Commitment.pledged_on, sortable=True),
        Field("kept_on", _("Kept on"), "date", Commitment.kept_on),
        Field("evidence", _("How we know"), "long_text", Commitment.evidence),
        Field("evidence_url", _("Link"), "link", Commitment.evidence_url),
        Field("note", _("Note"), "long_text", Commitment.note),
        Field("created_at", _("Added"), "datetime", Commitment.created_at, sortable=True),
    )  # fmt: skip
    return RecordType(
        "commitments",
        _("Commitments"),
        _("Commitment"),
        Commitment,
        VIEW,
        Commitment.title,
        "coalitions.commitment",
        "coalitions.commitments",
        fields,
        default_columns=("name", "contact", "kind", "state", "due_date", "owner", "coalition"),
        default_sort="due_date",
        quick_filter=_quick_filter,
        id_argument="commitment_id",
        icon="heart-handshake",
        edit_permission=COMMIT,
        presets=(
            Preset("all", _("Everything"), sort="-created_at"),
            Preset("soon", _("Due soon"), (("state", "is", "open"), ("due_date", "next_days", str(SOON)))),
            Preset("late", _("Past their date"), (("state", "is", "late"),)),
            Preset("kept", _("Kept"), (("status", "is", "kept"),), sort="-pledged_on"),
        ),
        extra_columns=(("kind_of", literal("organization")),),
    )
