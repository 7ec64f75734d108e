"""What of campaigns is dated: for the calendar, and for the morning mail."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.campaigns import names
from crm.campaigns.models import Ask, Campaign, Goal, Milestone
from crm.campaigns.permissions import VIEW
from crm.campaigns.words import RUNNING
from crm.i18n import day
from crm.plugin_api.types import CalendarEntry, DigestItem

PATIENCE: Final = timedelta(days=14)
"""So long an ask may wait for an answer before the morning mail says so."""


def calendar_entries(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """Milestones, the beginning and end of campaigns, and the days by which goals are to be reached."""
    if not actor.can(VIEW):
        return
    zone = get_timezone()
    first = begins.astimezone(zone).date()
    last = (ends - timedelta(microseconds=1)).astimezone(zone).date()
    yield from _milestones(actor, first, last, mine)
    yield from _goals(actor, first, last, mine)
    yield from _campaigns(actor, first, last, mine)


def _owned(actor: Actor, mine: bool) -> list[ColumnElement[bool]]:
    return [Campaign.owner_user_id == actor.user_id] if mine else []


def _parts(model: Any, actor: Actor, first: date, last: date, mine: bool) -> Iterable[Any]:
    statement = (
        visible(model, actor)
        .join(Campaign, Campaign.id == model.campaign_id)
        .where(model.due_date.between(first, last), *_owned(actor, mine))
        .order_by(model.due_date, model.id)
        .add_columns(Campaign.name, Campaign.owner_user_id)
    )
    return db.session().execute(statement).all()


def _milestones(actor: Actor, first: date, last: date, mine: bool) -> Iterable[CalendarEntry]:
    for milestone, campaign, owner in _parts(Milestone, actor, first, last, mine):
        yield CalendarEntry(
            f"milestone-{milestone.id}",
            _("Milestone"),
            milestone.title,
            milestone.due_date,
            url_for("campaigns.show", campaign_id=milestone.campaign_id),
            icon="circle-check" if milestone.done_on else "flag",
            description=_("%(campaign)s, reached", campaign=campaign) if milestone.done_on else campaign,
            mine=_is_mine(owner, actor),
        )


def _goals(actor: Actor, first: date, last: date, mine: bool) -> Iterable[CalendarEntry]:
    for goal, campaign, owner in _parts(Goal, actor, first, last, mine):
        yield CalendarEntry(
            f"goal-{goal.id}",
            _("Goal"),
            f"{goal.label}: {goal.target}",
            goal.due_date,
            url_for("campaigns.goal", campaign_id=goal.campaign_id, goal_id=goal.id),
            icon="target",
            description=campaign,
            mine=_is_mine(owner, actor),
        )


def _campaigns(actor: Actor, first: date, last: date, mine: bool) -> Iterable[CalendarEntry]:
    dated = or_(Campaign.start_date.between(first, last), Campaign.end_date.between(first, last))
    statement = visible(Campaign, actor).where(dated, *_owned(actor, mine)).order_by(Campaign.id)
    for campaign in db.session().scalars(statement):
        address = url_for("campaigns.show", campaign_id=campaign.id)
        for key, title, when in (
            ("start", _("%(name)s begins", name=campaign.name), campaign.start_date),
            ("end", _("%(name)s ends", name=campaign.name), campaign.end_date),
        ):
            if when is not None and first <= when <= last:
                yield CalendarEntry(
                    f"campaign-{key}-{campaign.id}",
                    _("Campaign"),
                    title,
                    when,
                    address,
                    icon="speakerphone",
                    mine=_is_mine(campaign.owner_user_id, actor),
                )


def _is_mine(owner: int | None, actor: Actor) -> bool:
    return owner is not None and owner == actor.user_id


def digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    """Milestones of one's own campaigns that are late or due within a week, and one's asks that wait long."""
    if actor.user_id is None:
        return
    statement = (
        visible(Milestone, actor)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(
            Campaign.owner_user_id == actor.user_id,
            Campaign.status.in_(RUNNING),
            Milestone.done_on.is_(None),
            Milestone.due_date <= today + timedelta(days=7),
        )
        .order_by(Milestone.due_date, Milestone.id)
        .limit(50)
        .add_columns(Campaign.name)
    )
    for milestone, campaign in db.session().execute(statement):
        yield DigestItem(
            _("Milestones"),
            milestone.title,
            url_for("campaigns.show", campaign_id=milestone.campaign_id),
            f"{campaign} · {day(milestone.due_date)}",
            late=milestone.due_date < today,
        )
    yield from _waiting(actor, today)


def _waiting(actor: Actor, today: date) -> Iterable[DigestItem]:
    statement = (
        visible(Ask, actor)
        .where(
            Ask.asked_by_user_id == actor.user_id,
            Ask.answer == "waiting",
            Ask.asked_on < today - PATIENCE,
        )
        .order_by(Ask.asked_on, Ask.id)
        .limit(50)
    )
    asks = db.session().scalars(statement).all()
    known = names.contacts((each.contact_id for each in asks), actor)
    for ask in asks:
        yield DigestItem(
            _("Asks that wait for an answer"),
            f"{known.get(ask.contact_id) or names.hidden()}: {ask.what}",
            url_for("campaigns.ask", ask_id=ask.id),
            _("asked on %(day)s", day=day(ask.asked_on)),
            late=True,
        )
