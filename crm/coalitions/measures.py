"""What campaigns can count of coalitions and commitments."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.campaigns.models import Campaign
from crm.coalitions.models import Commitment, Membership
from crm.coalitions.words import PLEDGES
from crm.contacts.models import ORGANIZATION, Contact
from crm.i18n import day
from crm.i18n import lazy_gettext as _
from crm.pages import url_for_known
from crm.plugin_api.types import Counted, Measure

DISTRICT = "district"


def measures() -> Iterable[Measure]:
    kinds = (("kind", _("Kind of commitment"), lambda: tuple(PLEDGES.items())),)
    return (
        Measure(
            "coalitions.members", _("Organizations that are active members"), Contact, _members, _contacts,
            help=_("Of the coalition that the campaign belongs to."),
        ),
        Measure("coalitions.kept", _("Commitments kept"), Commitment, _kept, _commitments, kinds),
        Measure("coalitions.signed", _("Organizations that signed on"), Contact, _signed, _contacts),
        Measure(
            "coalitions.districts", _("Districts that kept a commitment"), Contact, _districts, _contacts,
            help=_("School districts that did what they promised in this campaign: adopted it, for example."),
        ),
    )  # fmt: skip


def _members(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
    coalition = select(Campaign.coalition_id).where(Campaign.id == campaign_id).scalar_subquery()
    return (
        select(Membership.contact_id)
        .join(Contact, Contact.id == Membership.contact_id)
        .where(
            Membership.coalition_id == coalition,
            Membership.status == "active",
            Contact.kind == ORGANIZATION,
        )
        .distinct()
    )


def _in(campaign_id: int) -> Any:
    return (Commitment.campaign_id == campaign_id) & (Commitment.status == "kept")


def _kept(campaign_id: int, parameters: Mapping[str, Any]) -> Select[Any]:
    statement = select(Commitment.id).where(_in(campaign_id))
    kind = parameters.get("kind")
    return statement.where(Commitment.kind == kind) if kind else statement


def _by(campaign_id: int) -> Select[Any]:
    joined = select(Commitment.contact_id).join(Contact, Contact.id == Commitment.contact_id)
    return joined.where(_in(campaign_id)).distinct()


def _signed(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
    return _by(campaign_id).where(Commitment.kind == "sign_on", Contact.kind == ORGANIZATION)


def _districts(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
    return _by(campaign_id).where(Contact.sector == DISTRICT)


def _contacts(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = visible(Contact, actor).where(db.among(Contact.id, ids))
    statement = statement.order_by(Contact.sort_name, Contact.id)
    rows = db.session().execute(statement.with_only_columns(Contact.id, Contact.name))
    return [Counted(row[1], url_for_known("contacts.show", contact_id=row[0])) for row in rows]


def _commitments(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = (
        visible(Commitment, actor)
        .where(db.among(Commitment.id, ids))
        .order_by(Commitment.kept_on, Commitment.id)
        .with_only_columns(Commitment.id, Commitment.title, Commitment.kept_on)
    )
    return [
        Counted(row[1], url_for("coalitions.commitment", commitment_id=row[0]), day(row[2]))
        for row in db.session().execute(statement)
    ]
