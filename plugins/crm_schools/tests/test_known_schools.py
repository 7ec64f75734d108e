"""Which school that is here a roster means: by its number, its name and what its system calls it."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.importing.places import Places
from crm_schools.models import Rating, School, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip, scalars

Files = dict[str, str]
Bring = Callable[..., Outcome]
ALL = ("orgs.csv", "users.csv", "enrollments.csv", "demographics.csv")


def cells(files: Files, new: Mapping[str, str], names: Sequence[str] = ALL) -> None:
    """Other values in the cells of an archive."""
    for name in names:
        rows = [line.split(",") for line in files[name].splitlines()]
        files[name] = "\n".join(",".join(new.get(cell, cell) for cell in row) for row in rows) + "\n"


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """Brings an archive with other values in its cells, or in those of the file about schools alone."""

    def done(new: Mapping[str, str] | None = None, in_orgs: Mapping[str, str] | None = None) -> Outcome:
        def change(files: Files) -> None:
            cells(files, in_orgs or {}, ("orgs.csv",))
            cells(files, new or {})

        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "archive.zip", change), {})

    return done


def schools(app: Flask) -> list[tuple[str, str, str]]:
    """Number, name and id in its system of each."""
    with app.app_context(), system("test"):
        rows = scalars(select(School).order_by(School.id))
        return [(row.local_id, row.name, row.source_id) for row in rows]


def write(app: Flask, school: str, **values: str) -> None:
    """What somebody writes on the page of a school."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        row = scalars(select(School).where(School.name == school))[0]
        for column, value in values.items():
            setattr(row, column, value)


HARBOR = {
    "Example District": "Harbor Public Schools", "D1": "HPS", "e": "s-1", "w": "s-2",
    "East School": "Dune Elementary", "West School": "Pier Middle",
    "0001": "00000", "0002": "00002", "0003": "00001", "0004": "00003",
}  # fmt: skip
"""The district that `made_up` sets up by hand, in an archive."""


@pytest.fixture
def by_hand(app: Flask, tmp_path: Path) -> Bring:
    """Brings an archive of the schools 1 and 2 that somebody set up by hand, under the numbers given."""
    make(app, students=4)

    def change(files: Files) -> None:
        terms = files["academicSessions.csv"].replace(
            "2024-09-02,2025-06-06,,2025", "2025-09-02,2026-06-12,,2026"
        )
        stays = files["enrollments.csv"].replace("2025-", "2026-").replace("2024-", "2025-")
        files["academicSessions.csv"], files["enrollments.csv"] = terms, stays

    def done(first: str, second: str, *, confirmed: bool = False) -> Outcome:
        def numbered(files: Files) -> None:
            cells(files, {**HARBOR, "E1": first, "W1": second})
            change(files)

        with app.app_context():
            path = roster_zip(tmp_path / "archive.zip", numbered)
            return bring_in("roster", path, {}, confirmed=confirmed)

    return done


def missed(app: Flask) -> set[int]:
    """The half days that the first student missed, wherever they are counted as enrolled."""
    with app.app_context(), system("test"):
        return {row.absent for row in scalars(select(Rating).where(Rating.student_id == 1)) if row.enrolled}


def test_numbers_of_nces_come_to_schools_that_were_set_up_by_hand(app: Flask, by_hand: Bring) -> None:
    assert missed(app) == {20}
    by_hand("090000100001", "090000100002")
    assert schools(app) == [("1", "Dune Elementary", "s-1"), ("2", "Pier Middle", "s-2")]
    assert missed(app) == {20}
    with app.app_context():
        assert Places().school("090000100001") == Places().school("1") is not None
    assert by_hand("090000100001", "090000100002").counts["update"] == 0


@on_sqlite
def test_twelve_digits_that_do_not_begin_with_the_district_are_no_nces(app: Flask, by_hand: Bring) -> None:
    with pytest.raises(UserError, match="“Dune Elementary” is 010100010014 there and 1 here"):
        by_hand("010100010014", "010100010015")


@on_sqlite
def test_schools_of_the_same_names_under_other_numbers_are_asked_about(app: Flask, by_hand: Bring) -> None:
    with pytest.raises(
        UserError,
        match=r"“Dune Elementary” is 0001-01 there and 1 here; “Pier Middle” is 0001-02 .* its state number",
    ):
        by_hand("0001-01", "0001-02")
    assert len(schools(app)) == 2
    write(app, "Dune Elementary", state_id="0001-01")
    write(app, "Pier Middle", state_id="0001-02")
    by_hand("0001-01", "0001-02")
    assert schools(app) == [("1", "Dune Elementary", "s-1"), ("2", "Pier Middle", "s-2")]
    assert missed(app) == {20}


