"""What the family said last counts, by the day on which it was said, and what was taken back stays so."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.models import RoleGrant
from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.records import User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links, words
from crm_referrals.models import Agency, Consent, Need, Unmet
from crm_referrals.services import asking, consenting, ending, needs, stepping, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, values_of_consent
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_pools import accepted_by, offered
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import answer, asked, mails, move, owned, state_of

SCHOOL = stepping.By("school", "Test")


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@on_sqlite
@pytest.mark.parametrize("when", ["sent before", "sent after"])
def test_a_link_signed_after_a_paper_counts(app: Flask, sign_in: SignIn, made: MadeUp, when: str) -> None:
    """The link was asked for first, the paper lets out more, and the family signed the link last."""

    def go() -> None:
        need = db.session().get_one(Need, made.need)
        link = values_of_consent(method="link", email="family@example.org")
        consenting.write(need, made.agencies[:1], link, "Test")
        paper = values_of_consent(disclosed=[*words.MINIMUM, "note"])
        consenting.write(need, made.agencies[:1], paper, "Test")
        referral = drafted(made)
        if when == "sent before":
            needs.send(referral, Actor.system())

    write(app, go)
    assert answer(app, sign_in, 1) == 303
    if when == "sent after":
        write(app, lambda: needs.send(referral_of(1), Actor.system()))
    else:
        write(app, lambda: ending.mistake(referral_of(1), SCHOOL, "Wrong sister"))
        write(app, lambda: ending.no_mistake(referral_of(1), SCHOOL))
    with app.app_context():
        assert "note" not in referral_of(1).packet


@on_sqlite
def test_what_waited_for_a_consent_comes_back_as_a_draft(app: Flask, made: MadeUp) -> None:
    _consent_id, referral_id = asked(app, made)
    write(app, lambda: ending.mistake(referral_of(referral_id), SCHOOL, "Wrong sister"))
    write(app, lambda: ending.no_mistake(referral_of(referral_id), SCHOOL))
    assert state_of(app, referral_id) == "draft"  # The link has ended, so the family is asked anew.


@on_sqlite
def test_a_referral_that_ran_out_asks_nobody(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    consent_id, referral_id = asked(app, made)
    write(app, lambda: ending.expire(referral_of(referral_id)))
    assert answer(app, sign_in, consent_id) == 404


@on_sqlite
def test_whose_answer_is_missing_is_said_rightly(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    _school, email = owned(app, made, sign_in)
    referral_id = sent(app, made)
    move(app, made, referral_id, "ask", note="When?")
    write(app, lambda: setattr(referral_of(referral_id), "due_at", db.now() - timedelta(days=8)))
    with app.test_request_context():
        timers.step(a_run())
    told = [subject for to, subject in mails(app) if to == email]
    assert "An agency’s question about a referral has not been answered" in told
    assert "An agency has not answered a referral" not in told


@on_sqlite
def test_an_empty_date_is_no_wrong_date(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    consent_id, _referral_id = asked(app, made)
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "acknowledges_only", True))
    with app.app_context():
        link = f"/referrals/consent/{links.token(links.CONSENT, consent_id, 1)}"
    assert sign_in().post(link, data={"show": "1", "birth_date": ""}).status_code == 422
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, consent_id).tries == 0


@on_sqlite
def test_a_ledger_forgets_a_need_that_is_opened_again(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "decline", reason="no_capacity")
    write(app, lambda: needs.close(db.session().get_one(Need, made.need), "unmet", "no_capacity"))
    write(app, lambda: ending.mistake(referral_of(referral_id), SCHOOL, "Wrong sister"))
    write(app, lambda: needs.reopen(db.session().get_one(Need, made.need)))
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Unmet)).all() == []


@on_sqlite
def test_a_question_keeps_its_clock_over_a_mistake(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "ask", note="When?")
    write(app, lambda: ending.mistake(referral_of(referral_id), SCHOOL, "Wrong sister"))
    write(app, lambda: ending.no_mistake(referral_of(referral_id), SCHOOL))
    write(app, lambda: needs.answer(referral_of(referral_id), Actor.system(), "At six"))
    with app.app_context():
        assert (referral_of(referral_id).due_at or db.now()) > db.now() + timedelta(hours=5)


@on_sqlite
def test_who_said_no_is_not_asked_the_same_by_another_link(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    first, _referral_id = asked(app, made)

    def again() -> None:
        values = values_of_consent(method="link", email="other@example.org")
        consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], values, "Test")

    write(app, again)
    assert answer(app, sign_in, first, no="1") == 303
    assert answer(app, sign_in, 2) == 404


@on_sqlite
def test_a_family_is_not_asked_for_an_agency_that_has_closed(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    _school, email = owned(app, made, sign_in)
    consent_id, referral_id = asked(app, made)
    write(app, lambda: ending.close(db.session().get_one(Agency, made.agencies[0])))
    assert state_of(app, referral_id) == "withdrawn"
    assert answer(app, sign_in, consent_id) == 404
    assert mails(app)[-1] == (email, "An agency that a student was referred to has closed")


@on_sqlite
def test_one_mail_a_day_leaves_out_what_can_be_read_no_more(app: Flask, made: MadeUp) -> None:
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "notice", "daily"))
    sent(app, made)
    yesterday = db.now().date() - timedelta(days=2)
    write(app, lambda: setattr(db.session().get_one(Consent, 1), "expires_on", yesterday))
    with app.test_request_context():
        timers.daily(a_run())
    assert mails(app) == []


@on_sqlite
def test_who_may_not_see_the_student_is_no_contact(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Somebody looked after the need, and their role over the school was taken away."""
    _school, email = owned(app, made, sign_in)
    sign_in(role="coordinator")
    referral_id = sent(app, made)

    def take_away() -> None:
        user = db.session().scalars(select(User).where(User.email == email)).one()
        for grant in db.session().scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).all():
            db.session().delete(grant)

    write(app, take_away)
    before = len(mails(app))
    move(app, made, referral_id, "ask", note="When?")
    told = [to for to, _subject in mails(app)[before:]]
    assert told
    assert email not in told


@on_sqlite
def test_a_taken_offer_that_was_accepted_counts_as_tried(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    first, _second = offered(app, made)
    accepted_by(sign_in, made, 0, first)
    write(app, lambda: needs.withdraw(referral_of(first), SCHOOL, "Moved away"))
    with app.app_context():
        assert needs.was_tried(referral_of(first))


def test_sign_and_withdraw_at_once_leave_no_yes_that_cannot_be_taken_back(app: Flask, made: MadeUp) -> None:
    consent_id, referral_id = asked(app, made)
    barrier = Barrier(2)
    outcomes: list[str] = []
    with app.app_context():
        token = links.token(links.CONSENT, consent_id, 1)

    def run(what: Callable[[], object]) -> None:
        with app.test_request_context():
            barrier.wait()
            try:
                with db.transaction(Actor.system(), "test"), system("test"):
                    what()
                outcomes.append("done")
            except UserError:
                outcomes.append("refused")

    def sign() -> None:
        consent = asking.held_by_link(token)
        consenting.sign(consent, "Rosa Quartz", "parent", db.now().date())

    def withdraw() -> None:
        needs.withdraw(referral_of(referral_id), SCHOOL, "Moved away")

    threads = [Thread(target=run, args=[each]) for each in (sign, withdraw)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2  # Neither of them met an error of the database.
    with app.app_context(), system("test"):
        consent = db.session().get_one(Consent, consent_id)
        assert (consent.status, consent.link_version) in {("signed", 1), ("asked", 2)}
