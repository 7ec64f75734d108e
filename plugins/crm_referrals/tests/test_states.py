"""Random actors do random things; a table written down here a second time says what may happen."""

from itertools import product

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.models import Disclosure, Event, Referral
from crm_referrals.services import needs, stepping
from crm_referrals.states import STATES, STEPS
from crm_referrals.tests.made_up import MadeUp, drafted, make, values_of_consent

ALLOWED = """
school  draft            ask_consent awaiting_consent
school  draft            send        sent
family  awaiting_consent consented   draft
school  awaiting_consent send        sent
agency  sent             open        reviewing
agency  sent             ask         info_needed
agency  reviewing        ask         info_needed
school  info_needed      answer      reviewing
agency  sent             accept      accepted
agency  reviewing        accept      accepted
agency  info_needed      accept      accepted
agency  waitlisted       accept      accepted
agency  accepted         unaccept    reviewing
agency  sent             waitlist    waitlisted
agency  reviewing        waitlist    waitlisted
agency  info_needed      waitlist    waitlisted
agency  accepted         waitlist    waitlisted
agency  waitlisted       waitlist    waitlisted
agency  sent             decline     declined
agency  reviewing        decline     declined
agency  info_needed      decline     declined
agency  sent             forward     forwarded
agency  reviewing        forward     forwarded
agency  info_needed      forward     forwarded
agency  accepted         start       in_progress
agency  waitlisted       start       in_progress
agency  on_hold          start       in_progress
agency  accepted         hold        on_hold
agency  in_progress      hold        on_hold
agency  on_hold          hold        on_hold
agency  accepted         complete    completed
agency  in_progress      complete    completed
agency  on_hold          complete    completed
agency  accepted         fail        failed
agency  waitlisted       fail        failed
agency  in_progress      fail        failed
agency  on_hold          fail        failed
agency  accepted         end         completed
agency  waitlisted       end         completed
agency  in_progress      end         completed
agency  on_hold          end         completed
system  draft            expire      expired
system  awaiting_consent expire      expired
system  sent             expire      expired
system  reviewing        expire      expired
system  info_needed      expire      expired
"""
OPEN = [
    "draft",
    "awaiting_consent",
    "sent",
    "reviewing",
    "info_needed",
    "accepted",
    "waitlisted",
    "in_progress",
    "on_hold",
]
ENDED = ["completed", "failed", "declined", "forwarded", "withdrawn", "expired"]
TABLE = {tuple(line.split()[:3]): line.split()[3] for line in ALLOWED.strip().splitlines()}
TABLE |= {(who, each, "withdraw"): "withdrawn" for who in ("school", "family", "system") for each in OPEN}
TABLE |= {("school", each, "mistake"): "entered_in_error" for each in OPEN + ENDED}
SIDES = ("school", "agency", "family", "system", "other agency")
VALUES = {
    "note": "A sentence", "assignee": "Ines", "family_agrees": True, "reason": "no_capacity",
    "outcome": "enrolled", "suggested": 1,
}  # fmt: skip


def test_the_table_in_the_code_is_the_table_here() -> None:
    found = {
        (side, state, name): step.after
        for name, step in STEPS.items()
        for side, state in product(step.sides, step.before)
    }
    assert found == TABLE
    assert set(OPEN + ENDED + ["entered_in_error"]) == STATES


@on_sqlite
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=st.lists(st.tuples(st.sampled_from(SIDES), st.sampled_from(sorted(STEPS))), max_size=40))
def test_no_forbidden_step_succeeds_and_no_allowed_one_fails(
    app: Flask, moves: list[tuple[str, str]]
) -> None:
    made = app.extensions.setdefault("made_up", None) or make(app)
    app.extensions["made_up"] = made
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        from crm_referrals.models import Need

        need = needs.open_need(_student(made), {"category": "transport"}, Actor.system())
        made.need = need.id
        assert db.session().get(Need, need.id) is need
        referral = drafted(made)
        from crm_referrals.services import consenting

        consenting.write(need, [referral.agency_id], values_of_consent(), "Test")
        for side, step in moves:
            _try(referral, made, side, step)
        sent = db.session().scalars(select(Disclosure).where(Disclosure.referral_id == referral.id)).all()
        assert [each.disclosed for each in sent] == ([sorted(referral.packet)] if referral.sent_at else [])
        steps = (
            db.session()
            .scalars(select(Event).where(Event.referral_id == referral.id).order_by(Event.id))
            .all()
        )
        assert [each.from_state for each in steps[1:]] == [each.to_state for each in steps[:-1]]


def _student(made: MadeUp):  # type: ignore[no-untyped-def]  # A student of schools.
    from crm_schools.public import Student

    return db.session().get_one(Student, made.student)


def _try(referral: Referral, made: MadeUp, side: str, step: str) -> None:
    """One move; what comes of it is what the table here says."""
    before, version = referral.state, referral.version
    agency = made.agencies[1] if side == "other agency" else referral.agency_id
    by = stepping.By("agency" if side == "other agency" else side, "Somebody", None, agency)
    expected = TABLE.get((side, before, step))
    today = db.now().date()
    try:
        if step == "send" and side == "school":
            needs.send(referral, Actor.system())
        else:
            stepping.take(referral, step, by, VALUES | {"next_on": today, "started_on": today})
    except UserError:
        assert expected is None, f"{side} may {step} from {before}"
        assert (referral.state, referral.version) == (before, version)
    else:
        assert expected is not None, f"{side} may not {step} from {before}"
        assert referral.state == expected
