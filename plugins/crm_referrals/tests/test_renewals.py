"""What can be mended: a consent that runs out while an agency is at work, an end that was no end, forms that
grew old."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from crm.plugin_api import Actor, Contact, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.models import Agency, Consent, Disclosure, Event, Need
from crm_referrals.services import consenting, needs, stepping, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, ticked, values_of_consent

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def write(app: Flask, what: Callable[[], object]) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        what()


def mails(app: Flask) -> list[tuple[str, str]]:
    """(recipient, subject and body) of all that was written."""
    with app.app_context(), system("test"):
        rows = (
            db.session()
            .connection()
            .exec_driver_sql("select recipient, subject, body from outgoing_mail order by id")
        )
        return [(row[0], f"{row[1]}\n{row[2]}") for row in rows]


def ends_in(days: int) -> Callable[[], None]:
    def end() -> None:
        consent = db.session().scalars(select(Consent).order_by(Consent.id.desc()).limit(1)).one()
        consent.expires_on = day_here() + timedelta(days=days)

    return end


def run_consents(app: Flask) -> None:
    with app.test_request_context():
        timers.consents(SimpleNamespace(actor=Actor.system(), cursor={}))


def owned(app: Flask, made: MadeUp) -> None:
    """Somebody looks after the need, so that somebody can be told."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        found = db.session().connection().exec_driver_sql("select max(id) from user_account").scalar()
        db.session().get_one(Need, made.need).owner_user_id = found


