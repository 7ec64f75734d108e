"""What campaigns add to the timeline of a contact: asks, becoming a target, steps of the ladder."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.campaigns import asks
from crm.campaigns.models import Ask, Campaign, Supporter, Target
from crm.campaigns.words import ANSWERS, RUNGS
from crm.contacts.models import Contact
from crm.plugin_api.types import TimelineEntry

_SAME_DAY = 20
"""So many more are read, for days have no hours: some of them may not lie before the wanted moment."""


def entries(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """Newest first of each sort; only what lies before the moment."""
    found = [
        *_asks(contact.id, actor, before, limit),
        *_targets(contact.id, actor, before, limit),
        *_steps(contact.id, actor, before, limit),
    ]
    past = [each for each in found if before is None or each.at < before]
    return sorted(past, key=lambda each: each.at, reverse=True)[:limit]


def _moment(day: date, written: datetime | None = None) -> datetime:
    """Noon of a day; when it was written down, where that was earlier: nothing stands in the future."""
    noon = datetime.combine(day, time(12), UTC)
    return min(noon, written or db.now())


def _asks(contact_id: int, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    statement = visible(Ask, actor).where(Ask.contact_id == contact_id)
    if before is not None:
        statement = statement.where(Ask.asked_on <= before.date())
    statement = statement.order_by(Ask.asked_on.desc(), Ask.id.desc()).limit(limit + _SAME_DAY)
    for each in asks.shown(db.session().scalars(statement).all(), actor):
        answer = str(ANSWERS[each.ask.answer])
        yield TimelineEntry(
            _moment(each.ask.asked_on, each.ask.created_at),
            "message-circle",
            _("Asked for: %(what)s", what=each.ask.what),
            " · ".join(part for part in (answer, each.campaign) if part),
            each.asker,
            url_for("campaigns.ask", ask_id=each.ask.id),
            day=each.ask.asked_on,
        )


def _of(model: Any, order: Any, contact_id: int, actor: Actor) -> Any:
    return (
        visible(model, actor)
        .join(Campaign, Campaign.id == model.campaign_id)
        .where(model.contact_id == contact_id)
        .order_by(order.desc(), model.id.desc())
        .add_columns(Campaign.name)
    )


def _targets(contact_id: int, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    statement = _of(Target, Target.created_at, contact_id, actor)
    if before is not None:
        statement = statement.where(Target.created_at < before)
    for target, campaign in db.session().execute(statement.limit(limit)):
        address = url_for("campaigns.targets", campaign_id=target.campaign_id)
        title = _("Target of “%(campaign)s”", campaign=campaign)
        yield TimelineEntry(target.created_at, "target", title, target.note, "", address)


def _steps(contact_id: int, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    statement = _of(Supporter, Supporter.since, contact_id, actor)
    if before is not None:
        statement = statement.where(Supporter.since <= before.date())
    for supporter, campaign in db.session().execute(statement.limit(limit + _SAME_DAY)):
        title = _("%(rung)s in “%(campaign)s”", rung=RUNGS[supporter.rung], campaign=campaign)
        address = url_for("campaigns.ladder", campaign_id=supporter.campaign_id, rung=supporter.rung)
        since = supporter.since
        yield TimelineEntry(_moment(since), "heart-handshake", title, supporter.note, "", address, day=since)
