"""The page of a campaign, which is its report: all of it in a few queries, however much was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import func

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.campaigns import charts, names
from crm.campaigns.asks import Shown, shown
from crm.campaigns.goals import Progress, history, progress
from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.campaigns.words import RUNGS, STAGES
from crm.coalitions.models import Coalition
from crm.i18n import today

MOST_TARGETS: Final = 100
MOST_ASKS: Final = 10
MOST_COSTS: Final = 200


@dataclass(frozen=True)
class GoalPart:
    """A goal with its number and how it grew."""

    progress: Progress
    growth: charts.Growth | None = None


@dataclass(frozen=True)
class Step:
    """A milestone: reached, late, or still to come."""

    milestone: Milestone
    state: str
    past: bool


@dataclass(frozen=True)
class TargetPart:
    """A target with the names that the reader may know; no name where they may not see who it is."""

    target: Target
    name: str | None
    owner: str | None


@dataclass(frozen=True)
class Rung:
    """A rung of the ladder: how many stand on it, how many on it or above, and what part that is of those on
    the rung below or above it, in percent."""

    number: int
    label: Any
    here: int
    reached: int
    conversion: int | None


@dataclass(frozen=True)
class Money:
    """What was spent, of how much."""

    costs: Sequence[Cost]
    spent: int
    budget: int | None
    count: int

    @property
    def rest(self) -> int | None:
        return None if self.budget is None else self.budget - self.spent

    @property
    def percent(self) -> int | None:
        return int(100 * self.spent / self.budget) if self.budget else None


@dataclass(frozen=True)
class Child:
    """A campaign within this one, with its goals."""

    campaign: Campaign
    owner: str | None
    goals: Sequence[Progress]


@dataclass
class Report:
    campaign: Campaign
    coalition: tuple[int, str] | None
    parent: tuple[int, str] | None
    owner: str | None
    goals: Sequence[GoalPart] = ()
    steps: Sequence[Step] = ()
    targets: Sequence[TargetPart] = ()
    stages: Mapping[str, int] = field(default_factory=dict)
    rungs: Sequence[Rung] = ()
    answers: Mapping[str, int] = field(default_factory=dict)
    asks: Sequence[Shown] = ()
    money: Money | None = None
    children: Sequence[Child] = ()


def report(campaign: Campaign, actor: Actor) -> Report:
    """Everything that the page shows of a campaign that the actor may see."""
    found = _parts(Goal, campaign, actor, Goal.position, Goal.id)
    return Report(
        campaign,
        _named(Coalition, campaign.coalition_id, actor),
        _named(Campaign, campaign.parent_id, actor),
        names.users([campaign.owner_user_id]).get(campaign.owner_user_id or 0),
        [_goal_part(each, campaign.start_date) for each in progress(found)],
        steps(campaign, actor),
        targets(campaign, actor, MOST_TARGETS),
        _counts(Target, Target.stage, campaign, actor),
        rungs(campaign, actor),
        _counts(Ask, Ask.answer, campaign, actor),
        _latest_asks(campaign, actor),
        money(campaign, actor),
        children(campaign, actor),
    )


def _parts(model: Any, campaign: Campaign, actor: Actor, *order: Any) -> Sequence[Any]:
    statement = visible(model, actor).where(model.campaign_id == campaign.id).order_by(*order)
    return db.session().scalars(statement).all()


def _named(model: Any, record_id: int | None, actor: Actor) -> tuple[int, str] | None:
    """A record's id and name, where the actor may see it."""
    if record_id is None:
        return None
    statement = visible(model, actor).where(model.id == record_id).with_only_columns(model.id, model.name)
    row = db.session().execute(statement).first()
    return (row[0], row[1]) if row else None


def _counts(model: Any, column: Any, campaign: Campaign, actor: Actor) -> dict[Any, int]:
    """How many rows of a campaign have each value."""
    statement = (
        visible(model, actor)
        .where(model.campaign_id == campaign.id)
        .with_only_columns(column, func.count())
        .group_by(column)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}


