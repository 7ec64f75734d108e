"""FHIR Tasks that an agency's own system sends back, in bundles and again and again."""

import html
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.records import Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.models import Agency
from crm_referrals.services import entries
from crm_referrals.tests.made_up import MadeUp, make, referral_of, sent
from crm_schools.public import Guardian

AGREES = {"type": {"text": "family-agrees"}, "valueBoolean": True}
pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    """The first agency has a second service, the third of all."""
    found = make(app)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        agency = db.session().get_one(Agency, found.agencies[0])
        found.services.append(entries.save_service(agency, None, {"name": "Vans"}, ["transport"]).id)
        found.agencies.append(agency.id)
    return found


def task(number: object, status: str, **more: object) -> dict[str, object]:
    return {"resource": {"resourceType": "Task", "id": f"task-{number}", "status": status, **more}}


def listed(number: int, days: int, **more: object) -> dict[str, object]:
    """The family is on the waiting list; look again in so many days."""
    until = {"period": {"end": (db.now() + timedelta(days=days)).date().isoformat()}}
    business = {"coding": [{"code": "waitlist"}]}
    return task(number, "on-hold", businessStatus=business, restriction=until, **more)


def ended(number: int, outcome: str) -> dict[str, object]:
    concept = {"coding": [{"code": outcome}]}
    return task(number, "completed", output=[{"valueCodeableConcept": concept}])


def bring(agency: Any, *tasks: dict[str, object]) -> str:
    """What the inbox says after a bundle was brought in."""
    text = json.dumps({"resourceType": "Bundle", "entry": tasks}).encode()
    answer = agency.post("/referrals/inbox/tasks", data={"file": (io.BytesIO(text), "bundle.json")})
    return html.unescape(agency.get(answer.location).text)


def states(app: Flask, *numbers: int) -> list[str]:
    with app.app_context():
        return [referral_of(each).state for each in numbers]


