"""A bill that is here three times becomes one; a draft without its speaker outlives them."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from crm.journal.undo import undo
from crm.plugin_api import Person, db, system
from crm_policy import models
from crm_policy.models import Bill, FormerBill, Session
from crm_policy.services import bills as work
from crm_policy.services import uniting
from crm_policy.services import work as ours
from crm_policy.tests.test_carrying import ME, in_two_sessions, position, rows, sessions


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_bill_that_is_here_three_times_becomes_one() -> None:
    in_two_sessions()
    with db.transaction(ME, "policy.test") as change:
        uniting.unite(sessions()[1], sessions()[0], change)
    (stays,) = [each for each in rows(Bill) if each.identifier == "HB 1"]
    with db.transaction(ME, "policy.test") as change, system("t"):
        third = Session(state="MI", identifier="Ordinary", name="Ordinary")
        db.session().add(third)
        db.session().flush()
        typed = Bill(state="MI", session_id=third.id, identifier="HB 1", title="T", sort_key="HB 1")
        db.session().add(typed)
        db.session().flush()
        work.set_position(typed, position(), change)
        typed_id = typed.id
    keep = next(each for each in sessions() if each.legiscan_id)
    more = next(each for each in sessions() if each.identifier == "Ordinary")
    with db.transaction(ME, "policy.test") as change:
        uniting.unite(keep, more, change)
    assert {(each.bill_id) for each in rows(FormerBill)} == {typed_id}
    assert change.id is not None
    undo(change.id, ME)
    assert [each.bill_id for each in rows(FormerBill)] == [stays.id]


def test_a_draft_without_its_speaker_outlives_them() -> None:
    first, _other = in_two_sessions()
    text: dict[str, Any] = {
        "title": "Why",
        "body": "Ours",
        "stance": "support",
        "form": "written",
        "hearing_id": None,
        "due_on": None,
    }
    with db.transaction(ME, "policy.test"), system("t"):
        who = Person(name="Canary Zebulon", sort_name="z", name_key="z", custom={})
        db.session().add(who)
        db.session().flush()
        one = models.Testimony(bill_id=first.id, status="draft")
        ours.write_testimony(one, {**text, "contact_id": who.id}, ME)
        number = who.id
    with db.transaction(ME, "policy.test"), system("t"):
        ours.write_testimony(one, {**text, "contact_id": None}, ME)
    with db.transaction(ME, "contacts.erase"), system("t"):
        ours.erase(db.session().get_one(Person, number))
    assert [each.body for each in rows(models.Testimony)] == ["Ours"]
