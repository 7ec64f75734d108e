"""A campaign once more: dates moved, counters at zero, nothing else carried along."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns import cloning, goals
from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.contacts.models import Tag
from crm.errors import UserError
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from tests.campaigns.conftest import Make, Read, Write

LATER = date(2027, 2, 1)
SHIFT = LATER - date(2026, 3, 1)


@pytest.fixture
def whole(campaign: Make, part: Make, add: Make, read: Read, write: Write) -> int:
    """A campaign with something of everything and one within it."""
    tagged = add("Ana", "Ruiz", tags=["adopted"])
    tag = read(select(Tag.id))[0]
    one = campaign(end_date=date(2026, 6, 1), status="won", budget_cents=500, summary="Why.")
    low = campaign("Within", parent_id=one, start_date=date(2026, 4, 1))
    campaign("Deeper", parent_id=low, start_date=None)
    for each in (one, low):
        part(
            Milestone, campaign_id=each, title="Hearing", due_date=date(2026, 4, 10), done_on=date(2026, 4, 9)
        )
    for measure, parameters in (
        ("campaigns.yes", {}),
        ("campaigns.support", {}),
        ("campaigns.rung", {"rung": "2"}),
        ("campaigns.tagged", {"tag": str(tag), "when": "all"}),
    ):
        part(Goal, campaign_id=one, label=measure, measure=measure, parameters=parameters, target=4,
             due_date=date(2026, 5, 1))  # fmt: skip
    part(Target, campaign_id=one, contact_id=tagged, stage="decided", support=2, influence=5, note="Kind.")
    part(Supporter, campaign_id=one, contact_id=tagged, rung=3, since=date(2026, 4, 1))
    part(Ask, campaign_id=one, contact_id=tagged, what="Vote", answer="yes", asked_on=date(2026, 4, 1))
    part(Cost, campaign_id=one, label="Bus", amount_cents=100, spent_on=date(2026, 4, 1))
    return one


def copy(write: Write, campaign_id: int, **wishes: Any) -> int:
    chosen = cloning.Wishes(**{"name": "Next year", "start_date": LATER, **wishes})

    def act() -> int:
        return cloning.clone(db.session().get_one(Campaign, campaign_id), chosen, Actor.system()).id

    return int(write(act))


def counts(app: Flask, campaign_id: int) -> dict[str, int | None]:
    with app.test_request_context(), system("test"):
        found = db.session().scalars(select(Goal).where(Goal.campaign_id == campaign_id)).all()
        return {each.goal.measure: each.count for each in goals.progress(found)}


def test_dates_move_by_as_many_days_as_the_start(whole: int, write: Write, read: Read) -> None:
    new = copy(write, whole)
    made = read(select(Campaign).where(Campaign.id == new))[0]
    assert (made.name, made.status, made.start_date) == ("Next year", "planned", LATER)
    assert made.end_date == date(2026, 6, 1) + SHIFT
    assert (made.budget_cents, made.summary) == (500, "Why.")
    milestones = read(select(Milestone.due_date, Milestone.done_on).where(Milestone.campaign_id == new))
    assert milestones == [(date(2026, 4, 10) + SHIFT, None)]
    assert set(read(select(Goal.due_date).where(Goal.campaign_id == new))) == {date(2026, 5, 1) + SHIFT}


def test_counters_begin_at_zero_and_the_old_ones_stay(whole: int, write: Write, app: Flask) -> None:
    before = counts(app, whole)
    assert set(before.values()) == {1}
    assert len(before) == 4
    for start in (LATER, date(2020, 1, 1), None):
        new = copy(write, whole, start_date=start, targets=False)
        assert counts(app, new) == dict.fromkeys(before, 0)
    assert counts(app, whole) == before


def test_who_gets_the_tag_afterwards_counts(whole: int, write: Write, app: Flask, add: Make) -> None:
    new = copy(write, whole, start_date=None)
    add("Bo", "Lee", tags=["adopted"])
    assert counts(app, new)["campaigns.tagged"] == 1


def test_what_was_done_stays_behind(whole: int, write: Write, read: Read) -> None:
    new = copy(write, whole)
    for model in (Supporter, Ask, Cost):
        assert read(select(func.count()).select_from(model).where(model.campaign_id == new)) == [0]
        assert read(select(func.count()).select_from(model).where(model.campaign_id == whole)) == [1]


def test_targets_begin_anew_or_stay_behind(whole: int, write: Write, read: Read) -> None:
    new = copy(write, whole)
    kept = select(Target.stage, Target.support, Target.influence, Target.note)
    assert read(kept.where(Target.campaign_id == new)) == [("identified", 2, 5, "Kind.")]
    assert read(kept.where(Target.campaign_id == copy(write, whole, targets=False))) == []


def test_campaigns_within_it_come_along_if_wished(whole: int, write: Write, read: Read) -> None:
    new = copy(write, whole)
    within = read(select(Campaign).where(Campaign.parent_id == new))
    assert [(each.name, each.start_date) for each in within] == [("Within", date(2026, 4, 1) + SHIFT)]
    assert read(select(Campaign.name).where(Campaign.parent_id == within[0].id)) == ["Deeper"]
    milestones = select(Milestone.due_date).where(Milestone.campaign_id == within[0].id)
    assert read(milestones) == [date(2026, 4, 10) + SHIFT]
    alone = copy(write, whole, campaigns=False)
    assert read(select(Campaign.id).where(Campaign.parent_id == alone)) == []


def test_a_campaign_without_a_start_counts_from_its_first_date(
    campaign: Make, part: Make, write: Write, read: Read
) -> None:
    one = campaign(start_date=None)
    part(Milestone, campaign_id=one, title="Hearing", due_date=date(2026, 4, 10))
    part(Milestone, campaign_id=one, title="Vote", due_date=date(2026, 4, 20))
    new = copy(write, one)
    days = select(Milestone.due_date).where(Milestone.campaign_id == new).order_by(Milestone.due_date)
    assert read(days) == [LATER, LATER + timedelta(days=10)]


def test_a_start_too_far_away_gets_a_sentence(whole: int, write: Write) -> None:
    with pytest.raises(UserError, match="too far away"):
        copy(write, whole, start_date=date(9999, 12, 1))


def test_the_page_copies_and_undo_takes_it_back(
    organizer_client: PageClient,
    viewer_client: PageClient,
    whole: int,
    read: Read,
    undo_last: Callable[[], None],
    app: Flask,
) -> None:
    with app.test_request_context():
        start = today().isoformat()
    before = read(select(func.count()).select_from(Campaign))
    address = f"/campaigns/{whole}/clone"
    assert "begin at zero" in organizer_client.get(address).text
    data = {"name": "Next year", "start_date": start, "targets": "y", "campaigns": "y"}
    answer = organizer_client.post(address, data=data)
    assert answer.status_code == 303
    page = organizer_client.get(answer.headers["Location"]).text
    assert "0 of 4" in page
    undo_last()
    assert read(select(func.count()).select_from(Campaign)) == before
    assert viewer_client.post(address, data=data).status_code == 403
    assert organizer_client.post(address, data={**data, "name": ""}).status_code == 422
