"""Days that must count once and for the right school, whoever wrote them."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, Enrolment, Rating, Reached, School, Student, Year
from crm_schools.rating import settling
from crm_schools.rating.settling import settle
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import roster_zip

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=6)


def ratings(app: Flask, student_id: int) -> dict[str, tuple[int, int]]:
    """Half days enrolled and absent of each part."""
    with app.app_context(), system("test"):
        rows = db.session().scalars(select(Rating).where(Rating.student_id == student_id))
        return {row.part: (row.enrolled, row.absent) for row in rows}


def go_to(made: MadeUp, school: int, begins: date, ends: date | None = None) -> None:
    values = {"school_year": 2026, "grade": "K", "begins_on": begins, "ends_on": ends}
    db.session().add(Enrolment(student_id=made.absent, school_id=made.schools[school], **values))


def marks_of(made: MadeUp, days: list[date]) -> str:
    statement = select(Code.id).where(Code.district_id == made.district_id, Code.code_key == "u")
    code_id = db.session().scalars(statement).one()
    return pack([(day, code_id, None) for day in days])


def attendance(made: MadeUp) -> Attendance:
    return db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()


def test_a_corrected_day_leaves_the_days_of_everybody_else(
    app: Flask, sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = school_days()
    monkeypatch.setattr("crm_schools.rating.settling.day_here", lambda: days[30])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Year)).one().through_on = days[19]
        db.session().flush()
        settle(made.students)
    before = {student: ratings(app, student) for student in made.students}
    staff = sign_in(role="school", scope=made.school_contacts[0])
    values = {"on_date": days[99].isoformat(), "code_id": "2", "reason": "The teacher's sheet"}
    assert staff.post(f"/schools/student/{made.absent}/day", data=values).status_code == 303
    assert before[made.absent]["only"][0] == 40
    assert {student: ratings(app, student) for student in made.students} == before


def test_a_file_of_one_school_leaves_the_days_of_another(
    app: Flask, made: MadeUp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    days = school_days()
    monkeypatch.setattr("crm_schools.rating.settling.day_here", lambda: days[60])
    with app.app_context():
        with db.transaction(Actor.system(), "test"), system("test"):
            db.session().scalars(select(Year)).one().through_on = days[19]
            db.session().flush()
            settle(made.students)
        path = tmp_path / "days.csv"
        path.write_text(f"Student_ID,School,Date,Attendance Code\n00000,1,{days[49].isoformat()},U\n")
        assert bring_in("attendance", path, {}).counts["rejected"] == 0
    enrolled = [ratings(app, student)["only"][0] for student in made.students]
    assert enrolled == [100, 40, 100, 40, 100, 40]


def test_a_summary_of_one_school_and_days_of_another_are_added(app: Flask, made: MadeUp) -> None:
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        stay.ends_on = days[49]
        go_to(made, 1, days[50])
        row = attendance(made)
        row.marks, row.enrolled, row.absent, row.through_on = "", 100, 2, days[49]
        other = {"student_id": made.absent, "school_id": made.schools[1], "school_year": 2026}
        db.session().add(Attendance(**other, marks=marks_of(made, days[50:70])))
    assert ratings(app, made.absent)["district"] == (200, 42)


def test_a_stay_that_nobody_closed_ends_where_the_next_one_begins(app: Flask, made: MadeUp) -> None:
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        attendance(made).marks = marks_of(made, days[:2])
        go_to(made, 1, days[50])
        other = {"student_id": made.absent, "school_id": made.schools[1], "school_year": 2026}
        db.session().add(Attendance(**other, marks=marks_of(made, days[60:70])))
    assert ratings(app, made.absent)["district"] == (200, 24)
    with app.app_context(), system("test"):
        rows = db.session().execute(
            select(Rating.school_id, Rating.enrolled, Rating.absent).where(
                Rating.student_id == made.absent, Rating.part == "school"
            )
        )
        assert {tuple(row) for row in rows} == {(made.schools[0], 100, 4), (made.schools[1], 100, 20)}


def test_days_behind_a_short_stay_elsewhere_count_where_the_student_came_back(
    app: Flask, made: MadeUp
) -> None:
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        attendance(made).marks = marks_of(made, [days[1], days[22], days[80]])
        go_to(made, 1, days[20], days[29])
    # A day counts when any school of that day reports it, so the first school's second one does, too.
    assert ratings(app, made.absent)["district"] == (200, 6)


def test_a_delta_of_one_year_leaves_the_stays_of_other_years(app: Flask, tmp_path: Path) -> None:
    def as_delta(files: dict[str, str]) -> None:
        files["manifest.csv"] = files["manifest.csv"].replace(",bulk", ",delta")

    def stays() -> list[tuple[int, str]]:
        statement = (
            select(Enrolment.school_year, Enrolment.source)
            .join(Student, Student.id == Enrolment.student_id)
            .where(Student.local_id == "0002")
            .order_by(Enrolment.begins_on)
        )
        with system("test"):
            return [(row[0], row[1]) for row in db.session().execute(statement)]

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        with db.transaction(Actor.system(), "test"), system("test"):
            student = db.session().scalars(select(Student).where(Student.local_id == "0002")).one()
            school_id = db.session().scalars(select(School.id).where(School.local_id == "E1")).one()
            earlier = {"student_id": student.id, "school_id": school_id, "grade": "PK"}
            db.session().add_all([
                Enrolment(**earlier, school_year=2023, begins_on=date(2022, 9, 1), source="inferred"),
                Enrolment(**earlier, school_year=2024, begins_on=date(2023, 9, 1), source="roster"),
                Enrolment(**earlier, school_year=2025, begins_on=date(2024, 9, 1), source="inferred"),
            ])  # fmt: skip
        bring_in("roster", roster_zip(tmp_path / "delta.zip", as_delta), {})
        assert stays() == [(2023, "inferred"), (2024, "roster"), (2025, "roster")]


def test_a_year_that_ended_counts_no_day_that_never_came(
    app: Flask, sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One school stopped sending in October, the other sent nothing, and the year is over."""
    days, first = school_days(), made.schools[0]

    def count() -> None:
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            settle(made.students)

    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().add(Reached(school_id=first, school_year=2026, through_on=days[29]))
    monkeypatch.setattr("crm_schools.rating.settling.day_here", lambda: date(2026, 8, 1))
    count()
    assert ratings(app, made.students[0])["only"][0] == 60
    assert ratings(app, made.students[1]) == {"only": (0, 0)}
    page = f"/schools/district/{made.district_id}?year=2026"
    staff = sign_in(role="administrator")
    shown = staff.get(page).text
    assert "Dune Elementary: counted up to" in shown
    assert "Pier Middle: nothing came" in shown
    with app.app_context(), system("test"):
        year = db.session().scalars(select(Year)).one()
        behind = settling.behind(year, 1000)
    assert not behind, "what the night finds behind, it would count again each night"

    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Year)).one().is_closed = True
    count()
    assert ratings(app, made.students[0])["only"][0] == 200
    assert ratings(app, made.students[1]) == {"only": (0, 0)}
    assert "The year has ended" not in staff.get(page).text


