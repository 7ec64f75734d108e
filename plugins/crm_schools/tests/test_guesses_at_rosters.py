"""Whoever may import and not see students reads nothing in a plan that answers a file of guesses."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import Student
from crm_schools.tests import test_orders_of_rows
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import HEAD, MANIFEST
from crm_schools.tests.test_orders_of_rows import ONE
from crm_schools.tests.test_partial_files import upload_bytes

pytestmark = on_sqlite
made, bring = test_orders_of_rows.made, test_orders_of_rows.bring
STUDENT = ONE[:4]
WITH_DAY = (*STUDENT, "Entry Date")
GUARDIAN = (*STUDENT, "Guardian 1", "Guardian 1 Phone", "Guardian 1 Do Not Contact")
Plans = Callable[[bytes, str], dict[str, str]]


@pytest.fixture
def plans(app: Flask, sign_in: SignIn) -> Plans:
    """What those of two roles read of the plan of a file, all rows of it."""

    def read(content: bytes, name: str) -> dict[str, str]:
        told = {}
        for role in ("administrator", "organizer"):
            staff = sign_in(role=role)
            at = upload_bytes(app, staff, content, name)
            pages = (staff.get(f"{at}?show={shown}").text for shown in ("create", "update", "unchanged"))
            told[role] = " ".join(re.sub(r"<[^>]+>", " ", " ".join(pages)).split())
        return told

    return read


def rows(head: tuple[str, ...], *cells: str) -> bytes:
    return "\n".join([",".join(head), *cells, ""]).encode()


@pytest.mark.parametrize(
    "head, row, said",
    [
        ((*STUDENT, "School Year"), "0101,A,B,2,2025-26", "The student is enrolled in another school, too"),
        (WITH_DAY, "0101,A,B,2,11/3/2025", "The student is enrolled in another school, too"),
    ],
)
def test_a_table_of_guesses(
    bring: Callable[..., object], plans: Plans, head: tuple[str, ...], row: str, said: str
) -> None:
    bring(GUARDIAN, ("Rex Oak", "202-555-0100", "no"))
    told = plans(rows(head, row), "guess.csv")
    assert said in told["administrator"]
    assert said not in told["organizer"]


def test_a_table_of_guessed_first_days(
    app: Flask, bring: Callable[..., object], plans: Plans, tmp_path: Path
) -> None:
    bring(GUARDIAN, ("Rex Oak", "202-555-0100", "no"))
    days = tmp_path / "days.csv"
    days.write_text("student_id,school_id,date,code\n0101,1,10/1/2025,U\n")
    with app.app_context():
        assert bring_in("attendance", days, {"codes": "U,unexcused\n"}).counts["create"] == 1
    others = [f"077{n},A,B,1,9/2/2025" for n in range(2)]
    told = plans(rows(WITH_DAY, "0101,A,B,1,12/3/2025", *others), "guess.csv")
    assert "where the student is known since Sep 2, 2025" in told["administrator"]
    assert "known since" not in told["organizer"]
    assert "The days before stay" not in told["organizer"]


def test_a_table_of_guardians(bring: Callable[..., object], plans: Plans) -> None:
    bring(GUARDIAN, ("Rex Oak", "202-555-0100", "no"))
    told = plans(rows(GUARDIAN, "0101,Ana,Oak,1,Rex Oak,,yes"), "guess.csv")
    assert "Student 0101" in told["organizer"]
    assert "is known more than once as somebody who cares" not in told["organizer"]


def test_a_table_of_guessed_guardians(bring: Callable[..., object], plans: Plans) -> None:
    """Who is somebody's guardian looks like who is not, under a phone that nobody has."""
    bring(GUARDIAN, ("Rex Oak", "202-555-0100", "no"))
    told = [
        plans(rows(GUARDIAN, f"0101,Ana,Oak,1,{name},202-555-0177,no"), "guess.csv")
        for name in ("Rex Oak", "Zed Elm")
    ]
    assert "1 New" in told[0]["organizer"]
    same = [re.sub(r"O\d+ Organizer \d+|Rex Oak|Zed Elm", "", each["organizer"]) for each in told]
    assert same[0] == same[1]
    assert "1 New" not in told[0]["administrator"]


