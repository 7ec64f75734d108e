"""What goes on: a bill from one session to the next with our work, our word until the source moves."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.journal.undo import undo
from crm.plugin_api import Actor, Organization, UserError, db, system
from crm.plugin_api.records import Campaign
from crm.plugin_api.testing import SignIn
from crm_policy.models import Alert, Bill, Point, Relation, Session, Stance
from crm_policy.reading.source import neutral
from crm_policy.services import assessing, carrying, kinship, monday, outreach, syncing, uniting
from crm_policy.services import bills as work

MICHIGAN = {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"}
ME = Actor.system()


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def told(number: str, session: str, **more: Any) -> dict[str, Any]:
    named = {"identifier": number, "session": session, "id": f"ocd-bill/{session} {number}"}
    return {**named, "title": f"Attendance in {number}", "jurisdiction": MICHIGAN, **more}


def take(*found: dict[str, Any]) -> None:
    with db.transaction(ME, "policy.test") as change:
        syncing.take([neutral(each) for each in found], ME, change)


def bill(number: str, session_name: str = "") -> Bill:
    with system("the test looks"):
        found = select(Bill).where(Bill.identifier == number, Bill.ocd_id.contains(session_name))
        return db.session().scalars(found.execution_options(populate_existing=True)).one()


def position(**more: Any) -> dict[str, Any]:
    empty = {
        "priority": 3,
        "owner_user_id": None,
        "campaign_id": None,
        "position_note": "",
        "short_title": "",
    }
    return {"position": "support", **empty, **more}


def we_work_on(old: Bill) -> None:
    """A position for a campaign that is over by now, a point, and what a member said of the companion."""
    with db.transaction(ME, "policy.test") as change:
        over = Campaign(name="Won before", sort_name="won before", kind="state_policy", status="won")
        db.session().add(over)
        db.session().flush()
        shared = position(short_title="Count every day", campaign_id=over.id)
        work.set_position(old, shared, change)
        db.session().add(Point(bill_id=old.id, body="Three weeks missed is a warning"))
        member = Organization(name="Club", sort_name="club", name_key="club", custom={})
        db.session().add(member)
        db.session().flush()
        kinship.group(old.id, bill("SB 5").id, change)
        db.session().add(Stance(bill_id=bill("SB 5").id, contact_id=member.id, stance="support"))


def test_work_on_a_bill_of_the_session_before_is_offered_and_taken_over_once() -> None:
    take(told("HB 12", "2023-2024"), told("SB 5", "2023-2024"), told("HB 12", "2025-2032"))
    old = bill("HB 12", "2023")
    we_work_on(old)
    before = [{"identifier": "HB 12", "legislative_session": "20232024", "relation_type": "prior-session"}]
    take(told("HB 7", "2025-2032", related_bills=before))
    new = bill("HB 7")
    with system("the test looks"):
        assert db.session().scalars(select(Relation.related_bill_id)).one() == old.id  # Not this session's.
    assert (new.triage, carrying.names_before([new.id])) == ("inbox", {new.id: "HB 12, 2023-2024"})
    offer = carrying.offer(new, ME)
    assert offer is not None
    assert (offer.bill.id, offer.session, offer.points, offer.stances) == (old.id, "2023-2024", 1, 1)
    with db.transaction(ME, "policy.test") as change:
        carrying.take_over(bill("HB 7"), change)
    with pytest.raises(UserError, match="nothing to take over"), db.transaction(ME, "policy.test") as change:
        carrying.take_over(bill("HB 7"), change)
    new = bill("HB 7")
    assert (new.position, new.priority, new.triage, new.short_title) == (
        "support",
        3,
        "tracked",
        "Count every day",
    )
    assert [each.bill_id for each in rows(Stance)][1:] == [new.id], "said of the companion, and counted"
    assert new.campaign_id is None, "nobody looks at a campaign that is over"
    with system("the test looks"):
        assert list(db.session().scalars(select(Point.body).where(Point.bill_id == new.id))) == [
            "Three weeks missed is a warning"
        ]
    assert carrying.offer(new, ME) is None


def test_a_bill_that_we_only_tracked_goes_on_too() -> None:
    take(told("HB 12", "2023-2024"))
    with db.transaction(ME, "policy.test") as change:
        work.set_triage([bill("HB 12").id], "tracked", change)
    before = [{"identifier": "HB 12", "legislative_session": "2023-2024", "relation_type": "carry-over"}]
    take(told("HB 7", "2025-2032", related_bills=before))
    new = bill("HB 7")
    assert (new.triage, carrying.names_before([new.id])) == ("inbox", {new.id: "HB 12, 2023-2024"})
    assert carrying.offer(new, ME) is not None
    with db.transaction(ME, "policy.test") as change:
        db.session().add(Point(bill_id=bill("HB 12").id, body="Three weeks missed is a warning"))
        work.set_triage([new.id], "tracked", change)
    with db.transaction(ME, "policy.test") as change:
        carrying.take_over(bill("HB 7"), change)
    assert [each.bill_id for each in rows(Point)] == [bill("HB 12").id, new.id]
    assert carrying.offer(bill("HB 7"), ME) is None, "tracked like the old one, and nothing more is there"


def test_our_word_is_looked_at_again_once_the_source_has_moved() -> None:
    take(told("HB 1", "2025-2032"))
    with db.transaction(ME, "policy.test") as change:
        work.set_position(bill("HB 1"), position(), change)
        assessing.override(bill("HB 1"), 3, None, "The clerk told us", "Ada", change)
    assert monday.page(ME)["moved"] == []
    signed = {"description": "Signed by Governor", "date": "2026-06-01", "classification": [], "order": 1}
    take(told("HB 1", "2025-2032", actions=[signed]))
    assert (bill("HB 1").stage, bill("HB 1").override_reason) == (3, "The clerk told us")
    assert [(each.identifier, each.source_stage) for each in monday.page(ME)["moved"]] == [("HB 1", 10)]
    with db.transaction(ME, "policy.test") as change:
        assessing.override(bill("HB 1"), None, None, "", "", change)
    assert (bill("HB 1").stage, monday.page(ME)["moved"]) == (10, [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bill_by_hand_does_not_fall_back_and_becomes_its_sources(app: Flask) -> None:
    values = {
        "state": "MI", "session": "2025-2032", "identifier": "HB 9", "title": "Ours", "chamber": "lower",
        "url": "",
    }  # fmt: skip
    step = {"acted_on": date(2026, 5, 1), "chamber": "", "text": "Fiscal note published"}
    with db.transaction(ME, "policy.test") as change:
        idea = work.by_hand({**values, "identifier": "LR 1", "stage": 0})
        work.add_action(work.by_hand(values), step, change)
    with system("the test looks"):
        written = {each.identifier: each for each in db.session().scalars(select(Bill))}
    assert {name: each.stage for name, each in written.items()} == {"HB 9": 2, "LR 1": 0}
    with db.transaction(ME, "policy.test") as change:
        work.add_action(idea, {**step, "text": "Introduced by Representative Lane"}, change)
    assert idea.stage == 2
    take(told("HB 9", "2025-2032"))
    assert bill("HB 9").source == "openstates"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_offer_it_and_a_vanished_alert_is_a_sentence(app: Flask, sign_in: SignIn) -> None:
    before = [{"identifier": "HB 12", "legislative_session": "2023-2024", "relation_type": "prior-session"}]
    take(told("HB 12", "2023-2024"), told("HB 7", "2025-2032", related_bills=before))
    with db.transaction(ME, "policy.test") as change:
        work.set_position(bill("HB 12"), position(), change)
        alert = Alert(bill_id=bill("HB 7").id, subject="x", body="x", audience="tag:1", recipients=1)
        db.session().add(alert)
    client, number = sign_in(role="policy"), bill("HB 7").id
    assert "goes on from HB 12 of the session 2023-2024" in client.get(f"/policy/bills/{number}").text
    assert client.post(f"/policy/bills/{number}/carry").status_code == 303
    assert bill("HB 7").position == "support"
    assert "goes on from" not in client.get(f"/policy/bills/{number}").text
    with db.transaction(ME, "policy.test"), system("somebody else removes it"):
        db.session().execute(delete(db.table(Alert)))
    with pytest.raises(UserError, match="removed this alert"), db.transaction(ME, "policy.test"):
        outreach.remove_alert(alert)


def legiscan(number: str, **more: Any) -> dict[str, Any]:
    named = {"session_id": 5, "year_start": 2025, "year_end": 2032, "session_title": "2025 Regular Session"}
    bill = {
        "bill_id": 77, "session_id": 5, "session": {**named, **more.pop("session", {})}, "state": "MI",
        "bill_number": number, "title": f"Attendance in {number}", "change_hash": "a", "status": 1,
        "status_date": "2025-02-01", **more,
    }  # fmt: skip
    return {"status": "OK", "bill": bill}


def rows(model: Any) -> list[Any]:
    with system("the test looks"):
        statement = select(model).order_by(model.id).execution_options(populate_existing=True)
        return list(db.session().scalars(statement))


def sessions() -> list[Session]:
    return rows(Session)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_regular_session_is_known_by_its_number_and_special_ones_are_not() -> None:
    take(told("HB 1", "103rd"), told("HB 2", "103rd-s1"))
    take(legiscan("HB 1", session={"session_title": "103rd General Assembly"}))
    assert [(each.identifier, each.legiscan_id) for each in sessions()] == [("103rd", 5), ("103rd-s1", None)]
    special = {"session_title": "103rd General Assembly 1st Special Session", "session_id": 6}
    take(legiscan("HB 3", bill_id=78, session_id=6, session=special))
    assert len(sessions()) == 3


STEP = {"description": "Introduced", "date": "2025-02-01", "classification": [], "order": 0}


def in_two_sessions() -> tuple[Bill, Bill]:
    """HB 1 as two services tell it, in sessions of two names; HB 4 of the first."""
    signed = {"date": "2025-06-02", "action": "Signed by Governor", "chamber": "H"}
    take(told("HB 1", "Regular", actions=[STEP]), told("HB 4", "Regular"))
    take(legiscan("HB 1", history=[{**signed, "date": "2025-02-01", "action": "introduced"}, signed]))
    one, two = sorted(
        (each for each in rows(Bill) if each.identifier == "HB 1"), key=lambda each: bool(each.legiscan_id)
    )
    return one, two


def test_two_sessions_are_made_one_with_all_that_is_ours_and_stay_one() -> None:
    _first, other = in_two_sessions()
    with db.transaction(ME, "policy.test") as change:
        work.set_position(other, position(), change)
        db.session().add(Point(bill_id=bill("HB 4").id, body="Ours"))
    before = {each.id: (each.identifier, each.session_id) for each in rows(Bill)}
    with db.transaction(ME, "policy.test") as change:
        assert uniting.unite(sessions()[1], sessions()[0], change) == 1
    assert undo(change.id or 0, ME) is not None
    assert {each.id: (each.identifier, each.session_id) for each in rows(Bill)} == before
    with db.transaction(ME, "policy.test") as change:
        assert uniting.unite(sessions()[1], sessions()[0], change) == 1
    one = sessions()
    assert [(each.identifier, each.aliases, each.legiscan_id) for each in one] == [
        ("2025-2032", ["Regular"], 5)
    ]
    both = bill("HB 1", "HB 1")
    assert (both.id, both.legiscan_id, both.position, both.stage) == (other.id, 77, "support", 10)
    assert bill("HB 4").session_id == one[0].id
    with db.transaction(ME, "policy.test") as change:
        again = syncing.take([neutral(told("HB 1", "Regular", actions=[STEP]))], ME, change)
    assert (again["create"], len(sessions())) == (0, 1)
    with pytest.raises(UserError, match="another session"), db.transaction(ME, "policy.test") as change:
        uniting.unite(one[0], one[0], change)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_joining_sessions_loses_no_word_of_ours() -> None:
    first, other = in_two_sessions()
    with db.transaction(ME, "policy.test") as change:
        work.set_position(first, position(position="oppose", position_note="Section 4"), change)
        work.set_position(other, position(position_note="Call the chair"), change)
        member = Organization(name="Club", sort_name="club", name_key="club", custom={})
        db.session().add(member)
        db.session().flush()
        for each, sign_off in ((first, "signed"), (other, "asked")):
            db.session().add(Stance(bill_id=each.id, contact_id=member.id, sign_off=sign_off, note=sign_off))
    with pytest.raises(UserError, match="HB 1"), db.transaction(ME, "policy.test") as change:
        uniting.unite(sessions()[1], sessions()[0], change)
    with db.transaction(ME, "policy.test") as change:
        work.set_position(rows(Bill)[0], position(position_note="Section 4"), change)
        uniting.unite(sessions()[1], sessions()[0], change)
    both, stance = bill("HB 1", "HB 1"), rows(Stance)
    assert {*both.position_note.split("\n\n")} == {"Section 4", "Call the chair"}
    assert [(each.sign_off, {*each.note.split("\n\n")}) for each in stance] == [
        ("signed", {"signed", "asked"})
    ]
