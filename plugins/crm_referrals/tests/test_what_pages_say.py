"""What the pages of referrals say when something has ended, is barred, or was sent without a consent; and in
what language families read paper and links."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from crm.plugin_api import Actor, db
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Need, Referral, Service
from crm_referrals.services import consenting, ending, entries, needs, portal
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, ticked, values_of_consent
from crm_referrals.tests.test_old_reach import bar, cared_for, writing
from crm_referrals.tests.test_whose_yes import turn_18

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def test_what_ran_out_says_so_and_another_place_comes_first(
    app: Flask, made: MadeUp, sign_in: SignIn
) -> None:
    number = sent(app, made)
    with writing(app):
        ending.expire(referral_of(number))
    page = sign_in(role="school", scope=made.school_contact).get(f"/referrals/{number}").text
    assert "Nobody answered in time" in page
    assert "withdrawn, or the consent" not in page
    assert 'class="btn btn-primary order-last"' in page
    agency = sign_in(role="agency", scope=made.agency_contacts[0]).get(f"/referrals/inbox/{number}").text
    assert "It was withdrawn or has run out" in agency


def test_help_that_never_began_has_no_before_and_after(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    number = sent(app, made)
    desk = portal.Desk(frozenset(made.agencies[:1]), "Alder")
    with writing(app):
        portal.move(
            desk, referral_of(number), "accept", {"assignee": "Ines", "next_on": db.now().date()}, None
        )
        portal.move(desk, referral_of(number), "fail", {"reason": "moved", "note": "They moved"}, None)
    page = sign_in(role="school", scope=made.school_contact).get(f"/referrals/{number}").text
    assert "Did not work out" in page
    assert "Attendance before and after" not in page


def test_the_page_of_a_referral_warns_of_a_barred_guardian(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        bob, _need = cared_for(made)
        number = needs.send(drafted(made), Actor.system()).referral_id
    school = sign_in(role="school", scope=made.school_contact)
    assert "somebody who must not be contacted now" not in school.get(f"/referrals/{number}").text
    bar(app, bob)
    page = school.get(f"/referrals/{number}").text
    assert "somebody who must not be contacted now" in page
    assert "Say how to reach the family now" in page


def test_an_emergency_says_how_long_it_is_read(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        number = needs.send(drafted(made), Actor.system(), None, "Sleeps in a car").referral_id
    school = sign_in(role="school", scope=made.school_contact)
    assert "reads it for thirty days" in school.get(f"/referrals/{number}").text
    with writing(app):
        db.session().execute(update(Referral).values(sent_at=db.now() - timedelta(days=31)))
    assert "reads it for thirty days" not in school.get(f"/referrals/{number}").text


def test_a_family_reads_the_paper_in_its_language(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        need = db.session().get_one(Need, made.need)
        assert need.language == "es"
        drafted(made)
    school = sign_in(role="school", scope=made.school_contact)
    said = values_of_consent() | {"expires_on": "2027-05-01", "signed_on": "", **ticked(made, 0)}
    paper = school.post(f"/referrals/needs/{made.need}/consent/paper", data=said).text
    assert "Nombre del estudiante" in paper
    assert "Firma" in paper


def test_what_an_adult_signs_speaks_of_no_child(app: Flask, made: MadeUp) -> None:
    with writing(app):
        turn_18(made)
        need = db.session().get_one(Need, made.need)
        need.language = "en"
        asked = consenting.write(need, made.agencies[:1], values_of_consent(method="link"), "Test")
        token = links.token(links.CONSENT, asked.id, asked.link_version)
    page = app.test_client().get(f"/referrals/consent/{token}").text
    assert "nothing happens to you for it" in page
    assert "your child" not in page


@pytest.mark.parametrize("kind", ["family", "consent", "r", "for-agencies"])
def test_a_dead_link_is_told_in_either_language(app: Flask, kind: str) -> None:
    client = app.test_client()
    page = client.get(f"/referrals/{kind}/x")
    assert page.status_code == 404
    assert "This link does not work" in page.text
    assert f"/referrals/{kind}/x?language=es" in page.text
    assert "Este enlace no funciona" in client.get(f"/referrals/{kind}/x?language=es").text


def test_words_of_an_agency_are_not_lost_unread(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        service = db.session().get_one(Service, made.services[0])
        entries.propose(service, {"other": "We moved to 4 Pine"}, "Ines")
    page = sign_in(role="organizer").get(f"/referrals/directory/{made.services[0]}").text
    assert "We moved to 4 Pine" in page
    assert "it is not shown afterwards" in page
