"""A roster that has students under numbers that nobody knows makes none of them twice unasked."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import District, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import HEAD as CLASSES
from crm_schools.tests.test_partial_files import upload_bytes

HEAD = "Student_Number,Last_Name,First_Name,Grade_Level,SchoolID,EntryDate,ExitDate,DOB\n"
ANA = "10000,Oak,Ana,1,1,9/2/2025,,5/4/2018"
BEN = "10001,Elm,Ben,1,2,9/2/2025,,5/5/2018"
CLEO = "10002,Ash,Cleo,2,1,9/2/2025,,5/6/2017"
ASKED = "name and birth date of one who is here under another number: {}"
Bring = Callable[..., Outcome]


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """The table of three students is here; brings another."""
    make(app, students=1)

    def done(*rows: str, confirmed: bool = False) -> Outcome:
        path = tmp_path / "students.csv"
        path.write_text(HEAD + "".join(f"{row}\n" for row in rows))
        with app.app_context():
            return bring_in("roster", path, {}, confirmed=confirmed)

    done(ANA, BEN, CLEO)
    return done


def numbers(app: Flask) -> list[str]:
    """Of all but the one that was there before."""
    with app.app_context(), system("test"):
        found = scalars(select(Student.local_id).where(Student.local_id != "00000"))
        return sorted(found)


KNOWN = ["10000", "10001", "10002"]


def test_a_number_that_was_corrected_is_asked_about(app: Flask, bring: Bring) -> None:
    corrected = ANA.replace("10000", "10077"), BEN, CLEO
    with pytest.raises(UserError, match=ASKED.format(1)):
        bring(*corrected)
    assert numbers(app) == KNOWN
    outcome = bring(*corrected, confirmed=True)
    assert any("the birth date of student 10000" in said for _line, said in outcome.noticed)
    assert numbers(app) == [*KNOWN, "10077"]
    assert bring(*corrected).counts["create"] == 0


def test_the_number_that_people_correct_on_the_page_of_the_student_is_hers(app: Flask, bring: Bring) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        scalars(select(Student).where(Student.local_id == "10000"))[0].local_id = "10077"
    outcome = bring(ANA.replace("10000", "10077"), BEN, CLEO)
    assert (outcome.counts["create"], outcome.counts["unchanged"]) == (0, 3)
    assert numbers(app) == ["10001", "10002", "10077"]


def archive(path: Path) -> Path:
    """The same three in an archive that has the numbers of the state."""

    def change(files: dict[str, str]) -> None:
        heads = {name: text.splitlines()[0] for name, text in files.items()}
        people = (
            ("Ana", "Oak", "1", "2018-05-04"),
            ("Ben", "Elm", "2", "2018-05-05"),
            ("Cleo", "Ash", "1", "2017-05-06"),
        )
        users, classes, born = "", "", ""
        for at, (given, family, school, day) in enumerate(people):
            users += f"u{at},,,true,{school},student,x{at},,{given},{family},,91000{at},,,,,01,\n"
            classes += f"{at},,,c,{school},u{at},student,,2025-09-02,2026-06-12\n"
            born += f"u{at},,,{day},,,,,,,,,,,,\n"
        files["orgs.csv"] = (
            f"{heads['orgs.csv']}\nd,,,Harbor Public Schools,district,HPS,\n"
            "1,,,Dune Elementary,school,1,d\n2,,,Pier Middle,school,2,d\n"
        )
        files["academicSessions.csv"] = (
            f"{heads['academicSessions.csv']}\ny,,,Year,schoolYear,2025-09-02,2026-06-12,,2026\n"
        )
        files["users.csv"] = f"{heads['users.csv']}\n{users}"
        files["enrollments.csv"] = CLASSES + classes
        files["demographics.csv"] = f"{heads['demographics.csv']}\n{born}"

    return roster_zip(path, change)


def ed_fi(path: Path) -> Path:
    found: list[dict[str, Any]] = []
    for at, (given, family, day) in enumerate(
        (("Ana", "Oak", "2018-05-04"), ("Ben", "Elm", "2018-05-05"), ("CLEO", "Ash", "2017-05-06"))
    ):
        key = {"studentUniqueId": f"91000{at}"}
        found.append({**key, "firstName": given, "lastSurname": family, "birthDate": day})
        school = {"schoolReference": {"schoolId": "1"}, "schoolYear": 2026, "entryDate": "2025-09-02"}
        found.append({"studentReference": key, **school})
    path.write_text(json.dumps(found))
    return path


@pytest.mark.parametrize("make_file, name", [(archive, "roster.zip"), (ed_fi, "roster.json")])
def test_a_roster_with_the_numbers_of_another_system_is_asked_about(
    app: Flask, bring: Bring, tmp_path: Path, make_file: Callable[[Path], Path], name: str
) -> None:
    with app.app_context(), pytest.raises(UserError, match=ASKED.format(3)):
        bring_in("roster", make_file(tmp_path / name), {})
    assert numbers(app) == KNOWN


@pytest.mark.parametrize(
    "row",
    [
        ANA.replace("10000", "10077").replace("Ana", "Bea"),
        ANA.replace("10000", "10077").replace("5/4/2018", "5/4/2016"),
        ANA.replace("10000", "10077").replace("5/4/2018", ""),
    ],
    ids=["twin", "born on another day", "no day of birth"],
)
def test_who_is_called_or_born_otherwise_is_new(app: Flask, bring: Bring, row: str) -> None:
    outcome = bring(ANA, BEN, CLEO, row)
    assert (outcome.counts["create"], outcome.noticed) == (1, [])
    assert numbers(app) == [*KNOWN, "10077"]


@on_sqlite
def test_two_of_one_name_and_day_in_a_file_are_two(app: Flask, bring: Bring) -> None:
    assert bring(ANA, ANA.replace("10000", "10077"), BEN, CLEO).counts["create"] == 1


@on_sqlite
def test_a_number_that_somebody_else_has_now_does_not_say_so(bring: Bring) -> None:
    with pytest.raises(UserError, match=ASKED.format(1)):
        bring(ANA.replace("10000", "10077"), BEN.replace("10001", "10000"), CLEO)


@on_sqlite
def test_who_comes_back_under_the_same_number_is_no_question(app: Flask, bring: Bring) -> None:
    bring(ANA.replace("2025,,", "2025,10/3/2025,"))
    outcome = bring(ANA.replace("9/2/2025", "2/2/2026"))
    assert (outcome.counts["create"], outcome.counts["update"]) == (0, 1)
    assert numbers(app) == KNOWN


@on_sqlite
def test_a_child_of_another_district_is_another(app: Flask, bring: Bring) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        other = District(name="Bay Public Schools", local_id="BPS")
        db.session().add(other)
        db.session().flush()
        scalars(select(Student).where(Student.local_id == "10000"))[0].district_id = other.id
    assert bring(ANA.replace("10000", "10077"), BEN, CLEO).counts["create"] == 1


@on_sqlite
def test_whoever_may_not_see_students_learns_no_name_by_it(app: Flask, sign_in: SignIn, bring: Bring) -> None:
    def told(role: str, given: str) -> str:
        text = HEAD + ANA.replace("10000", "10077").replace("Ana", given) + "\n"
        staff = sign_in(role=role)
        plan = staff.get(upload_bytes(app, staff, text.encode(), "guess.csv")).text
        plain = " ".join(re.sub(r"<[^>]+>", " ", plan).split()).replace(f"{given} ", "")
        return re.sub(r"(O\d+ )?Organizer \d+", "", plain)

    assert ASKED.format(1) in told("administrator", "Ana")
    assert told("organizer", "Ana") == told("organizer", "Zed")


@on_sqlite
def test_a_file_without_new_students_looks_for_none(app: Flask, bring: Bring) -> None:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "sort_name IN" in statement:
            found.append(statement)

    engine = app.extensions["crm"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        bring(ANA, BEN, CLEO)
        assert found == []
        bring(ANA, BEN, CLEO, ANA.replace("10000", "10077").replace("Ana", "Bea"))
        assert len(found) == 1
    finally:
        event.remove(engine, "before_cursor_execute", note)
