"""Whose entries somebody keeps in the directory, and that where a shelter is stays with few."""

import re
from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.models import Role, RoleGrant
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in
from crm_referrals import links
from crm_referrals.models import Agency, Location, Service
from crm_referrals.permissions import DIRECTORY, EDIT, VIEW
from crm_referrals.tests.made_up import MadeUp, make, sent
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import asked

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


def test_a_coordinator_undoes_what_they_changed(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    coordinator = sign_in(role="coordinator")
    service = f"/referrals/directory/{made.services[0]}"
    assert coordinator.post(f"{service}/assure").status_code == 303
    undo = re.search(r"/changes/\d+/undo", coordinator.get(service).text)
    assert undo is not None
    assert coordinator.post(undo[0]).status_code == 303
    with app.app_context():
        assert db.session().get_one(Service, made.services[0]).assured_on is None


def test_who_may_not_undo_is_not_offered_it(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    keeper = role_of(app, sign_in, "keeper", (DIRECTORY, EDIT))
    service = f"/referrals/directory/{made.services[0]}"
    assert keeper.post(f"{service}/assure").status_code == 303
    page = keeper.get(service).text
    assert "Noted as checked today" in page
    assert "/undo" not in page


def role_of(
    app: Flask, sign_in: SignIn, name: str, permissions: Sequence[str], beside: tuple[str, int] | None = None
) -> FlaskClient:
    """Somebody with a role of their own over everything, `beside` a common one over an organization."""
    user = make_user_in(app, role=beside[0], scope=beside[1]) if beside else make_user_in(app)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        role = Role(name=name, label=name, permissions=list(permissions))
        db.session().add(role)
        db.session().flush()
        db.session().add(RoleGrant(user_id=user.id, role_id=role.id))
    return sign_in(user)


def test_who_refers_elsewhere_finds_no_link_of_a_family(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """With the link and the date of birth, which they see, they could sign in a parent's place."""
    asked(app, made)
    page = f"/referrals/needs/{made.need}"
    students = ("schools.view", "schools.students", VIEW)
    reader = role_of(app, sign_in, "reader", students, ("school", made.agency_contacts[1]))
    read = reader.get(page)
    assert read.status_code == 200
    for text in ("/referrals/consent/", "Find services", "Close this need"):
        assert text not in read.text
        assert text in sign_in(role="school", scope=made.school_contact).get(page).text
    assert ">Refer<" not in reader.get(f"/referrals/student/{made.student}").text


@pytest.mark.parametrize("what", ["agency", "service"])
def test_lists_do_not_say_which_shelter_a_student_was_sent_to(
    app: Flask, sign_in: SignIn, made: MadeUp, what: str
) -> None:
    sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    pages = ("/referrals/", f"/referrals/student/{made.student}")
    assert all("Alder" in school.get(page).text for page in pages)

    def hide() -> None:
        if what == "agency":
            db.session().get_one(Agency, made.agencies[0]).acknowledges_only = True
        else:
            db.session().get_one(Service, made.services[0]).is_sensitive = True

    write(app, hide)
    assert not any("Alder" in school.get(page).text for page in pages)
