"""What others may use: bills by what people type, districts, and who decides next."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Organization, db, system
from crm.plugin_api.testing import SignIn
from crm_policy import public
from crm_policy.models import Bill, Committee, Constituency, Hearing, HearingBill, Legislator, Seat


def test_a_bill_is_found_as_people_write_it(app: Flask, bills: dict[str, int], sign_in: SignIn) -> None:
    with app.test_request_context():
        with db.transaction(Actor.system(), "policy.test"), system("test"):
            db.session().get_one(Bill, bills["HB 2"]).short_title = "Keep count"
        me = Actor.system()
        for typed in (
            "MI HB 2",
            "hb2",
            "HB 2",
            "2",
            "truancy reports",
            "keep count",
            f"… · #{bills['HB 2']}",
        ):
            assert [each.id for each in public.find_bills(typed, me)] == [bills["HB 2"]], typed
        assert not public.find_bills("HB 99", me)
        assert not public.find_bills("  ", me)
        found = public.names_of([bills["HB 2"], 10**6], me)
        assert [(each.name, each.title, each.url) for each in found.values()] == [
            ("MI HB 2", "Keep count", f"/policy/bills/{bills['HB 2']}")
        ]
    page = sign_in(role="viewer").get("/policy/bills/offered?bill_id=hb+2")
    assert f"MI HB 2 · Keep count · #{bills['HB 2']}" in page.text
    assert sign_in().get("/policy/bills/offered?bill_id=hb+2").status_code == 403


def test_who_decides_next_is_the_committee_and_then_the_chamber(app: Flask, bills: dict[str, int]) -> None:
    with app.test_request_context():
        me = Actor.system()
        with db.transaction(me, "policy.test"), system("test"):
            lane = db.session().scalars(select(Legislator).where(Legislator.name == "Ada Lane")).one()
            decision, all_of_them = public.deciders(bills["HB 1"], me)
            assert decision is not None
            assert decision.starts_at is None
            assert decision.where == "House"
            assert [(each.name, each.lean) for each in all_of_them] == [("Ada Lane", 2), ("Rob Chase", -2)]

            committee = Committee(state="MI", chamber="lower", name="Education", name_key="education")
            db.session().add(committee)
            db.session().flush()
            soon = db.now() + timedelta(days=3)
            hearing = Hearing(
                state="MI",
                committee_id=committee.id,
                committee_name="Education",
                committee_key="education",
                starts_at=soon,
            )
            db.session().add_all(
                [hearing, Seat(committee_id=committee.id, legislator_id=lane.id, name="Lane")]
            )
            db.session().flush()
            db.session().add(HearingBill(hearing_id=hearing.id, bill_id=bills["HB 1"]))
            paper = Organization(name="Lansing Paper", sort_name="l", name_key="l", custom={})
            db.session().add(paper)
            db.session().flush()
            db.session().add(
                Constituency(contact_id=paper.id, state="MI", chamber="lower", district="012", source="staff")
            )
        decision, members = public.deciders(bills["HB 1"], me)
        assert decision is not None
        assert (decision.where, decision.starts_at) == ("Education", soon)
        places = public.districts_of_each([paper.id])[paper.id]
        met = [public.by_district(members).get(public.key_of(each)) for each in places]
        assert [each.name for each in met if each] == ["Ada Lane"]
        assert [each.bill.id for each in public.upcoming(me, [bills["HB 1"], bills["HB 2"]])] == [
            bills["HB 1"]
        ]
        assert not public.upcoming(me), "only tracked bills are everybody's to wait for"
