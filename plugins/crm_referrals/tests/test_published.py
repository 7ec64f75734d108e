"""What papers of others may say of needs that nobody met: whole tens, nothing small."""

from datetime import timedelta

from flask import Flask

from crm.plugin_api import Actor, day_here, db, runtime
from crm_referrals.models import Unmet
from crm_referrals.tests.made_up import make


def test_unmet_needs_are_told_in_tens_and_of_the_state_alone(app: Flask) -> None:
    make(app)
    counts = {"transport": 27, "food": 9}
    with app.test_request_context():
        with db.transaction(Actor.system(), "test.unmet", "For a test"):
            for category, count in counts.items():
                db.session().add_all(unmet(category, 40) for _each in range(count))
            db.session().add_all(unmet("housing", 400) for _each in range(30))
        told = {state: said(state) for state in ("TN", "CT")}
    assert told["CT"] == []
    assert len(told["TN"]) == 1
    assert told["TN"][0].startswith("Harbor Schools: ")
    assert "at least 20 families" in told["TN"][0]


def unmet(category: str, days_ago: int) -> Unmet:
    closed = day_here() - timedelta(days=days_ago)
    return Unmet(category=category, district="Harbor Schools", reason="full", closed_on=closed)


def said(state: str) -> list[str]:
    answers = runtime().plugins.collect("crm_public_figures", state=state, contact_ids=None)
    return [f"{each.place}: {each.words}" for _plugin, each in answers if each.topic == "need"]
