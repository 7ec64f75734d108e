"""Classes and enrolments that began in an earlier school year, or in June, and go on in the one that runs."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.importing.roster.years import SchoolYears
from crm_schools.models import District, Enrolment, Student, Year
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip
from crm_schools.tests.test_deltas import Delta, delta
from crm_schools.tests.test_unread_dates import DISTRICT, _term

__all__ = ["delta"]  # The fixture.
Y25, Y26, Y27 = (
    (date(2024, 9, 2), date(2025, 6, 6)),
    (date(2025, 9, 1), date(2026, 6, 12)),
    (date(2026, 9, 1), date(2027, 6, 11)),
)
BOTH = SchoolYears({2026: Y26, 2027: Y27}, {2026, 2027}, 2027)
ALONE = SchoolYears({2027: Y27}, {2027}, 2027)
STORED = SchoolYears({2026: Y26, 2027: Y27}, (), 2027)


def stays(app: Flask, number: str) -> list[tuple[int, date, date | None]]:
    """School year, first and last day of each."""
    with app.app_context(), system("test"):
        columns = Enrolment.school_year, Enrolment.begins_on, Enrolment.ends_on
        statement = select(*columns).join(Student, Student.id == Enrolment.student_id)
        rows = db.session().execute(statement.where(Student.local_id == number))
        return sorted((row[0], row[1], row[2]) for row in rows)


def whole(app: Flask, tmp_path: Path, begins: str, ends: str) -> None:
    """The archive of 2024–25 with Ben's class in these days."""

    def change(files: dict[str, str]) -> None:
        files["enrollments.csv"] = files["enrollments.csv"].replace(
            "u2,student,,2024-09-02,2025-06-06", f"u2,student,,{begins},{ends}"
        )

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})


@pytest.mark.parametrize(
    "begins, ends",
    [("2022-08-29", "2025-06-06"), ("2022-08-29", ""), ("2024-06-20", "2025-06-06"), ("2024-06-20", "")],
)
@on_sqlite
def test_a_class_since_an_earlier_year_enrols_from_the_first_day_of_this_one(
    app: Flask, tmp_path: Path, begins: str, ends: str
) -> None:
    whole(app, tmp_path, begins, ends)
    assert stays(app, "0002") == [(2025, Y25[0], None)]


@on_sqlite
def test_who_left_a_class_since_an_earlier_year_was_there_until_then(app: Flask, tmp_path: Path) -> None:
    whole(app, tmp_path, "2022-08-29", "2024-11-15")
    assert stays(app, "0002") == [(2025, Y25[0], date(2024, 11, 15))]


@on_sqlite
def test_a_class_of_this_year_keeps_its_day_in_august(app: Flask, tmp_path: Path) -> None:
    whole(app, tmp_path, "2024-08-26", "2025-06-06")
    assert stays(app, "0002") == [(2025, date(2024, 8, 26), None)]


@on_sqlite
def test_a_class_of_an_earlier_year_that_is_over_stays_in_it(app: Flask, tmp_path: Path) -> None:
    whole(app, tmp_path, "2023-08-28", "2024-06-07")
    assert stays(app, "0002") == [(2024, date(2023, 8, 28), date(2024, 6, 7))]


@pytest.mark.parametrize(
    "years, begins, ends, wanted",
    [
        (BOTH, date(2025, 9, 1), date(2026, 6, 12), 2026),
        (BOTH, date(2025, 9, 1), date(2027, 6, 11), 2027),
        (BOTH, date(2025, 9, 1), None, 2026),
        (STORED, date(2025, 9, 1), None, 2027),
        (ALONE, date(2025, 9, 1), None, 2027),
        (ALONE, date(2026, 9, 1), date(2027, 9, 15), 2027),
        (ALONE, date(2027, 8, 30), date(2028, 6, 9), 2028),
        (ALONE, date(2027, 6, 20), date(2028, 6, 9), 2028),
        (ALONE, date(2027, 6, 20), date(2027, 7, 9), 2027),
        (BOTH._replace(runs=2026), date(2026, 6, 20), date(2027, 6, 11), 2027),
        (BOTH._replace(runs=2026), date(2024, 9, 2), date(2027, 6, 11), 2026),
        # Years of some districts begin in July, and their last classes end a little later.
        (
            BOTH._replace(spans={2026: Y26, 2027: (date(2026, 7, 1), date(2027, 6, 30))}),
            date(2025, 9, 1),
            date(2026, 7, 15),
            2026,
        ),
        (SchoolYears({}, (), None), date(2025, 9, 1), None, 2026),
    ],
)
def test_the_year_in_which_a_class_counts(
    years: SchoolYears, begins: date, ends: date | None, wanted: int
) -> None:
    assert years.of(begins, ends) == wanted


@on_sqlite
def test_a_delta_with_a_class_that_goes_on_leaves_the_earlier_year(app: Flask, delta: Delta) -> None:
    """The class of 2024–25 is lengthened: the student is in school this year, and was there in that one."""
    _set_up(app, 2026, *Y26)
    before = stays(app, "0002")
    delta("3,active,2025-09-10T00:00:00Z,c1,e,u2,student,,2024-09-02,2026-06-12\n")
    assert stays(app, "0002") == [*before, (2026, Y26[0], None)]
    delta("3,tobedeleted,2025-10-15T00:00:00Z,c1,e,u2,student,,,\n")
    assert stays(app, "0002") == [*before, (2026, Y26[0], date(2025, 10, 15))]
    delta("9,active,2025-11-03T00:00:00Z,c1,e,u2,student,,2024-10-01,2025-06-06\n")
    assert stays(app, "0002") == [*before, (2026, Y26[0], date(2025, 10, 15))]


def _set_up(app: Flask, school_year: int, begins: date, ends: date) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        of = db.session().scalars(select(District.id)).one()
        year = Year(district_id=of, school_year=school_year, begins_on=begins, ends_on=ends)
        db.session().add(year)


@pytest.mark.parametrize("term", [True, False])
@on_sqlite
def test_edfi_without_a_school_year_counts_in_the_one_that_runs(
    app: Flask, tmp_path: Path, term: bool
) -> None:
    make(app, students=1)
    path = tmp_path / "roster.json"
    rows = [*DISTRICT, *([_term("Year", "2025-09-02", "2026-06-10")] if term else [])]
    rows += _enrolled("s1", entryDate="2023-08-28")
    rows += _enrolled("s2", entryDate="2023-08-28", exitWithdrawDate="2025-10-16")
    rows += _enrolled("s3", entryDate="2023-08-28", exitWithdrawDate="2024-06-08")
    path.write_text(json.dumps(rows))
    with app.app_context():
        bring_in("roster", path, {})
    if term:
        assert stays(app, "s1") == [(2026, date(2025, 9, 2), None)]
        assert stays(app, "s2") == [(2026, date(2025, 9, 2), date(2025, 10, 15))]
    else:  # Nobody knows of any school year in that district.
        assert stays(app, "s1") == [(2024, date(2023, 8, 28), None)]
    assert stays(app, "s3") == [(2024, date(2023, 8, 28), date(2024, 6, 7))]


def _enrolled(key: str, **days: str) -> list[dict[str, Any]]:
    of = {"studentReference": {"studentUniqueId": key}, "schoolReference": {"schoolId": 771}}
    return [
        {"studentUniqueId": key, "firstName": "A", "lastSurname": "B", "birthDate": "2015-01-01"},
        {**of, **days},
    ]
