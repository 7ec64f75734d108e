"""Lists and what comes out of them as files."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Organization, db, system
from crm.plugin_api.records import Coalition, Membership
from crm.plugin_api.testing import SignIn
from crm_policy.models import Ballot, Constituency
from crm_policy.reading.source import neutral
from crm_policy.services import syncing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LISTS = {
    "policy": "/policy/",
    "policy_legislator": "/policy/legislators",
    "policy_hearing": "/policy/hearings",
    "policy_vote": "/policy/votes",
    "policy_ballot": "/policy/ballots",
    "policy_committee": "/policy/committees",
    "policy_stance": "/policy/stances",
    "policy_lobbying": "/policy/lobbying/log",
}
EMPTY = ("policy_hearing", "policy_committee", "policy_stance", "policy_lobbying")


def test_each_list_opens_and_comes_out_as_a_file(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    client, viewer = sign_in(role="policy"), sign_in(role="viewer")
    for kind, address in LISTS.items():
        assert client.get(address).status_code == 200, kind
        assert viewer.get(address).status_code == 200, kind
        for form in ("csv", "xlsx"):
            wanted = 422 if kind in EMPTY else 200
            assert client.post(f"/exports/{kind}", data={"format": form}).status_code == wanted, kind
        assert viewer.post(f"/exports/{kind}", data={"format": "csv"}).status_code in (403, 404), kind


def test_who_voted_how_comes_out_with_bill_and_motion(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    rows = client.post("/exports/policy_ballot", data={"format": "csv"}).data.decode("utf-8-sig").splitlines()
    line = next(each for each in rows if "Rob Chase" in each)
    assert all(words in line for words in ("No", "HB 1", "Third reading", "2025"))
    votes = client.post("/exports/policy_vote", data={"format": "csv"}).data.decode("utf-8-sig")
    assert "Third reading" in votes
    with app.app_context(), system("the test looks"):
        ballot = db.session().scalars(select(Ballot)).one()
        ballot_id, vote_id = ballot.id, ballot.vote_id
    assert "Rob Chase" in client.get(f"/policy/ballots?f=vote:is:{vote_id}").text
    assert "Rob Chase" not in client.get("/policy/ballots?f=vote:is:99").text
    assert client.get(f"/policy/ballots/{ballot_id}").headers["Location"].endswith(f"/votes/{vote_id}")


def test_the_log_comes_out_with_money_and_nothing_that_a_spreadsheet_runs(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    entry = {
        "worked_on": "2025-04-01",
        "manner": "meeting",
        "kind": "direct",
        "minutes": "90",
        "cost": "12.50",
    }
    client.post("/policy/lobbying/new", data={**entry, "note": "=cmd()"})
    rows = client.post("/exports/policy_lobbying", data={"format": "csv"}).data.decode("utf-8-sig")
    assert "12.5" in rows
    assert "'=cmd()" in rows
    assert "Meeting" in client.get("/policy/lobbying/log").text
    assert client.get("/policy/lobbying/log/1").headers["Location"].endswith("/policy/lobbying/1")


def test_a_committee_says_who_of_ours_its_members_represent(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test") as change:
        place = "ocd-jurisdiction/country:us/state:mi/government"
        role = {"type": "lower", "district": "12", "jurisdiction": place, "start_date": "2025-01-01"}
        person = {"id": "ocd-person/1", "name": "Ada Lane", "family_name": "Lane", "roles": [role]}
        committee = {
            "id": "ocd-organization/1",
            "jurisdiction": place,
            "name": "Education",
            "chamber": "lower",
            "classification": "committee",
            "members": [{"name": "Ada Lane", "role": "chair", "person_id": "ocd-person/1"}],
        }
        syncing.take([neutral(person), neutral(committee)], Actor.system(), change)
        one = Organization(name="Elm Schools", sort_name="elm", name_key="elmschools", custom={})
        other = Organization(name="Harbor Ledger", sort_name="harbor", name_key="harborledger", custom={})
        coalition = Coalition(name="Every Day", sort_name="every day", level="state", custom={})
        db.session().add_all([one, other, coalition])
        db.session().flush()
        for each in (one, other):
            db.session().add(Constituency(contact_id=each.id, state="MI", chamber="lower", district="12"))
        db.session().add(Membership(coalition_id=coalition.id, contact_id=one.id, custom={}))
    client = sign_in(role="policy")
    assert "Education" in client.get("/policy/committees").text
    page = client.get("/policy/committees/1").text
    assert "chair" in page
    assert "Elm Schools" in page
    assert "Harbor Ledger" not in page, "who is on file there is not yet one of ours"
