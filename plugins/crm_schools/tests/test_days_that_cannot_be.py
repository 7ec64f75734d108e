"""Days that stand for none in files, such as 9999-12-31 and 1900-01-01: they break no file and mean what
systems mean by them."""

import json
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.importing.dates import day_of, is_never, is_unknown, school_year_of
from crm_schools.models import Year
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_days_before import FIRST, Bring, bring, of_ben
from crm_schools.tests.test_deltas import stays
from crm_schools.tests.test_unread_dates import DISTRICT, _student

__all__ = ["bring"]  # The fixture.


def test_a_day_outside_of_what_can_be_is_none() -> None:
    for text in ("9999-12-31", "12/31/9999", "1900-01-01", "0001-01-01", "31-DEC-9999"):
        assert day_of(text) is None
        assert is_never(text) or is_unknown(text)
    assert day_of("1990-01-01") == date(1990, 1, 1)
    assert day_of("2100-12-31") == date(2100, 12, 31)
    assert not is_never("2100-12-31")
    assert not is_unknown("never")
    assert school_year_of("9999") is None
    assert school_year_of("2026–27") == 2027


@on_sqlite
def test_a_class_that_never_begins_leaves_the_others_of_the_archive(app: Flask, bring: Bring) -> None:
    outcome = bring("3,e,9999-12-31,")
    assert outcome.counts["create"] >= 4
    assert not outcome.counts["rejected"]
    assert of_ben(app) == []
    assert stays(app, "0001")
    said = " ".join(text for _row, text in outcome.noticed)
    assert "The class enrolment “3” begins on Dec 31, 9999, so it has not begun" in said


@pytest.mark.parametrize(
    "row", ["3,e,1900-01-01,2025-06-06", "3,e,0001-01-01,", "3,e,2024-09-02,9999-12-31", "3,e,,1900-01-01"]
)
@on_sqlite
def test_a_class_without_a_known_day_is_of_the_whole_year(app: Flask, bring: Bring, row: str) -> None:
    bring(row)
    assert of_ben(app) == [("East", FIRST, None)]


@on_sqlite
def test_a_school_year_that_cannot_be_is_that_of_its_days(app: Flask, tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        files["academicSessions.csv"] = files["academicSessions.csv"].replace(",,2025", ",,9999")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})
        with system("test"):
            assert scalars(select(Year.school_year)) == [2025]


@on_sqlite
def test_a_row_of_a_table_that_ends_never_is_open(app: Flask, tmp_path: Path) -> None:
    make(app, students=1)
    path = tmp_path / "students.csv"
    path.write_text(
        "Student_Number,Last_Name,First_Name,SchoolID,EntryDate,ExitDate\n"
        "90001,Oak,Ana,1,9/3/2025,12/31/9999\n90002,Elm,Ben,1,1/1/1900,\n90003,Ash,Cleo,1,12/31/9999,\n"
    )
    with app.app_context():
        outcome = bring_in("roster", path, {})
    assert outcome.counts["create"] == 2
    assert outcome.counts["rejected"] == 1
    assert [stay[:2] for stay in stays(app, "90001")] == [(date(2025, 9, 3), None)]
    assert [stay[1] for stay in stays(app, "90002")] == [None]
    assert any("“12/31/9999” in “EntryDate” is not a day" in text for _row, text in outcome.noticed)


@on_sqlite
def test_edfi_that_ends_never_is_open(app: Flask, tmp_path: Path) -> None:
    make(app, students=1)
    path = tmp_path / "roster.json"
    rows = [
        *DISTRICT,
        *_student("s1", entryDate="2025-09-01", exitWithdrawDate="9999-12-31"),
        *_student("s2", entryDate="9999-12-31"),
    ]
    path.write_text(json.dumps(rows))
    with app.app_context():
        outcome = bring_in("roster", path, {})
    assert [stay[:2] for stay in stays(app, "s1")] == [(date(2025, 9, 1), None)]
    assert stays(app, "s2") == []
    assert any("9999-12-31" in text for _row, text in outcome.noticed)
