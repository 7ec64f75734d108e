"""Who hears what, and when: that a family answered, that an agency waits, that nobody answers any more."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.sessions import actor_for
from crm.plugin_api import Actor, Person, UserError, day_here, db, runtime, system
from crm.plugin_api.records import Email, User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links, offers
from crm_referrals.models import Agency, Consent, Disclosure, Need, Service
from crm_referrals.services import asking, consenting, needs, portal, stepping, timers
from crm_referrals.tests.made_up import (
    BORN,
    MadeUp,
    drafted,
    make,
    referral_of,
    sent,
    values_of_consent,
)
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_pools import offered
from crm_referrals.tests.test_renewals import write
from crm_schools.public import Guardian

pytestmark = on_sqlite
SIGNS = {
    "birth_date": BORN.isoformat(), "signer_name": "Rosa Quartz", "signer_relation": "parent", "agrees": "y",
}  # fmt: skip


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def mails(app: Flask) -> list[tuple[str, str]]:
    """(recipient, subject) of all that was written."""
    with app.app_context(), system("test"):
        rows = (
            db.session()
            .connection()
            .exec_driver_sql("select recipient, subject from outgoing_mail order by id")
        )
        return [(row[0], row[1]) for row in rows]


def asked(app: Flask, made: MadeUp, number: int = 0) -> tuple[int, int]:
    """A consent that a family is asked for by a link, and the referral that waits for it."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        values = values_of_consent(method="link", email=f"family{number}@example.org")
        consent = consenting.write(need, [made.agencies[number]], values, "Test")
        referral = drafted(made, number)
        stepping.take(referral, "ask_consent", stepping.By("school", "Test"), {})
        return consent.id, referral.id


def owned(app: Flask, made: MadeUp, sign_in: SignIn) -> tuple[FlaskClient, str]:
    """Somebody of the school who looks after the need, and their address."""
    school = sign_in(role="school", scope=made.school_contact)
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        user = db.session().scalars(select(User).order_by(User.id.desc()).limit(1)).one()
        db.session().get_one(Need, made.need).owner_user_id = user.id
        return school, user.email


def answer(app: Flask, sign_in: SignIn, consent_id: int, **more: str) -> int:
    with app.app_context():
        token = links.token(links.CONSENT, consent_id, 1)
    return sign_in().post(f"/referrals/consent/{token}", data=SIGNS | more).status_code


def move(app: Flask, made: MadeUp, referral_id: int, step: str, **values: Any) -> None:
    def go() -> None:
        desk, today = portal.Desk(frozenset(made.agencies), "Alder"), db.now().date()
        said = {"assignee": "Ines", "next_on": today, "started_on": today, "note": "x", "family_agrees": True}
        portal.move(desk, referral_of(referral_id), step, said | values, None)

    write(app, go)


def state_of(app: Flask, referral_id: int) -> str:
    with app.app_context():
        return referral_of(referral_id).state


def days_passed(app: Flask, consent_id: int, days: int) -> list[str]:
    """So many days after the link went out: whom the job of the day writes to."""
    ends = db.now() + timedelta(days=consenting.LINK_DAYS - days)
    write(app, lambda: setattr(db.session().get_one(Consent, consent_id), "link_ends_at", ends))
    before = len(mails(app))
    with app.test_request_context():
        timers.consents(a_run())
    return [to for to, _subject in mails(app)[before:]]


def test_the_school_hears_that_a_family_signed_and_sends(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school, email = owned(app, made, sign_in)
    consent_id, referral_id = asked(app, made)
    assert answer(app, sign_in, consent_id) == 303
    assert mails(app)[-1] == (email, "A family signed a consent")
    page = school.get(f"/referrals/{referral_id}").text
    assert "School: complete it and send it" in page
    write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() - timedelta(minutes=1)))
    with app.test_request_context():
        timers.step(a_run())
    assert mails(app)[-1] == (email, "A referral still waits to be sent")
    assert school.post(f"/referrals/{referral_id}/step/send", data={}).status_code == 303
    assert state_of(app, referral_id) == "sent"