def test_a_consent_that_runs_out_is_told_and_renewed(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    owned(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    inbox, page = f"/referrals/inbox/{referral_id}", f"/referrals/needs/{made.need}/consent?again=1"
    before = len(mails(app))
    told = []
    for days in (20, 5, 5, -1, -1):
        write(app, ends_in(days))
        run_consents(app)
        told.append(len(mails(app)) - before)
    assert told == [0, 1, 1, 3, 3]  # The school beforehand; then the school and the agency; each once.
    texts = [text for _to, text in mails(app)[before:]]
    assert "runs out soon" in texts[0]
    assert sum("run out" in text for text in texts) == 2
    assert not [text for text in texts if "Quartz" in text or "Wilhelmina" in text]
    assert "Wilhelmina" not in agency.get(inbox).text
    assert "The consent ran out on" in school.get(f"/referrals/{referral_id}").text
    assert "Alder Rides" in school.get(page).text
    wider = values_of_consent(
        signed_on="2026-11-20", expires_on="2027-06-01", disclosed=[*words.MINIMUM, "note"]
    )
    assert school.post(page, data=wider | ticked(made, 0)).status_code == 303
    read = agency.get(inbox).text
    assert "Wilhelmina" in read
    assert "Missed the bus eleven times" in read
    assert "You can go on with a referral" in mails(app)[-1][1]
    with app.app_context(), system("test"):
        rows = db.session().scalars(select(Disclosure).order_by(Disclosure.id)).all()
        assert [each.consent_id for each in rows] == [1, 2]
        assert rows[-1].disclosed == sorted(referral_of(referral_id).packet)
        assert referral_of(referral_id).state == "sent"
    assert agency.post(f"{inbox}/message", data={"note": "We go on"}).status_code == 303


def test_a_renewal_that_is_refused_ends_it(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)

    def ask_again() -> None:
        need = db.session().get_one(Need, made.need)
        asked = consenting.write(need, [made.agencies[0]], values_of_consent(method="link"), "Test")
        consenting.refuse(asked, "Rosa Quartz")

    write(app, ask_again)
    with app.app_context():
        assert referral_of(referral_id).state == "withdrawn"


def test_a_yes_is_taken_back_by_the_link_of_the_old_one_too(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    write(
        app,
        lambda: consenting.write(
            db.session().get_one(Need, made.need), [made.agencies[0]], values_of_consent(), "Test"
        ),
    )
    family = stepping.By("family", "Rosa")
    write(app, lambda: consenting.revoke(db.session().get_one(Consent, 1), family))
    with app.app_context(), system("test"):
        assert referral_of(referral_id).state == "withdrawn"
        assert db.session().get_one(Consent, 2).status == "revoked"


def test_a_mistake_is_taken_back_within_a_day(  # noqa: PLR0915  # One walk through it.
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    referral_id = sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    steps, inbox = f"/referrals/{referral_id}/step", f"/referrals/inbox/{referral_id}"
    done = {"reason": "no_capacity", "note": "We are full"}
    assert agency.post(f"{inbox}/decline", data=done).status_code == 303
    with app.app_context():
        ended_at = referral_of(referral_id).ended_at
    assert school.post(f"{steps}/acknowledge", data={}).status_code == 303
    assert school.post(f"{steps}/acknowledge", data={}).status_code == 409
    assert "Not acknowledged after all" in school.get(f"/referrals/{referral_id}").text
    assert school.post(f"{steps}/unacknowledge", data={}).status_code == 303
    assert "Not acknowledged after all" not in school.get(f"/referrals/{referral_id}").text
    assert school.post(f"{steps}/mistake", data={"note": "Wrong sister"}).status_code == 303
    assert "Wilhelmina" not in agency.get(inbox).text
    assert "It was no mistake" in school.get(f"/referrals/{referral_id}").text
    assert school.post(f"{steps}/back", data={}).status_code == 303
    with app.app_context():
        row = referral_of(referral_id)
        assert (row.state, row.note) == ("declined", "We are full")
        assert row.ended_at is not None
        assert ended_at is not None
        assert abs(row.ended_at - ended_at) < timedelta(minutes=1)
    assert "Wilhelmina" in agency.get(inbox).text
    assert school.post(f"{steps}/mistake", data={"note": "Wrong sister"}).status_code == 303

    def yesterday() -> None:
        for event in db.session().scalars(select(Event).where(Event.step == "mistake")):
            event.at = db.now() - timedelta(hours=25)

    write(app, yesterday)
    assert "It was no mistake" not in school.get(f"/referrals/{referral_id}").text
    late = school.post(f"{steps}/back", data={})
    assert late.status_code == 409
    assert "last 24 hours" in late.text
    with app.app_context():
        assert referral_of(referral_id).state == "entered_in_error"


def test_what_was_no_mistake_rests_on_the_latest_word_of_the_family(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """The older consent let out more than the family allows since."""
    told = [*words.MINIMUM, "note"]
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(disclosed=told), "Test")
    referral_id = sent_on(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    steps, inbox = f"/referrals/{referral_id}/step", f"/referrals/inbox/{referral_id}"
    assert "eleven times" in agency.get(inbox).text
    assert school.post(f"{steps}/mistake", data={"note": "Wrong sister"}).status_code == 303
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(), "Test")
    assert school.post(f"{steps}/back", data={}).status_code == 303
    page = agency.get(inbox).text
    assert "Wilhelmina" in page
    assert "eleven times" not in page
    with app.app_context(), system("test"):
        rows = db.session().scalars(select(Disclosure).order_by(Disclosure.id)).all()
        assert [(each.consent_id, "note" in each.disclosed) for each in rows] == [(1, True), (2, False)]


def sent_on(app: Flask, made: MadeUp) -> int:
    """A referral that was sent on the consent that there is."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        referral = drafted(made)
        needs.send(referral, Actor.system())
        return referral.id


def test_an_acceptance_can_be_taken_back_only_where_it_is_offered(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    inbox = f"/referrals/inbox/{referral_id}"
    values = {"assignee": "Ines", "next_on": str(db.now().date())}
    assert agency.post(f"{inbox}/accept", data=values).status_code == 303
    assert f"{inbox}/unaccept" in agency.get(inbox).text

    def older() -> None:
        referral_of(referral_id).accepted_at = db.now() - timedelta(hours=25)

    write(app, older)
    assert f"{inbox}/unaccept" not in agency.get(inbox).text
    assert agency.post(f"{inbox}/unaccept", data={}).status_code == 409


def test_one_emergency_is_reviewed_once_however_much_is_written(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    write(app, lambda: needs.send(drafted(made), Actor.system(), emergency="There is danger"))
    for text in ("First", "Second"):
        write(app, lambda text=text: needs.write_to_agency(referral_of(1), Actor.system(), text))  # type: ignore[misc]  # Bound to each text.
    coordinator = sign_in(role="coordinator")
    assert coordinator.get("/referrals/1").text.count("I have reviewed it") == 1
    assert coordinator.post("/referrals/disclosures/1/review").status_code == 303
    assert "I have reviewed it" not in coordinator.get("/referrals/1").text
    assert "Wilhelmina" not in coordinator.get("/referrals/?view=emergencies").text
    with app.app_context(), system("test"):
        assert len(db.session().scalars(select(Disclosure.id)).all()) == 3


def test_a_parent_that_organizers_choose_gives_no_agency_away(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    referral_id = sent(app, made, 1)
    other = sign_in(role="agency", scope=made.agency_contacts[0])

    def put_under() -> None:
        db.session().get_one(Contact, made.agency_contacts[1]).parent_id = made.agency_contacts[0]

    write(app, put_under)
    assert other.get(f"/referrals/inbox/{referral_id}").status_code == 404
    assert "Wilhelmina" not in other.get("/referrals/inbox/export.csv").text
    assert "Birch" not in other.get("/referrals/inbox/entries").text


def test_only_coordinators_close_an_agency(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    close = f"/referrals/agencies/{made.agencies[0]}/close"
    organizer, coordinator = sign_in(role="organizer"), sign_in(role="coordinator")
    assert organizer.post(close).status_code == 403
    assert "The agency has closed" not in organizer.get(f"/referrals/agencies/{made.agencies[0]}").text
    assert coordinator.post(close).status_code == 303
    with app.app_context():
        assert db.session().get_one(Agency, made.agencies[0]).closed_on is not None


def test_an_old_form_undoes_nothing(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="organizer")
    for path, name in (
        (f"/referrals/agencies/{made.agencies[0]}", "Alder Vans"),
        (f"/referrals/directory/{made.services[0]}/edit", "Early rides"),
    ):
        values = {"name": name, "respond_days": "2", "status": "active", "is_public": "y", "seen": "2020"}
        old = staff.post(path, data=values)
        assert old.status_code == 409, path
        assert "Somebody else has changed this" in old.text
        page = staff.get(path).text
        assert name not in page
        seen = page.split('name="seen" value="')[1].split('"')[0].replace("&#43;", "+")
        assert staff.post(path, data=values | {"seen": seen}).status_code == 303, path
        assert name in staff.get(path).text


def test_each_look_at_a_scan_and_a_form_is_written_down(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    from io import BytesIO

    from crm_schools.models import Look  # Nothing else says who looked.

    write(app, lambda: drafted(made))
    school = sign_in(role="school", scope=made.school_contact)
    page = f"/referrals/needs/{made.need}/consent"
    paper = values_of_consent(signed_on="2026-11-20", expires_on="2027-06-01") | ticked(made, 0)

    def looks() -> int:
        with app.app_context(), system("test"):
            return len(db.session().scalars(select(Look.id).where(Look.student_id == made.student)).all())

    def one_look(answer: Callable[[], TestResponse]) -> None:
        before = looks()
        with answer() as found:
            assert found.status_code == 200
        assert looks() == before + 1

    one_look(lambda: school.get(page))
    one_look(lambda: school.post(f"{page}/paper", data=paper))
    scan = {"scan": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "paper.pdf")}
    assert school.post(page, data=paper | scan).status_code == 303
    one_look(lambda: school.get("/referrals/consents/1/scan"))
    before = looks()
    elsewhere = sign_in(role="school", scope=made.agency_contacts[1])
    assert elsewhere.get("/referrals/consents/1/scan").status_code == 404
    assert sign_in(role="viewer").get("/referrals/consents/1/scan").status_code == 403
    assert looks() == before