def test_a_class_that_nobody_ended_hides_no_day_missed_at_the_next_school(app: Flask, made: MadeUp) -> None:
    """The old school's roster runs on to the end of the semester; the student went elsewhere on day 50."""
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        attendance(made).marks = marks_of(made, days[:2])
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        stay.ends_on = days[90]
        go_to(made, 1, days[50])
        other = {"student_id": made.absent, "school_id": made.schools[1], "school_year": 2026}
        db.session().add(Attendance(**other, marks=marks_of(made, days[60:70])))
    assert ratings(app, made.absent)["district"] == (200, 24)


def test_a_short_stay_inside_another_takes_no_day_away(app: Flask, made: MadeUp) -> None:
    """The first school has no end; at the second the student was twice, the one stay within the other."""
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        attendance(made).marks = ""
        go_to(made, 1, days[30], days[50])
        go_to(made, 1, days[35], days[40])
        db.session().flush()
        settle([made.absent])
    found = ratings(app, made.absent)
    assert (found["district"][0], found["school"][0] > 0) == (200, True)


def test_who_goes_to_two_schools_at_once_misses_what_either_reports(app: Flask, made: MadeUp) -> None:
    """From day 50 half of each day is at a career center; on two days both schools report the student."""
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        attendance(made).marks = marks_of(made, [*days[:2], *days[60:70]])
        go_to(made, 1, days[50])
        other = {"student_id": made.absent, "school_id": made.schools[1], "school_year": 2026}
        db.session().add(Attendance(**other, marks=marks_of(made, days[68:71])))
    with app.app_context(), system("test"):
        rows = {
            (row.part, row.school_id): row
            for row in db.session().scalars(select(Rating).where(Rating.student_id == made.absent))
        }
        whole = rows["district", made.schools[1]]
        assert (whole.enrolled, whole.absent, whole.unexcused, whole.uncounted) == (200, 26, 26, 0)
        assert sum(int(whole.weekdays_absent[place : place + 3]) for place in range(0, 21, 3)) == 26
        center, high = rows["school", made.schools[1]], rows["school", made.schools[0]]
        assert ((high.enrolled, high.absent), (center.enrolled, center.absent)) == ((200, 24), (100, 6))


def test_of_two_stays_that_begin_on_one_day_the_newer_holds(app: Flask, made: MadeUp) -> None:
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        attendance(made).marks = ""
        go_to(made, 1, days[0])
        other = {"student_id": made.absent, "school_id": made.schools[1], "school_year": 2026}
        db.session().add(Attendance(**other, marks=marks_of(made, days[60:80])))
    with app.app_context(), system("test"):
        rows = db.session().execute(
            select(Rating.part, Rating.enrolled, Rating.absent, Rating.uncounted).where(
                Rating.student_id == made.absent, Rating.school_id == made.schools[1]
            )
        )
        assert {tuple(row) for row in rows} == {("school", 200, 40, 0), ("district", 200, 40, 0)}
