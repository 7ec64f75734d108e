"""What is counted of agencies and needs is fair to them."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.models import Agency, Need, Unmet
from crm_referrals.services import ending, ledger, needs, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent
from crm_referrals.tests.test_pools import accepted_by, offered
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import move

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def capped(app: Flask, made: MadeUp, most: int) -> None:
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "weekly_cap", most))


def test_who_is_taken_in_again_counts_once(app: Flask, made: MadeUp) -> None:
    capped(app, made, 1)
    referral_id = sent(app, made)
    for step in ("accept", "waitlist", "accept"):
        move(app, made, referral_id, step)
    with app.app_context():
        assert referral_of(referral_id).state == "accepted"


def test_who_comes_from_the_waiting_list_counts_too(app: Flask, made: MadeUp) -> None:
    capped(app, made, 0)
    referral_id = sent(app, made)
    move(app, made, referral_id, "waitlist")
    with pytest.raises(UserError, match="as many this week"):
        move(app, made, referral_id, "start")
    capped(app, made, 1)
    move(app, made, referral_id, "start")
    with app.app_context():
        assert referral_of(referral_id).accepted_at is not None


def test_what_was_never_tried_is_no_attempt(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)

    def close() -> None:
        ending.mistake(referral_of(referral_id), stepping.By("school", "Test"), "Wrong sister")
        drafted(made, 1)
        needs.close(db.session().get_one(Need, made.need), "unmet", "no_capacity")

    write(app, close)
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Unmet.attempts)).one() == 0


def test_an_offer_that_another_took_is_not_held_against_anybody(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    first, _second = offered(app, made)
    accepted_by(sign_in, made, 0, first)
    with app.app_context():
        assert [each.name for each in ledger.performance()] == ["Alder Rides"]


def test_it_is_followed_up_after_thirty_days_and_not_before(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    referral_id = sent(app, made)
    for step, values in (("accept", {}), ("start", {}), ("complete", {"outcome": "enrolled"})):
        move(app, made, referral_id, step, **values)
    page, form = f"/referrals/{referral_id}", f"/referrals/{referral_id}/follow-up"
    assert form not in school.get(page).text
    assert school.post(form, data={"follow_up": "helped"}).status_code == 409
    month_ago = db.now() - timedelta(days=31)
    write(app, lambda: setattr(referral_of(referral_id), "ended_at", month_ago))
    assert form in school.get(page).text
    assert school.post(form, data={"follow_up": "helped"}).status_code == 303
