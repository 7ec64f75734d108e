"""The pages of policy, as people use them."""

import re
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from crm.plugin_api import Actor, Organization, db, system
from crm.plugin_api.lists import read_as
from crm.plugin_api.records import User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here, organization_name_key
from crm_policy import models
from crm_policy.models import Bill, Lobbying, SavedSearch, Stance
from crm_policy.offers import digest_items
from crm_policy.reading.source import neutral
from crm_policy.services import elements, syncing, work

MICHIGAN = "ocd-jurisdiction/country:us/state:mi/government"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def waiting_in(page: Any) -> str:
    """What an inbox that is shown says of who waits in it."""
    found = re.search(r'name="shown" value="([\d-]+)"', page.text)
    assert found is not None
    return found[1]


def one(app: Flask, model: Any, *where: Any) -> Any:
    with app.app_context(), system("the test looks"):
        return db.session().scalars(select(model).where(*where)).one()


def test_a_saved_search_keeps_election_bills_away_and_fills_the_inbox(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    words = {
        "name": "Chronic absence",
        "words": "attendance, absen*",
        "also": "",
        "without": "elections",
        "states": "MI",
    }
    looked = client.post("/policy/searches/new", data={**words, "do": "look"}).text
    assert "2 bills" in looked
    assert "1 more are kept away" in looked
    assert client.post("/policy/searches/new", data={**words, "do": "save"}).status_code == 303
    inbox = client.get("/policy/inbox").text
    assert "HB 1" in inbox
    assert "HB 3" not in inbox
    client.post("/policy/triage", data={"ids": bills["HB 1"], "to": "tracked"})
    client.post("/policy/triage", data={"ids": bills["HB 2"], "to": "ignored"})
    assert "Nothing to look at" in client.get("/policy/inbox").text
    assert one(app, SavedSearch).states == ["MI"]
    assert "2 bills" in client.get("/policy/searches/1").text
    client.post("/policy/triage", data={"ids": [bills["HB 1"], bills["HB 2"]], "to": "inbox"})
    client.post("/policy/searches/1", data={**words, "words": "truan*", "do": "save"})
    assert "1 bill" in client.get("/policy/searches/1").text
    assert "HB 1" not in client.get("/policy/inbox").text, "only the words before had found it"
    shown = waiting_in(client.get("/policy/inbox?search=1"))
    client.post("/policy/triage", data={"all": "1", "to": "ignored", "shown": shown})
    assert one(app, Bill, Bill.identifier == "HB 2").triage == "ignored"
    client.post("/policy/searches/1", data={**words, "do": "save"})
    with app.app_context(), db.transaction(Actor.system(), "policy.import") as change:
        late = [
            {
                "identifier": f"HB {number}",
                "session": session,
                "title": title,
                "jurisdiction": {"id": MICHIGAN},
            }
            for number, session, title in (
                (4, "2025-2032", "Attendance: absences; excuse"),
                (5, "2025-2032", "Elections: attendance of voters"),
                (6, "2019-2020", "Attendance: absences; of long ago"),
            )
        ]
        syncing.take([neutral(each) for each in late], Actor.system(), change)
    inbox = client.get("/policy/inbox").text
    assert "HB 4" in inbox
    assert "HB 5" not in inbox
    assert "HB 6" not in inbox, "its session is over"


def test_a_position_is_shared_by_companions(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    client = sign_in(role="policy")
    sent = client.post(
        f"/policy/bills/{bills['HB 1']}/position",
        data={"position": "support", "priority": "3", "short_title": "The definition"},
    )
    assert sent.status_code == 303
    assert one(app, Bill, Bill.identifier == "HB 2").position == "support"
    assert one(app, Bill, Bill.identifier == "HB 2").short_title == ""
    assert "The definition" in client.get(f"/policy/bills/{bills['HB 1']}").text


def test_our_word_over_the_source_needs_a_reason_and_shows_both(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    address = f"/policy/bills/{bills['HB 1']}/override"
    refused = client.post(address, data={"stage_override": "9", "disposition_override": ""})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    client.post(
        address,
        data={"stage_override": "9", "disposition_override": "", "override_reason": "The clerk told us"},
    )
    page = client.get(f"/policy/bills/{bills['HB 1']}").text
    assert "With the executive" in page
    assert "The source says" in page
    assert "The clerk told us" in page


def test_what_somebody_said_or_put_in_since_a_page_was_shown_stays(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    address = f"/policy/bills/{bills['HB 1']}"
    data = {"stage_override": "9", "disposition_override": "", "override_reason": "The clerk told us"}

    def said(page: str) -> str:
        return str(re.findall(r'name="said" value="(\w+)"', client.get(page).text)[0])

    before = said(f"{address}/override")
    client.post(f"{address}/override", data={**data, "said": before})
    assert client.post(f"{address}/override", data={**data, "said": before}).status_code == 409
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the source moves"):
        db.session().get_one(Bill, bills["HB 1"]).overruled_stage = 1
    shown = said(address)
    again = {**data, "override_reason": "The sponsor told us", "said": shown}
    assert client.post(f"{address}/override", data=again).status_code == 303
    assert client.post(f"{address}/follow", data={"said": shown}).status_code == 409
    assert one(app, Bill, Bill.identifier == "HB 1").override_reason == "The sponsor told us"
    assert client.post(f"{address}/follow", data={"said": said(f"{address}/override")}).status_code == 303
    assert one(app, Bill, Bill.identifier == "HB 1").override_reason == ""

    client.post("/policy/triage", data={"ids": [bills["HB 1"]], "to": "inbox"})
    seen = waiting_in(client.get("/policy/inbox"))
    client.post("/policy/triage", data={"ids": [bills["HB 2"]], "to": "inbox"})
    everything = {"all": "0", "to": "ignored", "shown": seen}
    assert client.post("/policy/triage", data=everything).status_code == 409
    assert one(app, Bill, Bill.identifier == "HB 2").triage == "inbox"
    seen = waiting_in(client.get("/policy/inbox"))
    assert client.post("/policy/triage", data={**everything, "shown": seen}).status_code == 303
    assert one(app, Bill, Bill.identifier == "HB 2").triage == "ignored"


def test_what_is_dead_follows_from_the_days_of_the_session(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    address = f"/policy/bills/{bills['HB 1']}/session"
    assert one(app, Bill, Bill.identifier == "HB 3").disposition == "live"
    client.post(address, data={"ends_on": "2025-12-31"})
    assert one(app, Bill, Bill.identifier == "HB 3").disposition == "died_at_session_end"
    client.post(address, data={"ends_on": "2025-12-31", "carries_over": "y"})
    assert one(app, Bill, Bill.identifier == "HB 3").disposition == "carried_over"
    assert client.post(address, data={"starts_on": "2026-01-01", "ends_on": "2025-12-31"}).status_code == 422


def test_the_whip_sheet_says_what_each_mark_comes_from(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    page = client.get(f"/policy/bills/{bills['HB 1']}/whip").text
    assert "Primary sponsor: HB 1" in page
    assert "No: Third reading" in page
    with app.app_context(), system("the test looks"):
        from crm_policy.models import Legislator

        chase = db.session().scalars(select(Legislator).where(Legislator.name == "Rob Chase")).one()
        contact_id, legislator_id = chase.contact_id, chase.id
    logged = {
        "worked_on": "2025-04-01",
        "manner": "meeting",
        "kind": "direct",
        "minutes": "30",
        "cost": "12.50",
        "contact_id": f"#{contact_id}",
        "lean": "1",
        "bill_id": str(bills["HB 1"]),
        "note": "Warmer now",
    }
    with_bill = f"/policy/lobbying/new?bill_id={bills['HB 1']}"
    assert client.post(with_bill, data=logged).status_code == 303
    assert "Leans yes" in client.get(f"/policy/bills/{bills['HB 1']}/whip").text
    assert one(app, Lobbying).cost_cents == 1250
    assert "Warmer now" in client.get(f"/policy/legislators/{legislator_id}").text
    assert "$12.50" in client.get("/policy/lobbying?year=2025").text


def test_testimony_is_approved_as_it_stands(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    client = sign_in(role="policy")
    bill_id = bills["HB 1"]
    text = {"title": "Why it matters", "stance": "support", "manner": "written", "body": "Children first."}
    client.post(f"/policy/bills/{bill_id}/testimony/new", data=text)
    number = one(app, models.Testimony).id
    page = f"/policy/bills/{bill_id}/testimony/{number}"
    for to in ("review", "approved"):
        step = {"to": to, "version": one(app, models.Testimony).version}
        assert client.post(f"{page}/move", data=step).status_code == 303
    client.post(f"{page}/edit", data={**text, "body": "Children last."})
    assert one(app, models.Testimony).status == "draft"
    assert client.post(f"{page}/move", data={"to": "given"}).status_code == 422


def member_of_ours(app: Flask, bill_id: int) -> int:
    """An organization that was asked where it stands on a bill."""
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        member = Organization(
            name="Garden Club",
            sort_name="garden club",
            name_key=organization_name_key("Garden Club"),
            custom={},
        )
        db.session().add(member)
        db.session().flush()
        asked = {"stance": "", "sign_off": "asked", "note": ""}
        with system("the test writes"):
            work.set_stance(db.session().get_one(Bill, bill_id), member.id, asked)
        return member.id


def test_the_board_names_who_is_silent(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    member_id = member_of_ours(app, bills["HB 1"])
    client = sign_in(role="policy")
    assert "1 member is silent" in client.get(f"/policy/bills/{bills['HB 1']}/board").text
    client.post(
        f"/policy/bills/{bills['HB 1']}/board/{member_id}", data={"stance": "support", "sign_off": "signed"}
    )
    assert "0 members are silent" in client.get(f"/policy/bills/{bills['HB 1']}/board").text
    assert one(app, Stance, Stance.bill_id == bills["HB 2"]).sign_off == "signed"


def test_a_letter_on_a_bill_is_signed_once_and_its_signers_stand_on_the_board(
    app: Flask, client: FlaskClient, sign_in: SignIn, bills: dict[str, int]
) -> None:
    stranger, client = client, sign_in(role="policy")
    here, _member = f"/policy/bills/{bills['HB 1']}", member_of_ours(app, bills["HB 1"])
    words = {"title": "Define it", "body": "Please.", "addressee": "The House", "language": "en"}
    page = client.get(client.post(f"{here}/letters/new", data=words).headers["Location"]).text
    path = "/letters/" + page.split("/letters/")[1].split('"')[0]
    assert "HB 1" in client.get("/policy/of-letter/1").text
    assert "/policy/of-letter/1" in page
    assert "Define it" in stranger.get(path).text
    theirs = {"organization": "Garden Club", "signer_name": "Ada", "evidence": "By phone"}
    said = [client.post("/signons/1/sign-for", data=theirs).status_code for _turn in range(2)]
    assert said == [303, 422]
    for bill_id in bills["HB 1"], bills["HB 2"]:
        assert "1 signed" in client.get(f"/policy/bills/{bill_id}").text
    assert "signed the letter" in client.get(f"{here}/board").text
    client.post(f"{here}/letters/1/leave")
    client.get(here)  # Its message names the letter once more.
    assert "Define it" not in client.get(here).text
    client.post(f"{here}/letters/choose", data={"letter_id": "1"})
    assert "Define it" in client.get(here).text


def test_states_are_shown_to_everybody_only_when_an_administrator_says_so(
    app: Flask, sign_in: SignIn
) -> None:
    client = sign_in(role="policy")
    assert client.post("/policy/states/begin").status_code == 303
    rows = (
        "state,element,value,status,as_of\nConnecticut,definition,10pct,effective,2026-01-05\n"
        "XX,definition,10pct,effective,\nMI,definition,often,effective,\n"
    )
    import io

    sent = client.post(
        "/policy/states/import",
        data={"file": (io.BytesIO(rows.encode()), "states.csv")},
        content_type="multipart/form-data",
    )
    assert "Row 3" in sent.text
    assert "Row 4" in sent.text
    page = client.get("/policy/states?element=definition").text
    assert "Connecticut: 10% of days absent (In force)" in page
    stranger = app.test_client()
    assert stranger.get("/policy/public/states").status_code == 404
    administrator = sign_in(role="administrator")
    assert (
        administrator.post(
            "/settings/",
            data={
                "policy.public": "1",
                "policy.legiscan_rate": "60",
                "policy.openstates_rate": "10",
            },
        ).status_code
        == 303
    )
    public = stranger.get("/policy/public/states?element=definition")
    assert "10% of days absent" in public.text
    assert "frame-ancestors *" in public.headers["Content-Security-Policy"]
    again = io.BytesIO(client.get("/policy/states.csv").data)
    assert (
        client.post(
            "/policy/states/import", data={"file": (again, "states.csv")}, content_type="multipart/form-data"
        ).status_code
        == 303
    )


def test_a_value_of_a_state_keeps_its_history(app: Flask) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "policy.test"):
            elements.begin()
            element = elements.all_elements()[0]
            given = {"value": "10pct", "status": "proposed", "as_of": day_here() - timedelta(days=30)}
            assert elements.set_value(element, "CT", given)
            assert elements.set_value(element, "CT", {**given, "status": "effective", "as_of": day_here()})
            assert not elements.set_value(
                element, "CT", {**given, "status": "effective", "as_of": day_here()}
            )
        with system("the test looks"):
            assert [each.status for each in elements.history(element.id, "CT", Actor.system())] == [
                "effective",
                "proposed",
            ]
            before = elements.current(on=day_here() - timedelta(days=10))
        assert before[(element.id, "CT")].status == "proposed"


def test_monday_says_what_changed_and_a_feed_only_public_facts(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    client.post("/policy/triage", data={"ids": bills["HB 1"], "to": "tracked"})
    client.post(
        f"/policy/bills/{bills['HB 1']}/position",
        data={"position": "oppose", "priority": "3", "position_note": "Too weak"},
    )
    assert "HB 1" in client.get("/policy/monday").text
    made = client.post("/policy/feeds", data={"name": "Mine"}).text
    path = "/policy/feed/" + made.split("/policy/feed/")[1].split('"')[0]
    feed = app.test_client().get(path)
    assert "HB 1" in feed.text
    assert "Too weak" not in feed.text
    assert feed.mimetype == "application/rss+xml"
    assert "BEGIN:VCALENDAR" in app.test_client().get(path.replace(".rss", ".ics")).text
    assert app.test_client().get("/policy/feed/wrong.rss").status_code == 404
    atom = ET.fromstring(app.test_client().get(path.replace(".rss", ".atom")).data)  # noqa: S314  # Ours.
    assert {each.text for each in atom.iterfind("{*}entry/{*}title")} == {
        "MI HB 1: Attendance: chronic absence; define",
        "MI HB 2: Attendance: truancy; reports",  # Its companion is tracked with it.
    }
    words = {"name": "Truancy", "words": "truan*", "also": "", "without": "", "states": ""}
    client.post("/policy/searches/new", data={**words, "do": "save"})
    made = client.post("/policy/feeds", data={"name": "Search", "query": "search:1"}).text
    searched = app.test_client().get("/policy/feed/" + made.split("/policy/feed/")[1].split('"')[0]).text
    assert "HB 2" in searched
    assert "HB 1" not in searched
    assert "HB 1" not in client.get("/policy/monday?list=search:1").text.split("What changed", 1)[1]
    client.post("/policy/feeds", data={"name": "For Mondays", "query": "search:1", "by_mail": "1"})
    with app.test_request_context(), system("the test is the reader"):
        newest = select(User).order_by(User.id.desc()).limit(1)
        owner = read_as(db.session().scalars(newest).one()) or Actor.nobody()
        mailed = [each for each in digest_items(owner, date(2026, 11, 30)) if "HB" in each.title]
    assert [(str(each.section), each.title[:7]) for each in mailed] == [
        ("Bills that changed: For Mondays", "MI HB 2")
    ]
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("somebody leaves"):
        db.session().execute(update(User).values(active=False))
    assert app.test_client().get(path).status_code == 404


def test_a_viewer_sees_and_changes_nothing(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    viewer = sign_in(role="viewer")
    assert "HB 1" in viewer.get(f"/policy/bills/{bills['HB 1']}").text
    assert (
        viewer.post(f"/policy/bills/{bills['HB 1']}/position", data={"position": "oppose"}).status_code == 403
    )
    assert viewer.get("/policy/sources").status_code == 403
    assert viewer.get("/settings/").status_code == 403
    assert sign_in().get(f"/policy/bills/{bills['HB 1']}").status_code in (403, 404)


def test_two_versions_stand_side_by_side(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    client = sign_in(role="policy")
    for note, body in (
        ("As introduced", "A pupil who is absent is truant."),
        ("As passed", "A pupil who is absent is offered help."),
    ):
        client.post(f"/policy/bills/{bills['HB 1']}/versions/new", data={"note": note, "body": body})
    page = client.get(f"/policy/bills/{bills['HB 1']}/compare").text
    assert "<del>truant.</del>" in page
    assert "<ins>offered help.</ins>" in page
