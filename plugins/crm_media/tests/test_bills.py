"""Coverage and bills: which bill a piece is about, and what was printed where those sit who decide next."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, contacts, db, now, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Release
from crm_media.services import bills, press
from crm_media.tests.test_outreach import rows

PIECE = {"medium": "print", "piece": "news"}


def model(name: str) -> Any:
    """A class of state policy, which this plugin imports nothing of but what is public."""
    return next(each.class_ for each in db.Base.registry.mappers if each.class_.__name__ == name)


@pytest.fixture
def bill(app: Flask, sign_in: SignIn) -> str:
    """A bill that the House of Michigan decides about: Ada Lane of the 12th and Rob Chase of the 14th."""
    about = {"state": "MI", "identifier": "HB 12", "session": "2025-2026", "title": "Attendance counts"}
    made = sign_in(role="policy").post("/policy/bills/new", data={**about, "chamber": "lower", "stage": "2"})
    assert made.status_code == 303
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        for name, district in (("Ada Lane", "12"), ("Rob Chase", "14")):
            who = contacts.create({"kind": "person", "family_name": name}, Actor.system())
            values = {"contact_id": who.id, "name": name, "sort_name": name, "family_key": name[-4:].lower()}
            db.session().add(model("Legislator")(**values, state="MI", chamber="lower", district=district))
    return "MI HB 12"


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def paper(app: Flask, name: str, district: str) -> None:
    empty = dict.fromkeys(("audience", "areas", "languages", "owner", "circulation_source", "note"), "")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        about = {**empty, "name": name, "kind": "newspaper", "circulation": None}
        row = press.new_outlet(about, Actor.system())
        place = {"state": "MI", "chamber": "lower", "district": district, "source": "staff"}
        db.session().add(model("Constituency")(contact_id=row.contact_id, **place))


def test_a_piece_and_a_release_are_about_a_bill_and_its_page_shows_them(
    app: Flask, staff: Any, bill: str
) -> None:
    address = "/media/coverage/by-hand"
    assert staff.post(address, data={**PIECE, "title": "Every day", "bill": "hb12"}).status_code == 303
    staff.post(address, data={**PIECE, "title": "In Congress", "bill": "H.R. 99999"})
    assert rows(app, Clip.id, Clip.bill, Clip.bill_id) == [(1, bill, 1), (2, "H.R. 99999", None)]
    staff.post("/media/releases/new", data={"name": "September", "kind": "pitch", "bill": bill})
    assert rows(app, Release.id, Release.bill_id) == [(1, 1)]
    assert "/policy/bills/1" in staff.get("/media/coverage/1").text
    assert "/policy/bills/1" in staff.get("/media/releases/1").text
    panel = staff.get("/media/bill/1/coverage").text
    assert "Every day" in panel
    assert "September" in panel
    assert "In Congress" not in panel
    assert "/media/bill/1/coverage" in staff.get("/policy/bills/1").text
    assert staff.get("/media/bill/99/coverage").status_code == 404


def test_before_a_vote_the_districts_without_coverage_come_first(app: Flask, staff: Any, bill: str) -> None:
    assert "Nobody has said yet in which districts" in staff.get("/media/before?bill=1").text
    paper(app, "Lansing Paper", "012")
    day = now().date() - timedelta(days=3)
    about = {**PIECE, "outlet_name": "Lansing Paper", "published_on": day.isoformat(), "bill": bill}
    text = "Chronic absence is not truancy."
    staff.post("/media/coverage/by-hand", data={**about, "title": "Every day", "text": text})
    old = {**about, "title": "Long ago", "published_on": (day - timedelta(days=200)).isoformat(), "bill": ""}
    staff.post("/media/coverage/by-hand", data=old)
    page = staff.get("/media/before?bill=1").text
    assert page.index("Rob Chase") < page.index("Ada Lane")  # Nothing was printed where he sits.
    assert "1 district that can be won has no coverage" in page
    assert "1 piece" in page
    assert "1 about the bill" in page
    assert "Every day" in page
    assert "2 pieces" in staff.get("/media/before?bill=1&days=365").text
    paper_file = staff.get("/media/before.pdf?bill=1")
    assert (paper_file.data[:5], paper_file.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert staff.get("/media/before.pdf?bill=99").status_code == 404
    for odd in ("bill=99", "bill=" + "9" * 30, "bill=x&days=-1", ""):
        assert staff.get(f"/media/before?{odd}").status_code == 200


def test_those_who_may_see_no_bills_are_not_offered_any(sign_in: SignIn, bill: str) -> None:
    assert sign_in().get("/media/before?bill=1").status_code == 403
    assert sign_in().get("/media/bill/1/coverage").status_code in {403, 404}


def test_without_state_policy_a_bill_is_words(
    app: Flask, staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_media.services.bills.enabled", lambda _name: False)
    staff.post("/media/coverage/by-hand", data={**PIECE, "title": "Every day", "bill": "MI HB 12"})
    assert rows(app, Clip.bill, Clip.bill_id) == [("MI HB 12", None)]
    assert "MI HB 12" in staff.get("/media/coverage/1").text
    assert "Bills are not followed here" in staff.get("/media/before").text
    assert "Before a vote" not in staff.get("/media/report").text


def test_everybody_sees_pieces_by_district_but_no_lean_and_nobody(
    app: Flask, staff: Any, bill: str, admin_client: Any
) -> None:
    paper(app, "Lansing Paper", "012")
    stranger = app.test_client()
    assert "/media/public/before/" not in staff.get("/media/before?bill=1").text
    rates = {"policy.legiscan_rate": "60", "policy.openstates_rate": "10"}
    admin_client.post("/settings/", data={"media.public": "1", **rates})
    address = re.search(r"/media/public/before/[\w.-]+", staff.get("/media/before?bill=1").text)
    assert address is not None
    page = stranger.get(address[0])
    assert page.status_code == 200
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "House 12" in page.text
    for text in ("Ada Lane", "Rob Chase", "Not known", "can be won"):
        assert text not in page.text, text
    assert stranger.get(address[0] + "x").status_code == 404
    admin_client.post("/settings/", data=rates)
    assert stranger.get(address[0]).status_code == 404


def test_media_staff_say_where_an_outlet_is_read(app: Flask, staff: Any, sign_in: SignIn, bill: str) -> None:
    """They may not work on bills, but whose paper is read where is theirs to know."""
    empty = dict.fromkeys(("audience", "areas", "languages", "owner", "circulation_source", "note"), "")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        row = press.new_outlet({**empty, "name": "Lansing Paper", "kind": "newspaper"}, Actor.system())
        address = f"/media/contact/{row.contact_id}/districts"
    assert address in staff.get("/media/before?bill=1").text
    assert staff.post(address, data={"state": "MI", "lower": "14"}).status_code == 303
    page = staff.get("/media/before?bill=1").text
    assert "Lansing Paper" in page
    assert address not in page
    assert sign_in(role="viewer").get(address).status_code == 403
    assert sign_in(role="media", scope=999_999).get(address).status_code == 404


def test_the_command_line_says_what_comes_up(app: Flask, bill: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        about = {"committee_name": "Education", "committee_key": "education", "kind": "hearing"}
        starts = now() + timedelta(days=3)
        hearing = model("Hearing")(state="MI", status="confirmed", starts_at=starts, **about)
        db.session().add(hearing)
        db.session().flush()
        db.session().add(model("HearingBill")(hearing_id=hearing.id, bill_id=1))
    with app.test_request_context():
        (found,) = bills.coming_up(now().date(), Actor.system())
    told = bills.as_dict(found)
    assert (told["bill"], told["where"], told["silent"]) == (bill, "Education", 2)
    assert [each["district"] for each in told["districts"]] == ["House 12", "House 14"]


def test_what_was_printed_of_a_bill_stays_with_it_when_its_two_sessions_become_one(
    app: Flask, staff: Any, bill: str, sign_in: SignIn
) -> None:
    """And comes back with undo, to the bill that comes back."""
    policy = sign_in(role="policy")
    other = {
        "state": "MI",
        "identifier": "HB 12",
        "session": "103rd",
        "title": "Attendance",
        "chamber": "lower",
    }
    assert policy.post("/policy/bills/new", data=other).status_code == 303
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        db.session().add(Clip(title="Every day", bill=bill, bill_id=2, medium="print", piece="news"))
        db.session().add(Release(name="September", kind="pitch", bill=bill, bill_id=2))
    before = rows(app, Clip.bill_id), rows(app, Release.bill_id)
    joined = policy.post("/policy/bills/1/session/unite", data={"other_id": "2"}, follow_redirects=True)
    assert joined.status_code == 200
    assert (rows(app, Clip.bill_id), rows(app, Release.bill_id)) == ([(1,)], [(1,)])
    panel = staff.get("/media/bill/1/coverage").text
    assert "Every day" in panel
    assert "September" in panel
    newest = max(int(each) for each in re.findall(r"/changes/(\d+)/undo", joined.text))
    assert policy.post(f"/changes/{newest}/undo").status_code in {200, 303}
    assert (rows(app, Clip.bill_id), rows(app, Release.bill_id)) == before


def test_an_address_of_coverage_before_a_vote_leads_to_the_bill_that_stayed(
    app: Flask, staff: Any, bill: str, sign_in: SignIn, admin_client: Any
) -> None:
    """Other sites show it in a frame and cannot know that two bills became one."""
    rates = {"policy.legiscan_rate": "60", "policy.openstates_rate": "10"}
    admin_client.post("/settings/", data={"media.public": "1", **rates})
    paper(app, "Lansing Paper", "012")
    policy = sign_in(role="policy")
    other = {"state": "MI", "identifier": "HB 12", "session": "103rd", "title": "Attendance", "stage": "2"}
    assert policy.post("/policy/bills/new", data={**other, "chamber": "lower"}).status_code == 303
    page = staff.get("/media/before?bill=2").text
    address = re.search(r"/media/public/before/[\w.-]+", page)
    assert address is not None
    assert policy.post("/policy/bills/1/session/unite", data={"other_id": "2"}).status_code == 303
    assert "House 12" in app.test_client().get(address[0]).text
    assert "/policy/bills/1" in staff.get("/media/before?bill=2").text
    assert staff.get("/media/before.pdf?bill=2").status_code == 200
    assert staff.get("/media/bill/2/coverage").status_code == 200
