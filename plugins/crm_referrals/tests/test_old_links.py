"""By an old link nobody ends a consent that is another's now."""

from datetime import date

import pytest
from flask import Flask

from crm.plugin_api import Actor, day_here, db
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm_referrals import links
from crm_referrals.models import Consent, Need
from crm_referrals.services import consenting, needs
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, values_of_consent
from crm_referrals.tests.test_forgetting import guardian
from crm_referrals.tests.test_old_reach import bar, writing
from crm_schools.public import Student

BOB = "bob@example.org"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def signed_by_bob(app: Flask, made: MadeUp) -> tuple[str, int]:
    """The link of his yes, and his contact."""
    with writing(app):
        bob = guardian("Bob Quartz", made.student)
        db.session().add(Email(contact_id=bob, address=BOB, address_key=BOB))
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        asked = values_of_consent(method="link") | {"email": BOB}
        first = consenting.write(need, made.agencies[:1], asked, "Test")
        consenting.sign(first, "Bob Quartz", "parent", day_here())
        return links.token(links.CONSENT, first.id, first.link_version), bob


def sent(made: MadeUp) -> int:
    number = drafted(made).id
    needs.send(referral_of(number), Actor.system())
    return int(number)


def revoked(
    app: Flask, sign_in: SignIn, token: str, consent_id: int, referral_id: int
) -> tuple[bool, str, str]:
    """Whether the page offers it, and how the consent and the referral stand after it was tried."""
    family = sign_in()
    offers = "/revoke" in family.get(f"/referrals/consent/{token}").text
    family.post(f"/referrals/consent/{token}/revoke", data={"sure": "1"})
    with writing(app):
        consent = db.session().get_one(Consent, consent_id)
        return offers, consent.status, referral_of(referral_id).state


def test_a_parent_does_not_end_what_the_student_agreed_to_at_18(
    app: Flask, made: MadeUp, sign_in: SignIn
) -> None:
    token, _bob = signed_by_bob(app, made)
    with writing(app):
        number = sent(made)
        db.session().get_one(Student, made.student).birth_date = date(2008, 1, 1)
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        own = {"signer_name": "Wilhelmina Quartz", "signer_relation": "student", "signed_on": day_here()}
        own_id = consenting.write(need, made.agencies[:1], values_of_consent(**own), "Test").id
    assert revoked(app, sign_in, token, own_id, number) == (False, "signed", "sent")


def test_who_must_not_be_contacted_does_not_end_what_another_guardian_agreed_to(
    app: Flask, made: MadeUp, sign_in: SignIn
) -> None:
    token, bob = signed_by_bob(app, made)
    bar(app, bob)
    with writing(app):
        guardian("Rosa Quartz", made.student)
        need = db.session().get_one(Need, made.need)
        own_id = consenting.write(need, made.agencies[:1], values_of_consent(signed_on=day_here()), "Test").id
        number = sent(made)
    assert revoked(app, sign_in, token, own_id, number) == (False, "signed", "sent")


def test_whoever_signed_takes_back_what_is_theirs(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    token, _bob = signed_by_bob(app, made)
    with writing(app):
        number = sent(made)
        consent_id = referral_of(number).consent_id or 0
    assert revoked(app, sign_in, token, consent_id, number) == (True, "revoked", "withdrawn")


def test_from_18_on_how_far_it_is_is_the_students_alone_whoever_of_the_family_was_barred(
    app: Flask, made: MadeUp, sign_in: SignIn
) -> None:
    _token, bob = signed_by_bob(app, made)
    with writing(app):
        number = sent(made)
        version = referral_of(number).link_version
        db.session().get_one(Student, made.student).birth_date = date(2008, 1, 1)
    bar(app, bob)
    with app.app_context():
        of_nobody, own = (links.family_token(number, version, whose) for whose in (None, links.STUDENT))
    family = sign_in()
    assert family.get(f"/referrals/family/{of_nobody}").status_code == 404
    assert family.get(f"/referrals/family/{own}").status_code == 200
