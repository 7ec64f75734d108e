"""Files that write the day before the month, as they themselves show, are never read the other way round."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.jobs.inline import run_waiting
from crm.plugin_api import UserError, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Attendance, Enrolment, Student
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars, upload

pytestmark = on_sqlite
HEAD = "student,school,date,code\n"
ROSTER = "student number,last name,first name,school,grade,entry date,exit date,dob\n"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


def _bring(app: Flask, kind: str, path: Path, text: str, **options: Any) -> Outcome:
    path.write_text(text)
    confirmed = options.pop("confirmed", False)
    with app.app_context():
        return bring_in(kind, path, options, confirmed=confirmed)


def _marks(app: Flask, number: str) -> str:
    with app.app_context(), system("test"):
        statement = select(Attendance.marks).join(Student, Student.id == Attendance.student_id)
        return " ".join(scalars(statement.where(Student.local_id == number)))


def test_attendance_with_the_day_first_is_asked_about_and_read_so(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    text = HEAD + "00001,2,3/9/2025,E\n00002,1,22/9/2025,E\n"
    with pytest.raises(UserError, match=r"“22/9/2025”.*can be nothing else"):
        _bring(app, "attendance", tmp_path / "days.csv", text)
    found = _bring(app, "attendance", tmp_path / "days.csv", text, confirmed=True)
    assert found.counts["rejected"] == 0
    assert "0903:" in _marks(app, "00001")
    assert "0922:" in _marks(app, "00002")


def test_somebody_can_say_how_days_are_written(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    text = HEAD + "00001,2,3/9/2025,E\n"
    _bring(app, "attendance", tmp_path / "days.csv", text, dates="day-first")
    assert "0903:" in _marks(app, "00001")
    with pytest.raises(UserError, match="no order of days"):
        _bring(app, "attendance", tmp_path / "days.csv", text, dates="backwards")
    text = HEAD + "00001,2,9/3/2025,E\n00001,2,22/9/2025,E\n"
    found = _bring(app, "attendance", tmp_path / "days.csv", text, dates="month-first")
    assert (found.counts["rejected"], found.notices) == (1, [])


def test_days_that_show_the_month_first_are_read_without_a_word(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    found = _bring(
        app, "attendance", tmp_path / "days.csv", HEAD + "00001,2,9/3/2025,E\n00001,2,9/22/2025,E\n"
    )
    assert found.notices == []
    found = _bring(app, "attendance", tmp_path / "days.csv", HEAD + "00001,2,10/3/2025,E\n")
    assert (found.counts["rejected"], found.notices) == (0, [])


def test_a_file_that_writes_days_in_both_ways_is_asked_about(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    text = HEAD + "00001,2,9/3/2025,E\n00001,2,9/22/2025,E\n00002,1,9/23/2025,E\n00002,1,24/9/2025,E\n"
    with pytest.raises(UserError, match=r"in two ways: “9/22/2025”.*read as month before day"):
        _bring(app, "attendance", tmp_path / "days.csv", text)
    found = _bring(app, "attendance", tmp_path / "days.csv", text, confirmed=True)
    assert found.counts["rejected"] == 1
    more = text + "00003,2,25/9/2025,E\n00003,2,26/9/2025,E\n"
    with pytest.raises(UserError, match=r"in two ways: “24/9/2025”.*read as day before month"):
        _bring(app, "attendance", tmp_path / "days.csv", more)


@pytest.mark.parametrize("is_day_first", [False, True])
def test_a_mistyped_day_among_many_is_left_out_alone(
    app: Flask, made: MadeUp, tmp_path: Path, is_day_first: bool
) -> None:
    days = [(9, day) for day in (15, 16, 17, 18, 19, 22, 23, 24, 25)]
    written = [f"{day}/{month}/2025" if is_day_first else f"{month}/{day}/2025" for month, day in days]
    odd = "9/26/2025" if is_day_first else "26/9/2025"
    text = HEAD + "".join(f"00001,2,{day},E\n" for day in (*written, odd))
    if is_day_first:
        with pytest.raises(UserError, match="can be nothing else"):
            _bring(app, "attendance", tmp_path / "days.csv", text)
    found = _bring(app, "attendance", tmp_path / "days.csv", text, confirmed=is_day_first)
    assert found.counts["rejected"] == 1
    assert "0915:" in _marks(app, "00001")
    assert "in two ways" not in " ".join(found.notices)


def test_birth_dates_are_never_asked_about(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    born = [f"3/{day}/2017" for day in range(13, 18)] + ["14/3/2017", "15/3/2017"]
    rows = [f"{901 + n},Day,Ana,1,3,11/{13 + n}/2025,,{day}\n" for n, day in enumerate(born)]
    found = _bring(app, "roster", tmp_path / "list.csv", ROSTER + "".join(rows))
    assert found.counts["create"] == len(born)
    with app.app_context(), system("test"):
        kept = scalars(select(Student.birth_date).where(Student.local_id.in_(["901", "906"])))
    assert {str(each) for each in kept} == {"2017-03-13", "None"}


def test_days_that_can_only_be_the_other_way_round_are_asked_about(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    text = HEAD + "00001,2,9/10/2025,E\n00001,2,3/9/2025,E\n00001,2,8/9/2025,E\n"
    with pytest.raises(UserError, match="2 of them, “3/9/2025” for one, lie outside"):
        _bring(app, "attendance", tmp_path / "days.csv", text)


def test_a_summary_with_the_day_first_is_asked_about(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    text = "student,school,days enrolled,days absent,through\n"
    text += "00001,2,20,2,3/10/2025\n00002,1,20,2,30/9/2025\n"
    with pytest.raises(UserError, match="“30/9/2025”"):
        _bring(app, "attendance-summary", tmp_path / "sums.csv", text)
    _bring(app, "attendance-summary", tmp_path / "sums.csv", text, confirmed=True)
    with app.app_context(), system("test"):
        statement = select(Attendance.through_on).where(Attendance.through_on.is_not(None))
        assert {str(day) for day in scalars(statement)} == {"2025-10-03", "2025-09-30"}


def test_a_roster_shows_in_one_column_how_all_of_its_days_are_written(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    text = ROSTER + "901,Day,Ana,1,3,3/11/2025,5/12/2025,1/3/2015\n902,Day,Ben,1,3,4/11/2025,,25/3/2015\n"
    with pytest.raises(UserError, match="“3/11/2025” and others there, or in other columns"):
        _bring(app, "roster", tmp_path / "list.csv", text)
    found = _bring(app, "roster", tmp_path / "list.csv", text, confirmed=True)
    assert found.counts["create"] == 2
    with app.app_context(), system("test"):
        born = scalars(select(Student.birth_date).where(Student.local_id == "901"))
        begins = scalars(select(Enrolment.begins_on).join(Student).where(Student.local_id == "901"))
        ends = scalars(select(Enrolment.ends_on).join(Student).where(Student.local_id == "901"))
    assert [str(each) for each in (*born, *begins, *ends)] == ["2015-03-01", "2025-11-03", "2025-12-05"]


def test_the_browser_asks_and_lets_the_order_be_chosen(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="administrator")
    at = upload(client, "attendance", "days.csv", HEAD + "00001,2,3/9/2025,E\n00002,1,22/9/2025,E\n")
    run_waiting(app)
    page = client.get(at).text
    assert "Confirm this first" in page
    assert "are read as day before month" in page
    columns = client.get(f"{at}?columns=1").text
    assert "How does the file write days?" in columns
    assert "Day before month (22/9/2025)" in columns
    holds = {"column-0": "student", "column-1": "school", "column-2": "day", "column-3": "code"}
    assert client.post(f"{at}/plan", data={**holds, "answer-dates": "day-first"}).status_code == 303
    run_waiting(app)
    page = client.get(at).text
    assert "Confirm this first" not in page
    assert "Import 2 rows" in page
