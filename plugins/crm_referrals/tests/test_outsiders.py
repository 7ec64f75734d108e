"""Every address of the plugin, asked by those whom it does not concern."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links, words
from crm_referrals.models import Consent, Disclosure, Event, Message, Need, Referral
from crm_referrals.services import consenting, needs, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, organization, referral_of, values_of_consent

pytestmark = on_sqlite
SECRETS = ("Wilhelmina", "Quartz", "eleven times", "Call after six", "side of the river", "2012-05-04")
OPEN_TO_MANY = frozenset(
    {"index", "service", "public_index", "public_service", "export", "static", "ledger", "unmet_panel"}
)
"""The directory, and numbers without names."""


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def everything(app: Flask, made: MadeUp) -> dict[str, int]:
    """A referral with a message, sent with a consent, and one sent as an emergency; the ids of its parts."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        consent = consenting.write(need, [made.agencies[0]], values_of_consent(), "Test")
        referral = drafted(made)
        needs.send(referral, Actor.system())
        needs.write_to_agency(referral, Actor.system(), "She lives on the east side of the river")
        needs.send(drafted(made, 1), Actor.system(), emergency="There is danger")
        ids = {"referral_id": referral.id, "consent_id": consent.id}
    with app.app_context(), system("test"):
        found = db.session().scalars(select(Disclosure.id).where(Disclosure.basis == "emergency")).one()
    return ids | {
        "need_id": made.need,
        "student_id": made.student,
        "disclosure_id": found,
        "service_id": made.services[0],
        "agency_id": made.agencies[0],
        "contact_id": made.agency_contacts[0],
        "proposal_id": 1,
        "location_id": 1,
    }


def addresses(app: Flask, ids: dict[str, int]) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every page of the plugin that takes no token."""
    found = []
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.removeprefix("referrals.")
        if not rule.endpoint.startswith("referrals.") or "token" in rule.arguments or name == "static":
            continue
        for step in ("accept", "send", "message", "withdraw") if "step" in rule.arguments else ("",):
            path = rule.rule
            for argument in rule.arguments:
                value = step if argument == "step" else str(ids[argument])
                path = re.sub(rf"<(int:)?{argument}>", value, path)
            found += [(name, method, path) for method in (rule.methods or set()) & {"GET", "POST"}]
    return found


def state(app: Flask) -> list[object]:
    """All that could change by a step that nobody may take."""
    with app.app_context(), system("test"):
        return [
            db.session().execute(select(model.__table__).order_by(model.id)).all()
            for model in (Referral, Consent, Need, Disclosure, Message)
        ]


@pytest.mark.parametrize("who", ["another school", "another agency", "viewer", "organizer", "nobody"])
def test_outsiders_learn_nothing_and_change_nothing(
    app: Flask, sign_in: SignIn, made: MadeUp, who: str
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        elsewhere = organization("Faraway Elementary").id
        stranger = organization("Faraway Agency").id
    clients: dict[str, Callable[[], FlaskClient]] = {
        "another school": lambda: sign_in(role="school", scope=elsewhere),
        "another agency": lambda: sign_in(role="agency", scope=stranger),
        "viewer": lambda: sign_in(role="viewer"),
        "organizer": lambda: sign_in(role="organizer"),
        "nobody": app.test_client,
    }
    client = clients[who]()
    asked = addresses(app, everything(app, made))
    assert len(asked) > 50
    before = state(app)
    for name, method, path in asked:
        if who == "organizer" and method == "POST" and re.search("directory|agencies|capacity", path):
            continue  # Theirs to change.
        values = {"note": "x", "assignee": "x", "text": "x", "sure": "1", "follow_up": "helped"}
        answer = client.open(path, method=method, data=values if method == "POST" else None)
        read = answer.get_data().decode("utf-8", "replace")  # The directory goes out as a zip.
        for secret in SECRETS:
            assert secret not in read, f"{who} reads {secret} at {method} {path}"
        assert answer.status_code < 500, path
        if name not in OPEN_TO_MANY and method == "POST":
            assert answer.status_code in {302, 303, 400, 403, 404, 409, 422}, f"{path}: {answer.status_code}"
    assert state(app) == before


def test_an_agency_reads_exactly_what_was_consented_to(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    ids = everything(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    page = agency.get(f"/referrals/inbox/{ids['referral_id']}").text
    with app.app_context():
        packet = referral_of(ids["referral_id"]).packet
    assert sorted(packet) == sorted(words.MINIMUM)
    assert "Wilhelmina Quartz" in page
    for hidden in ("eleven times", "2012-05-04", "May 4, 2012", "Dune Elementary", "37203"):
        assert hidden not in page
        assert hidden not in agency.get(f"/referrals/inbox/{ids['referral_id']}/fhir").text
        assert hidden not in agency.get("/referrals/inbox/export.csv").text


def test_after_revocation_nothing_is_left_to_read_or_do(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    ids = everything(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    one = f"/referrals/inbox/{ids['referral_id']}"
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        token = links.token(links.REFERRAL, ids["referral_id"], 1)
        consent = db.session().get_one(Consent, ids["consent_id"])
        consenting.revoke(consent, stepping.By("family", "Rosa Quartz"))
    for path in (one, f"{one}/fhir", "/referrals/inbox/export.csv", f"/referrals/r/{token}"):
        text = agency.get(path).text
        assert not [secret for secret in SECRETS if secret in text and secret != "Quartz"], path
    for step in ("accept", "message", "attempt", "complete"):
        values = {"assignee": "x", "next_on": str(db.now().date()), "note": "x", "outcome": "enrolled"}
        assert agency.post(f"{one}/{step}", data=values).status_code == 409, step
    assert agency.post(f"/referrals/r/{token}/accept", data={"assignee": "x"}).status_code == 404
    with app.app_context(), system("test"):
        assert referral_of(ids["referral_id"]).state == "withdrawn"
        refused = db.session().scalars(select(Event.step).where(Event.was_refused)).all()
    assert {"accept", "complete"} <= set(refused)


def test_every_way_back_leads_where_its_reader_may_go(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    everything(app, made)
    reader = sign_in(role="coordinator")
    for path in (f"/referrals/needs/{made.need}", f"/referrals/agencies/{made.agencies[0]}"):
        page = reader.get(path)
        assert page.status_code == 200
        main = page.text.partition("<main")[2]
        ways = re.findall(r'href="(/(?:referrals/student|referrals/|contacts)(?:/\d+)?)"', main)
        for way in dict.fromkeys(ways):
            assert reader.get(way).status_code == 200, way
