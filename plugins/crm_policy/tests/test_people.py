"""What staff knows of legislators and committees wins over every import."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.outside import BOUNCED, end_mail_at
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm_policy.models import Committee, Legislator, Office, Seat
from crm_policy.reading.source import neutral
from crm_policy.services import syncing
from crm_policy.services.work.whip import is_on_the_bill

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MICHIGAN = "ocd-jurisdiction/country:us/state:mi/government"
FLINT = {"classification": "district", "address": "1 Main St, Flint", "voice": "810-555-0100"}


def take(app: Flask, *found: dict[str, Any]) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test") as change:
        syncing.take([neutral(each) for each in found], Actor.system(), change)


def person(party: str = "Democratic", offices: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    role = {"type": "lower", "district": "12", "jurisdiction": MICHIGAN, "start_date": "2025-01-01"}
    return {
        "id": "ocd-person/1", "name": "Ada Lane", "family_name": "Lane", "roles": [role],
        "party": [{"name": party}], "offices": list(offices), "links": [{"url": f"https://example.org/{party}"}],
    }  # fmt: skip


def one(app: Flask, model: Any, *where: Any) -> Any:
    with app.app_context(), system("the test looks"):
        return db.session().scalars(select(model).where(*where)).one()


def corrected(legislator: Legislator, **more: str) -> dict[str, str]:
    return {
        "name": legislator.name, "chamber": legislator.chamber, "district": legislator.district,
        "party": legislator.party, "starts_on": "2025-01-01", "ends_on": "", **more,
    }  # fmt: skip


@ON_SQLITE
def test_a_resignation_that_staff_wrote_stays_until_the_source_says_it_too(
    app: Flask, sign_in: SignIn
) -> None:
    take(app, person())
    lane, client = one(app, Legislator), sign_in(role="policy")
    address = f"/policy/legislators/{lane.id}/edit"
    sent = client.post(address, data=corrected(lane, party="Independent", ends_on="2026-03-01"))
    assert sent.status_code == 303
    take(app, person("Republican"))
    now = one(app, Legislator)
    assert (now.party, now.ends_on, now.district) == ("Independent", date(2026, 3, 1), "12")
    assert "The source says: Republican" in client.get(address).text
    client.post(address, data=corrected(now, party="Republican"))
    take(app, person("Green"))
    assert (one(app, Legislator).party, one(app, Legislator).ends_on) == ("Green", None)


@ON_SQLITE
def test_somebody_whom_no_source_has_is_added_once(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="policy")
    told = {
        "given": "Ines", "family": "Wood", "state": "MI", "chamber": "upper", "district": "3", "party": "",
        "starts_on": "2026-01-01", "ends_on": "", "email": "",
    }  # fmt: skip
    assert client.post("/policy/legislators/new", data=told).status_code == 303
    assert (one(app, Legislator).name, one(app, Legislator).district) == ("Ines Wood", "3")
    assert "sits there already" in client.post("/policy/legislators/new", data=told).text
    assert sign_in(role="viewer").post("/policy/legislators/new", data=told).status_code == 403


@ON_SQLITE
def test_a_new_address_of_the_source_is_not_as_silent_as_the_old_one(app: Flask) -> None:
    take(app, {**person(), "email": "old@house.example"})
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        assert end_mail_at(["old@house.example"], BOUNCED) == 1
    take(app, {**person("Green"), "email": "new@house.example"})
    with app.app_context(), system("the test looks"):
        rows = db.session().execute(select(Email.address, Email.no_mail_why).order_by(Email.id)).all()
    assert [tuple(row) for row in rows] == [("old@house.example", "bounced"), ("new@house.example", None)]


@ON_SQLITE
def test_seats_that_staff_gave_or_ended_outlive_an_import(app: Flask, sign_in: SignIn) -> None:
    take(app, person())
    client, lane = sign_in(role="policy"), one(app, Legislator)
    told = {"state": "MI", "chamber": "lower", "name": "Education", "meets": "", "url": ""}
    assert client.post("/policy/committees/new", data=told).status_code == 303
    assert "here already" in client.post("/policy/committees/new", data=told).text
    place = f"/policy/committees/{one(app, Committee).id}"
    client.post(f"{place}/seats/new", data={"legislator_id": lane.id, "role": "chair"})
    assert "Ada Lane" in client.get(place).text
    source = {
        "id": "ocd-organization/1", "jurisdiction": MICHIGAN, "name": "Education", "chamber": "lower",
        "classification": "committee",
        "members": [{"name": "Ada Lane", "role": "member", "person_id": "ocd-person/1"}],
    }  # fmt: skip
    take(app, source)
    assert one(app, Seat).role == "chair"
    client.post(f"{place}/seats/{one(app, Seat).id}/leave")
    take(app, {**source, "members": [*source["members"], {"name": "Bo", "role": "member"}]})
    client.get(place)
    assert "Ada Lane" not in client.get(place).text


@ON_SQLITE
def test_one_whom_nobody_matched_leaves_and_the_others_stay(app: Flask, sign_in: SignIn) -> None:
    def told(*names: str) -> dict[str, Any]:
        known = [{"name": each, "person_id": f"ocd-person/{each}"} for each in names]
        members = [{**each, "role": "member"} for each in ({"name": "Bo"}, *known)]
        committee = {"id": "ocd-organization/1", "jurisdiction": MICHIGAN, "name": "Education"}
        return {**committee, "chamber": "lower", "classification": "committee", "members": members}

    take(app, told("Ann", "Cy", "Ed"))
    client, page = sign_in(role="policy"), f"/policy/committees/{one(app, Committee).id}"
    for name in ("Ann", "Bo"):
        client.post(f"{page}/seats/{one(app, Seat, Seat.name == name).id}/leave")
    take(app, told("Ann", "Cy", "Ed", "Gi"))
    with app.app_context(), system("the test looks"):
        sitting = db.session().scalars(select(Seat.name).where(Seat.ended_on.is_(None)))
        assert sorted(sitting) == ["Cy", "Ed", "Gi"]


@ON_SQLITE
def test_an_office_of_ours_hides_the_one_it_puts_right_and_no_other(app: Flask, sign_in: SignIn) -> None:
    take(app, person(offices=(FLINT,)))
    client, lane, flint = sign_in(role="policy"), one(app, Legislator), one(app, Office)
    page = f"/policy/legislators/{lane.id}"
    ours = {"kind": "district", "address": "9 Oak St, Burton", "voice": "", "fax": ""}
    client.post(f"{page}/offices/new", data=ours)
    take(app, person("Green", (FLINT,)))
    assert "1 Main St, Flint" in client.get(page).text
    client.post(f"{page}/offices/{flint.id}", data={**ours, "address": "1 Main Street, Flint"})
    take(app, person("Republican", (FLINT,)))
    shown = client.get(page).text
    assert ("1 Main Street, Flint" in shown, "1 Main St, Flint" in shown) == (True, False)
    client.post(f"{page}/offices/{flint.id}/close")
    take(app, person("Democratic", (FLINT,)))
    client.get(page)
    assert "Flint" not in client.get(page).text


@pytest.mark.parametrize(
    "motion, on_it",
    [
        ("House Third Reading: Given Immediate Effect Roll Call # 12", True),
        ("Reported With Recommendation Without Amendment", True),
        ("House Third Reading: Motion To Override Veto Failed", True),
        ("Motion to table", False),
        ("Motion to postpone indefinitely", False),
        ("Amendment 3 to section 2", False),
        ("House Substitute (h-1) Nonconcurred In", False),
        ("Shall the veto be sustained", False),
    ],
)
def test_only_votes_on_the_bill_itself_say_how_somebody_leans(motion: str, on_it: bool) -> None:
    assert is_on_the_bill(motion) is on_it


def test_what_staff_put_right_of_a_term_says_nothing_of_the_next(app: Flask, sign_in: SignIn) -> None:
    """Else somebody who was elected anew would be out of office here, in a district that is another's."""
    take(app, person())
    lane, client = one(app, Legislator), sign_in(role="policy")
    sent = client.post(
        f"/policy/legislators/{lane.id}/edit", data=corrected(lane, district="13", ends_on="2026-03-01")
    )
    assert sent.status_code == 303
    take(app, person("Republican"))
    assert (one(app, Legislator).district, one(app, Legislator).ends_on) == ("13", date(2026, 3, 1))
    elected = person("Republican")
    senate = {"type": "upper", "district": "4", "jurisdiction": MICHIGAN, "start_date": "2026-06-01"}
    take(app, {**elected, "roles": [{**elected["roles"][0], "end_date": "2026-05-31"}, senate]})
    now = one(app, Legislator)
    assert (now.chamber, now.district, now.ends_on) == ("upper", "4", None)


def test_a_vote_not_to_take_over_what_the_other_chamber_changed_is_none_on_the_bill() -> None:
    """Michigan's motion only names the reading; its history says what was voted on."""
    motion = "House Third Reading: Roll Call # 253"
    line = "Roll Call Roll Call # 253 Yeas 0 Nays 109 Excused 0 Not Voting 1"
    assert not is_on_the_bill(motion, line, "Senate Substitute (s-2) Nonconcurred In")
    assert is_on_the_bill(motion, "Passed; Given Immediate Effect Roll Call # 253", "Read A Third Time")
    assert is_on_the_bill(motion)