def test_a_bundle_brings_in_what_it_can_and_says_what_not(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    waiting, working, theirs = sent(app, made), sent(app, made, 2), sent(app, made, 1)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    page = bring(
        agency,
        listed(waiting, 9),
        task("x7", "accepted"),
        task(theirs, "accepted", owner={"display": "Thief"}),
        task(waiting, "draft"),
        task(working, "requested"),
        task(working, "accepted", owner={"display": "Ines"}),
    )
    assert states(app, waiting, working, theirs) == ["sent", "accepted", "sent"]
    assert f"No. {waiting}: Ask the family first whether they want to wait, then say so in the Task" in page
    assert "The Task “task-x7” has no id that we gave it." in page
    assert f"No. {theirs}: No such referral was sent to you." in page
    assert "The status “draft” is none that an agency can set." in page
    assert f"Was so already, so nothing changed: no. {working}" in page
    assert f"Brought up to date: no. {working}" in page
    page = bring(agency, *(task(f"y{each}", "accepted") for each in range(11)))
    assert "3 more Tasks could not be brought in." in page


def test_a_task_that_comes_again_changes_nothing(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    waiting, working = sent(app, made), sent(app, made, 2)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    both = [listed(waiting, 9, output=[AGREES]), task(working, "accepted", owner={"display": "Ines"})]
    assert f"Brought up to date: no. {waiting}, {working}" in bring(agency, *both)

    def versions() -> list[int]:
        with app.app_context():
            return [referral_of(each).version for each in (waiting, working)]

    before, page = versions(), bring(agency, *both)
    assert f"Was so already, so nothing changed: no. {waiting}, {working}" in page
    assert "Brought up to date" not in page
    ours = agency.get(f"/referrals/inbox/{waiting}/fhir").get_json()["entry"]
    assert AGREES in ours[1]["resource"]["output"]
    assert "Was so already" in bring(agency, *ours)
    assert versions() == before
    assert "Brought up to date" in bring(agency, listed(waiting, 12, output=[AGREES]))
    assert "Brought up to date" in bring(agency, ended(working, "one_off"))
    assert "Was so already" in bring(agency, ended(working, "one_off"))
    assert "cannot be done any more" in bring(agency, ended(working, "enrolled"))
    assert states(app, waiting, working) == ["waitlisted", "completed"]


def exported(agency: Any, number: int) -> dict[str, Any]:
    """The resources of a referral's bundle by their types; each reference in it leads to one of them."""
    text = agency.get(f"/referrals/inbox/{number}/fhir").text
    entries = json.loads(text)["entry"]
    bases = {each["fullUrl"].removesuffix("/".join(each["fullUrl"].split("/")[-2:])) for each in entries}
    assert len(bases) == 1
    named = {"/".join(each["fullUrl"].split("/")[-2:]) for each in entries}
    assert set(re.findall(r'"reference": "([^"]+)"', text)) <= named
    return {each["resource"]["resourceType"]: each["resource"] for each in entries}


def test_another_program_gets_all_that_the_agency_may_hold(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        contact = create({"kind": "person", "given_name": "Rosa", "family_name": "Quartz"}, Actor.system())
        db.session().add(Phone(contact_id=contact.id, number="615-555-0100"))
        db.session().add(Guardian(student_id=made.student, contact_id=contact.id, is_primary=True))
    referral_id = sent(app, made, disclosed=list(words.DISCLOSABLE))
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    found = exported(agency, referral_id)
    student = found["Patient"]
    assert (student["birthDate"], student["address"][0]["postalCode"]) == ("2012-05-04", "37203")
    assert student["name"] == [{"text": "Wilhelmina Quartz"}]
    assert student["communication"][0]["language"]["coding"][0]["code"] == "es"
    assert found["RelatedPerson"]["name"] == [{"text": "Rosa Quartz"}]
    assert found["RelatedPerson"]["telecom"] == [{"system": "phone", "value": "615-555-0100"}]
    said = [each["text"] for each in found["ServiceRequest"]["note"]]
    assert said[0] == "Missed the bus eleven times"
    assert {"How and when to reach them: Call after six", "Grade: 7", "School: Dune Elementary"} <= set(said)
    assert found["ServiceRequest"]["category"][0]["coding"][1]["code"] == "transport"


def test_another_program_gets_nothing_more_than_that(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    found = exported(agency, sent(app, made))
    assert set(found) == {"ServiceRequest", "Task", "Patient"}
    assert set(found["Patient"]) == {"resourceType", "id", "name", "communication"}
    assert "bus" not in json.dumps(found)


@pytest.mark.parametrize(
    "state, status",
    [
        ("in_progress", "active"), ("declined", "active"), ("forwarded", "active"), ("failed", "active"),
        ("completed", "completed"), ("withdrawn", "revoked"), ("expired", "revoked"),
        ("entered_in_error", "entered-in-error"),
    ],
)  # fmt: skip
def test_what_was_refused_or_taken_back_is_not_completed(
    app: Flask, sign_in: SignIn, made: MadeUp, state: str, status: str
) -> None:
    referral_id = sent(app, made)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        referral_of(referral_id).state = state
    found = exported(sign_in(role="agency", scope=made.agency_contacts[0]), referral_id)
    assert found["ServiceRequest"]["status"] == status


def test_a_referral_names_what_it_goes_on_with_to_the_same_agency_alone(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    first, again, other = sent(app, made), sent(app, made, 2), sent(app, made, 1)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for each in (again, other):
            referral_of(each).follows_id = first

    def part_of(number: int, agency: int) -> Any:
        client = sign_in(role="agency", scope=made.agency_contacts[agency])
        entries = json.loads(client.get(f"/referrals/inbox/{number}/fhir").text)["entry"]
        return [entries[0]["resource"].get("basedOn"), entries[1]["resource"].get("partOf")]

    assert part_of(other, 1) == [None, None]
    assert part_of(again, 0) == [
        [{"reference": f"ServiceRequest/request-{first}"}],
        [{"reference": f"Task/task-{first}"}],
    ]
