"""Columns of daily files that say how much of a day was missed are used, or asked about."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.importing.columns import keep
from crm_schools.marks import unpack
from crm_schools.models import Attendance, Student
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


def _bring(app: Flask, path: Path, text: str, *, confirmed: bool = False) -> Outcome:
    path.write_text(text)
    with app.app_context():
        return bring_in("attendance", path, {}, confirmed=confirmed)


@pytest.mark.parametrize("header", ["Days Absent", "Portion of day", "Absence value", "Absent Value"])
def test_parts_of_a_day_are_used(app: Flask, made: MadeUp, tmp_path: Path, header: str) -> None:
    text = f"student,school,date,code,{header}\n00001,2,2025-09-04,E,0.5\n00001,2,2025-09-05,E,1\n"
    _bring(app, tmp_path / "days.csv", text, confirmed=True)
    with app.app_context(), system("test"):
        statement = select(Attendance.marks).join(Student, Student.id == Attendance.student_id)
        marks = scalars(statement.where(Student.local_id == "00001"))[0]
    halves = {day.isoformat(): halves for day, _code, halves in unpack(marks, 2026)}
    assert (halves["2025-09-04"], halves["2025-09-05"]) == (1, None)


def test_that_a_column_of_parts_is_used_is_asked_about(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    text = "student,school,date,code,Days Absent\n00001,2,2025-09-04,E,0.5\n"
    with pytest.raises(UserError, match="“Days Absent” says how much"):
        _bring(app, tmp_path / "days.csv", text)


def test_a_running_total_is_no_part_of_a_day(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    text = "student,school,date,code,Days Absent\n"
    text += "".join(f"00001,2,2025-09-{4 + n % 2:02},E,1\n" for n in range(60))
    text += "00001,2,2025-09-08,E,2\n00001,2,2025-09-09,E,3\n"
    with pytest.raises(UserError, match="not used: “Days Absent”"):
        _bring(app, tmp_path / "days.csv", text)
    assert _bring(app, tmp_path / "days.csv", text, confirmed=True).counts["rejected"] == 0


@pytest.mark.parametrize(
    "header, cell",
    [("Minutes_Absent", "195"), ("Hours absent", "3.5"), ("Days Absent", "12"), ("AbsentMinutes", "20")],
)
def test_what_may_be_a_part_of_a_day_and_is_not_used_is_asked_about(
    app: Flask, made: MadeUp, tmp_path: Path, header: str, cell: str
) -> None:
    text = f"student,school,date,code,{header}\n00001,2,2025-09-04,E,{cell}\n"
    with pytest.raises(UserError, match=f"how much of a day was missed.*“{header}”"):
        _bring(app, tmp_path / "days.csv", text)
    assert _bring(app, tmp_path / "days.csv", text, confirmed=True).counts["update"] == 1


@pytest.mark.parametrize("target, halves", [("ignore", None), ("days", 1)])
def test_what_somebody_chose_is_asked_about_no_more(
    app: Flask, made: MadeUp, tmp_path: Path, target: str, halves: int | None
) -> None:
    headers = ["student", "school", "date", "code", "Days Absent"]
    chosen = dict(zip(headers, ["student", "school", "day", "code", target], strict=True))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        keep("attendance", headers, {"columns": chosen})
    _bring(app, tmp_path / "days.csv", f"{','.join(headers)}\n00001,2,2025-09-04,E,0.5\n")
    with app.app_context(), system("test"):
        statement = select(Attendance.marks).join(Student, Student.id == Attendance.student_id)
        marks = scalars(statement.where(Student.local_id == "00001"))[0]
    assert {day.isoformat(): part for day, _code, part in unpack(marks, 2026)}["2025-09-04"] == halves


def test_other_columns_are_no_parts_of_days(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    said = [
        "School Hours",
        "Lunch Hours",
        "Period Minutes",
        "Minutes Possible",
        "Minutes late",
        "Teacher",
        "Day of week",
        "Absence Reason",
        "Comment",
    ]
    text = f"student,school,date,code,{','.join(said)}\n00001,2,2025-09-04,E{',195' * len(said)}\n"
    assert _bring(app, tmp_path / "days.csv", text).counts["update"] == 1
