"""Goals: numbers counted from records, with the rows behind them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, event, literal_column, select

from crm import db
from crm.access.guard import system
from crm.campaigns import goals
from crm.campaigns.models import Ask, Goal, Supporter, Target
from crm.contacts.models import Tag
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from tests.campaigns.conftest import Make, Read


@pytest.fixture
def tagged(add: Make, read: Read) -> str:
    """The id of a tag that one district has."""
    add(organization="Maple District", tags=["adopted"])
    return str(read(select(Tag.id))[0])


def count(app: Flask, goal_id: int) -> int | None:
    with app.test_request_context(), system("test"):
        return goals.progress([db.session().get_one(Goal, goal_id)])[0].count


@pytest.mark.parametrize(
    "measure, parameters, wanted",
    [
        ("campaigns.yes", {}, 1),
        ("campaigns.support", {}, 2),
        ("campaigns.rung", {"rung": "3"}, 2),
        ("campaigns.rung", {"rung": "6"}, 0),
        ("campaigns.gone", {}, None),
    ],
)
def test_each_measure_counts_its_own(
    app: Flask, campaign: Make, part: Make, add: Make,
    measure: str, parameters: dict[str, Any], wanted: int | None,
) -> None:  # fmt: skip
    one, other, day = campaign(), campaign("Other"), date(2026, 4, 1)
    people = [add("Person", str(number)) for number in range(4)]
    for where in (one, other):
        for person, support in zip(people, (None, 0, 1, 2), strict=True):
            part(Target, campaign_id=where, contact_id=person, support=support)
        for person, rung in zip(people, (1, 2, 3, 5), strict=True):
            part(Supporter, campaign_id=where, contact_id=person, rung=rung, since=day)
        for person, answer in zip(people, ("waiting", "no", "maybe", "yes"), strict=True):
            part(Ask, campaign_id=where, contact_id=person, what="Vote", asked_on=day, answer=answer)
    values = {"label": "Goal", "target": 2, "measure": measure, "parameters": parameters}
    assert count(app, part(Goal, campaign_id=one, **values)) == wanted


def test_a_goal_is_chosen_and_opens_the_rows_behind_its_number(
    organizer_client: PageClient, campaign: Make, add: Make, read: Read, undo_last: Callable[[], None]
) -> None:
    one = campaign()
    add(organization="Maple District", tags=["adopted"])
    add(organization="Birch District", tags=["adopted"])
    add(organization="Elm District")
    tag = str(read(select(Tag.id))[0])
    prefix = "parameter-campaigns.tagged-"
    typed = {"measure": "campaigns.tagged", "target": "12", "label": "Districts that adopted it",
             f"{prefix}tag": tag, f"{prefix}when": "all", "due_date": "2026-12-01"}  # fmt: skip
    assert organizer_client.post(f"/campaigns/{one}/goals/new", data=typed).status_code == 303
    page = organizer_client.get(f"/campaigns/{one}").text
    assert "Districts that adopted it" in page
    assert "2 of 12" in page
    goal = read(select(Goal.id))[0]
    rows = organizer_client.get(f"/campaigns/{one}/goals/{goal}").text
    assert "Maple District" in rows
    assert "Birch District" in rows
    assert "Elm District" not in rows
    missing = {name: value for name, value in typed.items() if not name.endswith("tag")}
    answer = organizer_client.post(f"/campaigns/{one}/goals/new", data=missing)
    assert answer.status_code == 422
    assert "Choose one for “Tag”." in answer.text
    assert (
        organizer_client.post(f"/campaigns/{one}/goals/new", data={**typed, "target": "0"}).status_code == 422
    )
    changed = {**typed, "target": "2"}
    assert organizer_client.post(f"/campaigns/{one}/goals/{goal}/edit", data=changed).status_code == 303
    assert "Reached" in organizer_client.get(f"/campaigns/{one}").text
    undo_last()
    assert read(select(Goal.target)) == [12]
    assert "Districts that adopted it" in organizer_client.get(f"/history/campaign/{one}").text
    organizer_client.post(f"/campaigns/{one}/goals/{goal}/delete")
    undo_last()
    assert read(select(Goal.label)) == ["Districts that adopted it"]


@pytest.mark.parametrize("days, when, wanted", [(-9, "since", 1), (9, "since", 0), (9, "all", 1)])
def test_a_tag_counts_from_the_begin_of_the_campaign_if_wished(
    app: Flask, campaign: Make, part: Make, tagged: str, days: int, when: str, wanted: int
) -> None:
    with app.test_request_context():
        start = today() + timedelta(days=days)
    one, parameters = campaign(start_date=start), {"tag": tagged, "when": when}
    goal = part(
        Goal, campaign_id=one, label="Tag", measure="campaigns.tagged", parameters=parameters, target=9
    )
    assert count(app, goal) == wanted


def test_rows_that_may_not_be_seen_are_counted_and_not_named(
    sign_in: SignIn, campaign: Make, coalition: Make, add: Make, part: Make
) -> None:
    ana, bo = add("Ana", "Member"), add("Bo", "Stranger")
    harbor = coalition(members=(ana,))
    one = campaign(coalition_id=harbor)
    for person in (ana, bo):
        part(Supporter, campaign_id=one, contact_id=person, rung=3, since=date(2026, 4, 1))
    goal = part(
        Goal, campaign_id=one, label="Help", measure="campaigns.rung", parameters={"rung": "1"}, target=9
    )
    page = sign_in(role="viewer", scope=harbor, scope_kind="coalition").get(f"/campaigns/{one}/goals/{goal}")
    assert "Ana Member" in page.text
    assert "Bo Stranger" not in page.text
    assert sign_in(role="viewer", scope=ana).get(f"/campaigns/{one}/goals/{goal}").status_code == 404


def test_rows_come_in_pages(
    organizer_client: PageClient, campaign: Make, add: Make, part: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goals, "PAGE", 2)
    one = campaign()
    for name in ("Ana", "Bo", "Cy"):
        part(Supporter, campaign_id=one, contact_id=add(name, "Ruiz"), since=date(2026, 4, 1))
    goal = part(
        Goal, campaign_id=one, label="Help", measure="campaigns.rung", parameters={"rung": "1"}, target=9
    )
    first = organizer_client.get(f"/campaigns/{one}/goals/{goal}").text
    assert "Bo Ruiz" in first
    assert "Cy Ruiz" not in first
    after = first.split("after=")[1].split("#")[0]
    second = organizer_client.get(f"/campaigns/{one}/goals/{goal}?after={after}").text
    assert "Cy Ruiz" in second
    assert "Ana Ruiz" not in second


def test_a_number_grows_week_by_week(app: Flask, campaign: Make, add: Make, part: Make) -> None:
    with app.test_request_context():
        now = today()
    one = campaign(start_date=now - timedelta(weeks=4))
    for name, weeks in (("Ana", 4), ("Bo", 2), ("Cy", 2)):
        part(Supporter, campaign_id=one, contact_id=add(name, "Ruiz"), since=now - timedelta(weeks=weeks))
    values = {"label": "Help", "measure": "campaigns.rung", "parameters": {"rung": "1"}, "target": 9}
    goal = part(Goal, campaign_id=one, **values)
    undated = part(Goal, campaign_id=one, **{**values, "measure": "campaigns.support"})
    with app.test_request_context(), system("test"):
        moments = goals.history(db.session().get_one(Goal, goal), now - timedelta(weeks=5))
        assert goals.history(db.session().get_one(Goal, undated)) == []
    assert [each.total for each in moments] == [0, 1, 1, 3, 3, 3]
    assert [each.new for each in moments] == [0, 1, 0, 2, 0, 0]
    long_ago = part(Supporter, campaign_id=one, contact_id=add("Di", "Ruiz"), since=now - timedelta(days=700))
    assert long_ago
    with app.test_request_context(), system("test"):
        monthly = goals.history(db.session().get_one(Goal, goal))
    assert len(monthly) in {23, 24}
    assert monthly[-1].total == 4


def test_the_page_asks_as_many_questions_for_many_rows_as_for_few(
    organizer_client: PageClient, campaign: Make, add: Make, part: Make, app: Flask
) -> None:
    one = campaign()

    def fill(number: int) -> None:
        person = add("Person", str(number))
        part(Target, campaign_id=one, contact_id=person)
        part(Supporter, campaign_id=one, contact_id=person, since=date(2026, 4, 1))
        part(Ask, campaign_id=one, contact_id=person, what="Vote", asked_on=date(2026, 4, 1))
        child = campaign(f"Within {number}", parent_id=one)
        part(Goal, campaign_id=child, label="Yes", measure="campaigns.yes", target=3)

    def questions() -> int:
        seen: list[str] = []
        engine = app.extensions["crm"].engine
        listener = lambda _c, _cu, text, *_rest: seen.append(text)  # noqa: E731  # To be taken off again.
        event.listen(engine, "before_cursor_execute", listener)
        try:
            assert organizer_client.get(f"/campaigns/{one}").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", listener)
        return len(seen)

    fill(0)
    questions()
    few = questions()
    for number in range(1, 6):
        fill(number)
    questions()  # The first after a change asks anew what is remembered until then.
    assert questions() == few
    assert few < 45


def broken_rows(_campaign_id: int, _parameters: Any) -> Select[Any]:
    raise ValueError("the plugin made a mistake")


def wrong_rows(_campaign_id: int, _parameters: Any) -> Select[Any]:
    return select(literal_column("no_such_column").label("id")).select_from(Ask)


@pytest.mark.parametrize("rows", [broken_rows, wrong_rows])
def test_a_measure_that_fails_costs_its_own_number_and_no_more(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    sign_in: SignIn,
    campaign: Make,
    part: Make,
    add: Make,
    rows: Any,
) -> None:
    known = app.extensions["crm"].measures
    broken = replace(known["campaigns.yes"], name="campaigns.broken", rows=rows)
    monkeypatch.setitem(known, broken.name, broken)
    monkeypatch.setattr(app.extensions["crm"].plugins, "raise_failures", False)
    one, day = campaign(), date(2026, 4, 1)
    part(Ask, campaign_id=one, contact_id=add("Ann", "Other"), what="Vote", asked_on=day, answer="yes")
    for measure in ("campaigns.yes", broken.name):
        part(Goal, campaign_id=one, label=measure, target=2, measure=measure, parameters={})
    page = sign_in(role="organizer").get(f"/campaigns/{one}")
    assert page.status_code == 200
    assert "1 of 2" in page.text
    assert "cannot be counted right now" in page.text
