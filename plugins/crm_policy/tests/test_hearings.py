"""Hearings find their committee, whoever comes first and however it is written."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_policy.models import Committee, Hearing, Seat
from crm_policy.reading.source import neutral
from crm_policy.services import syncing, work

PLACE = {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"}
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def take(*found: dict[str, Any]) -> None:
    with db.transaction(Actor.system(), "policy.test") as change:
        syncing.take([neutral(each) for each in found], Actor.system(), change)


def committee(number: int, chamber: str, name: str = "Education") -> dict[str, Any]:
    told = {"id": f"ocd-organization/{number}", "jurisdiction": PLACE["id"], "name": name}
    return {**told, "chamber": chamber, "classification": "committee", "members": []}


def bill(number: int, committee_name: str) -> dict[str, Any]:
    entry = {"type": "Hearing", "date": "2027-03-01", "time": "09:00", "description": committee_name}
    told = {"bill_id": number, "change_hash": "a", "session": {"year_start": 2027, "year_end": 2028}}
    more = {"state": "MI", "bill_number": f"HB{number:04}", "body": "H", "title": "Attendance", "status": 1}
    return {"bill": {**told, **more, "calendar": [entry]}}


def heard() -> list[tuple[str, str | None]]:
    """Each hearing's words with the chamber of its committee."""
    with system("the test looks"):
        rows = select(Hearing.committee_name, Committee.chamber).outerjoin(Committee)
        return sorted((row[0], row[1]) for row in db.session().execute(rows))


def test_the_chamber_that_a_hearing_names_tells_which_committee_it_is(app: Flask) -> None:
    with app.app_context():
        take(committee(1, "lower"), committee(2, "upper"))
        take(
            bill(1, "Senate Education Committee"),
            bill(2, "House Committee on Education"),
            bill(3, "Education"),
        )
        assert heard() == [
            ("Education", None),
            ("House Committee on Education", "lower"),
            ("Senate Education Committee", "upper"),
        ], "which Education nobody said"


def test_a_committee_that_comes_later_finds_its_hearings(app: Flask) -> None:
    with app.app_context():
        take(bill(1, "House Education"))
        assert heard() == [("House Education", None)]
        take(committee(1, "lower"))
        assert heard() == [("House Education", "lower")]


def test_two_sources_tell_of_one_hearing(app: Flask) -> None:
    event = {
        "id": "ocd-event/1", "name": "Education", "start_date": "2027-03-01T14:00:00+00:00", "all_day": False,
        "status": "confirmed", "classification": "committee-meeting", "jurisdiction": PLACE,
        "agenda": [{"related_entities": [{"entity_type": "bill", "name": "HB 1"}]}],
    }  # fmt: skip
    with app.app_context():
        take(committee(1, "lower"))
        take(bill(1, "House Education"), event)
        take({**event, "start_date": "2027-03-01T16:00:00+00:00"})
        with system("the test looks"):
            one = db.session().scalars(select(Hearing)).one()
        assert one.starts_at.hour == 16, "and it moves with its source"


