"""Whose entries somebody keeps in the directory, and that where a shelter is stays with few."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Agency, Location
from crm_referrals.tests.made_up import MadeUp, make

pytestmark = on_sqlite
HIDDEN = {"kind": "physical", "name": "Linden House", "address": "9 Secret Lane", "is_confidential": "y"}


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def hidden_place(app: Flask, sign_in: SignIn, made: MadeUp, number: int = 0) -> str:
    """A confidential place of a service, as a coordinator writes it down; its address."""
    base = f"/referrals/directory/{made.services[number]}/places"
    assert sign_in(role="coordinator").post(f"{base}/new", data=HIDDEN).status_code == 303
    with app.app_context():
        return f"{base}/{db.session().scalars(select(Location.id)).one()}"


def test_whoever_keeps_one_agency_leaves_the_others(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    keeper = sign_in(role="organizer", scope=made.agency_contacts[0])
    mine, other = (f"/referrals/directory/{each}" for each in made.services)
    place = {"kind": "physical", "address": "1 Elm Street", "city": "Nashville"}
    assert keeper.post(f"{mine}/places/new", data=place).status_code == 303
    assert keeper.get(f"/referrals/agencies/{made.agencies[0]}").status_code == 200
    assert f"{mine}/edit" in keeper.get(mine).text
    assert f"{other}/edit" not in keeper.get(other).text
    own = made.agencies[1]
    pages = ("edit", "assure", "delete", "places/new", "places/join", "places/leave", "hours", "hours/drop")
    agency = f"/referrals/agencies/{own}"
    everything = ("/referrals/agencies/new", "/referrals/directory/import")
    of_agency = (
        agency,
        f"{agency}/link",
        f"{agency}/services/new",
        f"/referrals/capacity/{made.services[1]}",
    )
    for path in (*everything, *of_agency, *(f"{other}/{each}" for each in pages)):
        assert keeper.post(path, data={"name": "Taken over", **place}).status_code == 403, path
    with app.app_context():
        assert db.session().get_one(Agency, own).name == "Birch Vans"
        assert db.session().scalars(select(Location.agency_id)).all() == [made.agencies[0]]


@pytest.mark.parametrize("over", ["everything", "the agency"])
def test_where_a_shelter_is_stays_with_coordinators(
    app: Flask, sign_in: SignIn, made: MadeUp, over: str
) -> None:
    place = hidden_place(app, sign_in, made)
    scope = made.agency_contacts[0] if over == "the agency" else None
    organizer = sign_in(role="organizer", scope=scope) if scope else sign_in(role="organizer")
    assert organizer.get(place).status_code == 403
    open_now = {name: value for name, value in HIDDEN.items() if name != "is_confidential"}
    assert organizer.post(place, data=open_now).status_code == 403
    location_id = place.rpartition("/")[2]
    service = place.partition("/places")[0]
    assert organizer.post(f"{service}/places/leave", data={"location_id": location_id}).status_code == 403
    second = organizer.post(
        f"/referrals/agencies/{made.agencies[0]}/services/new", data={"name": "Beds", "status": "active"}
    )
    for page in (service, second.location, f"{second.location}/places/new"):
        text = organizer.get(page).text
        assert "Secret Lane" not in text
        assert "Linden House" not in text
    assert "Confidential place no." in organizer.get(f"{second.location}/places/new").text
    assert "9 Secret Lane" in sign_in(role="coordinator").get(place).text
    with app.app_context():
        assert db.session().scalars(select(Location.is_confidential)).one()


def test_the_link_of_an_agency_is_its_own(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    page = f"/referrals/agencies/{made.agencies[0]}"
    assert "/referrals/for-agencies/" not in sign_in(role="organizer").get(page).text
    assert "/referrals/for-agencies/" in sign_in(role="coordinator").get(page).text


def test_the_link_of_an_agency_ends_when_its_address_is_another(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context():
        tokens = [
            links.token(links.AGENCY, made.agencies[0], 1, sent_to=each)
            for each in ("a@example.org", "x@example.org", "")
        ]
    found = [app.test_client().get(f"/referrals/for-agencies/{each}").status_code for each in tokens]
    assert found == [200, 404, 404]
