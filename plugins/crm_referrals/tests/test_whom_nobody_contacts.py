"""A guardian who must not be contacted any more, or is none any more: nobody asks or calls them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.records import Email, Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.models import Consent, Disclosure, Need, Referral
from crm_referrals.services import asking, consenting, needs, portal, stepping, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, ticked, values_of_consent
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_consent_pages import on_paper
from crm_referrals.tests.test_forgetting import guardian
from crm_schools.public import Guardian

TOLD = [*words.MINIMUM, "phone"]
NUMBER, SHOWN = "+16155550199", "555-0199"
GONE = "the agency does not see this any more"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        yield


def cares(made: MadeUp, name: str, number: str, address: str) -> int:
    contact_id = guardian(name, made.student)
    db.session().add(Phone(contact_id=contact_id, number=number))
    db.session().add(Email(contact_id=contact_id, address=address, address_key=address))
    db.session().flush()
    return contact_id


def told_of(app: Flask, made: MadeUp) -> None:
    """A referral that tells the number of Rex, without his name."""
    with writing(app):
        cares(made, "Rex Quartz", NUMBER, "rex@example.org")
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(disclosed=TOLD), "Test")
        needs.send(drafted(made), Actor.system())


def bar(app: Flask, how: str) -> None:
    with writing(app):
        if how == "prohibited":
            db.session().scalars(select(Guardian)).one().contact_prohibited = True
        elif how == "renamed":
            row = db.session().scalars(select(Guardian)).one()
            row.contact_prohibited = True
            phone = db.session().scalars(select(Phone)).one()
            phone.number = "+16155550111"
        else:
            db.session().execute(delete(Guardian))


def run(app: Flask) -> list[tuple[str, str, str]]:
    """What goes out when the clock looks: to whom, subject and text of each."""
    with app.test_request_context():
        db.session().connection().exec_driver_sql("delete from outgoing_mail")
        db.session().commit()
        assert timers.reach(a_run())
        rows = db.session().connection().exec_driver_sql("select recipient, subject, body from outgoing_mail")
        return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize("how", ["prohibited", "renamed", "removed"])
def test_no_agency_reads_how_to_reach_them(app: Flask, made: MadeUp, how: str, sign_in: SignIn) -> None:
    told_of(app, made)
    agency, school = (
        sign_in(role="agency", scope=made.agency_contacts[0]),
        sign_in(role="school", scope=made.school_contact),
    )
    paths = ["/referrals/inbox/1", "/referrals/inbox/export.csv"]
    assert all(SHOWN in agency.get(path).text for path in paths)
    assert run(app) == []
    bar(app, how)
    for path in paths:
        assert SHOWN not in agency.get(path).text
        assert "Call after six" not in agency.get(path).text
    assert "Everything goes through the school" in agency.get(paths[0]).text
    need, sent = school.get(f"/referrals/needs/{made.need}").text, school.get("/referrals/1").text
    assert "Say how to reach the family now" in need
    assert SHOWN in sent
    assert GONE in sent
    mails = [each for each in run(app) if each[0] == "a@example.org"]
    assert [each[1] for each in mails] == ["How to reach a family has changed"]
    assert "Look before you call" in mails[0][2]
    assert "Quartz" not in str(mails)
    assert run(app) == []


@on_sqlite
def test_the_school_says_anew_how_to_reach_them(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    told_of(app, made)
    bar(app, "removed")
    with writing(app):
        cares(made, "Ida Quartz", "+16155550144", "ida@example.org")
    school = sign_in(role="school", scope=made.school_contact)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    page = f"/referrals/needs/{made.need}/reach"
    assert agency.get(page).status_code == 403
    assert sign_in(role="school", scope=made.agency_contacts[1]).get(page).status_code == 404
    values = {"version": 1, "language": "so", "contact_preference": "Mornings"}
    assert school.post(page, data=values).status_code == 303
    read = agency.get("/referrals/inbox/1").text
    assert "555-0144" in read
    assert "Mornings" in read
    assert "Ida" not in read
    assert school.post(page, data=values).status_code == 409
    assert school.post(page, data=values | {"version": 2, "contact_prohibited": "y"}).status_code == 303
    read = agency.get("/referrals/inbox/1").text
    assert "555-0144" not in read
    assert "Everything goes through the school" in read
    assert GONE not in school.get("/referrals/1").text
    with app.app_context(), system("test"):
        told = [
            set(each.disclosed) for each in db.session().scalars(select(Disclosure).order_by(Disclosure.id))
        ]
    assert ["phone" in each for each in told] == [True, True, False]


@pytest.mark.parametrize("how", ["prohibited", "removed"])
def test_no_link_asks_them(app: Flask, made: MadeUp, how: str, sign_in: SignIn) -> None:
    with writing(app):
        cares(made, "Rex Quartz", NUMBER, "rex@example.org")
        need = db.session().get_one(Need, made.need)
        drafted(made)
        values = values_of_consent(method="link", email="rex@example.org")
        consent_id = consenting.write(need, made.agencies[:1], values, "Test").id
    school = sign_in(role="school", scope=made.school_contact)
    with writing(app):
        db.session().execute(delete(Email))
        stepping.take(referral_of(1), "ask_consent", stepping.By("school", "Test"), {})
    bar(app, how)
    with app.app_context(), system("test"):
        assert not asking.is_answerable(db.session().get_one(Consent, consent_id))
    page = school.get(f"/referrals/needs/{made.need}").text
    assert "so it asks nothing" in page
    sign_in(role="coordinator")
    assert [each[1] for each in run(app)] == ["A consent asks nobody any more"]
    assert run(app) == []
    assert "rex@example.org" not in page.partition('type="email"')[2]
    with writing(app):
        asking.renew_link(db.session().get_one(Consent, consent_id), "ida@example.org")
    with app.app_context(), system("test"):
        consent = db.session().get_one(Consent, consent_id)
        assert asking.is_answerable(consent)
        assert consent.link_ends_at is not None
        assert consent.link_ends_at > db.now() + timedelta(days=20)


@on_sqlite
def test_their_signature_is_warned_of(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        cares(made, "Rex Quartz", NUMBER, "rex@example.org")
        drafted(made)
    bar(app, "prohibited")
    school = sign_in(role="school", scope=made.school_contact)
    page = f"/referrals/needs/{made.need}/consent"
    values = on_paper(signer_name="REX  Quartz") | ticked(made, 0)
    answer = school.post(page, data=values)
    assert answer.status_code == 422
    assert "must not be contacted about this student" in answer.text
    assert school.post(page, data=values | {"all_the_same": "1"}).status_code == 303
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.status)).all() == ["signed"]


@on_sqlite
def test_the_file_of_an_agency_asks_once_for_all(app: Flask, made: MadeUp) -> None:
    told_of(app, made)
    bar(app, "removed")
    counts = []
    for more in (0, 3):
        with writing(app):
            for _each in range(more):
                first = referral_of(1)
                names = [each.key for each in Referral.__table__.columns if each.key != "id"]
                db.session().add(Referral(**{name: getattr(first, name) for name in names}))
        with app.test_request_context():
            seen: list[str] = []

            def note(*said: Any, seen: list[str] = seen) -> None:
                seen.append(said[2])

            engine = db.session().get_bind()
            event.listen(engine, "before_cursor_execute", note)
            text = portal.as_csv(portal.Desk(frozenset(made.agencies), "Test"))
            event.remove(engine, "before_cursor_execute", note)
        assert SHOWN not in text
        assert text.count("Wilhelmina") == more + 1
        counts.append(len(seen))
    assert counts[0] == counts[1]
