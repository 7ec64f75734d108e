"""What an agency chooses about itself, and that it is written to in its language."""

import re
from threading import Barrier, Thread

import pytest
from flask import Flask

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Agency
from crm_referrals.services import needs, portal
from crm_referrals.tests.made_up import MadeUp, make, sent, values_of_need
from crm_schools.public import Student


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def chosen(app: Flask, made: MadeUp) -> tuple[str, int | None, str]:
    with app.app_context():
        row = db.session().get_one(Agency, made.agencies[0])
        return row.notice, row.weekly_cap, row.language


@on_sqlite
def test_an_agency_chooses_how_it_hears_and_in_what_language(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    other = sign_in(role="agency", scope=made.agency_contacts[1])
    page = agency.get("/referrals/inbox/entries").text
    action = re.findall(r'action="(/referrals/inbox/entries/choices/\d+)"', page)[0]
    own = f"a{made.agencies[0]}-"
    values = {f"{own}notice": "at_once", f"{own}language": "es", f"{own}weekly_cap": "3"}
    assert other.post(action, data=values).status_code == 404
    assert sign_in(role="viewer").post(action, data=values).status_code == 403
    assert agency.post(action, data=values).status_code == 303
    assert chosen(app, made) == ("at_once", 3, "es")
    sent(app, made)
    with app.app_context(), system("test"):
        rows = db.session().connection().exec_driver_sql("select subject, body from outgoing_mail").all()
    assert "remisi" in rows[0][0]
    with app.app_context():
        token = links.token(links.AGENCY, made.agencies[0], 1, sent_to="a@example.org")
    link = f"/referrals/for-agencies/{token}"
    by_link = sign_in()
    assert by_link.post(f"{link}/choices", data=values | {f"{own}notice": "daily"}).status_code == 303
    assert chosen(app, made) == ("daily", 3, "es")
    assert told_last(app) == ("a@example.org", "Cómo se entera de las remisiones Alder Rides ha cambiado")
    assert by_link.post(f"{link}/choices", data=values | {f"{own}weekly_cap": "-4"}).status_code == 422
    assert chosen(app, made) == ("daily", 3, "es")


def test_no_two_take_the_last_place_of_a_week(app: Flask, made: MadeUp) -> None:
    first = sent(app, made)
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        student = db.session().get_one(Student, made.student)
        made.need = needs.open_need(student, values_of_need(), Actor.system()).id
        db.session().get_one(Agency, made.agencies[0]).weekly_cap = 1
    ids, barrier, outcomes = [first, sent(app, made)], Barrier(2), []

    def accept(referral_id: int) -> None:
        desk = portal.Desk(frozenset(made.agencies), "Alder")
        with app.test_request_context():
            barrier.wait()
            try:
                with db.transaction(Actor(None, "Alder"), "test"):
                    row = portal.find(desk, referral_id)
                    assert row is not None
                    values = {"assignee": "Ines", "next_on": db.now().date()}
                    portal.move(desk, row, "accept", values, None)
                outcomes.append("accepted")
            except UserError:
                outcomes.append("refused")

    threads = [Thread(target=accept, args=(each,)) for each in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "refused"]


@on_sqlite
def test_a_campaign_shows_unmet_needs_without_names(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    assert "Needs that nobody met" in sign_in(role="viewer").get("/referrals/ledger/short").text
    assert (
        sign_in(role="agency", scope=made.agency_contacts[0]).get("/referrals/ledger/short").status_code
        == 403
    )


def told_last(app: Flask) -> tuple[str, str]:
    """To whom the last message went, and its subject."""
    with app.app_context(), system("test"):
        rows = db.session().connection().exec_driver_sql("select recipient, subject from outgoing_mail").all()
    return rows[-1][0], rows[-1][1]
