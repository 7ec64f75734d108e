"""What is counted of agencies and needs is fair to them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.models import Agency, Event, Need, Referral, Unmet
from crm_referrals.services import effect, ending, entries, needs, performance, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent
from crm_referrals.tests.test_pools import accepted_by, offered
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import move
from crm_schools.public import Student

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
        assert [each.name for each in performance.performance()] == ["Alder Rides"]


MONDAY = datetime(2026, 11, 2, 15, tzinfo=UTC)


def old(made: MadeUp, number: int, **said: object) -> Referral:
    """Inside a transaction: a referral of another student to the first agency, sent on a Monday."""
    one = db.session().get_one(Student, made.student)
    student = Student(district_id=one.district_id, local_id=f"o{number}", grade="7", school_id=one.school_id)
    db.session().add(student)
    db.session().flush()
    need = Need(student_id=student.id, category="transport")
    db.session().add(need)
    db.session().flush()
    values = {"service_id": made.services[0], "agency_id": made.agencies[0], "packet": {}, "sent_at": MONDAY}
    referral = Referral(need_id=need.id, student_id=student.id, **values | said)
    db.session().add(referral)
    db.session().flush()
    return referral


def days(number: float) -> dict[str, object]:
    return {"answered_at": MONDAY + timedelta(days=number)}


def asked(referral: Referral, at: datetime, answered: datetime) -> None:
    for step, moment in (("ask", at), ("answer", answered)):
        event = Event(
            referral_id=referral.id, step=step, side="agency", from_state="", to_state="", at=moment
        )
        db.session().add(event)
    db.session().flush()


def measured(app: Flask) -> performance.Performance:
    with app.app_context():
        return performance.performance()[0]


def test_what_the_school_takes_to_answer_is_not_the_agencys(app: Flask, made: MadeUp) -> None:
    def ten() -> None:
        for number in range(10):
            asked(old(made, number, state="accepted", **days(8)), MONDAY, MONDAY + timedelta(days=7))

    write(app, ten)
    found = measured(app)
    assert (found.sent, found.answered, found.days) == (10, 100, 1.0)


def test_a_weekend_is_no_time_of_business(app: Flask, made: MadeUp) -> None:
    write(app, lambda: [old(made, number, state="accepted", **days(7)) for number in range(10)])
    assert measured(app).days == 5.0


def test_what_others_decided_is_not_held_against_an_agency(app: Flask, made: MadeUp) -> None:
    def rows() -> None:
        for number in range(10):
            old(made, number, state="completed", outcome="enrolled", ended_at=MONDAY, **days(1))
        for number in range(10, 20):
            old(made, number, state="failed", outcome="family_declined", ended_at=MONDAY, **days(1))
        for number in range(20, 30):
            old(made, number, state="withdrawn", ended_at=MONDAY + timedelta(hours=3))

    write(app, rows)
    found = measured(app)
    assert (found.sent, found.answered, found.ended, found.helped) == (20, 100, 10, 100)


def test_how_often_there_was_no_room_is_told(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    def rows() -> None:
        for number in range(10):
            full = {"state": "declined", "reason": "no_capacity"} if number < 4 else {"state": "accepted"}
            old(made, number, **full, **days(1))

    write(app, rows)
    assert measured(app).no_room == 40
    assert "40 %" in sign_in(role="viewer").get("/referrals/ledger").text


def test_one_more_family_changes_no_number(app: Flask, made: MadeUp) -> None:
    def rows(first: int, last: int, outcome: str) -> None:
        for number in range(first, last):
            ended = MONDAY + timedelta(days=number)
            old(made, number, state="completed", outcome=outcome, ended_at=ended, **days(1))

    write(app, lambda: rows(0, 10, "enrolled"))
    before = measured(app)
    write(app, lambda: rows(10, 11, "no_show"))
    assert measured(app) == before


@pytest.mark.parametrize("others, agencies", [(1, []), (10, ["Alder Rides"])])
def test_no_students_attendance_follows_from_a_service_and_its_agency(
    app: Flask, made: MadeUp, others: int, agencies: list[str]
) -> None:
    def rows() -> None:
        agency = db.session().get_one(Agency, made.agencies[0])
        second = entries.save_service(agency, None, {"name": "Counselling"}, ["mental_health"]).id
        for number in range(10 + others):
            service = second if number < others else made.services[0]
            old(
                made, number, state="completed", service_id=service, started_on=MONDAY.date(), ended_at=MONDAY
            )

    write(app, rows)
    with app.app_context():
        found = effect.together()
    assert [each.name for each in found.by_agency] == agencies
    assert len(found.by_service) == 1 + (others >= 10)


def test_slow_agencies_are_not_praised_for_it(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: [old(made, number, state="accepted", **days(40)) for number in range(5)])
    school = sign_in(role="school", scope=made.school_contact)
    page = school.get(f"/referrals/needs/{made.need}/match").text
    assert "business days to answer on average" in page
    assert "Answers within" not in page


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