@on_sqlite
def test_an_archive_without_numbers_means_schools_by_their_names(app: Flask, by_hand: Bring) -> None:
    by_hand("", "")
    assert schools(app) == [("1", "Dune Elementary", "s-1"), ("2", "Pier Middle", "s-2")]
    assert missed(app) == {20}


@on_sqlite
def test_a_whole_archive_of_other_schools_is_asked_about(
    app: Flask, by_hand: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the same, written otherwise: all students would move there."""
    monkeypatch.setitem(HARBOR, "East School", "Dune Elementary School")
    monkeypatch.setitem(HARBOR, "West School", "Pier Middle School")
    with pytest.raises(
        UserError,
        match=r"There: Dune Elementary School \(D\), Pier Middle School \(P\)\. Here: Dune Elementary \(1\)",
    ):
        by_hand("D", "P")
    write(app, "Dune Elementary", state_id="D")
    # The other one is new, then; whoever left it in November had an open stay here.
    by_hand("D", "P", confirmed=True)
    assert [row[:2] for row in schools(app)] == [
        ("1", "Dune Elementary School"), ("2", "Pier Middle"), ("P", "Pier Middle School")
    ]  # fmt: skip


@on_sqlite
def test_a_new_school_comes_in_beside_the_others(app: Flask, bring: Bring) -> None:
    bring()
    before = schools(app)
    bring(in_orgs={"w": "n", "West School": "North School", "W1": "N1"})
    assert schools(app) == [*before, ("N1", "North School", "n")]


@on_sqlite
def test_a_new_system_with_other_ids_and_numbers_is_asked_about(app: Flask, bring: Bring) -> None:
    bring()
    with pytest.raises(UserError, match="“East School” is 25001 there and E1 here"):
        bring({"e": "101", "w": "102", "E1": "25001", "W1": "25002"})
    assert len(schools(app)) == 2


@on_sqlite
def test_the_same_ids_with_other_numbers_and_names_are_asked_about(app: Flask, bring: Bring) -> None:
    written = {"East School": "East Elementary School", "West School": "West Elementary School"}
    bring()
    with pytest.raises(
        UserError, match=r"e is “East Elementary School” \(25001\) there .* write its new name"
    ):
        bring({"E1": "25001", "W1": "25002", **written})
    for old, new in written.items():
        write(app, old, name=new)
    bring({"E1": "25001", "W1": "25002", **written})
    assert schools(app) == [("E1", "East Elementary School", "e"), ("W1", "West Elementary School", "w")]


@on_sqlite
def test_ids_that_count_otherwise_exchange_no_schools(app: Flask, bring: Bring) -> None:
    bare = {"W1": "", "E1": ""}
    bring(in_orgs=bare)
    before = schools(app)
    with pytest.raises(UserError, match="w is “East School” there and “West School” here"):
        bring({"e": "w", "w": "e"}, in_orgs=bare)
    assert schools(app) == before


@on_sqlite
def test_ids_that_count_otherwise_do_no_harm_beside_numbers(app: Flask, bring: Bring) -> None:
    bring()
    bring({"e": "w", "w": "e"})
    assert schools(app) == [("E1", "East School", "w"), ("W1", "West School", "e")]


@on_sqlite
def test_a_new_name_alone_is_taken_also_without_numbers(app: Flask, bring: Bring) -> None:
    bare = {"W1": "", "E1": ""}
    bring(in_orgs=bare)
    bring({"East School": "East Academy"}, in_orgs=bare)
    assert [row[1] for row in schools(app)] == ["East Academy", "West School"]


@on_sqlite
def test_schools_of_a_district_may_have_the_same_name(app: Flask, bring: Bring) -> None:
    alike = {"East School": "Night School", "West School": "Night School"}
    bring(alike)
    before = schools(app)
    assert bring(alike).counts["update"] == 0
    bring({**alike, "e": "101", "w": "102"})
    assert [row[:2] for row in schools(app)] == [row[:2] for row in before]


@on_sqlite
def test_one_number_for_all_schools_of_an_archive_is_refused(app: Flask, bring: Bring) -> None:
    with pytest.raises(UserError, match=r"“East School” and “West School” have the same number .*: E1"):
        bring({"W1": "E1"})
    assert schools(app) == []


@on_sqlite
def test_what_the_system_of_another_district_calls_its_schools_says_nothing(app: Flask, bring: Bring) -> None:
    numbered = {"E1": "101", "W1": "102"}
    bring({"e": "guid-1", "w": "guid-2", **numbered})
    ninth = {"d": "z", "Example District": "Ninth District", "D1": "D9"}
    named = {"East School": "North Nine", "West School": "South Nine"}
    students = {"0001": "901", "0002": "902", "0003": "903", "0004": "904"}
    bring({**ninth, **named, **students, **numbered, "e": "1", "w": "2"})
    bring({"e": "1", "w": "2", **numbered, "East School": "East Elementary"})
    assert ("101", "East Elementary", "1") in schools(app)
    assert len(schools(app)) == 4


def _with_third(source: str) -> Callable[[Files], None]:
    """A third school, so that one that agrees by chance is not half of them."""

    def change(files: Files) -> None:
        files["orgs.csv"] += f"{source},,,North School,school,N1,d\n"

    return change


@on_sqlite
def test_a_new_system_that_counts_from_one_as_the_old_one_did_means_the_same_schools(
    app: Flask, tmp_path: Path
) -> None:
    def first(files: Files) -> None:
        _with_third("3")(files)
        cells(files, {"e": "1", "w": "2"})

    def other(files: Files) -> None:
        _with_third("7")(files)
        cells(files, {"e": "1", "w": "3", "West School": "West Elementary"})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip", first), {})
        bring_in("roster", roster_zip(tmp_path / "second.zip", other), {})
    assert schools(app) == [
        ("E1", "East School", "1"), ("W1", "West Elementary", "3"), ("N1", "North School", "7")
    ]  # fmt: skip


@on_sqlite
def test_another_id_and_name_under_the_same_number_is_asked_about(app: Flask, bring: Bring) -> None:
    bring()
    other = {"w": "x", "West School": "West Elementary"}
    with pytest.raises(UserError, match=r"W1 is “West Elementary” .* same school, write its new name"):
        bring(other)
    write(app, "West School", name="West Elementary")
    bring(other)
    assert schools(app) == [("E1", "East School", "e"), ("W1", "West Elementary", "x")]


@on_sqlite
@pytest.mark.parametrize("number", ["250000100123", "S-123"])
def test_a_number_that_people_corrected_stays(app: Flask, bring: Bring, number: str) -> None:
    """The archive has another one than the files of attendance; both find the school."""
    bring({"E1": number})
    write(app, "East School", local_id="101")
    bring({"E1": number})
    assert bring({"E1": number}).counts["update"] == 0
    assert schools(app)[0] == ("101", "East School", "e")
    with app.app_context():
        assert Places().school(number) == Places().school("101") is not None


@on_sqlite
def test_a_number_takes_the_place_of_an_id_that_stood_for_it(app: Flask, bring: Bring) -> None:
    bring(in_orgs={"W1": "", "E1": ""})
    bring()
    assert schools(app) == [("E1", "East School", "e"), ("W1", "West School", "w")]


def ed_fi(path: Path, district: tuple[str, str], *of: tuple[str, str]) -> Path:
    """A district of Ed-Fi, and its schools by number and name."""
    number, name = district
    found: list[dict[str, Any]] = [{"localEducationAgencyId": number, "nameOfInstitution": name}]
    reference = {"localEducationAgencyReference": {"localEducationAgencyId": number}}
    found += [{"schoolId": each, "nameOfInstitution": called, **reference} for each, called in of]
    path.write_text(json.dumps(found))
    return path


@on_sqlite
def test_schools_of_ed_fi_are_those_that_are_here_too(app: Flask, tmp_path: Path) -> None:
    make(app, students=1)
    harbor, path = ("HPS", "Harbor Public Schools"), tmp_path / "schools.json"
    with app.app_context():
        for schools_there, said in (
            (
                (("255901001", "Dune Elementary"), ("2", "Pier Middle")),
                "“Dune Elementary” is 255901001 there",
            ),
            ((("1", "Pier Middle"), ("2", "Dune Elementary")), "1 is “Pier Middle” there"),
            ((("2", "Dune Elementary"),), "2 is “Dune Elementary” there"),
        ):
            with pytest.raises(UserError, match=said):
                bring_in("roster", ed_fi(path, harbor, *schools_there), {})
        renamed = ("1", "Dune School"), ("2", "Pier Middle"), ("3", "Reed High")
        bring_in("roster", ed_fi(path, harbor, *renamed), {})
        assert bring_in("roster", ed_fi(path, harbor, *renamed), {}).counts["unchanged"] == 4
    assert [row[:2] for row in schools(app)] == list(renamed)


@on_sqlite
def test_students_of_schools_that_got_numbers_of_nces_stay_where_they_are(app: Flask, by_hand: Bring) -> None:
    with app.app_context(), system("test"):
        before = {row.id: row.school_id for row in scalars(select(Student))}
    by_hand("090000100001", "090000100002")
    with app.app_context(), system("test"):
        assert {row.id: row.school_id for row in scalars(select(Student))} == before
