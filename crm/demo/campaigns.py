"""Campaigns of the made-up coalition: one that runs, one within it, one that was won."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.coalitions.models import Coalition
from crm.contacts.models import Person, Tag
from crm.demo.accounts import Account, Accounts
from crm.demo.load import backdate
from crm.demo.rows import Dice
from crm.i18n import today
from crm.transfer.cleaning.text import fold

SEED: Final = 20260915
STAGES: Final = ("identified", "contacted", "met", "asked", "decided")
WISHES: Final = (
    "Vote for the attendance bill in committee",
    "Speak at the September press event",
    "Sign the letter to the superintendent",
    "Share absence rates by school every month",
    "Open the gym for breakfast before school",
    "Bring the question to the school board",
)
STEPS: Final = (
    (-100, "Coalition agrees on the text"),
    (-70, "Sponsor found in the House"),
    (-30, "First hearing"),
    (-6, "Letters of forty organizations handed over"),
    (9, "Vote in committee"),
    (38, "Vote on the floor"),
    (60, "Governor signs"),
)
COSTS: Final = (
    (-90, "Printing of the fact sheet", 1_184_50),
    (-62, "Bus to the capitol", 1_420_00),
    (-31, "Lunch for families at the hearing", 635_75),
    (-12, "Interpreters", 980_00),
)


def load_campaigns(accounts: Accounts) -> None:
    """Write a lively campaign and two others around it; the same each time, dated from today."""
    dice, owners = Dice(SEED), accounts.organizers
    with system("the demo runs campaigns"):
        people = db.session().scalars(select(Person.id).order_by(Person.id).limit(200)).all()
        coalition = db.session().scalar(select(Coalition.id).order_by(Coalition.id).limit(1))
        tag = db.session().scalar(select(Tag.id).order_by(Tag.id).limit(1))
        with db.transaction(
            owners[0].actor, "campaigns.create", "Three campaigns planned for this year"
        ) as change:
            backdate(change, db.now() - timedelta(days=100))
            bill = _campaign("Absence counts: report it in every school", "state_policy", "active", owners[0],
                             -110, 60, coalition, budget_cents=6_500_00, summary=_SUMMARY)  # fmt: skip
            _campaign("House education committee", "state_policy", "active", owners[1], -40, 12, coalition,
                      parent_id=bill.id)  # fmt: skip
            walk = _campaign("Walking school bus in two districts", "local_practice", "won", owners[1], -240,
                             -20, coalition, summary=_WALK)  # fmt: skip
            _plan(bill, tag)
            _people(bill, people, owners, dice)
            _goal(walk, "Families who walk with others", "campaigns.rung", 20, -30, rung="4")
            for number, person in enumerate(people[100:124]):
                _add(Supporter, walk, contact_id=person, rung=4 + number % 3, since=_day(-200 + number * 6))


_WALK: Final = "Parents walk a fixed route and collect children on the way."
_SUMMARY: Final = (
    "The state counts truancy, and so misses most of the days that children are away. We ask for one number "
    "that every school publishes each month: the share of students who miss a tenth of their days."
)


def _day(days: int) -> date:
    return today() + timedelta(days=days)


def _campaign(
    name: str, kind: str, status: str, owner: Account, begins: int, ends: int, coalition: int | None,
    **more: Any,
) -> Campaign:  # fmt: skip
    campaign = Campaign(
        name=name,
        sort_name=fold(name),
        kind=kind,
        status=status,
        owner_user_id=owner.user_id,
        coalition_id=coalition,
        start_date=_day(begins),
        end_date=_day(ends),
        **more,
    )
    db.session().add(campaign)
    db.session().flush()
    return campaign


def _add(model: Any, campaign: Campaign, **values: Any) -> None:
    db.session().add(model(campaign_id=campaign.id, **values))


def _goal(campaign: Campaign, label: str, measure: str, target: int, due: int, **parameters: str) -> None:
    _add(
        Goal, campaign, label=label, measure=measure, target=target, due_date=_day(due), parameters=parameters
    )


def _plan(bill: Campaign, tag: int | None) -> None:
    """What the campaign wants to reach, by when, and what it cost so far."""
    _goal(bill, "Lawmakers on our side", "campaigns.support", 8, 9)
    _goal(bill, "Asks answered yes", "campaigns.yes", 12, 38)
    _goal(bill, "Endorsements", "campaigns.rung", 60, 38, rung="3")
    if tag is not None:
        _goal(bill, "Contacts who heard of it", "campaigns.tagged", 120, 60, tag=str(tag), when="all")
    for due, title in STEPS:
        done = _day(due + 1) if due < -20 else None
        _add(Milestone, bill, title=title, due_date=_day(due), done_on=done)
    for spent, label, cents in COSTS:
        _add(Cost, bill, label=label, amount_cents=cents, spent_on=_day(spent))


def _people(bill: Campaign, people: Sequence[int], owners: Sequence[Account], dice: Dice) -> None:
    """Those who decide, those who help, and what was asked of them."""
    for number, person in enumerate(people[:14]):
        support = dice.pick((None, -2, -1, 0, 0, 1, 1, 2))
        _add(Target, bill, contact_id=person, stage=STAGES[number * 5 // 14], support=support,
             influence=dice.number(1, 5), owner_user_id=owners[number % 2].user_id,
             created_at=db.now() - timedelta(days=90 - number))  # fmt: skip
    for person in people[14:100]:
        rung = dice.often_first((1, 2, 2, 3, 3, 3, 4, 4, 5, 6))
        _add(Supporter, bill, contact_id=person, rung=rung, since=_day(-dice.number(1, 105)))
    for number, person in enumerate(people[4:24]):
        asked, answer = dice.number(2, 80), dice.pick(("waiting", "waiting", "yes", "yes", "maybe", "no"))
        db.session().add(
            Ask(contact_id=person, campaign_id=bill.id, asked_by_user_id=owners[number % 2].user_id,
                what=WISHES[number % len(WISHES)], asked_on=_day(-asked), answer=answer,
                answered_on=None if answer == "waiting" else _day(-asked // 2))
        )  # fmt: skip
