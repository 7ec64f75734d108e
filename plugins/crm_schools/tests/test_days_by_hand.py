"""Days of a stay that people write on the page of a student, against rosters that say no more than before."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.keeping.services import keep_enrolment
from crm_schools.models import Attendance, Enrolment, School, Student
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_days_before import attend, bring, missed, of_ben, with_classes
from crm_schools.tests.test_deltas import HEAD, MANIFEST
from crm_schools.tests.test_partial_files import bring as bring_ed_fi_of
from crm_schools.tests.test_partial_files import made, upload_bytes

pytestmark = on_sqlite
__all__ = ["bring", "bring_ed_fi_of", "made"]
Bring = Callable[..., Outcome]
FIRST, LAST = date(2024, 9, 2), date(2024, 11, 12)
THEN = date(2024, 11, 13)
TERM = "9,w,2024-09-02,2025-06-06"
MOVED = "9,w,2024-11-04,2025-06-06"
CORRECTED = [("East", FIRST, LAST), ("West", THEN, None)]


def write(
    app: Flask, begins: date, school: str, first: date, last: date | None, number: str = "0002"
) -> None:
    """On the page of a student (Ben): the stay that begins on a day has other days now, or is new."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        student = scalars(select(Student).where(Student.local_id == number))[0]
        of = select(Enrolment).where(Enrolment.student_id == student.id, Enrolment.begins_on == begins)
        at = scalars(select(School.id).where(School.name.startswith(school)))[0]
        row = next(iter(scalars(of)), None)
        keep_enrolment(row, student, at, row.grade if row else "3", first, last)


def test_a_day_of_a_move_that_people_corrected_stays(app: Flask, tmp_path: Path, bring: Bring) -> None:
    """Whether the archive is whole or a delta that names the class again."""
    bring(f"3,e,{FIRST},2025-06-06")
    bring(MOVED)
    write(app, FIRST, "East", FIRST, LAST)
    write(app, date(2024, 11, 4), "West", THEN, None)
    again = bring(MOVED)
    assert again.counts["update"] == 0
    assert not any("stay" in said for _line, said in again.noticed)
    assert of_ben(app) == CORRECTED
    bring("8,w,2025-01-06,2025-06-06")
    assert of_ben(app) == CORRECTED, "the classes of autumn are not exported any more"
    bring(MOVED)

    def delta(files: dict[str, str]) -> None:
        files.clear()
        row = "9,active,2025-01-14T00:00:00Z,c9,w,u2,student,,2024-11-04,2025-06-06\n"
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + row})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "delta.zip", delta), {})
    assert of_ben(app) == CORRECTED


def test_a_new_word_of_the_archive_takes_the_place_of_what_people_wrote(app: Flask, bring: Bring) -> None:
    bring(f"3,e,{FIRST},2025-06-06")
    bring(MOVED)
    write(app, date(2024, 11, 4), "West", THEN, None)
    outcome = bring("9,w,2024-11-08,2025-06-06")
    assert any(
        "stay from Nov 13, 2024" in said and "takes their place" in said for _line, said in outcome.noticed
    )
    assert of_ben(app)[1] == ("West", date(2024, 11, 8), None)
    bring("9,w,2024-11-08,2025-02-14")
    assert of_ben(app)[1] == ("West", date(2024, 11, 8), date(2025, 2, 14))
    bring(TERM.replace("09-02", "11-08"))
    assert of_ben(app)[1] == ("West", date(2024, 11, 8), None), "its own last day people did not write"


@pytest.mark.parametrize("added", [True, False])
def test_what_the_question_about_days_missed_says_to_do_helps(
    app: Flask, tmp_path: Path, bring: Bring, added: bool
) -> None:
    """The class at West is of the whole term: people end the stay at East, and add the one at West or not."""
    bring(f"3,e,{FIRST},2025-06-06")
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    with pytest.raises(UserError, match="Stays with missed days"):
        bring(TERM)
    write(app, FIRST, "East", FIRST, LAST)
    if added:
        write(app, THEN, "West", THEN, None)
    for time in range(3):
        outcome = bring(TERM)
        assert outcome.counts["update"] == (time == 0)
        assert any("file says other days" in said for _line, said in outcome.noticed) == added
    assert of_ben(app) == (CORRECTED if added else [CORRECTED[0], ("West", FIRST, None)])
    assert missed(app) == 10


@pytest.mark.parametrize("named", [True, False])
def test_a_stay_that_people_added_ends_with_who_left_once_an_archive_named_it(
    app: Flask, tmp_path: Path, bring: Bring, named: bool
) -> None:
    bring(f"3,e,{FIRST},2025-06-06")
    write(app, FIRST, "East", FIRST, LAST)
    write(app, THEN, "West", THEN, None)
    if named:
        bring(TERM)
    path = roster_zip(tmp_path / "now.zip")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            rows = [row for row in text.splitlines() if not row.startswith("u2,") and ",u2," not in row]
            archive.writestr(zipfile.ZipInfo(name, (2025, 2, 15, 0, 0, 0)), "\n".join(rows))
    with app.app_context():
        bring_in("roster", path, {})
    assert of_ben(app) == [CORRECTED[0], ("West", THEN, date(2025, 2, 14) if named else None)]


TABLE = "Student_Number,Last_Name,First_Name,Grade_Level,SchoolID,EntryDate,ExitDate\n"
OTHERS = "00001,Ash,Cleo,1,2,9/2/2025,\n00003,Yew,Eve,1,1,9/2/2025,\n"
CAME, LEFT = date(2025, 9, 2), date(2025, 11, 13)


