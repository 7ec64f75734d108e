"""What the states have on the books: corrected, followed over time, read from spreadsheets."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy.models import Element
from crm_policy.services import elements

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/policy/states/MI/nonpunitive"


@pytest.fixture
def client(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> Any:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        elements.begin()
    return sign_in(role="policy")


def element(key: str) -> Element:
    return next(each for each in elements.all_elements() if each.key == key)


def say(key: str, **values: Any) -> None:
    with db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        elements.set_value(element(key), "MI", values)


def value(key: str, on: date | None = None) -> str:
    found = elements.current(element(key).id, on).get((element(key).id, "MI"))
    return found.value if found else ""


def test_whoever_changes_a_value_keeps_its_bill_and_its_past(app: Flask, client: Any) -> None:
    with app.app_context():
        today = day_here().isoformat()
    about = {"value": "yes", "citation": "", "source_url": "", "effective_on": "", "note": ""}
    first = {**about, "standing": "proposed", "as_of": "2026-01-05", "bill": "MI HB 1"}
    assert client.post(f"{PAGE}/edit", data=first).status_code == 303
    form = client.get(f"{PAGE}/edit").text
    assert 'value="MI HB 1"' in form
    assert f'value="{today}"' in form, "what is said now holds from now"
    later = {**first, "standing": "enacted", "as_of": today}
    assert client.post(f"{PAGE}/edit", data=later).status_code == 303
    assert client.get(PAGE).text.count("HB 1</a>") == 2
    assert "Michigan: Yes (Proposed)" in client.get("/policy/states?element=nonpunitive&on=2026-02-01").text
    ahead = client.post(f"{PAGE}/edit", data={**later, "as_of": "2099-01-01"})
    assert (ahead.status_code, "still to come" in ahead.text) == (422, True)


def test_a_correction_counts_on_the_map_of_each_day(app: Flask, client: Any) -> None:
    with app.app_context():
        say("early", value="no", status="effective", as_of=date(2026, 1, 10))
        say("early", value="yes", status="effective", as_of=date(2026, 1, 5), note="We had misread it")
        days = (None, day_here(), date(2026, 1, 10), date(2026, 1, 5))
        assert [value("early", each) for each in days] == ["yes"] * 4
    page = client.get("/policy/states/MI/early").text
    assert page.count("counts now") == 1
    assert page.index("We had misread it") < page.index(">No")


def test_a_file_in_the_letters_of_windows_is_read_and_an_older_one_takes_nothing_back(
    app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upload(text: str) -> Any:
        file = (io.BytesIO(text.encode("cp1252")), "states.csv")
        return client.post("/policy/states/import", data={"file": file}, follow_redirects=True)

    head = "state,element,value,status,citation,as_of\n"
    upload(head + "MI,daily,yes,effective,Code § 3321.191 – “daily”,2026-01-02\n")
    assert "Code § 3321.191 – “daily”" in client.get("/policy/states/MI/daily").text
    older = upload(head + "MI,daily,no,effective,x,2025-01-02\n")
    assert "What is here is newer" in older.text
    with app.app_context():
        assert value("daily") == "yes"
    monkeypatch.setattr("crm_policy.views.elements.LARGEST_FILE", 1000)
    large = upload(head + "x" * 1000)
    assert (large.status_code, "larger than 4 MB" in large.text) == (422, True)


def test_what_was_enacted_is_in_force_from_its_day(app: Flask, client: Any) -> None:
    with app.app_context():
        starts = day_here() - timedelta(days=20)
    about = {"value": "yes", "status": "enacted", "as_of": starts - timedelta(days=30)}
    with app.app_context():
        say("taskforce", **about, effective_on=starts)
        now = elements.current(element("taskforce").id)
        assert next(iter(now.values())).status == "effective"
    with app.app_context():
        say("taskforce", **about, effective_on=starts)
        lines = elements.history(element("taskforce").id, "MI", Actor.system())
        assert len(lines) == 1, "the same file again says nothing new"
    with app.app_context():
        before = elements.current(element("taskforce").id, starts - timedelta(days=1))
        assert next(iter(before.values())).status == "enacted"
    assert "In force" in client.get("/policy/states/MI/taskforce").text
    assert "MI,taskforce,yes,effective" in client.get("/policy/states.csv").text


def test_the_page_of_a_bill_says_of_the_map_what_the_map_says(
    app: Flask, client: Any, bills: dict[str, int]
) -> None:
    bill = next(iter(bills.values()))
    with app.app_context():
        starts = day_here() - timedelta(days=20)
        about = {"value": "yes", "status": "enacted", "as_of": starts, "effective_on": starts}
        say("taskforce", **about, bill_id=bill)
    section = client.get(f"/policy/bills/{bill}").text.partition("On the map of states")[2][:600]
    assert "In force" in section
    assert "Enacted" not in section
