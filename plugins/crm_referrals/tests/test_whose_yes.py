"""Whose yes counts, and how long: an older one never over a later no, a parent's no more from 18 on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from crm.plugin_api import Actor, UserError, day_here, db, system
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm_referrals import words
from crm_referrals.models import Consent, Need
from crm_referrals.services import asking, consenting, needs, portal, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, values_of_consent
from crm_referrals.tests.test_forgetting import guardian
from crm_schools.public import Guardian, Student

FAMILY = stepping.By("family", "Rosa")


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        yield


def yes(made: MadeUp, days_ago: int, **more: object) -> Consent:
    need = db.session().get_one(Need, made.need)
    signed = day_here() - timedelta(days=days_ago)
    return consenting.write(need, made.agencies[:1], values_of_consent(signed_on=signed, **more), "Test")


def turn_18(made: MadeUp) -> None:
    today = day_here()
    db.session().get_one(Student, made.student).birth_date = today.replace(year=today.year - 18)


def test_a_paper_from_before_a_no_is_no_yes(app: Flask, made: MadeUp) -> None:
    with writing(app):
        consenting.revoke(yes(made, 60), FAMILY)
    with pytest.raises(UserError, match="an older yes does not count"), writing(app):
        yes(made, 40)
    with writing(app):
        assert consenting.live(made.need, made.agencies[0], day_here()) is None
        again = yes(made, 0)
        assert consenting.live(made.need, made.agencies[0], day_here()) is again


def test_a_wider_yes_does_not_come_back_when_the_narrow_one_ends(app: Flask, made: MadeUp) -> None:
    with writing(app):
        yes(made, 30, disclosed=[*words.MINIMUM, "note", "birth_date"])
        narrow = yes(made, 10, expires_on=day_here() + timedelta(days=1))
        live = [
            consenting.live(made.need, made.agencies[0], day_here() + timedelta(days=each)) for each in (0, 2)
        ]
        assert live == [narrow, None]


def test_from_18_on_a_parents_yes_sends_nothing_new(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        yes(made, 5)
        number = drafted(made).id
        contact_id = guardian("Bob Quartz", made.student)
        db.session().add(
            Email(contact_id=contact_id, address="bob@example.org", address_key="bob@example.org")
        )
        turn_18(made)
    school = sign_in(role="school", scope=made.school_contact)
    assert school.post(f"/referrals/{number}/step/send").status_code == 409
    page = school.get(f"/referrals/needs/{made.need}/consent").text
    assert "bob@example.org" not in page
    assert 'value="Wilhelmina Quartz"' in page
    with pytest.raises(UserError, match="only they are asked"), writing(app):
        yes(made, 0, method="link", email="bob@example.org")
    with writing(app):
        yes(made, 0, signer_relation="student", signer_name="Wilhelmina Quartz")
        assert needs.send(referral_of(number), Actor.system()).basis == "consent"


def test_from_18_on_nothing_more_is_told_on_a_parents_yes(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    """What was sent stays; messages, answers and other ways of reaching the family wait for the student."""
    with writing(app):
        yes(made, 5)
        number = needs.send(drafted(made), Actor.system()).referral_id
        turn_18(made)
    school = sign_in(role="school", scope=made.school_contact)
    page = school.get(f"/referrals/{number}").text
    assert "it is theirs to consent" in page
    assert "Ask the student" in page
    assert "Message to the agency" not in page
    refused = school.post(f"/referrals/{number}/step/message", data={"note": "She waits at the gate"})
    assert refused.status_code == 409
    with writing(app):
        portal.move(
            portal.Desk(frozenset(made.agencies[:1]), "Alder"),
            referral_of(number),
            "ask",
            {"note": "Where?"},
            None,
        )
    assert school.post(f"/referrals/{number}/step/answer", data={"note": "Here"}).status_code == 409
    with writing(app):
        reach = {"language": "en", "contact_preference": "Call her aunt", "contact_prohibited": False}
        needs.change_reach(db.session().get_one(Need, made.need), reach, None, Actor.system())
        assert "contact_preference" not in referral_of(number).packet  # The old words hold no more either.
        assert referral_of(number).packet["name"] == "Wilhelmina Quartz"
        yes(made, 0, signer_relation="student", signer_name="Wilhelmina Quartz")
        assert referral_of(number).packet["contact_preference"] == "Call her aunt"
    assert school.post(f"/referrals/{number}/step/answer", data={"note": "Here"}).status_code == 303
    assert "Ask the student" not in school.get(f"/referrals/{number}").text


def test_a_texted_link_ends_when_its_guardian_is_barred(app: Flask, made: MadeUp) -> None:
    with writing(app):
        guardian("Bob Quartz", made.student)
        asked = yes(made, 0, method="link", email="")
        assert asking.is_answerable(asked)
        db.session().execute(update(Guardian).values(contact_prohibited=True))
        assert not asking.is_answerable(asked)
        with pytest.raises(UserError, match="no longer open"):
            consenting.sign(asked, "Bob Quartz", "parent", day_here())


def test_nobody_signs_as_an_adult_student_but_they_themselves(app: Flask, made: MadeUp) -> None:
    with writing(app):
        turn_18(made)
        asked = yes(made, 0, method="link", email="")
        with pytest.raises(UserError, match="with their own name"):
            consenting.sign(asked, "Bob Quartz", "student", day_here())
        consenting.sign(asked, "wilhelmina quartz", "student", day_here())
        assert asked.status == "signed"
