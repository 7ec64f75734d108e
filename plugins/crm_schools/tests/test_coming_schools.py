"""A file that brings a school and the stays of its students there."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.services import role_named
from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm.transfer.permissions import VIEW_ALL
from crm_schools.importing.places import Places
from crm_schools.models import School
from crm_schools.tests import test_partial_files
from crm_schools.tests.made_up import MadeUp
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import HEAD, MANIFEST, stays
from crm_schools.tests.test_partial_files import AUTUMN, SPRING, begun, ed_fi, upload

made, bring = test_partial_files.made, test_partial_files.bring
WINTER = ("3", "2025-12-01", "")
Bring = Callable[..., Outcome]


def with_school(*of: tuple[str, str, str], names: tuple[str, str] = ("s1", "s2")) -> str:
    """The stays given, and before them a third school. `names` are the given names of the two."""
    text = json.dumps([{"schoolId": "3", "nameOfInstitution": "Third School"}, *json.loads(ed_fi(*of))])
    for key, name in zip(("s1", "s2"), names, strict=True):
        text = text.replace(f'"firstName": "{key}"', f'"firstName": "{name}"')
    return text


def test_stays_there_count_where_nothing_else_of_the_student_differs(
    app: Flask, bring: Bring, tmp_path: Path
) -> None:
    bring(AUTUMN)
    path = tmp_path / "new.json"
    path.write_text(with_school(AUTUMN, WINTER))
    with app.app_context():
        outcome = bring_in("roster", path, {})
        assert (outcome.counts["create"], outcome.counts["update"]) == (1, 2)
        assert bring_in("roster", path, {}).counts["unchanged"] == 3
    each = ["2025-09-01", "2025-12-01"]
    assert begun(app) == [(student, day) for student in ("s1", "s2") for day in each]


def test_a_whole_archive_enrols_there(app: Flask, tmp_path: Path) -> None:
    def north(files: dict[str, str]) -> None:
        files["orgs.csv"] += "n,,,North School,school,N1,d\n"
        files["enrollments.csv"] += "9,,,c9,n,u2,student,,2025-01-06,2025-06-06\n"

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = len(stays(app, "0002"))
        outcome = bring_in("roster", roster_zip(tmp_path / "second.zip", north), {})
    assert (outcome.counts["create"], outcome.counts["update"]) == (1, 1)
    assert len(stays(app, "0002")) == before + 1


@on_sqlite
def test_a_delta_that_brings_a_school_and_a_class_enrols_there(app: Flask, tmp_path: Path) -> None:
    def north(files: dict[str, str]) -> None:
        manifest = MANIFEST.replace("orgs,absent", "orgs,delta")
        orgs = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
        orgs += "n,active,,North School,school,N1,d\n"
        enrollments = HEAD + "9,active,,c9,n,u2,student,,2025-01-06,2025-06-06\n"
        files.clear()
        files.update({"manifest.csv": manifest, "orgs.csv": orgs, "enrollments.csv": enrollments})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = len(stays(app, "0002"))
        outcome = bring_in("roster", roster_zip(tmp_path / "delta.zip", north), {})
    assert (outcome.counts["create"], outcome.counts["update"], outcome.counts["rejected"]) == (1, 1, 0)
    assert len(stays(app, "0002")) == before + 1


@on_sqlite
def test_stays_elsewhere_that_those_there_would_remove_are_asked_about(
    app: Flask, bring: Bring, tmp_path: Path
) -> None:
    bring(AUTUMN)
    path = tmp_path / "new.json"
    path.write_text(with_school(WINTER, names=("Ben", "Cleo")))
    with app.app_context(), pytest.raises(UserError, match="Stays that are removed and have none in their"):
        bring_in("roster", path, {})
    assert begun(app) == [("s1", AUTUMN[1]), ("s2", AUTUMN[1])]


@on_sqlite
def test_what_anybody_else_wrote_meanwhile_leaves_out_none_of_them(
    app: Flask, sign_in: SignIn, bring: Bring
) -> None:
    bring(AUTUMN)
    staff = sign_in(role="administrator")
    at = upload(app, staff, with_school(AUTUMN, WINTER))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        create({"given_name": "Some", "family_name": "Body"}, Actor.system())
    staff.post(f"{at}/apply")
    run_waiting(app)
    assert "stays of this student came" not in staff.get(f"{at}?show=skipped").text
    assert len(begun(app)) == 4


@on_sqlite
def test_who_may_not_see_students_reads_no_plan_that_somebody_else_made_of_their_file(
    app: Flask, sign_in: SignIn, bring: Bring, made: MadeUp
) -> None:
    bring(AUTUMN, SPRING)
    text = b"student_id,first name,last name,school,gender,entry date\ns2,Wrong,Oak,1,F,2025-09-01\n"
    organizer, administrator = sign_in(role="organizer"), sign_in(role="administrator")
    data = {"kind": "roster", "file": (BytesIO(text), "guess.csv")}
    at = organizer.post("/imports/new", data=data, content_type="multipart/form-data").headers["Location"]
    run_waiting(app)
    assert "Given name" not in organizer.get(f"{at}?show=update").text
    assert administrator.post(f"{at}/plan").status_code == 303
    run_waiting(app)
    assert re.search("Given name.*Wrong", administrator.get(f"{at}?show=update").text, re.DOTALL)
    assert organizer.get(f"{at}?show=update").status_code == 403


@on_sqlite
@pytest.mark.parametrize("at", ["d", "p", "W1"])
def test_a_stay_where_no_school_is_is_said_and_changes_nothing(app: Flask, tmp_path: Path, at: str) -> None:
    """Some systems enrol at the district or in a department, which may be called like a school."""

    def elsewhere(files: dict[str, str]) -> None:
        files["orgs.csv"] += "p,,,Reading Lab,department,P1,e\nW1,,,Science,department,P2,e\n"
        files["enrollments.csv"] += f"9,,,c9,{at},u2,student,,2025-01-06,2025-06-06\n"

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = stays(app, "0002")
        outcome = bring_in("roster", roster_zip(tmp_path / "second.zip", elsewhere), {})
    assert (outcome.counts["create"], outcome.counts["update"]) == (0, 0)
    assert any("is unknown; the enrolment there was left out" in said for _line, said in outcome.noticed)
    assert stays(app, "0002") == before


@on_sqlite
def test_a_school_is_one_however_its_kind_is_written(app: Flask, tmp_path: Path) -> None:
    def loud(files: dict[str, str]) -> None:
        files["orgs.csv"] = (
            files["orgs.csv"].replace(",school,", ",School,").replace(",district,", ",District,")
        )

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip", loud), {})
        outcome = bring_in("roster", roster_zip(tmp_path / "second.zip"), {})
    assert (outcome.counts["create"], outcome.counts["update"]) == (0, 0)
    assert stays(app, "0002")


@on_sqlite
def test_a_school_that_gets_another_number_stays_the_same(app: Flask, tmp_path: Path) -> None:
    def renumbered(files: dict[str, str]) -> None:
        files["orgs.csv"] = files["orgs.csv"].replace(",E1,", ",001,")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = len(schools()), stays(app, "0002")
        assert bring_in("roster", roster_zip(tmp_path / "second.zip", renumbered), {}).counts["create"] == 0
        assert (len(schools()), stays(app, "0002")) == before
        assert Places().school("001") == Places().school("E1") is not None  # Files may go by either.
        again = bring_in("roster", roster_zip(tmp_path / "third.zip", renumbered), {}).counts
    assert (again["create"], again["update"]) == (0, 0)


def schools() -> list[str]:
    with system("test"):
        return [row.local_id for row in scalars(select(School))]


@on_sqlite
def test_who_may_see_all_imports_reads_no_file_of_students_without_that_right(
    app: Flask, sign_in: SignIn, bring: Bring
) -> None:
    bring(AUTUMN)
    at = upload(app, sign_in(role="administrator"), ed_fi(AUTUMN, SPRING))
    organizer = sign_in(role="organizer")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        role = role_named("organizer")
        assert role is not None
        role.permissions = [*role.permissions, VIEW_ALL]
    assert organizer.get(at).status_code == 403
    assert organizer.post(f"{at}/plan").status_code == 403
    assert at not in organizer.get("/imports").text


@on_sqlite
def test_a_number_that_another_district_has_too_is_no_reason_to_leave_a_school_out(
    app: Flask, tmp_path: Path
) -> None:
    def ninth(files: dict[str, str]) -> None:
        files["orgs.csv"] += "z,,,Ninth District,district,D9,\nz3,,,Ninth School,school,N1,z\n"

    def north(files: dict[str, str]) -> None:
        files["orgs.csv"] += "n,,,North School,school,N1,d\n"
        files["enrollments.csv"] += "9,,,c9,n,u2,student,,2025-01-06,2025-06-06\n"

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip", ninth), {})
        before = len(stays(app, "0002"))
        outcome = bring_in("roster", roster_zip(tmp_path / "second.zip", north), {})
    assert (outcome.counts["create"], outcome.counts["update"]) == (1, 1)
    assert len(stays(app, "0002")) == before + 1


@on_sqlite
def test_another_system_that_counts_its_schools_anew_renames_none(app: Flask, tmp_path: Path) -> None:
    def counted(files: dict[str, str]) -> None:
        for name in ("orgs.csv", "users.csv", "enrollments.csv"):
            rows = [line.split(",") for line in files[name].splitlines()]
            new = {"e": "1", "w": "2"}
            files[name] = "\n".join(",".join(new.get(cell, cell) for cell in row) for row in rows) + "\n"

    def anew(files: dict[str, str]) -> None:
        counted(files)
        orgs = files["orgs.csv"].replace("\n1,", "\n7,").replace("\n2,", "\n1,").replace("\n7,", "\n2,")
        files["orgs.csv"] = orgs + "3,,,Ash Academy,school,A1,d\n"

    def named() -> dict[str, str]:
        with app.app_context(), system("test"):
            return {row.local_id: row.name for row in scalars(select(School))}

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip", counted), {})
        bring_in("roster", roster_zip(tmp_path / "second.zip", anew), {})
    assert named() == {"E1": "East School", "W1": "West School", "A1": "Ash Academy"}


@on_sqlite
def test_an_archive_without_numbers_takes_none_away(app: Flask, tmp_path: Path) -> None:
    def bare(files: dict[str, str]) -> None:
        files["orgs.csv"] = files["orgs.csv"].replace(",E1,", ",,").replace(",W1,", ",,")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = sorted(schools()), stays(app, "0002")
        outcome = bring_in("roster", roster_zip(tmp_path / "second.zip", bare), {})
        assert (sorted(schools()), stays(app, "0002")) == before
    assert (outcome.counts["create"], outcome.counts["update"]) == (0, 0)


@on_sqlite
@pytest.mark.parametrize("numbers", [("W1", "E1"), ("W1", "W2")])
def test_numbers_that_moved_from_school_to_school_are_refused(
    app: Flask, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    def moved(files: dict[str, str]) -> None:
        orgs = files["orgs.csv"].replace(",W1,", ",second,").replace(",E1,", f",{numbers[0]},")
        files["orgs.csv"] = orgs.replace(",second,", f",{numbers[1]},")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = schools(), stays(app, "0002"), stays(app, "0003")
        with pytest.raises(UserError, match="W1 is “East School” there and “West School” here"):
            bring_in("roster", roster_zip(tmp_path / "second.zip", moved), {})
        assert (schools(), stays(app, "0002"), stays(app, "0003")) == before


@on_sqlite
@pytest.mark.parametrize("is_delta", [True, False])
def test_the_number_of_a_school_that_the_archive_does_not_bring_is_refused_too(
    app: Flask, tmp_path: Path, is_delta: bool
) -> None:
    def moved(files: dict[str, str]) -> None:
        head, district, _east, _west = files["orgs.csv"].splitlines()
        files["orgs.csv"] = f"{head}\n{district}\ne,,,East School,school,W1,d\n"
        if is_delta:
            manifest = MANIFEST.replace("orgs,absent", "orgs,delta").replace(
                "enrollments,delta", "enrollments,absent"
            )
            orgs = files["orgs.csv"].replace(",,,", ",active,,")
            files.clear()
            files.update({"manifest.csv": manifest, "orgs.csv": orgs})

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = schools(), stays(app, "0003")
        with pytest.raises(UserError, match="W1 is “East School” there and “West School” here"):
            bring_in("roster", roster_zip(tmp_path / "second.zip", moved), {})
        assert (schools(), stays(app, "0003")) == before


@on_sqlite
def test_what_a_system_calls_a_school_is_one_schools_alone(app: Flask, tmp_path: Path) -> None:
    """Whoever gets the id of another takes it away from there: a delta knows schools by it."""

    def renamed(files: dict[str, str]) -> None:
        files["orgs.csv"] = files["orgs.csv"].replace("East School,school,E1", "East Academy,school,E9")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        with pytest.raises(UserError, match=r"e is “East Academy” \(E9\) there and “East School” \(E1\)"):
            bring_in("roster", roster_zip(tmp_path / "second.zip", renamed), {})
        with db.transaction(Actor.system(), "test"), system("test"):  # It is another one, as somebody says.
            of = scalars(select(School))[0].district_id
            db.session().add(School(district_id=of, name="East Academy", local_id="E9"))
        bring_in("roster", roster_zip(tmp_path / "third.zip", renamed), {})
        with system("test"):
            named = {row.name: row.source_id for row in scalars(select(School))}
    assert named == {"East School": "", "West School": "w", "East Academy": "e"}


@on_sqlite
def test_a_school_without_a_parent_is_of_the_only_district_of_its_archive(app: Flask, tmp_path: Path) -> None:
    def ninth(files: dict[str, str]) -> None:
        files["orgs.csv"] = files["orgs.csv"].replace(
            "d,,,Example District,district,D1", "z,,,Ninth District,district,D9"
        )
        files["orgs.csv"] = files["orgs.csv"].replace(",d\n", ",z\n")
        files["orgs.csv"] = files["orgs.csv"].replace("East", "North").replace("West", "South")

    def without(files: dict[str, str]) -> None:
        files["orgs.csv"] = files["orgs.csv"].replace(",d\n", ",\n")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip", ninth), {})
        bring_in("roster", roster_zip(tmp_path / "second.zip", without), {})
        with system("test"):
            found = scalars(select(School).order_by(School.id))
    assert [row.local_id for row in found] == ["E1", "W1", "E1", "W1"]
    assert len({row.district_id for row in found}) == 2


@on_sqlite
def test_a_stay_in_a_new_school_of_another_district_takes_none_away(
    app: Flask, bring: Bring, tmp_path: Path
) -> None:
    bring(AUTUMN, SPRING)
    district = {"localEducationAgencyId": "N9", "nameOfInstitution": "Ninth District"}
    school = {"schoolId": "9", "nameOfInstitution": "Ninth School",
              "localEducationAgencyReference": {"localEducationAgencyId": "N9"}}  # fmt: skip
    elsewhere = json.loads(ed_fi(AUTUMN, ("9", SPRING[1], "")))
    path = tmp_path / "new.json"
    path.write_text(json.dumps([district, school, *elsewhere]))
    before = begun(app)
    with app.app_context(), suppress(UserError):
        bring_in("roster", path, {})
    assert begun(app) == before


@on_sqlite
def test_a_new_system_that_writes_names_otherwise_renames_the_schools_that_it_means(
    app: Flask, tmp_path: Path
) -> None:
    def other(files: dict[str, str]) -> None:
        for name in ("orgs.csv", "users.csv", "enrollments.csv"):
            rows = [line.split(",") for line in files[name].splitlines()]
            new = {"e": "101", "w": "102", "East School": "East Elementary School"}
            files[name] = "\n".join(",".join(new.get(cell, cell) for cell in row) for row in rows) + "\n"

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        before = stays(app, "0002")
        assert bring_in("roster", roster_zip(tmp_path / "second.zip", other), {}).counts["create"] == 0
        with system("test"):
            named = {row.local_id: (row.name, row.source_id) for row in scalars(select(School))}
        assert stays(app, "0002") == before
    assert named == {"E1": ("East Elementary School", "101"), "W1": ("West School", "102")}


@on_sqlite
def test_a_new_school_with_the_number_of_one_that_closed_is_not_that_one(app: Flask, tmp_path: Path) -> None:
    def reused(files: dict[str, str]) -> None:
        files["orgs.csv"] = files["orgs.csv"].replace("w,,,West School,", "a,,,Ash Academy,")

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "first.zip"), {})
        with pytest.raises(UserError, match="W1 is “Ash Academy” there and “West School” here"):
            bring_in("roster", roster_zip(tmp_path / "second.zip", reused), {})
