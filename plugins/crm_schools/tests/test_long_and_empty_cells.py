"""Values that are longer than what can be kept, characters that no database keeps, and words for nothing, in
archives of OneRoster and in Ed-Fi: nothing of them stops a file."""

import json
import random
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Contact, system
from crm.plugin_api.records import Phone
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment, Guardian, School, Student
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_unread_dates import DISTRICT, _student, _term

Bring = Callable[[Callable[[dict[str, str]], Any]], Outcome]
LETTERS = "".join(random.Random(7).choices(string.ascii_letters, k=4000))  # Nothing secret.
"""No text that a database can make short."""
ID = LETTERS[:240]


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """Brings the archive with a change to its files."""

    def done(change: Callable[[dict[str, str]], Any]) -> Outcome:
        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})

    return done


def put(old: str, new: str, *names: str) -> Callable[[dict[str, str]], None]:
    """Write something else into these files."""

    def change(files: dict[str, str]) -> None:
        for name in names:
            assert old in files[f"{name}.csv"]
            files[f"{name}.csv"] = files[f"{name}.csv"].replace(old, new)

    return change


def students(app: Flask) -> dict[str, Student]:
    with app.app_context(), system("test"):
        return {row.local_id: row for row in scalars(select(Student))}


def said(outcome: Outcome) -> str:
    return " ".join([*(text for _row, text in outcome.noticed), *map(str, outcome.notices)])


def test_ids_and_numbers_as_long_as_the_binding_allows(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        put(",0001,", f",{ID},", "users")(files)
        put("u2", ID, "users", "enrollments", "demographics")(files)
        put("\ne,,,East School,school,E1", f"\n{ID},,,East School,school,{ID}", "orgs")(files)
        put(",e,u", f",{ID},u", "enrollments")(files)
        put(f",e,{ID}", f",{ID},{ID}", "enrollments")(files)

    for _night in range(2):
        outcome = bring(change)
        assert not outcome.counts["rejected"]
    found = students(app)
    assert set(found) == {ID, "0002", "0003", "0004"}
    assert found["0002"].source_id == ID
    with app.app_context(), system("test"):
        school = scalars(select(School).where(School.local_id == ID))[0]
        assert school.source_id == ID
        assert len(scalars(select(Enrolment).where(Enrolment.school_id == school.id))) == 3


@pytest.mark.parametrize("old", ["Ana", "Ibáñez", ",0001,"])
def test_a_row_with_a_text_that_runs_on_is_refused_and_the_others_come_in(
    app: Flask, bring: Bring, old: str
) -> None:
    outcome = bring(put(old, old.replace(old.strip(","), LETTERS), "users"))
    assert outcome.counts["rejected"] == 1
    assert f"“{LETTERS[:40]}…” has more than 255 characters, so the row was left out." in said(outcome)
    assert set(students(app)) == {"0002", "0003", "0004"}


def test_empty_characters_are_left_out_of_an_archive(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        put("Ana", "A\0na", "users")(files)
        put("u2", "u\0002", "users", "enrollments")(files)

    outcome = bring(change)
    assert "Empty characters (NUL) that were left out: 3." in said(outcome)
    found = students(app)
    assert found["0001"].given_name == "Ana"
    assert found["0002"].source_id == "u2"


def test_guardians_with_long_ids_and_phones(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        files["users.csv"] += (
            f"{ID},,,true,e,guardian,g,,Eva,Ibáñez,,,,,{'+1 203 555 0101 x' + '1' * 90},u1,,\n"
        )

    for _night in range(2):
        outcome = bring(change)
        assert not outcome.counts["rejected"]
        assert "is too long for a phone number, so none was noted." in said(outcome)
    with app.app_context(), system("test"):
        assert scalars(select(Contact.name).join(Guardian, Guardian.contact_id == Contact.id)) == [
            "Eva Ibáñez"
        ]
        assert scalars(select(Phone)) == []


def test_edfi_with_texts_that_cannot_be_kept(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "roster.json"
    rows = [
        {**DISTRICT[0], "addresses": [{"stateAbbreviationDescriptor": "x#Connecticut"}]}, DISTRICT[1],
        {**_term("Year", "2025-09-01", "2026-06-10"), "totalInstructionalDays": 99999999999},
        *_student("s1", entryDate="2025-09-01"), *_student(ID, entryDate="2025-09-01"),
        *_student("s3", entryDate="2025-09-01"),
    ]  # fmt: skip
    rows[3]["firstName"] = "A\0na"
    rows[3]["middleName"] = "\ud83d"
    rows[7]["lastSurname"] = LETTERS
    path.write_text(json.dumps(rows))
    with app.app_context():
        outcome = bring_in("roster", path, {})
    assert outcome.counts["rejected"] == 1
    found = students(app)
    assert set(found) == {"s1", ID}
    assert (found["s1"].given_name, found["s1"].middle_name) == ("Ana", "?")


@on_sqlite
def test_null_is_an_empty_cell_of_an_archive(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        put("Ana,Ibáñez,,0001", "Ana,Null,NULL,0001", "users")(files)
        put("Ben,Oak,,0002", "Ben,Oak,N/A,NULL", "users")(files)
        put("Cleo,Ash", "NULL,NULL", "users")(files)
        put(",,,,,05,\nu4", ",,,,,NULL,\nu4", "users")(files)
        put("2024-09-02,2025-06-06", "NULL,NULL", "enrollments")(files)
        put("u1,,,2016-05-04", "u1,,,0000-00-00", "demographics")(files)

    outcome = bring(change)
    found = students(app)
    assert (found["0001"].family_name, found["0001"].middle_name) == ("Null", "")
    assert found["0001"].birth_date is None
    assert found["u2"].middle_name == ""
    assert (found["0003"].given_name, found["0003"].family_name, found["0003"].grade) == ("", "", "")
    words = said(outcome)
    assert "The student has no name in this file." in words
    assert "NULL" not in words
    assert "0000-00-00" not in words


@on_sqlite
def test_null_is_an_empty_value_in_edfi(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "roster.json"
    rows = [*DISTRICT, *_student("s1", entryDate="2025-09-01", exitWithdrawDate="NULL")]
    rows[2] |= {"middleName": "NULL", "lastSurname": "Null", "birthDate": "N/A"}
    path.write_text(json.dumps(rows))
    with app.app_context():
        outcome = bring_in("roster", path, {})
    assert not outcome.noticed
    found = students(app)["s1"]
    assert (found.family_name, found.middle_name, found.birth_date) == ("Null", "", None)
    with app.app_context(), system("test"):
        assert scalars(select(Enrolment.ends_on)) == [None]
