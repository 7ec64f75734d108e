"""Who leaves and comes back, in the nightly files of a district."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome
from crm_schools.tests import nights as harness
from crm_schools.tests.nights import FIRST, LAST, Clock, Nights, changes

pytestmark = on_sqlite

DAY = timedelta(1)
LEFT, BACK = date(2026, 11, 6), date(2026, 11, 30)
HEAD = "Student_Number,Last_Name,First_Name,SchoolID,EntryDate,ExitDate,DOB"


@pytest.fixture
def nights(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.setattr("crm.i18n.datetime", Clock)
    monkeypatch.setattr(harness, "TODAY", harness.TODAY)
    found = Nights(app, tmp_path)
    found.begin()
    found.on(date(2026, 11, 1))
    return found


def bring(nights: Nights, *of_ana: str) -> Outcome:
    """A list of two schools: what it says of Ana (school, first and last day), and five others."""
    rows = [f"010{n},Family{n},Given{n},{1 + n % 2},{FIRST},,2017-04-05" for n in range(1, 6)]
    return nights.table(HEAD, [f"0100,Oak,Ana,{each},2017-05-04" for each in of_ana] + rows)


def archive(nights: Nights, *of_ana: str, named: bool = True) -> Outcome:
    """The same as a whole archive: the classes of Ana (id, school, first day), who may not be in it."""
    people = [f"u{n},,,true,e,student,Given{n},Family{n},010{n},,,,03" for n in range(not named, 6)]
    classes = [f"c{n},,,a,e,u{n},student,{FIRST},{LAST}" for n in range(1, 6)]
    own = [
        f"{each.split(',')[0]},,,a,{each.split(',')[1]},u0,student,{each.split(',')[2]},{LAST}"
        for each in of_ana
    ]
    return nights.archive(people, own + classes)


@pytest.mark.parametrize("is_in_between", [True, False])
def test_days_before_a_later_first_day_in_the_same_school_stay(
    nights: Nights, *, is_in_between: bool
) -> None:
    """Back in November, or a new enrolment there since: what was missed before it counts."""
    bring(nights, f"1,{FIRST},")
    nights.attend("0100,1,10/1/2026", "0100,1,10/2/2026")
    if not is_in_between:
        nights.on(date(2026, 11, 15))
        bring(nights)
    nights.on(BACK + DAY)
    first = bring(nights, f"1,{BACK},")
    assert any("The days before stay, and what was missed in them" in text for _row, text in first.noticed)
    assert any("The days before stay" in text for text in said(first))
    assert nights.stays("0100") == [("Dune", FIRST, None)]
    assert changes(bring(nights, f"1,{BACK},")) == 0


@pytest.mark.parametrize("day, missed", [("2026-09-14", True), ("2026-10-19", False)])
def test_a_first_day_is_put_right(nights: Nights, day: str, *, missed: bool) -> None:
    """Within a month, whatever was marked; later where nothing was missed before it: earlier lists may have
    had no days of entry."""
    bring(nights, f"1,{FIRST},")
    if missed:
        nights.attend("0100,1,9/2/2026")
    bring(nights, f"1,{day},")
    assert nights.stays("0100") == [("Dune", date.fromisoformat(day), None)]


def test_the_first_day_of_a_term_takes_no_days_away(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.on(date(2027, 1, 26))
    rows = [f"010{n},Family{n},Given{n},{1 + n % 2},2027-01-25,,2017-04-05" for n in range(6)]
    nights.table(HEAD, rows)
    outcome = nights.table(HEAD, rows)
    assert nights.stays("0101") == [("Pier", FIRST, None)]
    assert (changes(outcome), outcome.noticed) == (0, [])
    assert any("it is taken for that of a term" in text for text in said(outcome))


def test_a_move_within_a_term_loses_no_day_missed_at_the_old_school(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.on(date(2027, 1, 26))
    others = [f"010{n},Family{n},Given{n},{1 + n % 2},2027-01-25,,2017-04-05" for n in range(1, 6)]
    nights.table(HEAD, ["0100,Oak,Ana,1,2027-01-25,,2017-05-04", *others])
    nights.on(date(2027, 3, 16))
    nights.attend("0100,1,2/1/2027", "0100,1,3/1/2027")
    for _night in range(2):
        nights.table(HEAD, ["0100,Oak,Ana,2,2027-01-25,,2017-05-04", *others])
        assert nights.stays("0100") == [
            ("Dune", FIRST, date(2027, 3, 15)),
            ("Pier", date(2027, 3, 2), None),
        ]


def test_who_is_back_with_the_new_term_keeps_the_last_day_before(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    bring(nights, f"1,{FIRST},2026-10-15")
    nights.on(date(2027, 1, 26))
    others = [f"010{n},Family{n},Given{n},{1 + n % 2},2027-01-25,,2017-04-05" for n in range(1, 6)]
    for _night in range(2):
        outcome = nights.table(HEAD, ["0100,Oak,Ana,1,2027-01-25,,2017-05-04", *others])
        assert nights.stays("0100") == [
            ("Dune", FIRST, date(2026, 10, 15)),
            ("Dune", date(2027, 1, 25), None),
        ]
    assert changes(outcome) == 0


def test_one_school_of_two_writes_the_first_days_of_terms(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.on(date(2027, 1, 26))
    rows = [f"010{n},Family{n},Given{n},{1 + n % 2},{FIRST},,2017-04-05" for n in (2, 4)]
    rows += [f"010{n},Family{n},Given{n},{1 + n % 2},2027-01-25,,2017-04-05" for n in (1, 3, 5)]
    nights.table(HEAD, rows)
    assert nights.stays("0101") == [("Pier", FIRST, None)]


def test_a_day_of_registration_in_summer_is_none_of_a_term(nights: Nights) -> None:
    rows = [f"010{n},Family{n},Given{n},1,2026-08-03,,2017-04-05" for n in range(6)]
    nights.table(HEAD, rows)
    outcome = nights.table(HEAD, [rows[0].replace("2026-08-03", "2026-10-19"), *rows[1:]])
    assert nights.stays("0100") == [("Dune", date(2026, 10, 19), None)]
    assert said(outcome) == []


def test_another_first_day_that_people_wrote_stands(nights: Nights) -> None:
    """Against the day that the list said before, too, though it did not hold."""
    bring(nights, f"1,{FIRST},")
    nights.attend("0100,1,9/2/2026")
    bring(nights, "1,2026-10-19,")
    nights.write("0100", FIRST, "Dune", date(2026, 10, 12), None)
    for _night in range(2):
        bring(nights, "1,2026-10-19,")
        assert nights.stays("0100") == [("Dune", date(2026, 10, 12), None)]


def test_a_return_that_the_list_takes_back(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    bring(nights, f"1,{FIRST},{LEFT}")
    nights.on(BACK + DAY)
    bring(nights, f"1,{BACK},")
    assert nights.stays("0100") == [("Dune", FIRST, LEFT), ("Dune", BACK, None)]
    bring(nights, f"1,{FIRST},")
    assert nights.stays("0100") == [("Dune", FIRST, None)]


def test_two_stays_in_one_school_are_as_the_list_says(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.on(BACK + DAY)
    both = f"1,{FIRST},{LEFT}", f"1,{BACK},"
    bring(nights, *both)
    assert nights.stays("0100") == [("Dune", FIRST, LEFT), ("Dune", BACK, None)]
    assert changes(bring(nights, *both)) == 0


@pytest.mark.parametrize("missed", [True, False])
def test_people_say_that_somebody_is_back_before_the_list_does(nights: Nights, *, missed: bool) -> None:
    """It keeps who has left, with the last day."""
    bring(nights, f"1,{FIRST},{LEFT}")
    nights.on(date(2026, 12, 10))
    nights.add("0100", "Dune", BACK)
    if missed:
        nights.attend("0100,1,12/2/2026")
    bring(nights, f"1,{FIRST},{LEFT}")
    assert nights.stays("0100") == [("Dune", FIRST, LEFT), ("Dune", BACK, None)]
    assert changes(bring(nights, f"1,{FIRST},{LEFT}")) == 0


def test_back_at_the_first_school_in_a_list_whose_days_of_entry_do_not_move(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.attend("0100,1,10/1/2026")
    nights.on(date(2026, 11, 20))
    bring(nights, f"2,{FIRST},")
    nights.attend("0100,2,11/18/2026")
    nights.on(date(2027, 1, 5))
    bring(nights, f"1,{FIRST},")
    stays = nights.stays("0100")
    assert [each[0] for each in stays] == ["Dune", "Pier", "Dune"]
    for night in (6, 7):
        nights.on(date(2027, 1, night))
        assert (changes(bring(nights, f"1,{FIRST},")), nights.stays("0100")) == (0, stays)


def test_a_list_says_the_last_day_and_then_another_school(nights: Nights) -> None:
    """It writes the first day of the year for everybody: that is no day on which anybody moved."""
    bring(nights, f"1,{FIRST},")
    nights.on(date(2026, 11, 20))
    bring(nights, f"1,{FIRST},2026-11-18")
    nights.on(date(2026, 11, 24))
    for _night in range(2):
        bring(nights, f"2,{FIRST},")
        assert nights.stays("0100") == [
            ("Dune", FIRST, date(2026, 11, 18)),
            ("Pier", date(2026, 11, 19), None),
        ]


def test_a_last_day_on_which_all_agree_can_be_taken_back(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.on(date(2026, 11, 10))
    nights.write("0100", FIRST, "Dune", FIRST, LEFT)
    bring(nights, f"1,{FIRST},")
    assert nights.stays("0100") == [("Dune", FIRST, LEFT)]
    bring(nights, f"1,{FIRST},{LEFT}")
    assert changes(bring(nights, f"1,{FIRST},{LEFT}")) == 0
    bring(nights, f"1,{FIRST},")
    assert nights.stays("0100") == [("Dune", FIRST, None)]


@pytest.mark.parametrize("again", [f"c0,e,{FIRST}", "c7,e,2026-11-23"])
def test_a_stay_that_people_opened_again_is_not_ended_by_the_next_archive(nights: Nights, again: str) -> None:
    """Whoever is taught at home is in no class, and enrolled."""
    archive(nights, f"c0,e,{FIRST}")
    nights.on(date(2026, 11, 20))
    archive(nights, named=False)
    assert nights.stays("0100") == [("Dune", FIRST, date(2026, 11, 19))]
    nights.write("0100", FIRST, "Dune", FIRST, None)
    nights.on(date(2026, 11, 21))
    outcome = archive(nights, named=False)
    assert nights.stays("0100") == [("Dune", FIRST, None)]
    assert any("people wrote that they are still there: 1" in text for text in said(outcome))
    nights.on(date(2026, 11, 24))
    archive(nights, again)
    nights.on(date(2026, 11, 25))
    archive(nights, named=False)
    assert nights.stays("0100") == [("Dune", FIRST, date(2026, 11, 24))]


def test_a_first_day_that_people_wrote_outlasts_some_nights_without_the_student(nights: Nights) -> None:
    archive(nights, f"c0,e,{FIRST}")
    nights.write("0100", FIRST, "Dune", date(2026, 9, 8), None)
    nights.on(date(2026, 11, 20))
    archive(nights, named=False)
    nights.on(date(2026, 11, 23))
    archive(nights, f"c0,e,{FIRST}")
    assert nights.stays("0100") == [("Dune", date(2026, 9, 8), None)]


def test_a_second_school_that_people_opened_again_stays(nights: Nights) -> None:
    archive(nights, f"c0,e,{FIRST}", f"c9,w,{FIRST}")
    nights.on(date(2026, 11, 20))
    archive(nights, f"c0,e,{FIRST}")
    assert ("Pier", FIRST, date(2026, 11, 19)) in nights.stays("0100")
    nights.write("0100", FIRST, "Pier", FIRST, None)
    nights.on(date(2026, 11, 21))
    archive(nights, f"c0,e,{FIRST}")
    assert ("Pier", FIRST, None) in nights.stays("0100")


@pytest.mark.parametrize("school", ["Dune", "Pier"])
def test_a_delta_ends_the_stay_that_people_added_before_it_knew(nights: Nights, school: str) -> None:
    """Back in the same school, or come to the other one; nothing but classes says until when."""

    def delta(*classes: str) -> Outcome:
        return nights.archive([f"u0,,,true,{school[0]},student,Given0,Family0,0100,,,,03"], classes, "delta")

    archive(nights, f"c0,e,{FIRST}")
    nights.on(date(2026, 11, 10))
    delta(f"c0,,,a,e,u0,student,{FIRST},{LEFT}")
    nights.add("0100", school, BACK)
    of = "e" if school == "Dune" else "w"
    nights.on(date(2026, 12, 4))
    delta(f"c7,,,a,{of},u0,student,2026-12-02,{LAST}", f"c8,,,a,{of},u0,student,2026-12-03,{LAST}")
    assert nights.stays("0100") == [("Dune", FIRST, LEFT), (school, BACK, None)]
    nights.on(date(2026, 12, 14))
    delta(f"c7,,,a,{of},u0,student,2026-12-02,2026-12-08")
    assert nights.stays("0100") == [("Dune", FIRST, LEFT), (school, BACK, None)]
    delta(f"c8,,,a,{of},u0,student,2026-12-03,2026-12-11")
    assert nights.stays("0100") == [("Dune", FIRST, LEFT), (school, BACK, date(2026, 12, 11))]


def test_whom_people_ended_and_a_list_still_names_is_counted(nights: Nights) -> None:
    bring(nights, f"1,{FIRST},")
    nights.write("0100", FIRST, "Dune", FIRST, LEFT)
    nights.on(date(2026, 11, 20))
    outcome = bring(nights, f"1,{FIRST},")
    assert any("that they left by what people wrote: 1" in text for text in said(outcome))


def test_a_list_of_august_says_nothing_of_the_year_that_is_over(nights: Nights) -> None:
    """It has no days of entry, and every child who moves up stands at the next school."""
    head = "Student_Number,Last_Name,First_Name,SchoolID,DOB"
    rows = [f"010{n},Family{n},Given{n},{1 + n % 2},2017-05-04" for n in range(6)]
    nights.table(head, rows)
    before = nights.stays("0100")
    nights.on(date(2027, 8, 2))
    outcome = nights.table(head, ["0100,Family0,Given0,2,2017-05-04", *rows[1:]])
    assert (changes(outcome), nights.stays("0100")) == (0, before)


def said(outcome: Outcome) -> list[str]:
    return [str(text) for text in outcome.notices]