@ON_SQLITE
def test_a_corrected_name_finds_its_committee(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        take(committee(1, "lower"), committee(2, "upper"))
        take(bill(1, "Education"))
        with system("the test looks"):
            number = db.session().scalars(select(Hearing.id)).one()
    given = {"committee_name": "Senate Education", "state": "MI", "starts_at": "2027-03-01T09:00"}
    sent = sign_in(role="policy").post(
        f"/policy/hearings/{number}/edit", data={**given, "status": "confirmed", "remind_days": "3"}
    )
    assert sent.status_code == 303, sent.text
    with app.app_context():
        assert heard() == [("Senate Education", "upper")]


def test_a_bill_that_is_heard_twice_keeps_both_hearings(app: Flask) -> None:
    def told(*days: str) -> dict[str, Any]:
        one = bill(1, "Education")
        entry = one["bill"]["calendar"][0]
        calendar = [{**entry, "date": f"2031-03-{day}"} for day in days]
        return {"bill": {**one["bill"], "change_hash": "-".join(days), "calendar": calendar}}

    def days() -> list[int]:
        with system("the test looks"):
            found = db.session().scalars(select(Hearing).order_by(Hearing.id))
            return [each.starts_at.day for each in found]

    with app.app_context():
        take(told("01"))
        take(told("01", "08"))
        assert days() == [1, 8]
        take(told("15", "08"))
        assert days() == [15, 8], "and the one that moved is moved alone"


def test_a_committee_without_members_ends_nobodys_seat(app: Flask) -> None:
    with app.app_context():
        take({**committee(1, "lower"), "members": [{"name": "Ada Lane", "role": "chair"}]})
        take(committee(1, "lower"))
        with system("the test looks"):
            assert db.session().scalars(select(Seat)).one().ended_on is None


@ON_SQLITE
def test_a_hearing_under_the_committees_other_name_is_not_written_over(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="policy")
    with app.app_context():
        take(committee(1, "lower"))
    told = {
        "state": "MI", "committee_name": "House Education", "starts_at": "2031-03-01T09:00",
        "place": "Room 5", "standing": "confirmed", "remind_days": "3", "note": "Bring the families",
    }  # fmt: skip
    assert client.post("/policy/hearings/new", data=told).status_code == 303
    again = {**told, "committee_name": "Education", "place": "", "note": "Somebody else's"}
    assert "at that moment already" in client.post("/policy/hearings/new", data=again).text
    with app.app_context(), system("the test looks"):
        one = db.session().scalars(select(Hearing)).one()
        assert (one.note, one.place) == ("Bring the families", "Room 5")


def all_hearings() -> list[Hearing]:
    with system("the test looks"):
        statement = select(Hearing).order_by(Hearing.id).execution_options(populate_existing=True)
        return list(db.session().scalars(statement))


def event(**more: Any) -> dict[str, Any]:
    """An hour as Open States tells it, of the hearing that `bill` tells of."""
    told = {"id": "ocd-event/1", "name": "Schools and Learning", "start_date": "2027-03-01T14:00:00+00:00"}
    agenda = [{"related_entities": [{"bill": {"identifier": "HB 2"}}]}]
    return {**told, "jurisdiction": PLACE, "classification": "committee-meeting", "agenda": agenda, **more}


def test_two_records_of_one_hearing_become_one_and_stay_one(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        take(bill(1, "Room 5 Meeting"), bill(2, "Elsewhere"), event())
        rows = {each.committee_name: each for each in all_hearings()}
        keep, other = rows["Room 5 Meeting"], rows["Schools and Learning"]
        page = sign_in(role="policy").get(f"/policy/hearings/{keep.id}").text
        assert "another hearing then: “Schools and Learning”" in page
        with db.transaction(Actor.system(), "policy.test"):
            work.unite_hearings(keep, other)
        take(event(location={"name": "Room 5"}), bill(1, "Room 5 Meeting"))
        found = {each.committee_name: each for each in all_hearings()}
        assert sorted(found) == ["Elsewhere", "Room 5 Meeting"]
        assert found["Room 5 Meeting"].place == "Room 5"
        moved = bill(1, "Room 5 Meeting")
        moved["bill"]["calendar"][0]["date"] = "2027-03-02"
        moved["bill"]["change_hash"] = "b"
        take(moved)
        assert len(all_hearings()) == 3, "another bill is on its agenda, so it does not move"


@ON_SQLITE
def test_an_agenda_is_put_right_by_hand(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        take(bill(1, "House Education"), bill(2, "Elsewhere"))
        client, hearing = sign_in(role="policy"), all_hearings()[0]
    page = f"/policy/hearings/{hearing.id}"
    assert "HB 2" not in client.get(page).text
    client.post(f"{page}/agenda", data={"bill": "MI HB 2"})
    assert "HB 2" in client.get(page).text
    client.post(f"{page}/agenda/1/leave")
    with app.app_context():
        again = bill(1, "House Education")
        again["bill"]["calendar"][0]["location"] = "Room 9"
        take(again)
    text = client.get(page).text
    assert "Room 9" in text
    assert ">MI HB 1<" not in text
    assert client.post(f"{page}/agenda", data={"bill": "MI HB 77"}).status_code == 422