@pytest.fixture
def bring_table(app: Flask, tmp_path: Path) -> Bring:
    made_up: MadeUp = make(app, students=4)
    assert len(made_up.students) == 4

    def done(row: str, *, dated: bool = True) -> Outcome:
        path = tmp_path / "students.csv"
        head = TABLE if dated else TABLE.replace(",EntryDate,ExitDate", "")
        others = OTHERS if dated else OTHERS.replace(",9/2/2025,", "")
        path.write_text(f"{head}00000,Oak,Ana,1,{row}\n{others}")
        with app.app_context():
            return bring_in("roster", path, {})

    return done


def of_ana(app: Flask) -> list[tuple[str, date, date | None]]:
    with app.app_context(), system("test"):
        of = select(Student.id).where(Student.local_id == "00000").scalar_subquery()
        rows = scalars(select(Enrolment).where(Enrolment.student_id == of).order_by(Enrolment.begins_on))
        names = {row.id: row.name.split()[0] for row in scalars(select(School))}
        return [(names[row.school_id], row.begins_on, row.ends_on) for row in rows]


def test_a_last_day_that_people_wrote_stays_while_a_list_lags(app: Flask, bring_table: Bring) -> None:
    bring_table("1,9/2/2025,")
    write(app, CAME, "Dune", CAME, LEFT, "00000")
    for dated, row in ((True, "1,9/2/2025,"), (False, "1")):
        outcome = bring_table(row, dated=dated)
        assert any("left the school on Nov 13, 2025" in said for _line, said in outcome.noticed)
        assert (outcome.counts["update"], of_ana(app)) == (0, [("Dune", CAME, LEFT)])
    outcome = bring_table("1,9/2/2025,11/20/2025")
    assert any("takes their place" in said for _line, said in outcome.noticed)
    assert of_ana(app) == [("Dune", CAME, date(2025, 11, 20))]
    bring_table("1,1/6/2026,")
    assert of_ana(app)[1] == ("Dune", date(2026, 1, 6), None)


def test_a_move_that_people_wrote_stays_while_a_list_without_days_lags(
    app: Flask, bring_table: Bring
) -> None:
    bring_table("1", dated=False)
    write(app, CAME, "Dune", CAME, LEFT, "00000")
    write(app, date(2025, 11, 14), "Pier", date(2025, 11, 14), None, "00000")
    stays = [("Dune", CAME, LEFT), ("Pier", date(2025, 11, 14), None)]
    for school, says in (("1", True), ("2", False)):
        outcome = bring_table(school, dated=False)
        assert any("by the file the stay goes on" in said for _line, said in outcome.noticed) == says
        assert of_ana(app) == stays


def test_a_list_with_the_day_of_entry_into_the_district_begins_behind_what_people_ended(
    app: Flask, bring_table: Bring
) -> None:
    bring_table("1,9/2/2025,")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in scalars(select(Attendance)):
            db.session().delete(row)
    write(app, CAME, "Dune", CAME, LEFT, "00000")
    for _time in range(2):
        bring_table("2,8/28/2023,")
        assert of_ana(app) == [("Dune", CAME, LEFT), ("Pier", date(2025, 11, 14), None)]


def test_what_people_corrected_stays_against_ed_fi(app: Flask, bring_ed_fi_of: Bring) -> None:
    stays = ("1", "2025-09-02", "2025-12-01"), ("2", "2025-12-01", "")
    bring_ed_fi_of(*stays)
    write(app, date(2025, 9, 2), "Dune", date(2025, 9, 2), date(2025, 12, 5), "s1")
    write(app, date(2025, 12, 1), "Pier", date(2025, 12, 8), None, "s1")
    again = bring_ed_fi_of(*stays)
    assert (again.counts["update"], again.noticed) == (0, [])
    bring_ed_fi_of(stays[0], ("2", "2025-12-03", ""))
    with app.app_context(), system("test"):
        of = select(Student.id).where(Student.local_id == "s1").scalar_subquery()
        days = scalars(select(Enrolment.begins_on).where(Enrolment.student_id == of))
    assert date(2025, 12, 3) in days


def test_the_school_until_a_move_that_people_wrote_stays_against_ed_fi(
    app: Flask, bring_ed_fi_of: Bring
) -> None:
    """The system says that both were in the new school all the time."""
    bring_ed_fi_of(("1", "2025-09-02", ""))
    for number in ("s1", "s2"):
        write(app, date(2025, 9, 2), "Dune", date(2025, 9, 2), LEFT, number)
        write(app, date(2025, 11, 14), "Pier", date(2025, 11, 14), None, number)
    for _time in range(2):
        bring_ed_fi_of(("2", "2025-09-02", ""))
        with app.app_context(), system("test"):
            of = select(Student.id).where(Student.local_id == "s1").scalar_subquery()
            rows = scalars(select(Enrolment).where(Enrolment.student_id == of).order_by(Enrolment.begins_on))
            days = [(row.begins_on, row.ends_on) for row in rows]
        assert days == [(date(2025, 9, 2), LEFT), (date(2025, 11, 14), None)]


def test_who_may_not_see_students_learns_nothing_of_what_people_wrote(
    app: Flask, sign_in: SignIn, tmp_path: Path, bring: Bring
) -> None:
    bring(f"3,e,{FIRST},2025-06-06")
    write(app, FIRST, "East", FIRST, LAST)
    again = roster_zip(tmp_path / "2.zip", with_classes(f"3,e,{FIRST},2025-06-06")).read_bytes()
    texts = [
        staff.get(upload_bytes(app, staff, again, "2.zip")).text
        for staff in (sign_in(role="administrator"), sign_in(role="organizer"))
    ]
    assert ["People wrote" in text for text in texts] == [True, False]
