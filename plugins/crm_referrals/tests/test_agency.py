"""What an agency finds when it signs in: what staff joined with its organization, and nothing else."""

import csv
import io
import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Contact, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.models import Agency, Location, Service
from crm_referrals.tests.made_up import MadeUp, make, sent

pytestmark = on_sqlite
NEW = {"notice": "at_once", "respond_days": "2"}


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def agency_named(app: Flask, name: str) -> tuple[int, int | None]:
    with app.app_context():
        found = db.session().execute(select(Agency.id, Agency.contact_id).where(Agency.name == name)).one()
        return found[0], found[1]


def test_staff_join_an_agency_with_its_organization(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="administrator")
    assert staff.post("/referrals/agencies/new", data={**NEW, "name": "Cedar Clinic"}).status_code == 303
    agency_id, contact_id = agency_named(app, "Cedar Clinic")
    with app.app_context(), system("test"):
        assert db.session().get_one(Contact, contact_id).name == "Cedar Clinic"
    wish = {**NEW, "name": "Cedar Clinic", "contact_id": "Alder Rides"}
    assert staff.post(f"/referrals/agencies/{agency_id}", data=wish).status_code == 303
    assert agency_named(app, "Cedar Clinic")[1] == made.agency_contacts[0]
    page = staff.get(f"/referrals/agencies/{agency_id}").text
    assert "/referrals/for-agencies/" in page
    assert "Alder Rides" in page


def test_an_agency_says_how_full_it_is_and_takes_its_list_along(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    stranger = sign_in(role="agency", scope=made.school_contact)
    assert "No agency is yours yet" in stranger.get("/referrals/inbox").text
    referral_id = sent(app, made)
    entries = agency.get("/referrals/inbox/entries").text
    assert "Alder Rides service" in entries
    assert "Birch" not in entries
    action = re.findall(r'action="(/referrals/inbox/entries/[^"]*/capacity)"', entries)[0]
    answered = agency.post(action, data={"state": "waitlist"})
    assert answered.location.endswith("/referrals/inbox/entries")
    assert "Waiting list" in agency.get("/referrals/inbox/entries").text
    rows = list(csv.reader(io.StringIO(agency.get("/referrals/inbox/export.csv").text)))
    assert [row[0] for row in rows[1:]] == [str(referral_id)]
    assert "Wilhelmina Quartz" in rows[1]
    assert "eleven times" not in str(rows)
    other = sign_in(role="agency", scope=made.agency_contacts[1])
    assert "Wilhelmina" not in other.get("/referrals/inbox/export.csv").text


def test_places_hours_and_documents_of_a_service(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff, service = sign_in(role="organizer"), made.services[0]
    base = f"/referrals/directory/{service}"
    place = {"kind": "physical", "name": "Main house", "address": "1 Elm Street", "city": "Nashville"}
    assert staff.post(f"{base}/places/new", data=place).status_code == 303
    hidden = {"kind": "physical", "name": "Shelter", "city": "Nashville", "is_confidential": "y"}
    assert staff.post(f"{base}/places/new", data=hidden).status_code == 303
    assert "Write the street" in staff.post(f"{base}/places/new", data={"kind": "physical"}).text
    week = {"days": ["MO", "TU"], "opens_at": "08:00", "closes_at": "16:30"}
    assert staff.post(f"{base}/hours", data=week).status_code == 303
    late = {"days": ["MO"], "opens_at": "18:00", "closes_at": "16:30"}
    assert "It would close before it opens" in staff.post(f"{base}/hours", data=late).text
    edited = {
        "name": "Rides",
        "status": "active",
        "is_public": "y",
        "documents": "Proof of address\nSchool letter",
    }
    assert staff.post(f"{base}/edit", data=edited).status_code == 303
    everybody = app.test_client().get(f"/referrals/services/{service}").text
    for text in ("1 Elm Street", "Monday, Tuesday · 08:00–16:30", "Proof of address", "School letter"):
        assert text in everybody
    assert "Shelter" not in everybody
    paper = app.test_client().get("/referrals/services/print?zip=37203").text
    assert "1 Elm Street" in paper
    assert "Monday, Tuesday · 08:00–16:30" in paper
    assert "Shelter" not in paper
    with app.app_context():
        uid = db.session().get_one(Service, service).uid
        location_id = db.session().scalars(select(Location.id).where(Location.name == "Main house")).one()
    full = app.test_client().get(f"/hsds/services/{uid}").get_json()
    assert full["schedules"][0]["byday"] == "MO,TU"
    assert [each["document"] for each in full["required_documents"]] == ["Proof of address", "School letter"]
    assert staff.post(f"{base}/places/leave", data={"location_id": location_id}).status_code == 303
    assert "1 Elm Street" not in app.test_client().get(f"/referrals/services/{service}").text
    assert sign_in(role="viewer").post(f"{base}/places/new", data=place).status_code == 403
