"""Business days are those of the place where the coalition works."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import clock
from crm_referrals.services import stepping
from crm_referrals.tests.made_up import make, referral_of, sent

HERE = ZoneInfo("America/New_York")


def at(written: str) -> datetime:
    """A moment as the clock on the wall shows it."""
    return datetime.fromisoformat(written).replace(tzinfo=HERE)


@on_sqlite
@pytest.mark.parametrize(
    "begins, days, due",
    [
        ("2026-11-19 20:30", 1, "2026-11-20 20:30"),  # Thursday evening: Friday.
        ("2026-11-20 20:30", 1, "2026-11-23 20:30"),  # Friday evening: Monday.
        ("2026-11-24 20:00", 1, "2026-11-25 20:00"),  # The day before Thanksgiving.
        ("2026-11-25 09:00", 2, "2026-11-30 09:00"),  # Over Thanksgiving and a weekend.
        ("2026-10-30 09:00", 1, "2026-11-02 09:00"),  # Summer time ends in between.
        ("2026-11-21 12:00", 0, "2026-11-23 12:00"),  # Begun on a Saturday.
    ],
)
def test_an_evening_belongs_to_the_day_on_the_wall(app: Flask, begins: str, days: int, due: str) -> None:
    with app.app_context():
        found = clock.add_business_days(at(begins).astimezone(UTC), days)
    assert found == at(due)


@on_sqlite
def test_a_saturday_evening_is_no_time_of_business(app: Flask) -> None:
    friday = datetime(2026, 11, 20, 23, tzinfo=HERE).astimezone(UTC)
    monday = datetime(2026, 11, 23, 1, tzinfo=HERE).astimezone(UTC)
    with app.app_context():
        assert clock.business_seconds(friday, monday) == 2 * 3600
        assert clock.add_business_seconds(friday, 2 * 3600) == monday
        assert clock.business_seconds(monday, friday) == 0


@on_sqlite
def test_what_is_left_after_a_question_is_time_of_business(app: Flask) -> None:
    asked, due_at, answered = at("2026-11-23 10:00"), at("2026-11-24 10:00"), at("2026-11-27 16:00")
    with app.app_context():
        left = clock.business_seconds(asked, due_at)
        assert left == 24 * 3600
        assert clock.add_business_seconds(answered, left) == at("2026-11-30 16:00")  # The Monday after.


@on_sqlite
def test_holidays_are_left_out(app: Flask) -> None:
    assert not clock.is_business_day(date(2026, 11, 26))
    assert not clock.is_business_day(date(2027, 7, 5))  # The fourth is a Sunday.


@on_sqlite
def test_what_is_promised_for_a_day_is_late_when_the_day_is_over(app: Flask) -> None:
    made = make(app)
    referral_id = sent(app, made)
    with app.app_context():
        referral = referral_of(referral_id)
        referral.state, referral.next_on = "waitlisted", date(2026, 12, 17)
        due_at = stepping.due_after(referral, datetime(2026, 12, 4, 1, tzinfo=UTC))
    assert due_at == datetime(2026, 12, 17, 23, 59, tzinfo=HERE)
