"""Archives that hold the classes of today alone: what is known of the days before stays, and counts."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.jobs.inline import run_waiting
from crm.plugin_api import UserError, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment, Rating, School, Student, Year
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import HEAD, MANIFEST
from crm_schools.tests.test_partial_files import upload_bytes

pytestmark = on_sqlite
FIRST, AUTUMN, SPRING = date(2024, 9, 2), date(2025, 1, 5), date(2025, 1, 6)
LATER = "2025-01-06,2025-06-06"
Bring = Callable[..., Outcome]


def with_classes(*rows: str) -> Callable[[dict[str, str]], None]:
    """The archive with these classes of Ben alone, each as id, school, first and last day; those of the
    others stay."""

    def change(files: dict[str, str]) -> None:
        kept = [row for row in files["enrollments.csv"].splitlines() if not row.startswith("3,")]
        cells = (row.split(",") for row in rows)
        kept += [f"{of},,,c{of},{school},u2,student,,{first},{last}" for of, school, first, last in cells]
        files["enrollments.csv"] = "\n".join(kept) + "\n"

    return change


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """Brings the archive with these classes of Ben."""

    def done(*rows: str, confirmed: bool = False) -> Outcome:
        path = roster_zip(tmp_path / "roster.zip", with_classes(*rows))
        with app.app_context():
            return bring_in("roster", path, {}, confirmed=confirmed)

    return done


def of_ben(app: Flask) -> list[tuple[str, date, date | None]]:
    """His stays: the school, the first and the last day."""
    with app.app_context(), system("test"):
        ben = select(Student.id).where(Student.local_id == "0002").scalar_subquery()
        rows = scalars(select(Enrolment).where(Enrolment.student_id == ben).order_by(Enrolment.begins_on))
        names = {row.id: row.name.removesuffix(" School") for row in scalars(select(School))}
        return [(names[row.school_id], row.begins_on, row.ends_on) for row in rows]


def attend(app: Flask, tmp_path: Path, days: Iterable[int]) -> None:
    path = tmp_path / "days.csv"
    rows = (f"0002,E1,2024-10-{day:02},A\n" for day in days)
    path.write_text("student_id,school_id,date,code\n" + "".join(rows))
    with app.app_context():
        bring_in("attendance", path, {"codes": "A,unexcused\n"})


def missed(app: Flask) -> int:
    """Half days that Ben missed, at most at any school."""
    with app.app_context(), system("test"):
        ben = select(Student.id).where(Student.local_id == "0002").scalar_subquery()
        return max(int(row.absent) for row in scalars(select(Rating).where(Rating.student_id == ben)))


def test_what_was_missed_before_a_move_counts(app: Flask, tmp_path: Path, bring: Bring) -> None:
    bring(f"3,e,{FIRST},2025-06-06")
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    before = missed(app)
    outcome = bring(f"9,w,{LATER}")
    assert any("the earlier stay ends on Jan 5, 2025" in said for _line, said in outcome.noticed)
    assert of_ben(app) == [("East", FIRST, AUTUMN), ("West", SPRING, None)]
    assert missed(app) == before == 10
    again = bring(f"9,w,{LATER}")
    assert again.counts["update"] == 0
    assert not any("earlier stay" in said for _line, said in again.noticed)


def test_the_first_day_stays_where_the_classes_of_autumn_are_gone(app: Flask, bring: Bring) -> None:
    bring(f"3,e,{FIRST},2025-06-06")
    outcome = bring(f"9,e,{LATER}")
    assert "no class in the first days that are known of their stay: 1" in "".join(outcome.notices)
    assert of_ben(app) == [("East", FIRST, None)]
    assert bring(f"9,e,{LATER}").counts["update"] == 0
    bring("9,e,2025-01-06,2025-03-01")
    assert of_ben(app) == [("East", FIRST, date(2025, 3, 1))]


def test_classes_of_one_term_after_the_other_are_two_stays(app: Flask, bring: Bring) -> None:
    bring(f"3,e,{FIRST},2024-12-20")
    for _time in range(2):
        bring(f"9,e,{LATER}")
        assert of_ben(app) == [("East", FIRST, date(2024, 12, 20)), ("East", SPRING, None)]


@pytest.mark.parametrize(
    "archives",
    [
        (("5,w,2024-11-04,2025-06-06",), (f"9,e,{LATER}",)),
        (("5,w,2024-11-04,2025-06-06",), ("5,w,2024-11-04,2025-01-05", f"9,e,{LATER}")),
        (("5,w,2024-11-04,2025-01-05", f"9,e,{LATER}"),),
    ],
)
def test_who_goes_there_and_comes_back(
    app: Flask, bring: Bring, archives: tuple[tuple[str, ...], ...]
) -> None:
    """Each move as it comes, with the old classes dropped or not, and both moves in one archive."""
    bring(f"3,e,{FIRST},2025-06-06")
    for rows in archives:
        bring(*rows)
    stays = [("East", FIRST, date(2024, 11, 3)), ("West", date(2024, 11, 4), AUTUMN), ("East", SPRING, None)]
    assert of_ben(app) == stays
    assert bring(*archives[-1]).counts["update"] == 0
    assert of_ben(app) == stays


def test_a_second_school_keeps_its_first_day_beside_the_other(app: Flask, bring: Bring) -> None:
    bring(f"3,e,{FIRST},2025-06-06", f"5,w,{FIRST},2025-06-06")
    bring(f"9,e,{LATER}", "8,w,2025-01-13,2025-06-06")
    assert of_ben(app) == [("East", FIRST, None), ("West", FIRST, None)]


@pytest.mark.parametrize("first", ["2024-09-02", "2024-08-26"])
def test_an_archive_that_says_the_same_or_an_earlier_day_puts_it_right(
    app: Flask, bring: Bring, first: str
) -> None:
    bring(f"3,e,{FIRST},2025-06-06")
    outcome = bring(f"9,w,{first},2025-06-06")
    assert of_ben(app) == [("West", date.fromisoformat(first), None)]
    assert "others over the same days: 1, of 1 students" in "".join(outcome.notices)


def test_a_delta_ends_what_followed_from_two_archives(app: Flask, tmp_path: Path, bring: Bring) -> None:
    """Also where the class of today has the id of the one before."""

    def delta(files: dict[str, str]) -> None:
        row = "3,tobedeleted,2025-02-14T00:00:00Z,c3,e,u2,student,,,\n"
        files.clear()
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + row})

    bring(f"3,e,{FIRST},2025-06-06")
    bring(f"3,e,{LATER}")
    assert of_ben(app) == [("East", FIRST, None)]
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "delta.zip", delta), {})
    assert of_ben(app) == [("East", FIRST, date(2025, 2, 14))]


def test_a_stay_that_nothing_takes_the_place_of_goes_only_when_somebody_says_so(
    app: Flask, bring: Bring
) -> None:
    both = [f"3,e,{FIRST},2024-10-31", "5,w,2024-11-04,2025-06-06"]
    bring(*both)
    before = of_ben(app)
    with pytest.raises(UserError, match="none in their place: 1, of 1 students"):
        bring(both[0])
    assert of_ben(app) == before
    bring(both[0], confirmed=True)
    assert of_ben(app) == before[:1]


def test_who_may_not_see_students_is_asked_nothing_and_takes_nothing_away(
    app: Flask, sign_in: SignIn, tmp_path: Path, bring: Bring
) -> None:
    both = [f"3,e,{FIRST},2024-10-31", "5,w,2024-11-04,2025-06-06"]
    bring(*both)
    before = of_ben(app)
    staff = sign_in(role="organizer")
    at = upload_bytes(app, staff, roster_zip(tmp_path / "2.zip", with_classes(both[0])).read_bytes(), "2.zip")
    assert "Confirm this first" not in staff.get(at).text
    staff.post(f"{at}/apply")
    run_waiting(app)
    assert of_ben(app) == before


@pytest.mark.parametrize("days", [",", "2024-09-02,2025-06-06"])
def test_days_missed_where_the_archive_puts_another_school_go_only_when_somebody_says_so(
    app: Flask, tmp_path: Path, bring: Bring, days: str
) -> None:
    bring(f"3,e,{days}")
    assert bring(f"9,w,{days}").counts["update"] == 1, "no day was missed there"
    bring(f"3,e,{days}")
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    with pytest.raises(UserError, match="Stays with missed days"):
        bring(f"9,w,{days}")
    assert (of_ben(app)[0][0], len(of_ben(app)), missed(app)) == ("East", 1, 10)
    outcome = bring(f"9,w,{days}", confirmed=True)
    assert any("Stays of this student with missed days" in said for _line, said in outcome.noticed)
    assert (of_ben(app)[0][0], len(of_ben(app)), missed(app)) == ("West", 1, 0)


def test_a_stay_that_had_not_begun_goes_unasked(app: Flask, bring: Bring) -> None:
    """Whoever was to come in a year from now and is expected elsewhere has nothing to lose."""
    bring("3,e,2094-09-06,2095-06-06")
    bring("9,w,2094-09-13,2095-06-06")
    assert [stay[:2] for stay in of_ben(app)] == [("West", date(2094, 9, 13))]


def test_who_stands_in_an_archive_before_they_have_classes_came_when_the_classes_say(
    app: Flask, bring: Bring
) -> None:
    """Without any class a student counts for the year in the school to which they belong."""
    bring()
    assert of_ben(app) == [("East", FIRST, None)]
    assert bring().counts["update"] == 0
    outcome = bring("3,e,2024-10-15,2025-06-06")
    assert of_ben(app) == [("East", date(2024, 10, 15), None)]
    assert not any("known of their stay" in said for said in outcome.notices)
    bring("9,w,2025-01-06,2025-06-06")
    assert of_ben(app) == [("East", date(2024, 10, 15), AUTUMN), ("West", SPRING, None)]


def test_who_had_no_classes_yet_and_moves_keeps_the_days_before(app: Flask, bring: Bring) -> None:
    bring()
    bring(f"9,w,{LATER}")
    stays = [("East", FIRST, AUTUMN), ("West", SPRING, None)]
    assert of_ben(app) == stays
    assert bring(f"9,w,{LATER}").counts["update"] == 0
    assert of_ben(app) == stays
    bring("7,e,2025-04-01,2025-06-06")
    assert of_ben(app) == [*stays[:1], ("West", SPRING, date(2025, 3, 31)), ("East", date(2025, 4, 1), None)]


@pytest.mark.parametrize(
    "last, first", [("2024-12-20", "2025-01-06"), ("2025-06-06", "2024-11-11")], ids=["break", "midterm"]
)
def test_a_night_without_classes_takes_no_days_away(
    app: Flask, tmp_path: Path, bring: Bring, last: str, first: str
) -> None:
    """As in the break between two terms, or while somebody gets another schedule."""
    bring(f"3,e,{FIRST},{last}")
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    before = of_ben(app)
    outcome = bring()
    assert outcome.counts["update"] == 0
    assert of_ben(app) == before
    bring(f"9,e,{first},2025-06-06")
    assert of_ben(app)[0][:2] == ("East", FIRST)
    assert of_ben(app)[-1][::2] == ("East", None)
    assert missed(app) == 10
    assert bring(f"9,e,{first},2025-06-06").counts["update"] == 0


def test_who_left_or_moved_stays_so_where_the_classes_are_dropped(app: Flask, bring: Bring) -> None:
    """The users of the system still have him at East."""
    left = f"3,e,{FIRST},2024-11-15"
    for rows in ([left], [left, "5,w,2024-11-18,2025-06-06"]):
        bring(*rows)
        before = of_ben(app)
        outcome = bring()
        assert outcome.counts["update"] == 0
        assert not outcome.notices
        assert of_ben(app) == before


def test_a_stay_that_a_table_said_outlasts_an_archive_without_classes(
    app: Flask, tmp_path: Path, bring: Bring
) -> None:
    """Also where the archive has no file of enrolments at all, and names another school."""
    bring("3,e,2023-09-05,2024-06-07")
    path = tmp_path / "list.csv"
    path.write_text("student_id,name,school_id,school_year,entry_date\n0002,Ben Oak,W1,2025,2024-10-01\n")
    with app.app_context():
        bring_in("roster", path, {})
    stay = ("West", date(2024, 10, 1), None)
    assert of_ben(app)[-1] == stay

    def alone(files: dict[str, str]) -> None:
        del files["enrollments.csv"]
        files["manifest.csv"] = files["manifest.csv"].replace("enrollments,bulk", "enrollments,absent")

    bring()
    assert of_ben(app)[1:] == [stay]
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", alone), {})
    assert of_ben(app)[1:] == [stay]


@pytest.fixture
def bring_term(app: Flask, tmp_path: Path) -> Bring:
    """Brings the archive with this row of academicSessions and a class of Ben."""

    def done(session: str, row: str) -> Outcome:
        def change(files: dict[str, str]) -> None:
            with_classes(row)(files)
            head = files["academicSessions.csv"].splitlines()[0]
            files["academicSessions.csv"] = f"{head}\n{session},,2025\n"

        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})

    return done


def year_2025(app: Flask) -> tuple[date, date]:
    with app.app_context(), system("test"):
        year = scalars(select(Year).where(Year.school_year == 2025))[0]
        return year.begins_on, year.ends_on


def test_a_year_of_which_the_terms_of_today_alone_are_named_keeps_its_autumn(
    app: Flask, tmp_path: Path, bring_term: Bring
) -> None:
    spring = ("t2,,,Spring,semester,2025-01-06,2025-06-06", f"9,e,{LATER}")
    bring_term("t1,,,Fall,semester,2024-09-02,2024-12-20", f"3,e,{FIRST},2024-12-20")
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    bring_term(*spring)
    assert year_2025(app) == (FIRST, date(2025, 6, 6))
    assert of_ben(app) == [("East", FIRST, None)]
    assert missed(app) == 10
    assert bring_term(*spring).counts["update"] == 0
    bring_term("t1,,,Fall,semester,2024-09-02,2024-12-20", f"9,e,{LATER}")
    assert year_2025(app) == (FIRST, date(2025, 6, 6))


def test_a_year_that_an_archive_names_itself_may_become_shorter(app: Flask, bring_term: Bring) -> None:
    bring_term("y,,,Year,schoolYear,2024-08-26,2025-06-13", f"3,e,{FIRST},2025-06-06")
    bring_term("y,,,Year,schoolYear,2024-09-02,2025-06-06", f"3,e,{FIRST},2025-06-06")
    assert year_2025(app) == (FIRST, date(2025, 6, 6))
