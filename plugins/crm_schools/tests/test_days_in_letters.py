"""Days as Oracle writes them, with the month in letters."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.importing.dates import day_of
from crm_schools.models import Enrolment, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import scalars


@pytest.mark.parametrize(
    "text",
    ["02-SEP-25", "2-Sep-2025", "02 Sep 2025", "2-Sept-25", "02-SEP-25 12.00.00 AM", "2025-09-02", "9/2/25"],
)
def test_what_is_the_second_of_september(text: str) -> None:
    assert day_of(text) == date(2025, 9, 2)


@pytest.mark.parametrize("text", ["02-XYZ-25", "31-JUN-25", "SEP-25", "2-Marble-2025", "0/0/0", "0016-05-0"])
def test_what_is_no_day(text: str) -> None:
    assert day_of(text) is None


@on_sqlite
def test_a_roster_of_oracle_is_read(app: Flask, tmp_path: Path) -> None:
    make(app, students=2)
    path = tmp_path / "roster.csv"
    path.write_text(
        "student_id,first name,last name,school,dob,entry date,exit date\n"
        "0101,Ana,Oak,1,04-MAY-16,08-SEP-25,30-JAN-26\n"
    )
    with app.app_context():
        assert bring_in("roster", path, {}).noticed == []
        with system("a test looks"):
            student = scalars(select(Student).where(Student.local_id == "0101"))[0]
            stay = scalars(select(Enrolment).where(Enrolment.student_id == student.id))[0]
    assert str(student.birth_date) == "2016-05-04"
    assert (stay.begins_on, stay.ends_on) == (date(2025, 9, 8), date(2026, 1, 30))
