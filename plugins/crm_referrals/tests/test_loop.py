"""The whole loop as people walk it, who sees what, links, and what two do at once."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm_referrals import links
from crm_referrals.models import Consent, Disclosure, Event, Need, Referral, Unmet
from crm_referrals.services import asking, consenting, needs, portal, stepping, timers
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

NAME = "Wilhelmina Quartz"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def mails(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context(), system("test"):
        rows = (
            db.session()
            .connection()
            .exec_driver_sql("select recipient, subject, body from outgoing_mail order by id")
        )
        return [tuple(row) for row in rows]


def test_a_school_refers_an_agency_accepts_and_the_loop_closes(  # noqa: PLR0915  # One walk through the whole loop.
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    form = {key: value for key, value in values_of_need().items() if value is not False}
    new = f"/referrals/student/{made.student}/new"
    warned = school.post(new, data=form)
    assert warned.status_code == 409
    assert "open for this student already" in warned.text
    started = school.post(new, data=form | {"all_the_same": "1"})
    assert started.status_code == 303
    match = started.location
    page = school.get(match).text
    assert "Alder Rides service" in page
    assert "Serves 37203" in page
    chosen = school.post(match, data={"service_id": made.services[0]})
    assert chosen.status_code == 303, chosen.text
    with app.app_context(), system("test"):
        referral_id = db.session().scalars(select(Referral.id)).one()
    refused = school.post(f"/referrals/{referral_id}/step/send", data={})
    assert refused.status_code == 409
    assert "Nothing is sent without a consent" in refused.text
    consent = values_of_consent(signed_on="2026-11-20") | {"expires_on": "2027-06-01"} | ticked(made, 0)
    assert school.post(chosen.location, data=consent).status_code == 303
    assert school.post(f"/referrals/{referral_id}/step/send", data={}).status_code == 303
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "Alder Rides service" in agency.get("/referrals/inbox").text
    assert NAME not in agency.get("/referrals/inbox").text
    shown = agency.get(f"/referrals/inbox/{referral_id}").text
    assert NAME in shown
    assert "Call after six" in shown
    assert "eleven times" not in shown  # The consent does not name it.
    where = f"/referrals/inbox/{referral_id}"
    assert agency.post(f"{where}/ask", data={"note": "Which side of the river?"}).status_code == 303
    assert "Which side of the river?" in school.get(f"/referrals/{referral_id}").text
    assert (
        school.post(f"/referrals/{referral_id}/step/answer", data={"note": "The east side"}).status_code
        == 303
    )
    accepted = agency.post(f"{where}/accept", data={"assignee": "Ines", "next_on": str(db.now().date())})
    assert accepted.status_code == 303, accepted.text
    assert agency.post(f"{where}/start", data={"started_on": str(db.now().date())}).status_code == 303
    assert agency.post(f"{where}/complete", data={"outcome": "enrolled"}).status_code == 303
    assert "Enrolled, gets help" in school.get(f"/referrals/{referral_id}").text
    assert school.post(f"/referrals/{referral_id}/step/acknowledge", data={}).status_code == 303
    with app.app_context(), system("test"):
        disclosure, answered = db.session().scalars(select(Disclosure).order_by(Disclosure.id))
        assert disclosure.disclosed == sorted(referral_of(referral_id).packet)
        assert answered.disclosed == ["message"]
    for _to, subject, body in mails(app):
        assert "Quartz" not in subject + body
        assert "Wilhelmina" not in subject + body
    for path in (f"/referrals/needs/{referral_of_need(app, referral_id)}", f"/referrals/{referral_id}/print",
                 f"/referrals/student/{made.student}", "/referrals/?view=answered"):  # fmt: skip
        assert school.get(path).status_code == 200, path
    assert "Alder Rides" in school.get(f"/referrals/student/{made.student}/disclosures").text
    fhir = agency.get(f"{where}/fhir").get_json()
    assert fhir["entry"][1]["resource"]["status"] == "completed"


def referral_of_need(app: Flask, referral_id: int) -> int:
    with app.app_context():
        return referral_of(referral_id).need_id


def test_another_agency_reads_the_same_bytes_with_or_without_it(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    other = sign_in(role="agency", scope=made.agency_contacts[1])
    paths = ["/referrals/inbox", *(f"/referrals/inbox?folder={name}" for name in portal.FOLDERS),
             "/referrals/inbox/1", "/referrals/inbox/1/fhir", "/referrals/inbox/999", "/referrals/directory",
             "/referrals/1", "/referrals/needs/1", "/referrals/", "/referrals/services", "/hsds/services",
             f"/referrals/directory/{made.services[0]}"]  # fmt: skip

    def read() -> list[tuple[int, str]]:
        answers = [other.get(path) for path in paths]
        return [(each.status_code, re.sub(r"[\w.-]{60,}", "", each.text)) for each in answers]

    before = read()
    referral_id = sent(app, made, 0)
    assert read() == before
    assert other.post(f"/referrals/inbox/{referral_id}/accept", data={"assignee": "X"}).status_code == 404
    with app.app_context():
        assert referral_of(referral_id).state == "sent"


def test_a_link_answers_without_an_account_and_only_by_its_buttons(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    referral_id = sent(app, made)
    with app.app_context():
        token = links.token(links.REFERRAL, referral_id, 1)
    phone = app.test_client()
    phone_page = phone.get(f"/referrals/r/{token}").text
    assert NAME in phone_page
    with app.app_context():
        assert referral_of(referral_id).version == 2  # Sending was the last that happened.
    assert app.test_client().get(f"/referrals/r/{token[:-2]}xx").status_code == 404
    with app.app_context():
        assert links.read(links.CONSENT, token) is None
        with db.transaction(Actor.system(), "test"), system("test"):
            consent = db.session().scalars(select(Consent)).one()
            assert consenting.revoke(consent, stepping.By("family", "Rosa")) == 1
        assert referral_of(referral_id).state == "withdrawn"
    gone = app.test_client().get(f"/referrals/r/{token}")
    assert gone.status_code == 404
    assert "This link does not work" in gone.text
    values = {"assignee": "Ines", "next_on": str(db.now().date())}
    assert sign_in().post(f"/referrals/r/{token}/accept", data=values).status_code == 404
    with app.app_context(), system("test"):
        refused = db.session().scalars(select(Event).where(Event.was_refused)).one()
        assert (refused.step, refused.actor_label, refused.to_state) == ("accept", "An old link", "withdrawn")
    assert any("withdrawn" in subject for _to, subject, _body in mails(app))


def test_a_guardian_signs_by_the_link_in_spanish(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        asked = consenting.write(need, [made.agencies[0]], values_of_consent(method="link"), "Test")
        token = links.token(links.CONSENT, asked.id, 1)
    family = sign_in()
    address = f"/referrals/consent/{token}"
    assert NAME not in family.get(address).text
    wrong = {"birth_date": "2011-01-01", "signer_name": "Rosa", "signer_relation": "parent", "agrees": "y"}
    assert family.post(address, data=wrong).status_code == 422
    assert 'lang="es"' in family.post(address, data=wrong).text
    assert family.post(address, data=wrong | {"birth_date": BORN.isoformat()}).status_code == 303
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.status)).one() == "signed"


GUESS = {"birth_date": "2011-01-01", "signer_name": "Rosa", "signer_relation": "parent", "agrees": "y"}


def asked_by_link(app: Flask, made: MadeUp) -> tuple[int, str]:
    """A consent that waits for a family; its id and its page."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        found = db.session().connection().exec_driver_sql("select max(id) from user_account")
        need.owner_user_id = found.scalar()
        values = values_of_consent(method="link", email="family@example.org")
        asked = consenting.write(need, [made.agencies[0]], values, "Test")
        asked.language = "en"
        return asked.id, f"/referrals/consent/{links.token(links.CONSENT, asked.id, 1)}"


