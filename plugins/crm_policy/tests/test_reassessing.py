"""Where bills stand follows what the source says now: what it took back counts no more."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, Session
from crm_policy.reading.source import neutral
from crm_policy.services import syncing

MICHIGAN = {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"}
INTRODUCED = {"description": "Introduced", "date": "2025-02-01", "classification": ["introduction"]}
SIGNED = {
    "description": "Signed by the Governor",
    "date": "2025-03-01",
    "classification": ["executive-signature"],
}


def take(**more: Any) -> Bill:
    told = {
        "id": "ocd-bill/1", "session": "2025-2026", "identifier": "HB 1", "title": "Attendance",
        "jurisdiction": MICHIGAN, "actions": [INTRODUCED], **more,
    }  # fmt: skip
    with db.transaction(Actor.system(), "policy.test") as change:
        syncing.take([neutral(told)], Actor.system(), change)
    with system("the test looks"):
        return db.session().scalars(select(Bill).execution_options(populate_existing=True)).one()


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
    told = [{"identifier": "SB 9", "relation_type": "replaced-by", "legislative_session": "2025-2026"}]
    other = [{"identifier": "SB 8", "relation_type": "companion", "legislative_session": "2025-2026"}]
    assert take(related_bills=told).disposition == "superseded"
    assert take(related_bills=other).disposition == "live"


def test_a_session_that_goes_on_longer_brings_its_bills_back() -> None:
    assert take(session="2024").disposition == "died_at_session_end"
    later = {"description": "Referred to committee", "date": f"{day_here().year}-01-20"}
    assert take(session="2024", actions=[INTRODUCED, later]).disposition == "live"


def test_staffs_word_on_the_end_of_a_session_stays() -> None:
    take(session="2024")
    with db.transaction(Actor.system(), "policy.test"), system("the test"):
        db.session().scalars(select(Session)).one().assumed_end = False
    later = {"description": "Referred to committee", "date": f"{day_here().year}-01-20"}
    assert take(session="2024", actions=[INTRODUCED, later]).disposition == "died_at_session_end"
