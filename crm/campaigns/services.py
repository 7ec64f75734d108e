"""Campaigns themselves: made, changed, deleted, put under one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns.models import Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.campaigns.permissions import EDIT
from crm.errors import UserError
from crm.fields.custom.values import apply_custom, differing
from crm.transfer.cleaning.text import clean_note, fold, squash

FIELDS = (
    "name", "kind", "status", "parent_id", "coalition_id", "owner_user_id", "start_date", "end_date",
    "summary", "budget_cents",
)  # fmt: skip
PARTS: tuple[tuple[str, Any], ...] = (
    ("goals", Goal),
    ("milestones", Milestone),
    ("targets", Target),
    ("supporters", Supporter),
    ("costs", Cost),
)
"""What a campaign consists of and what goes with it."""


def create(values: Mapping[str, Any], actor: Actor) -> Campaign:
    """A new campaign; raises UserError where a value makes no sense or the actor would not see it."""
    campaign = Campaign(name="", sort_name="", kind="state_policy")
    _apply(campaign, values)
    db.session().add(campaign)
    db.session().flush()
    refuse_out_of_reach(campaign, actor)
    return campaign


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the campaign meanwhile: the values that it has now, where they differ from what
    was about to be saved, and the version to save over."""

    present: Mapping[str, Any]
    version: int


def edit(campaign: Campaign, values: Mapping[str, Any], seen: int, actor: Actor) -> Clash | None:
    """Change a campaign, unless it is no longer the version that was seen; then nothing is written."""
    db.session().refresh(campaign, with_for_update=True)
    cleaned = {**values, "name": squash(values["name"]), "summary": clean_note(values.get("summary") or "")}
    present = {
        name: getattr(campaign, name) for name in FIELDS if getattr(campaign, name) != cleaned.get(name)
    }
    present |= differing(campaign, values)
    if not present:
        return None
    if campaign.version != seen:
        return Clash(present, campaign.version)
    _apply(campaign, values)
    touch(campaign)
    db.session().flush()
    refuse_out_of_reach(campaign, actor)
    return None


def touch(campaign: Campaign) -> None:
    """Say that the campaign changed."""
    campaign.version += 1
    campaign.updated_at = db.now()


def _apply(campaign: Campaign, values: Mapping[str, Any]) -> None:
    name, start, end = squash(values["name"]), values.get("start_date"), values.get("end_date")
    if not name:
        raise UserError(_("Give the campaign a name."))
    if start and end and end < start:
        raise UserError(_("The end lies before the beginning. Check the two dates."))
    refuse_circle(campaign, values.get("parent_id"))
    for each in FIELDS:
        setattr(campaign, each, values.get(each))
    campaign.name, campaign.sort_name = name, fold(name)
    campaign.status = values.get("status") or "planned"
    campaign.summary = clean_note(values.get("summary") or "")
    apply_custom(campaign, values)


def refuse_circle(campaign: Campaign, parent_id: int | None) -> None:
    """Raise UserError when a campaign would become a part of itself."""
    if parent_id is not None and campaign.id in {parent_id, *above(parent_id)}:
        raise UserError(
            _(
                "A campaign cannot be part of itself. Choose one that is not below “%(name)s”.",
                name=campaign.name,
            )
        )


def above(campaign_id: int) -> list[int]:
    """What a campaign is part of, what that is part of, and so on, nearest first."""
    found: list[int] = []
    current: int | None = campaign_id
    with system("a circle of campaigns must be seen whole"):
        while current is not None:
            statement = select(Campaign.parent_id).where(Campaign.id == current)
            current = db.session().execute(statement).scalar_one_or_none()
            if current is None or current in found:
                break
            found.append(current)
    return found


def below(campaign_id: int) -> list[int]:
    """The campaign and all that are part of it, however deep, those above first."""
    found, layer = [campaign_id], [campaign_id]
    with system("a campaign is handled with what is part of it"):
        while layer:
            statement = select(Campaign.id).where(db.among(Campaign.parent_id, layer)).order_by(Campaign.id)
            layer = [each for each in db.session().execute(statement).scalars() if each not in found]
            found += layer
    return found


def refuse_out_of_reach(campaign: Campaign, actor: Actor) -> None:
    """Nobody writes a campaign that they could then not see."""
    statement = visible(Campaign, actor, EDIT).where(Campaign.id == campaign.id)
    if db.session().execute(statement.with_only_columns(Campaign.id)).first() is None:
        raise UserError(_("Choose one of your coalitions; otherwise you would not see this campaign."))


def what_goes(campaign: Campaign) -> dict[str, int]:
    """How many of each part go with the campaign, and how many campaigns are part of it."""
    counts = [
        select(func.count()).where(model.campaign_id == campaign.id).scalar_subquery().label(name)
        for name, model in PARTS
    ]
    under = select(func.count()).where(Campaign.parent_id == campaign.id).scalar_subquery().label("below")
    with system("what a deletion would take away"):
        return dict(db.session().execute(select(*counts, under)).one()._mapping)


def delete(campaign: Campaign) -> None:
    """Delete a campaign with its parts. What only mentions it stays: asks, commitments, activities, tasks and
    events lose the campaign, campaigns below it stand on their own."""
    change = db.current_change()
    assert change is not None
    campaigns = db.table(Campaign)
    with system("deleting a campaign with all that is part of it"):
        for _name, model in PARTS:
            table = db.table(model)
            rows = select(table.c.id).where(table.c.campaign_id == campaign.id)
            change.delete(table, db.session().execute(rows).scalars())
        for column in mentioning():
            rows = select(column.table.c.id).where(column == campaign.id)
            for ids in db.chunks(db.session().execute(rows).scalars().all()):
                change.update(column.table, ids, {column.name: None})
        try:
            change.delete(campaigns, [campaign.id])
        except IntegrityError as error:
            raise UserError(
                _("Not deleted: something of a plugin still refers to this campaign. Remove that first.")
            ) from error
    db.session().expire_all()


def mentioning() -> Sequence[Any]:
    """The columns of all tables that mention a campaign and can do without."""
    return [
        key.parent
        for table in db.Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "campaign" and key.parent.nullable
    ]
