"""Two children under one number in a table are never made one."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment, Guardian, Student
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars

pytestmark = on_sqlite
HEAD = "student number,last name,first name,dob,school,grade,entry date,exit date,guardian,guardian phone\n"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


def _bring(app: Flask, path: Path, *rows: str) -> Outcome:
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    with app.app_context():
        return bring_in("roster", path, {})


@pytest.mark.parametrize(
    "other",
    [
        "Oak,Ana,",
        "Ash,Ana,2015-01-20",
        "Ash,Ben,",
        "Ash,Ben,2016-05-04",
        "Oak,Ben,2016-05-04",
        "Oak,,2016-05-04",
    ],
    ids=["family name", "birth date", "given name", "twin", "both names", "no given name"],
)
def test_rows_of_two_students_with_one_number_are_left_out(
    app: Flask, made: MadeUp, tmp_path: Path, other: str
) -> None:
    rows = ["901,Ash,Ana,2016-05-04,1,3,,,Luz Ash,203-555-0142", "902,Elm,Cleo,2016-05-05,1,3,,,,"]
    found = _bring(app, tmp_path / "list.csv", *rows, f"901,{other},1,3,,,Tom Oak,203-555-0143")
    assert (found.counts["create"], found.counts["rejected"]) == (1, 2)
    said = [
        (line, text) for line, text in found.noticed if "Two different students have the number “901”" in text
    ]
    assert [line for line, _text in said] == [2, 4]
    assert "rows 2, 4" in said[0][1]
    with app.app_context(), system("test"):
        assert scalars(select(Student.local_id).where(Student.local_id.in_(["901", "902"]))) == ["902"]
        assert scalars(select(Guardian.id)) == []


def test_rows_of_one_student_are_one_however_they_write_the_name(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    rows = [
        "901,Ibáñez,Ana,2016-05-04,1,3,2025-09-02,2025-10-31,,",
        "901,Ibanez Luna,Ana María,,2,3,2025-11-03,,,",
    ]
    found = _bring(app, tmp_path / "list.csv", *rows)
    assert (found.counts["create"], found.counts["rejected"]) == (1, 0)
    with app.app_context(), system("test"):
        stays = select(Enrolment.id).join(Student).where(Student.local_id == "901")
        assert len(scalars(stays)) == 2


@pytest.mark.parametrize(
    "one, other",
    [
        ("Ash,Ana,2016-05-04", "Oak,Ana,2016-05-04"),
        ("O’Brien,Ana,2016-05-04", "O Brien,Ana,"),
        ("O'Brien,Mary-Ann,", "OBrien,Maryann,"),
        ("Ash-Oak,Ana,", "Oak,Ana,"),
    ],
    ids=["new surname", "apostrophe", "hyphen", "half a surname"],
)
def test_a_new_surname_or_spelling_makes_no_second_student(
    app: Flask, made: MadeUp, tmp_path: Path, one: str, other: str
) -> None:
    rows = [f"901,{one},1,3,2025-09-02,2025-10-31,,", f"901,{other},2,3,2025-11-03,,,"]
    found = _bring(app, tmp_path / "list.csv", *rows)
    assert (found.counts["create"], found.counts["rejected"]) == (1, 0)


def test_two_grades_of_one_student_in_one_school_are_said(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    found = _bring(
        app,
        tmp_path / "list.csv",
        "901,Ash,Ana,2016-05-04,1,3,,,,",
        "901,Ash,Ana,2016-05-04,1,5,,,,",
        "902,Elm,Cleo,2016-05-05,1,3,2025-09-02,2025-10-31,,",
        "902,Elm,Cleo,2016-05-05,2,4,2025-11-03,,,",
    )
    said = [(line, text) for line, text in found.noticed if "several grades" in text]
    assert [line for line, _text in said] == [3]
    assert "(rows 2, 3): 3, 5" in said[0][1]
