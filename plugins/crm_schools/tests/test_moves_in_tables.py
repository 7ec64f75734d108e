"""Lists of students that name each once, where they are today, with the day on which they came there."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.marks import unpack
from crm_schools.models import Attendance, Enrolment, Rating, Year
from crm_schools.tests import nights
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.nights import Clock
from crm_schools.tests.support import scalars, upload

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
    assert any("earlier stay ends on Nov 2, 2025" in said for _line, said in outcome.noticed)
    assert of_ana(app, made) == [(1, CAME, LEFT), (2, THERE, None)]
    with app.app_context(), system("test"):
        of = select(Rating).where(Rating.student_id == made.students[0])
        assert [row.enrolled for row in scalars(of.where(Rating.school_id == made.schools[0]))] == [88]
    again = bring(*moved)
    assert (again.counts["update"], again.noticed) == (0, [])


@pytest.mark.parametrize("day", ["9/2/2025", "9/1/2025"])
def test_who_goes_elsewhere_from_the_first_day_on_is_enrolled_there_alone(
    app: Flask, made: MadeUp, bring: Bring, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No school reported her."""
    monkeypatch.setattr("crm.i18n.datetime", Clock)
    monkeypatch.setattr(nights, "TODAY", date(2025, 11, 27))
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in scalars(select(Attendance).where(Attendance.student_id == made.students[0])):
            db.session().delete(row)
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    moved = ("00000", 2, day, ""), CLEO, ("00002", 1, "9/2/2025", "")
    outcome = bring(*moved)
    assert any("replaced" in each for each in outcome.notices)
    assert of_ana(app, made) == [(2, CAME, None)]
    assert bring(*moved).counts["update"] == 0


def test_a_row_of_days_that_are_over_ends_nothing_that_goes_on(
    app: Flask, made: MadeUp, bring: Bring
) -> None:
    bring(("00000", 1, "9/29/2025", ""), CLEO)
    bring(("00000", 2, "9/2/2025", "9/26/2025"), CLEO, ("00002", 1, "9/2/2025", ""))
    assert (1, date(2025, 9, 29), None) in of_ana(app, made)


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
    assert [said.split(": ")[1][0] for _line, said in bring(*both).noticed] == ["5"]
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


def halves(app: Flask, made: MadeUp) -> int:
    """Half days that Ana missed, at most at any school."""
    with app.app_context(), system("test"):
        of = select(Rating.absent).where(Rating.student_id == made.students[0])
        return max(int(each) for each in scalars(of))


def absences(app: Flask, made: MadeUp) -> date:
    """Of Ana, the last day that the old school reported."""
    with app.app_context(), system("test"):
        row = scalars(select(Attendance).where(Attendance.student_id == made.students[0]))[0]
        return max(day for day, *_more in unpack(row.marks, 2026))


@pytest.mark.parametrize("entry", ["8/28/2023", "9/2/2025"], ids=["into the district", "first day for all"])
def test_a_day_of_entry_that_is_none_of_the_move_loses_no_day_missed(
    app: Flask, made: MadeUp, bring: Bring, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """She moves, and moves back; the list says each night where she is today, and the same day of entry."""
    missed, last = halves(app, made), absences(app, made)
    rest = CLEO, ("00002", 1, "9/2/2025", "")
    bring(("00000", 1, entry, ""), *rest)
    assert missed == 20
    at = date(2026, 3, 2)
    monkeypatch.setattr("crm_schools.importing.roster.table.day_here", lambda: at)
    outcome = bring(("00000", 2, entry, ""), *rest)
    assert not any("replaced" in said for said in outcome.notices)
    assert any("earlier stay ends on Mar 1, 2026" in said for _line, said in outcome.noticed)
    stays = [(1, CAME, date(2026, 3, 1)), (2, last + timedelta(1), None)]
    assert (of_ana(app, made), halves(app, made)) == (stays, missed)
    at = date(2026, 3, 9)
    again = bring(("00000", 2, entry, ""), *rest)
    assert (again.counts["update"], again.noticed, of_ana(app, made)) == (0, [], stays)
    bring(("00000", 1, entry, ""), *rest)
    assert [stay for stay in of_ana(app, made) if stay[2] is None] == [(1, date(2026, 3, 2), None)]
    assert halves(app, made) == missed


def test_a_list_after_the_year_takes_nothing_away_from_it(app: Flask, made: MadeUp, bring: Bring) -> None:
    missed = halves(app, made)
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    for _time in range(2):
        bring(("00000", 2, "9/2/2025", ""), CLEO, ("00002", 1, "9/2/2025", ""))
        assert (1, CAME, None) in of_ana(app, made)
        assert halves(app, made) == missed


def test_a_student_with_a_sum_of_days_missed_went_there_too(app: Flask, made: MadeUp, bring: Bring) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in scalars(select(Attendance).where(Attendance.student_id == made.students[0])):
            row.marks, row.absent, row.enrolled = "", 12, 100
    bring(("00000", 1, "9/2/2025", ""), CLEO)
    bring(("00000", 2, "9/2/2025", ""), CLEO, ("00002", 1, "9/2/2025", ""))
    assert (1, CAME, None) in of_ana(app, made)


@pytest.mark.parametrize("came_now, is_known, asks", [(0, False, True), (3, False, False), (0, True, False)])
def test_a_list_of_the_year_before_is_asked_about(
    app: Flask, sign_in: SignIn, came_now: int, is_known: bool, asks: bool
) -> None:
    made = make(app, students=1)
    if not is_known:
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            db.session().execute(delete(Enrolment))
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        today = day_here()
        bounds = {"begins_on": today - timedelta(9), "ends_on": today + timedelta(99)}
        db.session().add(Year(district_id=made.district_id, school_year=2027, **bounds))
    days = ["9/3/2025"] * 8 + [f"{today:%m/%d/%Y}"] * came_now
    rows = "".join(f"9{n:04},Elm,Kim{n},1,1,{day},\n" for n, day in enumerate(days))
    at = upload(sign_in(role="administrator"), "roster", "students.csv", HEAD + rows)
    run_waiting(app)
    page = sign_in(role="administrator").get(at).text
    assert ("Rows of students who came in 2025–26: 8" in page) is asks
    assert ("Confirm this first" in page) is asks


@pytest.mark.parametrize(
    "loses_zeros, leavers, asks", [(False, 10, True), (False, 2, False), (True, 0, False)]
)
def test_a_list_of_the_year_before_is_asked_about_beside_that_of_this_year(
    app: Flask, sign_in: SignIn, *, loses_zeros: bool, leavers: int, asks: bool
) -> None:
    """Whoever has left since would be enrolled again; a list of who is here already is a nightly one."""
    made = make(app, students=1)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().execute(delete(Enrolment))
        today = day_here()
        bounds = {"begins_on": today - timedelta(9), "ends_on": today + timedelta(99)}
        db.session().add(Year(district_id=made.district_id, school_year=2027, **bounds))
    client = sign_in(role="administrator")

    def bring(count: int, day: str, number: str = "{n:05}") -> str:
        rows = "".join(f"{number.format(n=n)},Elm,Kim{n},1,1,{day},\n" for n in range(90, 90 + count))
        at = upload(client, "roster", "students.csv", HEAD + rows)
        run_waiting(app)
        page = client.get(at).text
        client.post(f"{at}/apply")
        run_waiting(app)
        return str(page)

    bring(10, f"{today:%m/%d/%Y}")
    page = bring(10 + leavers, "9/3/2025", "{n}" if loses_zeros else "{n:05}")
    assert ("Confirm this first" in page) is asks
