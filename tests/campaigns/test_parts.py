"""Milestones, targets, the ladder and costs: written, moved, taken back."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.campaigns.models import Cost, Milestone, Supporter, Target
from crm.campaigns.money import cents
from crm.errors import UserError
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from tests.campaigns.conftest import Make, Read

HTMX = {"HX-Request": "true"}
KNOWN = {"stage": "met", "support": "1", "influence": "5", "note": "Chairs the committee."}


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" type="hidden" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_a_milestone_is_added_reached_and_taken_back(
    organizer_client: PageClient, campaign: Make, read: Read, undo_last: Callable[[], None], app: Flask
) -> None:
    one = campaign()
    with app.test_request_context():
        now = today()
    late = (now - timedelta(days=3)).isoformat()
    typed = {"title": "First hearing", "due_date": late}
    assert organizer_client.post(f"/campaigns/{one}/milestones/new", data=typed).status_code == 303
    milestone = read(select(Milestone.id))[0]
    assert "late" in organizer_client.get(f"/campaigns/{one}").text
    done = f"/campaigns/{one}/milestones/{milestone}/done"
    assert organizer_client.post(done).status_code == 303
    assert read(select(Milestone.done_on)) == [now]
    assert "reached on" in organizer_client.get(f"/campaigns/{one}").text
    undo_last()
    assert read(select(Milestone.done_on)) == [None]
    organizer_client.post(f"/campaigns/{one}/milestones/{milestone}/delete")
    assert read(select(Milestone.id)) == []
    undo_last()
    assert read(select(Milestone.title)) == ["First hearing"]


def test_a_milestone_needs_a_title_and_a_day(organizer_client: PageClient, campaign: Make) -> None:
    address = f"/campaigns/{campaign()}/milestones/new"
    answer = organizer_client.post(address, data={"title": "", "due_date": "2026-04-01"})
    assert answer.status_code == 422
    assert "Say what is to be reached." in answer.text
    assert "Say by which day" in organizer_client.post(address, data={"title": "Vote"}).text


def test_a_part_that_somebody_else_changed_is_not_saved_over(
    organizer_client: PageClient, campaign: Make, part: Make, read: Read
) -> None:
    one = campaign()
    cost = part(Cost, campaign_id=one, label="Bus", amount_cents=100, spent_on=date(2026, 4, 1))
    address = f"/campaigns/{one}/costs/{cost}"
    seen = seen_in(organizer_client.get(address).text)
    typed = {"label": "Two buses", "amount_cents": "9", "spent_on": "2026-04-01", "seen": seen}
    assert organizer_client.post(address, data=typed).status_code == 303
    answer = organizer_client.post(address, data={**typed, "label": "Train"}, headers=HTMX)
    assert answer.status_code == 409
    assert "What for: Two buses" in answer.text
    assert read(select(Cost.label)) == ["Two buses"]
    again = {**typed, "label": "Train", "seen": seen_in(answer.text)}
    assert organizer_client.post(address, data=again).status_code == 303
    assert read(select(Cost.label)) == ["Train"]


def test_several_targets_are_added_at_once_and_nobody_twice(
    organizer_client: PageClient, campaign: Make, add: Make, read: Read, undo_last: Callable[[], None]
) -> None:
    one, ana, bo = campaign(), add("Ana", "Ruiz"), add("Bo", "Lee")
    address = f"/campaigns/{one}/targets/new"
    assert "Choose at least one" in organizer_client.post(address, data=KNOWN).text
    assert organizer_client.post(address, data={**KNOWN, "contacts": ["Ana Ruiz"]}).status_code == 303
    organizer_client.post(address, data={**KNOWN, "stage": "asked", "contacts": [f"#{ana}", f"#{bo}", ""]})
    found = read(select(Target.contact_id, Target.stage, Target.support).order_by(Target.id))
    assert found == [(ana, "met", 1), (bo, "asked", 1)]
    page = organizer_client.get(f"/campaigns/{one}/targets").text
    assert "1 new target of “Attendance bill”. 1 is a target already." in page
    assert "Leans our way" in page
    undo_last()
    assert read(select(Target.contact_id)) == [ana]


def test_a_card_is_moved_by_its_button(
    organizer_client: PageClient,
    viewer_client: PageClient,
    campaign: Make,
    add: Make,
    part: Make,
    read: Read,
    undo_last: Callable[[], None],
) -> None:
    one = campaign()
    target = part(Target, campaign_id=one, contact_id=add("Ana", "Ruiz"))
    address = f"/campaigns/{one}/targets/{target}/stage"
    board = organizer_client.post(address, data={"stage": "met"}, headers=HTMX)
    assert board.status_code == 200
    assert "Ana Ruiz: Met" in board.text
    assert "<html" not in board.text
    assert organizer_client.post(address, data={"stage": "decided"}).status_code == 303
    assert read(select(Target.stage)) == ["decided"]
    undo_last()
    assert read(select(Target.stage)) == ["met"]
    assert "no such column" in organizer_client.post(address, data={"stage": "won"}).text
    assert viewer_client.post(address, data={"stage": "asked"}).status_code == 403
    assert "Move Ana" not in viewer_client.get(f"/campaigns/{one}/targets").text


def test_a_target_keeps_an_unknown_support_apart_from_an_undecided_one(
    organizer_client: PageClient, campaign: Make, add: Make, part: Make, read: Read
) -> None:
    one = campaign()
    target = part(Target, campaign_id=one, contact_id=add("Ana", "Ruiz"), support=0)
    address = f"/campaigns/{one}/targets/{target}"
    organizer_client.post(address, data={**KNOWN, "support": ""})
    assert read(select(Target.support)) == [None]
    organizer_client.post(address, data={**KNOWN, "support": "-2"})
    assert read(select(Target.support, Target.influence)) == [(-2, 5)]
    assert organizer_client.post(address, data={**KNOWN, "influence": "9"}).status_code == 422


def test_people_go_up_and_down_the_ladder(
    organizer_client: PageClient, campaign: Make, add: Make, read: Read, undo_last: Callable[[], None]
) -> None:
    one, ana, bo = campaign(), add("Ana", "Ruiz"), add("Bo", "Lee")
    address = f"/campaigns/{one}/ladder/new"
    organizer_client.post(address, data={"contacts": [f"#{ana}", f"#{bo}"], "rung": "2"})
    organizer_client.post(address, data={"contacts": [f"#{ana}"], "rung": "4"})
    organizer_client.post(address, data={"contacts": [f"#{ana}", f"#{bo}"], "rung": "3"})
    rungs = dict(read(select(Supporter.contact_id, Supporter.rung)))
    assert rungs == {ana: 4, bo: 3}, "nobody is put lower by being added once more"
    page = organizer_client.get(f"/campaigns/{one}/ladder?rung=3").text
    assert "1 moved up. 1 stood there or higher and stays." in page
    assert "Bo Lee" in page
    assert "Ana Ruiz" not in page
    assert "50 %" in page, "one of the two who came to the third rung went on"
    supporter = read(select(Supporter.id).where(Supporter.contact_id == bo))[0]
    step = f"/campaigns/{one}/ladder/{supporter}/step"
    assert organizer_client.post(step, data={"to": "2"}, headers=HTMX).status_code == 200
    assert read(select(Supporter.rung).where(Supporter.id == supporter)) == [2]
    undo_last()
    assert read(select(Supporter.rung).where(Supporter.id == supporter)) == [3]
    assert organizer_client.post(step, data={"to": "7"}).status_code == 422


@pytest.mark.parametrize(
    "typed, found",
    [
        ("1,234.50", 123450),
        ("1234,5", 123450),
        ("1.234,50", 123450),
        ("$ 1 234.5", 123450),
        ("1,234", 123400),
        ("1,234,567", 123456700),
        ("0.07", 7),
        ("12", 1200),
    ],
)
def test_money_is_understood_as_people_write_it(typed: str, found: int) -> None:
    assert cents(typed) == found


@pytest.mark.parametrize(
    "typed", ["", "much", "-5", "1,23,4.50", "12.345,6.7", "1.2.3", "1e5", "1,234,50", "9" * 20, "½", "٣"]
)
def test_what_is_no_money_gets_a_sentence(app: Flask, typed: str) -> None:
    with (
        app.test_request_context(),
        pytest.raises(UserError, match=r"is not an amount|more than can be kept"),
    ):
        cents(typed)


def test_costs_are_set_against_the_budget(
    organizer_client: PageClient, campaign: Make, read: Read, undo_last: Callable[[], None]
) -> None:
    one = campaign(budget_cents=100_00)
    address = f"/campaigns/{one}/costs/new"
    organizer_client.post(address, data={"label": "Bus", "amount_cents": "70,5", "spent_on": "2026-04-01"})
    page = organizer_client.get(f"/campaigns/{one}").text
    assert "$70.50" in page
    assert "$29.50" in page
    assert "70 percent of the budget is spent" in page
    organizer_client.post(address, data={"label": "Food", "amount_cents": "40", "spent_on": "2026-04-02"})
    assert "over the budget" in organizer_client.get(f"/campaigns/{one}").text
    undo_last()
    assert read(select(Cost.label)) == ["Bus"]
    answer = organizer_client.post(address, data={"label": "Food", "amount_cents": "lots"})
    assert answer.status_code == 422
    assert "“lots” is not an amount. Write it as 1,234.50." in answer.text
