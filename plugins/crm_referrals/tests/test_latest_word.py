"""What the family said last counts, by the day on which it was said, and what was taken back stays so."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links, words
from crm_referrals.models import Agency, Consent, Need, Unmet
from crm_referrals.services import consenting, ending, needs, stepping, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, values_of_consent
from crm_referrals.tests.test_after import a_run
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import answer, asked, mails, move, owned, state_of

pytestmark = on_sqlite
SCHOOL = stepping.By("school", "Test")


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


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


def test_what_waited_for_a_consent_comes_back_as_a_draft(app: Flask, made: MadeUp) -> None:
    _consent_id, referral_id = asked(app, made)
    write(app, lambda: ending.mistake(referral_of(referral_id), SCHOOL, "Wrong sister"))
    write(app, lambda: ending.no_mistake(referral_of(referral_id), SCHOOL))
    assert state_of(app, referral_id) == "draft"  # The link has ended, so the family is asked anew.


def test_a_referral_that_ran_out_asks_nobody(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    consent_id, referral_id = asked(app, made)
    write(app, lambda: ending.expire(referral_of(referral_id)))
    assert answer(app, sign_in, consent_id) == 404


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


def test_an_empty_date_is_no_wrong_date(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    consent_id, _referral_id = asked(app, made)
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "acknowledges_only", True))
    with app.app_context():
        link = f"/referrals/consent/{links.token(links.CONSENT, consent_id, 1)}"
    assert sign_in().post(link, data={"show": "1", "birth_date": ""}).status_code == 422
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, consent_id).tries == 0


def test_a_ledger_forgets_a_need_that_is_opened_again(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "decline", reason="no_capacity")
    write(app, lambda: needs.close(db.session().get_one(Need, made.need), "unmet", "no_capacity"))
    write(app, lambda: ending.mistake(referral_of(referral_id), SCHOOL, "Wrong sister"))
    write(app, lambda: needs.reopen(db.session().get_one(Need, made.need)))
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Unmet)).all() == []
