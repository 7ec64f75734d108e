"""Bills and legislators of Michigan that several tests look at."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm_policy.models import Bill
from crm_policy.reading.source import neutral
from crm_policy.services import syncing

PLACE = {"id": "ocd-jurisdiction/country:us/state:mi/government"}


def raw(number: int, title: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ocd-bill/{number}",
        "identifier": f"HB {number}",
        "session": "2025-2032",
        "title": title,
        "jurisdiction": PLACE,
        **more,
    }


@pytest.fixture
def bills(app: Flask) -> dict[str, int]:
    """Three bills and two legislators of Michigan; gives ids by number."""
    person = {
        "id": "ocd-person/1",
        "name": "Ada Lane",
        "family_name": "Lane",
        "roles": [
            {"type": "lower", "district": "12", "jurisdiction": PLACE["id"], "start_date": "2025-01-01"}
        ],
    }
    other = {
        **person,
        "id": "ocd-person/2",
        "name": "Rob Chase",
        "family_name": "Chase",
        "roles": [
            {"type": "lower", "district": "14", "jurisdiction": PLACE["id"], "start_date": "2025-01-01"}
        ],
    }
    sponsor = [{"name": "Ada Lane", "primary": True, "person": {"id": "ocd-person/1"}}]
    vote = [
        {
            "id": "v1",
            "motion_text": "Third reading",
            "start_date": "2025-03-01",
            "result": "pass",
            "votes": [{"option": "no", "voter_name": "Chase", "voter": {"id": "ocd-person/2"}}],
        }
    ]
    found = [
        person,
        other,
        raw(
            1,
            "Attendance: chronic absence; define",
            sponsorships=sponsor,
            votes=vote,
            related_bills=[
                {"identifier": "HB 2", "relation_type": "companion", "legislative_session": "2025-2032"}
            ],
        ),
        raw(2, "Attendance: truancy; reports"),
        raw(3, "Elections: absent voters; attendance at counting boards"),
    ]
    with app.app_context():
        with db.transaction(Actor.system(), "policy.test") as change:
            syncing.take([neutral(each) for each in found], Actor.system(), change)
        with system("the test looks"):
            return {each.identifier: each.id for each in db.session().scalars(select(Bill))}
