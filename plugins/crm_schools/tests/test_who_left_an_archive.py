"""Whole archives in which somebody who left stands all the same: disabled, and in no class."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import District, Enrolment, Student
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import _made_on

pytestmark = on_sqlite
Files = dict[str, str]
Change = Callable[[Files], None]
Bring = Callable[..., Outcome]
LEFT = date(2024, 11, 4)


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """Imports the archive of the fifth of November with a change."""

    def done(*changes: Change, confirmed: bool = False) -> Outcome:
        def change(files: Files) -> None:
            for each in changes:
                each(files)

        path = _made_on(roster_zip(tmp_path / "roster.zip", change), (2024, 11, 5))
        with app.app_context():
            return bring_in("roster", path, {}, confirmed=confirmed)

    return done


def ends(app: Flask) -> dict[tuple[str, str], date | None]:
    """The last day of the last stay of each student, by district and number."""
    with app.app_context(), system("test"):
        statement = (
            select(District.local_id, Student.local_id, Enrolment.ends_on)
            .join(Student, Student.id == Enrolment.student_id)
            .join(District, District.id == Student.district_id)
            .order_by(Enrolment.begins_on)
        )
        return {(of, number): last for of, number, last in db.session().execute(statement)}


def without_classes(*users: str) -> Change:
    def change(files: Files) -> None:
        lines = files["enrollments.csv"].splitlines()
        kept = [line for line in lines if not {*users} & {*line.split(",")}]
        files["enrollments.csv"] = "\n".join([*kept, ""])

    return change


def disabled(*users: str) -> Change:
    def change(files: Files) -> None:
        for user in users:
            files["users.csv"] = files["users.csv"].replace(f"{user},,,true", f"{user},,,False")

    return change


def test_who_is_disabled_and_in_no_class_has_left(app: Flask, bring: Bring) -> None:
    bring()
    outcome = bring(disabled("u3"), without_classes("u3"))
    assert any("does not name student 0003" in said for _line, said in outcome.noticed)
    assert ends(app)["D1", "0003"] == LEFT
    assert bring(disabled("u3"), without_classes("u3")).counts["update"] == 0


def test_who_comes_back_is_enrolled_again(app: Flask, bring: Bring) -> None:
    bring()
    bring(disabled("u3"), without_classes("u3"))
    bring()
    assert ends(app)["D1", "0003"] is None


def test_roles_in_a_file_of_their_own_say_who_is_a_student(app: Flask, bring: Bring) -> None:
    def roles(files: Files) -> None:
        lines = [line.split(",") for line in files["users.csv"].splitlines()]
        files["users.csv"] = "".join(",".join([*line[:5], *line[6:]]) + "\n" for line in lines)
        files["roles.csv"] = "userSourcedId,role,orgSourcedId\n" + "".join(
            f"{line[0]},{line[5]},{line[4]}\n" for line in lines[1:]
        )
        files["manifest.csv"] += "file.roles,bulk\n"

    bring(roles)
    bring(disabled("u3", "t1"), without_classes("u3"), roles)
    assert (ends(app)["D1", "0003"], ends(app)["D1", "0002"]) == (LEFT, None)


@pytest.mark.parametrize(
    "changes",
    [
        (disabled("u3"),),
        (without_classes("u3"),),
        (disabled("u1", "u2", "u3", "u4"), without_classes("u3")),
    ],
    ids=["disabled and in a class", "enabled without a class", "no student of the archive is enabled"],
)
def test_who_is_there_stays(app: Flask, bring: Bring, changes: tuple[Change, ...]) -> None:
    bring()
    bring(*changes)
    assert ends(app)["D1", "0003"] is None


def test_a_first_archive_without_any_class_brings_its_students(app: Flask, bring: Bring) -> None:
    everybody = "u1", "u2", "u3", "u4"
    bring(disabled(*everybody), without_classes(*everybody), confirmed=True)
    with app.app_context(), system("test"):
        assert len(scalars(select(Student))) == 4
