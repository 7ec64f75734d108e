"""Where bills stand follows what the source says now: what it took back counts no more."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, Session
from crm_policy.reading.source import neutral
from crm_policy.services import assessing, syncing

MICHIGAN = {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"}
INTRODUCED = {"description": "Introduced", "date": "2025-02-01", "classification": ["introduction"]}
SIGNED = {
    "description": "Signed by the Governor",
    "date": "2025-03-01",
    "classification": ["executive-signature"],
}


def take(**more: Any) -> Bill:
    told = {
        "id": "ocd-bill/1", "session": "2025-2032", "identifier": "HB 1", "title": "Attendance",
        "jurisdiction": MICHIGAN, "actions": [INTRODUCED], **more,
    }  # fmt: skip
    with db.transaction(Actor.system(), "policy.test") as change:
        syncing.take([neutral(told)], Actor.system(), change)
    return next(each for each in everything() if each.identifier == told["identifier"])


def everything() -> list[Bill]:
    with system("the test looks"):
        return list(db.session().scalars(select(Bill).execution_options(populate_existing=True)))


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_signature_that_the_source_took_back_makes_no_law() -> None:
    assert take(actions=[INTRODUCED, SIGNED]).stage == 10
    assert take(actions=[INTRODUCED]).stage == 2


def test_how_far_a_bill_came_stays_when_its_source_loses_actions() -> None:
    referred = {"description": "Referred to committee", "date": "2025-02-02"}
    assert take(actions=[INTRODUCED, referred]).stage == 3
    assert take(actions=[INTRODUCED]).stage == 3


def test_a_replacement_that_the_source_took_back_replaces_nothing() -> None:
    told = [{"identifier": "SB 9", "relation_type": "replaced-by", "legislative_session": "2025-2032"}]
    other = [{"identifier": "SB 8", "relation_type": "companion", "legislative_session": "2025-2032"}]
    assert take(related_bills=told).disposition == "superseded"
    assert take(related_bills=other).disposition == "live"


def two(session: str, actions: list[dict[str, Any]]) -> set[str]:
    """Two bills of a session with these actions; what became of them."""
    for number in (1, 2):
        take(id=f"ocd-bill/{number}", identifier=f"HB {number}", session=session, actions=actions)
    return {each.disposition for each in everything()}


def test_a_session_that_goes_on_longer_brings_its_bills_back() -> None:
    before = str(day_here().year - 1)
    start = [{**INTRODUCED, "date": f"{before}-02-01"}]
    assert two(before, start) == {"died_at_session_end"}
    today = {"description": "Referred to committee", "date": day_here().isoformat()}
    assert two(before, [*start, today]) == {"live"}


@pytest.mark.parametrize(
    "words, on", [("Effective 7/1/2028", "2028-07-01"), ("Referred to committee", "2033-01-20")]
)
def test_a_late_or_wrong_line_brings_no_session_back(words: str, on: str) -> None:
    before = str(day_here().year - 1)
    start = [{**INTRODUCED, "date": f"{before}-02-01"}]
    two(before, start)
    take(session=before, actions=[*start, {"description": words, "date": on}])
    other = next(each for each in everything() if each.identifier == "HB 2")
    assert other.disposition == "died_at_session_end"


def test_staffs_word_on_the_end_of_a_session_stays() -> None:
    before = str(day_here().year - 1)
    two(before, [INTRODUCED])
    with db.transaction(Actor.system(), "policy.test"), system("the test"):
        db.session().scalars(select(Session)).one().assumed_end = False
    today = {"description": "Referred to committee", "date": day_here().isoformat()}
    assert two(before, [INTRODUCED, today]) == {"died_at_session_end"}


def adjourned(over: int, *, ends: date | None = None) -> Session:
    """A bill of this year's session as LegiScan tells it: read in committee five days ago."""
    year, on = day_here().year, (day_here() - timedelta(days=5)).isoformat()
    session = {"session_id": 5, "year_start": year, "year_end": year, "sine_die": over, "prior": 0}
    told = {
        "bill_id": 7, "session_id": 5, "session": session, "state": "VA", "bill_number": "HB 7", "title": "A",
        "change_hash": f"{over}", "status": 1, "status_date": on, "url": f"https://x.org/{over}",
        "history": [{"date": on, "action": "Referred to committee", "chamber": "H"}],
    }  # fmt: skip
    with db.transaction(Actor.system(), "policy.test") as change:
        if ends is not None:
            with system("the test"):
                one = db.session().scalars(select(Session)).one()
                one.ends_on, one.assumed_end = ends, False
        syncing.take([neutral({"status": "OK", "bill": told})], Actor.system(), change)
    with system("the test looks"):
        return db.session().scalars(select(Session).execution_options(populate_existing=True)).one()


def test_a_session_that_adjourned_is_over_and_its_bills_died() -> None:
    assert adjourned(0).ends_on == date(day_here().year, 12, 31)
    assert everything()[0].disposition == "live"
    found = adjourned(1)
    assert (found.ends_on, found.assumed_end) == (day_here() - timedelta(days=5), True)
    assert everything()[0].disposition == "died_at_session_end"
    assert adjourned(0).ends_on == date(day_here().year, 12, 31), "called back"
    assert everything()[0].disposition == "live"


def test_staffs_last_day_wins_over_adjourned() -> None:
    adjourned(0)
    day = day_here() + timedelta(days=20)
    assert adjourned(1, ends=day).ends_on == day
    assert everything()[0].disposition == "live"


def test_a_last_day_that_staff_took_out_stays_out() -> None:
    def told(note: str) -> dict[str, Any]:
        session = {
            "session_id": 3,
            "year_start": 2024,
            "year_end": 2024,
            "session_name": "2024 Regular Session",
        }
        of_bill = {"bill_id": 7, "bill_number": "HB0007", "title": "Attendance", "state": "VA", "status": 1}
        history = [{"date": "2024-02-01", "action": note, "chamber": "H"}]
        return {"bill": {**of_bill, "change_hash": note, "session": session, "history": history}}

    def taken(note: str) -> Bill:
        with db.transaction(Actor.system(), "policy.test") as change:
            syncing.take([neutral(told(note))], Actor.system(), change)
        return next(each for each in everything() if each.identifier == "HB 7")

    assert taken("Prefiled").disposition == "died_at_session_end"
    with db.transaction(Actor.system(), "policy.test") as change, system("staff writes"):
        session = db.session().scalars(select(Session)).one()
        values = {"name": "", "starts_on": None, "ends_on": None, "carries_over": False}
        assessing.set_session(session, values, change)
    assert taken("Referred to Committee on Education").disposition == "live"
    with system("the test looks"):
        assert db.session().scalars(select(Session.ends_on)).one() is None
