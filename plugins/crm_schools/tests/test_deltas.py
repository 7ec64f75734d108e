"""OneRoster archives that say what changed: single classes come and go, and stays follow from all of them."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment, Student
from crm_schools.tests.support import roster_zip

pytestmark = on_sqlite

MANIFEST = (
    "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.orgs,absent\nfile.users,absent\n"
    "file.enrollments,delta\nfile.academicSessions,absent\nfile.demographics,absent\nfile.classes,absent\n"
)
HEAD = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate\n"
)
Delta = Callable[[str], Outcome]


@pytest.fixture
def delta(app: Flask, tmp_path: Path) -> Delta:
    """Brings a delta of class enrolments alone, after a whole roster."""
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})

    def bring(rows: str) -> Outcome:
        def change(files: dict[str, str]) -> None:
            files.clear()
            files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + rows})

        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "delta.zip", change), {})

    return bring


def stays(app: Flask, local_id: str) -> list[tuple[date, date | None, str]]:
    with app.app_context(), system("test"):
        statement = select(Enrolment.begins_on, Enrolment.ends_on, Enrolment.grade).join(
            Student, Student.id == Enrolment.student_id
        )
        rows = db.session().execute(statement.where(Student.local_id == local_id))
        return sorted((row[0], row[1], row[2]) for row in rows)


def test_dropping_one_class_leaves_the_school_to_no_student(app: Flask, delta: Delta) -> None:
    before = stays(app, "0001")
    assert before == [(date(2024, 9, 2), None, "3")]
    outcome = delta("1,active,2024-10-15T00:00:00Z,c1,e,u1,student,,2024-09-02,2024-10-15\n")
    assert (outcome.counts["update"], outcome.counts["rejected"]) == (1, 0)
    assert stays(app, "0001") == before
    delta("2,active,2024-12-20T00:00:00Z,c1,e,u1,student,,2024-10-01,2024-12-20\n")
    assert stays(app, "0001") == [(date(2024, 9, 2), date(2024, 12, 20), "3")]


def test_a_class_is_taken_back_from_that_day_on_also_without_its_first_day(app: Flask, delta: Delta) -> None:
    delta("4,tobedeleted,2024-11-15T00:00:00Z,c3,w,u3,student,,,\n")
    assert stays(app, "0003") == [(date(2024, 10, 1), date(2024, 11, 15), "5")]


def test_classes_that_are_taken_back_end_the_stay_on_that_day(app: Flask, delta: Delta) -> None:
    outcome = delta("4,tobedeleted,2024-11-15T00:00:00Z,c3,w,u3,student,,2024-10-01,2025-06-06\n")
    assert stays(app, "0003") == [(date(2024, 10, 1), date(2024, 11, 15), "5")]
    assert any(
        "takes back the class enrolment “4” on Nov 15, 2024" in each for _line, each in outcome.noticed
    )
    assert delta("99,tobedeleted,2024-11-15,c3,w,u3,student,,2024-10-01,\n").counts["unchanged"] == 1


def test_enrolments_of_those_of_whom_nothing_else_changed_count_too(app: Flask, tmp_path: Path) -> None:
    """A new name of one, a class of another, and what a delta that leaves out roles says of a teacher."""

    def change(files: dict[str, str]) -> None:
        head = "sourcedId,status,dateLastModified,enabledUser,givenName,familyName,identifier,grades\n"
        manifest = MANIFEST.replace("users,absent", "users,delta").replace("1.1", "1.2")
        users = "u1,active,,true,Anna,Ibáñez,0001,\nt1,active,,true,Tess,Oak,T1,\n"
        rows = (
            "90,active,,c9,w,u2,student,,2024-11-18,\n3,tobedeleted,2024-11-15,c1,e,u2,student,,,\n"
            "91,active,,c9,w,t1,teacher,,2024-11-18,\n"
        )
        files.clear()
        files.update({"manifest.csv": manifest, "users.csv": head + users, "enrollments.csv": HEAD + rows})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        outcome = bring_in("roster", roster_zip(tmp_path / "delta.zip", change), {})
    assert (outcome.counts["update"], outcome.counts["create"], outcome.counts["rejected"]) == (2, 0, 0)
    assert [stay[:2] for stay in stays(app, "0002")] == [
        (date(2024, 9, 2), date(2024, 11, 15)),
        (date(2024, 11, 18), None),
    ]
    assert [stay[2] for stay in stays(app, "0001")] == ["3"]


def test_a_school_that_nobody_knows_is_no_quiet_nothing(app: Flask, delta: Delta) -> None:
    outcome = delta("50,active,2024-11-15,c9,nowhere,u3,student,,2024-10-01,2025-06-06\n")
    assert (outcome.counts["rejected"], outcome.counts["unchanged"]) == (1, 1)
    assert all("nowhere" in said for _line, said in outcome.noticed)


def _made_on(path: Path, day: tuple[int, int, int]) -> Path:
    """The same archive, as if made on a day."""
    with zipfile.ZipFile(path) as archive:
        texts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, (*day, 12, 0, 0)), text)
    return path


def _without(user: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        for name in ("users.csv", "enrollments.csv", "demographics.csv"):
            kept = [line for line in files[name].splitlines() if user not in line.split(",")]
            files[name] = "\n".join(kept) + "\n"

    return change


def test_whoever_a_whole_roster_does_not_name_any_more_has_left(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        path = _made_on(roster_zip(tmp_path / "later.zip", _without("u3")), (2024, 11, 5))
        outcome = bring_in("roster", path, {})
        assert outcome.counts["update"] == 1
        assert any("does not name student 0003" in each for _line, each in outcome.noticed)
        assert any("does not name: 1. Their enrolments end" in each for each in outcome.notices)
        assert bring_in("roster", path, {}).counts["update"] == 0
    assert stays(app, "0003") == [(date(2024, 10, 1), date(2024, 11, 4), "5")]
    assert stays(app, "0002")[0][1] is None
    with app.app_context():
        back = bring_in("roster", _made_on(roster_zip(tmp_path / "back.zip"), (2024, 11, 6)), {})
    assert back.counts["update"] == 1
    assert stays(app, "0003") == [(date(2024, 10, 1), None, "5")]


def test_an_archive_that_lacks_too_many_ends_nobody(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_schools.importing.roster.oneroster.missing.FEW", 0)
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        path = _made_on(roster_zip(tmp_path / "later.zip", _without("u2")), (2024, 11, 5))
        outcome = bring_in("roster", path, {})
    assert (outcome.counts["update"], stays(app, "0002")[0][1]) == (0, None)
    assert any("nobody’s enrolment was ended" in each for each in outcome.notices)
