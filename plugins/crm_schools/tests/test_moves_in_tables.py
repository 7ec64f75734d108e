"""Lists of students that name each once, where they are today, with the day on which they came there."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment, Rating
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars

pytestmark = on_sqlite
HEAD = "Student_Number,Last_Name,First_Name,Grade_Level,SchoolID,EntryDate,ExitDate\n"
NAMES = {"00000": "Oak,Ana", "00001": "Ash,Cleo", "00002": "Elm,Ben"}
CLEO = ("00001", 2, "9/2/2025", "")
CAME, LEFT = date(2025, 9, 2), date(2025, 11, 2)
THERE = date(2025, 11, 3)
Row = tuple[str, int, str, str]
Bring = Callable[..., Outcome]


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


@pytest.fixture
def bring(app: Flask, made: MadeUp, tmp_path: Path) -> Bring:
    def done(*rows: Row) -> Outcome:
        path = tmp_path / "students.csv"
        path.write_text(HEAD + "".join(f"{of},{NAMES[of]},1,{at},{day},{to}\n" for of, at, day, to in rows))
        with app.app_context():
            return bring_in("roster", path, {})

    return done


def of_ana(app: Flask, made: MadeUp) -> list[tuple[int, date, date | None]]:
    """Her stays: which school of the two, the first and the last day."""
    with app.app_context(), system("test"):
        of = select(Enrolment).where(Enrolment.student_id == made.students[0])
        rows = scalars(of.order_by(Enrolment.begins_on, Enrolment.id))
        return [(made.schools.index(row.school_id) + 1, row.begins_on, row.ends_on) for row in rows]


@pytest.mark.parametrize("until", ["", "6/12/2026"])
def test_who_moved_is_not_enrolled_in_the_old_school_any_more(
    app: Flask, made: MadeUp, bring: Bring, until: str
) -> None:
    """Also where the day of exit is the last one of the year, as some systems write it."""
    bring(("00000", 1, "9/2/2025", until), CLEO)
    moved = ("00000", 2, "11/3/2025", until), CLEO, ("00002", 1, "9/2/2025", until)
    outcome = bring(*moved)
    assert any("earlier stay ends on 2025-11-02" in said for _line, said in outcome.noticed)
    assert of_ana(app, made) == [(1, CAME, LEFT), (2, THERE, None)]
    with app.app_context(), system("test"):
        of = select(Rating).where(Rating.student_id == made.students[0])
        assert [row.enrolled for row in scalars(of.where(Rating.school_id == made.schools[0]))] == [88]
    again = bring(*moved)
    assert (again.counts["update"], again.noticed) == (0, [])


@pytest.mark.parametrize("day", ["9/2/2025", "9/1/2025"])
def test_who_goes_elsewhere_from_the_first_day_on_is_enrolled_there_alone(
    app: Flask, made: MadeUp, bring: Bring, day: str
) -> None:
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    moved = ("00000", 2, day, ""), CLEO, ("00002", 1, "9/2/2025", "")
    outcome = bring(*moved)
    assert any("replaced" in each for each in outcome.notices)
    assert of_ana(app, made) == [(2, CAME, None)]
    assert bring(*moved).counts["update"] == 0


def test_a_row_of_days_that_are_over_ends_nothing_that_goes_on(
    app: Flask, made: MadeUp, bring: Bring
) -> None:
    bring(("00000", 1, "11/3/2025", ""), CLEO)
    bring(("00000", 2, "9/2/2025", "10/30/2025"), CLEO, ("00002", 1, "9/2/2025", ""))
    assert (1, THERE, None) in of_ana(app, made)


def test_a_list_of_one_school_says_that_the_other_one_knows_the_student_too(
    app: Flask, made: MadeUp, bring: Bring
) -> None:
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    outcome = bring(("00000", 2, "11/3/2025", ""))
    assert any("enrolled in another school, too" in said for _line, said in outcome.noticed)
    assert of_ana(app, made) == [(1, CAME, None), (2, THERE, None)]
    assert bring(("00000", 2, "11/3/2025", "")).noticed == []


def test_who_comes_back_keeps_the_days_before(app: Flask, made: MadeUp, bring: Bring) -> None:
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    bring(("00000", 2, "11/3/2025", ""), CLEO, ("00002", 1, "9/2/2025", ""))
    stays = [(1, CAME, LEFT), (2, THERE, date(2026, 1, 5)), (1, date(2026, 1, 6), None)]
    for _time in range(2):
        bring(("00000", 1, "1/6/2026", ""), CLEO)
        assert of_ana(app, made) == stays


def test_a_list_that_names_both_stays_or_another_day_says_it_all(
    app: Flask, made: MadeUp, bring: Bring
) -> None:
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    both = ("00000", 1, "9/2/2025", "10/30/2025"), ("00000", 2, "11/3/2025", "")
    assert bring(*both).noticed == []
    assert of_ana(app, made) == [(1, CAME, date(2025, 10, 30)), (2, THERE, None)]
    bring(("00000", 2, "11/4/2025", ""), CLEO, ("00002", 1, "9/2/2025", ""))
    assert of_ana(app, made) == [(1, CAME, date(2025, 10, 30)), (2, date(2025, 11, 4), None)]


def test_two_schools_at_once_stay_where_a_list_names_one_of_them(
    app: Flask, made: MadeUp, bring: Bring
) -> None:
    """Both were named together before."""
    bring(("00000", 1, "9/2/2025", ""), ("00000", 2, "10/6/2025", ""))
    outcome = bring(("00000", 2, "10/6/2025", ""), CLEO, ("00002", 1, "9/2/2025", ""))
    assert outcome.noticed == []
    assert of_ana(app, made) == [(1, CAME, None), (2, date(2025, 10, 6), None)]
