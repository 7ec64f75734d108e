"""Numbers that pages show in two places are the same in both."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, Organization, db, system
from crm.plugin_api.records import Coalition, Membership
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, Lobbying
from crm_policy.services import monday, work

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def add(app: Flask, *rows: Any) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        db.session().add_all(rows)


def test_months_and_bills_add_up_to_the_lines_of_the_return(app: Flask, bills: dict[str, int]) -> None:
    numbers = [*bills.values()]
    add(
        app,
        *(
            Lobbying(
                worked_on=date(2026, 1 + place % 7, 1 + place % 28),
                kind="direct",
                minutes=10,
                bill_id=numbers[place % 3],
            )
            for place in range(31)
        ),
    )
    with app.app_context():
        report = work.report(work.Numbers(2026, 4000, 0, None))
    line = {letter: amount for letter, _what, amount in report.lines}["1b"]
    assert line == 20666
    assert sum(each["direct"] for each in report.months.values()) == line
    assert sum(each["direct"] for each in report.bills.values()) == line


def test_monday_counts_what_the_inbox_has(app: Flask, bills: dict[str, int], sign_in: SignIn) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        for number, days in (("HB 1", None), ("HB 2", 0), ("HB 3", 5)):
            bill = db.session().get_one(Bill, bills[number])
            bill.triage = "inbox" if days is None else "later"
            bill.later_until = None if days is None else day_here() + timedelta(days=days)
    for client in (sign_in(role="policy"), sign_in(role="administrator")):
        assert "2 bills wait in the inbox" in client.get("/policy/monday").text
        assert len(re.findall(r"HB [123]</a>", client.get("/policy/inbox").text)) == 2


def test_monday_says_that_more_changed_only_where_more_did(
    app: Flask, sign_in: SignIn, bills: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(role="policy")
    for name in ("HB 1", "HB 2", "HB 3"):
        client.post("/policy/triage", data={"ids": bills[name], "to": "tracked"})
    for most, more in ((3, False), (2, True)):
        monkeypatch.setattr(monday, "MOST", most)
        page = client.get("/policy/monday?list=MI").text.split("What changed", 1)[1]
        assert (len(re.findall(r"HB [123]</a>", page)), "More changed" in page) == (most, more)


def test_the_board_counts_all_members_however_many(
    app: Flask, bills: dict[str, int], sign_in: SignIn
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        coalition = Coalition(name="Every Day", sort_name="every day", level="state", custom={})
        clubs = [
            Organization(
                name=f"Club {place}", sort_name=f"club {place:04}", name_key=f"club{place}", custom={}
            )
            for place in range(1003)
        ]
        db.session().add_all([coalition, *clubs])
        db.session().flush()
        db.session().add_all(
            Membership(coalition_id=coalition.id, contact_id=each.id, custom={}) for each in clubs
        )
    page = sign_in(role="policy").get(f"/policy/bills/{bills['HB 1']}/board").text
    assert re.search(r"1,?003 members are silent", page)
    assert ">Club 1002</a>" in page
