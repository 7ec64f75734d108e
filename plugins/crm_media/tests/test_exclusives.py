"""For whom a release is alone, and until when, stands wherever somebody looks at it."""

from datetime import timedelta
from typing import Any

from flask import Flask

from crm.plugin_api import Actor, db, now, system
from crm_media.models import Outlet, Release, Reporter
from crm_media.tests.test_outreach import begin, outbox, reporters, soon, staff, work

__all__ = ["reporters", "staff"]
SENT = {"looked": "1", "number": "1"}


def test_it_stands_wherever_it_matters(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters, exclusive_outlet_id="1", exclusive_until=soon(days=2))
    listed = staff.get("/media/releases").text
    assert 'data-label="Exclusive for" title="Ledger">Ledger<' in listed
    assert 'data-label="Exclusive until"' in listed
    assert "September" in staff.get("/media/releases?f=exclusive_for:contains:ledger").text
    assert "September" not in staff.get("/media/releases?f=exclusive_for:contains:radio").text
    assert "September" not in staff.get("/media/releases?f=exclusive_for:empty:").text
    for page in ("/media/releases/1", "/media/releases/1/send"):
        assert "Ledger, until " in staff.get(page).text
    assert "Ledger has it alone until" in staff.get("/media/releases/1/send").text
    chosen = staff.post("/media/releases/add", data={"ids": ["1"]}).text
    assert "exclusive for Ledger, until" in chosen
    with app.app_context(), system("the test looks"):
        cleo = db.session().get_one(Reporter, reporters[2]).contact_id
        ledger = db.session().get_one(Outlet, 1).contact_id
    assert "Ledger, until" in staff.get(f"/media/contact/{cleo}").text
    assert "theirs alone until" in staff.get(f"/media/contact/{ledger}").text


def test_the_mail_says_it_and_the_page_before_shows_that_mail(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters, exclusive_outlet_id="1", exclusive_until=soon(days=2))
    page = staff.get("/media/releases/1/send").text
    assert "[Exclusive] Two days a month" in page
    assert "EXCLUSIVE: Ledger has it alone until" in page
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    sent = outbox(app)
    assert {subject for _to, subject, _body in sent} == {"[Exclusive] Two days a month"}
    assert all(body.startswith("EXCLUSIVE: Ledger has it alone until") for _to, _subject, body in sent)


def test_once_it_is_over_it_is_one_no_more(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters, exclusive_outlet_id="1", exclusive_until=soon(days=2))
    with app.app_context(), db.transaction(Actor.system(), "test.time"), system("time passes"):
        db.session().get_one(Release, 1).exclusive_until = now() - timedelta(minutes=1)
    assert "Ledger (over)" in staff.get("/media/releases").text
    assert "[Exclusive]" not in staff.get("/media/releases/1/send").text