def test_the_school_hears_that_a_family_said_no(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _school, email = owned(app, made, sign_in)
    consent_id, referral_id = asked(app, made)
    assert answer(app, sign_in, consent_id, no="1") == 303
    assert mails(app)[-1] == (email, "A family said no to a consent")
    assert state_of(app, referral_id) == "withdrawn"


def test_the_school_hears_that_a_family_takes_its_yes_back(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _school, email = owned(app, made, sign_in)
    consent_id, _referral_id = asked(app, made)
    assert answer(app, sign_in, consent_id) == 303
    with app.app_context():
        token = links.token(links.CONSENT, consent_id, 1)
    assert sign_in().post(f"/referrals/consent/{token}/revoke", data={"sure": "1"}).status_code == 200
    assert mails(app)[-1] == (email, "A family took its consent back")


def test_each_family_is_reminded_of_each_consent(app: Flask, made: MadeUp) -> None:
    first, _referral = asked(app, made, 0)
    second, _other = asked(app, made, 1)
    assert days_passed(app, first, 4) == ["family0@example.org"]
    assert days_passed(app, first, 5) == []
    assert days_passed(app, second, 4) == ["family1@example.org"]
    assert days_passed(app, first, 8) == ["family0@example.org"]
    write(app, lambda: asking.renew_link(db.session().get_one(Consent, first), "new@example.org"))
    assert days_passed(app, first, 4) == ["new@example.org"]


def test_who_must_not_be_contacted_since_is_not_reminded(app: Flask, made: MadeUp) -> None:
    consent_id, _referral = asked(app, made, 0)

    def forbid() -> None:
        parent = Person(name="Rex", sort_name="rex", name_key="rex", custom={})
        db.session().add(parent)
        db.session().flush()
        address = "Family0@example.org"
        db.session().add(Email(contact_id=parent.id, address=address, address_key=address.lower()))
        db.session().add(Guardian(student_id=made.student, contact_id=parent.id, contact_prohibited=True))

    write(app, forbid)
    assert days_passed(app, consent_id, 4) == []
    for again in (
        lambda: asking.renew_link(db.session().get_one(Consent, consent_id), "family0@example.org"),
        lambda: consenting.write(
            db.session().get_one(Need, made.need),
            made.agencies[:1],
            values_of_consent(method="link", email="family0@example.org"),
            "Test",
        ),
    ):
        with pytest.raises(UserError, match="must not be contacted"):
            write(app, again)
    with app.app_context(), system("test"):
        assert not asking.is_answerable(db.session().get_one(Consent, consent_id))


def test_a_family_is_reminded_of_a_consent_asked_anew_for_work_under_way(app: Flask, made: MadeUp) -> None:
    sent(app, made)
    values = values_of_consent(method="link", email="family@example.org")

    def ask() -> None:
        consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], values, "Test")

    write(app, ask)
    assert days_passed(app, 2, 4) == ["family@example.org"]


def test_of_a_closed_need_nobody_is_asked(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school, _email = owned(app, made, sign_in)
    consent_id, referral_id = asked(app, made)
    write(app, lambda: needs.close(db.session().get_one(Need, made.need), "withdrawn", ""))
    assert state_of(app, referral_id) == "withdrawn"
    assert days_passed(app, consent_id, 4) == []
    assert answer(app, sign_in, consent_id) == 404
    renewed = school.post(f"/referrals/consents/{consent_id}/link", data={"email": "x@example.org"})
    assert renewed.status_code == 409
    assert f'/referrals/{referral_id}"' not in school.get("/referrals/").text


def test_a_new_link_gives_the_referral_its_days_anew(app: Flask, made: MadeUp) -> None:
    consent_id, referral_id = asked(app, made)
    write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() + timedelta(days=1)))
    write(app, lambda: asking.renew_link(db.session().get_one(Consent, consent_id), "new@example.org"))
    with app.app_context():
        assert (referral_of(referral_id).due_at or db.now()) > db.now() + timedelta(days=15)


def test_news_of_an_agency_moves_its_clock(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "accept")
    move(app, made, referral_id, "start")
    for step in ("message", "attempt"):
        write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() + timedelta(hours=1)))
        move(app, made, referral_id, step, note="She rides with us every day")
        with app.app_context():
            assert (referral_of(referral_id).due_at or db.now()) > db.now() + timedelta(days=20)


@pytest.mark.parametrize("step", ["waitlist", "hold"])
def test_who_still_has_no_room_says_until_when(app: Flask, made: MadeUp, step: str) -> None:
    referral_id = sent(app, made)
    day = db.now().date() + timedelta(days=20)
    for values in ({}, {"next_on": day}):
        if not values:
            move(app, made, referral_id, "accept")
        move(app, made, referral_id, step, **values)
    with app.app_context():
        due_at = referral_of(referral_id).due_at or db.now()
        assert due_at.astimezone(ZoneInfo(runtime().config.time_zone)).date() == day