def test_guessing_a_birth_date_locks_the_link(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _consent_id, address = asked_by_link(app, made)
    guesser = sign_in()
    assert "You need no new one" in guesser.post(f"{address}/new-link").text
    answers = [guesser.post(address, data=GUESS).status_code for _each in range(asking.MOST_TRIES)]
    assert answers == [422] * (asking.MOST_TRIES - 1) + [429]
    right = GUESS | {"birth_date": BORN.isoformat()}
    for where in ("192.0.2.7", "192.0.2.8"):  # From anywhere.
        page = guesser.post(address, data=right, environ_overrides={"REMOTE_ADDR": where}).text
        assert "This link is locked" in page
        assert "May the school tell this agency?" not in page
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.status)).one() == "asked"


def test_a_locked_family_gets_a_new_link_from_the_school(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    consent_id, address = asked_by_link(app, made)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        drafted(made)
        db.session().get_one(Consent, consent_id).tries = asking.MOST_TRIES
    family = sign_in()
    for _twice in range(2):
        assert family.post(f"{address}/new-link").status_code == 303
    assert "The school knows that you want a new link" in family.get(address).text
    told = [body for _to, subject, body in mails(app) if subject == "A family asks for a new link"]
    assert len(told) == 1
    assert "Quartz" not in told[0]
    assert "The family asks for a new link" in school.get(f"/referrals/needs/{made.need}").text
    assert school.post(f"/referrals/consents/{consent_id}/link", data={"email": ""}).status_code == 303
    assert family.get(address).status_code == 404
    with app.app_context():
        fresh = f"/referrals/consent/{links.token(links.CONSENT, consent_id, 2)}"
    signed = family.post(fresh, data=GUESS | {"birth_date": BORN.isoformat()})
    assert signed.status_code == 303, signed.text
    assert "The consent is signed" in family.get(fresh).text


def test_of_two_phones_one_accepts(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    barrier, outcomes = Barrier(2), []

    def accept(name: str) -> None:
        desk = portal.Desk(frozenset(made.agencies), name)
        with app.test_request_context():
            referral = portal.find(desk, referral_id)
            assert referral is not None
            seen = referral.version
            barrier.wait()
            try:
                with db.transaction(Actor(None, name), "test"):
                    again = portal.find(desk, referral_id)
                    assert again is not None
                    values = {"assignee": name, "next_on": db.now().date()}
                    portal.move(desk, again, "accept", values, seen)
                outcomes.append("accepted")
            except UserError:
                outcomes.append("refused")

    threads = [Thread(target=accept, args=(name,)) for name in ("Ines", "Omar")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "refused"]
    with app.app_context(), system("test"):
        assert len(db.session().scalars(select(Event.id).where(Event.step == "accept")).all()) == 1


def test_a_reminder_goes_out_once_however_often_the_clock_looks(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    before, due_at = len(mails(app)), db.now()
    for _again in range(3):
        with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
            referral = referral_of(referral_id)
            referral.due_at = due_at
            timers.tick(referral)
    assert len(mails(app)) == before + 1


def test_what_stays_unanswered_comes_to_the_coordinators_of_the_school_once(
    app: Flask, made: MadeUp, make_user: MakeUser
) -> None:
    """Two business days after it was due (referrals: “+2 grace, then coordinator”)."""
    ours = make_user(role="coordinator", scope=made.school_contact)
    make_user(role="coordinator", scope=made.agency_contacts[0])
    referral_id = sent(app, made)
    for _again in range(2):
        with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
            referral = referral_of(referral_id)
            referral.due_at = db.now() - timedelta(days=9)
            timers.tick(referral)
    told = [recipient for recipient, subject, _body in mails(app) if "has not answered" in subject]
    assert told.count(ours.email) == 1
    assert {*told} == {ours.email}


def test_an_unmet_need_is_counted_without_a_name(app: Flask, made: MadeUp) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        consenting.write(
            db.session().get_one(Need, made.need), made.agencies[:1], values_of_consent(), "Test"
        )
        referral = drafted(made)
        needs.send(referral, Actor.system())
        needs.withdraw(referral, stepping.By.school(Actor.system()), "Nothing came of it")
        needs.close(db.session().get_one(Need, made.need), "unmet", "no_funds")
        row = db.session().scalars(select(Unmet)).one()
        assert (row.category, row.zip3, row.reason, row.attempts) == ("transport", "372", "no_funds", 1)
