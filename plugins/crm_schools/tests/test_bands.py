"""Exact at ten and twenty percent, for every length of a year in half days."""

from datetime import date
from fractions import Fraction

from crm_schools.bands import band_of, days_until_below, half_days_until, is_chronic, is_severe, school_band
from crm_schools.marks import pack, unpack
from crm_schools.terms import spread, weekdays
from crm_schools.tiers import tier_of
from crm_schools.truancy import reason


def test_ten_and_twenty_percent_are_exact_for_every_year_in_half_day_steps() -> None:
    exact = 0
    for enrolled in range(20, 501):
        for absent in range(enrolled + 1):
            share = Fraction(absent, enrolled)
            assert is_chronic(absent, enrolled) == (share >= Fraction(1, 10))
            assert is_severe(absent, enrolled) == (share >= Fraction(1, 5))
            exact += share == Fraction(1, 10)
            wanted = (
                "severe"
                if share >= Fraction(1, 5)
                else "moderate"
                if share >= Fraction(1, 10)
                else ("at_risk" if share >= Fraction(1, 20) else "satisfactory")
            )
            assert band_of(absent, enrolled, 10) == wanted
    assert exact == 49


def test_below_the_minimum_enrolment_nobody_is_in_a_band() -> None:
    assert band_of(19, 19, 10) == "short"
    assert band_of(2, 20, 10) == "moderate"
    assert band_of(0, 0, 1) == "short"


def test_what_would_change_a_rating_is_exact() -> None:
    for enrolled in range(20, 200, 3):
        for absent in range(enrolled):
            more = half_days_until(absent, enrolled, 10)
            assert is_chronic(absent + more, enrolled + more)
            assert more == 0 or not is_chronic(absent + more - 2, enrolled + more - 2)
            days = days_until_below(absent, enrolled, 10)
            assert not is_chronic(absent, enrolled + 2 * days)
            assert days == 0 or is_chronic(absent, enrolled + 2 * (days - 1))


def test_schools_tiers_and_truancy() -> None:
    assert [school_band(n, 100) for n in (4, 5, 10, 20, 30)] == [
        "low",
        "modest",
        "significant",
        "high",
        "extreme",
    ]
    assert tier_of("severe", "", 40, 5) == (3, "rate_20")
    assert tier_of("satisfactory", "moderate", 0, 1) == (2, "last_10")
    assert tier_of("at_risk", "", 4, 1) == (2, "pace")
    assert tier_of("at_risk", "", 7, 2) == (1, "")
    days = weekdays(date(2025, 9, 1), date(2025, 9, 30))
    assert reason("ct", [(day, 2) for day in days[:4]], 0, days) == "ct_month"
    assert reason("ct", [(day, 1) for day in days[:4]], 0, days) == ""
    assert reason("sc", [(day, 2) for day in days[3:6]], 0, days) == "sc_row"
    assert reason("sc", [(days[0], 2), (days[2], 2), (days[4], 2)], 0, days) == ""
    assert reason("ca", [(days[0], 2)], 2, days) == "ca_mixed"
    assert reason("none", [(day, 2) for day in days], 9, days) == ""


def test_marks_and_stated_days_keep_every_day() -> None:
    marks = [(date(2026, 1, 5), 7, None), (date(2025, 9, 4), 3, 1)]
    assert pack(marks) == "0904:3:1 0105:7"
    assert list(unpack("0904:3:1 0105:7", 2026)) == sorted(marks)
    days = weekdays(date(2021, 8, 23), date(2021, 12, 17))
    assert len(spread(days, 81)) == 81
    assert spread(days, 500) == days