def test_an_archive_of_guessed_guardians(app: Flask, tmp_path: Path, plans: Plans) -> None:
    """Whom an archive does not name any more would say that another name than the guessed one is there."""

    def archive(name: str) -> Path:
        def change(files: dict[str, str]) -> None:
            given, family = name.split()
            files["users.csv"] += f"g1,,,true,e,guardian,g1,,{given},{family},,,,,203-555-0101,u1,,\n"

        return roster_zip(tmp_path / f"{name}.zip", change)

    with app.app_context():
        bring_in("roster", archive("Rex Oak"), {})
    told = [plans(archive(name).read_bytes(), "guess.zip") for name in ("Rex Oak", "Zed Elm")]
    same = [re.sub(r"O\d+ Organizer \d+|Rex Oak|Zed Elm", "", each["organizer"]) for each in told]
    assert same[0] == same[1]
    assert "does not name Rex Oak as somebody who cares" in told[1]["administrator"]


def test_a_table_of_several_schools(bring: Callable[..., object], plans: Plans) -> None:
    bring(STUDENT, ())
    told = plans(rows(WITH_DAY, "0101,A,B,2,11/3/2025", "0909,C,D,1,"), "guess.csv")
    assert "the earlier stay ends on" in told["administrator"]
    assert "the earlier stay ends on" not in told["organizer"]


def test_a_delta_of_classes(app: Flask, tmp_path: Path, plans: Plans) -> None:
    def guess(files: dict[str, str]) -> None:
        users = {"4": "u3", "77": "u2"}
        taken = (f"{of},tobedeleted,2024-11-15,c3,w,{user},student,,,\n" for of, user in users.items())
        files.clear()
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + "".join(taken)})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "1.zip"), {})
    told = plans(roster_zip(tmp_path / "2.zip", guess).read_bytes(), "2.zip")
    for said in ("takes back the class enrolment “4” on Nov 15, 2024", "“77”, which nobody knows"):
        assert said in told["administrator"]
        assert said not in told["organizer"]


def test_an_archive_of_the_classes_of_today(app: Flask, tmp_path: Path, plans: Plans) -> None:
    def guess(files: dict[str, str]) -> None:
        files["enrollments.csv"] = (
            HEAD + "9,,,c3,w,u2,student,,2025-01-06,\n8,,,c3,e,u1,student,,2025-01-06,\n"
        )

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "1.zip"), {})
    told = plans(roster_zip(tmp_path / "2.zip", guess).read_bytes(), "2.zip")
    for said in ("the earlier stay ends on Jan 5, 2025", "in the first days that are known of their stay"):
        assert said in told["administrator"]
        assert said not in told["organizer"]


@pytest.mark.parametrize("family", ["Oak", "Ash"])
def test_a_name_beside_a_school_that_is_not_there(
    app: Flask, tmp_path: Path, plans: Plans, family: str
) -> None:
    """A row that would change nothing is refused otherwise, and so it would say whether the name is right."""

    def guess(files: dict[str, str]) -> None:
        files["users.csv"] = files["users.csv"].replace("Ben,Oak", f"Ben,{family}")
        files["enrollments.csv"] = HEAD + "9,,,c3,nowhere,u2,student,,2025-01-06,\n"

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "1.zip"), {})
    told = plans(roster_zip(tmp_path / "2.zip", guess).read_bytes(), "2.zip")
    assert "Student 0002" in told["organizer"]
    with app.app_context(), system("test"):
        assert len(scalars(select(Student))) == 4


def test_whose_number_a_second_row_has_tells_no_name(app: Flask, tmp_path: Path, plans: Plans) -> None:
    """The number stands there as a spreadsheet leaves it, without the zeros before it."""
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})

    def told(given: str) -> str:
        def change(files: dict[str, str]) -> None:
            head = files["users.csv"].splitlines()[0]
            row = f"u1,,,true,e,student,a,,{given},Ibáñez,,7777,,,,,03,"
            files["users.csv"] = f"{head}\n{row}\nq9,,,true,e,student,b,,B,O,,1,,,,,KG,\n"
            files["enrollments.csv"] = files["enrollments.csv"].splitlines()[0] + "\n"

        plan = plans(roster_zip(tmp_path / "guess.zip", change).read_bytes(), "guess.zip")["organizer"]
        return re.sub(r"O\d+ Organizer \d+", "", plan)

    assert told("Ana") == told("Zoe")
