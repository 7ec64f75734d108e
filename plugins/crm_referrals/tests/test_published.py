"""What papers of others may say of needs that nobody met: whole tens, nothing small."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, day_here, db, runtime, system
from crm_referrals.models import Need, Unmet
from crm_referrals.services import needs
from crm_referrals.tests.made_up import MadeUp, make, values_of_need
from crm_schools.public import Student


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
    assert "at least 20 needs could not be met" in told["TN"][0]


def unmet(category: str, days_ago: int) -> Unmet:
    closed = day_here() - timedelta(days=days_ago)
    return Unmet(category=category, district="Harbor Schools", reason="full", closed_on=closed)


def closed(app: Flask, made: MadeUp, student_id: int, status: str, reason: str) -> None:
    """A need of a student is written down and closed."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        student = db.session().get_one(Student, student_id)
        needs.close(needs.open_need(student, values_of_need(), Actor.system()), status, reason)


def students(app: Flask, made: MadeUp, count: int) -> list[int]:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        first = db.session().get_one(Student, made.student)
        rows = [
            Student(
                district_id=first.district_id, local_id=f"1{each}", given_name="S", family_name="F",
                sort_name="f", school_id=first.school_id, grade="7",
            )
            for each in range(count)
        ]  # fmt: skip
        db.session().add_all(rows)
        db.session().flush()
        return [each.id for each in rows]


def test_each_family_counts_once_and_only_where_no_help_was_to_be_had(app: Flask) -> None:
    made = make(app)
    for number in range(12):  # One family, again and again.
        closed(app, made, made.student, "unmet", "no_capacity" if number else "family_declined")
    others = students(app, made, 9)
    for each in others[:8]:
        closed(app, made, each, "partly_met", "no_capacity")
        closed(app, made, each, "unmet", "not_needed")
    with app.test_request_context():
        assert said("TN") == []
    for each in others:
        closed(app, made, each, "unmet", "no_capacity")
    with app.test_request_context():
        assert said("TN") == ["Harbor Schools: Getting to school: at least 10 needs could not be met"]


def test_what_was_closed_by_mistake_leaves_the_ledger(app: Flask) -> None:
    made = make(app)
    for _each in range(2):
        closed(app, made, made.student, "unmet", "no_capacity")
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        for need in db.session().scalars(select(Need).where(Need.status == "unmet")):
            needs.reopen(need)
        assert db.session().scalars(select(Unmet)).all() == []


def said(state: str) -> list[str]:
    answers = runtime().plugins.collect("crm_public_figures", state=state, contact_ids=None)
    return [f"{each.place}: {each.words}" for _plugin, each in answers if each.topic == "need"]
