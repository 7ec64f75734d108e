"""Who asks the interface what is new hears of all that is."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm.journal.models import ChangeSet
from crm.plugin_api import db
from crm.plugin_api.testing import SignIn
from crm_referrals.models import Location, Service
from crm_referrals.services import entries, finding, places
from crm_referrals.tests.made_up import MadeUp, make
from crm_referrals.tests.test_renewals import write

HOUSE = {
    "kind": "physical", "name": "House", "address": "1 Elm", "city": "Nashville", "state": "TN",
    "postal_code": "37203", "transportation": "", "latitude": None, "longitude": None,
    "is_confidential": False,
}  # fmt: skip


@pytest.fixture
def made(app: Flask) -> MadeUp:
    found = make(app)
    long_ago(app)
    return found


def long_ago(app: Flask) -> None:
    """Nothing has changed for ten days."""
    old = db.now() - timedelta(days=10)
    write(app, lambda: db.session().execute(update(db.table(Service)).values(updated_at=old)))


def new(app: Flask, path: str = "services") -> set[str]:
    """The names of services that changed since yesterday, as the interface tells them."""
    since = (db.now() - timedelta(days=1)).date().isoformat()
    told = app.test_client().get(f"/hsds/{path}?modified_after={since}").get_json()["contents"]
    return {(each.get("service") or each)["name"] for each in told}


def first(made: MadeUp) -> Service:
    return db.session().get_one(Service, made.services[0])


def test_a_place_that_is_added_moves_or_goes_is_a_change_of_its_service(app: Flask, made: MadeUp) -> None:
    def place() -> Location:
        return db.session().scalars(select(Location)).one()

    assert new(app) == set()
    write(app, lambda: places.save_location(first(made), None, HOUSE))
    assert new(app) == new(app, "service_at_locations") == {"Alder Rides service"}
    long_ago(app)
    write(app, lambda: places.save_location(first(made), place(), HOUSE | {"address": "2 Oak"}))
    assert new(app) == {"Alder Rides service"}
    long_ago(app)
    write(app, lambda: places.leave(first(made), place()))
    assert new(app) == {"Alder Rides service"}


def test_kinds_that_many_get_at_once_and_room_are_changes(app: Flask, made: MadeUp) -> None:
    write(app, lambda: entries.add_terms(finding.Wanted(), [made.services[1]], ["food"]))
    assert new(app) == {"Birch Vans service"}
    long_ago(app)
    write(app, lambda: entries.say_capacity(first(made), "none", None, "", "Ines"))
    assert new(app) == {"Alder Rides service"}


def test_what_is_undone_is_a_change_and_a_proposal_is_none(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: entries.propose(first(made), {"name": "Rides"}, "Ines"))
    assert new(app) == set()
    write(app, lambda: entries.put(first(made), {"fees_description": "Five dollars"}))
    long_ago(app)
    with app.app_context():
        last = db.session().scalar(select(func.max(ChangeSet.id)))
    assert sign_in(role="administrator").post(f"/changes/{last}/undo").status_code == 303
    with app.app_context():
        assert first(made).fees_description == ""
    assert new(app) == {"Alder Rides service"}
