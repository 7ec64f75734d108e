"""Who cares for a student: what a roster says no more ends, what protects a child stays and is warned of."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api import Actor, Contact, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Guardian, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip, scalars

EVA, OTTO = "g1,,,true,e,guardian,g,,Eva,Elm,,,,,,{},,\n", "g2,,,true,e,parent,h,,Otto,Oak,,,,,,u2,,\n"


def families(*rows: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        files["users.csv"] += "".join(rows)

    return change


def bring(tmp_path: Path, *rows: str) -> Outcome:
    return bring_in("roster", roster_zip(tmp_path / "roster.zip", families(*rows)), {})


def caring() -> list[tuple[str, str]]:
    statement = (
        select(Contact.name, Student.local_id)
        .join(Guardian, Guardian.contact_id == Contact.id)
        .join(Student, Student.id == Guardian.student_id)
    )
    with system("a test looks"):
        return sorted((row[0], row[1]) for row in db.session().execute(statement))


def test_whom_a_whole_archive_names_no_more_cares_no_more_and_undo_brings_them_back(
    app: Flask, tmp_path: Path
) -> None:
    with app.app_context():
        bring(tmp_path, EVA.format('"u1,u3"'), OTTO)
        everybody = [("Eva Elm", "0001"), ("Eva Elm", "0003"), ("Otto Oak", "0002")]
        assert caring() == everybody
        outcome = bring(tmp_path, EVA.format("u1"), OTTO)
        assert outcome.counts["update"] == 1
        assert "does not name Eva Elm as somebody who cares for the student 0003" in str(outcome.noticed)
        assert caring() == [("Eva Elm", "0001"), ("Otto Oak", "0002")]
        with system("a test looks"):
            newest = scalars(select(func.max(ChangeSet.id)))[0]
        undo(newest, Actor.system())
        run_waiting(app)
        db.session().rollback()
        assert caring() == everybody


def test_what_protects_a_child_outlasts_the_roster(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        bring(tmp_path, EVA.format("u1"), OTTO, OTTO.replace("g2", "g3").replace("Otto", "Ida"))
        with db.transaction(Actor.system(), "test"), system("test"):
            rows = {
                db.session().get_one(Contact, each.contact_id).name: each
                for each in db.session().scalars(select(Guardian))
            }
            rows["Otto Oak"].contact_prohibited = True
            rows["Ida Oak"].custody = "Order of 2024"
        outcome = bring(tmp_path, EVA.format("u1"))
        assert (outcome.counts["update"], str(outcome.noticed).count("It stays all the same")) == (0, 2)
        assert caring() == [("Eva Elm", "0001"), ("Ida Oak", "0002"), ("Otto Oak", "0002")]
        with system("a test looks"):
            assert set(scalars(select(Guardian.contact_prohibited))) == {True, False}


def test_whom_only_the_row_of_a_student_names_still_cares(app: Flask, tmp_path: Path) -> None:
    def named_there(files: dict[str, str]) -> None:
        files["users.csv"] = files["users.csv"].replace("0002,,,,,KG,", "0002,,,,g2,KG,") + EVA.format("u1")

    with app.app_context():
        bring(tmp_path, EVA.format("u1"), OTTO)
        outcome = bring_in("roster", roster_zip(tmp_path / "agents.zip", named_there), {})
        assert outcome.counts["update"] == 0
        assert caring() == [("Eva Elm", "0001"), ("Otto Oak", "0002")]


def test_whoever_may_not_see_students_is_not_told_of_whom_the_roster_is_silent(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        bring(tmp_path, EVA.format('"u1,u3"'), OTTO)
        with db.transaction(Actor.system(), "test"), system("test"):
            for row in db.session().scalars(select(Guardian)):
                row.contact_prohibited = row.student_id % 2 == 0
    path = roster_zip(tmp_path / "less.zip", families(EVA.format("u1")))
    client = sign_in(role="organizer")
    data = {"kind": "roster", "file": (BytesIO(path.read_bytes()), "less.zip")}
    sent = client.post("/imports/new", data=data, content_type="multipart/form-data")
    run_waiting(app)
    planned = client.get(f"{sent.headers['Location']}?show=update").text
    assert "A guardian whom the archive does not name" not in planned
    for told in ("Eva Elm", "Otto Oak", "0002", "0003", "stays all the same"):
        assert told not in planned.replace("Student 0002", "").replace("Student 0003", ""), told


def test_an_archive_that_lacks_the_guardians_ends_nothing(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        many = [EVA.format("u1").replace("g1", f"m{number}") for number in range(30)]
        bring(tmp_path, *many, OTTO)
        assert bring(tmp_path).counts["update"] == 0
        assert bring(tmp_path, OTTO).counts["update"] == 0
        assert len(caring()) == 31


def test_adding_somebody_who_must_not_be_contacted_once_more_is_warned_of(
    app: Flask, sign_in: SignIn
) -> None:
    made = make(app, students=24)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    form = f"/schools/student/{made.absent}/guardian"
    luz = {"given_name": "Luz", "family_name": "Piedra", "phone": "203-555-0142"}
    assert "This is somebody else" not in staff.get(form).text
    assert staff.post(form, data=luz | {"contact_prohibited": "y"}).status_code == 303
    for again in (
        {"given_name": "luz Maria", "family_name": "Piedrá", "phone": ""},
        {"given_name": "L.", "family_name": "P.", "phone": "(203) 555-0142"},
    ):
        warned = staff.post(form, data=again)
        assert warned.status_code == 422
        assert "Luz Piedra must not be contacted about this student" in warned.text
        assert "This is somebody else" in warned.text
    assert staff.post(form, data=luz | {"somebody_else": "y", "phone": ""}).status_code == 303
    other = {"given_name": "Rosa", "family_name": "Piedra", "phone": "203-555-0199"}
    assert staff.post(form, data=other).status_code == 303
    with app.app_context(), system("a test looks"):
        rows = scalars(select(Guardian.contact_prohibited).order_by(Guardian.id))
        assert rows == [True, False, False]


@pytest.mark.parametrize("said", ["Court order", "yes - see file", "Sí", "DNC", "RO 2024-11", "Yes."])
def test_whatever_is_no_clear_no_is_an_order_not_to_contact(app: Flask, tmp_path: Path, said: str) -> None:
    make(app, students=4)
    path = tmp_path / "r.csv"
    path.write_text(
        "student_id,last name,first name,school,guardian 1 name,guardian 1 phone,guardian 1 do not contact\n"
        f"00000,Family0,Given0,1,Bob Quartz,203-555-0142,{said}\n"
    )
    with app.app_context():
        outcome = bring_in("roster", path, {})
        with system("a test looks"):
            row = db.session().scalars(select(Guardian)).one()
        assert row.contact_prohibited
        assert (said in row.note) is (said != "Sí")
        assert (said in str(outcome.noticed)) is (said != "Sí")
        path.write_text(path.read_text().replace(said, "no"))
        bring_in("roster", path, {})
        db.session().expire_all()
        with system("a test looks"):
            assert db.session().scalars(select(Guardian.contact_prohibited)).all() == [True]
