"""Campaigns themselves: made, changed, put under one another, deleted, and who may do that."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from tests.campaigns.conftest import Make, Read, named

TYPED = {"name": "Attendance bill", "kind": "state_policy", "state": "active"}
HTMX = {"HX-Request": "true"}


def test_a_campaign_is_added_and_shown(organizer_client: PageClient, read: Read) -> None:
    values = {**TYPED, "start_date": "2026-03-01", "end_date": "2026-06-01", "budget_cents": "1,234.50"}
    answer = organizer_client.post("/campaigns/new", data={**values, "summary": "One number."})
    assert answer.status_code == 303
    page = organizer_client.get(answer.headers["Location"]).text
    for shown in ("Attendance bill", "State policy", "Active", "$1,234.50", "One number.", "Mar 1, 2026"):
        assert shown in page
    assert read(select(Campaign.budget_cents)) == [123450]
    assert "Attendance bill" in organizer_client.get("/campaigns").text
    assert "Attendance bill" in organizer_client.get("/search?q=attend").text


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"name": " "}, "Give the campaign a name."),
        ({"start_date": "2026-06-01", "end_date": "2026-03-01"}, "The end lies before the beginning."),
        ({"budget_cents": "a lot"}, "“a lot” is not an amount."),
    ],
)
def test_what_makes_no_sense_gets_a_sentence(
    organizer_client: PageClient, read: Read, values: dict[str, str], sentence: str
) -> None:
    answer = organizer_client.post("/campaigns/new", data={**TYPED, **values})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert read(select(Campaign.id)) == []


def test_tabs_and_filters_of_the_list(
    sign_in: SignIn, make_user: Callable[..., object], campaign: Make
) -> None:
    mine = make_user(role="organizer")
    campaign("Mine and active", owner_user_id=mine.id)  # type: ignore[attr-defined]  # An account.
    campaign("Over", status="closed")
    client = sign_in(mine)
    assert "Over" in client.get("/campaigns?list=all").text
    assert "Over" not in client.get("/campaigns?list=active").text
    page = client.get("/campaigns?list=mine").text
    assert "Mine and active" in page
    assert "Over" not in page
    assert "Over" in client.get("/campaigns?q=ove").text


def test_no_campaign_becomes_a_part_of_itself(
    organizer_client: PageClient, campaign: Make, read: Read
) -> None:
    top = campaign("Top")
    middle = campaign("Middle", parent_id=top)
    low = campaign("Low", parent_id=middle)
    form = organizer_client.get(f"/campaigns/{top}/edit").text
    assert f'value="{middle}"' not in form, "what is below is not offered as what is above"
    answer = organizer_client.post(
        f"/campaigns/{top}/edit", data={**TYPED, "name": "Top", "version": "1", "parent_id": str(low)}
    )
    assert answer.status_code == 422
    assert read(select(Campaign.parent_id).where(Campaign.id == top)) == [None]


def test_a_circle_is_refused_with_a_sentence(write: Callable[..., object], campaign: Make) -> None:
    from crm.access.actor import Actor
    from crm.campaigns import services
    from crm.db import session
    from crm.errors import UserError

    top = campaign("Top")
    low = campaign("Low", parent_id=campaign("Middle", parent_id=top))

    def act() -> None:
        found = session().get_one(Campaign, top)
        values = {name: getattr(found, name) for name in services.FIELDS}
        services.edit(found, {**values, "parent_id": low}, found.version, Actor.system())

    with pytest.raises(UserError, match="A campaign cannot be part of itself"):
        write(act)


def test_nobody_saves_over_what_somebody_else_changed(
    organizer_client: PageClient, campaign: Make, read: Read, undo_last: Callable[[], None]
) -> None:
    one = campaign()
    address = f"/campaigns/{one}/edit"
    theirs = {**TYPED, "name": "Attendance act", "start_date": "2026-03-01", "version": "1"}
    assert organizer_client.post(address, data=theirs).status_code == 303
    mine = {**TYPED, "name": "Absence bill", "start_date": "2026-03-01"}
    answer = organizer_client.post(address, data={**mine, "version": "1"}, headers=HTMX)
    assert answer.status_code == 409
    assert "Somebody else changed this meanwhile" in answer.text
    assert "Name: Attendance act" in answer.text
    assert 'value="Absence bill"' in answer.text, "what was typed is still there"
    assert named(read, one).name == "Attendance act"
    assert 'name="version" type="hidden" value="2"' in answer.text
    assert organizer_client.post(address, data={**mine, "version": "2"}).status_code == 303
    assert named(read, one).name == "Absence bill"
    undo_last()
    assert named(read, one).name == "Attendance act"


def test_deleting_says_what_goes_and_undo_brings_it_back(
    organizer_client: PageClient,
    campaign: Make,
    part: Make,
    add: Make,
    read: Read,
    undo_last: Callable[[], None],
) -> None:
    from datetime import date

    one, person, day = campaign(), add("Ana", "Ruiz"), date(2026, 4, 1)
    below = campaign("Within", parent_id=one)
    part(Milestone, campaign_id=one, title="Hearing", due_date=day)
    part(Goal, campaign_id=one, label="Yes", measure="campaigns.yes", target=4)
    part(Target, campaign_id=one, contact_id=person)
    part(Supporter, campaign_id=one, contact_id=person, since=day)
    part(Cost, campaign_id=one, label="Bus", amount_cents=100, spent_on=day)
    ask = part(Ask, campaign_id=one, contact_id=person, what="Vote", asked_on=day)
    dialog = organizer_client.get(f"/campaigns/{one}/delete").text
    for words in ("1 goal", "1 milestone", "1 target", "1 supporter", "1 cost", "1 campaign within it"):
        assert words in dialog
    assert organizer_client.post(f"/campaigns/{one}/delete").status_code == 303
    assert read(select(Campaign.id)) == [below]
    assert read(select(Ask.campaign_id).where(Ask.id == ask)) == [None]
    assert organizer_client.get(f"/campaigns/{one}").status_code == 404
    undo_last()
    for model in (Milestone, Goal, Target, Supporter, Cost, Ask):
        assert read(select(func.count()).select_from(model).where(model.campaign_id == one)) == [1]
    assert read(select(Campaign.parent_id).where(Campaign.id == below)) == [one]


def test_who_may_see_and_change_a_campaign(
    sign_in: SignIn,
    viewer_client: PageClient,
    outsider_client: PageClient,
    campaign: Make,
    coalition: Make,
    add: Make,
    part: Make,
) -> None:
    member, stranger = add("Ana", "Member"), add("Bo", "Stranger")
    harbor = coalition(members=(member,))
    theirs = campaign("Of Harbor", coalition_id=harbor)
    others = campaign("Of somebody else")
    for person in (member, stranger):
        part(Target, campaign_id=theirs, contact_id=person)
    assert viewer_client.get(f"/campaigns/{theirs}").status_code == 200
    for step in ("edit", "delete", "clone", "goals/new", "milestones/new", "targets/new", "costs/new"):
        assert viewer_client.get(f"/campaigns/{theirs}/{step}").status_code == 403
        assert outsider_client.get(f"/campaigns/{theirs}/{step}").status_code == 403
    assert outsider_client.get(f"/campaigns/{theirs}").status_code in {403, 404}
    scoped = sign_in(role="organizer", scope=harbor, scope_kind="coalition")
    page = scoped.get(f"/campaigns/{theirs}").text
    assert "Ana Member" in page
    assert "Bo Stranger" not in page
    assert "Somebody you may not see" in page
    assert scoped.get(f"/campaigns/{others}").status_code == 404
    assert scoped.post(f"/campaigns/{others}/delete").status_code == 404
    assert "Of somebody else" not in scoped.get("/campaigns").text
    answer = scoped.post("/campaigns/new", data=TYPED)
    assert answer.status_code == 422
    assert "Choose one of your coalitions" in answer.text
    mine = scoped.post("/campaigns/new", data={**TYPED, "coalition_id": str(harbor)})
    assert mine.status_code == 303
    moved = {**TYPED, "name": "Of Harbor", "start_date": "2026-03-01", "version": "1", "coalition_id": ""}
    assert scoped.post(f"/campaigns/{theirs}/edit", data=moved).status_code == 422


def test_a_part_is_found_under_its_own_campaign_only(
    organizer_client: PageClient, campaign: Make, part: Make
) -> None:
    from datetime import date

    one, other = campaign("One"), campaign("Other")
    milestone = part(Milestone, campaign_id=one, title="Hearing", due_date=date(2026, 4, 1))
    assert organizer_client.get(f"/campaigns/{one}/milestones/{milestone}").status_code == 200
    assert organizer_client.get(f"/campaigns/{other}/milestones/{milestone}").status_code == 404
