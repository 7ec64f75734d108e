"""Ways in which something could get where it must not: each was open once."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.records import Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import fhir, links, words
from crm_referrals.hsds import importing
from crm_referrals.models import Agency, Disclosure, Event, Location, Need, Service, Unmet
from crm_referrals.services import (
    about,
    consenting,
    effect,
    ending,
    ledger,
    needs,
    performance,
    places,
    stepping,
)
from crm_referrals.tests.made_up import (
    MadeUp,
    drafted,
    make,
    organization,
    referral_of,
    sent,
    values_of_consent,
)
from crm_referrals.tests.test_after import mails
from crm_referrals.tests.test_forgetting import guardian
from crm_schools.public import Guardian

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        yield


def mailed_link(app: Flask) -> str:
    """The address of a referral in the newest message that has one."""
    with app.app_context(), system("test"):
        rows = db.session().connection().exec_driver_sql("select body from outgoing_mail order by id desc")
        found = [re.search(r"/referrals/r/[\w.-]+", row[0]) for row in rows]
    return next(each[0] for each in found if each)


def test_only_a_coordinator_says_where_referrals_go(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    old = mailed_link(app)
    assert app.test_client().get(old).status_code == 200
    form = {"name": "Alder Rides", "notice": "at_once", "respond_days": "2", "website": "https://a.example"}
    mine = {"notice_email": "thief@example.org", "contact_id": "Birch Vans"}
    page = f"/referrals/agencies/{made.agencies[0]}"
    organizer = sign_in(role="organizer")
    assert "notice_email" not in organizer.get(page).text
    assert organizer.post(page, data=form | mine).status_code == 303
    with app.app_context():
        agency = db.session().get_one(Agency, made.agencies[0])
        assert (agency.website, agency.notice_email) == ("https://a.example", "a@example.org")
        assert agency.contact_id == made.agency_contacts[0]
    moved = {"notice_email": "new@example.org", "contact_id": "Alder Rides"}
    assert sign_in(role="coordinator").post(page, data=form | moved).status_code == 303
    assert app.test_client().get(old).status_code == 404
    assert ("a@example.org", "Where referrals for Alder Rides go was changed") in mails(app)
    with app.app_context():
        assert referral_of(referral_id).state == "sent"


def test_what_went_to_a_wrong_address_ends_when_that_is_undone(app: Flask, made: MadeUp) -> None:
    with writing(app):
        db.session().get_one(Agency, made.agencies[0]).notice_email = "wrong@example.org"
    sent(app, made)
    old = mailed_link(app)
    assert app.test_client().get(old).status_code == 200
    with writing(app):  # As an undo writes it.
        db.session().get_one(Agency, made.agencies[0]).notice_email = "a@example.org"
    assert app.test_client().get(old).status_code == 404


def test_a_merge_by_anybody_else_takes_no_referrals_along(app: Flask, made: MadeUp) -> None:
    with writing(app):
        other = organization("Thief House").id
    sent(app, made)
    stranger = Actor(None, "Stranger")
    with app.test_request_context():
        with (
            pytest.raises(UserError, match="Ask a coordinator"),
            db.transaction(stranger, "test"),
            system("test"),
        ):
            about.move(made.agency_contacts[0], other)
        with db.transaction(stranger, "test"), system("test"):
            about.move(made.agency_contacts[1], other)
    with app.app_context():
        contacts = [db.session().get_one(Agency, each).contact_id for each in made.agencies]
        assert contacts == [made.agency_contacts[0], other]  # The second was never sent anything.


def test_links_end_when_an_agency_closes_and_stay_ended(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    old = mailed_link(app)
    agency, staff = sign_in(role="agency", scope=made.agency_contacts[0]), sign_in(role="administrator")
    assert agency.get(f"/referrals/inbox/{referral_id}").status_code == 200
    close = f"/referrals/agencies/{made.agencies[0]}/close"
    assert staff.post(close).status_code == 303
    with app.app_context(), system("test"):
        closing = db.session().connection().exec_driver_sql("select max(id) from change_set").scalar()
    assert agency.get(f"/referrals/inbox/{referral_id}").status_code == 404
    assert "Wilhelmina" not in agency.get("/referrals/inbox/export.csv").text
    assert staff.post(f"/changes/{closing}/undo").status_code == 303
    assert app.test_client().get(old).status_code == 404
    assert agency.get(f"/referrals/inbox/{referral_id}").status_code == 200


def test_a_mistake_and_a_lapse_end_links_and_the_agency_hears_of_it(app: Flask, made: MadeUp) -> None:
    first, second = sent(app, made, 0), sent(app, made, 1)
    with writing(app):
        tokens = [links.token(links.REFERRAL, each, 1, 1) for each in (first, second)]
        by = stepping.By("school", "Test")
        ending.mistake(referral_of(first), by, "Wrong student")
        ending.expire(referral_of(second))
    for token in tokens:
        assert app.test_client().get(f"/referrals/r/{token}").status_code == 404
    assert ("a@example.org", "A referral to Alder Rides was withdrawn") in mails(app)


def test_the_school_ends_a_link_that_leaked(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    old = mailed_link(app)
    school = sign_in(role="school", scope=made.school_contact)
    assert "End the links" in school.get(f"/referrals/{referral_id}").text
    assert school.post(f"/referrals/{referral_id}/step/end_links", data={}).status_code == 303
    assert app.test_client().get(old).status_code == 404
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert agency.get(f"/referrals/inbox/{referral_id}").status_code == 200


def test_who_signed_in_gets_no_link_that_outlives_the_role(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "/for-agencies/" not in agency.get("/referrals/inbox/entries").text
    own, other = (f"/referrals/inbox/entries/{each}" for each in made.services)
    assert agency.get(own).status_code == 200
    assert "/for-agencies/" not in agency.get(own).text
    assert agency.get(other).status_code == 404
    assert agency.post(f"{other}/capacity", data={"state": "open"}).status_code == 404


LONG = "9" * 30
DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    "path, status",
    [
        ("/referrals/services?age=²", 200),
        (f"/referrals/services?age={LONG}", 200),
        (f"/referrals/services?after=a&id={LONG}", 200),
        ("/referrals/services?after=a&id=²", 200),
        ("/referrals/services?q=" + "+".join(f"w{n}" for n in range(1500)), 200),
        ("/hsds/services?search=" + "+".join(f"w{n}" for n in range(1500)), 200),
        ("/hsds/services?search=" + "ﷺ" * 200, 200),
        ("/referrals/services?_method=POST&endpoint=x&_scheme=javascript&in=xx", 200),
        ("/hsds/services?modified_after=0001-01-01T00:00:00%2B14:00", 400),
        ("/hsds/services?modified_after=9999-12-31T23:59:59-14:00", 400),
        (f"/hsds/services?page={LONG}", 400),
        ("/hsds/services?organization_id=a%00b", 400),
        ("/hsds/services/a%00b", 400),
        ("/referrals/services?q=a%00b&language=%00&term=%00&zip=%00&after=%00&id=1", 200),
    ],
)
def test_nothing_in_an_address_breaks_a_public_page(app: Flask, made: MadeUp, path: str, status: int) -> None:
    assert app.test_client().get(path).status_code == status


@pytest.mark.parametrize("text", ["[[Infinity, 1, 2, 3]]", "[" * 50_000, "[[NaN, 1, 2, 3]]", "null", "[1]"])
def test_a_signature_that_is_none_is_refused(app: Flask, text: str) -> None:
    with app.test_request_context(), pytest.raises(UserError):
        consenting.drawn(text)


def test_a_task_of_any_shape_is_answered_with_a_sentence(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    number = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    task = {"resourceType": "Task", "id": f"task-{number}", "status": "in-progress"}
    shapes: list[object] = [
        task | {"status": "accepted", "statusReason": {"text": "a\ud800b"}, "owner": {"display": "x\udfff"}},
        task | {"restriction": []},
        task | {"restriction": {"period": [1]}},
        task | {"output": 5},
        task | {"statusReason": {"coding": 7}},
        task | {"id": "task-²"},
        task | {"id": "task-" + LONG},
        task | {"executionPeriod": {"start": {"x": 1}}},
        {"resourceType": "Bundle", "entry": 7},
        [task],
    ]
    for content in (DEEP, *(json.dumps(each).encode() for each in shapes)):
        answer = agency.post("/referrals/inbox/tasks", data={"file": (io.BytesIO(content), "task.json")})
        assert answer.status_code in {303, 422}, content[:80]
    staff = sign_in(role="organizer")
    for odd in (5, "x", [7], {"a": 1}, None, "a\ud800\0"):
        row = {"id": "1", "name": f"Odd {odd!r}", "year_incorporated": 10**12, "minimum_age": 1e30}
        row |= dict.fromkeys(
            ("services", "languages", "service_areas", "schedules", "attributes", "phones", "locations"), odd
        )
        service = row | {"status": "active", "organization": odd, "service_at_locations": odd}
        for wrong in (row, service, {"services": odd}, row | {"services": [service]}):
            files = {"file": (io.BytesIO(json.dumps(wrong).encode()), "a.json"), "apply": "1"}
            answer = staff.post("/referrals/directory/import", data=files)
            assert answer.status_code in {200, 422}, wrong
    for field in ("file", "map"):
        odd_files = {"file": (io.BytesIO(b"{}"), "a.json")} | {field: (io.BytesIO(DEEP), "a.json")}
        assert staff.post("/referrals/directory/import", data=odd_files).status_code == 422


def test_a_step_keeps_only_what_it_asks_and_days_that_can_be(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    today, where = date.today(), f"/referrals/inbox/{referral_id}"  # noqa: DTZ011  # As a browser says it.
    accept = {"assignee": "Ines", "next_on": today.isoformat()}
    assert agency.post(f"{where}/accept", data=accept | {"outcome": "HACK<b>"}).status_code == 422
    for day in ("0001-01-01", "9999-12-31", (today - timedelta(days=9)).isoformat()):
        assert agency.post(f"{where}/accept", data=accept | {"next_on": day}).status_code == 422, day
    assert agency.post(f"{where}/accept", data=accept | {"assignee": "x" * 300}).status_code == 422
    assert agency.post(f"{where}/accept", data=accept | {"version": "x"}).status_code == 422
    kept = accept | {"outcome": "enrolled", "reason": "no_capacity", "started_on": today.isoformat()}
    assert agency.post(f"{where}/accept", data=kept).status_code == 303
    with app.app_context(), system("test"):
        row = referral_of(referral_id)
        assert (row.state, row.outcome, row.reason, row.started_on) == ("accepted", "", "", None)
        assert "enrolled" not in db.session().scalars(select(Event.reason)).all()
    for day in ("0001-01-01", "2019-01-01"):
        assert agency.post(f"{where}/start", data={"started_on": day}).status_code == 422, day
    school = sign_in(role="school", scope=made.school_contact)
    assert school.get("/referrals/").status_code == 200


def test_no_detour_makes_an_old_acceptance_young(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    with writing(app):
        by, row, today = (
            stepping.By("agency", "Ines", None, made.agencies[0]),
            referral_of(referral_id),
            db.now(),
        )
        accept = {"assignee": "Ines", "next_on": today.date()}
        stepping.take(row, "accept", by, accept)
        row.accepted_at = today - timedelta(days=5)
        stepping.take(row, "waitlist", by, accept | {"family_agrees": True})
        stepping.take(row, "accept", by, accept)
        with pytest.raises(stepping.Refused, match="24 hours"):
            stepping.take(row, "unaccept", by, {})


def test_whom_nobody_may_call_no_way_of_calling_goes_out(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with writing(app):
        db.session().get_one(Need, made.need).contact_prohibited = True
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    pages = [agency.get(f"/referrals/inbox{each}") for each in (f"/{referral_id}", "/export.csv")]
    answer = agency.get(f"/referrals/inbox/{referral_id}/fhir")
    for page in (*pages, answer):
        assert "Call after six" not in page.text
    for page in pages:
        assert "Do not contact the family" in page.text
    assert pages[1].text.rstrip().endswith(",yes")
    coded = answer.get_json()["entry"][0]["resource"]["orderDetail"][0]["coding"][0]
    assert (coded["system"], coded["code"]) == (fhir.CODES, "contacting-subject-prohibited")


def test_whom_nobody_may_call_since_is_read_no_more(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with writing(app):
        contact_id = guardian("Rex Quartz", made.student)
        db.session().add(Phone(contact_id=contact_id, number="+16155550199"))
        need = db.session().get_one(Need, made.need)
        values = values_of_consent(disclosed=[*words.MINIMUM, "phone"])
        consenting.write(need, made.agencies[:1], values, "Test")
        needs.send(drafted(made), Actor.system())
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    paths = ["/referrals/inbox/1", "/referrals/inbox/export.csv"]
    assert all("555-0199" in agency.get(path).text for path in paths)
    with writing(app):
        db.session().scalars(select(Guardian)).one().contact_prohibited = True
    assert not any("555-0199" in agency.get(path).text for path in paths)
    assert "Everything goes through the school" in agency.get(paths[0]).text


def test_victim_services_say_nothing_of_what_came_of_it(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with writing(app):
        db.session().get_one(Agency, made.agencies[0]).acknowledges_only = True
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    where, secret = f"/referrals/inbox/{referral_id}", "She fled"
    page = agency.get(where).text
    assert f"{where}/accept" in page
    assert not [step for step in ("ask", "forward", "waitlist", "message") if f"{where}/{step}" in page]
    values = {"note": secret, "assignee": "Ines", "next_on": str(date.today())}  # noqa: DTZ011  # As above.
    for step in ("ask", "message", "waitlist", "forward"):
        assert agency.post(f"{where}/{step}", data=values | {"family_agrees": "y"}).status_code == 409, step
    assert agency.post(f"{where}/accept", data=values).status_code == 303
    for step in ("attempt", "message", "hold"):
        assert agency.post(f"{where}/{step}", data=values).status_code == 409, step
    told: dict[str, object] = {"resourceType": "Task", "id": f"task-{referral_id}", "status": "completed"}
    told |= {"statusReason": {"text": secret}, "output": [_outcome("enrolled")]}
    content = io.BytesIO(json.dumps(told).encode())
    assert agency.post("/referrals/inbox/tasks", data={"file": (content, "task.json")}).status_code == 303
    read = sign_in(role="school", scope=made.school_contact).get(f"/referrals/{referral_id}").text
    assert secret not in read
    with app.app_context(), system("test"):
        row = referral_of(referral_id)
        assert (row.state, row.outcome, row.attempts) == ("completed", "", 0)
        assert secret not in " ".join(
            db.session().scalars(select(Event.note).where(~Event.was_refused)).all()
        )


def _outcome(code: str) -> dict[str, object]:
    return {"valueCodeableConcept": {"coding": [{"code": code}]}}


def test_a_persons_number_is_nowhere_public(app: Flask) -> None:
    row = {
        "id": "o1",
        "name": "Cedar Clinic",
        "phones": [{"id": "p1", "number": "615-1", "contact_id": "c1"}, {"id": "p2", "number": "615-2"}],
        "services": [],
    }
    with app.app_context(), db.transaction(Actor.system(), "test"):
        agency = importing.write_agency(row, importing.Outcome())
        assert agency.phone == "615-2"


def test_what_is_not_published_is_not_known_to_anybody(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with writing(app):
        db.session().get_one(Service, made.services[1]).is_public = False
        uid = db.session().get_one(Agency, made.agencies[1]).uid
    listed = [each["name"] for each in app.test_client().get("/hsds/organizations").get_json()["contents"]]
    assert listed == ["Alder Rides"]
    assert app.test_client().get(f"/hsds/organizations/{uid}").status_code == 404
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    forward = f"/referrals/inbox/{referral_id}/forward"
    for hidden in (made.services[1], made.services[0], 10**12):
        assert agency.post(forward, data={"suggested": str(hidden)}).status_code == 422
    with app.app_context():
        assert referral_of(referral_id).state == "sent"
    assert "Birch" not in agency.get("/referrals/services").text


def test_a_service_takes_its_places_along_and_no_history_tells_a_shelter(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    at = {"kind": "physical", "city": "", "state": "", "postal_code": ""}
    with writing(app):
        service = db.session().get_one(Service, made.services[0])
        for street, is_confidential in (("1 Elm St", False), ("9 Hidden Lane", True)):
            places.save_location(service, None, at | {"address": street, "is_confidential": is_confidential})
    staff = sign_in(role="organizer")
    gone = staff.post(f"/referrals/directory/{made.services[0]}/delete")
    assert gone.status_code == 303
    with app.app_context():
        assert db.session().scalars(select(Location.address)).all() == ["9 Hidden Lane"]
    told = [staff.get(f"/changes/{number}").text for number in range(1, 10)]
    assert any("Elm St" in page for page in told)
    assert not any("Hidden Lane" in page for page in told)


def test_nobody_reviews_their_own_emergency(app: Flask, sign_in: SignIn, made: MadeUp, make_user) -> None:  # type: ignore[no-untyped-def]  # Of the fixtures.
    user = make_user(role="administrator")
    one, other = sign_in(user), sign_in(role="coordinator")
    with writing(app):
        referral_id = drafted(made).id
    danger = {"emergency": "1", "note": "There is danger"}
    assert one.post(f"/referrals/{referral_id}/step/send", data=danger).status_code == 303
    with app.app_context(), system("test"):
        review = f"/referrals/disclosures/{db.session().scalars(select(Disclosure.id)).one()}/review"
    assert "somebody else has to review it" in one.get(f"/referrals/{referral_id}").text
    assert one.post(review).status_code == 422
    assert "I have reviewed it" in other.get(f"/referrals/{referral_id}").text
    assert other.post(review).status_code == 303


def test_no_small_number_follows_from_a_large_one(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    def unmet(category: str, district: str) -> Unmet:
        return Unmet(category=category, district=district, reason="no_capacity", closed_on=date(2026, 11, 1))

    with writing(app):
        rows = [("food", "North")] * 14 + [("transport", "North")] * 11 + [("dental", "North")] * 3
        db.session().add_all(unmet(*each) for each in rows)
        needs.send(drafted(made), Actor.system(), emergency="Danger")
    with app.app_context():
        found = {each.what: each.count for each in ledger.by(Unmet.category)}
        assert found == {"food": 14, "transport": None, "dental": None}  # 28 − 14 − 11 would be the third.
        assert [each.count for each in ledger.unmet()] == [14, None, None]
        assert [(each.sent, each.answered, each.ended) for each in performance.performance()] == [
            (0, None, 0)
        ]
    page = sign_in(role="viewer").get("/referrals/ledger")
    assert page.status_code == 200
    widths = re.findall(r'rc-progress-done" width="([\d.]+)"', page.text)
    assert set(widths) == {"100.0"}  # The largest that is shown fills its bar: nothing says of how many.


def test_those_beside_are_counted_as_students(app: Flask) -> None:
    row = rated_twelve()
    few = {number: [row, row, row] for number in range(4)}
    many = {number: [row] for number in range(10)}
    months = [(2026, 8)]
    assert effect.rate_of_many(few, months) is None
    assert effect.rate_of_many(many, months) == 10.0
    assert effect.rate_of_many(many, [(2026, 1)]) is None


def rated_twelve() -> effect.Days:
    return {(2026, 9): (40, 4)}
