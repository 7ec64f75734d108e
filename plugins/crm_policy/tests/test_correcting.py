"""What a source puts right comes in; what it renames, renumbers or moves stays one thing."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm_policy.models import (
    Action,
    Ballot,
    Bill,
    Document,
    Hearing,
    HearingBill,
    Legislator,
    Sponsor,
    Term,
    Vote,
)
from crm_policy.reading.source import neutral
from crm_policy.services import bills as work
from crm_policy.services import elements, monday, syncing

MICHIGAN = {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"}
COMPANION = [{"identifier": "HB 1", "legislative_session": "2025-2032", "relation_type": "companion"}]


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def openstates(number: str = "HB 1", **more: Any) -> dict[str, Any]:
    return {
        "id": f"ocd-bill/{number}",
        "session": "2025-2032",
        "identifier": number,
        "title": f"Attendance in {number}",
        "jurisdiction": MICHIGAN,
        **more,
    }


def legiscan(**more: Any) -> dict[str, Any]:
    session = {"session_id": 5, "year_start": 2025, "year_end": 2032, "session_title": "103rd Legislature"}
    bill = {
        "bill_id": 77, "session_id": 5, "session": session, "state": "MI", "bill_number": "HB0001",
        "title": "Attendance in HB 1", "change_hash": "a", "status": 1, "status_date": "2025-02-01", **more,
    }  # fmt: skip
    return {"status": "OK", "bill": bill}


def take(*found: dict[str, Any]) -> dict[str, int]:
    with db.transaction(Actor.system(), "policy.test") as change:
        return syncing.take([neutral(each) for each in found], Actor.system(), change)


def rows(model: Any) -> list[Any]:
    with system("the test looks"):
        statement = select(model).order_by(model.id).execution_options(populate_existing=True)
        return list(db.session().scalars(statement))


def test_facts_parts_and_votes_that_a_source_corrects() -> None:
    step = {"description": "Recorded 12", "date": "2025-05-01", "classification": [], "order": 1}
    vote = {"id": "v1", "motion_text": "Third reading", "start_date": "2025-03-01", "result": "fail",
            "counts": [{"option": "yes", "value": 40}, {"option": "no", "value": 60}],
            "votes": [{"option": "no", "voter_name": "Lane"}]}  # fmt: skip
    told: dict[str, Any] = {"abstracts": [{"abstract": "Old words"}], "subject": ["Education"]}
    take(openstates(actions=[step], votes=[vote], **told))
    vote |= {"result": "pass", "votes": [{"option": "yes", "voter_name": "Lane"}],
             "counts": [{"option": "yes", "value": 60}, {"option": "no", "value": 40}]}  # fmt: skip
    told = {"abstracts": [{"abstract": "New words"}], "subject": ["Truancy"]}
    take(openstates(actions=[{**step, "classification": ["became-law"]}], votes=[vote], **told))
    bill, result = rows(Bill)[0], rows(Vote)[0]
    assert (bill.description, bill.subjects, bill.stage) == ("New words", ["Truancy"], 10)
    assert (result.yes, result.no, result.passed) == (60, 40, True)
    assert [each.option for each in rows(Ballot)] == ["yes"]
    take(openstates(actions=[step], votes=[vote]))
    assert rows(Bill)[0].description == "New words"  # What comes empty says nothing.


def test_an_amendment_adopted_later_and_a_roll_call_sent_again() -> None:
    amendment = {"amendment_id": 3, "adopted": 0, "date": "2025-03-01", "title": "A1"}
    take(legiscan(amendments=[amendment]))
    take(legiscan(change_hash="b", amendments=[{**amendment, "adopted": 1}]))
    assert [each.adopted for each in rows(Document)] == [True]

    def roll_call(vote: int) -> dict[str, Any]:
        ballots = [{"people_id": 1, "vote_id": vote}]
        return {"roll_call": {"roll_call_id": 9, "bill_id": 77, "yea": 1, "desc": "x", "votes": ballots}}

    take(roll_call(2))
    assert take(roll_call(2))["unchanged"] == 1
    take(roll_call(1))
    assert [each.option for each in rows(Ballot)] == ["yes"]


def test_bills_that_swap_numbers_or_get_a_new_id_keep_what_is_ours() -> None:
    take(openstates("HB 1"), openstates("HB 2"))
    one, two = ({**openstates(f"HB {number}"), "id": f"ocd-bill/HB {3 - number}"} for number in (1, 2))
    take({**one, "title": "Attendance in HB 2"}, {**two, "title": "Attendance in HB 1"})
    assert [(each.ocd_id, each.identifier) for each in rows(Bill)] == [
        ("ocd-bill/HB 1", "HB 2"),
        ("ocd-bill/HB 2", "HB 1"),
    ]
    assert rows(Bill)[0].former_identifiers == ["HB 1"]
    take({**openstates("HB 2"), "id": "ocd-bill/new", "title": "Attendance in HB 1"})
    assert (rows(Bill)[0].ocd_id, len(rows(Bill))) == ("ocd-bill/new", 2)
    take({**openstates("HB 2"), "id": "ocd-bill/other", "title": "Roads"})
    assert [each.identifier for each in rows(Bill)] == ["HB 2 (2)", "HB 1", "HB 2"]


def test_the_two_sources_may_write_the_years_otherwise() -> None:
    take(legiscan())
    take(openstates(session="20252032"))
    assert len(rows(Bill)) == 1


def test_votes_that_come_by_themselves_find_their_bill_by_session_and_number() -> None:
    def event(number: str, session: str = "2025-2032") -> dict[str, Any]:
        bill = f'~{{"identifier": "{number}"}}'
        told = {"motion_text": "Passage", "start_date": "2025-03-01", "result": "pass", "bill": bill}
        return {**told, "legislative_session": session, "identifier": "", "votes": [], "counts": []}

    take(openstates("HB 1"), openstates("HB 1", session="2023-2024", id="ocd-bill/old"))
    take(event("HB 1"), event("HB 7"), event("HB 8"))
    by_id = {each.id: each.ocd_id for each in rows(Bill)}
    assert [by_id[each.bill_id] for each in rows(Vote)] == ["ocd-bill/HB 1"]
    take(openstates("HB 7"), openstates("HB 8"))
    assert len(rows(Vote)) == 3


def test_a_hearing_moves_with_its_source_and_keeps_what_staff_put_right() -> None:
    event = {"id": "ocd-event/1", "name": "Education", "start_date": "2031-11-30T14:00:00+00:00",
             "all_day": False, "status": "confirmed", "jurisdiction": MICHIGAN, "location": {"name": "R1"},
             "agenda": [{"related_entities": [{"entity_type": "bill", "name": "HB 1"}]}]}  # fmt: skip
    old = openstates("HB 1", session="2021-2022", id="ocd-bill/old")
    take(openstates("HB 1", session="2031-2032"), old)
    take(event)
    with db.transaction(Actor.system(), "policy.test"), system("staff puts a hearing right"):
        hearing = db.session().scalars(select(Hearing)).one()
        hearing.status, hearing.staff_fields = "cancelled", ["status"]
    take({**event, "start_date": "2031-12-02T14:00:00+00:00", "location": {"name": "R2"}})
    (hearing,) = rows(Hearing)
    assert (hearing.starts_at.day, hearing.place, hearing.status) == (2, "R2", "cancelled")
    assert take({**event, "start_date": "2031-12-02T14:00:00+00:00", "location": {"name": "R2"}}) == {
        "create": 0, "update": 0, "unchanged": 1,
    }  # fmt: skip
    by_id = {each.id: each.ocd_id for each in rows(Bill)}
    assert [by_id[each.bill_id] for each in rows(HearingBill)] == ["ocd-bill/HB 1"]


def test_a_calendar_with_odd_hours_and_a_hearing_at_another_hour() -> None:
    def calendar(*times: str) -> list[dict[str, str]]:
        return [
            {"type": "Hearing", "date": "2031-03-01", "time": each, "description": f"Committee {place}"}
            for place, each in enumerate(times)
        ]

    take(legiscan(calendar=calendar("9:00", "25:00", "1:30 PM", "noon!")))
    assert [each.all_day for each in rows(Hearing)] == [False, True, False, True]
    assert rows(Hearing)[2].starts_at.hour == 18  # In UTC.
    take(legiscan(change_hash="b", calendar=calendar("13:00")))
    first, *others = rows(Hearing)
    assert (first.starts_at.hour, first.status) == (18, "confirmed")
    assert {each.status for each in others} == {"cancelled"}


def test_a_legislator_marries_moves_district_and_comes_after_the_bill() -> None:
    sponsor = [{"name": "Ada Lane", "primary": True, "person": {"id": "ocd-person/1"}}]
    take(openstates(sponsorships=sponsor))
    role = {"type": "lower", "district": "12", "jurisdiction": MICHIGAN["id"], "start_date": "2025-01-01"}
    before = {**role, "start_date": "2021-01-01", "end_date": "2022-12-31"}
    ada = {"id": "ocd-person/1", "name": "Ada Lane", "email": "a@example.org",
           "party": [{"name": "Democratic"}], "roles": [before, role]}  # fmt: skip
    take(ada)
    assert rows(Sponsor)[0].legislator_id == rows(Legislator)[0].id
    take({**ada, "name": "Ada Lane-Smith", "family_name": "Lane-Smith", "party": [{"name": "Republican"}],
          "roles": [before, {**role, "district": "21"}]})  # fmt: skip
    (who,) = rows(Legislator)
    assert (who.name, who.family_key, who.district, who.party) == (
        "Ada Lane-Smith",
        "lanesmith",
        "21",
        "Republican",
    )
    assert [(each.district, each.party) for each in rows(Term)] == [
        ("12", "Democratic"),
        ("21", "Republican"),
    ]


def test_a_companion_that_comes_later_shares_the_work_and_goes_apart_when_it_is_none() -> None:
    take(openstates("HB 1"))
    ours = {"position": "support", "priority": 3, "owner_user_id": None, "campaign_id": None}
    with db.transaction(Actor.system(), "policy.test") as change:
        work.set_position(rows(Bill)[0], {**ours, "position_note": "", "short_title": ""}, change)
    take(openstates("SB 2", related_bills=COMPANION))
    later = rows(Bill)[1]
    assert (later.position, later.priority, later.triage) == ("support", 3, "tracked")
    take(
        openstates("SB 2", related_bills=[{**COMPANION[0], "identifier": "HB 9", "relation_type": "related"}])
    )
    assert [each.group_id for each in rows(Bill)] == [None, None]


def test_a_source_that_lags_hides_nothing_that_the_other_knows() -> None:
    take(openstates())
    assert rows(Bill)[0].stage < 10
    take(legiscan(status=4, status_date="2025-06-01", progress=[{"date": "2025-06-01", "event": 4}]))
    assert (len(rows(Bill)), rows(Bill)[0].stage) == (1, 10)


def test_monday_says_when_what_the_map_calls_proposed_is_decided(app: Flask) -> None:
    take(openstates())
    with db.transaction(Actor.system(), "policy.test"), system("test"):
        elements.begin()
        element = elements.all_elements()[0]
        told = {
            "value": "10pct",
            "status": "proposed",
            "as_of": date(2026, 1, 1),
            "bill_id": rows(Bill)[0].id,
        }
        elements.set_value(element, "MI", told)
    assert monday.page(Actor.system())["overtaken"] == []
    take(legiscan(status=4, status_date="2025-06-01", progress=[{"date": "2025-06-01", "event": 4}]))
    (found,) = monday.page(Actor.system())["overtaken"]
    assert (found.state, found.key, found.identifier, found.stage) == ("MI", "definition", "HB 1", 10)


def test_two_sponsors_of_one_name_are_two_whoever_leaves() -> None:
    def of(*numbers: int) -> list[dict[str, Any]]:
        return [
            {"name": "John Smith", "primary": False, "person": {"id": f"ocd-person/{each}"}}
            for each in numbers
        ]

    take(openstates(sponsorships=of(1, 2, 2)))
    assert [(each.reference, each.gone_on) for each in rows(Sponsor)] == [
        ("ocd-person/1", None), ("ocd-person/2", None),
    ]  # fmt: skip
    take(openstates(sponsorships=of(2)))
    assert [each.gone_on is None for each in rows(Sponsor)] == [False, True]
    take(openstates(sponsorships=of(3, 2, 1)))
    assert sorted((each.reference, each.gone_on is None) for each in rows(Sponsor)) == [
        (f"ocd-person/{number}", True) for number in (1, 2, 3)
    ]


def test_actions_numbered_anew_are_no_news_and_a_chamber_that_comes_later_makes_no_second_action() -> None:
    def step(order: int, text: str, **more: Any) -> dict[str, Any]:
        return {"description": text, "date": "2025-05-01", "classification": [], "order": order, **more}

    take(openstates(actions=[step(0, "Introduced"), step(1, "Read a first time")]))
    before = rows(Bill)[0].changed_at
    assert take(openstates(actions=[step(5, "Introduced"), step(9, "Read a first time")]))["unchanged"] == 1
    lower = {"organization": {"classification": "lower"}}
    told = [step(5, "Introduced", **lower), step(9, "Read a first time", **lower)]
    assert take(openstates(actions=told))["update"] == 1
    assert [(each.chamber, each.gone_on) for each in rows(Action)] == [("lower", None)] * 2
    assert rows(Bill)[0].changed_at == before
    take(openstates(actions=[*told, step(10, "Amended")]))
    assert rows(Bill)[0].changed_at > before
