"""Ends of questions, papers, texts and clicks: what is asked no more, holds no longer, or counts once."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.plugin_api import Actor, UserError, day_here, db, system
from crm.plugin_api.records import User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Consent, Event, Need
from crm_referrals.services import asking, consenting, needs, stepping, timers
from crm_referrals.tests.made_up import (
    BORN,
    MadeUp,
    drafted,
    make,
    referral_of,
    sent,
    ticked,
    values_of_consent,
    values_of_need,
)
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_old_reach import bar, cared_for, writing
from crm_referrals.tests.test_pools import offered
from crm_referrals.tests.test_who_hears import mails, move, owned
from crm_schools.public import Guardian, Student


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@on_sqlite
def test_who_takes_a_yes_back_is_asked_the_same_no_more(app: Flask, made: MadeUp) -> None:
    number = sent(app, made)
    with writing(app):
        link = values_of_consent(method="link", email="family@example.org")
        asked = consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], link, "Test")
        yes = db.session().get_one(Consent, referral_of(number).consent_id)
        assert consenting.revoke(yes, stepping.By("family", "Rosa")) == 1
        assert not asking.is_answerable(asked)
        assert asked.email == ""


@on_sqlite
def test_a_second_question_is_waited_for(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        number = drafted(made).id
    school = sign_in(role="school", scope=made.school_contact)
    page = f"/referrals/needs/{made.need}/consent"
    said = {
        "method": "link", "purpose": "Rides", "disclosed": values_of_consent()["disclosed"],
        "expires_on": (day_here_in(app) + timedelta(days=90)).isoformat(), "email": "rosa@example.org",
        "signer_relation": "parent",
    }  # fmt: skip
    assert school.post(page, data=said | ticked(made, 0)).status_code == 303
    with writing(app):
        referral_of(number).due_at = db.now() + timedelta(days=1)
    assert school.post(page, data=said | ticked(made, 0)).status_code == 303
    with app.app_context():
        assert (referral_of(number).due_at or db.now()) > db.now() + timedelta(days=20)


@on_sqlite
def test_a_paper_holds_two_years_from_its_day(app: Flask, made: MadeUp) -> None:
    def paper(days_ago: int) -> None:
        with writing(app):
            signed = day_here() - timedelta(days=days_ago)
            values = values_of_consent(signed_on=signed, expires_on=day_here() + timedelta(days=400))
            consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], values, "Test")

    with pytest.raises(UserError, match="from the day on which it was signed"):
        paper(500)
    paper(300)


@on_sqlite
def test_a_signature_has_an_end(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        link = values_of_consent(method="link", email="family@example.org")
        consent = consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], link, "Test")
        drafted(made)
        token, number = links.token(links.CONSENT, consent.id, 1), consent.id
    said = {
        "birth_date": BORN.isoformat(), "signer_name": "R" * 201, "signer_relation": "parent", "agrees": "y",
    }  # fmt: skip
    assert sign_in().post(f"/referrals/consent/{token}", data=said).status_code == 422
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, number).status == "asked"


@on_sqlite
def test_not_everybody_calls_a_referral_a_mistake(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    number = sent(app, made)
    step = f"/referrals/{number}/step/mistake"
    _colleague, _email = owned(app, made, sign_in)
    school = sign_in(role="school", scope=made.school_contact)
    assert "Made by mistake" not in school.get(f"/referrals/{number}").text
    assert school.post(step, data={"note": "Wrong sister"}).status_code == 409
    coordinator = sign_in(role="coordinator")
    assert coordinator.post(step, data={"note": "Wrong sister"}).status_code == 303


@on_sqlite
def test_a_nameless_paper_names_nobody_at_the_school(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    offered(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    with writing(app), system("test"):
        user = db.session().scalars(select(User).order_by(User.id.desc()).limit(1)).one()
        db.session().get_one(Need, made.need).owner_user_id = user.id
    assert "Contact at the school" not in school.get("/referrals/1/print").text


@on_sqlite
def test_an_agency_hears_each_time_that_a_guardian_is_barred(app: Flask, made: MadeUp) -> None:
    with writing(app):
        bob, _need = cared_for(made)
        needs.send(drafted(made), Actor.system())

    def told() -> int:
        with app.test_request_context():
            timers.reach(a_run())
        return sum("How to reach a family" in subject for _to, subject in mails(app))

    bar(app, bob)
    assert told() == 1
    with writing(app):
        allowed = update(Guardian).where(Guardian.contact_id == bob)
        db.session().execute(allowed.values(contact_prohibited=False))
    assert told() == 1
    bar(app, bob)
    assert [told(), told()] == [2, 2]


def day_here_in(app: Flask) -> date:
    with app.app_context():
        return day_here()


def test_two_clicks_at_once_are_one(app: Flask, made: MadeUp) -> None:
    """On the server with two connections both have read before either writes."""
    number = sent(app, made)
    move(app, made, number, "decline", reason="no_capacity")
    barrier, refused = Barrier(2), list[str]()

    def click() -> None:
        with app.test_request_context():
            is_server = db.session().get_bind().dialect.name != "sqlite"
            try:
                with db.transaction(Actor.system(), "test"), system("test"):
                    row = referral_of(number)
                    if is_server:
                        barrier.wait(20)
                    stepping.acknowledge(row, stepping.By("school", "Ada"))
            except UserError as error:
                refused.append(str(error.message))

    both = [Thread(target=click) for _each in (0, 1)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with app.app_context(), system("test"):
        seen = select(Event).where(Event.referral_id == number, Event.step == "acknowledge")
        assert len(db.session().scalars(seen).all()) == 1
    assert len(refused) == 1


def test_of_two_needs_at_once_the_second_is_told(app: Flask, made: MadeUp) -> None:
    with writing(app):
        needs.close(db.session().get_one(Need, made.need), "met", "")
    barrier, made_of = Barrier(2), list[bool]()

    def write() -> None:
        with app.test_request_context():
            is_server = db.session().get_bind().dialect.name != "sqlite"
            try:
                with db.transaction(Actor.system(), "test"), system("test"):
                    student = db.session().get_one(Student, made.student)
                    if is_server:
                        barrier.wait(20)
                    needs.open_other_need(student, values_of_need(), Actor.system())
                    made_of.append(True)
            except needs.Known:
                made_of.append(False)

    both = [Thread(target=write) for _each in (0, 1)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(made_of) == [False, True]
