"""Files of attendance that are whole: what they do not name is taken back, and much of it only if somebody
agrees."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.transfer import bring_in
from crm_schools.marks import pack, unpack
from crm_schools.models import Attendance, Code, Enrolment, Look, Student, Year
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import scalars, upload


def test_a_whole_file_takes_back_the_last_days_of_a_school_that_names_fewer(
    app: Flask, sign_in: SignIn
) -> None:
    made = make(app, students=24)
    client, head = sign_in(role="administrator"), "student,school,date,code\n"
    with app.app_context(), system("test"):
        of_school = select(Student.local_id).where(Student.school_id == made.schools[0]).order_by(Student.id)
        first, second = scalars(of_school)[:2]
        of_other = select(Student.local_id).where(Student.school_id == made.schools[1]).order_by(Student.id)
        other = scalars(of_other)[0]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            row.marks = ""
    rows = f"{first},1,2025-09-03,E\n{second},1,2025-09-08,E\n{other},2,2025-09-09,E\n"
    for kind, text in (
        ("attendance", rows),
        ("attendance-whole", rows.replace(f"{second},1,2025-09-08,E\n", "")),
    ):
        at = upload(client, kind, "days.csv", head + text)
        run_waiting(app)
        client.post(f"{at}/apply")
        run_waiting(app)
    with app.app_context(), system("test"):
        joined = select(Attendance.marks).join(Student, Student.id == Attendance.student_id)
        assert scalars(joined.where(Student.local_id == second)) == [""]
        assert scalars(joined.where(Student.local_id == first)) != [""]


def test_a_whole_file_takes_nothing_back_of_years_of_which_it_names_no_day_in_a_school(
    app: Flask, tmp_path: Path
) -> None:
    made = make(app, students=24)
    with app.app_context():
        with db.transaction(Actor.system(), "test"), system("test"):
            code = scalars(select(Code.id).where(Code.code == "E"))[0]
            bounds = {"begins_on": date(2024, 9, 3), "ends_on": date(2025, 6, 6)}
            db.session().add(Year(district_id=made.district_id, school_year=2025, **bounds))
            numbers = [
                _of_last_year(school, pack([(date(2024, 10, 8), code, None)])) for school in made.schools
            ]
        path = tmp_path / "days.csv"
        path.write_text(
            "student,school,date,code\n"
            f"{numbers[1]},2,2024-10-07,E\n{numbers[1]},2,2026-01-09,E\n{numbers[0]},1,2025-09-03,E\n"
        )
        bring_in("attendance-whole", path, {}, confirmed=True)
        with system("test"):
            rows = db.session().execute(
                select(Attendance.school_id, Attendance.marks)
                .join(Student, Student.id == Attendance.student_id)
                .where(Student.local_id.in_(numbers), Attendance.school_year == 2025)
            )
            marks = {row[0]: row[1] for row in rows}
    assert "1008:" in marks[made.schools[0]]
    assert "1008:" not in marks[made.schools[1]]


def test_a_mistyped_first_day_empties_no_other_school_and_is_asked_about(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    made = make(app, students=24)
    days, client = school_days(), sign_in(role="administrator")
    rows = [
        f"{number:05},{1 + made.schools.index(_school_of(app, student))},{days[99]},E\n"
        for number, student in enumerate(made.students)
    ]
    first = next(row.partition(",")[0] for row in rows if row.split(",")[1] == "1")
    path = tmp_path / "days.csv"
    path.write_text(f"student,school,date,code\n{''.join(rows)}{first},1,{days[2]},E\n")
    at = upload(client, "attendance-whole", "days.csv", path.read_text())
    run_waiting(app)
    assert "of whom ten days or more go by it" in client.get(at).text
    before = _days_in(app, made.schools)
    with app.app_context():
        bring_in("attendance-whole", path, {}, confirmed=True)
    after = _days_in(app, made.schools)
    assert after[0] < before[0] / 2
    assert after[1] >= before[1]


def _school_of(app: Flask, student_id: int) -> int:
    with app.app_context(), system("test"):
        return db.session().get_one(Student, student_id).school_id or 0


def _days_in(app: Flask, schools: list[int]) -> list[int]:
    """How many days are stored of each school."""
    with app.app_context(), system("test"):
        return [
            sum(
                len(marks.split())
                for marks in scalars(select(Attendance.marks).where(Attendance.school_id == each))
            )
            for each in schools
        ]


def _of_last_year(school_id: int, marks: str) -> str:
    """Let the first student of a school have been there a year earlier, too; their number."""
    of_school = select(Student).where(Student.school_id == school_id).order_by(Student.id)
    student = db.session().scalars(of_school.limit(1)).one()
    of = {"student_id": student.id, "school_id": school_id, "school_year": 2025}
    db.session().add(Enrolment(**of, grade="1", begins_on=date(2024, 9, 3)))
    db.session().add(Attendance(**of, marks=marks))
    return student.local_id


def test_a_whole_file_that_leaves_many_out_asks_first(app: Flask, sign_in: SignIn) -> None:
    make(app, students=24)
    client = sign_in(role="administrator")
    at = upload(client, "attendance-whole", "days.csv", "student,school,date,code\n00000,1,2025-09-03,E\n"
                 "00000,1,2026-01-09,E\n")  # fmt: skip
    run_waiting(app)
    assert "days between its first and last are taken back" in client.get(at).text
    client.post(f"{at}/apply")
    run_waiting(app)
    assert "confirm" in client.get(at).text
    with app.app_context(), system("test"):
        assert scalars(select(func.count(Attendance.id)).where(Attendance.marks != ""))[0] > 5


HEAD = "student,school,date,code\n"
LARGE = "A large part of the days known of these schools"
EARLY = "names no day of these schools in its last week"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def _stored(app: Flask, made: MadeUp) -> list[tuple[str, int, date, str]]:
    """Number, school, day and code of all that is stored."""
    with app.app_context(), system("test"):
        codes = {row.id: row.code for row in db.session().scalars(select(Code))}
        numbered = select(Student.local_id, Attendance.school_id, Attendance.marks).join(
            Attendance, Attendance.student_id == Student.id
        )
        return [
            (number, 1 + made.schools.index(school), day, codes[code])
            for number, school, marks in db.session().execute(numbered)
            for day, code, _halves in unpack(marks, 2026)
        ]


def _planned(app: Flask, client: PageClient, rows: list[tuple[str, int, date, str]]) -> str:
    text = HEAD + "".join(f"{number},{school},{day},{code}\n" for number, school, day, code in rows)
    at = upload(client, "attendance-whole", "days.csv", text)
    run_waiting(app)
    return str(client.get(at).text)


def test_a_file_that_says_what_is_known_is_not_asked_about(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    page = _planned(app, sign_in(role="administrator"), _stored(app, made))
    assert not any(said in page for said in (LARGE, EARLY, "of whom ten days or more go by it"))


def test_a_part_that_is_older_than_the_rest_is_asked_about(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    days, stored = school_days(), _stored(app, made)
    page = _planned(
        app, sign_in(role="administrator"), [row for row in stored if row[1] == 2 or row[2] < days[70]]
    )
    lost = sum(row[1] == 1 and row[2] >= days[70] for row in stored)
    known = sum(row[1] == 1 for row in stored)
    assert f"({lost} / {known})" in page.partition(LARGE)[2]
    assert EARLY in page


def test_days_that_are_all_wrong_are_asked_about(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    days = school_days()
    moved = [(*row[:2], days[(days.index(row[2]) + 1) % 100], row[3]) for row in _stored(app, made)]
    page = _planned(app, sign_in(role="administrator"), moved)
    assert LARGE in page
    assert "of whom ten days or more go by it" in page, "days that come do not hide those that go"


def test_nearly_all_of_a_school_of_few_days_is_asked_about(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    days, first = school_days(), made.schools[0]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        code = scalars(select(Code.id).where(Code.code == "E"))[0]
        few = made.students[:5:2]
        for row in db.session().scalars(select(Attendance).where(Attendance.school_id == first)):
            at = few.index(row.student_id) if row.student_id in few else None
            row.marks = "" if at is None else pack([(days[10 + at], code, None), (days[20 + at], code, None)])
    stored = _stored(app, made)
    page = _planned(app, sign_in(role="administrator"), [row for row in stored if row[0] != "00002"])
    assert LARGE not in page, "two days of six may be corrected"
    kept = [row for row in stored if row[1] == 2 or row[0] == "00000"]
    assert "(4 / 6)" in _planned(app, sign_in(role="administrator"), kept).partition(LARGE)[2]


def test_a_whole_file_is_for_whoever_may_see_the_students(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """Else whoever leaves one out is told by the plan whether that student was absent."""
    stored, before = _stored(app, made), _days_in(app, made.schools)
    page = _planned(app, sign_in(role="organizer"), stored[1:])
    assert "is imported by somebody who may see the students" in page
    assert _days_in(app, made.schools) == before


def test_who_reads_of_students_whom_the_file_does_not_name_has_looked(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    stored = _stored(app, made)
    gone = stored[0][0]
    _planned(app, sign_in(role="administrator"), [row for row in stored if row[0] != gone])
    with app.app_context(), system("test"):
        looked = (
            select(Student.local_id).join(Look, Look.student_id == Student.id).where(Look.what == "import")
        )
        assert scalars(looked) == [gone]
