"""Whom a roster means by the ids of its system and by numbers, where either of them changes."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.jobs.inline import run_waiting
from crm.plugin_api import system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Student
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import HEAD, MANIFEST, stays
from crm_schools.tests.test_partial_files import upload_bytes

Files = dict[str, str]
PEOPLE = ("users.csv", "enrollments.csv", "demographics.csv")
ZOE = "u1,,,true,e,student,z,,Zoe,New,,0009,,,,,03,"


def cells(files: Files, new: Mapping[str, str], names: tuple[str, ...] = PEOPLE) -> None:
    """Write other cells in place of those that stand there."""
    for name in names:
        rows = [row.split(",") for row in files[name].splitlines()]
        files[name] = "\n".join(",".join(new.get(cell, cell) for cell in row) for row in rows) + "\n"


def new_system(*, ana: bool = True, zoe: str = ZOE) -> Callable[[Files], None]:
    """Ids count anew: u1 was Ana and is Zoe; Ana is u9, or has left."""

    def change(files: Files) -> None:
        cells(files, {"u1": "u9"})
        head, *rows = files["users.csv"].splitlines()
        kept = [row for row in rows if ana or not row.startswith("u9,")]
        files["users.csv"] = "\n".join([head, zoe, *kept]) + "\n"
        files["enrollments.csv"] += "19,,,c1,e,u1,student,,2024-09-02,2025-06-06\n"

    return change


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Callable[[Callable[[Files], None]], Outcome]:
    def done(change: Callable[[Files], None] = lambda files: None) -> Outcome:
        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})

    return done


Bring = Callable[..., Outcome]


def students(app: Flask) -> dict[str, tuple[str, str]]:
    """By number, the given name and what their system calls them."""
    with app.app_context(), system("test"):
        return {row.local_id: (row.given_name, row.source_id) for row in scalars(select(Student))}


@pytest.mark.parametrize("ana", [True, False])
def test_a_new_student_with_the_id_of_another_is_not_that_one(app: Flask, bring: Bring, ana: bool) -> None:
    bring()
    outcome = bring(new_system(ana=ana))
    assert any("as it called student 0001 before" in said for _line, said in outcome.noticed)
    found = students(app)
    assert (found["0001"], found["0009"]) == (("Ana", "u9" if ana else ""), ("Zoe", "u1"))
    assert len(found) == 5
    again = bring(new_system(ana=ana))
    assert (again.counts["create"], students(app)) == (0, found)


def test_a_namesake_whose_number_stands_at_another_id_is_not_that_one(app: Flask, bring: Bring) -> None:
    bring()
    bring(new_system(zoe=ZOE.replace("Zoe,New", "Ana,Ibáñez")))
    found = students(app)
    assert (found["0001"], found["0009"]) == (("Ana", "u9"), ("Ana", "u1"))


def test_a_delta_of_the_new_system_means_the_new_student(app: Flask, tmp_path: Path, bring: Bring) -> None:
    def delta(files: Files) -> None:
        row = "19,tobedeleted,2024-11-15T00:00:00Z,c1,e,u1,student,,,\n"
        files.clear()
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + row})

    bring()
    bring(new_system())
    ana = stays(app, "0001")
    bring(delta)
    assert stays(app, "0009") == [(date(2024, 9, 2), date(2024, 11, 15), "3")]
    assert stays(app, "0001") == ana


@pytest.mark.parametrize("old", ["", "7001"])
def test_a_number_that_comes_later_or_changes_is_the_students(
    app: Flask, tmp_path: Path, bring: Bring, old: str
) -> None:
    """The archive left numbers out first, or had others; then it has those by which attendance is kept."""
    bring(lambda files: cells(files, {"0001": old}))
    outcome = bring()
    assert any(f"had the number {old or 'u1'} here" in said for _line, said in outcome.noticed)
    assert students(app)["0001"] == ("Ana", "u1")
    assert len(students(app)) == 4
    path = tmp_path / "days.csv"
    path.write_text("student_id,school_id,date,code\n0001,E1,2024-09-03,A\n")
    with app.app_context():
        assert bring_in("attendance", path, {"codes": "A,unexcused\n"}).counts["rejected"] == 0
    assert bring().counts["update"] == 0


def test_a_number_and_a_family_name_that_change_at_once_are_the_students(app: Flask, bring: Bring) -> None:
    """Ana's day of birth is known, so a new family name makes nobody else of her."""
    bring()
    bring(lambda files: cells(files, {"0001": "9001", "Ibáñez": "Ash"}))
    assert students(app)["9001"] == ("Ana", "u1")
    assert len(students(app)) == 4


def test_one_number_for_two_students_is_one_students(app: Flask, bring: Bring) -> None:
    bring()
    outcome = bring(lambda files: cells(files, {"0001": "7777", "0002": "7777"}))
    assert outcome.counts["rejected"] == 1
    assert {"7777", "0002"} < set(students(app))


def test_an_archive_without_numbers_means_those_who_had_the_ids(app: Flask, bring: Bring) -> None:
    bring()
    numbers = {f"000{number}": "" for number in range(1, 5)}
    assert bring(lambda files: cells(files, numbers)).counts["create"] == 0
    assert set(students(app)) == set(numbers)


def test_whose_id_or_number_it_was_is_for_those_who_may_see_students(
    app: Flask, sign_in: SignIn, tmp_path: Path, bring: Bring
) -> None:
    bring()

    def other(files: Files) -> None:
        new_system()(files)
        cells(files, {"0002": "7002"})

    content = roster_zip(tmp_path / "2.zip", other).read_bytes()
    for role, told in (("administrator", True), ("organizer", False)):
        staff = sign_in(role=role)
        at = upload_bytes(app, staff, content, "2.zip")
        plan = staff.get(f"{at}?show=create").text + staff.get(f"{at}?show=update").text
        assert ("called student 0001 before" in plan) == told
        assert ("had the number 0002 here" in plan) == told


@pytest.mark.parametrize("given", ["Ana", "Zoe"])
def test_a_guess_at_the_name_behind_an_id_is_not_answered(
    app: Flask, sign_in: SignIn, tmp_path: Path, bring: Bring, given: str
) -> None:
    """A number that nobody has is new to whoever may not see students, whoever is meant."""
    bring()

    def guess(files: Files) -> None:
        cells(files, {"0001": "9001", "Ana": given})

    staff = sign_in(role="organizer")
    at = upload_bytes(app, staff, roster_zip(tmp_path / "2.zip", guess).read_bytes(), "2.zip")
    assert "Student 9001" in staff.get(f"{at}?show=create").text
    assert "Student 9001" not in staff.get(f"{at}?show=update").text
    staff.post(f"{at}/apply")
    run_waiting(app)
    assert students(app)["9001"] == (given, "u1")
    assert ("0001" in students(app)) == (given == "Zoe")
