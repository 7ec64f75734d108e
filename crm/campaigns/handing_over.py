"""What somebody answers for in campaigns, and who takes it over."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import or_

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns import names
from crm.campaigns import permissions as may
from crm.campaigns.models import Ask, Campaign, Target
from crm.campaigns.services import touch
from crm.campaigns.words import ANSWERS, OPEN_ANSWERS, RUNNING, STAGES, STATUSES
from crm.contacts.models import Contact
from crm.plugin_api.types import Heirs, Responsibility

ASK, CAMPAIGN, TARGET = "campaigns.ask", "campaigns.campaign", "campaigns.target"


def responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    """Asks without an answer, campaigns and targets that the actor may give to somebody else. On behalf of an
    organization somebody only asks: what an account owns belongs to the coalition's own work."""
    yield from _asks(contact.id, None if organization_id else user_id, actor)
    if user_id is not None and organization_id is None:
        yield from _campaigns(user_id, actor)
        yield from _targets(user_id, actor)


def _asks(contact_id: int, user_id: int | None, actor: Actor) -> Iterable[Responsibility]:
    made: list[Any] = [Ask.asked_by_contact_id == contact_id]
    if user_id is not None:
        made.append(Ask.asked_by_user_id == user_id)
    statement = visible(Ask, actor, may.ASK).where(or_(*made), Ask.answer.in_(OPEN_ANSWERS)).order_by(Ask.id)
    asks = db.session().scalars(statement).all()
    known = names.contacts((each.contact_id for each in asks), actor)
    for ask in asks:
        who = known.get(ask.contact_id) or names.hidden()
        yield Responsibility(
            ASK,
            ask.id,
            _("Ask"),
            f"{who}: {ask.what}",
            "person" if ask.asked_by_contact_id else "user",
            str(ANSWERS[ask.answer]),
            url_for("campaigns.ask", ask_id=ask.id),
        )


def _campaigns(user_id: int, actor: Actor) -> Iterable[Responsibility]:
    statement = (
        visible(Campaign, actor, may.EDIT)
        .where(Campaign.owner_user_id == user_id, Campaign.status.in_(RUNNING))
        .order_by(Campaign.sort_name, Campaign.id)
    )
    for campaign in db.session().scalars(statement):
        address = url_for("campaigns.show", campaign_id=campaign.id)
        status = str(STATUSES[campaign.status])
        yield Responsibility(CAMPAIGN, campaign.id, _("Campaign"), campaign.name, "user", status, address)


def _targets(user_id: int, actor: Actor) -> Iterable[Responsibility]:
    statement = (
        visible(Target, actor, may.EDIT)
        .join(Campaign, Campaign.id == Target.campaign_id)
        .where(Target.owner_user_id == user_id, Target.stage != "decided", Campaign.status.in_(RUNNING))
        .order_by(Target.id)
        .add_columns(Campaign.name)
    )
    rows = db.session().execute(statement).all()
    known = names.contacts((row[0].contact_id for row in rows), actor)
    for target, campaign in rows:
        yield Responsibility(
            TARGET,
            target.id,
            _("Target"),
            known.get(target.contact_id) or names.hidden(),
            "user",
            f"{campaign} · {STAGES[target.stage]}",
            url_for("campaigns.targets", campaign_id=target.campaign_id),
        )


def hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give asks, campaigns and targets to whoever takes over."""
    with system("a hand-over reaches what the leaving person answers for"):
        for item in items:
            if item.kind == ASK:
                _hand_over_ask(item.record_id, heirs)
            elif item.kind == CAMPAIGN and heirs.user_id is not None:
                if (campaign := db.session().get(Campaign, item.record_id)) is not None:
                    campaign.owner_user_id = heirs.user_id
                    touch(campaign)
            elif item.kind == TARGET and (target := db.session().get(Target, item.record_id)) is not None:
                target.owner_user_id = heirs.user_id or target.owner_user_id
        db.session().flush()


def _hand_over_ask(ask_id: int, heirs: Heirs) -> None:
    """A partner's ask goes to a person, one of ours to an account; either may go to the other where only that
    is named. Nobody is made to ask themselves."""
    ask = db.session().get(Ask, ask_id)
    if ask is None:
        return
    person = heirs.contact_id if heirs.contact_id != ask.contact_id else None
    if ask.asked_by_contact_id is not None and person is not None:
        ask.asked_by_contact_id = person
    elif heirs.user_id is not None:
        ask.asked_by_user_id, ask.asked_by_contact_id = heirs.user_id, None
