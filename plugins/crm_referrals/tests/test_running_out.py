"""Who hears when nobody went on with a referral for too long."""

from datetime import timedelta

from flask import Flask

from crm.plugin_api import db
from crm.plugin_api.testing import SignIn
from crm_referrals.models import Agency
from crm_referrals.services import timers
from crm_referrals.tests.made_up import make, referral_of, sent
from crm_referrals.tests.test_after import a_run, mails
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import move


def test_the_agency_and_the_coordinators_hear_when_a_referral_runs_out(app: Flask, sign_in: SignIn) -> None:
    """The agency asked, the school never answered. It wants no mail but what it must hear."""
    made = make(app)
    sign_in(role="coordinator")
    referral_id = sent(app, made)
    move(app, made, referral_id, "ask", note="Which street?")

    def long_ago() -> None:
        referral_of(referral_id).due_at = db.now() - timedelta(days=40)
        db.session().get_one(Agency, made.agencies[0]).notice = "none"

    write(app, long_ago)
    before = mails(app)
    for _each in range(2):
        with app.test_request_context():
            timers.step(a_run())
    with app.app_context():
        assert referral_of(referral_id).state == "expired"
        assert referral_of(referral_id).escalated_at is not None
    told = mails(app)[len(before) :]
    assert sorted(subject for _to, subject in told) == [
        "A referral to Alder Rides has run out",
        "Nobody answered a referral, so it ended",
    ]
    assert ("a@example.org", "A referral to Alder Rides has run out") in told
