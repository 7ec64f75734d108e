"""A need that several agencies are asked about at once."""

import dataclasses
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.models import Disclosure, Need, Referral, Service
from crm_referrals.services import consenting, needs, pooling, portal
from crm_referrals.tests.made_up import MadeUp, make, referral_of, ticked, values_of_consent

NAMELESS = ("Wilhelmina", "Quartz", "Call after six", "eleven times", "37203")


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def offered(app: Flask, made: MadeUp) -> list[int]:
    """A need offered to both agencies with a consent that names both; the ids of its referrals."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        told = [*words.MINIMUM, "note", "zip_code"]
        consenting.write(need, made.agencies, values_of_consent(disclosed=told), "Test")
        services = [db.session().get_one(Service, each) for each in made.services]
        rows = pooling.draft(need, services, Actor.system(), None)
        pooling.send(rows[0], Actor.system(), None)
        return [each.id for each in rows]


@on_sqlite
def test_the_first_that_accepts_learns_whom_it_is_about(  # noqa: PLR0915  # One walk through it.
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    match = f"/referrals/needs/{made.need}/match"
    assert "Or ask several agencies at once" in school.get(match).text
    one = {"several": "1", "pool": [made.services[0]]}
    assert "at least two agencies" in school.post(match, data=one).text
    chosen = school.post(match, data={"several": "1", "pool": made.services})
    assert chosen.status_code == 303
    assert school.post("/referrals/1/step/send", data={}).status_code == 409
    danger = {"emergency": "1", "note": "There is danger"}
    assert school.post("/referrals/1/step/send", data=danger).status_code == 409
    told = [*words.MINIMUM, "note", "zip_code"]
    consent = values_of_consent(signed_on="2026-11-20", expires_on="2027-06-01", disclosed=told)
    assert school.post(chosen.location, data=consent | ticked(made, 0, 1)).status_code == 303
    assert school.post("/referrals/1/step/send", data={}).status_code == 303
    agencies = [sign_in(role="agency", scope=each) for each in made.agency_contacts]
    for number, agency in enumerate(agencies, 1):
        for path in (f"/{number}", f"/{number}/fhir", "/export.csv", ""):
            read = agency.get(f"/referrals/inbox{path}").text
            assert not [text for text in NAMELESS if text in read], path
        page = agency.get(f"/referrals/inbox/{number}").text
        assert "Several agencies were asked" in page
        assert "Getting to school" in page
        assert f"/referrals/inbox/{number}/waitlist" not in page
        waits = {"next_on": str(db.now().date()), "family_agrees": "y"}
        assert agency.post(f"/referrals/inbox/{number}/waitlist", data=waits).status_code == 409
    accept = {"assignee": "Ines", "next_on": str(db.now().date())}
    assert agencies[1].post("/referrals/inbox/2/accept", data=accept).status_code == 303
    page = agencies[1].get("/referrals/inbox/2").text
    assert "Wilhelmina" in page
    assert "Missed the bus eleven times" in page
    late = agencies[0].post("/referrals/inbox/1/accept", data=accept)
    assert late.status_code == 409
    assert not [text for text in NAMELESS if text in agencies[0].get("/referrals/inbox/1").text]
    with app.app_context(), system("test"):
        assert [referral_of(each).state for each in (1, 2)] == ["withdrawn", "accepted"]
        rows = db.session().execute(select(Disclosure.referral_id, Disclosure.disclosed))
        told_of: dict[int, list[list[str]]] = {}
        for referral_id, disclosed in rows:
            told_of.setdefault(referral_id, []).append(disclosed)
        assert told_of[1] == [["area", "category", "language"]]
        assert told_of[2] == [["area", "category", "language"], sorted(referral_of(2).packet)]
        taken = [each for each in _mails() if "is taken" in each[1]]
        assert [to for to, _subject in taken] == ["a@example.org"]
    assert "this one was first" in school.get("/referrals/2").text


def _mails() -> list[tuple[str, str]]:
    rows = db.session().connection().exec_driver_sql("select recipient, subject from outgoing_mail")
    return [(row[0], row[1]) for row in rows]


def test_of_two_that_accept_at_once_one_gets_it(app: Flask, made: MadeUp) -> None:
    ids = offered(app, made)
    barrier, outcomes = Barrier(2), []

    def accept(number: int) -> None:
        desk = portal.Desk(frozenset({made.agencies[number]}), f"Agency {number}")
        with app.test_request_context():
            barrier.wait()
            try:
                with db.transaction(Actor(None, desk.label), "test"):
                    row = portal.find(desk, ids[number])
                    assert row is not None
                    values = {"assignee": "Ines", "next_on": db.now().date()}
                    portal.move(desk, row, "accept", values, None)
                outcomes.append("accepted")
            except UserError:
                outcomes.append("refused")

    threads = [Thread(target=accept, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "refused"]
    with app.app_context(), system("test"):
        rows = db.session().scalars(select(Referral).order_by(Referral.id)).all()
        assert sorted(each.state for each in rows) == ["accepted", "withdrawn"]
        assert ["name" in each.packet for each in rows] == [each.state == "accepted" for each in rows]


@on_sqlite
def test_nothing_is_offered_without_a_consent_for_all_of_them(app: Flask, made: MadeUp) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(), "Test")
        services = [db.session().get_one(Service, each) for each in made.services]
        pooling.draft(need, services, Actor.system(), None)
    with (
        pytest.raises(UserError, match="Nothing is sent without a consent"),
        app.test_request_context(),
        db.transaction(Actor.system(), "test"),
        system("test"),
    ):
        pooling.send(referral_of(1), Actor.system(), None)
    with app.app_context():
        assert [referral_of(each).state for each in (1, 2)] == ["draft", "draft"]


def accepted_by(sign_in: SignIn, made: MadeUp, number: int, referral_id: int) -> FlaskClient:
    """An agency that has accepted what several were offered."""
    agency = sign_in(role="agency", scope=made.agency_contacts[number])
    accept = {"assignee": "Ines", "next_on": str(db.now().date())}
    assert agency.post(f"/referrals/inbox/{referral_id}/accept", data=accept).status_code == 303
    return agency


@on_sqlite
def test_who_accepts_cannot_go_back_to_having_only_read(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Else an agency would read the name, hand it back, and nobody else would be asked any more."""
    first, _second = offered(app, made)
    agency = accepted_by(sign_in, made, 0, first)
    assert f"/referrals/inbox/{first}/unaccept" not in agency.get(f"/referrals/inbox/{first}").text
    refused = agency.post(f"/referrals/inbox/{first}/unaccept", data={})
    assert refused.status_code == 409
    assert "The other agencies were told that you took it" in refused.text
    with app.app_context():
        assert referral_of(first).state == "accepted"


