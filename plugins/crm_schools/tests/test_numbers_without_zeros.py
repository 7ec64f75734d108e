"""A table of students whose numbers lost their leading zeros overwrites nobody else, and one of a system that
calls the last day End Date lets students leave."""

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.importing.places import students
from crm_schools.models import Enrolment, Guardian, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import scalars
from crm_schools.tests.test_partial_files import upload_bytes

HEAD = "student,first name,last name,grade,school\n"


def _bring(tmp_path: Path, text: str) -> Outcome:
    path = tmp_path / "students.csv"
    path.write_text(text)
    return bring_in("roster", path, {}, confirmed=True)


def test_a_number_without_zeros_renames_nobody(app: Flask, tmp_path: Path) -> None:
    made = make(app, students=4)
    with app.app_context():
        named = HEAD + "00001,Cleo,Ochoa,02,Dune Elementary\n00002,Ben,Oak,01,Dune Elementary\n"
        assert _bring(tmp_path, named).counts["update"] == 2
        lost = HEAD + "1,Yara,Xu,01,Dune Elementary\n2,Ben,Oak,02,Dune Elementary\n"
        outcome = _bring(tmp_path, lost)
        assert (outcome.counts["rejected"], outcome.counts["update"]) == (1, 1)
        said = dict(outcome.noticed)
        assert "only fits 00001 when leading zeros are left aside" in said[2]
        assert "only fits a student when leading zeros are left aside" in said[3]
        with system("test"):
            statement = select(Student.local_id, Student.given_name)
            rows = db.session().execute(statement.where(Student.id.in_(made.students[1:3]))).all()
        assert sorted(map(tuple, rows)) == [("00001", "Cleo"), ("00002", "Ben")]


def test_an_end_date_ends_a_stay(app: Flask, tmp_path: Path) -> None:
    make(app, students=1)
    with app.app_context():
        head = "Student Number,Last Name,First Name,Grade,School,Start Date,End Date\n"
        left = "501,Ash,Ana,01,Dune Elementary,09/02/2025,10/30/2025\n"
        stays = "502,Elm,Dov,01,Dune Elementary,09/02/2025,\n"
        outcome = _bring(tmp_path, head + left + stays)
        assert outcome.counts["create"] == 2
        with system("test"):
            joined = select(Enrolment.ends_on).join(Student, Student.id == Enrolment.student_id)
            ends = scalars(joined.where(Student.local_id.in_(["501", "502"])).order_by(Student.local_id))
        assert [str(each) for each in ends] == ["2025-10-30", "None"]


def test_a_plan_says_which_stay_changes_to_whoever_may_see_students(
    app: Flask, tmp_path: Path, sign_in: SignIn
) -> None:
    make(app, students=1)
    head = "student,first name,last name,grade,school,entry date,exit date\n"
    row = "501,Ana,Ash,01,Dune Elementary,09/02/2025,"
    with app.app_context():
        assert _bring(tmp_path, head + row + "\n").counts["create"] == 1
    pages = {}
    for role in ("administrator", "organizer"):
        client = sign_in(role=role)
        at = upload_bytes(app, client, f"{head}{row}10/30/2025\n".encode(), "students.csv")
        pages[role] = client.get(f"{at}?show=update").text
    assert "Grade 1: Sep 2, 2025 – Oct 30, 2025" in pages["administrator"]
    assert "Oct 30" not in pages["organizer"]


def test_whoever_may_not_see_students_overwrites_none_by_another_number(
    app: Flask, tmp_path: Path, sign_in: SignIn
) -> None:
    made = make(app, students=4)
    _say_state_id(app, made.students[2], "70001")
    client = sign_in(role="organizer")
    # Whether a name was guessed right makes no difference.
    rows = ("1,Given1,Family1", "2,Ben,Oak", "70001,Yara,Xu", "00003,Given3,Family3")
    text = HEAD + "".join(f"{row},01,Dune Elementary\n" for row in rows)
    at = upload_bytes(app, client, text.encode(), "students.csv")
    assert client.get(f"{at}?show=rejected").text.count("no number of the district that is known") == 3
    client.post(f"{at}/apply")
    run_waiting(app)
    with app.app_context(), system("test"):
        statement = select(Student.given_name).where(Student.id.in_(made.students)).order_by(Student.id)
        assert scalars(statement) == ["Given0", "Given1", "Given2", "Given3"]
        assert scalars(select(func.count(Student.id))) == [4]


def test_a_number_that_somebody_has_from_the_state_makes_a_new_student(app: Flask, tmp_path: Path) -> None:
    made = make(app, students=4)
    _say_state_id(app, made.students[1], "70001")
    with app.app_context():
        outcome = _bring(tmp_path, HEAD + "70001,Yara,Xu,01,Dune Elementary\n")
        assert outcome.counts["create"] == 1
        assert "also the state" in dict(outcome.noticed)[2]
        again = _bring(tmp_path, HEAD + "70001,Yara,Xu,02,Dune Elementary\n")
        assert again.counts["update"] == 1
        with system("test"):
            those = Student.given_name.in_(["Given1", "Yara"])
            named = db.session().execute(select(Student.local_id, Student.given_name).where(those))
            assert sorted(map(tuple, named)) == [("00001", "Given1"), ("70001", "Yara")]


def test_a_state_number_that_two_students_have_names_neither(app: Flask) -> None:
    made = make(app, students=4)
    for student in made.students[:2]:
        _say_state_id(app, student, "70001")
    _say_state_id(app, made.students[2], "70002")
    with app.app_context():
        assert students(made.district_id, ["70001", "70002"]).ids == {"70002": made.students[2]}


def _say_state_id(app: Flask, student_id: int, state_id: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().get_one(Student, student_id).state_id = state_id


def test_a_guardian_comes_to_nobody_by_the_number_of_another_student(
    app: Flask, tmp_path: Path, sign_in: SignIn
) -> None:
    made = make(app, students=4)
    _say_state_id(app, made.students[1], "70001")
    head = HEAD.replace("\n", ",guardian 1 name,guardian 1 phone\n")
    rows = (
        "2,Yara,Xu,01,Dune Elementary,Mo Xu,203-555-0101\n"
        "70001,Zed,Qu,01,Dune Elementary,Po Qu,203-555-0102\n"
        "3,Given3,Family3,01,Dune Elementary,Ro Family3,203-555-0103\n"
    )
    client = sign_in(role="organizer")
    at = upload_bytes(app, client, (head + rows).encode(), "students.csv")
    client.post(f"{at}/apply")
    run_waiting(app)
    with app.app_context():
        assert _cared_for() == []
        # Whoever may see students brings those whose student is called so.
        _bring(tmp_path, head + rows)
        assert _cared_for() == [("00003", "Given3"), ("70001", "Zed")]


def _cared_for() -> list[tuple[str, str]]:
    joined = select(Student.local_id, Student.given_name).join(Guardian, Guardian.student_id == Student.id)
    with system("test"):
        return sorted((row[0], row[1]) for row in db.session().execute(joined))
