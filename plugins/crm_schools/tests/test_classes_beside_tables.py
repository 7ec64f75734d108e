"""Tables and Ed-Fi between a whole archive and its deltas: the classes of which a stay is made stay known."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import HEAD, MANIFEST, stays

pytestmark = on_sqlite
CAME, LEFT = date(2024, 10, 1), date(2024, 11, 15)
WITHOUT = "student_number,first name,last name,schoolid,school year,grade,el\n0003,Cleo,Ash,W1,2025,5,Y\n"
Bring = Callable[..., Outcome]


def table(begins: str, ends: str = "") -> str:
    head = "student_number,first name,last name,schoolid,school year,grade,el,entry date,exit date\n"
    return f"{head}0003,Cleo,Ash,W1,2025,5,Y,{begins},{ends}\n"


def ed_fi() -> str:
    of = {"studentReference": {"studentUniqueId": "0003"}, "schoolReference": {"schoolId": "W1"}}
    stay = {**of, "schoolYear": 2025, "entryDate": "2024-10-01"}
    return json.dumps([{"studentUniqueId": "0003", "firstName": "Cleo", "lastSurname": "Ash"}, stay])


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """Brings a table, or Ed-Fi, after a whole archive."""
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})

    def done(text: str) -> Outcome:
        path = tmp_path / ("subgroups.json" if text.startswith("[") else "subgroups.csv")
        path.write_text(text)
        with app.app_context():
            return bring_in("roster", path, {})

    return done


def take_back(app: Flask, tmp_path: Path) -> None:
    """A delta that takes back the one class of Cleo."""

    def delta(files: dict[str, str]) -> None:
        row = "4,tobedeleted,2024-11-15T00:00:00Z,c3,w,u3,student,,2024-10-01,2025-06-06\n"
        files.clear()
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + row})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "delta.zip", delta), {})


def classes(app: Flask) -> list[str]:
    with app.app_context(), system("test"):
        return sorted(row.classes for row in scalars(select(Enrolment)))


@pytest.mark.parametrize("text", [WITHOUT, table("2024-10-01"), ed_fi()])
def test_a_delta_still_ends_the_stay(app: Flask, tmp_path: Path, bring: Bring, text: str) -> None:
    before = classes(app)
    assert bring(text).counts["rejected"] == 0
    assert classes(app) == before
    assert bring(text).counts["update"] == 0
    with app.app_context():
        assert bring_in("roster", roster_zip(tmp_path / "again.zip"), {}).counts["update"] == 0
    take_back(app, tmp_path)
    assert stays(app, "0003") == [(CAME, LEFT, "5")]


@pytest.mark.parametrize(
    "text, then, at_last",
    [
        (table("2024-09-02"), (date(2024, 9, 2), None, "5"), (date(2024, 9, 2), LEFT, "5")),
        (table("2024-10-07"), (date(2024, 10, 7), None, "5"), (date(2024, 10, 7), LEFT, "5")),
        (table("2024-10-01", "2024-11-08"), (CAME, date(2024, 11, 8), "5"), (CAME, date(2024, 11, 8), "5")),
    ],
)
def test_a_table_that_says_other_days_is_right_about_them(
    app: Flask,
    tmp_path: Path,
    bring: Bring,
    text: str,
    then: tuple[date, date | None, str],
    at_last: tuple[date, date, str],
) -> None:
    """It came earlier than the class, later, or left before the class was over."""
    bring(text)
    assert stays(app, "0003") == [then]
    assert bring(text).counts["update"] == 0
    take_back(app, tmp_path)
    assert stays(app, "0003") == [at_last]


def test_a_stay_of_which_nobody_named_a_class_has_none(app: Flask, bring: Bring) -> None:
    bring(WITHOUT.replace("0003,Cleo,Ash", "0009,Zoe,Yew"))
    assert "" in classes(app)
