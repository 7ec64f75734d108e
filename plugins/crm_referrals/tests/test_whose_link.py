"""A link is closed to whoever must not be contacted, whatever the school does meanwhile; and so are words."""

import re

import pytest
from flask import Flask

from crm.plugin_api import Actor, day_here, db
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.models import Need
from crm_referrals.services import consenting, needs, portal, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, values_of_consent
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_forgetting import guardian
from crm_referrals.tests.test_old_reach import TOLD, bar, cared_for, writing
from crm_referrals.tests.test_who_hears import mails
from crm_referrals.tests.test_whose_yes import turn_18

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def test_a_new_consent_opens_no_link_of_before(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        bob, _need = cared_for(made)
        number = needs.send(drafted(made), Actor.system()).referral_id
    school = sign_in(role="school", scope=made.school_contact)
    page = school.get(f"/referrals/{number}").text
    of_bob = re.findall(r"/referrals/family/[^\"<&]+", page)[0]
    assert app.test_client().get(of_bob).status_code == 200
    bar(app, bob)
    with writing(app):
        need = db.session().get_one(Need, made.need)
        again = values_of_consent(disclosed=TOLD, signed_on=day_here())
        consenting.write(need, made.agencies[:1], again, "Test")
        assert portal.shown(referral_of(number))["guardian"] == "Rosa Quartz"
    assert app.test_client().get(of_bob).status_code == 404
    of_rosa = re.findall(r"/referrals/family/[^\"<&]+", school.get(f"/referrals/{number}").text)[0]
    assert app.test_client().get(of_rosa).status_code == 200


def test_from_18_on_no_guardian_reads_how_far_it_is(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        cared_for(made)
        number = needs.send(drafted(made), Actor.system()).referral_id
    school = sign_in(role="school", scope=made.school_contact)
    before = school.get(f"/referrals/{number}").text
    of_bob = re.findall(r"/referrals/family/[^\"<&]+", before)[0]
    assert app.test_client().get(of_bob).status_code == 200
    with writing(app):
        turn_18(made)
    assert app.test_client().get(of_bob).status_code == 404
    page = school.get(f"/referrals/{number}").text
    assert "For the student, who is 18 now" in page
    own = re.findall(r"/referrals/family/[^\"<&]+", page)[0]
    assert app.test_client().get(own).status_code == 200


def test_words_about_another_guardian_go_with_them(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    """Rosa is whom the agency reaches in the first place; the words say how to call Bob, too."""
    with writing(app):
        guardian("Rosa Quartz", made.student)
        bob = guardian("Bob Quartz", made.student)
        need = db.session().get_one(Need, made.need)
        values = {"language": "en", "contact_preference": "Or call Bob at night", "contact_prohibited": False}
        needs.change_reach(need, values, None, Actor.system())
        consenting.write(need, made.agencies[:1], values_of_consent(disclosed=TOLD), "Test")
        number = needs.send(drafted(made), Actor.system()).referral_id
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "Or call Bob" in agency.get(f"/referrals/inbox/{number}").text
    bar(app, bob)
    page = agency.get(f"/referrals/inbox/{number}").text
    assert "Bob" not in page
    assert "Rosa Quartz" in page
    assert "Bob" not in agency.get("/referrals/inbox/export.csv").text
    for _each in range(2):
        with app.test_request_context():
            timers.reach(a_run())
    assert sum("How to reach a family" in subject for _to, subject in mails(app)) == 1
