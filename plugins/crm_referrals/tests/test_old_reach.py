"""Words how to reach a family, paper and the family's link, when somebody must not be contacted any more; and
what agencies say at the same time, or must not be asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import update

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm_referrals import links, words
from crm_referrals.models import Agency, Need
from crm_referrals.services import consenting, needs, portal, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, values_of_consent
from crm_referrals.tests.test_forgetting import guardian
from crm_schools.public import Guardian

TOLD = [*words.MINIMUM, "guardian", "phone"]


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        yield


def cared_for(made: MadeUp) -> tuple[int, Need]:
    """Bob cares for the student, so does Rosa, and the need says how to call Bob; Bob's contact."""
    bob = guardian("Bob Quartz", made.student)
    guardian("Rosa Quartz", made.student)
    need = db.session().get_one(Need, made.need)
    values = {"language": "en", "contact_preference": "Call Bob, 615-555-0100", "contact_prohibited": False}
    needs.change_reach(need, values, None, Actor.system())
    consenting.write(need, made.agencies[:1], values_of_consent(disclosed=TOLD), "Test")
    return bob, need


def bar(app: Flask, contact_id: int) -> None:
    with writing(app):
        gone = update(Guardian).where(Guardian.contact_id == contact_id)
        db.session().execute(gone.values(contact_prohibited=True))


def say_anew(app: Flask, made: MadeUp) -> None:
    with writing(app):
        need = db.session().get_one(Need, made.need)
        values = {"language": "en", "contact_preference": "Call Rosa", "contact_prohibited": False}
        needs.change_reach(need, values, None, Actor.system())


def test_words_about_somebody_barred_do_not_go_out(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        bob, _need = cared_for(made)
        number = drafted(made).id
    bar(app, bob)
    school = sign_in(role="school", scope=made.school_contact)
    answer = school.post(f"/referrals/{number}/step/send")
    assert answer.status_code == 409
    assert "Say anew how to reach the family first" in school.get(f"/referrals/{number}").text
    say_anew(app, made)
    with writing(app):
        needs.send(referral_of(number), Actor.system())
        assert portal.shown(referral_of(number))["contact_preference"] == "Call Rosa"


def test_a_new_consent_does_not_bring_the_old_words_back(app: Flask, made: MadeUp) -> None:
    with writing(app):
        bob, need = cared_for(made)
        number = needs.send(drafted(made), Actor.system()).referral_id
    bar(app, bob)
    with writing(app):
        need = db.session().get_one(Need, made.need)
        again = values_of_consent(disclosed=TOLD, signed_on=day_here())
        consenting.write(need, made.agencies[:1], again, "Test")
        told = portal.shown(referral_of(number))
        assert told["guardian"] == "Rosa Quartz"
        assert "contact_preference" not in told
    say_anew(app, made)
    with writing(app):
        assert portal.shown(referral_of(number))["contact_preference"] == "Call Rosa"


def test_paper_shows_what_the_agency_may_read_now(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        bob, _need = cared_for(made)
        number = drafted(made).id
    school = sign_in(role="school", scope=made.school_contact)
    paper = f"/referrals/{number}/print"
    unsent = school.get(paper).text
    assert "It has not been sent yet" in unsent
    assert "Call Bob" not in unsent
    with writing(app):
        needs.send(referral_of(number), Actor.system())
    assert "Call Bob" in school.get(paper).text
    bar(app, bob)
    assert "Bob" not in school.get(paper).text
    with writing(app):
        needs.withdraw(referral_of(number), stepping.By("school", "Ada"), "Moved away")
    over = school.get(paper).text
    assert "Give this to nobody" in over
    assert "Wilhelmina" not in over


def test_the_familys_link_ends_with_who_had_it(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        bob, _need = cared_for(made)
        number = needs.send(drafted(made), Actor.system()).referral_id
        old = links.token(links.FAMILY, number, referral_of(number).link_version)
    client = app.test_client()
    assert client.get(f"/referrals/family/{old}").status_code == 200
    bar(app, bob)
    closed = client.get(f"/referrals/family/{old}")
    assert closed.status_code == 404
    assert "Alder" not in closed.text
    school = sign_in(role="school", scope=made.school_contact)
    assert "/referrals/family/" not in school.get(f"/referrals/{number}").text
    say_anew(app, made)
    assert client.get(f"/referrals/family/{old}").status_code == 404  # Bob's stays closed.
    assert "/referrals/family/" in school.get(f"/referrals/{number}").text


def desk_of(made: MadeUp) -> portal.Desk:
    return portal.Desk(frozenset(made.agencies[:1]), "Alder")


def test_nobody_asks_a_victim_service_how_it_goes(app: Flask, made: MadeUp) -> None:
    with writing(app):
        db.session().get_one(Agency, made.agencies[0]).acknowledges_only = True
    number = sent(app, made)
    with writing(app):
        portal.move(desk_of(made), referral_of(number), "accept", {}, None)
        row = referral_of(number)
        assert (row.state, row.due_at, row.assignee, row.next_on) == ("accepted", None, "", None)


def day_here_in(app: Flask) -> object:
    with app.app_context():
        return day_here()


def test_two_tries_at_once_are_two(app: Flask, made: MadeUp) -> None:
    number = sent(app, made)
    values = {"assignee": "Ines", "next_on": day_here_in(app)}
    with writing(app):
        portal.move(desk_of(made), referral_of(number), "accept", values, None)
    barrier = Barrier(2)

    def log() -> None:
        with app.test_request_context():
            if db.session().get_bind().dialect.name == "sqlite":  # There only one writes at a time.
                with db.transaction(Actor(None, "A"), "test"):
                    portal.move(desk_of(made), referral_of(number), "attempt", {"note": "x"}, None)
                return
            with db.transaction(Actor(None, "A"), "test"):
                row = referral_of(number)
                barrier.wait(20)
                portal.move(desk_of(made), row, "attempt", {"note": "x"}, None)

    both = [Thread(target=log) for _each in (0, 1)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with app.app_context():
        assert referral_of(number).attempts == 2
