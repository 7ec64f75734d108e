"""What somebody who should not may try: every address of the plugin, as an outsider and as other roles."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.models import RoleGrant
from crm.accounts.services import role_named
from crm.plugin_api import Actor, Organization, db, signons, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy import models
from crm_policy.models import Bill, Hearing, Legislator
from crm_policy.services import bills as bill_work
from crm_policy.services import elements, letters, work

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PUBLIC = ("policy.feed", "policy.public_states", "policy.public_states_csv", "policy.static")
SECRET = "Our line is to yield on clause four"


@pytest.fixture
def everything(app: Flask, bills: dict[str, int]) -> dict[str, Any]:
    """One of each thing that addresses name; ids by the name of the argument. Notes of ours hold a secret."""
    with (
        app.app_context(),
        db.transaction(Actor.system(), "policy.test") as change,
        system("the test writes"),
    ):
        bill = db.session().get_one(Bill, bills["HB 1"])
        given = {"position": "support", "priority": 3, "owner_user_id": None, "campaign_id": None}
        bill_work.set_position(bill, {**given, "position_note": SECRET, "short_title": ""}, change)
        member = Organization(name="Garden Club", sort_name="garden", name_key="gardenclub", custom={})
        db.session().add(member)
        db.session().flush()
        work.set_stance(bill, member.id, {"stance": "oppose", "sign_off": "declined", "note": SECRET})
        made = {
            "alert_id": models.Alert(bill_id=bill.id, subject="Call", body=SECRET, audience="tag:1"),
            "testimony_id": models.Testimony(bill_id=bill.id, title="Why", body=SECRET),
            "point_id": models.Point(bill_id=bill.id, body=SECRET),
            "document_id": models.Document(bill_id=bill.id, note="As introduced", body="A"),
            "entry_id": models.Lobbying(worked_on=day_here(), kind="direct", note=SECRET, bill_id=bill.id),
            "search_id": models.SavedSearch(name="Truancy", words="truan*", states=[]),
            "source_id": models.Source(provider="legiscan", state="MI", cursor={}),
            "committee_id": models.Committee(state="MI", name="Education", name_key="education"),
            "hearing_id": Hearing(
                state="MI", committee_name="Education", committee_key="education", starts_at=db.now()
            ),
            "name_id": models.Unmatched(reference="ls:9", name="Doe", state="MI", record={}, candidates=[]),
            "action_id": models.Action(bill_id=bill.id, acted_on=day_here(), text="Read", classes=[]),
        }
        db.session().add_all(made.values())
        db.session().flush()
        letter = signons.create({"title": "Attend", "body": "Please", "language": "en"}, Actor.system())
        letters.put_on(bill, letter.id)
        lane = db.session().scalars(select(Legislator).where(Legislator.name == "Ada Lane")).one()
        office = models.Office(legislator_id=lane.id, address="Room 1")
        db.session().add(office)
        seat = models.Seat(committee_id=made["committee_id"].id, legislator_id=lane.id, name="Ada Lane")
        db.session().add(seat)
        elements.begin()
        elements.set_value(
            elements.all_elements()[0],
            "CT",
            {"value": "10pct", "status": "effective", "as_of": day_here(), "note": SECRET},
        )
        db.session().flush()
        ids = {name: row.id for name, row in made.items()}
        return ids | {
            "bill_id": bill.id,
            "contact_id": member.id,
            "legislator_id": lane.id,
            "office_id": office.id,
            "seat_id": seat.id,
            "letter_id": letter.id,
            "stance_id": db.session().scalars(select(models.Stance.id)).first(),
            "vote_id": db.session().scalars(select(models.Vote.id)).one(),
            "ballot_id": db.session().scalars(select(models.Ballot.id)).one(),
            "campaign_id": 999,
            "feed_id": 999,
            "state": "CT",
            "year": 2025,
            "key": "definition",
            "token": "0" * 40,
            "kind": "rss",
            "filename": "policy.css",
        }


def addresses(app: Flask, ids: dict[str, Any], *, public: bool) -> list[tuple[str, str, str]]:
    """Endpoint, method and address of each rule of the plugin."""
    found = []
    with app.test_request_context():
        from flask import url_for

        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("policy.") and (rule.endpoint in PUBLIC) == public:
                given = {name: ids[name] for name in rule.arguments}
                address = url_for(rule.endpoint, **given)
                found += [
                    (rule.endpoint, way, address) for way in ("GET", "POST") if way in (rule.methods or ())
                ]
    return found


def test_an_outsider_gets_nothing_of_anything(
    app: Flask, sign_in: SignIn, everything: dict[str, Any]
) -> None:
    found = addresses(app, everything, public=False)
    assert len(found) > 70
    stranger, nobody = app.test_client(), sign_in()
    for endpoint, way, address in found:
        answer = stranger.open(address, method=way)
        assert answer.status_code in (302, 303, 400, 401, 403, 404), (endpoint, way)
        assert SECRET not in answer.text
        refused = nobody.open(address, method=way)
        assert refused.status_code in (403, 404), (endpoint, way, refused.status_code)
        assert SECRET not in refused.text


@pytest.mark.parametrize("role", ["media", "viewer", "agency"])
def test_another_role_changes_nothing(
    app: Flask, sign_in: SignIn, everything: dict[str, Any], role: str
) -> None:
    client = sign_in(role=role)
    for endpoint, way, address in addresses(app, everything, public=False):
        answer = client.open(address, method=way)
        if way == "POST" and endpoint != "policy.feeds":
            assert answer.status_code in (403, 404), (endpoint, answer.status_code)
        if role == "agency":
            assert answer.status_code in (403, 404), (endpoint, way, answer.status_code)
    with app.app_context(), system("the test looks"):
        assert db.session().get_one(Bill, everything["bill_id"]).position == "support"
        assert db.session().get(models.Lobbying, everything["entry_id"]) is not None


def test_what_is_public_says_nothing_of_ours(app: Flask, sign_in: SignIn, everything: dict[str, Any]) -> None:
    administrator = sign_in(role="administrator")
    numbers = {"policy.legiscan_rate": "60", "policy.openstates_rate": "10"}
    administrator.post("/settings/", data={"policy.public": "1", **numbers})
    client = sign_in(role="policy")
    made = client.post("/policy/feeds", data={"name": "Mine", "query": ""}).text
    stranger = app.test_client()
    feed = "/policy/feed/" + made.split("/policy/feed/")[1].split('"')[0]
    open_to_all = [
        "/policy/public/states?element=definition",
        "/policy/public/states?element=definition&embed=1",
        "/policy/public/states.csv",
        feed,
        feed.replace(".rss", ".atom"),
        feed.replace(".rss", ".ics"),
    ]
    for address in open_to_all:
        answer = stranger.get(address)
        assert answer.status_code == 200, address
        assert SECRET not in answer.text, address
        assert "Garden Club" not in answer.text, address
        assert "Support" not in answer.text, address
    for address in open_to_all[:2]:
        named = stranger.get(address).text.count("What the states have on the books")
        assert named == 2, "in its title and its heading, also in a frame"


def test_who_works_for_one_organization_changes_nothing_that_is_everybodys(
    app: Flask, sign_in: SignIn, everything: dict[str, Any]
) -> None:
    partner, bill = sign_in(role="policy", scope=everything["contact_id"]), everything["bill_id"]
    assert partner.get(f"/policy/bills/{bill}").status_code == 200
    for address in (
        f"/policy/bills/{bill}/position",
        f"/policy/bills/{bill}/override",
        f"/policy/bills/{bill}/alerts/new",
        f"/policy/hearings/{everything['hearing_id']}/edit",
        f"/policy/hearings/{everything['hearing_id']}/agenda",
        f"/policy/bills/{bill}/session/unite",
        "/policy/bills/new",
        "/policy/searches/new",
    ):
        assert partner.get(address).status_code == 403, address
    for address in (f"/policy/bills/{bill}/older", f"/policy/bills/{bill}/follow"):
        assert partner.post(address).status_code == 403, address
        assert sign_in(role="viewer").post(address).status_code == 403, address
    assert partner.get(f"/policy/bills/{bill}/board/{everything['contact_id']}").status_code == 200


def test_who_works_for_one_organization_neither_reads_nor_approves_what_the_coalition_says(
    app: Flask, sign_in: SignIn, everything: dict[str, Any]
) -> None:
    """Drafts of which nobody has said who speaks, and the log that goes into the return."""
    partner = sign_in(role="organizer", scope=everything["contact_id"])
    bill, log = f"/policy/bills/{everything['bill_id']}", f"/policy/lobbying/{everything['entry_id']}"
    draft = f"{bill}/testimony/{everything['testimony_id']}"
    for address in (draft, f"{draft}.pdf", log, "/policy/lobbying/new"):
        answer = partner.get(address)
        assert answer.status_code in (403, 404), address
        assert SECRET not in answer.text
    assert "testimony/" not in partner.get(bill).text.replace("testimony/new", "")
    assert partner.post(f"{draft}/move", data={"to": "review", "version": "1"}).status_code in (403, 404)
    work_done = {
        "worked_on": "2026-02-01",
        "manner": "meeting",
        "kind": "direct",
        "minutes": "6000",
    }
    for address in (log, f"{log}/delete", "/policy/lobbying/new"):
        assert partner.post(address, data=work_done).status_code == 403, address
    with app.app_context(), system("the test looks"):
        (entry,) = db.session().scalars(select(models.Lobbying))
        testimony = db.session().get_one(models.Testimony, everything["testimony_id"])
        assert (entry.minutes, testimony.status) == (0, "draft")


def test_whoever_sees_everything_and_works_for_one_speaks_for_that_one_alone(
    app: Flask, sign_in: SignIn, make_user: Any, everything: dict[str, Any]
) -> None:
    bill, mine = everything["bill_id"], everything["contact_id"]
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        other = Organization(name="Reading Club", sort_name="reading", name_key="readingclub", custom={})
        db.session().add(other)
        db.session().flush()
        theirs = other.id
    user = make_user(role="viewer")
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        organizer = role_named("organizer")
        assert organizer is not None
        about = {"user_id": user.id, "role_id": organizer.id, "scope_id": mine}
        db.session().add(RoleGrant(scope_kind="organization", **about))
    client = sign_in(user)
    assert client.get(f"/policy/bills/{bill}/board/{mine}").status_code == 200
    for address in (f"/policy/bills/{bill}/board/{theirs}", f"/policy/of-contact/{theirs}/districts"):
        assert client.get(address).status_code == 403, address
        assert client.post(address, data={"stance": "oppose", "state": "MI"}).status_code == 403, address
    page = client.get(f"/policy/bills/{bill}/board").text
    assert f"board/{mine}" in page
    assert f"board/{theirs}" not in page


def test_the_history_of_a_bill_tells_a_partner_nothing_of_drafts(
    app: Flask, sign_in: SignIn, everything: dict[str, Any]
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        about = {"bill_id": everything["bill_id"], "title": "Yield on clause four"}
        db.session().add(models.Testimony(body="A draft of ours", **about))
    page = f"/history/policy_bill/{everything['bill_id']}"
    assert "Yield on clause four" in sign_in(role="policy").get(page).text
    told = sign_in(role="organizer", scope=everything["contact_id"]).get(page)
    assert told.status_code == 200
    assert "Yield on clause four" not in told.text
    assert "A draft of ours" not in told.text


def test_what_a_search_of_ours_finds_is_no_list_of_a_partner(
    app: Flask, sign_in: SignIn, everything: dict[str, Any]
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        db.session().add(models.Hit(search_id=everything["search_id"], bill_id=everything["bill_id"]))
    about = f"/policy/monday?list=search:{everything['search_id']}"
    page = f"/policy/bills/{everything['bill_id']}"
    assert page in sign_in(role="policy").get(about).text
    assert page not in sign_in(role="policy", scope=everything["contact_id"]).get(about).text
