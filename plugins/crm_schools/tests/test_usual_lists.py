"""What a district's list of each night makes of a student who moves, leaves and comes back: no day that was
missed is lost, and nobody stays enrolled whom the list said to have left."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import Year
from crm_schools.tests import nights as harness
from crm_schools.tests.nights import FIRST, Clock, Nights, changes
from crm_schools.tests.support import scalars
from crm_schools.tests.usual_lists import ANA, HEAD, TERM, Lists, on

pytestmark = on_sqlite
LATE = on(6, 8)
"""The last day that some systems write for everybody, before the year is over here."""
AUTUMN = [(1, on(10, day)) for day in (1, 2, 5, 6, 7)]


@pytest.fixture
def lists(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lists:
    monkeypatch.setattr("crm.i18n.datetime", Clock)
    monkeypatch.setattr(harness, "TODAY", harness.TODAY)
    nights = Nights(app, tmp_path)
    nights.begin()
    nights.on(on(9, 8))
    return Lists(nights)


@pytest.mark.parametrize("second", [(2, on(11, 30), ""), (2, FIRST, on(11, 6))])
def test_who_went_to_two_schools_and_is_back_keeps_the_autumn(
    lists: Lists, second: tuple[int, date, date | str]
) -> None:
    lists.bring((1, FIRST, ""), (2, FIRST, ""))
    lists.nights.on(on(11, 9))
    lists.missed(AUTUMN, on(10, 30))
    lists.bring((1, FIRST, on(11, 6)), (2, FIRST, on(11, 6)))
    lists.nights.on(on(12, 1))
    lists.bring((1, on(11, 30), ""), second)
    assert lists.days_absent() == 5
    assert ("Dune", FIRST, on(11, 6)) in lists.stays()


def test_a_row_for_each_school_loses_no_earlier_stay_there(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 9))
    lists.missed(AUTUMN, on(10, 30))
    lists.bring((1, FIRST, on(11, 6)), (2, on(11, 9), ""))
    lists.nights.on(on(1, 12))
    lists.bring((2, on(11, 9), on(1, 8)), (1, on(1, 11), ""))
    assert lists.days_absent() == 5
    assert lists.stays() == [
        ("Dune", FIRST, on(11, 6)), ("Pier", on(11, 9), on(1, 8)), ("Dune", on(1, 11), None),
    ]  # fmt: skip


@pytest.mark.parametrize("came", [date(2025, 9, 2), date(2026, 6, 8)])
def test_who_came_in_an_earlier_year_leaves_in_this_one(lists: Lists, came: date) -> None:
    lists.bring((1, came, ""))
    lists.nights.on(on(11, 9))
    lists.bring((1, came, on(11, 6)))
    assert lists.stays()[-1] == ("Dune", FIRST, on(11, 6))


def test_whoever_leaves_another_school_than_last_year_keeps_last_year(lists: Lists) -> None:
    came = date(2025, 9, 2)
    lists.nights.on(date(2026, 6, 1))
    lists.bring((1, came, ""), came=came)
    lists.nights.on(on(9, 8))
    lists.bring((2, came, ""), came=came)
    last_year = lists.stays()[0]
    lists.nights.on(on(11, 9))
    lists.bring((2, came, on(11, 6)), came=came)
    assert lists.stays() == [last_year, ("Pier", FIRST, on(11, 6))]


@pytest.mark.parametrize("days", [[], [(1, on(10, 1)), (1, on(2, 2))]])
@pytest.mark.parametrize("came", [date(2024, 9, 3), FIRST])
def test_a_list_of_august_changes_nothing_in_the_year_that_is_over(
    lists: Lists, came: date, days: list[tuple[int, date]]
) -> None:
    lists.bring((1, came, ""), came=came)
    lists.nights.on(on(6, 12))
    lists.missed(days, on(6, 11))
    before = lists.stays()
    lists.nights.on(on(8, 2))
    lists.bring((2, came, ""), came=came)
    assert lists.stays() == before


def test_back_in_a_former_school_within_a_term_loses_nothing(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 17))
    lists.bring((2, on(11, 16), ""))
    lists.nights.on(on(1, 26))
    lists.bring((2, TERM, ""), came=TERM)
    lists.nights.on(on(3, 8))
    lists.missed([AUTUMN[0], (2, on(12, 1)), (2, on(2, 2)), (2, on(2, 3)), (2, on(3, 1))], on(3, 5))
    lists.nights.on(on(3, 9))
    lists.bring((1, TERM, ""), came=TERM)
    assert lists.days_absent() == 5
    assert changes(lists.bring((1, TERM, ""), came=TERM)) == 0


def test_the_day_of_a_term_is_no_return_of_whom_people_ended(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 22))
    lists.nights.write(ANA, FIRST, "Dune", FIRST, on(1, 20))
    lists.nights.on(on(1, 26))
    outcome = lists.bring((1, TERM, ""), came=TERM)
    assert any("left the school on" in said for _line, said in outcome.noticed)
    assert lists.stays() == [("Dune", FIRST, on(1, 20))]


def test_who_leaves_before_a_term_of_which_the_table_says_the_first_day(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 26))
    lists.bring((1, TERM, ""), came=TERM)
    lists.nights.on(on(2, 2))
    lists.bring((1, TERM, on(1, 22)), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(1, 22))]


def test_days_of_terms_are_known_where_everybody_has_a_last_day(lists: Lists) -> None:
    lists.bring((1, FIRST, LATE), left=LATE)
    lists.nights.on(on(1, 26))
    assert changes(lists.bring((1, TERM, LATE), came=TERM, left=LATE)) == 0
    lists.nights.on(on(3, 8))
    lists.missed([(1, on(10, 1)), (1, on(2, 2))], on(3, 5))
    lists.nights.on(on(3, 9))
    lists.bring((2, TERM, LATE), came=TERM, left=LATE)
    assert lists.days_absent() == 2


def test_a_stay_before_the_one_of_a_term_is_made_once(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(12, 1))
    lists.bring((1, FIRST, on(10, 15)), (1, on(11, 30), ""))
    lists.nights.on(on(1, 26))
    lists.bring((1, FIRST, on(10, 15)), (1, TERM, ""), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(10, 15)), ("Dune", on(11, 30), None)]


@pytest.mark.parametrize("is_by_people", [True, False])
def test_without_days_of_entry_a_second_school_begins_behind_the_first(
    lists: Lists, *, is_by_people: bool
) -> None:
    lists.without_days((1, ""))
    lists.nights.on(on(11, 9))
    if is_by_people:
        lists.nights.write(ANA, FIRST, "Dune", FIRST, on(11, 6))
    else:
        lists.without_days((1, on(11, 6)))
    lists.nights.on(on(1, 12))
    lists.without_days((2, ""))
    assert lists.stays() == [("Dune", FIRST, on(11, 6)), ("Pier", on(11, 7), None)]


def test_a_move_that_is_off_takes_the_stay_to_come_away(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 17))
    lists.bring((2, on(11, 30), ""))
    assert lists.stays() == [("Dune", FIRST, on(11, 29)), ("Pier", on(11, 30), None)]
    lists.nights.on(on(11, 20))
    outcome = lists.bring((1, FIRST, ""))
    assert any("replaced" in each for each in outcome.notices)
    assert lists.stays() == [("Dune", FIRST, None)]


def test_a_stay_to_come_that_people_wrote_stays_beside_a_list_that_does_not_know_it(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 17))
    lists.nights.add(ANA, "Pier", on(11, 30))
    lists.bring((1, FIRST, ""))
    assert ("Pier", on(11, 30), None) in lists.stays()


def test_a_move_that_is_put_off_leaves_no_gap(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 10))
    lists.bring((2, on(11, 16), ""))
    lists.nights.on(on(11, 12))
    outcome = lists.bring((2, on(11, 30), ""))
    assert any("ends on Nov 29, 2026" in said for _line, said in outcome.noticed)
    assert lists.stays() == [("Dune", FIRST, on(11, 29)), ("Pier", on(11, 30), None)]
    assert changes(lists.bring((2, on(11, 30), ""))) == 0


def test_days_of_moves_to_and_fro_stay(lists: Lists) -> None:
    begun = [(1, FIRST), (2, on(10, 16)), (1, on(11, 16)), (2, on(1, 12))]
    for school, day in begun:
        lists.nights.on(max(day, on(9, 8)))
        lists.bring((school, day, ""))
    assert lists.stays() == [
        ("Dune", FIRST, on(10, 15)),
        ("Pier", on(10, 16), on(11, 15)),
        ("Dune", on(11, 16), on(1, 11)),
        ("Pier", on(1, 12), None),
    ]


def test_a_move_at_a_term_that_the_list_says_in_advance_leaves_no_gap(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 20))
    lists.missed(AUTUMN[:1], on(1, 15))
    lists.bring((2, TERM, ""), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(1, 24)), ("Pier", TERM, None)]
    lists.nights.on(on(1, 28))
    lists.missed([(1, on(1, 21)), (1, on(1, 22)), (2, on(1, 26))], on(1, 27))
    lists.bring((2, TERM, ""), came=TERM)
    assert lists.days_absent() == 4


def test_a_new_day_at_the_second_school_leaves_the_first_one_as_it_was(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(10, 16))
    lists.bring((2, on(10, 16), ""))
    lists.nights.on(on(2, 1))
    lists.bring((2, on(2, 1), ""))
    assert lists.stays()[0] == ("Dune", FIRST, on(10, 15))


def test_a_move_over_a_weekend_that_is_off_takes_the_stay_to_come_away(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 17))
    lists.bring((1, FIRST, on(11, 27)), (2, on(11, 30), ""))
    lists.nights.on(on(11, 20))
    lists.bring((1, FIRST, ""))
    assert lists.stays() == [("Dune", FIRST, None)]


def test_a_second_stay_that_is_corrected_to_another_school_asks(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 17))
    lists.bring((1, FIRST, on(11, 6)), (1, on(11, 16), ""))
    lists.missed([(1, on(11, 16))], on(11, 16))
    with pytest.raises(UserError, match="with missed days in them"):
        lists.bring((1, FIRST, on(11, 6)), (2, on(11, 16), ""))
    assert lists.days_absent() == 1


def test_a_mistyped_year_of_an_exit_in_a_list_of_terms_takes_nothing_away(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 26))
    lists.bring((1, TERM, ""), came=TERM)
    lists.nights.on(on(2, 11))
    outcome = lists.bring((1, TERM, date(2026, 2, 10)), came=TERM)
    assert outcome.counts["rejected"] == 1
    assert lists.stays() == [("Dune", FIRST, None)]


def test_whoever_had_left_and_does_not_come_for_the_term_had_left(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 9))
    lists.bring((1, FIRST, on(11, 6)))
    lists.nights.on(on(1, 20))
    lists.bring((1, TERM, ""), came=TERM)
    lists.nights.on(on(2, 2))
    lists.bring((1, TERM, on(1, 22)), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(11, 6))]


def test_whoever_had_moved_and_is_not_back_for_the_term_is_still_there(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(10, 19))
    lists.bring((2, on(10, 16), ""))
    lists.nights.on(on(2, 2))
    lists.bring((1, TERM, on(1, 22)), (2, TERM, ""), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(10, 15)), ("Pier", on(10, 16), None)]


def test_an_exit_before_a_term_ends_a_stay_whose_first_day_people_wrote(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.write(ANA, FIRST, "Dune", on(9, 14), None)
    lists.nights.on(on(1, 26))
    lists.bring((1, TERM, on(1, 22)), came=TERM)
    assert lists.stays() == [("Dune", on(9, 14), on(1, 22))]


def test_an_exit_before_a_term_in_rows_of_two_schools(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(2, 2))
    lists.missed([(1, on(1, 27)), (1, on(1, 28))], on(1, 29))
    outcome = lists.bring((1, TERM, on(1, 22)), (2, TERM, ""), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(1, 22)), ("Pier", TERM, None)]
    assert not any("Feb 1, 2027" in said for _line, said in outcome.noticed)


def test_an_exit_before_a_term_and_a_day_of_entry_elsewhere(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(2, 2))
    for _night in range(2):
        lists.bring((1, TERM, on(1, 22)), (2, on(2, 1), ""), came=TERM)
        assert lists.stays() == [("Dune", FIRST, on(1, 22)), ("Pier", on(2, 1), None)]


def test_a_return_that_is_taken_back_is_said_and_asks_nothing(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 9))
    lists.missed(AUTUMN, on(10, 30))
    lists.bring((1, FIRST, on(11, 6)))
    lists.nights.on(on(1, 12))
    lists.bring((1, on(1, 11), ""))
    outcome = lists.bring((1, FIRST, on(11, 6)))
    assert any("They go." in each for each in outcome.notices)
    assert lists.stays() == [("Dune", FIRST, on(11, 6))]
    assert lists.days_absent() == 5


def test_a_return_that_is_taken_back_asks_where_days_were_missed_in_it(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 9))
    lists.bring((1, FIRST, on(11, 6)))
    lists.nights.on(on(1, 12))
    lists.bring((1, on(1, 11), ""))
    before = lists.stays()
    lists.nights.on(on(1, 20))
    lists.missed([(1, on(1, 14))], on(1, 15))
    with pytest.raises(UserError, match="with missed days in them"):
        lists.bring((1, FIRST, on(11, 6)))
    assert lists.stays() == before
    assert lists.days_absent() == 1


@pytest.mark.parametrize("known", [True, False])
def test_whoever_was_expected_for_a_term_and_did_not_come_is_enrolled_nowhere(
    lists: Lists, *, known: bool
) -> None:
    lists.bring()
    lists.nights.on(on(1, 20))
    if known:
        lists.bring((1, TERM, ""), came=TERM)
    lists.nights.on(on(1, 26))
    outcome = lists.bring((1, TERM, on(1, 22)), came=TERM)
    assert any("never came" in said for _line, said in outcome.noticed)
    assert lists.stays() == []


@pytest.mark.parametrize("last", [on(7, 1), on(8, 31)])
def test_a_last_day_in_summer_is_of_the_year_that_runs(lists: Lists, last: date) -> None:
    lists.bring((1, FIRST, last), left=last)
    with lists.nights.app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        next_year = Year(school_year=2028, begins_on=date(2027, 9, 1), ends_on=date(2028, 6, 9))
        next_year.district_id = scalars(select(Year.district_id))[0]
        db.session().add(next_year)
    lists.nights.on(on(5, 10))
    assert changes(lists.bring((1, FIRST, last), left=last)) == 0
    lists.bring((2, on(5, 10), last), left=last)
    assert lists.stays() == [("Dune", FIRST, on(5, 9)), ("Pier", on(5, 10), None)]


def test_days_of_terms_take_nothing_away_once_the_last_day_is_over(lists: Lists) -> None:
    lists.bring((1, FIRST, LATE), left=LATE)
    lists.nights.on(on(1, 26))
    lists.bring((1, TERM, LATE), came=TERM, left=LATE)
    lists.nights.on(on(6, 10))
    assert changes(lists.bring((1, TERM, LATE), came=TERM, left=LATE)) == 0


def test_a_return_within_a_term_beside_the_stay_that_was_left(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 26))
    lists.bring((1, TERM, ""), came=TERM)
    lists.nights.on(on(2, 12))
    lists.bring((1, TERM, on(2, 10)), came=TERM)
    lists.nights.on(on(3, 9))
    lists.bring((1, TERM, on(2, 10)), (1, on(3, 8), ""), came=TERM)
    assert lists.stays() == [("Dune", FIRST, on(2, 10)), ("Dune", on(3, 8), None)]


def test_another_last_day_for_everybody_opens_no_stay_that_people_ended(lists: Lists) -> None:
    lists.bring((1, FIRST, LATE), left=LATE)
    lists.nights.on(on(11, 9))
    lists.nights.write(ANA, FIRST, "Dune", FIRST, on(11, 6))
    lists.nights.on(on(2, 9))
    lists.bring((1, FIRST, on(6, 10)), left=on(6, 10))
    lists.nights.on(on(6, 9))
    lists.bring((1, FIRST, on(6, 10)), left=on(6, 10))
    assert lists.stays() == [("Dune", FIRST, on(11, 6))]


def test_a_last_day_of_the_summer_in_a_list_of_autumn_is_said(lists: Lists) -> None:
    came = date(2025, 9, 2)
    lists.nights.on(date(2026, 6, 1))
    lists.bring((1, came, ""), came=came)
    lists.nights.on(on(9, 8))
    lists.bring((1, came, ""), came=came)
    lists.nights.on(on(9, 15))
    outcome = lists.bring((1, came, date(2026, 8, 20)), came=came)
    assert any("Aug 20, 2026, before this year began" in said for _line, said in outcome.noticed)
    assert lists.stays()[-1] == ("Dune", FIRST, None)


@pytest.mark.parametrize("last", [date(2026, 7, 1), date(2026, 8, 31)])
def test_rows_of_last_year_with_a_last_day_in_summer_are_of_last_year(lists: Lists, last: date) -> None:
    came = date(2025, 9, 2)
    outcome = lists.bring((1, came, last), (1, FIRST, ""))
    assert [stay[1] for stay in lists.stays()] == [came, FIRST]
    assert not outcome.noticed


@pytest.mark.parametrize("moves", [True, False])
def test_days_that_a_school_reported_after_somebody_had_left_are_said(lists: Lists, moves: bool) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 30))
    lists.missed([(1, on(11, 6)), (1, on(11, 17)), (1, on(11, 18))], on(11, 27))
    assert lists.days_absent() == 3
    outcome = lists.bring((2, on(11, 16), "")) if moves else lists.bring((1, FIRST, on(11, 13)))
    assert any("behind the last one that the table says: 2." in said for _line, said in outcome.noticed)
    assert any("with 2 days, which count no more" in said for said in outcome.notices)
    assert lists.days_absent() == 1
    again = lists.bring((2, on(11, 16), "")) if moves else lists.bring((1, FIRST, on(11, 13)))
    assert not any("behind the last one" in said for _line, said in again.noticed)


def test_a_real_last_day_before_that_of_everybody_is_news(lists: Lists) -> None:
    lists.bring((1, FIRST, on(6, 10)), left=on(6, 10))
    lists.nights.on(on(3, 15))
    lists.nights.write(ANA, FIRST, "Dune", FIRST, on(3, 12))
    lists.nights.on(on(6, 1))
    lists.bring((1, FIRST, on(5, 28)), left=on(6, 10))
    assert lists.stays() == [("Dune", FIRST, on(5, 28))]


def test_a_list_that_still_says_the_exit_takes_no_stay_to_come_away(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 12))
    lists.bring((1, FIRST, on(1, 22)), (2, TERM, ""))
    lists.nights.on(on(1, 20))
    lists.bring((1, FIRST, on(1, 22)))
    assert lists.stays() == [("Dune", FIRST, on(1, 22)), ("Pier", TERM, None)]


def test_a_stay_to_come_in_the_list_of_one_school_stays_beside_the_list_of_all(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(1, 12))
    lists.nights.table(HEAD, [f"{ANA},Oak,Ana,2,{TERM},,2017-05-04"])
    lists.bring((1, FIRST, ""))
    assert lists.stays() == [("Dune", FIRST, None), ("Pier", TERM, None)]


@pytest.mark.parametrize("left", ["", LATE])
def test_days_that_never_move_and_a_return_to_the_first_school(lists: Lists, left: date | str) -> None:
    lists.bring((1, FIRST, left), left=left)
    lists.nights.on(on(11, 17))
    lists.missed(AUTUMN[:1], on(10, 5))
    lists.bring((2, FIRST, left), left=left)
    lists.nights.on(on(1, 12))
    lists.bring((1, FIRST, left), left=left)
    first, second, third = lists.stays()
    assert (first[:2], third[0], third[2]) == (("Dune", FIRST), "Dune", left or None)
    assert second[2] is not None
    lists.nights.on(on(3, 8))
    lists.bring((1, FIRST, on(3, 5)), left=left)
    assert lists.stays() == [first, second, (*third[:2], on(3, 5))]
    assert changes(lists.bring((1, FIRST, on(3, 5)), left=left)) == 0


def test_a_sum_of_days_missed_keeps_the_days_before_a_return(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(11, 9))
    sums = lists.nights.folder / "sums.csv"
    head = "student_id,school_id,days_enrolled,days_absent,through\n"
    sums.write_text(f"{head}{ANA},1,45,9,2026-11-06\n1000,1,45,1,2026-11-06\n")
    with lists.nights.app.app_context():
        bring_in("attendance-summary", sums, {})
    lists.nights.on(on(12, 1))
    lists.bring((1, on(11, 30), ""))
    assert lists.stays() == [("Dune", FIRST, None)]
    assert lists.days_absent() == 9


def test_terms_of_some_grades_alone_take_no_days_away(lists: Lists) -> None:
    """The others of the school, of whom the table says no grade, are more than those with terms."""
    head = "Student_Number,Last_Name,First_Name,SchoolID,Grade,EntryDate"
    grades = ["8"] * 6 + ["3"] * 9

    def rows(came: date) -> list[str]:
        of_terms = {"8": came, "3": FIRST}
        return [f"{n},Fam{n},Giv{n},1,{grade},{of_terms[grade]}" for n, grade in enumerate(grades, 1000)]

    lists.nights.table(head, rows(FIRST))
    lists.nights.on(on(1, 26))
    assert changes(lists.nights.table(head, rows(TERM))) == 0


def test_a_plan_says_where_a_later_first_day_leaves_days_missed_uncounted(lists: Lists) -> None:
    lists.bring((1, FIRST, ""))
    lists.nights.on(on(9, 22))
    lists.missed([(1, on(9, 2)), (1, on(9, 3))], on(9, 18))
    outcome = lists.bring((1, on(9, 21), ""))
    assert lists.stays() == [("Dune", on(9, 21), None)]
    assert any("count no more" in said for _line, said in outcome.noticed)
    assert any("Those days count no more" in each for each in outcome.notices)
