"""A campaign once more: the same plan at another time, its counters at zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns.models import Campaign, Goal, Milestone, Target
from crm.campaigns.services import below, refuse_out_of_reach
from crm.errors import UserError
from crm.transfer.cleaning.text import fold, squash


@dataclass(frozen=True)
class Wishes:
    """How a campaign is to be made once more. Without a start the dates stay; without targets nobody is
    carried over."""

    name: str
    start_date: date | None = None
    targets: bool = True
    campaigns: bool = True


def clone(campaign: Campaign, wishes: Wishes, actor: Actor) -> Campaign:
    """Copy a campaign with its milestones and goals, and as wished with its targets and the campaigns within
    it. All dates move by as many days as the start. What was counted, spent, asked or done stays behind."""
    name = squash(wishes.name)
    if not name:
        raise UserError(_("Give the new campaign a name."))
    shift = _shift(campaign, wishes.start_date)
    with system("a campaign is copied with what it consists of"):
        ids = below(campaign.id) if wishes.campaigns else [campaign.id]
        statement = select(Campaign).where(db.among(Campaign.id, ids))
        found = {each.id: each for each in db.session().scalars(statement)}
        copies: dict[int, Campaign] = {}
        for each in ids:
            copies[each] = _copy(found[each], copies, shift)
        first = copies[campaign.id]
        first.name, first.sort_name = name, fold(name)
        first.start_date = wishes.start_date or campaign.start_date
        db.session().flush()
        _copy_parts(copies, shift, Milestone, ("title",), {"done_on": None})
        _copy_goals(copies, shift)
        if wishes.targets:
            kept = ("contact_id", "support", "influence", "owner_user_id", "note")
            _copy_parts(copies, shift, Target, kept, {"stage": "identified"})
        db.session().flush()
    for copy in copies.values():
        refuse_out_of_reach(copy, actor)
    return first


def _shift(campaign: Campaign, start: date | None) -> timedelta:
    """From the old start to the new one; a campaign without a start counts from its first date."""
    if start is None:
        return timedelta()
    begins = campaign.start_date or _first_date(campaign)
    return start - begins if begins else timedelta()


def _first_date(campaign: Campaign) -> date | None:
    with system("when a campaign without a start begins"):
        milestones = select(Milestone.due_date).where(Milestone.campaign_id == campaign.id)
        goals = select(Goal.due_date).where(Goal.campaign_id == campaign.id, Goal.due_date.is_not(None))
        days = [
            *db.session().execute(milestones).scalars(),
            *(each for each in db.session().execute(goals).scalars() if each),
        ]
    return min(days, default=campaign.end_date)


def _copy(campaign: Campaign, copies: dict[int, Campaign], shift: timedelta) -> Campaign:
    """One campaign, planned anew, below the copy of what it was part of."""
    parent = copies.get(campaign.parent_id or 0)
    copy = Campaign(
        name=campaign.name,
        sort_name=campaign.sort_name,
        kind=campaign.kind,
        parent_id=parent.id if parent else campaign.parent_id,
        coalition_id=campaign.coalition_id,
        owner_user_id=campaign.owner_user_id,
        start_date=_moved(campaign.start_date, shift),
        end_date=_moved(campaign.end_date, shift),
        summary=campaign.summary,
        budget_cents=campaign.budget_cents,
    )
    db.session().add(copy)
    db.session().flush()
    return copy


def _moved(day: date | None, shift: timedelta) -> date | None:
    if day is None:
        return None
    try:
        return day + shift
    except OverflowError as error:
        raise UserError(_("That start lies too far away. Choose another day.")) from error


def _rows(model: Any, ids: Sequence[int]) -> Sequence[Any]:
    statement = select(model).where(db.among(model.campaign_id, ids)).order_by(model.id)
    return db.session().scalars(statement).all()


def _copy_parts(
    copies: dict[int, Campaign], shift: timedelta, model: Any, kept: Sequence[str], set_to: dict[str, Any]
) -> None:
    for row in _rows(model, list(copies)):
        values = {name: getattr(row, name) for name in kept} | set_to
        if model is Milestone:
            values["due_date"] = _moved(row.due_date, shift)
        db.session().add(model(campaign_id=copies[row.campaign_id].id, **values))


def _copy_goals(copies: dict[int, Campaign], shift: timedelta) -> None:
    """Goals begin at zero: most count what belongs to their campaign. Contacts with a tag belong to none, so
    from now on only those count that are tagged in the new campaign's time."""
    for row in _rows(Goal, list(copies)):
        parameters = dict(row.parameters)
        if row.measure == "campaigns.tagged":
            parameters |= {"when": "since", "from": db.now().isoformat()}
        copy = Goal(
            campaign_id=copies[row.campaign_id].id,
            label=row.label,
            measure=row.measure,
            parameters=parameters,
            target=row.target,
            due_date=_moved(row.due_date, shift),
            position=row.position,
        )
        db.session().add(copy)