@on_sqlite
def test_who_does_not_know_the_student_does_not_know_the_school(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    first, _second = offered(app, made)
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        values = {"state": "info_needed"}
        db.session().execute(update(Referral).where(Referral.id == first).values(**values))
        teacher = dataclasses.replace(Actor.system(), label="Tess Marlow")
        needs.answer(referral_of(first), teacher, "After school")
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    page = agency.get(f"/referrals/inbox/{first}").text
    assert "After school" in page
    assert "Marlow" not in page
    assert "Marlow" in accepted_by(sign_in, made, 0, first).get(f"/referrals/inbox/{first}").text


@on_sqlite
def test_what_another_agency_took_does_not_come_back(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    first, second = offered(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    assert school.post(f"/referrals/{first}/step/mistake", data={"note": "Wrong"}).status_code == 303
    accepted_by(sign_in, made, 1, second)
    back = school.post(f"/referrals/{first}/step/back", data={})
    assert back.status_code == 409
    assert "Another agency was faster" in back.text
    with app.app_context():
        assert [referral_of(each).state for each in (first, second)] == ["entered_in_error", "accepted"]


def test_a_refusal_elsewhere_at_the_same_moment_does_not_hinder_an_acceptance(
    app: Flask, made: MadeUp
) -> None:
    ids, barrier = offered(app, made), Barrier(2)
    outcomes: list[str] = []
    said: dict[str, dict[str, object]] = {
        "accept": {"assignee": "Ines", "next_on": db.now().date()},
        "decline": {"reason": "full", "note": "x"},
    }

    def move(number: int, step: str) -> None:
        desk = portal.Desk(frozenset({made.agencies[number]}), f"Agency {number}")
        with app.test_request_context():
            barrier.wait()
            try:
                with db.transaction(Actor(None, desk.label), "test"):
                    row = portal.find(desk, ids[number])
                    assert row is not None
                    portal.move(desk, row, step, said[step], None)
                outcomes.append(step)
            except UserError as error:
                outcomes.append(f"{step}: {error.message}")

    threads = [Thread(target=move, args=each) for each in ((0, "accept"), (1, "decline"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "accept" in outcomes
    with app.app_context(), system("test"):
        assert referral_of(ids[0]).state == "accepted"
        assert referral_of(ids[1]).state in {"declined", "withdrawn"}