def _goal_part(one: Progress, start: date | None) -> GoalPart:
    moments = history(one.goal, start)
    return GoalPart(one, charts.growth(moments, one.goal.target) if len(moments) > 1 else None)


def steps(campaign: Campaign, actor: Actor) -> list[Step]:
    """Milestones in the order of their days."""
    now = today()
    found = _parts(Milestone, campaign, actor, Milestone.due_date, Milestone.id)
    return [Step(each, _state(each, now), each.due_date < now) for each in found]


def _state(milestone: Milestone, now: date) -> str:
    if milestone.done_on is not None:
        return "done"
    return "late" if milestone.due_date < now else "open"


def targets(campaign: Campaign, actor: Actor, most: int | None = None) -> list[TargetPart]:
    """Targets by influence, the most influential first."""
    statement = (
        visible(Target, actor)
        .where(Target.campaign_id == campaign.id)
        .order_by(Target.influence.desc(), Target.id)
        .limit(most)
    )
    found = db.session().scalars(statement).all()
    people = names.contacts((each.contact_id for each in found), actor)
    owners = names.users(each.owner_user_id for each in found)
    return [
        TargetPart(each, people.get(each.contact_id), owners.get(each.owner_user_id or 0)) for each in found
    ]


def rungs(campaign: Campaign, actor: Actor) -> list[Rung]:
    """The ladder from the lowest rung, with how many went on from each to the next."""
    here = _counts(Supporter, Supporter.rung, campaign, actor)
    found: list[Rung] = []
    for number, label in RUNGS.items():
        reached = sum(count for rung, count in here.items() if rung >= number)
        below = found[-1].reached if found else 0
        conversion = round(100 * reached / below) if below else None
        found.append(Rung(number, label, here.get(number, 0), reached, conversion))
    return found


def _latest_asks(campaign: Campaign, actor: Actor) -> list[Shown]:
    statement = visible(Ask, actor).where(Ask.campaign_id == campaign.id)
    statement = statement.order_by(Ask.asked_on.desc(), Ask.id.desc()).limit(MOST_ASKS)
    return shown(db.session().scalars(statement).all(), actor)


def money(campaign: Campaign, actor: Actor) -> Money:
    """The newest costs, and what all of them come to."""
    mine = visible(Cost, actor).where(Cost.campaign_id == campaign.id)
    total = mine.with_only_columns(func.coalesce(func.sum(Cost.amount_cents), 0), func.count())
    spent, count = db.session().execute(total).one()
    costs = mine.order_by(Cost.spent_on.desc(), Cost.id.desc()).limit(MOST_COSTS)
    return Money(db.session().scalars(costs).all(), int(spent), campaign.budget_cents, count)


def children(campaign: Campaign, actor: Actor) -> list[Child]:
    """The campaigns within one, all their goals counted together."""
    statement = visible(Campaign, actor).where(Campaign.parent_id == campaign.id)
    found = db.session().scalars(statement.order_by(Campaign.sort_name, Campaign.id)).all()
    return with_goals(found, actor)


def with_goals(campaigns: Sequence[Campaign], actor: Actor) -> list[Child]:
    """Campaigns with the progress of their goals."""
    if not campaigns:
        return []
    ids = [each.id for each in campaigns]
    statement = visible(Goal, actor).where(db.among(Goal.campaign_id, ids)).order_by(Goal.position, Goal.id)
    counted = progress(db.session().scalars(statement).all())
    owners = names.users(each.owner_user_id for each in campaigns)
    return [
        Child(
            each,
            owners.get(each.owner_user_id or 0),
            [one for one in counted if one.goal.campaign_id == each.id],
        )
        for each in campaigns
    ]


def stages_of(found: Sequence[TargetPart]) -> list[tuple[str, Any, list[TargetPart]]]:
    """The columns of the board with their cards."""
    return [
        (stage, label, [each for each in found if each.target.stage == stage])
        for stage, label in STAGES.items()
    ]
