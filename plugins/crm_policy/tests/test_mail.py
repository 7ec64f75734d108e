"""What the mail of Monday says, as somebody reads it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, DigestItem, db, system
from crm.plugin_api.lists import read_as
from crm.plugin_api.records import User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy import models
from crm_policy.models import Bill, Session
from crm_policy.offers import digest_items

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MONDAY = date(2026, 11, 30)
LONG = "Attendance: requirements concerning a pupil’s enrollment in a district other than that of residence"


def items(app: Flask, day: date = MONDAY) -> list[DigestItem]:
    with app.test_request_context(), system("the test is the reader"):
        newest = select(User).order_by(User.id.desc()).limit(1)
        owner = read_as(db.session().scalars(newest).one()) or Actor.nobody()
        return list(digest_items(owner, day))


def test_a_bill_says_what_happened_and_ends_with_a_whole_word(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    sign_in(role="policy")
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        bill = db.session().get_one(Bill, bills["HB 1"])
        bill.triage, bill.title, bill.last_action = "tracked", LONG, "Referred To Committee On Education"
    told = next(each for each in items(app) if "HB 1:" in each.title)
    assert (
        told.title
        == "MI HB 1: Attendance: requirements concerning a pupil’s enrollment in a district other than that …"
    )
    assert told.detail.endswith(": Referred To Committee On Education")


def test_a_day_reads_as_a_day(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    sign_in(role="policy")
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        due = models.Testimony(bill_id=bills["HB 1"], title="Why it matters", due_on=date(2026, 12, 2))
        db.session().add(due)
    assert [each.detail for each in items(app) if each.title == "Why it matters"] == ["Dec 2, 2026"]


def test_more_than_a_mail_holds_is_said(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    sign_in(role="policy")
    with app.app_context():
        monday = day_here() + timedelta(days=-day_here().weekday())
        with db.transaction(Actor.system(), "policy.test"), system("the test writes"):
            session = db.session().scalars(select(Session).limit(1)).one()
            for number in range(100, 122):
                bill = Bill(state="MI", session_id=session.id, identifier=f"HB {number}", title="Attendance")
                bill.sort_key, bill.triage, bill.changed_at = f"mi {number}", "tracked", db.now()
                bill.former_identifiers, bill.subjects, bill.hashes, bill.status_events = [], [], {}, []
                db.session().add(bill)
    told = [each for each in items(app, monday) if each.section == "Bills that changed"]
    assert len(told) == 21
    assert told[-1].title == "And more: Monday’s page"
    assert told[-1].url == "/policy/monday"