def test_one_mail_a_day_names_all_that_waits_by_its_link(app: Flask, made: MadeUp) -> None:
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "notice", "daily"))
    referral_id = sent(app, made)
    move(app, made, referral_id, "open")
    with app.test_request_context():
        timers.daily(a_run())
    with app.app_context(), system("test"):
        body = db.session().connection().exec_driver_sql("select body from outgoing_mail").scalar_one()
    link = body.split("No. 1: ")[1].split()[0]
    assert "/referrals/r/" in link
    page = app.test_client().get(link[link.index("/referrals") :]).text
    assert "Wilhelmina" in page
    move(app, made, referral_id, "accept")
    with app.test_request_context():
        timers.daily(a_run())
    assert len(mails(app)) == 1  # Nothing is late, so no second one.
    write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() - timedelta(hours=1)))
    with app.test_request_context():
        timers.daily(a_run())
    assert len(mails(app)) == 2


def test_a_late_agency_is_reminded_once_though_it_opens_it(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() - timedelta(days=8)))
    with app.test_request_context():
        timers.step(a_run())
    before = mails(app)
    assert before[-1][1].startswith("A referral still waits")
    move(app, made, referral_id, "open")
    with app.test_request_context():
        timers.step(a_run())
    assert mails(app) == before


def test_the_school_hears_that_an_agency_has_closed(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _school, email = owned(app, made, sign_in)
    referral_id = sent(app, made)
    coordinator = sign_in(role="coordinator")
    assert coordinator.post(f"/referrals/agencies/{made.agencies[0]}/close").status_code == 303
    assert mails(app)[-1] == (email, "An agency that a student was referred to has closed")
    write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() - timedelta(hours=1)))
    before = mails(app)
    with app.test_request_context():
        timers.step(a_run())
    assert mails(app) == before


def test_nothing_is_sent_to_a_service_that_has_ended(app: Flask, made: MadeUp) -> None:
    def send() -> None:
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(), "Test")
        referral = drafted(made)
        db.session().get_one(Service, made.services[0]).status = "defunct"
        db.session().flush()
        needs.send(referral, Actor.system())

    with pytest.raises(UserError, match="does not run at present"):
        write(app, send)


