"""Where nobody said who is enrolled, every rate says so, and none is published."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools import figures, publishing
from crm_schools.models import District, Enrolment
from crm_schools.rate_commands import rate_data, text_of
from crm_schools.tests.made_up import MadeUp, make

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=30)


def infer(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for stay in db.session().scalars(select(Enrolment)):
            stay.source = "inferred"


def test_rates_of_those_alone_who_missed_days_say_so(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    organizer = sign_in(role="organizer")
    addresses = ["/schools/", *(f"/schools/{path}={made.district_id}" for path in PAGES)]
    says = ("No roster said who is enrolled", "enrolment is not known")
    assert not any(each in organizer.get(address).text for address in addresses for each in says)
    infer(app)
    for address in addresses:
        assert any(each in organizer.get(address, follow_redirects=True).text for each in says), address
    with app.app_context():
        data = rate_data("district", None)
        assert data["rules"][0]["enrolment_inferred"]
        assert "no roster said who is enrolled" in text_of(data)
        with system("test"):
            district = db.session().get_one(District, made.district_id)
        place = figures.place_of(Actor.system(), district, None, 2026)
        with pytest.raises(UserError, match="Import enrolments first"):
            publishing.prepared(place)


PAGES = ("kindergarten?district_id", "compare?district_id")
