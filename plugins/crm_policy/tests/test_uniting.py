"""A bill that is here twice, in two sessions that are one: nothing of what we said of either is lost."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.fields import by_hand
from crm.fields.models import SavedList
from crm.journal.undo import undo
from crm.plugin_api import Organization, db, system
from crm.plugin_api.records import Campaign, User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, FormerBill, Relation, Session, Stance
from crm_policy.services import bills as work
from crm_policy.services import kinship, uniting
from crm_policy.tests.test_carrying import ME, in_two_sessions, position, rows, sessions, take, told

NAMES = ("Rosa Field", "Sam Wood")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def say(bill: Bill, **words: Any) -> None:
    with db.transaction(ME, "policy.test") as change:
        work.set_position(bill, position(position="", priority=0, **words), change)


def unite() -> int:
    with db.transaction(ME, "policy.test") as change:
        uniting.unite(sessions()[1], sessions()[0], change)
    assert change.id is not None
    return change.id


def people() -> tuple[int, int, int]:
    """Two colleagues and a campaign."""
    with db.transaction(ME, "policy.test"), system("the test writes"):
        both = [
            User(email=f"{each}@x.org", email_key=f"{each}@x.org", name=name)
            for each, name in enumerate(NAMES)
        ]
        campaign = Campaign(name="Every day", sort_name="every day", kind="state_policy")
        db.session().add_all([*both, campaign])
        db.session().flush()
        return both[0].id, both[1].id, campaign.id


def hb_1() -> Any:
    found = [each for each in rows(Bill) if each.identifier == "HB 1"]
    assert len(found) == 1
    return found[0]


def images() -> dict[int, tuple[Any, ...]]:
    names = ("owner_user_id", "campaign_id", "short_title", "position_note", "triage", "group_id")
    return {each.id: tuple(getattr(each, name) for name in names) for each in rows(Bill)}


def test_owner_campaign_and_our_name_of_the_bill_that_goes_are_taken_over() -> None:
    first, other = in_two_sessions()
    rosa, _sam, campaign = people()
    say(other, position_note="Call the chair")
    say(first, owner_user_id=rosa, campaign_id=campaign, short_title="Count every day")
    before = images()
    change = unite()
    both = hb_1()
    assert (both.owner_user_id, both.campaign_id, both.short_title) == (rosa, campaign, "Count every day")
    assert both.position_note == "Call the chair", "nothing was left out, so nothing more is said"
    undo(change, ME)
    assert images() == before


def test_where_both_have_one_the_note_says_what_the_other_had() -> None:
    first, other = in_two_sessions()
    rosa, sam, campaign = people()
    say(first, owner_user_id=sam, short_title="Count all")
    say(other, owner_user_id=rosa, short_title="Count every day", campaign_id=campaign)
    before = images()
    change = unite()
    both = hb_1()
    assert (both.owner_user_id, both.short_title) == (rosa, "Count every day")
    assert both.position_note == "In “Regular” it had: owner: Sam Wood; short title: Count all"
    undo(change, ME)
    assert images() == before


def test_companions_share_the_work_at_once() -> None:
    first, other = in_two_sessions()
    take(told("SB 5", "Regular"), told("SB 6", "Regular"))
    by_number = {each.identifier: each for each in rows(Bill) if each.session_id == first.session_id}
    with db.transaction(ME, "policy.test") as change:
        kinship.group(first.id, by_number["SB 5"].id, change)
    rosa, _sam, _campaign = people()
    say(first, owner_user_id=rosa)
    with db.transaction(ME, "policy.test") as change:
        kinship.group(first.id, by_number["SB 6"].id, change)
        work.set_position(other, position(), change)
    before = images()
    change_id = unite()
    shared = {each.identifier: each for each in rows(Bill)}
    for number in ("HB 1", "SB 5", "SB 6"):
        each = shared[number]
        assert (each.position, each.priority, each.owner_user_id, each.triage) == (
            "support",
            3,
            rosa,
            "tracked",
        ), number
    undo(change_id, ME)
    assert images() == before


def test_a_companion_that_was_worked_on_apart_keeps_its_own() -> None:
    first, other = in_two_sessions()
    take(told("SB 5", "Regular"))
    by_number = {each.identifier: each for each in rows(Bill) if each.session_id == first.session_id}
    say(first, owner_user_id=people()[0])
    with db.transaction(ME, "policy.test") as change:
        work.set_position(by_number["SB 5"], position(position="watch"), change)
        work.set_position(other, position(), change)
        kinship.group(first.id, by_number["SB 5"].id, change)
    unite()
    assert {each.identifier: each.position for each in rows(Bill) if each.position} == {
        "HB 1": "support",
        "SB 5": "watch",
    }


def test_what_a_member_said_before_stands_in_the_note() -> None:
    first, other = in_two_sessions()
    with db.transaction(ME, "policy.test"):
        member = Organization(name="Club", sort_name="club", name_key="club", custom={})
        db.session().add(member)
        db.session().flush()
        for bill, stance in ((first, "oppose"), (other, "support")):
            db.session().add(Stance(bill_id=bill.id, contact_id=member.id, stance=stance, note="By phone"))
    unite()
    (stance,) = rows(Stance)
    said = {"support": "Oppose", "oppose": "Support"}
    assert stance.note == f"By phone\n\nSaid before: {said[stance.stance]}"


def test_the_address_of_the_bill_that_went_leads_to_the_one_that_stayed(app: Flask, sign_in: SignIn) -> None:
    first, other = in_two_sessions()
    gone = first.id
    say(other, position_note="Ours")
    client = sign_in(role="policy")
    change = unite()
    assert hb_1().id == other.id
    for page in ("", "/board", "/sheet", "/compare?new=3"):
        answer = client.get(f"/policy/bills/{gone}{page}")
        assert answer.headers["Location"] == f"/policy/bills/{other.id}{page}"
    assert "was here twice" in client.get(f"/policy/bills/{gone}", follow_redirects=True).text
    assert client.post(f"/policy/bills/{gone}/carry").status_code == 404
    assert sign_in().get(f"/policy/bills/{gone}").status_code == 403
    undo(change, ME)
    assert rows(FormerBill) == []
    assert client.get(f"/policy/bills/{gone}").status_code == 200


def test_a_bill_that_somebody_put_into_a_list_stays_in_it() -> None:
    first, other = in_two_sessions()
    say(other, position_note="Ours")
    with db.transaction(ME, "policy.test"):
        saved = [SavedList(record_type="policy", name=name, query={}) for name in ("Priorities", "Others")]
        db.session().add_all(saved)
        db.session().flush()
        by_hand.put(saved[0], [first.id], by_hand.PINNED)
        by_hand.put(saved[1], [first.id, other.id], by_hand.PINNED)
        numbers = [each.id for each in saved]
    gone, change = first.id, unite()
    assert [by_hand.state_of(each, other.id) for each in numbers] == ["pinned", "pinned"]
    assert [by_hand.state_of(each, gone) for each in numbers] == ["", ""]
    undo(change, ME)
    assert [by_hand.state_of(each, gone) for each in numbers] == ["pinned", "pinned"]
    assert [by_hand.state_of(each, other.id) for each in numbers] == ["", "pinned"]


def test_a_session_that_adjourned_under_one_name_is_over_under_both() -> None:
    in_two_sessions()
    over = day_here() - timedelta(days=9)
    with db.transaction(ME, "policy.test"), system("the test writes"):
        other, keep = sessions()
        other.adjourned, other.assumed_end, other.ends_on = True, True, over
        keep.assumed_end, keep.ends_on = True, date(2032, 12, 31)
    unite()
    with system("the test looks"):
        (one,) = sessions()
        assert (one.adjourned, one.ends_on) == (True, over)
        ends = {each.identifier: each.disposition for each in rows(Bill)}
        assert ends["HB 4"] == "died_at_session_end"


@pytest.mark.parametrize("years", [(2025, 2027), (2027, 2025)])
def test_of_two_sessions_called_alike_a_relation_means_the_newest_whichever_came_first(
    years: tuple[int, int],
) -> None:
    with db.transaction(ME, "policy.test") as change, system("the test writes"):
        ids = {}
        for year in years:
            session = Session(state="MI", identifier=str(year), name="Regular", starts_on=date(year, 1, 1))
            db.session().add(session)
            db.session().flush()
            for number in ("HB 9", "HB 10"):
                bill = Bill(state="MI", session_id=session.id, identifier=number, title="T", sort_key=number)
                db.session().add(bill)
                db.session().flush()
                ids[year, number] = bill.id
        newest, names = ids[2027, "HB 9"], ids[2027, "HB 10"]
        db.session().add(Relation(bill_id=names, identifier="HB 9", session="Regular", source="openstates"))
        db.session().flush()
        kinship.join_relations([names], [], change)
    with system("the test looks"):
        assert db.session().scalars(select(Relation.related_bill_id)).one() == newest