def test_where_nobody_looks_after_a_need_coordinators_hear(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _school, email = owned(app, made, sign_in)
    sign_in(role="coordinator")
    referral_id = sent(app, made)

    def leave() -> None:
        db.session().scalars(select(User).where(User.email == email)).one().active = False

    write(app, leave)
    before = len(mails(app))
    move(app, made, referral_id, "ask", note="When?")
    told = mails(app)[before:]
    assert [subject for _to, subject in told] == ["An agency asks a question about a referral"]
    assert told[0][0] != email


def test_an_emergency_asks_for_its_review(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    coordinator = sign_in(role="coordinator")
    write(app, lambda: needs.send(drafted(made), Actor.system(), emergency="There is danger"))
    assert mails(app)[-1][1] == "Something was disclosed in an emergency and waits for your review"
    assert "There is danger" not in str(mails(app))
    with app.test_request_context():
        user = db.session().scalars(select(User).order_by(User.id.desc()).limit(1)).one()
        titles = [each.title for each in offers.digest_items(actor_for(user), db.now().date())]
    assert "1 emergency disclosure to review" in titles
    assert coordinator.get("/referrals/?view=emergencies").status_code == 200


def test_a_family_asked_of_several_agencies_ends_it_everywhere(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    first, second = offered(app, made)
    with app.app_context():
        token = links.token(links.FAMILY, first, 1)
    assert sign_in().post(f"/referrals/family/{token}/end", data={"sure": "1"}).status_code == 303
    assert [state_of(app, each) for each in (first, second)] == ["withdrawn", "withdrawn"]
    withdrawn = {to for to, subject in mails(app) if "was withdrawn" in subject}
    assert withdrawn == {"a@example.org", "b@example.org"}
    agency = sign_in(role="agency", scope=made.agency_contacts[1])
    accept = {"assignee": "Ines", "next_on": str(db.now().date())}
    assert agency.post(f"/referrals/inbox/{second}/accept", data=accept).status_code == 409


def test_a_link_ends_with_the_last_referral_that_it_is_for(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school, _email = owned(app, made, sign_in)
    consent_id, referral_id = asked(app, made)
    ended = school.post(f"/referrals/{referral_id}/step/withdraw", data={"note": "Moved away"})
    assert ended.status_code == 303
    assert answer(app, sign_in, consent_id) == 404


def test_a_wrong_address_is_told_in_the_language_of_whoever_wrote_it(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    school, _email = owned(app, made, sign_in)
    consent_id, _referral_id = asked(app, made)
    wrong = school.post(f"/referrals/consents/{consent_id}/link", data={"email": "nonsense"})
    assert wrong.status_code == 422
    assert "se envió" not in wrong.text
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, consent_id).link_version == 1


def test_a_consent_that_would_be_over_cannot_be_signed(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Agencies at work would lose the older consent, which holds, to one that does not."""
    referral_id = sent(app, made)

    def ask() -> None:
        values = values_of_consent(method="link", email="family@example.org")
        consent = consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], values, "Test")
        consent.expires_on = day_here() - timedelta(days=1)

    write(app, ask)
    with app.app_context():
        page = sign_in().get(f"/referrals/consent/{links.token(links.CONSENT, 2, 1)}?language=en").text
    assert "This link is too old" in page
    answer(app, sign_in, 2)
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, 2).status == "asked"
        assert referral_of(referral_id).consent_id == 1


def test_who_knew_the_date_of_birth_keeps_what_they_wrote(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    consent_id, _referral_id = asked(app, made)
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "acknowledges_only", True))
    with app.app_context():
        link = f"/referrals/consent/{links.token(links.CONSENT, consent_id, 1)}?language=en"
    family = sign_in()
    assert "Alder" not in family.get(link).text
    unread = family.post(link, data={name: value for name, value in SIGNS.items() if name != "agrees"})
    assert unread.status_code == 422
    assert "Tick that you have read it" in unread.text
    assert "Alder Rides" in unread.text
    assert 'value="Rosa Quartz"' in unread.text
    wrong = family.post(link, data=SIGNS | {"birth_date": "2001-01-01"})
    assert "Alder" not in wrong.text


def test_our_own_words_are_in_the_language_of_whoever_reads(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    referral_id = sent(app, made)
    spanish = {"Accept-Language": "es"}
    with app.app_context():
        token = links.token(links.CONSENT, 1, 1)
    taken_back = sign_in().post(f"/referrals/consent/{token}/revoke", data={"sure": "1"}, headers=spanish)
    assert taken_back.status_code == 200
    assert "The consent was revoked." in school.get(f"/referrals/{referral_id}").text


def test_an_emergency_is_reviewed_once(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: needs.send(drafted(made), Actor.system(), emergency="There is danger"))
    sent(app, made, 1)
    coordinators = [sign_in(role="coordinator") for _each in range(2)]
    answers = [each.post("/referrals/disclosures/1/review").status_code for each in coordinators]
    assert answers == [303, 422]
    assert coordinators[0].post("/referrals/disclosures/2/review").status_code == 422
    with app.app_context(), system("test"):
        assert [bool(each.reviewed_by) for each in db.session().scalars(select(Disclosure))] == [True, False]
    school = sign_in(role="school", scope=made.school_contact)
    record = school.get(f"/referrals/student/{made.student}/disclosures").text
    assert record.startswith("Student,Wilhelmina Quartz")
    assert "Reviewed by" in record


@pytest.mark.parametrize("address", ["a@b.example, c@d.example", f"{'a' * 300}@b.example"])
def test_a_new_link_goes_to_one_address(app: Flask, sign_in: SignIn, made: MadeUp, address: str) -> None:
    school, _email = owned(app, made, sign_in)
    consent_id, _referral_id = asked(app, made)
    before = mails(app)
    assert school.post(f"/referrals/consents/{consent_id}/link", data={"email": address}).status_code == 422
    assert mails(app) == before


def test_who_wants_no_mail_of_new_ones_hears_all_the_same_that_it_must_stop(app: Flask, made: MadeUp) -> None:
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "notice", "none"))
    referral_id = sent(app, made)
    assert mails(app) == []
    by = stepping.By("family", "Rosa Quartz")
    write(app, lambda: consenting.revoke(db.session().get_one(Consent, 1), by))
    assert ("a@example.org", "A referral to Alder Rides was withdrawn") in mails(app)
    assert state_of(app, referral_id) == "withdrawn"


def test_it_stands_there_who_said_no(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    no = {"by": "family", "reason": "not_needed", "note": "They have a car now"}
    assert agency.post(f"/referrals/inbox/{referral_id}/decline", data=no).status_code == 303
    page = sign_in(role="school", scope=made.school_contact).get(f"/referrals/{referral_id}").text
    assert "The family does not want it" in page


def test_help_begins_by_today(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "accept")
    with pytest.raises(UserError, match="until today"):
        move(app, made, referral_id, "start", started_on=db.now().date() + timedelta(days=30))
