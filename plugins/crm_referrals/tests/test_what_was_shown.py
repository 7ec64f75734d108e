"""What a family was shown when it agreed, mail that nobody should get any more, the end of an emergency."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.accounts.models import OutgoingMail
from crm.plugin_api import Actor, db, system
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Agency, Consent, Disclosure, Need
from crm_referrals.services import asking, consenting, needs, notices, portal, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, values_of_consent
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_forgetting import guardian
from crm_referrals.tests.test_old_reach import bar, writing

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def asked_by_mail(made: MadeUp) -> tuple[int, Consent]:
    """Bob is asked by mail, which waits in the outbox; his contact."""
    bob = guardian("Bob Quartz", made.student)
    db.session().add(Email(contact_id=bob, address="bob@example.org", address_key="bob@example.org"))
    db.session().flush()
    need, values = db.session().get_one(Need, made.need), values_of_consent(method="link")
    consent = consenting.write(need, made.agencies[:1], values | {"email": "bob@example.org"}, "Test")
    drafted(made)
    notices.ask_for_consent(consent, "bob@example.org")
    return bob, consent


def waiting(app: Flask) -> list[str]:
    with app.app_context(), system("test"):
        return list(db.session().scalars(select(OutgoingMail.recipient)))


@pytest.mark.parametrize("why", ["barred", "erased", "new link"])
def test_mail_that_waits_goes_to_nobody_any_more(app: Flask, made: MadeUp, sign_in: SignIn, why: str) -> None:
    with writing(app):
        bob, consent = asked_by_mail(made)
        number = consent.id
    assert waiting(app) == ["bob@example.org"]
    if why == "barred":
        bar(app, bob)
        with app.test_request_context():
            timers.reach(a_run())
    elif why == "erased":
        erased = sign_in(role="administrator").post(
            f"/contacts/{bob}/erase", data={"name": "Bob Quartz", "sure": "1"}
        )
        assert erased.status_code == 303
    else:
        with writing(app):
            asking.renew_link(db.session().get_one(Consent, number), "rosa@example.org")
    assert "bob@example.org" not in waiting(app)


def test_a_renamed_agency_is_looked_at_before_it_is_told(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        consenting.write(
            db.session().get_one(Need, made.need), made.agencies[:1], values_of_consent(), "Test"
        )
        number = drafted(made).id
        db.session().get_one(Agency, made.agencies[0]).name = "Wholly Other House"
    school = sign_in(role="school", scope=made.school_contact)
    assert "Alder Rides (called Wholly Other House now)" in school.get(f"/referrals/needs/{made.need}").text
    assert "The family agreed to “Alder Rides”" in school.get(f"/referrals/{number}").text
    step = f"/referrals/{number}/step/send"
    assert school.post(step).status_code == 409
    assert school.post(step, data={"is_same": "1"}).status_code == 303
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Disclosure.party)).all() == ["Wholly Other House (Alder Rides)"]


def test_a_family_reads_both_names(app: Flask, made: MadeUp) -> None:
    with writing(app):
        values = values_of_consent(method="link", email="rosa@example.org")
        consent = consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], values, "Test")
        drafted(made)
        db.session().get_one(Agency, made.agencies[0]).name = "Wholly Other House"
        token = links.token(links.CONSENT, consent.id, 1)
    page = app.test_client().get(f"/referrals/consent/{token}?language=en").text
    assert "Alder Rides (called Wholly Other House now)" in page


def in_danger(app: Flask, made: MadeUp) -> int:
    with writing(app):
        referral = drafted(made)
        needs.send(referral, Actor.system(), emergency="Somebody was hurt")
        return referral.id


def test_an_emergency_ends_after_thirty_days(app: Flask, made: MadeUp) -> None:
    number = in_danger(app, made)
    with writing(app):
        assert "name" in portal.shown(referral_of(number))
        referral_of(number).sent_at = db.now() - timedelta(days=31)
        assert portal.shown(referral_of(number)) == {}
    with app.test_request_context():
        timers.consents(a_run())
        timers.consents(a_run())
    assert waiting(app).count("a@example.org") == 2  # That it came, and once that it is over.


def test_a_reviewer_ends_what_was_no_emergency(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    number = in_danger(app, made)
    coordinator = sign_in(role="coordinator")
    assert "There was no such danger" in coordinator.get(f"/referrals/{number}").text
    assert coordinator.post("/referrals/disclosures/1/review", data={"was_none": "1"}).status_code == 303
    with writing(app):
        assert (referral_of(number).state, portal.shown(referral_of(number))) == ("withdrawn", {})


def test_a_wrong_emergency_stays_closed_after_its_end(app: Flask, made: MadeUp) -> None:
    number = sent(app, made)
    with writing(app):
        db.session().execute(update(Disclosure).values(was_none=True, basis="emergency", consent_id=None))
        referral_of(number).consent_id, referral_of(number).state = None, "completed"
        assert portal.shown(referral_of(number)) == {}
