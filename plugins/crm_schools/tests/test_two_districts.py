"""Two districts whose systems count their schools and students alike are never taken for each other."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import BadFile, bring_in
from crm_schools.models import District, Enrolment, School, Student, Year
from crm_schools.tests.support import roster_zip
from crm_schools.tests.test_deltas import HEAD, MANIFEST

pytestmark = on_sqlite


def _of_another(files: dict[str, str]) -> None:
    """The same schools, numbers and ids in another district, with other children."""
    files["orgs.csv"] = files["orgs.csv"].replace(
        "Example District,district,D1", "Other District,district,D2"
    )
    files["orgs.csv"] = files["orgs.csv"].replace("East", "North").replace("West", "South")
    files["users.csv"] = files["users.csv"].replace(",,000", ",,900")


def stays(number: str, district: str) -> list[tuple[str, date, date | None]]:
    with system("test"):
        statement = (
            select(School.name, Enrolment.begins_on, Enrolment.ends_on)
            .join(Student, Student.id == Enrolment.student_id)
            .join(School, School.id == Enrolment.school_id)
            .join(District, District.id == Student.district_id)
            .where(Student.local_id == number, District.local_id == district)
        )
        return [
            (row[0], row[1], row[2]) for row in db.session().execute(statement.order_by(Enrolment.begins_on))
        ]


def test_the_terms_of_one_district_take_no_days_of_the_year_of_another(app: Flask, tmp_path: Path) -> None:
    def terms(files: dict[str, str]) -> None:
        _of_another(files)
        head = files["academicSessions.csv"].splitlines()[0]
        files["academicSessions.csv"] = f"{head}\nt,,,Spring,semester,2025-01-06,2025-05-30,,2025\n"

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        for _time in range(2):
            bring_in("roster", roster_zip(tmp_path / "second.zip", terms), {})
        with system("test"):
            statement = select(District.local_id, Year.begins_on, Year.ends_on).join(
                Year, Year.district_id == District.id
            )
            years = {of: days for of, *days in db.session().execute(statement)}
    assert years == {
        "D1": [date(2024, 9, 2), date(2025, 6, 6)],
        "D2": [date(2025, 1, 6), date(2025, 5, 30)],
    }


@pytest.fixture
def both(app: Flask, tmp_path: Path) -> Flask:
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        bring_in("roster", roster_zip(tmp_path / "second.zip", _of_another), {})
    return app


def _delta(path: Path, rows: str) -> Path:
    def change(files: dict[str, str]) -> None:
        files.clear()
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + rows})

    return roster_zip(path, change)


def test_the_first_archive_of_a_district_leaves_the_other_as_it_is(both: Flask) -> None:
    with both.app_context():
        assert stays("0001", "D1") == [("East School", date(2024, 9, 2), None)]
        assert stays("9001", "D2") == [("North School", date(2024, 9, 2), None)]
        with system("test"):
            names = sorted(db.session().scalars(select(School.name)))
        assert names == ["East School", "North School", "South School", "West School"]


def test_a_delta_that_may_be_of_either_is_asked_whose_it_is(both: Flask, tmp_path: Path) -> None:
    rows = (
        "3,tobedeleted,2024-11-15,c1,e,u2,student,,,\n"
        "70,active,2024-11-15,c9,w,u2,student,,2024-11-18,\n71,active,2024-11-15,c9,e,t1,teacher,,,\n"
    )
    path = _delta(tmp_path / "delta.zip", rows)
    with both.app_context():
        with pytest.raises((UserError, BadFile), match="Say whose file this is"):
            bring_in("roster", path, {})
        outcome = bring_in("roster", path, {"district": "D2"})
        assert outcome.counts == {**outcome.counts, "update": 1, "rejected": 0, "create": 0}
        assert stays("0002", "D1") == [("East School", date(2024, 9, 2), None)]
        assert stays("9002", "D2") == [
            ("North School", date(2024, 9, 2), date(2024, 11, 15)),
            ("South School", date(2024, 11, 18), None),
        ]


def test_a_delta_of_enrolments_needs_their_ids(both: Flask, tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        files.clear()
        head = HEAD.replace("sourcedId,status", "status")
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": head + "active,,c1,e,u2,student,,,\n"})

    with both.app_context(), pytest.raises((UserError, BadFile), match="sourcedId"):
        bring_in("roster", roster_zip(tmp_path / "delta.zip", change), {"district": "D1"})
    with both.app_context():
        outcome = bring_in(
            "roster",
            _delta(tmp_path / "e.zip", ",active,,c1,e,u2,student,,2024-09-02,\n"),
            {"district": "D1"},
        )
        assert any("has no sourcedId" in said for _line, said in outcome.noticed)
        assert stays("0002", "D1") == [("East School", date(2024, 9, 2), None)]


def test_a_delta_of_a_district_of_which_no_whole_archive_came_is_refused(app: Flask, tmp_path: Path) -> None:
    def as_delta(files: dict[str, str]) -> None:
        _of_another(files)
        files["manifest.csv"] = files["manifest.csv"].replace(",bulk", ",delta")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        path = roster_zip(tmp_path / "delta.zip", as_delta)
        with pytest.raises(
            (UserError, BadFile), match=r"there is none yet of the district.*say whose file this is"
        ):
            bring_in("roster", path, {})
        with system("test"):
            assert db.session().scalars(select(District.local_id)).all() == ["D1"]
        bring_in("roster", roster_zip(tmp_path / "second.zip", _of_another), {})
        assert bring_in("roster", path, {}).counts["rejected"] == 0
